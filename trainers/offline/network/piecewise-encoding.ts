/**
 * Piecewise-linear encodings of numbers on TensorFlow.js, as an interpolation between rows of a small table.
 *
 * An encoding that is 1 in every bin below a value, the share passed of the bin it lies in, and 0 above, times a weight matrix, is linear between
 * bin edges. So the running sums of the weights are its values at the edges, and a value costs two rows of them instead of a product with all bins.
 *
 * Source: Gorishniy, Rubachev, Babenko, "On Embeddings for Numerical Features in Tabular Deep Learning", 2022, section 3.2.
 *
 * @module
 */
import type {Tensor1D, Tensor2D, TensorFlowModule} from '../../../core/runtimes/index.ts';
import type {InputMatrix} from './input-matrix.ts';

/** Encoded rows, and what their gradient needs. */
export interface EncodedRows {
	/** rows x (features x width). */
	readonly values: Tensor2D;
	/** Rows of the table below and above each number, and the share of the bin below it. */
	readonly below: Tensor1D;
	readonly above: Tensor1D;
	readonly share: Tensor2D;
}

/** The encoded inputs of a network. */
export class PiecewiseEncoding {
	readonly #tf: TensorFlowModule;
	readonly #edges: readonly Float64Array[];
	readonly #columns: readonly number[];
	/** 1 on and below the diagonal: makes running sums. */
	readonly #running: Float32Array;
	readonly #rows: number;

	/** @param columns - Of the encoded numbers among the inputs. @param rows - Of the map: bins of the finest encoding, and one for the bias. */
	constructor(tf: TensorFlowModule, edges: readonly Float64Array[], columns: readonly number[], rows: number) {
		this.#tf = tf;
		this.#edges = edges;
		this.#columns = columns;
		this.#rows = rows;
		this.#running = Float32Array.from({length: rows * rows}, (_, index) => (index % rows <= Math.floor(index / rows) ? 1 : 0));
	}

	/** @param maps - A row of biases, then a row for each bin; columns are features x width. */
	encode(maps: Tensor2D, {rowCount, numericWidth, numeric}: InputMatrix): EncodedRows {
		const tf = this.#tf;
		const count = this.#columns.length;
		const width = maps.shape[1] / count;
		const [below, above, share] = [
			new Int32Array(rowCount * count),
			new Int32Array(rowCount * count),
			new Float32Array(rowCount * count),
		];
		for (let row = 0; row < rowCount; row++) {
			for (let feature = 0; feature < count; feature++) {
				const edges = this.#edges[feature]!;
				const score = numeric[row * numericWidth + this.#columns[feature]!]!;
				const bin = binOf(score, edges);
				const at = row * count + feature;
				below[at] = bin * count + feature;
				above[at] = (bin + 1) * count + feature;
				share[at] = Math.min(1, Math.max(0, (score - edges[bin]!) / (edges[bin + 1]! - edges[bin]!)));
			}
		}

		const table = this.#table(maps, width);
		const parts = {
			below: tf.tensor1d(below, 'int32'),
			above: tf.tensor1d(above, 'int32'),
			share: tf.tensor2d(share, [rowCount * count, 1]),
		};
		const low = tf.gather(table, parts.below);
		const values = tf.add(low, tf.mul(tf.sub(tf.gather(table, parts.above), low), parts.share));
		return {...parts, values: values.as2D(rowCount, count * width)};
	}

	/** Gradient of the map from that of the encoded values. */
	gradient(maps: Tensor2D, {below, above, share}: EncodedRows, delta: Tensor2D): Tensor2D {
		const tf = this.#tf;
		const [rows, columns] = maps.shape;
		const width = columns / this.#columns.length;
		const ofValues = delta.as2D(below.size, width);
		const ofAbove = tf.mul(ofValues, share);
		const ofTable = tf.add(
			tf.unsortedSegmentSum(ofAbove, above, rows * this.#columns.length),
			tf.unsortedSegmentSum(tf.sub(ofValues, ofAbove), below, rows * this.#columns.length),
		);
		return tf.matMul(tf.tensor2d(this.#running, [this.#rows, this.#rows]), ofTable.as2D(rows, columns), true);
	}

	/** Values at the edges: (rows x features) x width. */
	#table(maps: Tensor2D, width: number): Tensor2D {
		const tf = this.#tf;
		return tf.matMul(tf.tensor2d(this.#running, [this.#rows, this.#rows]), maps).as2D(this.#rows * this.#columns.length, width);
	}
}

/** The bin that a score lies in; the first or last one if it lies beyond. */
function binOf(score: number, edges: Float64Array): number {
	let low = 0;
	let high = edges.length - 1;
	while (high - low > 1) {
		const middle = (low + high) >> 1;
		if (edges[middle]! <= score) {
			low = middle;
		} else {
			high = middle;
		}
	}

	return low;
}
