/**
 * The registry: versions of models, their bytes, and the channels that point at them.
 *
 * @module
 */
import {
	PerennialError,
	type ChannelMove,
	type Clock,
	type Digest,
	type Logger,
	type Manifest,
	type Millis,
	type ObjectStore,
} from '../core/domain/index.ts';
import {ChannelHistory, type ChannelMoveRequest} from './channel-history.ts';
import {inBatches} from './immutable-objects.ts';
import {ModelKeys} from './layout.ts';
import {refuseRetired, retireVersion, versionsToRetire, type RetentionRules} from './retention.ts';
import {RegistrySigner, type RegistryTrust} from './trust.ts';
import {VersionCatalogue, type BlobDraft, type ManifestDraft, type StoredManifest} from './version-catalogue.ts';

/** Options of {@link Registry}. */
export interface RegistryOptions {
	readonly store: ObjectStore;
	readonly clock: Pick<Clock, 'now'>;
	readonly logger: Logger;
	/** Whose models these are. */
	readonly tenant?: string;
	/** Manifests kept in memory; when it is reached, the one not used for longest is read again when asked for. */
	readonly manifestsMax?: number;
	/** Absent: nothing is signed, and edges that want signatures take nothing from here. */
	readonly trust?: RegistryTrust;
}

/**
 * Versions and channels over an object store, for any number of processes at once.
 *
 * A version exists if and only if its manifest does, and a manifest is written after all its blobs; a move of a channel is one object. Both are
 * created under the next number with create-if-absent, so a race has one winner, nothing is ever half visible, and nothing is ever changed.
 * Only such finished things are cached: what exists is asked of the store each time, so other processes' writes are seen at once.
 *
 * With a key it signs versions before they exist, moves as they are made, and records of channels that expire; see trust.ts. Bytes go only by
 * {@link Registry.retire} and by garbage.ts.
 * Every method may throw what the object store throws, and PARAMETER_INVALID for a name that is none.
 */
export class Registry {
	readonly #catalogue: VersionCatalogue;
	readonly #history: ChannelHistory;
	readonly #signer: RegistrySigner | undefined;
	readonly #store: ObjectStore;
	readonly #tenant: string;
	readonly #clock: Pick<Clock, 'now'>;
	readonly #logger: Logger;

