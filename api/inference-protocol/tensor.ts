/**
 * Tensors of the Open Inference Protocol v2: their datatypes, as JSON and as the bytes of the binary tensor data extension.
 *
 * @module
 */
import {PerennialError} from '../../core/domain/index.ts';

/** Name of a datatype. */
export type Datatype =
	| 'BOOL'
	| 'UINT8'
	| 'UINT16'
	| 'UINT32'
	| 'UINT64'
	| 'INT8'
	| 'INT16'
	| 'INT32'
	| 'INT64'
	| 'FP16'
	| 'FP32'
	| 'FP64'
	| 'BYTES';

/** What an element is on our side. */
export type TensorElement = number | boolean | string | null;

/** A tensor of one column: its elements, one a row. */
export interface Tensor {
	readonly name: string;
	readonly datatype: Datatype;
	readonly shape: readonly number[];
	/** Row-major. */
	readonly elements: readonly TensorElement[];
}

interface Format {
	readonly kind: 'number' | 'boolean' | 'text';
	/** Bytes of an element; undefined where each element says its own. */
	readonly sizeBytes?: number;
	readonly read?: (view: DataView, at: number) => TensorElement;
	readonly write?: (view: DataView, at: number, value: number) => void;
}

const number = (sizeBytes: number, read: (view: DataView, at: number) => number, write?: Format['write']): Format => ({
	kind: 'number',
	sizeBytes,
	read,
	...(write && {write}),
});

/** Every datatype of the protocol. Little-endian, as the extension says. 64-bit integers become the nearest number. */
export const DATATYPES: Readonly<Record<Datatype, Format>> = {
	BOOL: {kind: 'boolean', sizeBytes: 1, read: (view, at) => view.getUint8(at) !== 0},
	UINT8: number(1, (view, at) => view.getUint8(at)),
	UINT16: number(2, (view, at) => view.getUint16(at, true)),
	UINT32: number(4, (view, at) => view.getUint32(at, true)),
	UINT64: number(8, (view, at) => Number(view.getBigUint64(at, true))),
	INT8: number(1, (view, at) => view.getInt8(at)),
	INT16: number(2, (view, at) => view.getInt16(at, true)),
	INT32: number(4, (view, at) => view.getInt32(at, true)),
	INT64: number(
		8,
		(view, at) => Number(view.getBigInt64(at, true)),
		(view, at, value) => {
			view.setBigInt64(at, BigInt(value), true);
		},
	),
	FP16: number(2, (view, at) => halfOf(view.getUint16(at, true))),
	FP32: number(4, (view, at) => view.getFloat32(at, true)),
	FP64: number(
		8,
		(view, at) => view.getFloat64(at, true),
		(view, at, value) => {
			view.setFloat64(at, value, true);
		},
	),
	BYTES: {kind: 'text'},
};

/** What an element of a datatype is. */
export function kindOf(datatype: Datatype): Format['kind'] {
	return DATATYPES[datatype].kind;
}

/**
 * Elements out of JSON data, flat or nested as the shape says. `null` is a missing value; 0 and 1 are booleans too, since clients send them so.
 *
 * @throws PerennialError - FIELD_TYPE for an element of another kind.
 * @example
 * fromJsonData([[1], [2.5], [null]], 'FP64', 'amount'); //=> [1, 2.5, null]
 */
export function fromJsonData(data: readonly unknown[], datatype: Datatype, name: string): TensorElement[] {
	const wanted = {number: 'number', boolean: 'boolean', text: 'string'}[kindOf(datatype)];
	return data.flat(2).map((element, index) => {
		if (element === null || typeof element === wanted) {
			return element as TensorElement;
		}

		if (wanted === 'boolean' && (element === 0 || element === 1)) {
			return element === 1;
		}

		throw refusal(
			name,
			`has ${Array.isArray(element) ? 'an array' : `a ${typeof element}`} at element ${index}; ${datatype} takes ${wanted}s, or null where a value is missing`,
		);
	});
}

/**
 * Elements out of the bytes of one tensor. A NaN is a missing value.
 *
 * @throws PerennialError - FIELD_TYPE if the bytes do not hold exactly `count` elements.
 * @example
 * fromBinaryData(new Uint8Array([2, 0, 0, 0, 79, 75]), 'BYTES', 1, 'city'); //=> ['OK']
 */
export function fromBinaryData(bytes: Uint8Array, datatype: Datatype, count: number, name: string): TensorElement[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const {sizeBytes, read} = DATATYPES[datatype];
	if (sizeBytes === undefined) {
		return textsOf(view, count, name);
	}

	if (bytes.length !== count * sizeBytes) {
		throw refusal(name, `has ${bytes.length} bytes; ${count} elements of ${datatype} are ${count * sizeBytes}`);
	}

	return Array.from({length: count}, (_, index) => {
		const value = read!(view, index * sizeBytes);
		return typeof value === 'number' && Number.isNaN(value) ? null : value;
	});
}

/**
 * The bytes of an output tensor.
 *
 * @example
 * [...toBinaryData(['OK'], 'BYTES')]; //=> [2, 0, 0, 0, 79, 75]
 */
export function toBinaryData(elements: readonly TensorElement[], datatype: 'FP64' | 'INT64' | 'BYTES'): Uint8Array {
	if (datatype === 'BYTES') {
		return Buffer.concat(
			elements.map(element => {
				const text = Buffer.from(String(element));
				const length = Buffer.alloc(4);
				length.writeUInt32LE(text.length);
				return Buffer.concat([length, text]);
			}),
		);
	}

	const {sizeBytes, write} = DATATYPES[datatype];
	const bytes = new Uint8Array(elements.length * sizeBytes!);
	const view = new DataView(bytes.buffer);
	for (const [index, element] of elements.entries()) {
		write!(view, index * sizeBytes!, element as number);
	}

	return bytes;
}

/** A refusal that names the tensor. */
export function refusal(name: string, message: string): PerennialError {
	return new PerennialError('FIELD_TYPE', `Tensor ${JSON.stringify(name)} ${message}.`, {
		faults: [{path: name, code: 'FIELD_TYPE', message}],
	});
}

function textsOf(view: DataView, count: number, name: string): string[] {
	const texts: string[] = [];
	let at = 0;
	while (texts.length < count && at + 4 <= view.byteLength) {
		const length = view.getUint32(at, true);
		at += 4;
		if (at + length > view.byteLength) {
			break;
		}

		texts.push(Buffer.from(view.buffer, view.byteOffset + at, length).toString());
		at += length;
	}

	if (texts.length !== count || at !== view.byteLength) {
		throw refusal(
			name,
			`does not hold ${count} elements of BYTES in its ${view.byteLength} bytes; each is four bytes of length and then its text`,
		);
	}

	return texts;
}

/** IEEE 754 half precision. */
function halfOf(bits: number): number {
	const sign = bits & 0x80_00 ? -1 : 1;
	const exponent = (bits >> 10) & 0x1f;
	const fraction = bits & 0x3_ff;
	return exponent === 0x1f
		? fraction === 0
			? sign * Infinity
			: Number.NaN
		: exponent === 0
			? sign * 2 ** -24 * fraction
			: sign * 2 ** (exponent - 25) * (1024 + fraction);
}
