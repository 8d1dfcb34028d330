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
	};
}
