/**
 * A user's own history in columns: every event with its features, and when its label became known and final. What a back-test replays.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {
	addDuration,
	CategoryDictionary,
	classIndexOf,
	featureSchemaOf,
	outputCountOf,
	PerennialError,
	RowEncoder,
	type Fault,
	type FeatureSchema,
	type FrameColumn,
	type ModelSpec,
	type TrainingFrame,
} from '../../core/domain/index.ts';
import {finalAfterOf} from '../../monitoring/index.ts';
import {readDatedRows} from '../../streams/index.ts';

/** Class of an event without a label. */
export const NO_LABEL = -1;

/** No label is known before the event was asked about, nor before any other of the same time was: a millisecond later at the earliest. */
export const AFTER = 1;

/** Rows read before the arrays grow. */
const ROWS_FIRST = 65_536;

/** Rows in order of event time. Arrays have one entry a row. */
export interface History {
	readonly spec: ModelSpec;
	readonly schema: FeatureSchema;
	readonly outputCount: number;
	readonly rowCount: number;
	readonly times: Float64Array;
	/** Class indices, {@link NO_LABEL} where nothing ever became known. */
	readonly labels: Int32Array;
	/** When the label became known, and when it was final; Infinity without one. */
	readonly knownAt: Float64Array;
	readonly finalAt: Float64Array;
	/** One array a feature, coded as online learners read them: NaN is missing, categories are codes from 1 in order of appearance. */
	readonly values: readonly Float64Array[];
	/** Values of the categories of each feature; the one at index i has code i + 1. Empty for other features. */
	readonly categories: readonly (readonly string[])[];
}

/**
 * Read a history.
 *
 * Cost: one pass, about ten microseconds a row. Memory: 8 bytes a feature and row, and 28 bytes a row.
 *
 * @throws PerennialError - as {@link readDatedRows}; EVENT_INVALID if the file has no row.
 */
export async function readHistory(file: string, spec: ModelSpec, onRows: (rows: number) => void = () => undefined): Promise<History> {
	const schema = featureSchemaOf(spec, 1);
	const dictionary = new CategoryDictionary();
	const encoder = new RowEncoder(schema, dictionary);
	const finalAfter = finalAfterOf(spec.label);
	const faults: Fault[] = [];
	let columns = Array.from({length: schema.columns.length + 3}, () => new Float64Array(ROWS_FIRST));
	let labels = new Int32Array(ROWS_FIRST);
	let rowCount = 0;
	for await (const {time, features, label} of readDatedRows(file, spec)) {
		if (rowCount === labels.length) {
			columns = columns.map(column => grown(column, new Float64Array(2 * rowCount)));
			labels = grown(labels, new Int32Array(2 * rowCount));
		}

		const row = encoder.encode(features, faults);
		assert.deepEqual(faults, [], 'what the reader gives can be encoded');
		const known = label ? Math.max(label.observedAt, time + AFTER) : Infinity;
		const facts = [...row, time, known, Math.max(known, addDuration(time, finalAfter))];
		for (const [index, value] of facts.entries()) {
			columns[index]![rowCount] = value;
		}

		labels[rowCount] = label ? classIndexOf(label.value, spec) : NO_LABEL;
		if (++rowCount % 1000 === 0) {
			onRows(rowCount);
		}
	}

	if (rowCount === 0) {
		throw new PerennialError('EVENT_INVALID', `${file} has no row below its header; a back-test needs a history.`);
	}

	const cut = columns.map(column => column.subarray(0, rowCount));
	const [times, knownAt, finalAt] = cut.slice(schema.columns.length) as [Float64Array, Float64Array, Float64Array];
	return {
		spec,
		schema,
		outputCount: outputCountOf(spec),
		rowCount,
		times,
		knownAt,
		finalAt,
		labels: labels.subarray(0, rowCount),
		values: cut.slice(0, schema.columns.length),
		categories: schema.columns.map(({name, type}) => (type === 'categorical' ? dictionary.valuesOf(name) : [])),
	};
}

/** A row as online learners read it, into an array of the schema's length. */
export function rowOf({values}: History, row: number, into: Float64Array): Float64Array {
	for (let column = 0; column < values.length; column++) {
		into[column] = values[column]![row]!;
	}

	return into;
}

/**
 * Some rows as a training frame, in the order given. Cost: O(rows x features).
 *
 * @param labelRule - The rule by which these rows were taken, in words.
 */
export function frameOfRows(history: History, rows: Int32Array, {asOf, labelRule}: {asOf: number; labelRule: string}): TrainingFrame {
	const {spec, schema, times, labels, outputCount} = history;
	return {
		definition: {model: spec.name, specVersion: 1, schemaVersion: schema.version, asOf, throughOffset: history.rowCount, labelRule},
		rowCount: rows.length,
		columns: schema.columns.map((_, column) => frameColumn(history, column, rows)),
		labels: Int32Array.from(rows, row => Math.max(0, labels[row]!)),
		times: Float64Array.from(rows, row => times[row]!),
		offsets: Float64Array.from(rows, row => row + 1),
		outputCount,
	};
}

function frameColumn({schema, values, categories}: History, column: number, rows: Int32Array): FrameColumn {
	const {name, type} = schema.columns[column]!;
	const from = values[column]!;
	return type === 'categorical'
		? {
				name,
				kind: 'categorical',
				values: Int32Array.from(rows, row => (from[row]! >= 1 ? from[row]! - 1 : -1)),
				categories: categories[column]!,
			}
		: {name, kind: 'numeric', values: Float64Array.from(rows, row => from[row]!)};
}

function grown<Numbers extends Float64Array | Int32Array>(from: Numbers, into: Numbers): Numbers {
	into.set(from);
	return into;
}
