/**
 * How many labels, or rows, a month of event time brings: what turns a budget of false alarms a month into one of values.
 *
 * @module
 */
import type {Millis} from '../core/domain/index.ts';
import {DAY, MONTH} from './tumbling-windows.ts';

/** State of {@link MonthlyRate}: begin of the month that runs, its newest label, its labels, and those of the fullest month before it. */
export type MonthlyRateState = readonly [since: Millis, newest: Millis, count: number, fullest: number];

/**
 * Counts labels or rows in months of 30.4 days; the first begins with the first label.
 *
 * Rather too high than too low: the month that runs is reckoned up to a whole one from what has passed of it, a day at least, and of the months
 * that have ended the fullest counts. Labels of one instant, as in data by calendar month, count as those of a day until their month has ended.
 *
 * Cost: O(1) time and memory.
 *
 * @example
 * const rate = new MonthlyRate();
 * for (let hour = 0; hour <= 48; hour++) { rate.add(hour * 3_600_000); }
 * Math.round(rate.perMonth); //=> 746
 */
export class MonthlyRate {
	#since: Millis;
	#newest: Millis;
	#count: number;
	#fullest: number;

	constructor([since, newest, count, fullest]: MonthlyRateState = [0, 0, 0, 0]) {
		this.#since = since;
		this.#newest = newest;
		this.#count = count;
		this.#fullest = fullest;
	}

	/** Labels a month. */
	get perMonth(): number {
		return Math.max(this.#fullest, (this.#count * MONTH) / Math.max(DAY, this.#newest - this.#since));
	}

	/** Count a label by the time of its event; one of an earlier time counts as of now. */
	add(time: Millis): void {
		if (this.#count === 0 && this.#fullest === 0) {
			this.#since = time;
			this.#newest = time;
		}

		if (time >= this.#since + MONTH) {
			this.#fullest = Math.max(this.#fullest, this.#count);
			this.#since += MONTH * Math.floor((time - this.#since) / MONTH);
			this.#count = 0;
		}

		this.#newest = Math.max(this.#newest, time);
		this.#count++;
	}

	state(): MonthlyRateState {
		return [this.#since, this.#newest, this.#count, this.#fullest];
	}
}
