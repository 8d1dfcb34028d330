/**
 * The two classifiers that look at no feature: whoever does not beat both has learnt nothing.
 *
 * @module
 */

/**
 * No change (the label of the newest event whose label is known) and moving majority (the most frequent of the last `majorityRows` labels that came).
 *
 * Under a label delay both know only labels that have arrived. Before the first label both say class 0.
 *
 * Cost: O(1) a label, O(classes) a question; `majorityRows` bytes.
 * Source: Zliobaite et al., Machine Learning 98, 2015 (no change); the moving majority is MOA's MajorityClass on a window.
 *
 * @example
 * const baselines = new Baselines({classCount: 2, majorityRows: 3});
 * for (const [index, label] of [[0, 1], [2, 0], [1, 1]]) baselines.learn(index, label);
 * [baselines.noChange, baselines.movingMajority()]; //=> [0, 1]
 */
export class Baselines {
	readonly #window: Uint8Array;
	readonly #counts: Float64Array;
	#at = 0;
	#learnt = 0;
	#newest = -1;
	#noChange = 0;

	constructor({classCount, majorityRows = 1000}: {readonly classCount: number; readonly majorityRows?: number}) {
		this.#window = new Uint8Array(majorityRows);
		this.#counts = new Float64Array(classCount);
	}

	/** Class of the newest event whose label is known. */
	get noChange(): number {
		return this.#noChange;
	}

	/** Most frequent class among the last labels; the lowest of several. */
	movingMajority(): number {
		let best = 0;
		for (let label = 1; label < this.#counts.length; label++) {
			best = this.#counts[label]! > this.#counts[best]! ? label : best;
		}

		return best;
	}

	/** The label of event `index` has come. */
	learn(index: number, label: number): void {
		if (index > this.#newest) {
			this.#newest = index;
			this.#noChange = label;
		}

		if (this.#learnt >= this.#window.length) {
			this.#counts[this.#window[this.#at]!]!--;
		}

		this.#counts[label]!++;
		this.#window[this.#at] = label;
		this.#at = (this.#at + 1) % this.#window.length;
		this.#learnt++;
	}
}
