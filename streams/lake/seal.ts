/**
 * Sealing: a range of the log becomes Parquet files with named, typed columns that any tool can read.
 *
 * @module
 */
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {
	tierScores,
	TIERS,
	type CategoryDictionary,
	type DecisionRecord,
	type EventLogReader,
	type EventRecord,
	type FeatureSchema,
	type LabelRecord,
	type LogRecord,
	type Offset,
} from '../../core/domain/index.ts';
import {quoteName, quoteText, type Analytics, type InsertColumn} from '../../core/runtimes/index.ts';
import type {PartitionFile, PartitionList} from './partitions.ts';

/** Offsets in one partition, at most; a longer range becomes several. */
const PARTITION_OFFSETS_MAX = 200_000;
/** Records read at a time. */
const READ_MAX = 5000;

/** What sealing needs. */
export interface SealOptions {
	readonly reader: EventLogReader & {dictionary(): CategoryDictionary};
	readonly partitions: PartitionList;
	readonly analytics: Analytics;
	/** Schemas by version. */
	readonly schemas: ReadonlyMap<number, FeatureSchema>;
	readonly outputCount: number;
	/** Last offset to seal. */
	readonly through: Offset;
	readonly temporaryDirectory: string;
}

/** Seal everything up to an offset that is not sealed yet. Safe beside other processes that seal the same log. */
export async function sealLog(options: SealOptions): Promise<void> {
	for (;;) {
		const from = ((await options.partitions.list()).at(-1)?.through ?? 0) + 1;
		if (from > options.through) {
			return;
		}

		await sealRange(options, from, Math.min(options.through, from + PARTITION_OFFSETS_MAX - 1));
	}
}

async function sealRange(
	{reader, partitions, analytics, schemas, outputCount, temporaryDirectory}: SealOptions,
	from: Offset,
	through: Offset,
): Promise<void> {
	const records = readRange(reader, from, through);
	const dictionary = reader.dictionary();
	const files: PartitionFile[] = [];
	const folder = await mkdtemp(path.join(temporaryDirectory, 'seal-'));
	try {
		const write = async (kind: PartitionFile['kind'], schemaVersion: number, columns: readonly InsertColumn[]): Promise<void> => {
			const rows = columns[0]!.values.length;
			if (rows > 0) {
				const bytes = await writeParquet(analytics, columns, path.join(folder, `${kind}-${schemaVersion}.parquet`));
				files.push({kind, schemaVersion, digest: await partitions.putFile(bytes), sizeBytes: bytes.length, rows});
			}
		};

		const events = records.filter(record => record.kind === 'event');
		for (const schemaVersion of new Set(events.map(event => event.schemaVersion))) {
			await write(
				'events',
				schemaVersion,
				eventColumns(
					events.filter(event => event.schemaVersion === schemaVersion),
					schemas.get(schemaVersion)!,
					dictionary,
				),
			);
		}

		await write('labels', 0, labelColumns(records.filter(record => record.kind === 'label')));
		await write(
			'decisions',
			0,
			decisionColumns(
				records.filter(record => record.kind === 'decision'),
				outputCount,
			),
		);
	} finally {
		await rm(folder, {recursive: true, force: true});
	}

	await partitions.add({partitionVersion: 1, from, through, files});
}

function readRange(reader: EventLogReader, from: Offset, through: Offset): LogRecord[] {
	const records: LogRecord[] = [];
	for (let offset = from - 1; offset < through;) {
		const next = reader.read(offset, Math.min(READ_MAX, through - offset));
		records.push(...next);
		offset = next.at(-1)?.offset ?? through;
	}

	return records;
}

async function writeParquet(analytics: Analytics, columns: readonly InsertColumn[], file: string): Promise<Uint8Array> {
	await analytics.run('DROP TABLE IF EXISTS sealing');
	await analytics.createTable('sealing', columns);
	await analytics.run(`COPY sealing TO ${quoteText(file)} (FORMAT parquet, COMPRESSION zstd); DROP TABLE sealing`);
	return readFile(file);
}

/** Name of a feature's column: features stand beside the log's own columns and must not collide with them. */
export function featureColumnName(feature: string): string {
	return `f.${feature}`;
}

function eventColumns(events: readonly EventRecord[], schema: FeatureSchema, dictionary: CategoryDictionary): InsertColumn[] {
	return [
		{name: 'log_offset', type: 'bigint', values: events.map(({offset}) => offset)},
		{name: 'source', type: 'varchar', values: events.map(({source}) => source)},
		{name: 'id', type: 'varchar', values: events.map(({id}) => id)},
		{name: 'entity', type: 'varchar', values: events.map(({entity}) => entity ?? null)},
		{name: 'time', type: 'double', values: events.map(({time}) => time)},
		{name: 'recorded_at', type: 'double', values: events.map(({recordedAt}) => recordedAt)},
		...schema.columns.map(({name, type}, index): InsertColumn =>
			type === 'categorical'
				? {
						name: featureColumnName(name),
						type: 'varchar',
						values: events.map(({row}) => dictionary.valueOf(name, row[index]!) ?? null),
					}
				: {name: featureColumnName(name), type: 'double', values: events.map(({row}) => row[index]!)},
		),
	];
}

function labelColumns(labels: readonly LabelRecord[]): InsertColumn[] {
	return [
		{name: 'log_offset', type: 'bigint', values: labels.map(({offset}) => offset)},
		{name: 'event', type: 'bigint', values: labels.map(({eventOffset}) => eventOffset)},
		{name: 'value', type: 'bigint', values: labels.map(({value}) => value)},
		{name: 'revision', type: 'bigint', values: labels.map(({revision}) => revision)},
		{name: 'observed_at', type: 'double', values: labels.map(({observedAt}) => observedAt)},
		{name: 'channel', type: 'varchar', values: labels.map(({channel}) => channel)},
		{name: 'withdrawn', type: 'bigint', values: labels.map(({withdrawn}) => (withdrawn ? 1 : 0))},
	];
}

function decisionColumns(decisions: readonly DecisionRecord[], outputCount: number): InsertColumn[] {
	return [
		{name: 'log_offset', type: 'bigint', values: decisions.map(({offset}) => offset)},
		{name: 'event', type: 'bigint', values: decisions.map(({eventOffset}) => eventOffset)},
		{name: 'tier', type: 'varchar', values: decisions.map(({tier}) => tier)},
		{name: 'version', type: 'bigint', values: decisions.map(({version}) => version)},
		{name: 'channel', type: 'varchar', values: decisions.map(({channel}) => channel)},
		{name: 'outcome', type: 'varchar', values: decisions.map(({outcome}) => outcome ?? null)},
		...TIERS.flatMap(tier =>
			Array.from({length: outputCount}, (_, output): InsertColumn => ({
				name: outputCount === 1 ? `p.${tier}` : `p.${tier}.${output}`,
				type: 'double',
				values: decisions.map(({scores}) => tierScores(scores, tier, outputCount)[output]!),
			})),
		),
	];
}

/** SQL for one feature of a schema out of files of another: its column, or missing where name or type differ. */
export function featureSql({name, type}: FeatureSchema['columns'][number], from: FeatureSchema): string {
	const isThere = from.columns.some(column => column.name === name && column.type === type);
	const column = quoteName(featureColumnName(name));
	return `${isThere ? column : `CAST(NULL AS ${type === 'categorical' ? 'VARCHAR' : 'DOUBLE'})`} AS ${column}`;
}
