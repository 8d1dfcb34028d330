/**
 * The binomial distribution: what a count of successes says about the chance behind it.
 *
 * @module
 */
import {logGamma} from './chi-square.ts';

/** Relative change below which a continued fraction has converged. */
const PRECISION = 1e-15;
const TERMS_MAX = 10_000;
/** Halvings of the unit interval: more than a double can tell apart. */
const HALVINGS = 60;
const TINY = 1e-300;

/**
 * Regularised incomplete beta function: the probability that a Beta(a, b) number lies below `x`.
 *
 * Cost: some ten to some hundred terms. Source: Abramowitz and Stegun 1964, 26.5.8 (continued fraction), evaluated by Lentz's method.
 *
 * @example
 * regularizedBeta(0.5, 2, 2).toFixed(12); //=> '0.500000000000'
 */
export function regularizedBeta(x: number, a: number, b: number): number {
	if (x <= 0 || x >= 1) {
		return x <= 0 ? 0 : 1;
	}

	const scale = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
	return x < (a + 1) / (a + b + 2) ? (scale * betaFraction(x, a, b)) / a : 1 - (scale * betaFraction(1 - x, b, a)) / b;
}

/**
 * One-sided lower confidence bound of a chance, from `successes` in `trials`: with `confidence` the true chance is not below it.
 *
 * Exact, hence cautious: the true coverage is at least `confidence`. Source: C. Clopper, E. Pearson, Biometrika 1934.
 *
 * @example
 * binomialLowerBound(0, 500, 0.95); //=> 0
 * binomialLowerBound(5, 10, 0.95).toFixed(4); //=> '0.2224'
 */
export function binomialLowerBound(successes: number, trials: number, confidence: number): number {
	if (successes === 0) {
		return 0;
	}

	let low = 0;
	let high = successes / trials;
	for (let halving = 0; halving < HALVINGS; halving++) {
		const middle = (low + high) / 2;
		if (regularizedBeta(middle, successes, trials - successes + 1) < 1 - confidence) {
			low = middle;
		} else {
			high = middle;
		}
	}

	return low;
}

function betaFraction(x: number, a: number, b: number): number {
	const away = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
	let c = 1;
	let d = 1 / away(1 - ((a + b) * x) / (a + 1));
	let product = d;
	for (let term = 1; term < TERMS_MAX; term++) {
		const even = (term * (b - term) * x) / ((a + 2 * term - 1) * (a + 2 * term));
		d = 1 / away(1 + even * d);
		c = away(1 + even / c);
		product *= c * d;
		const odd = (-(a + term) * (a + b + term) * x) / ((a + 2 * term) * (a + 2 * term + 1));
		d = 1 / away(1 + odd * d);
		c = away(1 + odd / c);
		product *= c * d;
		if (Math.abs(c * d - 1) < PRECISION) {
			break;
		}
	}

	return product;
}
