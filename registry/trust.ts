/**
 * What the registry signs: versions before they exist, moves as they are made, and records of channels that say for how long they hold.
 *
 * The object store is not trusted: whoever can write to it, but has no key, can neither bring a version to a channel nor move one back.
 *
 * @module
 */
import {
	canonicalJson,
	checkVersionSignature,
	formatTime,
	hasCode,
	IN_TOTO_TYPE,
	openEnvelope,
	PerennialError,
	recordStatement,
	signEnvelope,
	versionStatement,
	type ChannelMove,
	type Clock,
	type Digest,
	type Manifest,
	type ObjectStore,
	type PublicKeys,
	type SigningKey,
} from '../core/domain/index.ts';
import {BoundedCache} from './bounded-cache.ts';
import {createText} from './immutable-objects.ts';
import {ModelKeys} from './layout.ts';

/** Options of {@link Registry} for one that signs. */
export interface RegistryTrust {
	readonly signer: SigningKey;
	/** Whose signatures are believed when they are read back: those of the key list, or the signer's own. */
	readonly keys: PublicKeys;
	/** The signed key list, as edges get it; absent where edges trust the signer directly. */
	readonly keyList?: {readonly version: number; readonly text: string};
	/** For how long a record of a channel holds. A new one is issued when half of it has passed. */
	readonly recordMs: number;
	/** Wall time: edges know no other. */
	readonly clock: Pick<Clock, 'now'>;
}

/** What is signed of a move: all of it but the signature. */
const MOVE_TYPE = 'application/vnd.perennial.channel-move+json';
/** Records and signatures kept in memory; when it is reached, the one not used for longest is read or signed again. */
const KEPT_MAX = 1000;

interface Issued {
	readonly sequence: number;
	readonly issuedAt: number;
	readonly text: string;
}

/** Signs for one tenant. */
export class RegistrySigner {
	readonly trust: RegistryTrust;
	readonly #store: ObjectStore;
	readonly #tenant: string;
	readonly #records = new BoundedCache<Issued>(KEPT_MAX);
	readonly #signatures = new BoundedCache<string>(KEPT_MAX);

	constructor({trust, store, tenant}: {readonly trust: RegistryTrust; readonly store: ObjectStore; readonly tenant: string}) {
		this.trust = trust;
		this.#store = store;
		this.#tenant = tenant;
	}

	/** Sign a version. Signing again does no harm. */
	async signVersion(manifest: Manifest, digest: Digest): Promise<void> {
		const {signer} = this.trust;
		const key = new ModelKeys(this.#tenant, manifest.model).signature(manifest.version, digest, signer.keyId);
		await createText(this.#store, key, signEnvelope(IN_TOTO_TYPE, versionStatement(manifest, digest), [signer]));
	}

	/**
	 * A version's signature; by this signer, if another key of ours has signed it before: so a replaced key's work is carried over.
	 *
	 * @throws PerennialError - SIGNATURE_INVALID if none holds.
	 */
	async versionSignature(manifest: Manifest, digest: Digest): Promise<string> {
		const cached = this.#signatures.get(digest);
		if (cached !== undefined) {
			return cached;
		}

		const keys = new ModelKeys(this.#tenant, manifest.model);
		const own = keys.signature(manifest.version, digest, this.trust.signer.keyId);
		const found = await this.#store.list(keys.signatures(manifest.version, digest));
		for (const key of found.toSorted((a, b) => Number(b === own) - Number(a === own))) {
			const bytes = await this.#store.get(key);
			if (bytes && this.#holds(bytes, manifest, digest)) {
				if (key !== own) {
					await this.signVersion(manifest, digest);
				}

				const text = Buffer.from((await this.#store.get(own)) ?? bytes).toString();
				this.#signatures.set(digest, text);
				return text;
			}
		}

		throw new PerennialError(
			'SIGNATURE_INVALID',
			`Version ${manifest.version} of ${manifest.model} has no signature by a trusted key; if you know where it comes from, sign it: ` +
				`\`node app/main.ts sign --model ${manifest.model} --version ${manifest.version}\`.`,
		);
	}

	/** A move with its signature. */
	signMove(move: ChannelMove): ChannelMove {
		return {...move, signature: signEnvelope(MOVE_TYPE, moveText(move), [this.trust.signer])};
	}

	/** True if a key of ours has signed a move as it is. */
	isSigned(move: ChannelMove): boolean {
		try {
			return move.signature !== undefined && openEnvelope(Buffer.from(move.signature), MOVE_TYPE, this.trust.keys) === moveText(move);
		} catch (error) {
			if (hasCode(error, 'SIGNATURE_INVALID')) {
				return false;
			}

			throw error;
		}
	}

	/**
	 * The signed record of what a channel points at, issued anew when half of its time has passed.
	 *
	 * @throws PerennialError - SIGNATURE_INVALID if the move was not signed.
	 */
	record(move: ChannelMove, manifestDigest: Digest): string {
		const key = `${move.model}/${move.channel}`;
		const cached = this.#records.get(key);
		const {clock, recordMs, keyList, signer} = this.trust;
		const now = clock.now();
		if (cached?.sequence === move.sequence && now >= cached.issuedAt && now < cached.issuedAt + recordMs / 2) {
			return cached.text;
		}

		if (!this.isSigned(move)) {
			const message =
				`Move ${move.sequence} of channel ${move.channel} of ${move.model} is not signed by a trusted key; ` +
				'move the channel again, once you know who moved it.';
			throw new PerennialError('SIGNATURE_INVALID', message);
		}

		const {signature: _, ...unsigned} = move;
		const statement = recordStatement({
			tenant: this.#tenant,
			move: unsigned,
			manifestDigest,
			issuedAt: formatTime(now),
			expiresAt: formatTime(now + recordMs),
			keyListVersion: keyList?.version ?? 0,
		});
		const text = signEnvelope(IN_TOTO_TYPE, statement, [signer]);
		this.#records.set(key, {sequence: move.sequence, issuedAt: now, text});
		return text;
	}

	#holds(bytes: Uint8Array, manifest: Manifest, digest: Digest): boolean {
		try {
			checkVersionSignature(bytes, manifest, digest, this.trust.keys);
			return true;
		} catch (error) {
			if (hasCode(error, 'SIGNATURE_INVALID')) {
				return false;
			}

			throw error;
		}
	}
}

function moveText(move: ChannelMove): string {
	const {signature: _, ...unsigned} = move;
	return canonicalJson(unsigned);
}
