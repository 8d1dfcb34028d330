/**
 * How often a key was seen within a time, and with how many partners.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';

interface Sighting {
	readonly time: Millis;
	readonly partner: string;
}

/**
 * Counts sightings of keys within a window that ends at the newest one. Times of one key must not go back.
 *
 * Cost: O(sightings of the key inside the window) a call; a key's older ones are forgotten when it is seen again.
 *
 * @example
 * const counter = new RecentCounter(10);
 * counter.add('a', 0, 'x').count; //=> 1
 * counter.add('a', 9, 'y'); //=> {count: 2, distinct: 2}
 * counter.add('a', 15, 'y'); //=> {count: 2, distinct: 1}
 */
export class RecentCounter {
	readonly #windowMs: Millis;
	readonly #seen = new Map<string, Sighting[]>();

	constructor(windowMs: Millis) {
		this.#windowMs = windowMs;
	}

	/** The key is seen now, with a partner; counts include this sighting. */
	add(key: string, time: Millis, partner = ''): {readonly count: number; readonly distinct: number} {
		const recent = (this.#seen.get(key) ?? []).filter(sighting => sighting.time > time - this.#windowMs);
		recent.push({time, partner});
		this.#seen.set(key, recent);
		return {count: recent.length, distinct: new Set(recent.map(sighting => sighting.partner)).size};
	}
}
