/**
 * A history out of a model's own lake: what its events were and when their labels became known, as the log has it.
 *
 * @module
 */
import {addDuration, type FeatureSchema, type FrameColumn, type ModelSpec, type TrainingFrame} from '../../core/domain/index.ts';
import {finalAfterOf} from '../../monitoring/index.ts';
import {AFTER, NO_LABEL, type History} from './history.ts';

/** Every event of a range, and when its label was known: Infinity where it was not. */
export interface KnownRows {
	readonly frame: TrainingFrame;
	readonly knownAt: Float64Array;
}

/**
 * As a back-test replays it. A corrected label counts as known when its first value was, with its newest value: the lake keeps no time for each.
 *
 * Cost: O(rows x features); numeric columns are shared with the frame.
 */
export function historyOfFrame({frame, knownAt}: KnownRows, spec: ModelSpec, schema: FeatureSchema): History {
	const {rowCount, times, labels, columns, outputCount} = frame;
	const finalAfter = finalAfterOf(spec.label);
	const known = knownAt.map((at, row) => Math.max(at, times[row]! + AFTER));
	return {
		spec,
		schema,
		outputCount,
		rowCount,
		times,
		labels: labels.map((label, row) => (knownAt[row] === Infinity ? NO_LABEL : label)),
		knownAt: known,
		finalAt: known.map((at, row) => Math.max(at, addDuration(times[row]!, finalAfter))),
		values: columns.map(column => valuesOf(column)),
		categories: columns.map(column => (column.kind === 'categorical' ? column.categories : [])),
	};
}

/** As online learners read them: categories from 1, NaN is missing. */
function valuesOf(column: FrameColumn): Float64Array {
	return column.kind === 'numeric' ? column.values : Float64Array.from(column.values, code => (code === -1 ? Number.NaN : code + 1));
}
