/**
 * An object store in memory: for tests and for programs that keep nothing.
 *
 * @module
 */
import {PerennialError, type ObjectInfo, type ObjectStore} from '../../core/domain/index.ts';
import {checkKeyPrefix, checkObjectKey} from '../object-key.ts';

/**
 * Obeys the same laws as the durable stores, but for durability: its objects go with the process.
 *
 * @example
 * const store = new MemoryObjectStore();
 * await store.put('greetings/en', new TextEncoder().encode('hello'));
 * await store.list('greetings/'); //=> ['greetings/en']
 */
export class MemoryObjectStore implements ObjectStore {
	readonly description = 'memory:';
	readonly #objects = new Map<string, Uint8Array>();

	async put(key: string, bytes: Uint8Array, {ifAbsent = false}: {readonly ifAbsent?: boolean} = {}): Promise<void> {
		if (ifAbsent && this.#objects.has(checkObjectKey(key))) {
			throw new PerennialError('OBJECT_EXISTS', `There is an object ${key} in ${this.description} already.`, {details: {key}});
		}

		this.#objects.set(checkObjectKey(key), Uint8Array.from(bytes));
	}

	async get(key: string): Promise<Uint8Array | undefined> {
		return this.#objects.get(checkObjectKey(key))?.slice();
	}

	async head(key: string): Promise<ObjectInfo | undefined> {
		const bytes = this.#objects.get(checkObjectKey(key));
		return bytes && {key, sizeBytes: bytes.length};
	}

	async list(prefix: string): Promise<string[]> {
		checkKeyPrefix(prefix);
		return [...this.#objects.keys()].filter(key => key.startsWith(prefix)).toSorted();
	}

	async delete(key: string): Promise<void> {
		this.#objects.delete(checkObjectKey(key));
	}
}
