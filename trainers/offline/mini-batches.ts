/**
 * Mini-batches: the rows that are learnt from, in a new seeded order each epoch.
 *
 * @module
 */
import {drawPermutation, forkRng, type Rng} from '../../core/numerics/index.ts';
import type {InputMatrix} from './input-matrix.ts';

/** Share of ids replaced by 0 in a batch: id 0 stands for values never seen, and would otherwise never be learnt. */
const MASKED_SHARE = 0.02;

/** Some rows, and what they should give. */
export interface MiniBatch {
	readonly inputs: InputMatrix;
	/** Rows x outputs. */
	readonly targets: Float32Array;
}

/** Options of {@link MiniBatches}. */
export interface MiniBatchOptions {
	/** Only rows before this one are drawn. */
	readonly rowCount: number;
	readonly batchSize: number;
	readonly seed: number;
}

/** Draws each of the first `rowCount` rows once an epoch. */
export class MiniBatches {
	readonly #matrix: InputMatrix;
	readonly #targets: Float32Array;
	readonly #outputCount: number;
	readonly #options: MiniBatchOptions;
	readonly #shuffle: Rng;
	readonly #mask: Rng;

	constructor(matrix: InputMatrix, targets: Float32Array, options: MiniBatchOptions) {
		this.#matrix = matrix;
		this.#targets = targets;
		this.#outputCount = targets.length / matrix.rowCount;
		this.#options = options;
		this.#shuffle = forkRng(options.seed, 'order of rows');
		this.#mask = forkRng(options.seed, 'masked ids');
	}

	/** The batches of the next epoch; the last one may be small. */
	*epoch(): Generator<MiniBatch> {
		const {rowCount, batchSize} = this.#options;
		const order = drawPermutation(this.#shuffle, rowCount);
		for (let start = 0; start < rowCount; start += batchSize) {
			yield this.#gather(order.subarray(start, start + batchSize));
		}
	}

	#gather(rows: Int32Array): MiniBatch {
		const {numericWidth, numeric, ids} = this.#matrix;
		const numbers = copyRows(numeric, numericWidth, rows);
		const inputs = {rowCount: rows.length, numericWidth, numeric: numbers, ids: ids.map(column => this.#maskedIds(column, rows))};
		return {inputs, targets: copyRows(this.#targets, this.#outputCount, rows)};
	}

	#maskedIds(column: Int32Array, rows: Int32Array): Int32Array {
		return rows.map(row => (this.#mask() < MASKED_SHARE ? 0 : column[row]!));
	}
}

function copyRows(from: Float32Array, width: number, rows: Int32Array): Float32Array {
	const to = new Float32Array(rows.length * width);
	for (let index = 0; index < rows.length; index++) {
		const source = rows[index]! * width;
		const target = index * width;
		for (let column = 0; column < width; column++) {
			to[target + column] = from[source + column]!;
		}
	}

	return to;
}
