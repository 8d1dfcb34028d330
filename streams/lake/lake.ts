/**
 * The lake: the log as Parquet in the object store, and training frames cut from it.
 *
 * @module
 */
import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {
	PerennialError,
	storageErrorOf,
	type Millis,
	type ModelSpec,
	type ObjectStore,
	type TrainingFrame,
} from '../../core/domain/index.ts';
import {openDuckDb, type Analytics} from '../../core/runtimes/index.ts';
import {compactLake, type CompactOptions} from './compact.ts';
import {cutFrame, type CutFrame, type FrameRequest} from './frame-query.ts';
import {PartitionList} from './partitions.ts';
import {sealLog, type SealableLog} from './seal.ts';
import {sweepLake} from './sweep.ts';
import {trimCache} from './trim-cache.ts';

/** Options of {@link Lake}. */
export interface LakeOptions {
	readonly objects: ObjectStore;
	/** For temporary files and for copies of Parquet files; may be emptied at any time. */
	readonly cacheDirectory: string;
	readonly threads?: number;
	/** Memory of DuckDB; above it sorts and joins go through the cache directory. */
	readonly memoryBytesMax?: number;
	/** Offsets of one partition, at most. */
	readonly partitionOffsetsMax?: number;
	/** Bytes of cached Parquet files that {@link Lake.trimCache} leaves, at most; 20 GB unless given. */
	readonly cacheBytesMax?: number;
}

/** What names a model's lake. */
export type LakeName = Pick<ModelSpec, 'tenant' | 'name'>;

/** DuckDB's memory unless the options say otherwise: beside it there are the frame itself and what sealing reads of the log. */
const MEMORY_BYTES_MAX = 700e6;

/** Seals logs and cuts frames, for one job at a time. */
export class Lake {
	readonly #options: LakeOptions;

	constructor(options: LakeOptions) {
		this.#options = options;
	}

	/**
	 * Seal the log up to the request's offset, and cut its frame.
	 *
	 * Cost: sealing reads only what is new; small partitions are merged once they are many; cutting reads only files that may hold rows of the frame.
	 *
	 * @throws PerennialError - STORAGE_FULL, OBJECT_STORE_UNAVAILABLE, ARTIFACT_DIGEST_MISMATCH.
	 */
	async frame(reader: SealableLog, request: FrameRequest): Promise<TrainingFrame> {
		return (await this.cut(reader, request)).frame;
	}

	/** As {@link Lake.frame}, with when each label was known: what frames with open rows need. */
	async cut(reader: SealableLog, request: FrameRequest): Promise<CutFrame> {
		return this.#open(request.spec, async (partitions, analytics) => {
			await this.#seal(reader, request, partitions);
			await this.#compact(partitions, analytics);
			return this.#cut(request, partitions, analytics);
		});
	}

	/** Seal the log up to the request's offset. @throws PerennialError - as {@link Lake.frame}. */
	async seal(reader: SealableLog, request: Pick<FrameRequest, 'spec' | 'schemas' | 'outputCount' | 'through'>): Promise<void> {
		await this.#makeCache();
		await this.#seal(reader, request, this.#partitionsOf(request.spec));
	}

	/**
	 * Cut a frame from what is sealed, without the log: the same definition gives the same frame as ever.
	 *
	 * @throws PerennialError - OBJECT_NOT_FOUND if less is sealed than the request reads; as {@link Lake.frame}.
	 */
	async rebuildFrame(request: FrameRequest): Promise<TrainingFrame> {
		return (await this.rebuildCut(request)).frame;
	}

	/** As {@link Lake.rebuildFrame}, with when each label was known. */
	async rebuildCut(request: FrameRequest): Promise<CutFrame> {
		return this.#open(request.spec, async (partitions, analytics) => {
			const sealed = (await partitions.list()).at(-1)?.through ?? 0;
			if (sealed < request.through) {
				throw new PerennialError(
					'OBJECT_NOT_FOUND',
					`The lake of ${request.spec.name} in ${this.#options.objects.description} is sealed up to offset ${sealed}, the frame reads up to ` +
						`${request.through}; bring the log and seal it, or the lake's backup.`,
				);
			}

			return this.#cut(request, partitions, analytics);
		});
	}

	/** Merge small partitions; see {@link compactLake}. */
	async compact(name: LakeName, options: Pick<CompactOptions, 'smallOffsetsMax' | 'mergeMin' | 'fileRowsMax'> = {}): Promise<number> {
		return this.#open(name, async (partitions, analytics) => this.#compact(partitions, analytics, options));
	}

	/** Remove what nothing refers to; see {@link sweepLake}. */
	async sweep(name: LakeName, options: {readonly now: Millis; readonly graceMs?: number}): Promise<string[]> {
		return sweepLake({...options, objects: this.#options.objects, partitions: this.#partitionsOf(name)});
	}

	/** Remove what the cache has too much of; see {@link trimCache}. For after a job: while one runs, what it reads is there. */
	async trimCache(options: {readonly now: Millis; readonly idleMs?: number}): Promise<string[]> {
		const {cacheBytesMax} = this.#options;
		return trimCache(this.#parquetDirectory, {...options, ...(cacheBytesMax !== undefined && {bytesMax: cacheBytesMax})});
	}

	async #seal(
		reader: SealableLog,
		{schemas, outputCount, through}: Pick<FrameRequest, 'schemas' | 'outputCount' | 'through'>,
		partitions: PartitionList,
	): Promise<void> {
		const {cacheDirectory: temporaryDirectory, partitionOffsetsMax} = this.#options;
		const bound = partitionOffsetsMax === undefined ? {} : {partitionOffsetsMax};
		// One thread writes a file in order; a second would only wait for it, and busily.
		await this.#withAnalytics(1, async analytics =>
			sealLog({reader, partitions, analytics, schemas, outputCount, through, temporaryDirectory, ...bound}),
		);
	}

	async #compact(partitions: PartitionList, analytics: Analytics, options: Partial<CompactOptions> = {}): Promise<number> {
		const {cacheDirectory: temporaryDirectory} = this.#options;
		return compactLake({partitions, analytics, cacheDirectory: this.#parquetDirectory, temporaryDirectory, ...options});
	}

	async #cut(request: FrameRequest, partitions: PartitionList, analytics: Analytics): Promise<CutFrame> {
		return cutFrame(request, {partitions, analytics, cacheDirectory: this.#parquetDirectory});
	}

	get #parquetDirectory(): string {
		return path.join(this.#options.cacheDirectory, 'parquet');
	}

	#partitionsOf({tenant, name}: LakeName): PartitionList {
		return new PartitionList(this.#options.objects, {tenant, model: name});
	}

	async #open<Result>(name: LakeName, use: (partitions: PartitionList, analytics: Analytics) => Promise<Result>): Promise<Result> {
		await this.#makeCache();
		return this.#withAnalytics(this.#options.threads ?? 2, async analytics => use(this.#partitionsOf(name), analytics));
	}

	async #makeCache(): Promise<void> {
		const {cacheDirectory} = this.#options;
		await mkdir(cacheDirectory, {recursive: true}).catch((error: unknown) => {
			throw storageErrorOf(error, cacheDirectory);
		});
	}

	async #withAnalytics<Result>(threads: number, use: (analytics: Analytics) => Promise<Result>): Promise<Result> {
		const {cacheDirectory, memoryBytesMax = MEMORY_BYTES_MAX} = this.#options;
		const analytics = await openDuckDb({threads, memoryBytesMax, temporaryDirectory: path.join(cacheDirectory, 'duckdb')});
		try {
			return await use(analytics);
		} finally {
			analytics.close();
		}
	}
}
