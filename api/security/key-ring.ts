/**
 * The keys in force, in memory: a request is checked without asking the database.
 *
 * @module
 */
import {timingSafeEqual} from 'node:crypto';
import {PerennialError, type ApiKeyRecord, type ApiKeyScope} from '../../core/domain/index.ts';
import {createApiKey, keyDigest, keyIdOf} from './api-key.ts';

/** Where keys are kept. */
export interface KeyStore {
	keys(): Promise<ApiKeyRecord[]>;
	addKey(key: ApiKeyRecord): Promise<void>;
	revokeKey(id: string, now: number): Promise<void>;
}

/** Keys in force, at most; above this none is made. */
const KEYS_MAX = 10_000;

/** Makes, finds and revokes keys. The one writer of its store. */
export class KeyRing {
	readonly #store: KeyStore;
	readonly #now: () => number;
	readonly #keys = new Map<string, ApiKeyRecord>();

	private constructor(store: KeyStore, now: () => number) {
		this.#store = store;
		this.#now = now;
	}

	/** Read the keys that are in force. */
	static async open(store: KeyStore, now: () => number): Promise<KeyRing> {
		const ring = new KeyRing(store, now);
		for (const key of await store.keys()) {
			if (key.revokedAt === undefined) {
				ring.#keys.set(key.id, key);
			}
		}

		return ring;
	}

	/** Keys in force. */
	get size(): number {
		return this.#keys.size;
	}

	/** What a key is for; undefined if it is none, or is revoked. Cost: one SHA-256. */
	find(key: string): ApiKeyRecord | undefined {
		const id = keyIdOf(key);
		const record = id === undefined ? undefined : this.#keys.get(id);
		return record && timingSafeEqual(Buffer.from(record.digest), Buffer.from(keyDigest(key))) ? record : undefined;
	}

	/** Make a key. The text of it is given here and never again. @throws PerennialError - PARAMETER_INVALID if there are too many. */
	async create(name: string, {tenant, models, actions}: ApiKeyScope, createdBy: string): Promise<ApiKeyRecord & {readonly key: string}> {
		if (this.#keys.size >= KEYS_MAX) {
			throw new PerennialError('PARAMETER_INVALID', `There are ${KEYS_MAX} keys already; revoke some with DELETE /v1/keys/:key.`);
		}

		const {key, id, digest} = createApiKey();
		const record: ApiKeyRecord = {id, name, digest, tenant, models, actions, createdAt: this.#now(), createdBy};
		await this.#store.addKey(record);
		this.#keys.set(id, record);
		return {...record, key};
	}

	/** Revoke a key, from the next request on. @throws PerennialError - OBJECT_NOT_FOUND. */
	async revoke(id: string): Promise<void> {
		if (!this.#keys.has(id)) {
			throw new PerennialError('OBJECT_NOT_FOUND', `No key in force has the id ${JSON.stringify(id)}; GET /v1/keys lists them.`);
		}

		this.#keys.delete(id);
		await this.#store.revokeKey(id, this.#now());
	}

	/** Every key, revoked ones too, without its digest. */
	async list(): Promise<Omit<ApiKeyRecord, 'digest'>[]> {
		return (await this.#store.keys()).map(key => withoutDigest(key));
	}
}

function withoutDigest<Key extends ApiKeyRecord>({digest, ...key}: Key): Omit<Key, 'digest'> {
	void digest;
	return key;
}
