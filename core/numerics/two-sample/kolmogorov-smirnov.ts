/**
 * The Kolmogorov-Smirnov test: the largest distance between two empirical distributions, and how often chance makes one as large.
 *
 * @module
 */
import {logGamma} from '../chi-square.ts';
import {sortedFinite} from '../quantiles.ts';

/** Values in the larger sample up to which the probability is exact, as in scipy. */
export const EXACT_COUNT_MAX = 10_000;
/** Effective sample size above which the limiting distribution is used instead of the finite one. */
const FINITE_COUNT_MAX = 140;
/** Squared distance times count above which both sides at once are too rare to matter, and the tail is twice that of one side. */
const ONE_SIDED_MIN = 4;
/** Slack in a comparison of distances, which are multiples of 1 / (n m). */
const SLACK = 1e-9;

/** Outcome of a test. */
export interface KolmogorovSmirnovResult {
	/** Largest distance of the two distribution functions, in [0, 1]; 0 if a sample is empty. */
	readonly statistic: number;
	/** Probability of a distance at least this large if both samples come from one distribution. */
	readonly probability: number;
}

/** How the probability is found; `auto` is exact up to {@link EXACT_COUNT_MAX} values in the larger sample. */
export type KolmogorovSmirnovMethod = 'auto' | 'exact' | 'asymptotic';

/**
 * Two-sample, two-sided Kolmogorov-Smirnov test. Values that are not finite are left out.
 *
 * Ties make the exact probability an upper bound.
 *
 * @remarks
 * Shape: two samples of any lengths.
 * Cost: O(n log n); exact, besides O(n m d) time for a distance d, and O(m) memory.
 * Source: N. Smirnov 1939; exact: J. Hodges, "The Significance Probability of the Smirnov Two-Sample Test", Arkiv for Matematik 1958.
 * @example
 * kolmogorovSmirnov([1, 2, 3, 4], [5, 6, 7, 8]).probability.toFixed(6); //=> '0.028571'
 */
export function kolmogorovSmirnov(
	first: ArrayLike<number>,
	second: ArrayLike<number>,
	method: KolmogorovSmirnovMethod = 'auto',
): KolmogorovSmirnovResult {
	const [a, b] = [sortedFinite(first), sortedFinite(second)];
	const statistic = sortedDistance(a, b);
	if (a.length === 0 || b.length === 0) {
		return {statistic, probability: 1};
	}

	const isExact = method === 'exact' || (method === 'auto' && Math.max(a.length, b.length) <= EXACT_COUNT_MAX);
	const probability = isExact
		? exactTail(statistic, a.length, b.length)
		: asymptoticTail(statistic, (a.length * b.length) / (a.length + b.length));
	return {statistic, probability};
}

/**
 * Largest distance between the distribution functions of two sorted samples; 0 if one is empty.
 *
 * Cost: O(n + m), no allocation.
 *
 * @example
 * sortedDistance([1, 2], [2, 3]); //=> 0.5
 */
export function sortedDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
	const [n, m] = [a.length, b.length];
	let largest = 0;
	for (let i = 0, j = 0; i < n && j < m;) {
		const value = Math.min(a[i]!, b[j]!);
		while (i < n && a[i] === value) {
			i++;
		}

		while (j < m && b[j] === value) {
			j++;
		}

		largest = Math.max(largest, Math.abs(i * m - j * n));
	}

	return n === 0 || m === 0 ? 0 : largest / (n * m);
}

/**
 * Exact probability that two samples of one continuous distribution are `distance` apart or more.
 *
 * Walks all orders of the pooled values at once and adds up the chances of those that leave the band, so that small probabilities keep
 * their relative precision.
 *
 * Cost: O(n m distance) time, O(m) memory.
 *
 * @example
 * exactTail(1, 3, 3); //=> 0.1
 */
export function exactTail(distance: number, n: number, m: number): number {
	if (!(distance > 0)) {
		return 1;
	}

	const limit = distance * n * m - SLACK;
	/** Chances to stand after i values of the first sample and j of the second, never having left the band. */
	const inside = new Float64Array(m + 1);
	let outside = 0;
	inside[0] = 1;
	for (let i = 0; i <= n; i++) {
		// From where the band began one value before: what has fallen out of it since is counted here.
		const from = Math.max(0, Math.ceil(((i - 1) * m - limit) / n) - 1);
		const to = Math.min(m, Math.floor((i * m + limit) / n) + 1);
		for (let j = from; j <= to; j++) {
			const left = n + m - i - j;
			const chance = inside[j]!;
			if (chance === 0 || left === 0) {
				continue;
			}

			if (Math.abs(i * m - j * n) >= limit) {
				outside += chance;
				inside[j] = 0;
				continue;
			}

			if (j < m) {
				inside[j + 1]! += (chance * (m - j)) / left;
			}

			inside[j] = (chance * (n - i)) / left;
		}
	}

	return Math.min(1, outside);
}

