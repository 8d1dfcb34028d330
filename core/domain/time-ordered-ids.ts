/**
 * Ids that nobody else makes, and that sort by when they were made.
 *
 * @module
 */
import {randomUUID} from 'node:crypto';
import type {Clock} from './clock.ts';

/** Ids of one millisecond that sort; at the bound time is taken to be a millisecond later. */
const IDS_A_MILLISECOND = 1 << 12;
/** Where the random part of a UUID begins, its variant included. */
const RANDOM_FROM = 19;

/**
 * Makes UUIDs of version 7: 48 bits of wall time, 12 that count, 62 at random. An index over them grows at its end, whereas random ones touch a page of
 * it each, which costs a log of many events most of its writing.
 *
 * Source: K. Davis, B. Peabody, P. Leach, "Universally Unique IDentifiers (UUIDs)", RFC 9562, 2024, section 5.7.
 *
 * @example
 * const ids = new TimeOrderedIds({now: () => 0x0123_4567_89ab});
 * ids.next().slice(0, 18); //=> '01234567-89ab-7000'
 * ids.next().slice(0, 18); //=> '01234567-89ab-7001'
 */
export class TimeOrderedIds {
	readonly #clock: Pick<Clock, 'now'>;
	#time = 0;
	#count = 0;
	/** Of the time, which is the same for many. */
	#prefix = '';

	/** @param clock - Of wall time. */
	constructor(clock: Pick<Clock, 'now'>) {
		this.#clock = clock;
	}

	/** The next id; later ones sort behind it, also where the clock is set back. */
	next(): string {
		const now = Math.max(0, Math.floor(this.#clock.now()));
		if (now > this.#time || this.#prefix === '') {
			this.#begin(now);
		} else if (++this.#count === IDS_A_MILLISECOND) {
			this.#begin(this.#time + 1);
		}

		return `${this.#prefix}-7${this.#count.toString(16).padStart(3, '0')}-${randomUUID().slice(RANDOM_FROM)}`;
	}

	#begin(time: number): void {
		this.#time = time;
		this.#count = 0;
		const digits = time.toString(16).padStart(12, '0');
		this.#prefix = `${digits.slice(0, 8)}-${digits.slice(8)}`;
	}
}
