/**
 * From a version's number to a model that answers: pull, check, try, keep.
 *
 * @module
 */
import {blobOf, messageOf, PerennialError, type Digest, type Logger} from '../core/domain/index.ts';
import {checkBlob, EDGE_ROLES, readManifest, type Artifact, type ArtifactExpectation, type EdgeRole} from './artifact.ts';
import {LiveModel, type LoadSession} from './live-model.ts';
import type {Probation} from './probation.ts';
import type {RegistryClient} from './registry-client.ts';
import {otherSlot, type Slot, type SlotPointer, type Slots} from './slots.ts';

/** A model that answers, and the slot that its bytes lie in. */
export interface Installed {
	readonly slot: Slot;
	readonly live: LiveModel;
}

/** What {@link Installer.recover} found. */
export interface Recovery {
	readonly installed?: Installed;
	/** Why the version that answered last does not answer any more. */
	readonly lost?: {readonly version: number; readonly error: unknown};
}

/** A version to install; with the digest of its manifest, where a signed record says it. */
export interface InstallTarget {
	readonly version: number;
	readonly manifestDigest?: Digest;
}

/** Options of {@link Installer}. */
export interface InstallerOptions {
	readonly expectation: ArtifactExpectation;
	readonly slots: Slots;
	readonly probation: Probation;
	readonly client: RegistryClient;
	readonly loadSession: LoadSession;
	readonly logger: Logger;
}

/**
 * Puts versions into slots. A version is tried before it touches the disk, so that one that is refused costs nobody the last good one; the pointer
 * to the current slot is moved after everything else is durable.
 */
export class Installer {
	readonly #options: InstallerOptions;

	constructor(options: InstallerOptions) {
		this.#options = options;
	}

	/** The version in the slot that answered last, else the one in the other slot; it must prove itself as if it had just come. Needs no network. */
	async recover(): Promise<Recovery> {
		const pointer = await this.#pointer();
		const first = pointer?.slot ?? 'a';
		const current = await this.#revive(first);
		const lost = !current.live && pointer ? {lost: {version: pointer.version, error: current.error}} : {};
		const slot = current.live ? first : otherSlot(first);
		const live = current.live ?? (await this.#revive(slot)).live;
		if (live && pointer?.slot !== slot) {
			await this.#repoint({slot, version: live.manifest.version});
		}

		return {...(live && {installed: {slot, live}}), ...lost};
	}

	/**
	 * Make a version ready to answer and durable.
	 *
	 * @param answering - What answers now; its slot is left alone. Given back as it is, if it is this very version.
	 * @throws PerennialError - whatever is wrong with the version, the registry or the disk; nothing has changed then but the idle slot.
	 */
	async install({version, manifestDigest}: InstallTarget, answering: Installed | undefined): Promise<Installed> {
		const {client, slots} = this.#options;
		const offered = manifestDigest === undefined ? await client.manifest(version) : undefined;
		const digest = manifestDigest ?? offered!.digest;
		if (answering?.live.manifestDigest === digest) {
			return answering;
		}

		const slot = answering ? otherSlot(answering.slot) : 'a';
		const kept = await this.#keptIn(slot, digest);
		const artifact = kept ?? (await this.#download(version, offered?.bytes ?? (await client.manifest(version)).bytes, digest));
		const live = await this.#try(artifact);
		try {
			if (!kept) {
				await slots.write(slot, artifact);
			}

			await slots.setCurrent({slot, version});
		} catch (error) {
			await live.close();
			throw error;
		}

		return {slot, live};
	}

	/** What may answer instead of a version that has stopped giving its golden outputs: the same from the disk, else the one before. */
	async replace({slot, live}: Installed): Promise<Installed | undefined> {
		const again = (await this.#revive(slot)).live;
		if (again) {
			return {slot, live: again};
		}

		await this.#options.probation.condemn(live.manifestDigest);
		const other = otherSlot(slot);
		const before = (await this.#revive(other)).live;
		if (before) {
			await this.#repoint({slot: other, version: before.manifest.version});
		}

		return before && {slot: other, live: before};
	}

	/** Fetch the signature of what answers anew: the keys that are trusted have changed. @throws PerennialError - SIGNATURE_INVALID, and as install. */
	async renewSignature({slot, live: {manifest, manifestDigest}}: Installed): Promise<void> {
		const {client, expectation, slots} = this.#options;
		const signature = await client.signature(manifest.version);
		expectation.trust?.checkVersion(signature, manifest, manifestDigest);
		await slots.replaceSignature(slot, signature);
	}

	async #pointer(): Promise<SlotPointer | undefined> {
		try {
			return await this.#options.slots.current();
		} catch (error) {
			this.#options.logger.warn('The pointer to the current slot is damaged.', {error: messageOf(error)});
			return undefined;
		}
	}

	/** The pointer is only a hint for the next start: an agent that cannot write it answers all the same. */
	async #repoint(pointer: SlotPointer): Promise<void> {
		try {
			await this.#options.slots.setCurrent(pointer);
		} catch (error) {
			this.#options.logger.warn('The pointer to the current slot cannot be written.', {error: messageOf(error)});
		}
	}

	/** The model in a slot, or why there is none. */
	async #revive(slot: Slot): Promise<{readonly live?: LiveModel; readonly error?: unknown}> {
		const {slots, logger} = this.#options;
		try {
			const artifact = await slots.read(slot);
			return artifact
				? {live: await this.#try(artifact)}
				: {error: new PerennialError('ARTIFACT_DIGEST_MISMATCH', `Slot ${slot} is empty.`)};
		} catch (error) {
			logger.warn('A slot holds no version that can answer.', {slot, error: messageOf(error)});
			return {error};
		}
	}

	/** Load a version, which may end this process. */
	async #try(artifact: Artifact): Promise<LiveModel> {
		const {probation, loadSession} = this.#options;
		await probation.begin(artifact.manifestDigest);
		try {
			return await LiveModel.load(artifact, loadSession);
		} catch (error) {
			await probation.pass();
			throw error;
		}
	}

	/** What a slot holds, if it is this manifest's version and whole: the way back costs no download. */
	async #keptIn(slot: Slot, digest: Digest): Promise<Artifact | undefined> {
		try {
			const artifact = await this.#options.slots.read(slot);
			return artifact?.manifestDigest === digest ? artifact : undefined;
		} catch (error) {
			this.#options.logger.warn('The idle slot is damaged and will be written again.', {slot, error: messageOf(error)});
			return undefined;
		}
	}

	async #download(version: number, manifestBytes: Uint8Array, manifestDigest: Digest): Promise<Artifact> {
		const {client, expectation} = this.#options;
		const manifest = readManifest(manifestBytes, manifestDigest, expectation);
		if (manifest.version !== version) {
			throw new PerennialError(
				'MANIFEST_INVALID',
				`The registry gave the manifest of version ${manifest.version} for version ${version}.`,
			);
		}

		const signature = expectation.trust && (await client.signature(version));
		expectation.trust?.checkVersion(signature, manifest, manifestDigest);
		const blobs: Partial<Record<EdgeRole, Uint8Array>> = {};
		for (const role of EDGE_ROLES) {
			const bytes = await client.blob(version, role, blobOf(manifest, role).sizeBytes);
			checkBlob(manifest, role, bytes);
			blobs[role] = bytes;
		}

		return {manifest, manifestBytes, manifestDigest, blobs: blobs as Record<EdgeRole, Uint8Array>, ...(signature && {signature})};
	}
}
