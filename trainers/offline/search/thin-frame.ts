/**
 * A smaller training task that stands for a large one: fewer rows to learn from, the same rows to validate on.
 *
 * @module
 */
import type {TrainingFrame} from '../../../core/domain/index.ts';

/** A frame and its first validation row. */
export interface FrameSplit {
	readonly frame: TrainingFrame;
	readonly trainRows: number;
}

/**
 * Every `stride`-th of the rows [0, trainRows), and all rows after them. Evenly spaced rows keep the order of time and see every age of the data.
 *
 * Cost: a copy of what is kept; none with a stride of 1.
 */
export function thinFrame({frame, trainRows}: FrameSplit, stride: number): FrameSplit {
	if (stride === 1) {
		return {frame, trainRows};
	}

	const kept = Math.ceil(trainRows / stride);
	const rows = Int32Array.from({length: kept + frame.rowCount - trainRows}, (_, index) =>
		index < kept ? index * stride : trainRows + index - kept,
	);
	const take = (values: Float64Array): Float64Array => Float64Array.from(rows, row => values[row]!);
	const takeCodes = (values: Int32Array): Int32Array => Int32Array.from(rows, row => values[row]!);
	return {
		trainRows: kept,
		frame: {
			...frame,
			rowCount: rows.length,
			columns: frame.columns.map(column =>
				column.kind === 'numeric' ? {...column, values: take(column.values)} : {...column, values: takeCodes(column.values)},
			),
			labels: takeCodes(frame.labels),
			times: take(frame.times),
			offsets: take(frame.offsets),
			...(frame.weights && {weights: take(frame.weights)}),
			...(frame.entities && {entities: takeCodes(frame.entities)}),
		},
	};
}
