/**
 * One row of a batch, as a request of one brings it.
 *
 * @module
 */
import type {OnnxBatch} from '../../core/domain/index.ts';

/**
 * The row at a place, as a batch of its own.
 *
 * @example
 * const batch = {rowCount: 2, numeric: Float32Array.of(1, 2, 3, 4), categorical: new BigInt64Array(0)};
 * [...rowsOfBatch(batch, 1).numeric]; //=> [3, 4]
 */
export function rowsOfBatch({rowCount, numeric, categorical}: OnnxBatch, at: number): OnnxBatch {
	const [numbers, words] = [numeric.length / rowCount, categorical.length / rowCount];
	return {
		rowCount: 1,
		numeric: numeric.slice(at * numbers, (at + 1) * numbers),
		categorical: categorical.slice(at * words, (at + 1) * words),
	};
}
