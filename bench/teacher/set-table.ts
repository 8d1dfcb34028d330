/**
 * A CSV file as columns of features, and the cut of such columns into frames.
 *
 * @module
 */
import type {FrameColumn, TrainingFrame} from '../../core/domain/index.ts';
import {openCsv} from '../../streams/index.ts';
import type {TeacherFold} from './teacher-set.ts';

/** The text of a field of the record at hand, empty where it is missing. */
export type Field = (name: string) => string;

/** How a feature is read: a number (NaN where missing), or a category (empty where missing). */
export type FeatureReader =
	| {readonly name: string; readonly kind: 'numeric'; readonly read: (field: Field) => number}
	| {readonly name: string; readonly kind: 'categorical'; readonly read: (field: Field) => string};

/** Columns of a whole set. */
export interface SetTable {
	readonly name: string;
	readonly columns: readonly FrameColumn[];
	/** 0 or 1. */
	readonly labels: Int32Array;
	/** Milliseconds; the row number in hours where the set has no dates. */
	readonly times: Float64Array;
}

/** What of a file makes a table. */
export interface TableOptions {
	readonly features: readonly FeatureReader[];
	/** The class, or an empty text for a record to leave out; the field `label` if absent. */
	readonly label?: (field: Field) => string;
	/** Absent where the set has no dates. */
	readonly time?: (field: Field) => number;
}

const HOUR = 3_600_000;

/**
 * Numbers as the file has them.
 *
 * @example
 * numbers('age')[0].read(() => '41'); //=> 41
 * numbers('age')[0].read(() => ''); //=> NaN
 */
export function numbers(...names: readonly string[]): FeatureReader[] {
	return names.map(name => ({name, kind: 'numeric', read: field => numberOf(field(name))}));
}

/** Categories as the file has them. */
export function categories(...names: readonly string[]): FeatureReader[] {
	return names.map(name => ({name, kind: 'categorical', read: field => field(name)}));
}

/** A number that is worked out. */
export function derived(name: string, read: (field: Field) => number): FeatureReader {
	return {name, kind: 'numeric', read};
}

/** The number in a field, NaN if it is empty. */
export function numberOf(text: string): number {
	return text === '' ? Number.NaN : Number(text);
}

/** Read a file of a set. Categories are numbered in the order of their first appearance. */
export async function readTable(name: string, file: string, {features, label, time}: TableOptions): Promise<SetTable> {
	const {header, records} = await openCsv(file);
	const places = new Map(header.map((column, place) => [column, place]));
	const values = features.map((): number[] => []);
	const codes = features.map(() => new Map<string, number>());
	const labels: number[] = [];
	const times: number[] = [];
	for await (const record of records) {
		const field: Field = column => record.values[places.get(column)!]!;
		const text = label ? label(field) : field('label');
		if (text === '') {
			continue;
		}

		for (const [place, feature] of features.entries()) {
			values[place]!.push(feature.kind === 'numeric' ? feature.read(field) : codeOf(codes[place]!, feature.read(field)));
		}

		times.push(time ? time(field) : labels.length * HOUR);
		labels.push(Number(text));
	}

	const columns = features.map((feature, place): FrameColumn =>
		feature.kind === 'numeric'
			? {name: feature.name, kind: 'numeric', values: Float64Array.from(values[place]!)}
			: {name: feature.name, kind: 'categorical', values: Int32Array.from(values[place]!), categories: [...codes[place]!.keys()]},
	);
	return {name, columns, labels: Int32Array.from(labels), times: Float64Array.from(times)};
}

function codeOf(codes: Map<string, number>, value: string): number {
	if (value === '') {
		return -1;
	}

	const code = codes.get(value) ?? codes.size;
	codes.set(value, code);
	return code;
}

/** The rows of a table that are named, in that order, as a frame. Times are those of the rows, or hours in that order if `renumbers`. */
export function frameOf(table: SetTable, rows: readonly number[] | Int32Array, renumbers = false): TrainingFrame {
	const take = (values: ArrayLike<number>): Float64Array => Float64Array.from(rows, row => values[row]!);
	const times = renumbers ? Float64Array.from(rows, (_, place) => place * HOUR) : take(table.times);
	return {
		definition: {
			model: table.name,
			specVersion: 1,
			schemaVersion: 1,
			asOf: times.at(-1) ?? 0,
			throughOffset: rows.length,
			labelRule: 'as in the file',
		},
		rowCount: rows.length,
		columns: table.columns.map(column =>
			column.kind === 'numeric'
				? {...column, values: take(column.values)}
				: {...column, values: Int32Array.from(take(column.values))},
		),
		labels: Int32Array.from(take(table.labels)),
		times,
		offsets: Float64Array.from(rows, (_, place) => place),
		outputCount: 1,
	};
}

/** The rows [from, to). */
export function rowsBetween(from: number, to: number): Int32Array {
	return Int32Array.from({length: to - from}, (_, index) => from + index);
}

/** The cut of dated sets: three fifths of the rows are learnt from, the next fifth validates, the last fifth is the test. */
export function cutOf(count: number): {readonly trainRows: number; readonly testFrom: number} {
	return {trainRows: Math.floor(0.6 * count), testFrom: Math.floor(0.8 * count)};
}

/** A table cut by {@link cutOf}, in file order or in the order given. */
export function cutTable(table: SetTable, order?: readonly number[]): TeacherFold {
	const count = table.labels.length;
	const rows = order ?? [...rowsBetween(0, count)];
	const {trainRows, testFrom} = cutOf(count);
	const renumbers = order !== undefined;
	return {frame: frameOf(table, rows.slice(0, testFrom), renumbers), trainRows, test: frameOf(table, rows.slice(testFrom), renumbers)};
}
