/**
 * Area under the ROC curve over the newest labels, kept up to date label by label.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {SortedScores} from './sorted-scores.ts';

/** The rows that a {@link WindowAuc} holds, oldest first. */
export interface WindowAucState {
	readonly scores: Float64Array;
	/** 1 where the label is positive, else 0. */
	readonly labels: Int8Array;
}

/**
 * Exact AUC of the newest `rowsMax` rows, ties counted half; when there are more, the oldest goes.
 *
 * Cost per label: O(log rowsMax) comparisons and one move of at most 8 rowsMax bytes; 17 bytes of memory a row.
 * Source: Brzezinski, Stefanowski, "Prequential AUC", Knowledge and Information Systems 52, 2017; the U statistic of Mann and Whitney 1947, held as a
 * whole number, so that it never drifts.
 *
 * @throws AssertionError - on a score that is NaN.
 * @example
 * const auc = new WindowAuc({rowsMax: 4});
 * for (const [score, label] of [[0.9, 0], [0.1, 0], [0.4, 0], [0.35, 1], [0.8, 1]]) auc.update(score, label === 1);
 * auc.value; //=> 0.75
 */
export class WindowAuc {
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

	/** Rows held at most. */
	get rowsMax(): number {
		return this.#scores.length;
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

	/** The rows held; adding them to a new window of the same length gives an equal one. */
	state(): WindowAucState {
		const at = (index: number): number => (this.#oldest + index) % this.#scores.length;
		return {
			scores: Float64Array.from({length: this.#count}, (_, index) => this.#scores[at(index)]!),
			labels: Int8Array.from({length: this.#count}, (_, index) => this.#labels[at(index)]!),
		};
	}

	#removeOldest(): void {
		const score = this.#scores[this.#oldest]!;
		const isPositive = this.#labels[this.#oldest] === 1;
		(isPositive ? this.#positives : this.#negatives).remove(score);
		this.#twiceU -= this.#pairsWith(score, isPositive);
		this.#oldest = (this.#oldest + 1) % this.#scores.length;
		this.#count--;
	}

	/** Share in {@link WindowAuc.#twiceU} of one row against all rows of the other class. */
	#pairsWith(score: number, isPositive: boolean): number {
		return isPositive ? this.#negatives.rankOf(score) : 2 * this.#positives.count - this.#positives.rankOf(score);
	}
}
