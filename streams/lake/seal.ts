/**
 * Sealing: a range of the log becomes Parquet files with named, typed columns that any tool can read.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import path from 'node:path';
import {storageErrorOf, type CategoryDictionary, type FeatureSchema, type Offset} from '../../core/domain/index.ts';
import {quoteName, type Analytics} from '../../core/runtimes/index.ts';
import {columnReaderOf, type ColumnReader} from '../log/column-reader.ts';
import type {LogColumns} from '../log/log-columns.ts';
import type {LogRange} from '../log/log-range.ts';
import {decisionTable, eventTable, labelTable, type LakeTable} from './lake-tables.ts';
import {keepFiles, storeParquet, type StoredFile} from './parquet-files.ts';
import type {PartitionFile, PartitionList} from './partitions.ts';

/** Offsets in one partition, at most; a longer range becomes several. Two of them are in memory at a time. */
export const PARTITION_OFFSETS_MAX = 500_000;
/** Offsets packed by SQLite at a time. Each time makes a table, and DuckDB is twice as fast on tables of this size as on ones of 40,000. */
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
			const tables = await readTables(options, reads, range);
			if (!(await writing)) {
				await dropTables(options.analytics, tables.names);
				return false;
			}

			writing = writePartition(options, range, tables);
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

/** Records of a range as tables in DuckDB's memory. */
interface SealedTables {
	readonly names: readonly string[];
	/** One item a file to be. */
	readonly files: readonly {readonly kind: PartitionFile['kind']; readonly schemaVersion: number; readonly sql: string}[];
}

async function readTables(
	{reader, analytics, schemas, outputCount}: SealOptions,
	reads: AsyncGenerator<LogRange, void>,
	{from, through}: OffsetRange,
): Promise<SealedTables> {
	const dictionary = reader.dictionary();
	const names: string[] = [];
	const selects = new Map<string, {kind: PartitionFile['kind']; schemaVersion: number; parts: string[]}>();
	const insert = async (table: LakeTable): Promise<void> => {
		if (table.columns[0]!.values.length > 0) {
			const name = `sealing ${from} ${names.length}`;
			names.push(name);
			await analytics.createTable(name, table.columns);
			const {kind, schemaVersion, select} = table;
			const key = `${kind} ${schemaVersion}`;
			selects.set(key, selects.get(key) ?? {kind, schemaVersion, parts: []});
			selects.get(key)!.parts.push(`SELECT ${select} FROM ${quoteName(name)}`);
		}
	};

	for (let after = from - 1; after < through; after += READ_MAX) {
		const {value: range} = await reads.next();
		assert(range, 'there is a range to read for every part of a partition');
		for (const events of range.events) {
			await insert(eventTable(events, schemaOf(schemas, events.schemaVersion), dictionary));
		}

		await insert(labelTable(range.labels));
		await insert(decisionTable(range.decisions, outputCount));
	}

	return {names, files: [...selects.values()].map(({parts, ...file}) => ({...file, sql: parts.join(' UNION ALL ')}))};
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
	{names, files}: SealedTables,
): Promise<boolean> {
	const folder = await mkdtemp(path.join(temporaryDirectory, 'seal-')).catch((error: unknown) => {
		throw storageErrorOf(error, temporaryDirectory);
	});
	try {
		const stored: StoredFile[] = [];
		for (const file of files) {
			stored.push((await storeParquet(analytics, partitions, {...file, folder}))!);
		}

		const isFirst = await partitions.add({partitionVersion: 2, from, through, files: stored.map(({file}) => file)});
		if (isFirst) {
			await keepFiles(partitions, stored);
		}

		return isFirst;
	} finally {
		await rm(folder, {recursive: true, force: true});
		await dropTables(analytics, names);
	}
}

async function dropTables(analytics: Analytics, names: readonly string[]): Promise<void> {
	for (const name of names) {
		await analytics.run(`DROP TABLE ${quoteName(name)}`);
	}
}
