/**
 * How well anyone could do: quality of the true probabilities themselves.
 *
 * @module
 */

/**
 * Expected area under the ROC curve of a scorer that knows the true probabilities; NaN for fewer than two rows. No model does better but by chance.
 *
 * The probability that of two rows, one turning out 1 and the other 0, the first has the higher probability, ties counted half: the ratio of
 * expected concordant pairs to expected pairs. Cost: O(n log n).
 *
 * @example
 * expectedAreaUnderRoc([0, 0, 1, 1]); //=> 1
 * expectedAreaUnderRoc([0.5, 0.5]); //=> 0.5
 */
export function expectedAreaUnderRoc(probabilities: ArrayLike<number>): number {
	const sorted = Float64Array.from(probabilities).sort();
	let ones = 0;
	let zeros = 0;
	let selfPairs = 0;
	let concordant = 0;
	for (let first = 0, end = 0; first < sorted.length; first = end) {
		const p = sorted[first]!;
		while (end < sorted.length && sorted[end] === p) {
			end++;
		}

		const count = end - first;
		// Inside a tie each row meets count - 1 others.
		concordant += count * p * (zeros + ((count - 1) * (1 - p)) / 2);
		ones += count * p;
		zeros += count * (1 - p);
		selfPairs += count * p * (1 - p);
	}

	const pairs = ones * zeros - selfPairs;
	return pairs > 0 ? concordant / pairs : Number.NaN;
}
