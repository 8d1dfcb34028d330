/**
 * Collects bytes that no version needs, beside writers that publish meanwhile.
 *
 * A blob goes in steps, each a run of its own: first it is only noted that nothing refers to it; when that has held for the grace, its bytes are copied
 * aside and it is deleted; when the grace has passed again, the copy goes too. After deleting, the references are read once more, and what somebody
 * has begun to refer to meanwhile is put back. A publisher looks at its blobs after its version exists, and stores again what is missing. So whichever
 * of the two comes last sees the other, and a reader that comes between finds the copy. A collector or publisher that is killed anywhere leaves nothing
 * that the next run does not put right, as long as publishing takes less than the grace.
 *
 * @module
 */
import {z} from 'zod';
import {
	digestOf,
	fromManifestJson,
	messageOf,
	type Digest,
	type Logger,
	type Manifest,
	type ManifestBlob,
	type Millis,
	type ObjectStore,
} from '../core/domain/index.ts';
import {inBatches, textOf} from './immutable-objects.ts';
import {BLOBS, blobKey, digestOfKey, GARBAGE, garbageKey, MARKS_KEY, MODELS, retiredKeyOf} from './layout.ts';

/** What a retired version keeps: what people read about it. */
const KEPT_ROLES: ReadonlySet<ManifestBlob['role']> = new Set(['report', 'bom']);

const marksSchema = z.object({
	/** Digest -> since when nothing has been seen to refer to it. */
	condemned: z.record(z.string(), z.number()),
	/** Digest -> when its bytes were set aside. */
	aside: z.record(z.string(), z.number()),
});

type Marks = z.output<typeof marksSchema>;

/** Options of {@link collectGarbage}. */
export interface GarbageOptions {
	readonly store: ObjectStore;
	readonly logger: Logger;
	/** Wall time. */
	readonly now: Millis;
	/** Longer than any publisher takes from its first byte to its version. */
	readonly graceMs: Millis;
	/** Only say what would be done. */
	readonly isDryRun?: boolean;
}

/** What one run did, in blobs. */
export interface GarbageReport {
	/** Seen with nothing that refers to them. */
	readonly condemned: number;
	/** Set aside in this run. */
	readonly setAside: number;
	/** Put back in this run: somebody refers to them after all. */
	readonly restored: number;
	/** Gone for good in this run. */
	readonly removed: number;
	readonly removedBytes: number;
}

/**
 * One run over all tenants of a store.
 *
 * Cost: two lists of the store, one read of each manifest, one read and write of each blob that is set aside.
 *
 * @throws PerennialError - MANIFEST_INVALID if a manifest cannot be read: nothing is removed while it is not known what it refers to.
 */
export async function collectGarbage({store, logger, now, graceMs, isDryRun = false}: GarbageOptions): Promise<GarbageReport> {
	const marks = await readMarks(store, logger);
	const references = new References(store);
	// Blobs are listed before references are read: a blob that comes with a version of its own is either not listed, or referred to.
	const blobs = await digestsBelow(store, BLOBS);
	const aside = await digestsBelow(store, GARBAGE);
	const before = await references.read();
	const orphans = [...blobs].filter(digest => !before.has(digest)).toSorted();
	const condemned = Object.fromEntries(orphans.map(digest => [digest, marks.condemned[digest] ?? now]));
	const due = orphans.filter(digest => now - condemned[digest]! >= graceMs);
	if (isDryRun) {
		return {condemned: orphans.length, setAside: due.length, restored: 0, removed: 0, removedBytes: 0};
	}

	const known = Object.fromEntries([...aside, ...due].map(digest => [digest, marks.aside[digest] ?? now]));
	const readAside = due.filter(digest => !aside.has(digest));
	await inBatches(readAside, async digest => setAside(store, digest));
	await writeMarks(store, {condemned, aside: known});
	await inBatches(due, async digest => store.delete(blobKey(digest)));
	const after = await references.read();
	const missing = [...new Set([...aside, ...due])].filter(digest => after.has(digest) && (due.includes(digest) || !blobs.has(digest)));
	await inBatches(missing, async digest => restore(store, digest));
	const old = [...aside].filter(digest => now - known[digest]! >= graceMs && !due.includes(digest)).toSorted();
	const sizes = await inBatches(old, async digest => (await store.head(garbageKey(digest)))?.sizeBytes ?? 0);
	await inBatches(old, async digest => store.delete(garbageKey(digest)));
	const [gone, left] = [new Set<string>(old), new Set<string>(due)];
	await writeMarks(store, {
		condemned: Object.fromEntries(Object.entries(condemned).filter(([digest]) => !left.has(digest))),
		aside: Object.fromEntries(Object.entries(known).filter(([digest]) => !gone.has(digest))),
	});
	const report = {
		condemned: orphans.length,
		setAside: due.length,
		restored: missing.length,
		removed: old.length,
		removedBytes: sizes.reduce((sum, size) => sum + size, 0),
	};
	logger.info('Bytes that no version needs were collected.', {store: store.description, ...report});
	return report;
}

