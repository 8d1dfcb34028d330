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
const TAIL_FROM = 19;

/** Each count in three digits. */
const COUNTS = Array.from({length: IDS_A_MILLISECOND}, (_, count) => hexOf(count, 3));
/** A UUID of version 7: its time, what it counts, and its random part. */
const VERSION_7 = /^(?<high>[0-9a-f]{8})-(?<low>[0-9a-f]{4})-7(?<count>[0-9a-f]{3})-(?<tail>[0-9a-f]{4}-[0-9a-f]{12})$/v;

/**
 * Makes UUIDs of version 7: 48 bits of wall time, 12 that count, 62 at random. An index over them grows at its end, whereas random ones touch a page of
 * it each, which costs a log of many events most of its writing.
 *
 * Source: K. Davis, B. Peabody, P. Leach, "Universally Unique IDentifiers (UUIDs)", RFC 9562, 2024, section 5.7.
 *
 * @example
 * const ids = new TimeOrderedIds({now: () => 0x0123_4567_89ab});
 * const next = ids.series();
 * next().slice(0, 18); //=> '01234567-89ab-7000'
 * next().slice(0, 18); //=> '01234567-89ab-7001'
 */
export class TimeOrderedIds {
	readonly #clock: Pick<Clock, 'now'>;
	#time = 0;
	#count = -1;

	/** @param clock - Of wall time. */
	constructor(clock: Pick<Clock, 'now'>) {
		this.#clock = clock;
	}

	/**
	 * Ids that share their random part and count on from each other, so that the first says all of them ({@link IdSeries}); later ones, of this
	 * series or of another, sort behind, also where the clock is set back. Take all of them before another series begins.
	 */
	series(): () => string {
		const now = Math.max(0, Math.floor(this.#clock.now()));
		if (now > this.#time) {
			this.#time = now;
			this.#count = -1;
		}

		const tail = randomUUID().slice(TAIL_FROM);
		let prefix = '';
		let prefixTime = -1;
		return () => {
			if (++this.#count === IDS_A_MILLISECOND) {
				this.#time++;
				this.#count = 0;
			}

			if (prefixTime !== this.#time) {
				prefixTime = this.#time;
				prefix = prefixOf(prefixTime);
			}

			return `${prefix}-7${COUNTS[this.#count]!}-${tail}`;
		};
	}
}

/**
 * The ids of one {@link TimeOrderedIds.series}, out of its first.
 *
 * @example
 * const series = IdSeries.of('01234567-89ab-7fff-8000-000000000000');
 * series.at(2); //=> '01234567-89ac-7001-8000-000000000000'
 * series.placeOf('01234567-89ac-7001-8000-000000000000'); //=> 2
 * series.placeOf('e17'); //=> undefined
 */
export class IdSeries {
	readonly #time: number;
	readonly #count: number;
	readonly #tail: string;
	/** Of the id that was made last. */
	#prefix = '';
	#prefixTime = -1;

	private constructor(time: number, count: number, tail: string) {
		this.#time = time;
		this.#count = count;
		this.#tail = tail;
	}

	/** The series that an id begins; undefined if it is no UUID of version 7. */
	static of(first: string): IdSeries | undefined {
		const {high, low, count, tail} = VERSION_7.exec(first)?.groups ?? {};
		return count === undefined ? undefined : new IdSeries(Number.parseInt(`${high}${low}`, 16), Number.parseInt(count, 16), tail!);
	}

	/** The id so many after the first; fewer than none: one that would have come before it. */
	at(steps: number): string {
		const count = this.#count + steps;
		const whole = Math.floor(count / IDS_A_MILLISECOND);
		const time = Math.max(0, this.#time + whole);
		if (time !== this.#prefixTime) {
			this.#prefixTime = time;
			this.#prefix = prefixOf(time);
		}

		return `${this.#prefix}-7${COUNTS[count - whole * IDS_A_MILLISECOND]!}-${this.#tail}`;
	}

	/** How many come before an id; undefined if it is not of the series. */
	placeOf(id: string): number | undefined {
		const other = id.endsWith(this.#tail) ? IdSeries.of(id) : undefined;
		const place = other ? (other.#time - this.#time) * IDS_A_MILLISECOND + other.#count - this.#count : -1;
		return place < 0 ? undefined : place;
	}
}

function prefixOf(time: number): string {
	const digits = hexOf(time, 12);
	return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}

function hexOf(value: number, digits: number): string {
	return value.toString(16).padStart(digits, '0');
}
