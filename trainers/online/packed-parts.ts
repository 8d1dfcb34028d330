/**
 * Snapshots made of snapshots: some numbers of one's own, and the bytes of each part.
 *
 * @module
 */
import {bytesOf, PerennialError} from '../../core/domain/index.ts';

const HEADER = 3;

/**
 * Numbers and parts as bytes. Layout, in float64: magic, count of numbers, count of parts, the numbers, the length of each part; then each part
 * at the next multiple of 8 bytes.
 *
 * @example
 * const bytes = packParts(7, Float64Array.of(1, 2), [Uint8Array.of(9, 8, 7)]);
 * const {numbers, parts} = unpackParts(7, bytes, 'thing');
 * [...numbers, ...parts[0]]; //=> [1, 2, 9, 8, 7]
 */
export function packParts(magic: number, numbers: Float64Array, parts: readonly Uint8Array[]): Uint8Array {
	const head = Float64Array.of(magic, numbers.length, parts.length, ...numbers, ...parts.map(({length}) => length));
	const bytes = new Uint8Array(parts.reduce((sum, {length}) => sum + padded(length), head.byteLength));
	bytes.set(bytesOf(head));
	let at = head.byteLength;
	for (const part of parts) {
		bytes.set(part, at);
		at += padded(part.length);
	}

	return bytes;
}

/** Inverse of {@link packParts}. @throws PerennialError - CHECKPOINT_CORRUPT, naming `what`, if the bytes are none of its with this magic. */
export function unpackParts(magic: number, bytes: Uint8Array, what: string): {numbers: Float64Array; parts: Uint8Array[]} {
	const words = bytes.byteLength % 8 === 0 ? new Float64Array(new Uint8Array(bytes).buffer) : new Float64Array(0);
	const [found, numberCount = -1, partCount = -1] = words;
	const headLength = HEADER + numberCount + partCount;
	const isHead = found === magic && isCount(numberCount) && isCount(partCount) && headLength <= words.length;
	const lengths = isHead ? [...words.subarray(HEADER + numberCount, headLength)] : [];
	const total = lengths.reduce((sum, length) => sum + padded(length), 8 * headLength);
	if (!isHead || total !== bytes.byteLength || !lengths.every(length => isCount(length))) {
		throw new PerennialError('CHECKPOINT_CORRUPT', `These bytes are no snapshot of a ${what}.`);
	}

	let at = 8 * headLength;
	const parts = lengths.map(length => {
		const part = new Uint8Array(bytes.subarray(at, at + length));
		at += padded(length);
		return part;
	});
	return {numbers: words.slice(HEADER, HEADER + numberCount), parts};
}

function isCount(value: number): boolean {
	return Number.isInteger(value) && value >= 0;
}

function padded(length: number): number {
	return Math.ceil(length / 8) * 8;
}
