/**
 * ISO 8601 durations, such as `P7D`, `PT6H` or `P36M`, on the UTC calendar.
 *
 * @module
 */
import type {Millis} from './clock.ts';
import {PerennialError} from './errors.ts';

/** A parsed duration: calendar months, and a fixed part. */
export interface Duration {
	readonly months: number;
	readonly millis: number;
}

const PATTERN = /^P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/v;
const SECOND = 1000;
const DAY = 86_400 * SECOND;

/** True if `text` is a duration that {@link parseDuration} reads. */
export function isDuration(text: string): boolean {
	return PATTERN.test(text);
}

/**
 * Read a duration of whole years, months, weeks, days, hours, minutes and seconds.
 *
 * @throws PerennialError - TIME_INVALID for anything else.
 * @example
 * parseDuration('P1Y6M').months; //=> 18
 * parseDuration('P1DT12H').millis; //=> 129600000
 */
export function parseDuration(text: string): Duration {
	const match = PATTERN.exec(text);
	if (!match) {
		throw new PerennialError('TIME_INVALID', `${JSON.stringify(text)} is no ISO 8601 duration; write for instance P7D, PT6H or P36M.`);
	}

	const [years, months, weeks, days, hours, minutes, seconds] = match.slice(1).map(part => Number(part ?? 0)) as [
		number,
		number,
		number,
		number,
		number,
		number,
		number,
	];
	return {months: years * 12 + months, millis: (weeks * 7 + days) * DAY + (hours * 3600 + minutes * 60 + seconds) * SECOND};
}

/**
 * `time` plus (or, with `sign` -1, minus) a duration. Months keep the day of the month, or take the month's last day.
 *
 * @example
 * new Date(addDuration(Date.UTC(2024, 0, 31), 'P1M')).toISOString().slice(0, 10); //=> '2024-02-29'
 */
export function addDuration(time: Millis, duration: string | Duration, sign: 1 | -1 = 1): Millis {
	const {months, millis} = typeof duration === 'string' ? parseDuration(duration) : duration;
	return addMonths(time, sign * months) + sign * millis;
}

/** `time` moved by whole calendar months in UTC. */
export function addMonths(time: Millis, months: number): Millis {
	if (months === 0) {
		return time;
	}

	const date = new Date(time);
	const day = date.getUTCDate();
	date.setUTCDate(1);
	date.setUTCMonth(date.getUTCMonth() + months);
	const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
	date.setUTCDate(Math.min(day, last));
	return date.getTime();
}
