/**
 * Numbers, dates and durations as a reader of either language expects them. All times are UTC, as the log has them.
 *
 * @module
 */
import type {Language, Say} from './words.ts';

/** Shown where there is no value. Never zero. */
export const NONE = '–';

/** Milliseconds in a day. */
export const DAY_MS = 86_400_000;

/** Formats of one language. */
export interface Formats {
	/** 9 Mar. */
	readonly day: (time: number) => string;
	/** 9 Mar 2026. */
	readonly date: (time: number) => string;
	/** 9 Mar 2026, 14:05. */
	readonly moment: (time: number) => string;
	/** Mon 14:05 within a week of `now`, else 9 Mar; with the year where it is another. */
	readonly soon: (time: number, now: number) => string;
	/** 14:05:09 of the reader's own time zone. */
	readonly wallTime: (time: number) => string;
	/** Month for an axis: Mar, or Mar 2026 where `withYear`. */
	readonly month: (time: number, withYear: boolean) => string;
	/** 12,345. */
	readonly count: (value: number) => string;
	/** 3 days. */
	readonly age: (milliseconds: number) => string;
	/** 1.5 MB. */
	readonly bytes: (value: number) => string;
}

/** Formats of a language. */
export function createFormats(language: Language, say: Say): Formats {
	const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
	const format = (options: Intl.DateTimeFormatOptions): ((time: number) => string) => {
		const formatter = new Intl.DateTimeFormat(locale, {timeZone: 'UTC', ...options});
		return time => formatter.format(time);
	};

	const [day, date] = [format({day: 'numeric', month: 'short'}), format({day: 'numeric', month: 'short', year: 'numeric'})];
	const weekday = format({weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23'});
	const [month, monthOfYear] = [format({month: 'short'}), format({month: 'short', year: 'numeric'})];
	const wall = new Intl.DateTimeFormat(locale, {hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'});
	const count = new Intl.NumberFormat(locale, {maximumFractionDigits: 0});
	return {
		day,
		date,
		moment: format({day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23'}),
		soon: (time, now) =>
			Math.abs(time - now) < 6.5 * DAY_MS
				? weekday(time)
				: new Date(time).getUTCFullYear() === new Date(now).getUTCFullYear()
					? day(time)
					: date(time),
		wallTime: time => wall.format(time),
		month: (time, withYear) => (withYear ? monthOfYear(time) : month(time)),
		count: value => count.format(value),
		age: milliseconds => ageOf(milliseconds, say),
		bytes: value => bytesText(value, locale),
	};
}

/** Unit, its length, and from how many of it on it is used: early enough that rounding down hides less than a third. */
const AGES = [
	['months', 30.44 * DAY_MS, 6],
	['weeks', 7 * DAY_MS, 3],
	['days', DAY_MS, 2],
	['hours', 3_600_000, 2],
	['minutes', 60_000, 2],
] as const;

function ageOf(milliseconds: number, say: Say): string {
	const found = AGES.find(([, length, from]) => milliseconds >= from * length);
	return found
		? say(`unit.${found[0]}`, {n: Math.floor(milliseconds / found[1])})
		: say('unit.seconds', {n: Math.max(0, Math.floor(milliseconds / 1000))});
}

function bytesText(value: number, locale: string): string {
	const [unit, scale] = value >= 1e6 ? (['MB', 1e6] as const) : value >= 1e3 ? (['kB', 1e3] as const) : (['B', 1] as const);
	return `${new Intl.NumberFormat(locale, {maximumSignificantDigits: 3}).format(value / scale)} ${unit}`;
}

/**
 * A number with this many decimals, with a true minus sign; {@link NONE} without one.
 *
 * @example
 * fixed(-0.5, 2); //=> '−0.50'
 * fixed(-0.0001, 2); //=> '0.00'
 * fixed(null); //=> '–'
 */
export function fixed(value: number | null | undefined, digits = 3): string {
	if (value === null || value === undefined) {
		return NONE;
	}

	const text = value.toFixed(digits);
	return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}

/**
 * The same with a sign.
 *
 * @example
 * signed(0.0123); //=> '+0.012'
 */
export function signed(value: number | null | undefined, digits = 3): string {
	return value !== null && value !== undefined && value > 0 ? `+${fixed(value, digits)}` : fixed(value, digits);
}

/**
 * A share as per cent.
 *
 * @example
 * percent(0.128); //=> '13 %'
 */
export function percent(value: number | null | undefined, digits = 0): string {
	return value === null || value === undefined ? NONE : `${fixed(value * 100, digits)} %`;
}

/**
 * A measured number of any size: whole, or four significant digits.
 *
 * @example
 * measured(1234567); //=> '1,234,567'
 * measured(0.012345); //=> '0.01235'
 */
export function measured(value: number | null | undefined): string {
	if (value === null || value === undefined) {
		return NONE;
	}

	const digits = Number.isInteger(value) ? {maximumFractionDigits: 0} : {maximumSignificantDigits: 4};
	return new Intl.NumberFormat('en-GB', digits).format(value).replace('-', '−');
}

/**
 * A name in camel case or kebab case as words.
 *
 * @example
 * spaced('logLossDifferenceLow'); //=> 'log loss difference low'
 * spaced('int8-parity'); //=> 'INT8 parity'
 */
export function spaced(name: string): string {
	return name
		.replaceAll(/([a-z0-9])([A-Z])/gv, '$1 $2')
		.replaceAll('-', ' ')
		.toLowerCase()
		.replaceAll(/\b(?:auc|psi|ks|int8|fp32)\b/gv, word => word.toUpperCase());
}
