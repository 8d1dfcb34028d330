/**
 * Has a distribution moved? By how much is told by the population stability index; whether it can be chance, by a test.
 *
 * @module
 */
import {chiSquareHomogeneity, psi} from '../../core/numerics/index.ts';

/** Verdict on one feature or score in one window. */
export interface PsiVerdict {
	/** Null where one of the samples is empty. */
	readonly psi: number | null;
	/** Probability of a difference at least this large without any drift. */
	readonly probability: number;
	/** True if the index reaches the threshold and chance is ruled out. */
	readonly drifted: boolean;
}

/**
 * Judge counts against the reference's.
 *
 * The index alone is no test: without drift its mean is about (bins - 1)(1/n + 1/m), so that small windows and many bins reach any threshold
 * by chance, and its floor under empty bins makes that worse (5,000 rows against 100 in 50 bins: 0.25 is reached always, and the chi-square
 * quantile of the index itself is passed in 85 % of windows instead of 1 %). Pearson's statistic, which the index equals to second order
 * after division by (1/n + 1/m), has no such floor and keeps its level (1.3 % there). So: index >= threshold, and Pearson's p < `alpha`.
 *
 * @example
 * judgePsi([500, 500], [150, 350], {threshold: 0.1, alpha: 0.01}).drifted; //=> true
 * judgePsi([500, 500], [3, 7], {threshold: 0.1, alpha: 0.01}).drifted; //=> false
 */
export function judgePsi(
	expected: ArrayLike<number>,
	actual: ArrayLike<number>,
	{
		threshold,
		alpha,
	}: {
		readonly threshold: number;
		readonly alpha: number;
	},
): PsiVerdict {
	const index = psi(expected, actual);
	const {probability} = chiSquareHomogeneity(expected, actual);
	return Number.isNaN(index)
		? {psi: null, probability: 1, drifted: false}
		: {psi: index, probability, drifted: index >= threshold && probability < alpha};
}
