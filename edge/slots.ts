/**
 * Two places for artifacts on disk: one that answers, and one for the next version, which until then keeps the last good one.
 *
 * ```
 * <directory>/current               {"slot": "a", "version": 12}
 * <directory>/slots/a|b/            manifest.json, manifest.sha256 (as of sha256sum), student.onnx, golden.json, and signature.json
 *                                   where signatures are wanted
 * ```
 *
 * @module
 */
import {mkdir, readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {z} from 'zod';
import {
	PerennialError,
	replaceFile,
	storageErrorOf,
	syncDirectory,
	systemCodeOf,
	writeFileSynced,
	type Digest,
} from '../core/domain/index.ts';
import {checkBlob, EDGE_ROLES, readManifest, type Artifact, type ArtifactExpectation, type EdgeRole} from './artifact.ts';

/** A place for one artifact. */
export type Slot = 'a' | 'b';

const pointerSchema = z.object({slot: z.enum(['a', 'b']), version: z.int().min(1)});

/** Which slot answers, and with which version. */
export type SlotPointer = z.output<typeof pointerSchema>;

const FILES: Readonly<Record<EdgeRole, string>> = {student: 'student.onnx', golden: 'golden.json'};
/** The envelope that signs the version. */
const SIGNATURE = 'signature.json';
/** Written last: a slot without it is empty. */
const SEAL = 'manifest.sha256';

/** The slot that is not this one. */
export function otherSlot(slot: Slot): Slot {
	return slot === 'a' ? 'b' : 'a';
}

/**
 * The slots of one agent. Whatever happens in the middle of a write, {@link Slots.read} gives an artifact whose every byte was checked, or says why
 * it cannot. One process at a time.
 */
export class Slots {
	readonly #directory: string;
	readonly #expectation: ArtifactExpectation;

	constructor(directory: string, expectation: ArtifactExpectation) {
		this.#directory = directory;
		this.#expectation = expectation;
	}

	/** Which slot answers; undefined before the first version. @throws PerennialError - CHECKPOINT_CORRUPT if that cannot be read. */
	async current(): Promise<SlotPointer | undefined> {
		const file = path.join(this.#directory, 'current');
		const bytes = await readIfThere(file);
		if (bytes === undefined) {
			return undefined;
		}

		try {
			return pointerSchema.parse(JSON.parse(bytes.toString()));
		} catch (error) {
			throw new PerennialError('CHECKPOINT_CORRUPT', `${file} is damaged; the slots are tried in turn.`, {cause: error});
		}
	}

	/** Say which slot answers, in one step. @throws PerennialError - STORAGE_FULL, OBJECT_STORE_UNAVAILABLE. */
	async setCurrent(pointer: SlotPointer): Promise<void> {
		const file = path.join(this.#directory, 'current');
		try {
			await mkdir(this.#directory, {recursive: true});
			await replaceFile(file, `${JSON.stringify(pointer)}\n`);
		} catch (error) {
			throw storageErrorOf(error, file);
		}
	}

	/**
	 * The artifact in a slot, every digest checked; undefined if the slot is empty.
	 *
	 * @throws PerennialError - ARTIFACT_DIGEST_MISMATCH, MANIFEST_INVALID, ARTIFACT_SCHEMA_MISMATCH, SIGNATURE_INVALID, OBJECT_STORE_UNAVAILABLE.
	 */
	async read(slot: Slot): Promise<Artifact | undefined> {
		const seal = await readIfThere(this.#fileOf(slot, SEAL));
		if (seal === undefined) {
			return undefined;
		}

		const manifestDigest: Digest = `sha256:${seal.toString().split(' ', 1)[0]!}`;
		const manifestBytes = await this.#readSealed(slot, 'manifest.json');
		const manifest = readManifest(manifestBytes, manifestDigest, this.#expectation);
		const signature = await readIfThere(this.#fileOf(slot, SIGNATURE));
		this.#expectation.trust?.checkVersion(signature, manifest, manifestDigest);
		const blobs: Record<EdgeRole, Uint8Array> = {
			student: await this.#readSealed(slot, FILES.student),
			golden: await this.#readSealed(slot, FILES.golden),
		};
		for (const role of EDGE_ROLES) {
			checkBlob(manifest, role, blobs[role]);
		}

		return {manifest, manifestBytes, manifestDigest, blobs, ...(signature && {signature})};
	}

	/**
	 * Put an artifact into a slot, durably, in place of what it held, and read it back.
	 *
	 * @throws PerennialError - STORAGE_FULL, OBJECT_STORE_UNAVAILABLE; ARTIFACT_DIGEST_MISMATCH if the disk gives other bytes than it was given.
	 * The slot is empty then.
	 */
	async write(slot: Slot, {manifestBytes, manifestDigest, blobs, signature}: Artifact): Promise<void> {
		const folder = path.join(this.#directory, 'slots', slot);
		try {
			await mkdir(folder, {recursive: true});
			for (const role of EDGE_ROLES) {
				await writeFileSynced(path.join(folder, FILES[role]), blobs[role]);
			}

			if (signature) {
				await writeFileSynced(path.join(folder, SIGNATURE), signature);
			}

			await writeFileSynced(path.join(folder, 'manifest.json'), manifestBytes);
			await replaceFile(path.join(folder, SEAL), `${manifestDigest.slice('sha256:'.length)}  manifest.json\n`);
			await syncDirectory(path.dirname(folder));
			await syncDirectory(this.#directory);
		} catch (error) {
			// Half an artifact is of no use, and its room may be all there is.
			await rm(folder, {recursive: true, force: true});
			throw storageErrorOf(error, folder);
		}

		await this.read(slot);
	}

	/** Give the version in a slot another signature, in one step. @throws PerennialError - STORAGE_FULL, OBJECT_STORE_UNAVAILABLE. */
	async replaceSignature(slot: Slot, signature: Uint8Array): Promise<void> {
		const file = this.#fileOf(slot, SIGNATURE);
		try {
			await replaceFile(file, signature);
		} catch (error) {
			throw storageErrorOf(error, file);
		}
	}

	#fileOf(slot: Slot, name: string): string {
		return path.join(this.#directory, 'slots', slot, name);
	}

	async #readSealed(slot: Slot, name: string): Promise<Buffer> {
		const bytes = await readIfThere(this.#fileOf(slot, name));
		if (bytes === undefined) {
			throw new PerennialError('ARTIFACT_DIGEST_MISMATCH', `${this.#fileOf(slot, name)} is missing.`);
		}

		return bytes;
	}
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
	try {
		return await readFile(file);
	} catch (error) {
		if (systemCodeOf(error) === 'ENOENT') {
			return undefined;
		}

		throw storageErrorOf(error, file);
	}
}
