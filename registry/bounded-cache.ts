/**
 * A map with a bound, for things that never change once they are written.
 *
 * @module
 */

/**
 * Keeps the most recently used entries.
 *
 * @example
 * const cache = new BoundedCache(2);
 * cache.set('a', 1);
 * cache.set('b', 2);
 * cache.get('a'); //=> 1
 * cache.set('c', 3);
 * cache.get('b'); //=> undefined
 */
export class BoundedCache<Value> {
	readonly #entriesMax: number;
	readonly #entries = new Map<string, Value>();

	/** @param entriesMax - When it is reached, the entry not used for longest goes. */
	constructor(entriesMax: number) {
		this.#entriesMax = entriesMax;
	}

	get(key: string): Value | undefined {
		const value = this.#entries.get(key);
		if (value !== undefined) {
			this.#entries.delete(key);
			this.#entries.set(key, value);
		}

		return value;
	}

	set(key: string, value: Value): void {
		this.#entries.delete(key);
		this.#entries.set(key, value);
		if (this.#entries.size > this.#entriesMax) {
			this.#entries.delete(this.#entries.keys().next().value!);
		}
	}
}
