/**
 * The columns of the lake's files, by kind: their names, their types, and where they come from in the log.
 *
 * @module
 */
import {tierScores, TIERS, type CategoryDictionary, type FeatureSchema} from '../../core/domain/index.ts';
import {quoteName, quoteText, type OfferedColumn} from '../../core/runtimes/index.ts';
import type {DecisionColumns, EventColumns, LabelColumns, TextColumn} from '../log/log-range.ts';
import type {PartitionFile} from './partitions.ts';

/** Records of one kind, ready to be read by DuckDB as rows of a Parquet file. */
export interface LakeTable {
	readonly kind: PartitionFile['kind'];
	readonly schemaVersion: number;
	readonly columns: readonly OfferedColumn[];
	/** What a Parquet file has of the table, as the list of a SELECT. */
	readonly select: string;
}

interface LakeColumn {
	readonly name: string;
	/** Absent where SQL alone gives the value. */
	readonly column?: OfferedColumn;
	readonly sql: string;
}

/** Name of a feature's column: features stand beside the log's own columns and must not collide with them. */
export function featureColumnName(feature: string): string {
	return `f.${feature}`;
}

/** Events of one schema. Missing values and categories that the full dictionary did not take are null. */
export function eventTable(events: EventColumns, schema: FeatureSchema, dictionary: CategoryDictionary): LakeTable {
	const {schemaVersion, features} = events;
	return tableOf('events', schemaVersion, [
		integers('log_offset', events.offsets),
		sharedTexts('source', events.sources, events.offsets.length),
		texts('id', events.ids),
		texts('entity', events.entities),
		numbers('time', events.times),
		numbers('recorded_at', events.recordedAt),
		...schema.columns.map(({name, type}, index) =>
			type === 'categorical'
				? categories(featureColumnName(name), features[index]!, dictionary.valuesOf(name))
				: numbers(featureColumnName(name), features[index]!),
		),
	]);
}

/** Labels. */
export function labelTable(labels: LabelColumns): LakeTable {
	return tableOf('labels', 0, [
		integers('log_offset', labels.offsets),
		integers('event', labels.events),
		integers('value', labels.values),
		integers('revision', labels.revisions),
		numbers('observed_at', labels.observedAt),
		sharedTexts('channel', labels.channels, labels.offsets.length),
		integers('withdrawn', labels.withdrawn),
	]);
}

/** Answers. */
export function decisionTable(decisions: DecisionColumns, outputCount: number): LakeTable {
	return tableOf('decisions', 0, [
		integers('log_offset', decisions.offsets),
		integers('event', decisions.events),
		texts('tier', decisions.tiers),
		integers('version', decisions.versions),
		texts('channel', decisions.channels),
		texts('outcome', decisions.outcomes),
		...TIERS.flatMap(tier =>
			Array.from({length: outputCount}, (_, output) =>
				numbers(
					outputCount === 1 ? `p.${tier}` : `p.${tier}.${output}`,
					Float64Array.from(decisions.scores, scores => tierScores(scores, tier, outputCount)[output]!),
				),
			),
		),
	]);
}

/** SQL for one feature of a schema out of files of another: its column, or missing where name or type differ. */
export function featureSql({name, type}: FeatureSchema['columns'][number], from: FeatureSchema): string {
	const isThere = from.columns.some(column => column.name === name && column.type === type);
	const column = quoteName(featureColumnName(name));
	return `${isThere ? column : `CAST(NULL AS ${type === 'categorical' ? 'VARCHAR' : 'DOUBLE'})`} AS ${column}`;
}

function tableOf(kind: LakeTable['kind'], schemaVersion: number, columns: readonly LakeColumn[]): LakeTable {
	return {
		kind,
		schemaVersion,
		columns: columns.flatMap(({column}) => column ?? []),
		select: columns.map(({name, sql}) => `${sql} AS ${quoteName(name)}`).join(', '),
	};
}

/** NaN of the log is null of the lake. */
function numbers(name: string, values: Float64Array): LakeColumn {
	return {name, column: {name, type: 'double', values}, sql: `NULLIF(${quoteName(name)}, 'NaN'::DOUBLE)`};
}

/** Every integer of the log is below 2^53: a double carries it. */
function integers(name: string, values: Float64Array): LakeColumn {
	return {name, column: {name, type: 'double', values}, sql: `CAST(${quoteName(name)} AS BIGINT)`};
}

function texts(name: string, values: readonly (string | null)[]): LakeColumn {
	return {name, column: {name, type: 'varchar', values}, sql: quoteName(name)};
}

/** Texts that may be one for all rows; SQL cannot spell one with a zero in it. */
function sharedTexts(name: string, values: TextColumn, rows: number): LakeColumn {
	return typeof values !== 'string'
		? texts(name, values)
		: values.includes('\0')
			? texts(
					name,
					Array.from({length: rows}, () => values),
				)
			: {name, sql: quoteText(values)};
}

/** Codes as their words; code i + 1 stands for `words[i]`. */
function categories(name: string, codes: Float64Array, words: readonly string[]): LakeColumn {
	if (words.length === 0 || words.some(word => word.includes('\0'))) {
		return texts(
			name,
			Array.from(codes, code => words[code - 1] ?? null),
		);
	}

	const values = new Int32Array(codes.length);
	for (let row = 0; row < values.length; row++) {
		const code = codes[row]!;
		values[row] = code >= 1 && code <= words.length ? code - 1 : -1;
	}

	return {name, column: {name, type: 'category', categories: words, values}, sql: `CAST(${quoteName(name)} AS VARCHAR)`};
}
