/**
 * A fair sample of the rows of one window, of bounded size, the same each time the same rows come.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {forkRng, type Rng} from '../../core/numerics/index.ts';

/**
 * A reservoir: every row of the window has the same chance to be in it.
 *
 * Memory: `rowsMax` rows of 8 bytes a number; at the bound each new row takes the place of a random one, or is left out. Cost: O(width) a row that
 * is kept, one random number for each other.
 *
 * Source: J. Vitter, "Random Sampling with a Reservoir", ACM TOMS 1985, algorithm R.
 *
 * @example
 * const sample = new RowSample({width: 1, rowsMax: 3, seed: 1});
 * for (let value = 0; value < 100; value++) { sample.add([value]); }
 * [sample.count, sample.column(0).length]; //=> [3, 3]
 */
export class RowSample {
	readonly #width: number;
	readonly #rowsMax: number;
	readonly #rng: Rng;
	readonly #rows: Float64Array;
	#seen = 0;

	/** @param seed - Of the window, so that equal rows of two windows are not sampled alike. */
	constructor({width, rowsMax, seed}: {readonly width: number; readonly rowsMax: number; readonly seed: number}) {
		this.#width = width;
		this.#rowsMax = rowsMax;
		this.#rng = forkRng(1, String(seed));
		this.#rows = new Float64Array(width * rowsMax);
	}

	/** Rows in the sample. */
	get count(): number {
		return Math.min(this.#seen, this.#rowsMax);
	}

	/** Copies the row, if it is kept. */
	add(row: ArrayLike<number>): void {
		assert(row.length === this.#width, 'a row of the width');
		const slot = this.#seen < this.#rowsMax ? this.#seen : Math.floor(this.#rng() * (this.#seen + 1));
		this.#seen++;
		if (slot < this.#rowsMax) {
			this.#rows.set(row, slot * this.#width);
		}
	}

	/** Values of one column, a copy. */
	column(index: number): Float64Array {
		return Float64Array.from({length: this.count}, (_, row) => this.#rows[row * this.#width + index]!);
	}

	/** The sampled rows; with the number of all rows seen, its whole state. */
	state(): Float64Array {
		return this.#rows.slice(0, this.count * this.#width);
	}

	/** Take the state of another sample of the same window, of which `seen` rows had come. Cost: a random number for each of those. */
	load(rows: Float64Array, seen: number): boolean {
		if (rows.length !== Math.min(seen, this.#rowsMax) * this.#width) {
			return false;
		}

		this.#rows.set(rows);
		this.#seen = seen;
		for (let drawn = this.#rowsMax; drawn < seen; drawn++) {
			this.#rng();
		}

		return true;
	}
}
