/**
 * A training frame: what was known at a time, as columns. Made by streams/lake, used by trainers, distill and the gates.
 *
 * @module
 */
import type {Millis} from './clock.ts';
import {bytesOf, digestOfParts, type Digest} from './digest.ts';

/** Numbers, NaN where missing: numeric, boolean (0, 1) and text (length) features. */
export interface NumericColumn {
	readonly name: string;
	readonly kind: 'numeric';
	readonly values: Float64Array;
}

/** Codes into `categories`, -1 where missing. */
export interface CategoricalColumn {
	readonly name: string;
	readonly kind: 'categorical';
	readonly values: Int32Array;
	readonly categories: readonly string[];
}

/** One feature of a frame. */
export type FrameColumn = NumericColumn | CategoricalColumn;

/** How a frame was cut, so that it can be cut again. */
export interface FrameDefinition {
	readonly model: string;
	readonly specVersion: number;
	readonly schemaVersion: number;
	/** Nothing after this time was known. */
	readonly asOf: Millis;
	/** Nothing after this offset of the log was read. */
	readonly throughOffset: number;
	/** Oldest event time taken; undefined means all. */
	readonly since?: Millis;
	/** Rule by which labels were taken, in words. */
	readonly labelRule: string;
	/** How rows were drawn and weighted, in words; absent: all of them, each counting 1. */
	readonly sampling?: string;
}

/** Rows in order of event time (then of offset). All arrays have `rowCount` entries. */
export interface TrainingFrame {
	readonly definition: FrameDefinition;
	readonly rowCount: number;
	readonly columns: readonly FrameColumn[];
	/** Class indices. */
	readonly labels: Int32Array;
	readonly times: Float64Array;
	readonly offsets: Float64Array;
	/** How much each row counts, above 0: a row of weight 2 is as two rows. Absent: all count 1. */
	readonly weights?: Float64Array;
	/** Whose event each row is: codes from 0, -1 where it names none. Absent: nothing is known of entities. */
	readonly entities?: Int32Array;
	readonly outputCount: number;
}

/** Digest over everything a training run can see. */
export function frameDigestOf(frame: TrainingFrame): Digest {
	return digestOfParts([
		JSON.stringify(frame.columns.map(column => (column.kind === 'numeric' ? [column.name] : [column.name, column.categories]))),
		...frame.columns.map(({values}) => bytesOf(values)),
		bytesOf(frame.labels),
		bytesOf(frame.times),
		bytesOf(frame.offsets),
		...(frame.weights ? [bytesOf(frame.weights)] : []),
		...(frame.entities ? ['entities', bytesOf(frame.entities)] : []),
	]);
}

/** Rows [from, to) of a frame, without a copy. */
export function sliceFrame(frame: TrainingFrame, from: number, to: number): TrainingFrame {
	return {
		...frame,
		rowCount: Math.max(0, Math.min(to, frame.rowCount) - from),
		columns: frame.columns.map(column =>
			column.kind === 'numeric'
				? {...column, values: column.values.subarray(from, to)}
				: {...column, values: column.values.subarray(from, to)},
		),
		labels: frame.labels.subarray(from, to),
		times: frame.times.subarray(from, to),
		offsets: frame.offsets.subarray(from, to),
		...(frame.weights && {weights: frame.weights.subarray(from, to)}),
		...(frame.entities && {entities: frame.entities.subarray(from, to)}),
	};
}

/**
 * Some rows of a frame, in the order given, as a copy; a row may come more than once.
 *
 * @example
 * const one = {rowCount: 2, columns: [], labels: Int32Array.of(0, 1), times: Float64Array.of(5, 6), offsets: Float64Array.of(1, 2), outputCount: 1};
 * [...takeRows(one, Int32Array.of(1, 1, 0)).times]; //=> [6, 6, 5]
 */
export function takeRows(frame: TrainingFrame, rows: Int32Array): TrainingFrame {
	const numbers = (values: Float64Array): Float64Array => Float64Array.from(rows, row => values[row]!);
	const codes = (values: Int32Array): Int32Array => Int32Array.from(rows, row => values[row]!);
	return {
		...frame,
		rowCount: rows.length,
		columns: frame.columns.map(column =>
			column.kind === 'numeric' ? {...column, values: numbers(column.values)} : {...column, values: codes(column.values)},
		),
		labels: codes(frame.labels),
		times: numbers(frame.times),
		offsets: numbers(frame.offsets),
		...(frame.weights && {weights: numbers(frame.weights)}),
		...(frame.entities && {entities: codes(frame.entities)}),
	};
}

/**
 * Weights of rows [from, to) stretched so that their mean is 1: what losses are weighted by. Undefined where all rows count 1.
 *
 * @example
 * [...meanOneWeights({weights: Float64Array.of(9, 1, 3), rowCount: 3}, 1)]; //=> [0.5, 1.5]
 */
export function meanOneWeights(
	{weights, rowCount}: Pick<TrainingFrame, 'weights' | 'rowCount'>,
	from = 0,
	to = rowCount,
): Float64Array | undefined {
	const part = weights?.subarray(from, to);
	const total = part?.reduce((sum, weight) => sum + weight, 0) ?? 0;
	return part?.map(weight => (weight * part.length) / total);
}
