/**
 * A few rows of a batch, as a request brings them.
 *
 * @module
 */
import type {OnnxBatch} from '../../core/domain/index.ts';

/**
 * `count` rows from a place on, as a batch of their own.
 *
 * @example
 * const batch = {rowCount: 2, numeric: Float32Array.of(1, 2, 3, 4), categorical: new BigInt64Array(0)};
 * [...rowsOfBatch(batch, 1, 1).numeric]; //=> [3, 4]
 */
export function rowsOfBatch({rowCount, numeric, categorical}: OnnxBatch, at: number, count: number): OnnxBatch {
	const [numbers, words] = [numeric.length / rowCount, categorical.length / rowCount];
	return {
		rowCount: count,
		numeric: numeric.slice(at * numbers, (at + count) * numbers),
		categorical: categorical.slice(at * words, (at + count) * words),
	};
}
