/**
 * The lake's list of partitions: which offsets of a log are sealed, in which files, and what times those hold. Each partition is written once and
 * never changes; a larger one may take the place of several.
 *
 * @module
 */
import {z} from 'zod';
import {
	DIGEST_PATTERN,
	digestOf,
	hasCode,
	messageOf,
	PerennialError,
	type Digest,
	type ObjectStore,
	type Offset,
} from '../../core/domain/index.ts';

const rangeSchema = z.strictObject({from: z.number(), through: z.number()});

const fileSchema = z.strictObject({
	kind: z.enum(['events', 'labels', 'decisions']),
	/** Feature schema of events; 0 for the others. */
	schemaVersion: z.int().min(0),
	digest: z
		.string()
		.regex(DIGEST_PATTERN)
		.transform(text => text as Digest),
	sizeBytes: z.int(),
	rows: z.int().min(1),
	/** Times of events; when labels became known. Without it the file may hold any. */
	times: rangeSchema.optional(),
	/** Offsets of the events themselves, or of those that labels and answers are for. Without it the file may hold any. */
	events: rangeSchema.optional(),
});

const partitionSchema = z.strictObject({
	/** 1 has no ranges in its files. */
	partitionVersion: z.literal([1, 2]),
	from: z.int().min(1),
	through: z.int().min(1),
	files: z.array(fileSchema),
});

/** Sealed offsets [from, through] and their Parquet files. */
export type Partition = z.output<typeof partitionSchema>;

/** One Parquet file of a partition. */
export type PartitionFile = Partition['files'][number];

/** From a number to another, both included. */
export type Range = z.output<typeof rangeSchema>;

/** A partition under its key. */
export interface PartitionEntry {
	readonly key: string;
	readonly partition: Partition;
}

/** Manifests read at a time. */
const READS_MAX = 16;
/** Listings until one holds still while a compaction beside it removes what it has replaced; then the lake counts as broken. */
const LISTINGS_MAX = 5;

/** The partitions of one model's log in an object store. */
export class PartitionList {
	readonly #objects: ObjectStore;
	readonly #prefix: string;

	constructor(objects: ObjectStore, {tenant, model}: {readonly tenant: string; readonly model: string}) {
		this.#objects = objects;
		this.#prefix = `lake/${tenant}/${model}`;
	}

	/**
	 * All partitions that hold, oldest first, without gaps: where a larger one covers smaller ones, the larger.
	 *
	 * @throws PerennialError - ARTIFACT_DIGEST_MISMATCH if one is missing in between, or cannot be read.
	 */
	async list(): Promise<Partition[]> {
		return (await this.entries()).current.map(({partition}) => partition);
	}

	/** The same with their keys, and apart from them those that a larger one has replaced. @throws PerennialError - as {@link PartitionList.list}. */
	async entries(): Promise<{readonly current: readonly PartitionEntry[]; readonly replaced: readonly PartitionEntry[]}> {
		for (let listing = 1; ; listing++) {
			const entries = await this.#readAll();
			const current = currentOf(entries.filter(entry => entry !== undefined));
			if ('expected' in current && (listing === LISTINGS_MAX || !entries.includes(undefined))) {
				throw new PerennialError(
					'ARTIFACT_DIGEST_MISMATCH',
					`The lake at ${this.#prefix} lacks the partition that begins at offset ${current.expected}; restore it from a backup of ${this.#objects.description}.`,
				);
			}

			if ('current' in current) {
				return current;
			}
		}
	}

	/** Store a file under its digest. */
	async putFile(bytes: Uint8Array): Promise<Digest> {
		const digest = digestOf(bytes);
		await this.#objects.put(this.fileKey(digest), bytes);
		return digest;
	}