/**
 * Probability that the distance is exceeded, from the distribution of one sample of `effectiveCount` = n m / (n + m) values.
 *
 * Up to 140 values the finite distribution, above it the limit with Stephens' correction.
 *
 * Source: G. Marsaglia, W. Tsang, J. Wang, "Evaluating Kolmogorov's Distribution", J. Statistical Software 2003; Birnbaum and Tingey 1951 (far
 * tail); M. Stephens, JRSS B 1970.
 *
 * @example
 * asymptoticTail(0.0666666667, 15).toFixed(6); //=> '0.999997'
 * asymptoticTail(0.0136, 10_000).toFixed(3); //=> '0.049'
 */
export function asymptoticTail(distance: number, effectiveCount: number): number {
	const count = Math.round(effectiveCount);
	if (!(distance > 0) || count === 0) {
		return 1;
	}

	if (distance >= 1) {
		return 0;
	}

	if (count <= FINITE_COUNT_MAX) {
		return count * distance * distance > ONE_SIDED_MIN
			? 2 * oneSidedTail(distance, count)
			: Math.min(1, Math.max(0, 1 - finiteDistribution(distance, count)));
	}

	const root = Math.sqrt(effectiveCount);
	return limitTail(distance * (root + 0.12 + 0.11 / root));
}

/** P(D+ >= distance) for one sample of `count` values. Source: Z. Birnbaum, F. Tingey, Annals of Mathematical Statistics 1951. */
function oneSidedTail(distance: number, count: number): number {
	let sum = 0;
	for (let index = 0; index <= Math.floor(count * (1 - distance)); index++) {
		const at = distance + index / count;
		const choices = logGamma(count + 1) - logGamma(index + 1) - logGamma(count - index + 1);
		const rest = count === index ? 0 : (count - index) * Math.log(Math.max(0, 1 - at));
		sum += Math.exp(choices + (index - 1) * Math.log(at) + rest);
	}

	return distance * sum;
}

/** Tail of Kolmogorov's limiting distribution. */
function limitTail(x: number): number {
	let sum = 0;
	if (x < 1.18) {
		const y = Math.exp(-(Math.PI ** 2) / (8 * x * x));
		for (let odd = 1; odd <= 9; odd += 2) {
			sum += y ** (odd * odd);
		}

		return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
	}

	for (let term = 1; term <= 6; term++) {
		sum += (term % 2 === 1 ? 2 : -2) * Math.exp(-2 * term * term * x * x);
	}

	return sum;
}

/** P(D < distance) for one sample of `count` values: the middle element of a power of Durbin's matrix. */
function finiteDistribution(distance: number, count: number): number {
	const half = Math.floor(count * distance) + 1;
	const size = 2 * half - 1;
	const rest = half - count * distance;
	const matrix = durbinMatrix(size, rest);
	let power = identity(size);
	for (let bits = count, square = matrix; bits > 0; bits >>= 1) {
		power = bits % 2 === 1 ? product(power, square, size) : power;
		square = bits > 1 ? product(square, square, size) : square;
	}

	let probability = power[(half - 1) * size + half - 1]!;
	for (let factor = 1; factor <= count; factor++) {
		probability *= factor / count;
	}

	return probability;
}

/** Durbin's matrix with factorials divided out. */
function durbinMatrix(size: number, rest: number): Float64Array {
	const matrix = new Float64Array(size * size);
	const corner = (row: number, column: number): number => (row - column + 1 < 0 ? 0 : 1);
	for (let row = 0; row < size; row++) {
		for (let column = 0; column < size; column++) {
			matrix[row * size + column] = corner(row, column);
		}
	}

	for (let index = 0; index < size; index++) {
		matrix[index * size]! -= rest ** (index + 1);
		matrix[(size - 1) * size + index]! -= rest ** (size - index);
	}

	matrix[(size - 1) * size]! += 2 * rest > 1 ? (2 * rest - 1) ** size : 0;
	for (let row = 0; row < size; row++) {
		for (let column = 0; column < size; column++) {
			for (let divisor = 1; divisor <= row - column + 1; divisor++) {
				matrix[row * size + column]! /= divisor;
			}
		}
	}

	return matrix;
}

function identity(size: number): Float64Array {
	const matrix = new Float64Array(size * size);
	for (let index = 0; index < size; index++) {
		matrix[index * size + index] = 1;
	}

	return matrix;
}

function product(left: Float64Array, right: Float64Array, size: number): Float64Array {
	const result = new Float64Array(size * size);
	for (let row = 0; row < size; row++) {
		for (let inner = 0; inner < size; inner++) {
			const factor = left[row * size + inner]!;
			for (let column = 0; column < size; column++) {
				result[row * size + column]! += factor * right[inner * size + column]!;
			}
		}
	}

	return result;
}
