import test from 'ava';
import fc from 'fast-check';
import {expectedAreaUnderRoc} from './bayes-auc.ts';

/** Over all ordered pairs of different rows, as the definition says. */
function overPairs(probabilities: readonly number[]): number {
	let concordant = 0;
	let pairs = 0;
	for (const [i, p] of probabilities.entries()) {
		for (const [j, q] of probabilities.entries()) {
			if (i !== j) {
				pairs += p * (1 - q);
				concordant += p * (1 - q) * (p > q ? 1 : p === q ? 0.5 : 0);
			}
		}
	}

	return concordant / pairs;
}

test('equals the sum over pairs, ties included', t => {
	fc.assert(
		fc.property(
			fc.array(
				fc.integer({min: 1, max: 9}).map(tenths => tenths / 10),
				{minLength: 2, maxLength: 40},
			),
			probabilities => {
				t.true(Math.abs(expectedAreaUnderRoc(probabilities) - overPairs(probabilities)) < 1e-12);
			},
		),
		{seed: 1},
	);
});

test('is undefined without a pair', t => {
	t.deepEqual(
		[[], [0.5], [0, 0], [1, 1]].map(probabilities => expectedAreaUnderRoc(probabilities)),
		[Number.NaN, Number.NaN, Number.NaN, Number.NaN],
	);
});
