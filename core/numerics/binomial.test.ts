/** Bounds against published tables and against the distribution itself. */
import test from 'ava';
import fc from 'fast-check';
import {binomialLowerBound, regularizedBeta} from './binomial.ts';
import {logGamma} from './chi-square.ts';

/** P(X >= successes), term by term. */
function tailByTerms(successes: number, trials: number, chance: number): number {
	let sum = 0;
	for (let count = successes; count <= trials; count++) {
		const ways = logGamma(trials + 1) - logGamma(count + 1) - logGamma(trials - count + 1);
		sum += Math.exp(ways + count * Math.log(chance) + (trials - count) * Math.log1p(-chance));
	}

	return sum;
}

test('the incomplete beta function is the tail of the binomial distribution', t => {
	const chances = fc.double({min: 0.01, max: 0.99, noNaN: true});
	fc.assert(
		fc.property(fc.integer({min: 1, max: 200}), fc.integer({min: 0, max: 199}), chances, (trials, less, chance) => {
			const successes = Math.max(1, trials - less);
			t.true(Math.abs(regularizedBeta(chance, successes, trials - successes + 1) - tailByTerms(successes, trials, chance)) < 1e-10);
		}),
		{seed: 1},
	);
});

test('at the lower bound, as many successes or more have the probability that confidence leaves', t => {
	for (const [successes, trials] of [
		[1, 500],
		[10, 5000],
		[30, 60],
		[500, 500],
		[300, 100_000],
	] as const) {
		const bound = binomialLowerBound(successes, trials, 0.95);
		t.true(bound > 0 && bound < successes / trials);
		t.true(Math.abs(tailByTerms(successes, trials, bound) - 0.05) < 1e-6, `${successes} of ${trials}`);
	}
});

test('one success in 500 does not prove a chance above one in 1,000', t => {
	t.true(binomialLowerBound(1, 500, 0.95) < 0.001);
	t.true(binomialLowerBound(5, 500, 0.95) > 0.001);
});
