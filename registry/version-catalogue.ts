/**
 * Versions: blobs under their digests, and one manifest each under the next number.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {
	digestOf,
	formatTime,
	fromManifestJson,
	hasCode,
	PerennialError,
	toManifestJson,
	type Clock,
	type Digest,
	type Logger,
	type Manifest,
	type ManifestBlob,
	type ObjectStore,
} from '../core/domain/index.ts';
import {BoundedCache} from './bounded-cache.ts';
import {restore} from './garbage.ts';
import {createText, inBatches, textOf} from './immutable-objects.ts';
import {blobKey, ModelKeys} from './layout.ts';
import {ML_BOM_TYPE, mlBomOf} from './ml-bom.ts';

/** What a publisher says of a version; the registry adds the number, the time and the blobs. */
export type ManifestDraft = Omit<Manifest, 'manifestVersion' | 'version' | 'createdAt' | 'blobs'>;

/** Bytes that belong to a version. */
export interface BlobDraft {
	readonly role: ManifestBlob['role'];
	readonly mediaType: string;
	readonly bytes: Uint8Array;
}

/** A manifest, the text it is stored as, and that text's digest. */
export interface StoredManifest {
	readonly manifest: Manifest;
	readonly text: string;
	readonly digest: Digest;
}

/** Newest versions searched for a job's own. A job whose version has more than this many after it would publish again. */
const JOB_SCAN_VERSIONS_MAX = 200;
/** Models whose last number is remembered; when it is reached, the one not used for longest costs a list again. */
const LAST_VERSIONS_MAX = 1000;
/** Reads of a blob that may come damaged: the first may have been hurt on the way, after the second the blob itself is. */
const BLOB_READS_MAX = 2;
/** Races one writer may lose before it gives up. */
const RACES_MAX = 100;

/** Options of {@link VersionCatalogue}. */
export interface VersionCatalogueOptions {
	readonly store: ObjectStore;
	readonly clock: Pick<Clock, 'now'>;
	readonly logger: Logger;
	readonly tenant: string;
	readonly manifestsMax: number;
	/** Signs a version, before its manifest is stored: one that exists is signed. */
	readonly sign?: (manifest: Manifest, digest: Digest) => Promise<void>;
}

/** The versions of one tenant's models. {@link Registry} is its face. */
export class VersionCatalogue {
	readonly #store: ObjectStore;
	readonly #clock: Pick<Clock, 'now'>;
	readonly #logger: Logger;
	readonly #tenant: string;
	readonly #sign: VersionCatalogueOptions['sign'];
	readonly #manifests: BoundedCache<StoredManifest>;
	/** Model -> a number that is taken, and every one below it. */
	readonly #lastVersions = new BoundedCache<number>(LAST_VERSIONS_MAX);

	constructor({store, clock, logger, tenant, manifestsMax, sign}: VersionCatalogueOptions) {
		this.#store = store;
		this.#clock = clock;
		this.#logger = logger;
		this.#tenant = tenant;
		this.#sign = sign;
		this.#manifests = new BoundedCache(manifestsMax);
	}

	/** See {@link Registry.putBlob}. */
	async putBlob(bytes: Uint8Array): Promise<Digest> {
		const digest = digestOf(bytes);
		await this.#store.put(blobKey(digest), bytes);
		return digest;
	}

