/**
 * The lake: the log as Parquet in the object store, and training frames cut from it.
 *
 * @module
 */
import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import type {CategoryDictionary, EventLogReader, ObjectStore, TrainingFrame} from '../../core/domain/index.ts';
import {openDuckDb} from '../../core/runtimes/index.ts';
import {cutFrame, type FrameRequest} from './frame-query.ts';
import {PartitionList} from './partitions.ts';
import {sealLog} from './seal.ts';

/** Options of {@link Lake}. */
export interface LakeOptions {
	readonly objects: ObjectStore;
	/** For temporary files and for copies of Parquet files; may be emptied at any time. */
	readonly cacheDirectory: string;
	readonly threads?: number;
}

/** Seals logs and cuts frames, for one job at a time. */
export class Lake {
	readonly #options: LakeOptions;

	constructor(options: LakeOptions) {
		this.#options = options;
	}

	/**
	 * Seal the log up to the request's offset, and cut its frame.
	 *
	 * Cost: sealing reads only what is new; cutting reads the frame's columns.
	 *
	 * @throws PerennialError - STORAGE_FULL, OBJECT_STORE_UNAVAILABLE, ARTIFACT_DIGEST_MISMATCH.
	 */
	async frame(reader: EventLogReader & {dictionary(): CategoryDictionary}, request: FrameRequest): Promise<TrainingFrame> {
		const {objects, cacheDirectory, threads = 2} = this.#options;
		await mkdir(cacheDirectory, {recursive: true});
		const partitions = new PartitionList(objects, {tenant: request.spec.tenant, model: request.spec.name});
		const analytics = await openDuckDb({threads, temporaryDirectory: path.join(cacheDirectory, 'duckdb')});
		try {
			const {schemas, outputCount, through} = request;
			await sealLog({reader, partitions, analytics, schemas, outputCount, through, temporaryDirectory: cacheDirectory});
			return await cutFrame(request, {partitions, analytics, cacheDirectory: path.join(cacheDirectory, 'parquet')});
		} finally {
			analytics.close();
		}
	}
}
