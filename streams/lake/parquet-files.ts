/**
 * Parquet files of the lake: written from a query and stored under their digest, with what a reader must know to leave them alone; and fetched.
 *
 * @module
 */
import {randomUUID} from 'node:crypto';
import {mkdir, readFile, rename, rm, utimes, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {messageOf, PerennialError, storageErrorOf} from '../../core/domain/index.ts';
import {quoteText, type Analytics} from '../../core/runtimes/index.ts';
import type {PartitionFile, PartitionList, Range} from './partitions.ts';

/** Of zstd; measured on 22 features: half of the time of its usual level 3, for files a tenth larger. */
const COMPRESSION_LEVEL = 1;
/** Files fetched at a time. */
const FETCHES_MAX = 4;

/** A file that was stored and still lies in the temporary folder. */
export interface StoredFile {
	readonly file: PartitionFile;
	readonly path: string;
}

/** What a Parquet file is made from. */
export interface ParquetSource {
	readonly kind: PartitionFile['kind'];
	readonly schemaVersion: number;
	/** Query that gives its rows, in their order. */
	readonly sql: string;
	/** Folder for it; removed by the caller. */
	readonly folder: string;
}

/**
 * Write the rows of a query as one file and store it; undefined if there are none.
 *
 * @throws PerennialError - STORAGE_FULL, here or in the object store; OBJECT_STORE_UNAVAILABLE.
 */
export async function storeParquet(
	analytics: Analytics,
	partitions: PartitionList,
	{kind, schemaVersion, sql, folder}: ParquetSource,
): Promise<StoredFile | undefined> {
	const file = path.join(folder, `${randomUUID()}.parquet`);
	await copyTo(analytics, sql, file);
	const event = kind === 'events' ? 'log_offset' : 'event';
	const time = {events: 'time', labels: 'observed_at', decisions: 'NULL::DOUBLE'}[kind];
	const {rows, first, last, oldest, newest} = Object.fromEntries(
		Object.entries(
			await analytics.columns(
				`SELECT count(*) AS rows, min(${event}) AS first, max(${event}) AS last, min(${time}) AS oldest, max(${time}) AS newest
				FROM read_parquet(${quoteText(file)})`,
			),
		).map(([name, values]) => [name, values[0] as number | null]),
	);
	if (rows === 0) {
		return undefined;
	}

	const bytes = await readFile(file);
	const digest = await partitions.putFile(bytes);
	const times = rangeOf(oldest, newest);
	const events = rangeOf(first, last);
	return {
		path: file,
		file: {kind, schemaVersion, digest, sizeBytes: bytes.length, rows: rows!, ...(times && {times}), ...(events && {events})},
	};
}

/** Store those files again that somebody has removed since: a sweep may take a file that no partition referred to until now. */
export async function keepFiles(partitions: PartitionList, stored: readonly StoredFile[]): Promise<void> {
	for (const {file, path: place} of stored) {
		if (!(await partitions.hasFile(file))) {
			await partitions.putFile(await readFile(place));
		}
	}
}

/** Paths of files on this machine, fetched where they are not there yet, in the same order. @throws PerennialError - ARTIFACT_DIGEST_MISMATCH. */
export async function fetchFiles(files: readonly PartitionFile[], partitions: PartitionList, directory: string): Promise<string[]> {
	await mkdir(directory, {recursive: true});
	const paths: string[] = [];
	for (let at = 0; at < files.length; at += FETCHES_MAX) {
		paths.push(...(await Promise.all(files.slice(at, at + FETCHES_MAX).map(async file => fetchFile(file, partitions, directory)))));
	}

	return paths;
}

/** A list of files as SQL reads it. */
export function parquetOf(files: readonly string[]): string {
	return `read_parquet([${files.map(file => quoteText(file)).join(', ')}])`;
}

/** True if a file may hold something in [from, through]. */
export function overlaps(range: Range | undefined, from: number, through: number): boolean {
	return range === undefined || (range.from <= through && range.through >= from);
}

async function copyTo(analytics: Analytics, sql: string, file: string): Promise<void> {
	try {
		await analytics.run(
			`COPY (${sql}) TO ${quoteText(file)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL ${COMPRESSION_LEVEL})`,
		);
	} catch (error) {
		// DuckDB has no code for it: the text of the system is all that it says.
		if (/No space left|ENOSPC|Disk quota|failed to offload|max_temp_directory_size/iv.test(messageOf(error))) {
			throw new PerennialError(
				'STORAGE_FULL',
				`There is no room left in ${path.dirname(file)} to seal the log; free some, or move the cache to a larger disk. The log itself is whole.`,
				{cause: error},
			);
		}

		throw error;
	}
}

async function fetchFile(file: PartitionFile, partitions: PartitionList, directory: string): Promise<string> {
	const target = path.join(directory, `${file.digest.slice('sha256:'.length)}.parquet`);
	if (!(await markUsed(target))) {
		const bytes = await partitions.getFile(file);
		const temporary = `${target}.${randomUUID()}.part`;
		try {
			await writeFile(temporary, bytes);
			await rename(temporary, target);
		} catch (error) {
			await rm(temporary, {force: true});
			throw storageErrorOf(error, target);
		}
	}

	return target;
}

/** Stamp a cached file as used now, so that trimming the cache leaves it alone; false if it is not there. */
async function markUsed(target: string): Promise<boolean> {
	try {
		const now = Date.now() / 1000;
		await utimes(target, now, now);
		return true;
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
			return false;
		}

		throw storageErrorOf(error, target);
	}
}

function rangeOf(from: number | null | undefined, through: number | null | undefined): Range | undefined {
	return typeof from === 'number' && typeof through === 'number' ? {from, through} : undefined;
}