	/** See {@link Registry.blobUrl}. */
	async blobUrl(digest: Digest): Promise<string | undefined> {
		const url = await this.#store.readUrl?.(blobKey(digest));
		// One that was set aside as garbage has to be brought back, which only reading it here does.
		return url !== undefined && (await this.#store.head(blobKey(digest))) ? url : undefined;
	}

	/** See {@link Registry.getBlob}. */
	async getBlob(digest: Digest): Promise<Uint8Array> {
		let actual: Digest | undefined;
		for (let reads = 0; reads < BLOB_READS_MAX; reads++) {
			const bytes = await this.#store.get(blobKey(digest));
			if (bytes === undefined) {
				const restored = await restore(this.#store, digest);
				if (restored) {
					return restored;
				}

				throw new PerennialError('OBJECT_NOT_FOUND', `${this.#store.description} has no blob ${digest}.`, {details: {digest}});
			}

			actual = digestOf(bytes);
			if (actual === digest) {
				return bytes;
			}
		}

		this.#logger.error('A blob is damaged.', {store: this.#store.description, digest, actual});
		const message = `Blob ${digest} in ${this.#store.description} is damaged: its bytes have the digest ${actual}.`;
		throw new PerennialError('ARTIFACT_DIGEST_MISMATCH', `${message} Restore it from a backup, or store its bytes again.`, {
			details: {digest, actual},
		});
	}

	/**
	 * See {@link Registry.publish}. Why a job never gets two numbers: every number up to the new one was read and belongs to another job, and the
	 * number itself has one winner, which is read when it is lost.
	 */
	async publish(draft: ManifestDraft, blobs: readonly BlobDraft[]): Promise<Manifest> {
		assert.equal(draft.tenant, this.#tenant, 'a draft of this tenant');
		assert(!draft.accepted || draft.gates.every(({passed}) => passed), 'accepted says that every gate passed');
		const keys = this.#keysOf(draft.model);
		const last = await this.#lastVersion(draft.model);
		const published = await this.#versionOfJob(draft, last);
		if (published !== undefined) {
			return published;
		}

		const stored = blobs.map(({role, mediaType, bytes}): ManifestBlob => ({
			role,
			mediaType,
			digest: digestOf(bytes),
			sizeBytes: bytes.length,
		}));
		let storing: Promise<unknown> | undefined;
		const first = last + 1;
		for (let version = first; version < first + RACES_MAX; version++) {
			const {manifest, bill} = withBillOfMaterials({
				manifestVersion: 1,
				...draft,
				version,
				createdAt: formatTime(this.#clock.now()),
				blobs: stored,
			});
			const text = toManifestJson(manifest);
			// Side by side: nobody knows of any of them before the manifest is there.
			storing ??= allSettledOrThrow(blobs.map(async ({bytes}) => this.putBlob(bytes)));
			const signing = this.#sign?.(manifest, digestOf(text)) ?? Promise.resolve();
			await allSettledOrThrow([storing, this.putBlob(bill), signing]);
			if (await createText(this.#store, keys.manifest(version), text)) {
				const {model, accepted, lineage} = manifest;
				await this.#storeMissing(manifest, blobs);
				this.#logger.info('A version was published.', {model, version, jobId: lineage.jobId, accepted});
				return manifest;
			}

			const winner = (await this.storedManifest(draft.model, version)).manifest;
			if (winner.lineage.jobId === draft.lineage.jobId) {
				return winner;
			}
		}

		throw new PerennialError(
			'OBJECT_EXISTS',
			`${RACES_MAX} other versions of ${draft.model} were published meanwhile; try again when fewer jobs run.`,
		);
	}

	/** See {@link Registry.versions}. */
	async versions(model: string): Promise<number[]> {
		const keys = this.#keysOf(model);
		return (await this.#store.list(keys.versions)).flatMap(key => keys.versionOf(key) ?? []);
	}

	/** See {@link Registry.storedManifest}. */
	async storedManifest(model: string, version: number): Promise<StoredManifest> {
		const key = this.#keysOf(model).manifest(version);
		const cached = this.#manifests.get(key);
		if (cached) {
			return cached;
		}

		const bytes = await this.#store.get(key);
		if (bytes === undefined) {
			throw new PerennialError('VERSION_NOT_FOUND', `Model ${model} has no version ${version}.`, {details: {model, version}});
		}

		const text = textOf(this.#store, key, bytes);
		const manifest = fromManifestJson(text);
		if (manifest.model !== model || manifest.version !== version || manifest.tenant !== this.#tenant) {
			const found = `version ${manifest.version} of ${manifest.model}`;
			throw new PerennialError(
				'MANIFEST_INVALID',
				`The manifest of version ${version} of ${model} is that of ${found}; restore ${key} from a backup.`,
			);
		}

		const stored = {manifest, text, digest: digestOf(bytes)};
		this.#manifests.set(key, stored);
		return stored;
	}

	/** A collector of garbage may have taken a blob for nobody's before the version existed: see garbage.ts. */
	async #storeMissing(manifest: Manifest, blobs: readonly BlobDraft[]): Promise<void> {
		await inBatches([...manifest.blobs.entries()], async ([index, {digest}]) => {
			if (!(await this.#store.head(blobKey(digest)))) {
				await this.putBlob(blobs[index]?.bytes ?? mlBomOf({...manifest, blobs: manifest.blobs.slice(0, -1)}));
			}
		});
	}

	/** The highest number that is taken. Numbers are given in a row, so what this process knows is looked on from; only the first time costs a list. */
	async #lastVersion(model: string): Promise<number> {
		const keys = this.#keysOf(model);
		let last = this.#lastVersions.get(model) ?? (await this.versions(model)).at(-1) ?? 0;
		while (await this.#store.head(keys.manifest(last + 1))) {
			last++;
		}

		this.#lastVersions.set(model, last);
		return last;
	}

	/** The version that the draft's job published, among the newest. */
	async #versionOfJob({model, lineage}: ManifestDraft, last: number): Promise<Manifest | undefined> {
		const count = Math.min(last, JOB_SCAN_VERSIONS_MAX);
		const newest = Array.from({length: count}, (_, index) => last - count + 1 + index);
		const manifests = await inBatches(newest, version => this.#readableManifest(model, version));
		return manifests.findLast(manifest => manifest?.lineage.jobId === lineage.jobId);
	}

	/** A version whose manifest is damaged must not keep others from being published; if it was the job's own, the job needs a new one. */
	async #readableManifest(model: string, version: number): Promise<Manifest | undefined> {
		try {
			return (await this.storedManifest(model, version)).manifest;
		} catch (error) {
			if (!hasCode(error, 'MANIFEST_INVALID') && !hasCode(error, 'VERSION_NOT_FOUND')) {
				throw error;
			}

			this.#logger.error('A manifest is damaged or gone.', {model, version, error: error.message});
			return undefined;
		}
	}

	#keysOf(model: string): ModelKeys {
		return new ModelKeys(this.#tenant, model);
	}
}

/** A manifest with its bill of materials. Refuses what no reader would take, before anything of the version is written. */
function withBillOfMaterials(manifest: Manifest): {readonly manifest: Manifest; readonly bill: Uint8Array} {
	const bill = mlBomOf(checkedManifest(manifest));
	const blob: ManifestBlob = {role: 'bom', mediaType: ML_BOM_TYPE, digest: digestOf(bill), sizeBytes: bill.length};
	return {manifest: {...manifest, blobs: [...manifest.blobs, blob]}, bill};
}

/** Wait for all, and then throw the first failure: no write goes on behind the back of whoever was told of it. */
async function allSettledOrThrow(writes: readonly Promise<unknown>[]): Promise<void> {
	const failed = (await Promise.allSettled(writes)).find(({status}) => status === 'rejected');
	if (failed?.status === 'rejected') {
		throw failed.reason;
	}
}

/** Refuse what no reader would take, before anything is written. */
function checkedManifest(manifest: Manifest): Manifest {
	return fromManifestJson(JSON.stringify(manifest));
}
