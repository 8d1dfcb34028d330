/**
 * How large the population stability index gets by chance.
 *
 * @module
 */
import {chiSquareTail} from '../chi-square.ts';

const HALVINGS = 60;

/**
 * The value that the population stability index of two samples of one distribution exceeds with a probability of about `alpha`.
 *
 * The fixed thresholds 0.1 and 0.25 know neither sample size nor bins: with 10 bins, two samples of 200 exceed 0.1 in one case out of three without
 * any drift. To second order the index is (1/n + 1/m) times Pearson's statistic with `binCount` - 1 degrees of freedom. That needs about five
 * values a bin; below that, the floor under empty bins makes the index larger than this.
 *
 * Cost: 60 tails of the chi-square distribution. Source: B. Yurdakul, J. Naranjo, "Statistical Properties of the Population Stability Index",
 * J. Risk Model Validation 2020.
 *
 * @param referenceCount - Values in the reference; Infinity where its shares are taken as known.
 * @example
 * psiNullQuantile({binCount: 10, referenceCount: 200, count: 200, alpha: 0.01}).toFixed(3); //=> '0.217'
 * psiNullQuantile({binCount: 10, referenceCount: Infinity, count: 10_000, alpha: 0.01}).toFixed(5); //=> '0.00217'
 */
export function psiNullQuantile({
	binCount,
	referenceCount,
	count,
	alpha,
}: {
	readonly binCount: number;
	readonly referenceCount: number;
	readonly count: number;
	readonly alpha: number;
}): number {
	return (1 / referenceCount + 1 / count) * chiSquareQuantile(alpha, binCount - 1);
}

/** The number that a chi-square number with `degrees` degrees of freedom exceeds with probability `alpha`, 0 < alpha < 1. */
export function chiSquareQuantile(alpha: number, degrees: number): number {
	let low = 0;
	let high = degrees + 10;
	while (chiSquareTail(high, degrees) > alpha) {
		low = high;
		high *= 2;
	}

	for (let halving = 0; halving < HALVINGS; halving++) {
		const middle = (low + high) / 2;
		if (chiSquareTail(middle, degrees) > alpha) {
			low = middle;
		} else {
			high = middle;
		}
	}

	return high;
}
