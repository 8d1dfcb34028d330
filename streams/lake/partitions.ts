/**
 * The lake's list of partitions: which offsets of a log are sealed, in which files. Each partition is written once and never changes.
 *
 * @module
 */
import {z} from 'zod';
import {DIGEST_PATTERN, digestOf, hasCode, PerennialError, type Digest, type ObjectStore, type Offset} from '../../core/domain/index.ts';

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
});

const partitionSchema = z.strictObject({
	partitionVersion: z.literal(1),
	from: z.int().min(1),
	through: z.int().min(1),
	files: z.array(fileSchema),
});

/** Sealed offsets [from, through] and their Parquet files. */
export type Partition = z.output<typeof partitionSchema>;

/** One Parquet file of a partition. */
export type PartitionFile = Partition['files'][number];

/** The partitions of one model's log in an object store. */
export class PartitionList {
	readonly #objects: ObjectStore;
	readonly #prefix: string;

	constructor(objects: ObjectStore, {tenant, model}: {readonly tenant: string; readonly model: string}) {
		this.#objects = objects;
		this.#prefix = `lake/${tenant}/${model}`;
	}

	/** All partitions, oldest first, without gaps. @throws PerennialError - ARTIFACT_DIGEST_MISMATCH if one is missing in between. */
	async list(): Promise<Partition[]> {
		const partitions: Partition[] = [];
		for (const key of await this.#objects.list(`${this.#prefix}/partitions/`)) {
			const bytes = await this.#objects.get(key);
			const partition = partitionSchema.parse(JSON.parse(Buffer.from(bytes ?? []).toString()));
			const expected = (partitions.at(-1)?.through ?? 0) + 1;
			if (partition.from !== expected) {
				throw new PerennialError(
					'ARTIFACT_DIGEST_MISMATCH',
					`The lake at ${this.#prefix} lacks the partition that begins at offset ${expected}; restore it from a backup of ${this.#objects.description}.`,
				);
			}

			partitions.push(partition);
		}

		return partitions;
	}

	/** Store a file under its digest. */
	async putFile(bytes: Uint8Array): Promise<Digest> {
		const digest = digestOf(bytes);
		await this.#objects.put(this.#fileKey(digest), bytes);
		return digest;
	}

	/** Bytes of a file, checked. @throws PerennialError - ARTIFACT_DIGEST_MISMATCH. */
	async getFile({digest}: Pick<PartitionFile, 'digest'>): Promise<Uint8Array> {
		const bytes = await this.#objects.get(this.#fileKey(digest));
		if (!bytes || digestOf(bytes) !== digest) {
			throw new PerennialError(
				'ARTIFACT_DIGEST_MISMATCH',
				`${this.#fileKey(digest)} in ${this.#objects.description} is ${bytes ? 'not what was stored there' : 'missing'}; restore it from a backup.`,
			);
		}

		return bytes;
	}

	/** Make a partition visible. False if another process has sealed from the same offset first; then that one holds. */
	async add(partition: Partition): Promise<boolean> {
		try {
			await this.#objects.put(`${this.#prefix}/partitions/${pad(partition.from)}.json`, Buffer.from(JSON.stringify(partition)), {
				ifAbsent: true,
			});
			return true;
		} catch (error) {
			if (hasCode(error, 'OBJECT_EXISTS')) {
				return false;
			}

			throw error;
		}
	}

	#fileKey(digest: Digest): string {
		return `${this.#prefix}/files/${digest.slice('sha256:'.length)}.parquet`;
	}
}

/** Offsets sort as texts when they have one length. */
function pad(offset: Offset): string {
	return String(offset).padStart(15, '0');
}
