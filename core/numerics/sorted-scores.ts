/**
 * Numbers in ascending order in a block of fixed size: ranks of a sliding window of scores.
 *
 * @module
 */
import assert from 'node:assert/strict';

/** Equal numbers that are passed one by one. */
const TIES_STEPPED = 4;

/**
 * A sorted multiset of at most `countMax` numbers.
 *
 * Cost: O(log countMax) comparisons a call, and one move of at most 8 countMax bytes to insert or remove: for windows of thousands this beats a tree.
 *
 * @throws AssertionError - on an insert beyond the bound: whoever owns the window removes its oldest number first.
 * @example
 * const scores = new SortedScores(3);
 * for (const score of [0.5, 0.1, 0.5]) scores.insert(score);
 * scores.rankOf(0.5); //=> 4
 * scores.at(0); //=> 0.1
 */
export class SortedScores {
	readonly #values: Float64Array;
	#count = 0;

	constructor(countMax: number) {
		this.#values = new Float64Array(countMax);
	}

	get count(): number {
		return this.#count;
	}

	/** The number at an index of the ascending order; undefined outside it. */
	at(index: number): number | undefined {
		return index >= 0 && index < this.#count ? this.#values[index] : undefined;
	}

	/** Twice the number of values below `score`, plus the number equal to it. */
	rankOf(score: number): number {
		const first = this.#firstAt(score, false);
		// Scores are seldom equal: a step or two finds the end of those that are, a search where there are many.
		for (let next = first; next < first + TIES_STEPPED; next++) {
			if (next >= this.#count || this.#values[next] !== score) {
				return first + next;
			}
		}

		return first + this.#firstAt(score, true);
	}

	insert(score: number): void {
		assert(this.#count < this.#values.length, 'the block is full');
		const at = this.#firstAt(score, false);
		this.#values.copyWithin(at + 1, at, this.#count);
		this.#values[at] = score;
		this.#count++;
	}

	/** Take out one number that is equal to `score`; it must be there. */
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
