/**
 * What the scores of a version were worth where the outcome is known: kept in its reference, so that a window without labels can be judged.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {z} from 'zod';
import {binOf} from '../../core/numerics/index.ts';

const figures = z.array(z.number().min(0)).min(1).max(10);

/** Schema of {@link ScoreOutcomes}. */
export const scoreOutcomesSchema = z.strictObject({
	/** What a score is the probability of: class 1, or (several classes) that the class with the highest probability is the right one. */
	of: z.enum(['positive', 'right']),
	/** All by bin of the score. */
	rows: figures,
	/** Rows in which what the score speaks of came true. */
	happened: figures,
	/** Sum of the scores: how many should have. */
	expected: figures,
	/** Sum of p (1 - p): the variance of that number. */
	variance: figures,
	/** Rows whose predicted class was right. */
	right: figures,
});

/** Sums over the rows that a version did not learn from, by bin of the score. No row can be read from them. */
export type ScoreOutcomes = z.output<typeof scoreOutcomesSchema>;

/** Rows with outcomes that a score needs before anything is concluded from them. */
const ROWS_MIN = 200;
/** Mean distance between score and share that still counts as calibrated, beyond what chance explains: it moves an expected accuracy by as much at most. */
const CALIBRATION_ERROR_MAX = 0.02;
/** Outcomes without which a bin says nothing of a live row, and the share of live rows of which nothing may be said. */
const BIN_ROWS_MIN = 20;
const UNKNOWN_SHARE_MAX = 0.01;

/** How well scores were calibrated where outcomes are known. */
export interface Calibration {
	/** Mean distance, over the rows, between the mean score of a bin and the share that happened. */
	readonly error: number;
	/** What that would be on average for perfect probabilities and this many rows. */
	readonly noise: number;
	/** True if there are 200 rows and the error is at most 0.02 above the noise. */
	readonly holds: boolean;
}

/**
 * Sum scores and what came of them in fixed bins. Cost: O(rows log bins).
 *
 * @param edges - Inner edges of the score's bins, ascending, at most 9.
 * @param scores - Probabilities; a row that is not finite is left out.
 * @param happened - 1 where what the score speaks of came true.
 * @example
 * scoreOutcomes('positive', [0.5], [0.2, 0.9, 0.7], [0, 1, 0]).right; //=> [1, 1]
 */
export function scoreOutcomes(
	of: ScoreOutcomes['of'],
	edges: ArrayLike<number>,
	scores: ArrayLike<number>,
	happened: ArrayLike<number>,
): ScoreOutcomes {
	assert(scores.length === happened.length, 'one outcome a score');
	const zeros = (): number[] => Array.from({length: edges.length + 1}, () => 0);
	const outcomes = {of, rows: zeros(), happened: zeros(), expected: zeros(), variance: zeros(), right: zeros()};
	for (let row = 0; row < scores.length; row++) {
		const score = scores[row]!;
		if (Number.isFinite(score)) {
			const bin = binOf(edges, score);
			const came = happened[row] === 1;
			outcomes.rows[bin]!++;
			outcomes.happened[bin]! += came ? 1 : 0;
			outcomes.expected[bin]! += score;
			outcomes.variance[bin]! += score * (1 - score);
			outcomes.right[bin]! += (of === 'right' || score > 0.5) === came ? 1 : 0;
		}
	}

	return outcomes;
}

/**
 * Whether probabilities may be taken at their word, as far as the known outcomes say.
 *
 * Source: the noise is the mean absolute value of a normal variable, sqrt(2 variance / pi), summed over the bins.
 *
 * @example
 * calibrationOf(scoreOutcomes('positive', [], [0.5, 0.5], [0, 1])).error; //=> 0
 */
export function calibrationOf({rows, happened, expected, variance}: ScoreOutcomes): Calibration {
	let [count, error, noise] = [0, 0, 0];
	for (const [bin, inBin] of rows.entries()) {
		count += inBin;
		error += Math.abs(expected[bin]! - happened[bin]!);
		noise += Math.sqrt((2 * variance[bin]!) / Math.PI);
	}

	return count === 0
		? {error: Number.NaN, noise: Number.NaN, holds: false}
		: {error: error / count, noise: noise / count, holds: count >= ROWS_MIN && (error - noise) / count <= CALIBRATION_ERROR_MAX};
}

/**
 * Accuracy of the known outcomes, weighted to the live distribution of the score: right where inputs moved, so that scores moved, but a score
 * still means what it meant. Unlike an expected accuracy it needs no calibration. The density ratio is that of the score alone, bin by bin.
 *
 * Source: Shimodaira, "Improving predictive inference under covariate shift", Journal of Statistical Planning and Inference 90, 2000.
 *
 * @param live - Rows of the window by bin.
 * @returns NaN if more than one live row in a hundred lies in bins where fewer than 20 outcomes are known, or if there is no live row.
 * @example
 * const scores = Array.from({length: 40}, (_, row) => (row < 20 ? 0.1 : 0.9));
 * const labels = Array.from({length: 40}, (_, row) => (row < 30 ? 0 : 1));
 * const known = scoreOutcomes('positive', [0.5], scores, labels);
 * weightedAccuracy(known, [1, 1]); //=> 0.75
 * weightedAccuracy(known, [3, 1]); //=> 0.875
 */
export function weightedAccuracy({rows, right}: ScoreOutcomes, live: ArrayLike<number>): number {
	let [known, unknown, sum] = [0, 0, 0];
	for (const [bin, inBin] of rows.entries()) {
		const now = live[bin]!;
		if (inBin < BIN_ROWS_MIN) {
			unknown += now;
		} else {
			known += now;
			sum += (now * right[bin]!) / inBin;
		}
	}

	return known === 0 || unknown > UNKNOWN_SHARE_MAX * (known + unknown) ? Number.NaN : sum / known;
}
