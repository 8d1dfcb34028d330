/**
 * Compaction: runs of small partitions become one, its files cut by event time, so that a window of a long history opens few files. No frame changes.
 *
 * @module
 */
import {mkdtemp, rm} from 'node:fs/promises';
import path from 'node:path';
import {storageErrorOf} from '../../core/domain/index.ts';
import type {Analytics} from '../../core/runtimes/index.ts';
import {fetchFiles, keepFiles, parquetOf, storeParquet, type StoredFile} from './parquet-files.ts';
import type {Partition, PartitionFile, PartitionList} from './partitions.ts';
import {PARTITION_OFFSETS_MAX} from './seal.ts';

/** Partitions that are merged at once, at least: each record is then rewritten a number of times that grows with the logarithm of the history. */
const MERGE_MIN = 8;
/** Rows of one file, about: rows of one time stay together. */
const FILE_ROWS_MAX = 500_000;

/** Options of {@link compactLake}. */
export interface CompactOptions {
	readonly partitions: PartitionList;
	readonly analytics: Analytics;
	readonly cacheDirectory: string;
	readonly temporaryDirectory: string;
	/** Partitions of fewer offsets are small; a merged one has at most 8 times as many. */
	readonly smallOffsetsMax?: number;
	/** Small partitions in a row before they are merged. */
	readonly mergeMin?: number;
	readonly fileRowsMax?: number;
}

/**
 * Merge runs of small partitions. What they were made of stays in the store until a sweep takes it, so that readers beside this lose nothing; two
 * compactions at once write the same, or one covers the other.
 *
 * Cost: the files of the runs are read once and written once; memory is that of a file.
 *
 * @returns Partitions that were merged away.
 * @throws PerennialError - STORAGE_FULL, OBJECT_STORE_UNAVAILABLE, ARTIFACT_DIGEST_MISMATCH. The lake is then as it was.
 */
export async function compactLake(options: CompactOptions): Promise<number> {
	const {smallOffsetsMax = PARTITION_OFFSETS_MAX / 2, mergeMin = MERGE_MIN} = options;
	let merged = 0;
	for (const run of runsOf(await options.partitions.list(), smallOffsetsMax, mergeMin)) {
		await merge(options, run);
		merged += run.length;
	}

	return merged;
}

/** Neighbours that are small, as many together as fit in a partition of 8 times that size. */
function runsOf(partitions: readonly Partition[], smallOffsetsMax: number, mergeMin: number): Partition[][] {
	const runs: Partition[][] = [];
	let run: Partition[] = [];
	const end = (): void => {
		if (run.length >= mergeMin) {
			runs.push(run);
		}

		run = [];
	};

	for (const partition of partitions) {
		if (partition.through - partition.from + 1 >= smallOffsetsMax) {
			end();
			continue;
		}

		if (run.length > 0 && partition.through - run[0]!.from + 1 > 8 * smallOffsetsMax) {
			end();
		}

		run.push(partition);
	}

	end();
	return runs;
}

async function merge(options: CompactOptions, run: readonly Partition[]): Promise<void> {
	const {partitions, temporaryDirectory} = options;
	const folder = await mkdtemp(path.join(temporaryDirectory, 'compact-')).catch((error: unknown) => {
		throw storageErrorOf(error, temporaryDirectory);
	});
	try {
		const files = run.flatMap(partition => partition.files);
		const stored: StoredFile[] = [];
		for (const key of new Set(files.map(({kind, schemaVersion}) => `${kind} ${schemaVersion}`))) {
			const own = files.filter(({kind, schemaVersion}) => `${kind} ${schemaVersion}` === key);
			stored.push(...(await mergeFiles(options, own, folder)));
		}

		await partitions.replace({
			partitionVersion: 2,
			from: run[0]!.from,
			through: run.at(-1)!.through,
			files: stored.map(({file}) => file),
		});
		await keepFiles(partitions, stored);
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}

/** Files of one kind and schema as fewer: events in order of time, the rest in order of the events they are for. */
async function mergeFiles(
	{analytics, partitions, cacheDirectory, fileRowsMax = FILE_ROWS_MAX}: CompactOptions,
	files: readonly PartitionFile[],
	folder: string,
): Promise<StoredFile[]> {
	const {kind, schemaVersion} = files[0]!;
	const all = parquetOf(await fetchFiles(files, partitions, cacheDirectory));
	const order = kind === 'events' ? 'time' : 'event';
	const {bound} = await analytics.columns(
		`SELECT DISTINCT ${order} AS bound FROM (SELECT ${order}, row_number() OVER (ORDER BY ${order}) AS place FROM ${all})
		WHERE place % ${fileRowsMax} = 0 ORDER BY bound`,
	);
	const bounds = (bound ?? []) as number[];
	const stored: StoredFile[] = [];
	for (let index = 0; index <= bounds.length; index++) {
		const [above, until] = [bounds[index - 1], bounds[index]];
		const conditions = [
			...(above === undefined ? [] : [`${order} > ${above}`]),
			...(until === undefined ? [] : [`${order} <= ${until}`]),
		].join(' AND ');
		const sql = `SELECT * FROM ${all} ${conditions && `WHERE ${conditions}`} ORDER BY ${order}, log_offset`;
		const file = await storeParquet(analytics, partitions, {kind, schemaVersion, sql, folder});
		stored.push(...(file ? [file] : []));
	}

	return stored;
}
