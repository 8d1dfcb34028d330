/**
 * Area under the ROC curve over the newest labels, kept up to date label by label.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {corruptState} from '../state-bytes.ts';

/** State of a {@link RollingAuc}: the rows it holds, oldest first. */
export interface RollingAucState {
	readonly scores: Float64Array;
	/** 1 where the label is positive, else 0. */
	readonly labels: Int8Array;
}

/** Numbers in ascending order in a block of fixed size. */
class SortedScores {
	readonly #values: Float64Array;
	#count = 0;

	constructor(countMax: number) {
		this.#values = new Float64Array(countMax);
	}

	get count(): number {
		return this.#count;
	}

	/** Twice the number of values below `score`, plus the number equal to it. */
	rankOf(score: number): number {
		return this.#firstAt(score, false) + this.#firstAt(score, true);
	}

	insert(score: number): void {
		const at = this.#firstAt(score, false);
		this.#values.copyWithin(at + 1, at, this.#count);
		this.#values[at] = score;
		this.#count++;
	}

	remove(score: number): void {
		const at = this.#firstAt(score, false);
		this.#values.copyWithin(at, at + 1, this.#count);
		this.#count--;
	}

	/** Index of the first value >= score, or > score with `above`. */
	#firstAt(score: number, above: boolean): number {
		let low = 0;
		let high = this.#count;
		while (low < high) {
			const middle = (low + high) >>> 1;
			const value = this.#values[middle]!;
			if (above ? value <= score : value < score) {
				low = middle + 1;
			} else {
				high = middle;
			}
		}

		return low;
	}
}

/**
 * Exact AUC of the newest `rowsMax` rows, ties counted half; when there are more, the oldest goes.
 *
 * Cost per label: O(log rowsMax) comparisons and one move of at most 8 rowsMax bytes; 17 bytes of memory a row.
 * Source: the U statistic of Mann and Whitney 1947, held as a whole number, so that it never drifts.
 *
 * @throws AssertionError - on a score that is NaN.
 * @example
 * const auc = new RollingAuc({rowsMax: 4});
 * for (const [score, label] of [[0.9, 0], [0.1, 0], [0.4, 0], [0.35, 1], [0.8, 1]]) auc.update(score, label === 1);
 * auc.value; //=> 0.75
 */
export class RollingAuc {
	readonly #scores: Float64Array;
	readonly #labels: Int8Array;
	readonly #positives: SortedScores;
	readonly #negatives: SortedScores;
	#oldest = 0;
	#count = 0;
	/** Over all pairs of a positive and a negative: 2 where the positive has the higher score, 1 where they are equal. */
	#twiceU = 0;

	constructor({rowsMax = 2000}: {readonly rowsMax?: number} = {}) {
		assert(Number.isInteger(rowsMax) && rowsMax >= 2, 'a window has at least two rows');
		this.#scores = new Float64Array(rowsMax);
		this.#labels = new Int8Array(rowsMax);
		this.#positives = new SortedScores(rowsMax);
		this.#negatives = new SortedScores(rowsMax);
	}

	/** Rows held. */
	get count(): number {
		return this.#count;
	}

	/** The AUC; NaN while there is only one class. */
	get value(): number {
		return this.#twiceU / (2 * this.#positives.count * this.#negatives.count);
	}

	/** Add one labelled score. */
	update(score: number, isPositive: boolean): void {
		assert(!Number.isNaN(score), 'a score is a number');
		if (this.#count === this.#scores.length) {
			this.#removeOldest();
		}

		const at = (this.#oldest + this.#count) % this.#scores.length;
		this.#scores[at] = score;
		this.#labels[at] = isPositive ? 1 : 0;
		this.#count++;
		this.#twiceU += this.#pairsWith(score, isPositive);
		(isPositive ? this.#positives : this.#negatives).insert(score);
	}

	state(): RollingAucState {
		const at = (index: number): number => (this.#oldest + index) % this.#scores.length;
		return {
			scores: Float64Array.from({length: this.#count}, (_, index) => this.#scores[at(index)]!),
			labels: Int8Array.from({length: this.#count}, (_, index) => this.#labels[at(index)]!),
		};
	}

	/** One that holds the rows of `state`. @throws PerennialError - CHECKPOINT_CORRUPT if they do not fit. */
	static restore({scores, labels}: RollingAucState, options: {readonly rowsMax?: number} = {}): RollingAuc {
		const rolling = new RollingAuc(options);
		if (scores.length !== labels.length || scores.length > rolling.#scores.length || scores.some(score => Number.isNaN(score))) {
			throw corruptState('a rolling AUC does not fit its window');
		}

		for (const [index, score] of scores.entries()) {
			rolling.update(score, labels[index] === 1);
		}

		return rolling;
	}

	#removeOldest(): void {
		const score = this.#scores[this.#oldest]!;
		const isPositive = this.#labels[this.#oldest] === 1;
		(isPositive ? this.#positives : this.#negatives).remove(score);
		this.#twiceU -= this.#pairsWith(score, isPositive);
		this.#oldest = (this.#oldest + 1) % this.#scores.length;
		this.#count--;
	}

	/** Share in {@link RollingAuc.#twiceU} of one row against all rows of the other class. */
	#pairsWith(score: number, isPositive: boolean): number {
		return isPositive ? this.#negatives.rankOf(score) : 2 * this.#positives.count - this.#positives.rankOf(score);
	}
}
