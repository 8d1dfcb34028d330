/**
 * Population stability index against fixed reference bins.
 *
 * @module
 */
import {quantileSorted, sortedFinite} from './quantiles.ts';

/** Shares below this count as this, so that an empty bin costs a bounded amount. */
export const SHARE_MIN = 1e-4;

/**
 * Population stability index: sum of (a - e) ln(a / e) over bins.
 *
 * The bins must come from the reference and stay; bins drawn from the data under test make figures that cannot be compared.
 * Without drift its mean is about (bins - 1)(1/n + 1/m) for samples of n and m.
 *
 * @param expected - Counts in the reference.
 * @param actual - Counts now, bin for bin.
 * @example
 * psi([50, 50], [50, 50]); //=> 0
 * psi([50, 50], [40, 60]).toFixed(4); //=> '0.0405'
 */
export function psi(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
	const expectedSum = sum(expected);
	const actualSum = sum(actual);
	if (expectedSum === 0 || actualSum === 0) {
		return Number.NaN;
	}

	let index = 0;
	for (let bin = 0; bin < expected.length; bin++) {
		const e = Math.max(SHARE_MIN, expected[bin]! / expectedSum);
		const a = Math.max(SHARE_MIN, actual[bin]! / actualSum);
		index += (a - e) * Math.log(a / e);
	}

	return index;
}

/**
 * Inner edges of the reference deciles: at most 9, fewer where values repeat. A value v falls in the first bin whose edge is >= v.
 *
 * @example
 * [...decileEdges([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9])]; //=> [1]
 */
export function decileEdges(values: ArrayLike<number>): Float64Array {
	const sorted = sortedFinite(values);
	const edges = Array.from({length: 9}, (_, index) => quantileSorted(sorted, (index + 1) / 10));
	const distinct = [...new Set(edges)].filter(edge => !Number.isNaN(edge) && edge < (sorted.at(-1) ?? 0));
	return Float64Array.from(distinct);
}

/** Edges that are all compared: with few, counting is twice as fast as searching, whose branches no processor foresees. */
const COUNTED_MAX = 16;

/** Bin of a value among inner edges: 0 .. edges.length. */
export function binOf(edges: ArrayLike<number>, value: number): number {
	if (edges.length <= COUNTED_MAX) {
		let bin = 0;
		for (let index = 0; index < edges.length; index++) {
			bin += Number(!(value <= edges[index]!));
		}

		return bin;
	}

	let low = 0;
	let high = edges.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (value <= edges[middle]!) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}

	return low;
}

function sum(values: ArrayLike<number>): number {
	let total = 0;
	for (let index = 0; index < values.length; index++) {
		total += values[index]!;
	}

	return total;
}