/**
 * Put a blob's bytes back that were set aside.
 *
 * @returns The bytes; undefined if there are none, or damaged ones.
 */
export async function restore(store: ObjectStore, digest: Digest): Promise<Uint8Array | undefined> {
	const bytes = await store.get(garbageKey(digest));
	if (bytes === undefined || digestOf(bytes) !== digest) {
		return undefined;
	}

	await store.put(blobKey(digest), bytes);
	return bytes;
}

async function setAside(store: ObjectStore, digest: Digest): Promise<void> {
	const bytes = await store.get(blobKey(digest));
	if (bytes !== undefined) {
		await store.put(garbageKey(digest), bytes);
	}
}

/** Which digests versions refer to; manifests are read once, as they never change. */
class References {
	readonly #store: ObjectStore;
	readonly #manifests = new Map<string, Manifest>();

	constructor(store: ObjectStore) {
		this.#store = store;
	}

	async read(): Promise<ReadonlySet<Digest>> {
		const keys = await this.#store.list(MODELS);
		const all = new Set(keys);
		const manifests = await inBatches(
			keys.filter(key => key.endsWith('/manifest.json')),
			async key => ({manifest: await this.#manifest(key), isRetired: all.has(retiredKeyOf(key))}),
		);
		return new Set(
			manifests.flatMap(({manifest, isRetired}) =>
				(manifest?.blobs ?? []).filter(({role}) => !isRetired || KEPT_ROLES.has(role)).map(({digest}) => digest),
			),
		);
	}

	async #manifest(key: string): Promise<Manifest | undefined> {
		const known = this.#manifests.get(key);
		if (known) {
			return known;
		}

		const bytes = await this.#store.get(key);
		if (bytes === undefined) {
			return undefined;
		}

		const manifest = fromManifestJson(textOf(this.#store, key, bytes));
		this.#manifests.set(key, manifest);
		return manifest;
	}
}

async function digestsBelow(store: ObjectStore, prefix: string): Promise<ReadonlySet<Digest>> {
	return new Set((await store.list(prefix)).flatMap(key => digestOfKey(key, prefix) ?? []));
}

/** Marks that are lost only make everything wait for the grace again. */
async function readMarks(store: ObjectStore, logger: Logger): Promise<Marks> {
	const bytes = await store.get(MARKS_KEY);
	if (bytes === undefined) {
		return {condemned: {}, aside: {}};
	}

	try {
		return marksSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
	} catch (error) {
		logger.warn('The marks of the last collection cannot be read; it begins anew.', {key: MARKS_KEY, error: messageOf(error)});
		return {condemned: {}, aside: {}};
	}
}

async function writeMarks(store: ObjectStore, marks: Marks): Promise<void> {
	await store.put(MARKS_KEY, Buffer.from(`${JSON.stringify(marks)}\n`));
}
