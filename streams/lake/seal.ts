/**
 * Sealing: a range of the log becomes Parquet files with named, typed columns that any tool can read.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import path from 'node:path';
import {storageErrorOf, type CategoryDictionary, type FeatureSchema, type Offset} from '../../core/domain/index.ts';
import type {Analytics, Offer} from '../../core/runtimes/index.ts';
import {columnReaderOf, type ColumnReader} from '../log/column-reader.ts';
import type {LogColumns} from '../log/log-range.ts';
import type {LogRange} from '../log/log-range.ts';
import {decisionTable, eventTable, labelTable, type LakeTable} from './lake-tables.ts';
import {keepFiles, storeParquet, type StoredFile} from './parquet-files.ts';
import type {PartitionFile, PartitionList} from './partitions.ts';

/** Offsets in one partition, at most; a longer range becomes several. Two of them are in memory at a time. */
export const PARTITION_OFFSETS_MAX = 250_000;
/** Offsets packed by SQLite at a time: few enough for its texts to be parsed while they are warm, many enough to be worth the asking. */
const READ_MAX = 125_000;

/** A log that can be sealed. */
export interface SealableLog {
	dictionary(): CategoryDictionary;
	columns(): LogColumns;
	/** The same in a thread of its own. */
	columnThread(): ColumnReader;
}

/** What sealing needs. */
export interface SealOptions {
	readonly reader: SealableLog;
	readonly partitions: PartitionList;
	readonly analytics: Analytics;
	/** Schemas by version. */
	readonly schemas: ReadonlyMap<number, FeatureSchema>;
	readonly outputCount: number;
	/** Last offset to seal. */
	readonly through: Offset;
	readonly temporaryDirectory: string;
	/** Offsets in one partition, at most. */
	readonly partitionOffsetsMax?: number;
}

interface OffsetRange {
	readonly from: Offset;
	readonly through: Offset;
}

/** Seal everything up to an offset that is not sealed yet. Safe beside other processes that seal the same log. */
export async function sealLog(options: SealOptions): Promise<void> {
	for (;;) {
		const from = ((await options.partitions.list()).at(-1)?.through ?? 0) + 1;
		if (from > options.through || (await sealFrom(options, from))) {
			return;
		}
	}
}

/** Partition after partition; the log is read for the next while DuckDB writes the one before. False if somebody else was first: then look again. */
async function sealFrom(options: SealOptions, first: Offset): Promise<boolean> {
	const size = options.partitionOffsetsMax ?? PARTITION_OFFSETS_MAX;
	const isLong = options.through - first >= READ_MAX;
	const columns = isLong ? options.reader.columnThread() : columnReaderOf(options.reader.columns());
	const reads = readAhead(columns, {from: first, through: options.through}, size);
	let writing: Promise<boolean> = Promise.resolve(true);
	try {
		for (let from = first; from <= options.through; from += size) {
			const range = {from, through: Math.min(options.through, from + size - 1)};
			const files = await readFiles(options, reads, range);
			if (!(await writing)) {
				return false;
			}

			writing = writePartition(options, range, files);
			// Awaited in the next round; marked as handled for the case that reading fails before.
			writing.catch((error: unknown) => error);
		}

		return await writing;
	} finally {
		await Promise.allSettled([writing]);
		await reads.return();
		await columns.close();
	}
}

/** Ranges of READ_MAX offsets, none of which goes beyond a partition; the next is read while the caller is at the one before. */
async function* readAhead(columns: ColumnReader, {from: first, through: last}: OffsetRange, size: number): AsyncGenerator<LogRange, void> {
	const endOf = (from: Offset): Offset => {
		const partitionEnd = first - 1 + Math.ceil((from - first + 1) / size) * size;
		return Math.min(last, partitionEnd, from + READ_MAX - 1);
	};
	const read = async (from: Offset): Promise<LogRange> => columns.read(from - 1, endOf(from));
	let reading = read(first);
	for (let from = first; from <= last; from = endOf(from) + 1) {
		const range = await reading;
		const next = endOf(from) + 1;
		if (next <= last) {
			reading = read(next);
			// Awaited in the next round; marked as handled for the case that the caller stops before.
			reading.catch((error: unknown) => error);
		}

		yield range;
	}
}

/** Records of a range that become one file: runs of tables with the same columns. */
interface SealedFile {
	readonly kind: PartitionFile['kind'];
	readonly schemaVersion: number;
	readonly runs: LakeTable[][];
}

async function readFiles(
	{reader, schemas, outputCount}: SealOptions,
	reads: AsyncGenerator<LogRange, void>,
	{from, through}: OffsetRange,
): Promise<SealedFile[]> {
	const dictionary = reader.dictionary();
	const files = new Map<string, SealedFile>();
	const take = (table: LakeTable): void => {
		if (table.columns[0]!.values.length > 0) {
			const {kind, schemaVersion} = table;
			const key = `${kind} ${schemaVersion}`;
			const file = files.get(key) ?? {kind, schemaVersion, runs: []};
			files.set(key, file);
			const run = file.runs.at(-1);
			if (run?.[0]!.select === table.select) {
				run.push(table);
			} else {
				file.runs.push([table]);
			}
		}
	};

	for (let after = from - 1; after < through; after += READ_MAX) {
		const {value: range} = await reads.next();
		assert(range, 'there is a range to read for every part of a partition');
		for (const events of range.events) {
			take(eventTable(events, schemaOf(schemas, events.schemaVersion), dictionary));
		}

		take(labelTable(range.labels));
		take(decisionTable(range.decisions, outputCount));
	}

	return [...files.values()];
}

function schemaOf(schemas: ReadonlyMap<number, FeatureSchema>, version: number): FeatureSchema {
	const schema = schemas.get(version);
	assert(schema, `the schemas of a model have version ${version}, which an event of its log has`);
	return schema;
}

/** Files first, then the partition that names them: whoever is stopped in between leaves files that nobody reads. */
async function writePartition(
	{partitions, analytics, temporaryDirectory}: SealOptions,
	{from, through}: OffsetRange,
	files: readonly SealedFile[],
): Promise<boolean> {
	const folder = await mkdtemp(path.join(temporaryDirectory, 'seal-')).catch((error: unknown) => {
		throw storageErrorOf(error, temporaryDirectory);
	});
	try {
		const stored: StoredFile[] = [];
		for (const {kind, schemaVersion, runs} of files) {
			const offers = runs.map(run => analytics.offer(run.map(({columns}) => columns)));
			stored.push((await storeParquet(analytics, partitions, {kind, schemaVersion, folder, sql: sqlOf(runs, offers)}))!);
			for (const offer of offers) {
				offer.withdraw();
			}
		}

		const isFirst = await partitions.add({partitionVersion: 2, from, through, files: stored.map(({file}) => file)});
		if (isFirst) {
			await keepFiles(partitions, stored);
		}

		return isFirst;
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}

/** Run after run, in their order. */
function sqlOf(runs: readonly (readonly LakeTable[])[], offers: readonly Offer[]): string {
	return runs.map(([table], index) => `SELECT ${table!.select} FROM ${offers[index]!.sql}`).join(' UNION ALL ');
}
