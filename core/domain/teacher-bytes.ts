/**
 * A teacher as bytes: the plain data that its ONNX file is written from, kept beside it, so that a later training, or another tool, can go on from it.
 *
 * docs/teacher-weights.md is the layout in words. Little-endian throughout.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {endianness} from 'node:os';
import {bytesOf, canonicalJson} from './digest.ts';
import {messageOf, PerennialError} from './errors.ts';
import {parseTeacher} from './teacher-schema.ts';
import type {TeacherModel} from './teacher.ts';

/** Media type of the bytes. */
export const TEACHER_MEDIA_TYPE = 'application/vnd.perennial.teacher';

/** First bytes; the last digit is the version of the layout. */
const MAGIC = 'perennial-teach1';
const LENGTH_BYTES = 8;
const DIGEST_BYTES = 32;
/** Every array begins at a multiple of this. */
const ALIGNMENT = 8;

/** Element types, by the name that stands for an array of them in the header. */
const ARRAY_TYPES = {f32: Float32Array, f64: Float64Array, i32: Int32Array, u8: Uint8Array} as const;

type ArrayName = keyof typeof ARRAY_TYPES;
type NumberArray = InstanceType<(typeof ARRAY_TYPES)[ArrayName]>;

/**
 * The bytes of a teacher. The same teacher gives the same bytes, and {@link decodeTeacher} gives the same teacher back.
 *
 * Shape: magic, length of the header, the model as JSON in which `{"f32": 12}` stands for the next 12 numbers, those arrays, a sha256 of it all.
 * Cost: the bytes of its arrays and about as much again for the header of a model of many small trees.
 *
 * @throws AssertionError - if a number outside the arrays is not finite.
 * @example
 * const model = {kind: 'boosted-trees', numeric: ['age'], categorical: [], base: Float64Array.of(0.5), trees: [], outputCount: 1};
 * const bytes = encodeTeacher(model);
 * [bytes.length % 8, decodeTeacher(bytes).kind]; //=> [0, 'boosted-trees']
 */
export function encodeTeacher(model: TeacherModel): Uint8Array {
	assert.equal(endianness(), 'LE', 'arrays are written as the memory has them');
	const arrays: NumberArray[] = [];
	const text = Buffer.from(canonicalJson(withoutArrays(model, arrays)));
	const length = Buffer.alloc(LENGTH_BYTES);
	length.writeBigUInt64LE(BigInt(text.length));
	const parts: Uint8Array[] = [Buffer.from(MAGIC, 'latin1'), length, text, Buffer.alloc(paddingOf(text.length))];
	for (const array of arrays) {
		parts.push(bytesOf(array), Buffer.alloc(paddingOf(array.byteLength)));
	}

	const body = Buffer.concat(parts);
	return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/**
 * A teacher from its bytes.
 *
 * Nothing is believed before the digest at the end matches, and a header that does is checked all the same: every size, index and width.
 *
 * @throws PerennialError - ARTIFACT_DIGEST_MISMATCH if bytes were cut off or changed; PARAMETER_INVALID if they are no teacher that this version reads.
 */
export function decodeTeacher(bytes: Uint8Array): TeacherModel {
	assert.equal(endianness(), 'LE', 'arrays are read as the memory has them');
	const body = Buffer.from(bytes.buffer, bytes.byteOffset, Math.max(0, bytes.byteLength - DIGEST_BYTES));
	if (body.toString('latin1', 0, MAGIC.length) !== MAGIC) {
		throw notATeacher(`they do not begin with ${MAGIC}`);
	}

	if (!createHash('sha256').update(body).digest().equals(bytes.subarray(body.length))) {
		throw new PerennialError('ARTIFACT_DIGEST_MISMATCH', 'The weights of the teacher were cut short or changed; fetch them again.');
	}

	const start = MAGIC.length + LENGTH_BYTES;
	const headerBytes = body.length < start ? -1 : Number(body.readBigUInt64LE(MAGIC.length));
	if (headerBytes < 0 || headerBytes > body.length - start) {
		throw notATeacher('their header is longer than they are');
	}

	try {
		const reader = new ArrayReader(body.subarray(start + headerBytes + paddingOf(headerBytes)));
		const model = withArrays(JSON.parse(body.toString('utf8', start, start + headerBytes)), reader);
		assert(reader.isAtEnd, 'there are more numbers than the header says');
		return parseTeacher(model);
	} catch (error) {
		throw notATeacher(messageOf(error), error);
	}
}

function notATeacher(why: string, cause?: unknown): PerennialError {
	return new PerennialError(
		'PARAMETER_INVALID',
		`The bytes are no teacher that this version reads: ${why}; train once with "offline.warmStart: never".`,
		{cause},
	);
}

function paddingOf(bytes: number): number {
	return (ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT;
}

/** The same document with `{type: length}` for each array, which goes to `arrays`, and sorted pairs for each map. */
function withoutArrays(value: unknown, arrays: NumberArray[]): unknown {
	if (ArrayBuffer.isView(value)) {
		const name = (Object.keys(ARRAY_TYPES) as ArrayName[]).find(type => value instanceof ARRAY_TYPES[type]);
		assert(name, 'an array of a teacher has a type that the bytes have a name for');
		arrays.push(value as NumberArray);
		return {[name]: (value as NumberArray).length};
	}

	if (value instanceof Map) {
		const pairs = [...(value as Map<number, unknown>)].toSorted(([a], [b]) => a - b);
		return pairs.map(([key, inner]) => [key, withoutArrays(inner, arrays)]);
	}

	if (Array.isArray(value)) {
		return value.map(inner => withoutArrays(inner, arrays));
	}

	if (typeof value === 'object' && value !== null) {
		// In the order of the keys as they are written, so that arrays follow each other as they are read.
		const keys = Object.keys(value).toSorted();
		return Object.fromEntries(keys.map(key => [key, withoutArrays((value as Record<string, unknown>)[key], arrays)]));
	}

	assert(typeof value !== 'number' || Number.isFinite(value), 'the numbers of a teacher are finite');
	return value;
}

function withArrays(value: unknown, reader: ArrayReader): unknown {
	if (Array.isArray(value)) {
		return value.map(inner => withArrays(inner, reader));
	}

	if (typeof value !== 'object' || value === null) {
		return value;
	}

	const entries = Object.entries(value as Record<string, unknown>);
	const [name, length] = entries[0] ?? [];
	if (entries.length === 1 && name !== undefined && Object.hasOwn(ARRAY_TYPES, name)) {
		return reader.take(name as ArrayName, length);
	}

	return Object.fromEntries(entries.map(([key, inner]) => [key, withArrays(inner, reader)]));
}

/** Hands out the arrays one after the other. */
class ArrayReader {
	readonly #bytes: Uint8Array;
	#at = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	get isAtEnd(): boolean {
		return this.#at === this.#bytes.length;
	}

	/** A copy of the next numbers. */
	take(name: ArrayName, length: unknown): NumberArray {
		const ofType = ARRAY_TYPES[name];
		assert(typeof length === 'number' && Number.isSafeInteger(length) && length >= 0, 'an array has a length');
		const end = this.#at + length * ofType.BYTES_PER_ELEMENT;
		assert(end <= this.#bytes.length, 'there are fewer numbers than the header says');
		// Not slice: that of a Buffer is a view.
		const array = new ofType(Uint8Array.prototype.slice.call(this.#bytes, this.#at, end).buffer);
		this.#at = end + paddingOf(end);
		return array;
	}
}
