/**
 * Maximum mean discrepancy: do two samples of rows come from one distribution, of whatever shape and dependence between columns?
 *
 * @module
 */
import assert from 'node:assert/strict';
import {quantileSorted} from '../quantiles.ts';
import {createRng, drawPermutation} from '../random.ts';

/** Rows of both samples together; the kernel matrix takes 8 bytes a pair. Above it the test throws: draw a sample first. */
export const DISCREPANCY_ROWS_MAX = 2000;
/** Magnitude above which values are scaled down, so that their squares stay finite. */
const MAGNITUDE_MAX = 1e100;

/** Options of {@link maximumMeanDiscrepancy}. */
export interface DiscrepancyOptions {
	/** Numbers a row. */
	readonly width: number;
	/** Squared bandwidth of the kernel exp(-d^2 / (2 bandwidth^2)); by default the median squared distance of all pairs. */
	readonly squaredBandwidth?: number;
	/** Permutations; the smallest probability is 1 / (1 + this). 0: no test, the probability is 1. */
	readonly permutations?: number;
	readonly seed?: number;
}

/** Outcome of {@link maximumMeanDiscrepancy}. */
export interface Discrepancy {
	/** Unbiased estimate of the squared discrepancy; may be below 0. */
	readonly statistic: number;
	/** Share of permutations, the given order counted as one, with a statistic at least as large. */
	readonly probability: number;
	readonly squaredBandwidth: number;
}

/**
 * Unbiased squared maximum mean discrepancy with a Gaussian kernel, and its permutation test.
 *
 * Scale the columns first: distances are taken over all of them. Rows with a number that is not finite are left out.
 *
 * @remarks
 * Shape: row-major samples of `width` numbers a row, at least 2 rows each.
 * Cost: O(rows^2 width) for the kernel, then O(rows^2) for each permutation; 8 bytes of memory a pair of rows.
 * Source: A. Gretton et al., "A Kernel Two-Sample Test", JMLR 2012, equation 3.
 * @throws AssertionError - for more than {@link DISCREPANCY_ROWS_MAX} rows, or fewer than 2 in a sample.
 * @example
 * const low = Array.from({length: 40}, (_, index) => index % 7);
 * const high = low.map(value => value + 4);
 * maximumMeanDiscrepancy(low, high, {width: 1}).probability; //=> 0.005
 */
export function maximumMeanDiscrepancy(
	first: ArrayLike<number>,
	second: ArrayLike<number>,
	{width, squaredBandwidth, permutations = 199, seed = 1}: DiscrepancyOptions,
): Discrepancy {
	const [a, b] = [finiteRows(first, width), finiteRows(second, width)];
	const [n, m] = [a.length, b.length];
	assert(n >= 2 && m >= 2 && n + m <= DISCREPANCY_ROWS_MAX, `between 2 rows a sample and ${DISCREPANCY_ROWS_MAX} in all`);
	const rows = [...a, ...b];
	const magnitude = rows.reduce((largest, row) => row.reduce((most, value) => Math.max(most, Math.abs(value)), largest), 0);
	const scale = magnitude > MAGNITUDE_MAX ? magnitude : 1;
	const kernel = squaredDistances(rows, scale);
	const bandwidth = squaredBandwidth === undefined ? medianDistance(kernel, n + m) : squaredBandwidth / scale / scale;
	for (let index = 0; index < kernel.length; index++) {
		kernel[index] = bandwidth === 0 ? 1 : Math.exp(-kernel[index]! / (2 * bandwidth));
	}

	const order = Int32Array.from({length: n + m}, (_, index) => index);
	const statistic = statisticOf(kernel, order, n);
	const rng = createRng(seed);
	let asLarge = 1;
	for (let permutation = 0; permutation < permutations; permutation++) {
		asLarge += statisticOf(kernel, drawPermutation(rng, n + m), n) >= statistic ? 1 : 0;
	}

	return {statistic, probability: asLarge / (permutations + 1), squaredBandwidth: bandwidth * scale * scale};
}

function finiteRows(values: ArrayLike<number>, width: number): Float64Array[] {
	assert(values.length % width === 0, 'whole rows');
	const all = Float64Array.from(values);
	return Array.from({length: all.length / width}, (_, row) => all.subarray(row * width, (row + 1) * width)).filter(row =>
		row.every(value => Number.isFinite(value)),
	);
}

function squaredDistances(rows: readonly Float64Array[], scale: number): Float64Array {
	const count = rows.length;
	const distances = new Float64Array(count * count);
	for (let i = 0; i < count; i++) {
		for (let j = i + 1; j < count; j++) {
			let sum = 0;
			for (let column = 0; column < rows[i]!.length; column++) {
				const difference = rows[i]![column]! / scale - rows[j]![column]! / scale;
				sum += difference * difference;
			}

			distances[i * count + j] = sum;
			distances[j * count + i] = sum;
		}
	}

	return distances;
}

/** Median of the distances of all pairs; their mean where that is 0, as with many equal rows. */
function medianDistance(distances: Float64Array, count: number): number {
	const pairs = new Float64Array((count * (count - 1)) / 2);
	let pair = 0;
	let sum = 0;
	for (let i = 0; i < count; i++) {
		for (let j = i + 1; j < count; j++) {
			pairs[pair++] = distances[i * count + j]!;
			sum += distances[i * count + j]!;
		}
	}

	const median = quantileSorted(pairs.sort(), 0.5);
	return median > 0 ? median : sum / pairs.length;
}

/** The statistic if the first `n` rows of `order` are the first sample. */
function statisticOf(kernel: Float64Array, order: Int32Array, n: number): number {
	const count = order.length;
	const m = count - n;
	let [withinFirst, withinSecond, between] = [0, 0, 0];
	for (let i = 0; i < count; i++) {
		const row = order[i]! * count;
		let sumFirst = 0;
		let sumSecond = 0;
		for (let j = 0; j < Math.min(i, n); j++) {
			sumFirst += kernel[row + order[j]!]!;
		}

		for (let j = n; j < i; j++) {
			sumSecond += kernel[row + order[j]!]!;
		}

		withinFirst += i < n ? sumFirst : 0;
		between += i < n ? 0 : sumFirst;
		withinSecond += sumSecond;
	}

	return (2 * withinFirst) / (n * (n - 1)) + (2 * withinSecond) / (m * (m - 1)) - (2 * between) / (n * m);
}