	constructor({store, clock, logger, tenant = 'default', manifestsMax = 256, trust}: RegistryOptions) {
		const signer = trust && new RegistrySigner({trust, store, tenant});
		this.#signer = signer;
		this.#store = store;
		this.#tenant = tenant;
		this.#clock = clock;
		this.#logger = logger;
		this.#catalogue = new VersionCatalogue({
			store,
			clock,
			logger,
			tenant,
			manifestsMax,
			...(signer && {sign: async (manifest, digest) => signer.signVersion(manifest, digest)}),
		});
		this.#history = new ChannelHistory({store, clock, logger, tenant, signer});
	}

	/** Store bytes under their digest. Storing them again heals a damaged copy. */
	async putBlob(bytes: Uint8Array): Promise<Digest> {
		return this.#catalogue.putBlob(bytes);
	}

	/**
	 * The bytes with a digest, checked against it: a damaged copy is never handed out.
	 *
	 * @throws PerennialError - OBJECT_NOT_FOUND, ARTIFACT_DIGEST_MISMATCH.
	 */
	async getBlob(digest: Digest): Promise<Uint8Array> {
		return this.#catalogue.getBlob(digest);
	}

	/**
	 * A URL of the store itself for a blob, for whoever has to be spared a detour through us and checks the digest; undefined where there is none.
	 *
	 * @throws PerennialError - OBJECT_STORE_UNAVAILABLE.
	 */
	async blobUrl(digest: Digest): Promise<string | undefined> {
		return this.#catalogue.blobUrl(digest);
	}

	/**
	 * Publish a version under the next number: the blobs first, then the manifest.
	 *
	 * A job that published before, even in an attempt that was killed or still runs somewhere, gets the version it has. That holds for the
	 * newest 200 versions; a job with more than that after its own would publish again.
	 *
	 * @throws PerennialError - MANIFEST_INVALID if the draft makes no manifest.
	 */
	async publish(draft: ManifestDraft, blobs: readonly BlobDraft[]): Promise<Manifest> {
		return this.#catalogue.publish(draft, blobs);
	}

	/** All versions of a model, ascending; empty if there are none. Cost: one list. */
	async versions(model: string): Promise<number[]> {
		return this.#catalogue.versions(model);
	}

	/**
	 * A version's manifest with its text, which is what is served and digested.
	 *
	 * @throws PerennialError - VERSION_NOT_FOUND, MANIFEST_INVALID.
	 */
	async storedManifest(model: string, version: number): Promise<StoredManifest> {
		return this.#catalogue.storedManifest(model, version);
	}

	/** A version's manifest. @throws PerennialError - VERSION_NOT_FOUND, MANIFEST_INVALID. */
	async manifest(model: string, version: number): Promise<Manifest> {
		return (await this.#catalogue.storedManifest(model, version)).manifest;
	}

	/** The digest of a version's manifest. @throws PerennialError - VERSION_NOT_FOUND, MANIFEST_INVALID. */
	async manifestDigest(model: string, version: number): Promise<Digest> {
		return (await this.#catalogue.storedManifest(model, version)).digest;
	}

	/** Read a version whole and check every digest. @throws PerennialError - what `manifest` and `getBlob` throw. */
	async verify(model: string, version: number): Promise<void> {
		const {blobs} = await this.manifest(model, version);
		for (const {digest} of blobs) {
			await this.#catalogue.getBlob(digest);
		}
	}

	/**
	 * Point a channel at a version. If it stands there already, nothing is written: a retried job moves once.
	 *
	 * Times of a channel never run backwards: a move that claims to be older than the one before it gets that one's time.
	 *
	 * @returns The channel's newest move.
	 * @throws PerennialError - VERSION_NOT_FOUND; GATE_REFUSED if the version is not accepted and `override` is not given; CHANNEL_MOVED if
	 * `expectedSequence` is not the newest; SIGNATURE_INVALID if this registry signs, and nobody trusted has signed the version.
	 */
	async moveChannel(request: ChannelMoveRequest): Promise<ChannelMove> {
		const {manifest, digest} = await this.storedManifest(request.model, request.version);
		await this.#signer?.versionSignature(manifest, digest);
		const keys = new ModelKeys(this.#tenant, request.model);
		await refuseRetired(this.#store, keys, manifest);
		const move = await this.#history.move(request, manifest);
		// Retired just now, by somebody who could not see the move yet: the move takes it back, and the bytes are still there.
		await this.#store.delete(keys.retired(manifest.version));
		return move;
	}

	/** A channel's newest move, undefined if it never moved. Cost: one list, and one read if the move is new. */
	async currentOf(model: string, channel: string): Promise<ChannelMove | undefined> {
		return this.#history.currentOf(model, channel);
	}

	/** All moves of a channel, oldest first; empty if it never moved. */
	async historyOf(model: string, channel: string): Promise<ChannelMove[]> {
		return this.#history.historyOf(model, channel);
	}

	/** The move that held at a time, undefined if the channel had not moved by then. Cost: one list, and reads as the logarithm of the moves. */
	async asOf(model: string, channel: string, time: Millis): Promise<ChannelMove | undefined> {
		return this.#history.asOf(model, channel, time);
	}

	/** The newest move of each channel of a model, in order of their names. */
	async channels(model: string): Promise<ChannelMove[]> {
		return this.#history.channels(model);
	}

	/** The signed key list, undefined if edges trust the signer directly or nothing is signed. */
	get keyList(): string | undefined {
		return this.#signer?.trust.keyList?.text;
	}

	/**
	 * The envelope over a version: see {@link versionStatement}.
	 *
	 * @throws PerennialError - OBJECT_NOT_FOUND if this registry signs nothing; SIGNATURE_INVALID if the version has no signature that holds.
	 */
	async signature(model: string, version: number): Promise<string> {
		const {manifest, digest} = await this.storedManifest(model, version);
		return this.#signing().versionSignature(manifest, digest);
	}

	/**
	 * Sign a version that somebody vouches for: one from before there was a key, or from a key that is no longer trusted. Every byte is read first.
	 *
	 * @throws PerennialError - OBJECT_NOT_FOUND if this registry signs nothing; what {@link Registry.verify} throws.
	 */
	async sign(model: string, version: number): Promise<void> {
		const signing = this.#signing();
		await this.verify(model, version);
		const {manifest, digest} = await this.storedManifest(model, version);
		await signing.signVersion(manifest, digest);
	}

	/**
	 * The signed record of what a channel points at, undefined if it never moved. The same text until half of its time has passed.
	 *
	 * @throws PerennialError - OBJECT_NOT_FOUND if this registry signs nothing; SIGNATURE_INVALID if the move or the version is not signed.
	 */
	async channelRecord(model: string, channel: string): Promise<string | undefined> {
		const signing = this.#signing();
		const move = await this.currentOf(model, channel);
		if (!move) {
			return undefined;
		}

		const {manifest, digest} = await this.storedManifest(model, move.version);
		await signing.versionSignature(manifest, digest);
		return signing.record(move, digest);
	}

	/**
	 * Retire the versions of a model that no rule speaks for. Their bytes go when garbage is next collected twice.
	 *
	 * @param wallNow - Wall time, by which versions are stamped; channels are judged by the registry's own clock.
	 * @returns Their numbers; with `isDryRun` those that would be.
	 */
	async retire(model: string, rules: RetentionRules, wallNow: Millis, isDryRun = false): Promise<number[]> {
		const keys = new ModelKeys(this.#tenant, model);
		const gone = new Set(await this.retired(model));
		const versions = (await this.versions(model)).filter(version => !gone.has(version));
		const manifests = await inBatches(versions, async version => this.manifest(model, version));
		const channels = await this.channels(model);
		const histories = await inBatches(channels, async ({channel}) => this.historyOf(model, channel));
		const chosen = versionsToRetire({manifests, histories, now: this.#clock.now(), wallNow}, rules);
		const retired: number[] = [];
		for (const version of isDryRun ? [] : chosen) {
			const isLive = async (): Promise<boolean> => (await this.channels(model)).some(move => move.version === version);
			if (await retireVersion({store: this.#store, keys, logger: this.#logger, wallNow}, {model, version}, isLive)) {
				retired.push(version);
			}
		}

		return isDryRun ? chosen : retired;
	}

	/** Versions that have let their bytes go, ascending. */
	async retired(model: string): Promise<number[]> {
		const keys = new ModelKeys(this.#tenant, model);
		return (await this.#store.list(keys.retirements)).flatMap(key => keys.retiredVersionOf(key) ?? []);
	}

	#signing(): RegistrySigner {
		if (!this.#signer) {
			throw new PerennialError('OBJECT_NOT_FOUND', 'This registry signs nothing; give it a key with PERENNIAL_SIGNING_KEY_FILE.');
		}

		return this.#signer;
	}
}
