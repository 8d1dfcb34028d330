/**
 * Inference requests and responses as the messages of gRPC.
 *
 * @module
 */
import {PerennialError} from '../../../core/domain/index.ts';
import {checkSizes, type InferRequest} from '../infer-request.ts';
import type {InferResponse} from '../model-tensors.ts';
import {DATATYPES, fromBinaryData, refusal, type Datatype, type Tensor, type TensorElement} from '../tensor.ts';

/** Elements of a tensor, in the list that its datatype says; the others are empty. */
export interface TensorContents {
	readonly bool_contents?: readonly boolean[];
	readonly int_contents?: readonly number[];
	readonly int64_contents?: readonly number[];
	readonly uint_contents?: readonly number[];
	readonly uint64_contents?: readonly number[];
	readonly fp32_contents?: readonly number[];
	readonly fp64_contents?: readonly number[];
	readonly bytes_contents?: readonly Uint8Array[];
}

/** `ModelInferRequest`, as it was decoded: what was not sent is empty. */
export interface InferRequestMessage {
	readonly model_name: string;
	readonly model_version: string;
	readonly id: string;
	readonly inputs: readonly {
		readonly name: string;
		readonly datatype: string;
		readonly shape: readonly number[];
		readonly contents: TensorContents | null;
	}[];
	readonly outputs: readonly {readonly name: string}[];
	readonly raw_input_contents: readonly Uint8Array[];
}

/** `ModelInferResponse`. */
export interface InferResponseMessage {
	readonly model_name: string;
	readonly model_version: string;
	readonly id: string;
	readonly outputs: readonly {
		readonly name: string;
		readonly datatype: string;
		readonly shape: readonly number[];
		readonly contents?: TensorContents;
	}[];
	readonly raw_output_contents: readonly Uint8Array[];
}

/** Where the elements of a datatype are; half floats come as raw bytes only. */
const LISTS: Readonly<Record<Exclude<Datatype, 'FP16'>, keyof TensorContents>> = {
	BOOL: 'bool_contents',
	INT8: 'int_contents',
	INT16: 'int_contents',
	INT32: 'int_contents',
	INT64: 'int64_contents',
	UINT8: 'uint_contents',
	UINT16: 'uint_contents',
	UINT32: 'uint_contents',
	UINT64: 'uint64_contents',
	FP32: 'fp32_contents',
	FP64: 'fp64_contents',
	BYTES: 'bytes_contents',
};

/**
 * A request out of its message. Who sends raw bytes is answered with raw bytes.
 *
 * @throws PerennialError - EVENT_INVALID, FIELD_TYPE, each naming the tensor and what it takes.
 */
export function fromInferMessage({id, inputs, outputs, raw_input_contents: raw}: InferRequestMessage): InferRequest {
	const isBinary = raw.length > 0;
	if (inputs.length === 0 || (isBinary && raw.length !== inputs.length)) {
		throw new PerennialError(
			'EVENT_INVALID',
			inputs.length === 0
				? 'The request has no inputs; send a tensor for each feature.'
				: `The request has ${inputs.length} inputs and ${raw.length} raw_input_contents; send raw bytes for every input or for none.`,
		);
	}

	checkSizes({id, tensors: inputs.length + outputs.length});
	return {
		isBinary,
		inputs: inputs.map(({name, datatype, shape, contents}, index): Tensor => {
			if (!Object.hasOwn(DATATYPES, datatype)) {
				throw refusal(name, `has the datatype ${JSON.stringify(datatype)}; there are ${Object.keys(DATATYPES).join(', ')}`);
			}

			const type = datatype as Datatype;
			const count = checkSizes({shape, name});
			return {
				name,
				datatype: type,
				shape,
				elements: isBinary ? fromBinaryData(raw[index]!, type, count, name) : fromContents(contents ?? {}, type, count, name),
			};
		}),
		...(id !== '' && {id}),
		...(outputs.length > 0 && {outputs: outputs.map(output => ({name: output.name, isBinary}))}),
	};
}

function fromContents(contents: TensorContents, datatype: Datatype, count: number, name: string): TensorElement[] {
	if (datatype === 'FP16') {
		throw refusal(name, 'is FP16, which comes in raw_input_contents alone');
	}

	const elements = contents[LISTS[datatype]] ?? [];
	if (elements.length !== count) {
		throw refusal(name, `has ${elements.length} elements in ${LISTS[datatype]}, its shape says ${count}; make them agree`);
	}

	return elements.map(element => {
		if (typeof element === 'object') {
			return Buffer.from(element).toString();
		}

		return typeof element === 'number' && Number.isNaN(element) ? null : element;
	});
}

/** A response as its message. */
export function toInferMessage({header, binary}: InferResponse): InferResponseMessage {
	const {model_name, model_version, id = '', outputs} = header;
	return {
		model_name,
		model_version,
		id,
		outputs: outputs.map(({name, datatype, shape, data}) => ({
			name,
			datatype,
			shape,
			...(data && {contents: toContents(data, datatype)}),
		})),
		raw_output_contents: binary,
	};
}

function toContents(data: readonly TensorElement[], datatype: Datatype): TensorContents {
	return datatype === 'BYTES'
		? {bytes_contents: data.map(element => Buffer.from(String(element)))}
		: {[LISTS[datatype as 'FP64']]: data.map(Number)};
}
