/**
 * The chi-square distribution: how large a sum of squared standard normal numbers gets by chance.
 *
 * @module
 */

/** Relative size of a term below which a series or fraction has converged. */
const PRECISION = 1e-15;
const TERMS_MAX = 10_000;

/** Lanczos coefficients for g = 7, n = 9. */
const LANCZOS = [
	0.999_999_999_999_809_93, 676.520_368_121_885_1, -1_259.139_216_722_402_8, 771.323_428_777_653_13, -176.615_029_162_140_59,
	12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6, 1.505_632_735_149_311_6e-7,
];

/** Natural logarithm of the gamma function, for x > 0. Source: C. Lanczos, SIAM J. Numer. Anal. 1964. */
export function logGamma(x: number): number {
	if (x < 0.5) {
		return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
	}

	const shifted = x - 1;
	const base = shifted + 7.5;
	const sum = LANCZOS.reduce((total, coefficient, index) => (index === 0 ? coefficient : total + coefficient / (shifted + index)), 0);
	return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}

/**
 * Probability that a chi-square number with `degrees` degrees of freedom is above `x`: the p-value of a statistic of that size.
 *
 * Cost: some ten to some hundred terms. Source: Abramowitz and Stegun 1964, 6.5.29 (series) and 6.5.31 (continued fraction).
 *
 * @example
 * chiSquareTail(3.841458820694124, 1).toFixed(10); //=> '0.0500000000'
 */
export function chiSquareTail(x: number, degrees: number): number {
	if (!(x > 0)) {
		return 1;
	}

	const shape = degrees / 2;
	const half = x / 2;
	const scale = Math.exp(shape * Math.log(half) - half - logGamma(shape));
	return half < shape + 1 ? 1 - scale * lowerSeries(shape, half) : scale * upperFraction(shape, half);
}

/** Whether two samples, counted in the same bins, may come from one distribution. */
export interface Homogeneity {
	/** Pearson's statistic; the population stability index is about this times (1/n + 1/m). */
	readonly statistic: number;
	/** Bins that either sample fills, less one. */
	readonly degrees: number;
	/** Probability of a statistic at least this large if they do; 1 where nothing can be said. */
	readonly probability: number;
}

/**
 * Pearson's chi-square test of homogeneity of two samples.
 *
 * Source: K. Pearson, "On the Probability that two Independent Distributions of Frequency are Really Samples from the Same Population", Biometrika 1911.
 *
 * @param first - Counts, bin for bin.
 * @param second - Counts in the same bins.
 * @example
 * chiSquareHomogeneity([50, 50], [40, 60]).statistic.toFixed(4); //=> '2.0202'
 * chiSquareHomogeneity([50, 50], [100, 100]).probability; //=> 1
 */
export function chiSquareHomogeneity(first: ArrayLike<number>, second: ArrayLike<number>): Homogeneity {
	let [n, m] = [0, 0];
	for (let bin = 0; bin < first.length; bin++) {
		n += first[bin]!;
		m += second[bin]!;
	}

	let statistic = 0;
	let bins = 0;
	for (let bin = 0; bin < first.length; bin++) {
		const both = first[bin]! + second[bin]!;
		if (both > 0) {
			bins++;
			const difference = first[bin]! * m - second[bin]! * n;
			statistic += (difference * difference) / (both * n * m);
		}
	}

	const degrees = bins - 1;
	return n === 0 || m === 0 || degrees < 1
		? {statistic: 0, degrees: 0, probability: 1}
		: {statistic, degrees, probability: chiSquareTail(statistic, degrees)};
}

function lowerSeries(shape: number, x: number): number {
	let term = 1 / shape;
	let sum = term;
	for (let index = 1; index < TERMS_MAX && term > sum * PRECISION; index++) {
		term *= x / (shape + index);
		sum += term;
	}

	return sum;
}

/** Lentz's method. */
function upperFraction(shape: number, x: number): number {
	let denominator = x + 1 - shape;
	let c = 1 / Number.MIN_VALUE ** 0.5;
	let d = 1 / denominator;
	let product = d;
	for (let index = 1; index < TERMS_MAX; index++) {
		const numerator = -index * (index - shape);
		denominator += 2;
		d = 1 / (numerator * d + denominator);
		c = denominator + numerator / c;
		product *= c * d;
		if (Math.abs(c * d - 1) < PRECISION) {
			break;
		}
	}

	return product;
}
