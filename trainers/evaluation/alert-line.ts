/**
 * Which answers become alerts: those whose score is among the highest share of recent ones.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {SortedScores} from '../../core/numerics/index.ts';

/**
 * A line through the scores of the last `rowsMax` answers, such that about the share `budget` lies above it.
 *
 * Cost: O(log rowsMax) comparisons a score; 16 bytes a row.
 *
 * @example
 * const line = new AlertLine({budget: 0.25});
 * [0.1, 0.2, 0.1, 0.9, 0.3, 0.2, 0.1, 0.8].map(score => line.isAlert(score)); //=> [false, false, false, true, false, false, false, true]
 */
export class AlertLine {
	readonly #budget: number;
	readonly #scores: Float64Array;
	readonly #sorted: SortedScores;
	#at = 0;

	constructor({budget, rowsMax = 2000}: {readonly budget: number; readonly rowsMax?: number}) {
		assert(budget > 0 && budget <= 1, 'a budget is a share of the rows');
		this.#budget = budget;
		this.#scores = new Float64Array(rowsMax);
		this.#sorted = new SortedScores(rowsMax);
	}

	/** Take the score in, and say whether it is one of the highest: no more than the budget are at or above it. */
	isAlert(score: number): boolean {
		if (this.#sorted.count === this.#scores.length) {
			this.#sorted.remove(this.#scores[this.#at]!);
		}

		this.#scores[this.#at] = score;
		this.#at = (this.#at + 1) % this.#scores.length;
		this.#sorted.insert(score);
		const atOrAbove = Math.floor(this.#budget * this.#sorted.count);
		return atOrAbove > 0 && score > (this.#sorted.at(this.#sorted.count - atOrAbove - 1) ?? -Infinity);
	}
}
