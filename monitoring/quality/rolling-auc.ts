/**
 * Area under the ROC curve over the newest labels, with its state in a checkpoint.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {areaUnderRoc} from '../../core/numerics/index.ts';
import {corruptState} from '../state-bytes.ts';

/** State of a {@link RollingAuc}: the rows it holds, oldest first, and 1 where the label is positive. */
export interface RollingAucState {
	readonly scores: Float64Array;
	readonly labels: Int8Array;
}

/**
 * Exact AUC of the newest `rowsMax` rows, ties counted half; when there are more, the oldest goes.
 *
 * It is asked for about once a second, and labels come by the thousand: a label costs O(1), the figure one sort when it is asked for, and nothing
 * when no label has come since.
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
	#next = 0;
	#count = 0;
	#known: number | undefined;

	constructor({rowsMax = 2000}: {readonly rowsMax?: number} = {}) {
		assert(Number.isInteger(rowsMax) && rowsMax >= 2, 'a window has at least two rows');
		this.#scores = new Float64Array(rowsMax);
		this.#labels = new Int8Array(rowsMax);
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

	/** Rows held. */
	get count(): number {
		return this.#count;
	}

	/** The AUC; NaN while there is only one class. */
	get value(): number {
		this.#known ??= areaUnderRoc(this.#scores.subarray(0, this.#count), this.#labels.subarray(0, this.#count));
		return this.#known;
	}

	/** Add one labelled score. */
	update(score: number, isPositive: boolean): void {
		assert(!Number.isNaN(score), 'a score is a number');
		this.#scores[this.#next] = score;
		this.#labels[this.#next] = isPositive ? 1 : 0;
		this.#next = (this.#next + 1) % this.#scores.length;
		this.#count = Math.min(this.#count + 1, this.#scores.length);
		this.#known = undefined;
	}

	/** The rows held; adding them to a new window of the same length gives an equal one. */
	state(): RollingAucState {
		const first = this.#count < this.#scores.length ? 0 : this.#next;
		const at = (index: number): number => (first + index) % this.#scores.length;
		return {
			scores: Float64Array.from({length: this.#count}, (_, index) => this.#scores[at(index)]!),
			labels: Int8Array.from({length: this.#count}, (_, index) => this.#labels[at(index)]!),
		};
	}
}
