/**
 * Reading event times out of the forms in which files and sources write them. All times are UTC unless they carry an offset.
 *
 * @module
 */
import type {Millis} from './clock.ts';
import {PerennialError} from './errors.ts';

/** How a time is written: `auto` reads all but `row`. */
export const TIME_FORMATS = ['auto', 'rfc3339', 'epochSeconds', 'epochMillis', 'YYYY-MM', 'row'] as const;

/** One of {@link TIME_FORMATS}. */
export type TimeFormat = (typeof TIME_FORMATS)[number];

const MONTH = /^(\d{4})-(\d{2})$/v;
const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?\s*(Z|[+\-]\d{2}:?\d{2})?)?$/iv;
/** Numbers from here on are read as milliseconds: as seconds they would lie after the year 5138. */
const EPOCH_MILLIS_MIN = 1e11;
const MINUTE = 60_000;

/**
 * Read a time.
 *
 * @param value - A text, or a number of seconds or milliseconds since 1970.
 * @param format - How it is written.
 * @throws PerennialError - TIME_INVALID, with what was expected.
 * @example
 * parseTime('2026-11-22T08:00:00+08:00'); //=> Date.UTC(2026, 10, 22)
 * parseTime('2026-11', 'YYYY-MM'); //=> Date.UTC(2026, 10, 1)
 * parseTime(1289241912); //=> 1289241912000
 */
export function parseTime(value: unknown, format: Exclude<TimeFormat, 'row'> = 'auto'): Millis {
	const time =
		typeof value === 'number' || (typeof value === 'string' && /^-?\d+(?:\.\d+)?$/v.test(value.trim()) && format !== 'rfc3339')
			? fromNumber(Number(value), format)
			: typeof value === 'string'
				? fromText(value.trim(), format)
				: Number.NaN;
	if (!Number.isFinite(time)) {
		throw new PerennialError(
			'TIME_INVALID',
			`${JSON.stringify(value)} is no time in the format ${format}; write for instance 2026-11-22T08:00:00Z.`,
		);
	}

	return time;
}

function fromNumber(value: number, format: TimeFormat): Millis {
	if (format === 'epochSeconds' || (format === 'auto' && Math.abs(value) < EPOCH_MILLIS_MIN)) {
		return Math.round(value * 1000);
	}

	return format === 'epochMillis' || format === 'auto' ? Math.round(value) : Number.NaN;
}

function fromText(text: string, format: TimeFormat): Millis {
	const month = format === 'auto' || format === 'YYYY-MM' ? MONTH.exec(text) : null;
	if (month) {
		return utc(Number(month[1]), Number(month[2]), 1);
	}

	const match = format === 'auto' || format === 'rfc3339' ? DATE_TIME.exec(text) : null;
	if (!match) {
		return Number.NaN;
	}

	const [year, monthNumber, day, hour, minute, second] = match.slice(1, 7).map(part => Number(part ?? 0)) as [
		number,
		number,
		number,
		number,
		number,
		number,
	];
	if (hour > 23 || minute > 59 || second > 60) {
		return Number.NaN;
	}

	return (
		utc(year, monthNumber, day) +
		(hour * 60 + minute) * MINUTE +
		second * 1000 +
		Math.round(Number(match[7] ?? 0) * 1000) -
		offsetOf(match[8])
	);
}

/** Midnight UTC of a date, NaN where the calendar has no such day. */
function utc(year: number, month: number, day: number): Millis {
	const date = new Date(0);
	date.setUTCFullYear(year, month - 1, day);
	return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : Number.NaN;
}

function offsetOf(zone: string | undefined): Millis {
	if (zone === undefined || zone.toUpperCase() === 'Z') {
		return 0;
	}

	const digits = zone.slice(1).replace(':', '');
	const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
	return (zone.startsWith('-') ? -1 : 1) * minutes * MINUTE;
}

/** The calendar parts a time can be put together from, as flight and loan files write them. */
export interface TimeParts {
	readonly year: unknown;
	readonly month: unknown;
	readonly day: unknown;
	/** Minute of the day, 0..1439; counts as 0 if absent. */
	readonly minuteOfDay?: unknown;
}

/**
 * Put a time together from parts.
 *
 * @throws PerennialError - TIME_INVALID if a part is no number or the calendar has no such day.
 * @example
 * new Date(timeFromParts({year: 2011, month: 1, day: 31, minuteOfDay: 90})).toISOString(); //=> '2011-01-31T01:30:00.000Z'
 */
export function timeFromParts(parts: TimeParts): Millis {
	const numbers = [parts.year, parts.month, parts.day, parts.minuteOfDay ?? 0].map(part =>
		part === '' || part === null || part === undefined ? Number.NaN : Number(part),
	);
	const [year, month, day, minute] = numbers as [number, number, number, number];
	const time = utc(year, month, day) + minute * MINUTE;
	if (!Number.isFinite(time) || minute < 0 || minute >= 1440) {
		throw new PerennialError(
			'TIME_INVALID',
			`No such time: year ${String(parts.year)}, month ${String(parts.month)}, day ${String(parts.day)}, minute of the day ${String(parts.minuteOfDay ?? 0)}.`,
		);
	}

	return time;
}

/** RFC 3339 in UTC with milliseconds. */
export function formatTime(time: Millis): string {
	return new Date(time).toISOString();
}