	/** Bytes of a file, checked. @throws PerennialError - ARTIFACT_DIGEST_MISMATCH. */
	async getFile({digest}: Pick<PartitionFile, 'digest'>): Promise<Uint8Array> {
		const bytes = await this.#objects.get(this.fileKey(digest));
		if (!bytes || digestOf(bytes) !== digest) {
			throw new PerennialError(
				'ARTIFACT_DIGEST_MISMATCH',
				`${this.fileKey(digest)} in ${this.#objects.description} is ${bytes ? 'not what was stored there' : 'missing'}; restore it from a backup.`,
			);
		}

		return bytes;
	}

	/** True if a file is there, whatever its bytes. */
	async hasFile({digest}: Pick<PartitionFile, 'digest'>): Promise<boolean> {
		return (await this.#objects.head(this.fileKey(digest))) !== undefined;
	}

	/** Make a sealed partition visible. False if another process has sealed from the same offset first; then that one holds. */
	async add(partition: Partition): Promise<boolean> {
		return this.#put(`${pad(partition.from)}.json`, partition);
	}

	/** Make a partition visible that holds the same records as several that are there. False if it is there already. */
	async replace(partition: Partition): Promise<boolean> {
		return this.#put(`${pad(partition.from)}-${pad(partition.through)}.json`, partition);
	}

	/** Keys of all files, whether a partition refers to them or not. */
	async fileKeys(): Promise<string[]> {
		return this.#objects.list(`${this.#prefix}/files/`);
	}

	/** Key of the file with a digest. */
	fileKey(digest: Digest): string {
		return `${this.#prefix}/files/${digest.slice('sha256:'.length)}.parquet`;
	}

	/** Key of what a sweep remembers. */
	get sweepKey(): string {
		return `${this.#prefix}/sweep.json`;
	}

	async #put(name: string, partition: Partition): Promise<boolean> {
		try {
			await this.#objects.put(`${this.#prefix}/partitions/${name}`, Buffer.from(JSON.stringify(partition)), {ifAbsent: true});
			return true;
		} catch (error) {
			if (hasCode(error, 'OBJECT_EXISTS')) {
				return false;
			}

			throw error;
		}
	}

	/** Undefined for what was removed between the listing and the reading. */
	async #readAll(): Promise<(PartitionEntry | undefined)[]> {
		const keys = await this.#objects.list(`${this.#prefix}/partitions/`);
		const entries: (PartitionEntry | undefined)[] = [];
		for (let at = 0; at < keys.length; at += READS_MAX) {
			entries.push(...(await Promise.all(keys.slice(at, at + READS_MAX).map(async key => this.#read(key)))));
		}

		return entries;
	}

	async #read(key: string): Promise<PartitionEntry | undefined> {
		const bytes = await this.#objects.get(key);
		if (!bytes) {
			return undefined;
		}

		try {
			return {key, partition: partitionSchema.parse(JSON.parse(Buffer.from(bytes).toString()))};
		} catch (error) {
			throw new PerennialError(
				'ARTIFACT_DIGEST_MISMATCH',
				`${key} in ${this.#objects.description} is no partition of this release (${messageOf(error)}); restore it, or start the release that wrote it.`,
				{cause: error},
			);
		}
	}
}

/** Of those that begin where the one before ends, the longest; or the offset at which none begins although later ones do. */
function currentOf(
	entries: readonly PartitionEntry[],
): {readonly current: readonly PartitionEntry[]; readonly replaced: readonly PartitionEntry[]} | {readonly expected: Offset} {
	const sorted = entries.toSorted((a, b) => a.partition.from - b.partition.from || b.partition.through - a.partition.through);
	const current: PartitionEntry[] = [];
	const replaced: PartitionEntry[] = [];
	for (const entry of sorted) {
		const covered = current.at(-1)?.partition.through ?? 0;
		if (entry.partition.through <= covered) {
			replaced.push(entry);
		} else if (entry.partition.from === covered + 1) {
			current.push(entry);
		} else {
			return {expected: covered + 1};
		}
	}

	return {current, replaced};
}

/** Offsets sort as texts when they have one length. */
function pad(offset: Offset): string {
	return String(offset).padStart(15, '0');
}
