/**
 * Mini-batches: the rows that are learnt from, in a new seeded order each epoch.
 *
 * @module
 */
import {drawPermutation, forkRng, type Rng} from '../../../core/numerics/index.ts';
import {drawsBelow, eventInputsOf} from './event-inputs.ts';
import type {InputMatrix} from './input-matrix.ts';

/** Share of ids replaced by 0 in a batch: id 0 stands for values never seen, and would otherwise never be learnt. */
const MASKED_SHARE = 0.02;

/** Some rows, and what they should give. */
export interface MiniBatch {
	readonly inputs: InputMatrix;
	/** Rows x outputs. */
	readonly targets: Float32Array;
	/** One a row; absent: all count 1. */
	readonly weights?: Float32Array;
}

/** Options of {@link drawEpoch}. */
export interface EpochOptions {
	/** Only rows before this one are drawn. */
	readonly rowCount: number;
	readonly batchSize: number;
	readonly seed: number;
	/** From 1. Its draws depend on it and on the seed alone, so that a fit can go on in the middle. */
	readonly epoch: number;
	/** Of all rows. */
	readonly weights?: ArrayLike<number> | undefined;
}

/** The batches of one epoch, in which each of the first `rowCount` rows comes once; the last one may be small. */
export function* drawEpoch(
	matrix: InputMatrix,
	targets: Float32Array,
	{rowCount, batchSize, seed, epoch, weights}: EpochOptions,
): Generator<MiniBatch> {
	const order = drawPermutation(forkRng(seed, `order of rows in epoch ${epoch}`), rowCount);
	const mask = forkRng(seed, `masked ids of epoch ${epoch}`);
	for (let start = 0; start < rowCount; start += batchSize) {
		const rows = order.subarray(start, start + batchSize);
		const batch = gather(matrix, targets, rows, mask);
		yield weights ? {...batch, weights: Float32Array.from(rows, row => weights[row]!)} : batch;
	}
}

function gather(matrix: InputMatrix, targets: Float32Array, rows: Int32Array, mask: Rng): MiniBatch {
	const {rowCount, numericWidth, numeric, ids, history} = matrix;
	const isMasked = drawsBelow(mask, MASKED_SHARE);
	const inputs = {
		rowCount: rows.length,
		numericWidth,
		numeric: copyRows(numeric, numericWidth, rows),
		ids: ids.map(column => rows.map(row => (isMasked() ? 0 : column[row]!))),
		...(history && {events: eventInputsOf(matrix, history, rows, isMasked)}),
	};
	return {inputs, targets: copyRows(targets, targets.length / rowCount, rows)};
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
