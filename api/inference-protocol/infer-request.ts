/**
 * The body of an inference request: a JSON header, and behind it the bytes of the tensors that came as binary data.
 *
 * @module
 */
import {z} from 'zod';
import {faultsOf, PerennialError, summaryOf} from '../../core/domain/index.ts';
import {parseJsonText} from '../json-text.ts';
import {DATATYPES, fromBinaryData, fromJsonData, refusal, type Datatype, type Tensor, type TensorElement} from './tensor.ts';

/** A request, its tensors read. */
export interface InferRequest {
	readonly id?: string;
	readonly inputs: readonly Tensor[];
	/** Outputs asked for, in order; absent: all. */
	readonly outputs?: readonly {readonly name: string; readonly isBinary: boolean}[];
	/** How outputs leave unless they say otherwise. */
	readonly isBinary: boolean;
}

/** Rows of one request, at most; what is above is refused. */
export const ROWS_MAX = 10_000;
/** Tensors of one request, at most; what is above is refused. */
const TENSORS_MAX = 4096;
/** Length of an id, at most. */
const ID_LENGTH_MAX = 256;

const inputSchema = z.object({
	name: z.string(),
	shape: z.array(z.int().min(0)).max(8),
	datatype: z.enum(Object.keys(DATATYPES) as [Datatype, ...Datatype[]]),
	parameters: z.looseObject({binary_data_size: z.int().min(0).optional()}).optional(),
	data: z.array(z.unknown()).optional(),
});

/** The JSON part of a request; for the contract too. */
export const inferRequestSchema = z.object({
	id: z.string().max(ID_LENGTH_MAX).optional(),
	parameters: z.looseObject({binary_data_output: z.boolean().optional()}).optional(),
	inputs: z.array(inputSchema).min(1).max(TENSORS_MAX),
	outputs: z
		.array(z.object({name: z.string(), parameters: z.looseObject({binary_data: z.boolean().optional()}).optional()}))
		.max(TENSORS_MAX)
		.optional(),
});

/**
 * Read a request.
 *
 * @param headerLength - What `Inference-Header-Content-Length` says: bytes of the JSON part; undefined if the body is all JSON.
 * @throws PerennialError - BODY_MALFORMED, EVENT_INVALID, FIELD_TYPE, each naming the tensor and what it takes.
 */
export function readInferRequest(body: Uint8Array, headerLength: string | undefined): InferRequest {
	const jsonBytes = headerLength === undefined ? body.length : Number(headerLength);
	if (!Number.isInteger(jsonBytes) || jsonBytes < 0 || jsonBytes > body.length) {
		throw new PerennialError(
			'BODY_MALFORMED',
			`Inference-Header-Content-Length is ${JSON.stringify(headerLength)}, the body has ${body.length} bytes; it must be the length of the JSON part.`,
		);
	}

	const parsed = inferRequestSchema.safeParse(parseJsonText(Buffer.from(body.subarray(0, jsonBytes)).toString()));
	if (!parsed.success) {
		const faults = faultsOf(parsed.error, 'EVENT_INVALID');
		throw new PerennialError('EVENT_INVALID', summaryOf(faults), {faults});
	}

	const {id, inputs, outputs, parameters: options} = parsed.data;
	const isBinary = options?.binary_data_output ?? false;
	return {
		isBinary,
		inputs: readInputs(inputs, body.subarray(jsonBytes)),
		...(id !== undefined && {id}),
		...(outputs && {outputs: outputs.map(output => ({name: output.name, isBinary: output.parameters?.binary_data ?? isBinary}))}),
	};
}

/**
 * Hold what came another way to the same bounds.
 *
 * @returns Elements that the shape says.
 * @throws PerennialError - EVENT_INVALID, FIELD_TYPE.
 */
export function checkSizes({
	id = '',
	tensors = 0,
	name = '',
	shape = [],
}: {
	readonly id?: string;
	readonly tensors?: number;
	readonly name?: string;
	readonly shape?: readonly number[];
}): number {
	if (id.length > ID_LENGTH_MAX || tensors > TENSORS_MAX) {
		throw new PerennialError(
			'EVENT_INVALID',
			`A request has at most ${TENSORS_MAX} tensors, and an id of ${ID_LENGTH_MAX} characters.`,
		);
	}

	const count = shape.reduce((product, length) => product * length, 1);
	if (count > ROWS_MAX) {
		throw refusal(name, `has ${count} elements by its shape; a request has at most ${ROWS_MAX} rows, so send it in parts`);
	}

	if (shape.some(length => length < 0)) {
		throw refusal(name, `has the shape [${shape.join(', ')}]; no dimension is negative`);
	}

	return count;
}

function readInputs(inputs: readonly z.output<typeof inputSchema>[], binary: Uint8Array): Tensor[] {
	let at = 0;
	const tensors = inputs.map(({name, shape, datatype, data, parameters: {binary_data_size: size} = {}}): Tensor => {
		const count = checkSizes({name, shape});
		if ((data === undefined) === (size === undefined)) {
			throw refusal(name, 'must have its elements either in data or, with parameters.binary_data_size, behind the JSON part');
		}

		const elements = data === undefined ? fromBinaryData(slice(name, size!), datatype, count, name) : jsonElements(data);
		return {name, datatype, shape, elements};

		function jsonElements(given: readonly unknown[]): TensorElement[] {
			const read = fromJsonData(given, datatype, name);
			if (read.length !== count) {
				throw refusal(name, `has ${read.length} elements in data, its shape [${shape.join(', ')}] says ${count}; make them agree`);
			}

			return read;
		}
	});
	if (at !== binary.length) {
		throw new PerennialError(
			'BODY_MALFORMED',
			`${binary.length} bytes follow the JSON part, the inputs' binary_data_size say ${at}; make them agree.`,
		);
	}

	return tensors;

	function slice(name: string, size: number): Uint8Array {
		if (at + size > binary.length) {
			throw refusal(name, `has a binary_data_size of ${size}, but only ${binary.length - at} bytes are left of the body`);
		}

		at += size;
		return binary.subarray(at - size, at);
	}
}
