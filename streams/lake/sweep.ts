/**
 * Sweeping: what nothing refers to any more leaves the object store, after it has been seen so for long enough that no reader and no sealer is at it.
 *
 * @module
 */
import {z} from 'zod';
import type {Millis, ObjectStore} from '../../core/domain/index.ts';
import type {PartitionList} from './partitions.ts';

/** How long a file or a partition must be without use: longer than any job that reads or seals. */
const GRACE_MS = 86_400_000;

const memorySchema = z.record(z.string(), z.number());

/** Options of {@link sweepLake}. */
export interface SweepOptions {
	readonly objects: ObjectStore;
	readonly partitions: PartitionList;
	readonly now: Millis;
	readonly graceMs?: number;
}

/**
 * Remember what is out of use, and remove what was so at an earlier sweep already, a day ago or more: partitions that a larger one has replaced, and
 * files of no partition, such as those that a killed sealer left.
 *
 * @returns Keys that were removed.
 * @throws PerennialError - OBJECT_STORE_UNAVAILABLE; ARTIFACT_DIGEST_MISMATCH if the lake is not whole: then nothing is removed.
 */
export async function sweepLake({objects, partitions, now, graceMs = GRACE_MS}: SweepOptions): Promise<string[]> {
	// Files before partitions: a file that is new is then never taken for one without a partition because that came in between.
	const files = await partitions.fileKeys();
	const {current, replaced} = await partitions.entries();
	const inUse = new Set(
		[...current, ...replaced].flatMap(({partition}) => partition.files.map(({digest}) => partitions.fileKey(digest))),
	);
	const unused = [...replaced.map(({key}) => key), ...files.filter(key => !inUse.has(key))];
	const before = await recall(objects, partitions.sweepKey);
	const since = unused.map(key => [key, before[key] ?? now] as const);
	const removed = since.filter(([, seen]) => now - seen >= graceMs).map(([key]) => key);
	for (const key of removed) {
		await objects.delete(key);
	}

	const kept = since.filter(([key]) => !removed.includes(key)).toSorted(([a], [b]) => (a < b ? -1 : 1));
	await objects.put(partitions.sweepKey, Buffer.from(JSON.stringify(Object.fromEntries(kept))));
	return removed;
}

/** When each key was first seen without use; nothing if no sweep was here, or its memory cannot be read: everything then waits anew. */
async function recall(objects: ObjectStore, key: string): Promise<Readonly<Record<string, Millis>>> {
	const bytes = await objects.get(key);
	if (!bytes) {
		return {};
	}

	let document: unknown;
	try {
		document = JSON.parse(Buffer.from(bytes).toString());
	} catch (error) {
		if (error instanceof SyntaxError) {
			return {};
		}

		throw error;
	}

	return memorySchema.safeParse(document).data ?? {};
}
