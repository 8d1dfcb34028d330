/**
 * The state of a monitor as bytes, exact to the last bit: a JSON document of small facts, followed by arrays of numbers.
 *
 * @module
 */
import type {z} from 'zod';
import {bytesOf, canonicalJson, PerennialError} from '../core/domain/index.ts';

const MAGIC = 'PMS1';
const PREFIX_BYTES = 16;
const BYTES_OF_KIND = {float64: 8, int32: 4, int8: 1} as const;

/** Arrays that state may hold. */
export type StateArray = Float64Array | Int32Array | Int8Array;

interface ArrayHeader {
	readonly kind: keyof typeof BYTES_OF_KIND;
	readonly length: number;
}

/**
 * Bytes of a state. Equal states give equal bytes.
 *
 * Layout: `PMS1`, the document's length (uint32, little endian), 8 bytes of zero, the document as canonical JSON, then each array at the
 * next multiple of 8.
 *
 * @param document - JSON without NaN and infinities: those belong into arrays.
 * @example
 * const bytes = packState({count: 2}, [Float64Array.of(1, NaN)]);
 * const {document, arrays} = unpackState(bytes);
 * document; //=> {count: 2}
 * String(arrays[0]); //=> '1,NaN'
 */
export function packState(document: unknown, arrays: readonly StateArray[]): Uint8Array {
	const headers = arrays.map((array): ArrayHeader => ({kind: kindOf(array), length: array.length}));
	const json = new TextEncoder().encode(canonicalJson({document, arrays: headers}));
	const offsets = offsetsOf(headers, PREFIX_BYTES + json.length);
	const bytes = new Uint8Array(offsets.at(-1)!);
	bytes.set(new TextEncoder().encode(MAGIC));
	new DataView(bytes.buffer).setUint32(4, json.length, true);
	bytes.set(json, PREFIX_BYTES);
	for (const [index, array] of arrays.entries()) {
		bytes.set(bytesOf(array), offsets[index]);
	}

	return bytes;
}

/**
 * What {@link packState} was given.
 *
 * @throws PerennialError - CHECKPOINT_CORRUPT if the bytes are none of its.
 */
export function unpackState(bytes: Uint8Array): {document: unknown; arrays: StateArray[]} {
	const length = bytes.length >= PREFIX_BYTES ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) : 0;
	if (bytes.length < PREFIX_BYTES + length || new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) !== MAGIC) {
		throw corruptState('it does not begin like one');
	}

	const {document, arrays: headers} = parse(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length));
	const offsets = offsetsOf(headers, PREFIX_BYTES + length);
	if (offsets.at(-1) !== bytes.length) {
		throw corruptState(`it has ${bytes.length} bytes, not ${offsets.at(-1)}`);
	}

	const arrays = headers.map(({kind, length: count}, index) => {
		const start = offsets[index]!;
		return arrayOf(kind, bytes.slice(start, start + count * BYTES_OF_KIND[kind]));
	});
	return {document, arrays};
}

/** A state's document, checked. @throws PerennialError - CHECKPOINT_CORRUPT if it does not have the form. */
export function parseState<Schema extends z.ZodType>(schema: Schema, document: unknown): z.output<Schema> {
	const result = schema.safeParse(document);
	if (!result.success) {
		throw corruptState('its document has another form', result.error);
	}

	return result.data;
}

/** The error of state that cannot be read, and why. */
export function corruptState(why: string, cause?: unknown): PerennialError {
	return new PerennialError(
		'CHECKPOINT_CORRUPT',
		`The state of a monitor cannot be read: ${why}. Restore an older checkpoint, or replay the log.`,
		{cause},
	);
}

function parse(json: Uint8Array): {document: unknown; arrays: readonly ArrayHeader[]} {
	try {
		const whole = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(json)) as {
			document: unknown;
			arrays: readonly ArrayHeader[];
		};
		const isHeader = ({kind, length}: ArrayHeader): boolean =>
			Object.hasOwn(BYTES_OF_KIND, kind) && Number.isInteger(length) && length >= 0;
		if (Array.isArray(whole.arrays) && whole.arrays.every(header => isHeader(header))) {
			return whole;
		}
	} catch (error) {
		throw corruptState('its document is no JSON', error);
	}

	throw corruptState('its document names no arrays');
}

/** Where each array begins, and, last, where the bytes end. */
function offsetsOf(headers: readonly ArrayHeader[], start: number): number[] {
	const offsets: number[] = [];
	let at = aligned(start);
	for (const {kind, length} of headers) {
		offsets.push(at);
		at = aligned(at + length * BYTES_OF_KIND[kind]);
	}

	return [...offsets, at];
}

function aligned(offset: number): number {
	return Math.ceil(offset / 8) * 8;
}

function kindOf(array: StateArray): ArrayHeader['kind'] {
	return array instanceof Float64Array ? 'float64' : array instanceof Int32Array ? 'int32' : 'int8';
}

/** @param bytes - A copy of its own, so that it is aligned. */
function arrayOf(kind: ArrayHeader['kind'], bytes: Uint8Array): StateArray {
	const {buffer} = bytes;
	return kind === 'float64' ? new Float64Array(buffer) : kind === 'int32' ? new Int32Array(buffer) : new Int8Array(buffer);
}
