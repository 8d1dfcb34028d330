/**
 * The one form of RFC 3339 that programs write, read from bytes without making a string.
 *
 * @module
 */

const DAY_MS = 86_400_000;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * Milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SSZ` or `YYYY-MM-DDTHH:MM:SS.mmmZ`; NaN for any other form and for times that are none, which
 * parseTime reads or refuses.
 *
 * @example
 * isoTimeOf(Buffer.from('2026-11-22T08:00:00.250Z'), 0, 24); //=> Date.UTC(2026, 10, 22, 8, 0, 0, 250)
 * isoTimeOf(Buffer.from('2026-02-29T08:00:00Z'), 0, 20); //=> NaN
 */
export function isoTimeOf(bytes: Uint8Array, start: number, end: number): number {
	const length = end - start;
	const isMarked =
		bytes[start + 4] === 0x2d &&
		bytes[start + 7] === 0x2d &&
		bytes[start + 10] === 0x54 &&
		bytes[start + 13] === 0x3a &&
		bytes[start + 16] === 0x3a &&
		bytes[end - 1] === 0x5a;
	if (!isMarked || (length !== 20 && (length !== 24 || bytes[start + 19] !== 0x2e))) {
		return Number.NaN;
	}

	const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2);
	const month = twoDigits(bytes, start + 5);
	const day = twoDigits(bytes, start + 8);
	const hour = twoDigits(bytes, start + 11);
	const minute = twoDigits(bytes, start + 14);
	const second = twoDigits(bytes, start + 17);
	const millis = length === 20 ? 0 : twoDigits(bytes, start + 20) * 10 + oneDigit(bytes, start + 22);
	if (!(month >= 1 && month <= 12 && day >= 1 && day <= monthDaysOf(year, month) && hour <= 23 && minute <= 59 && second <= 60)) {
		return Number.NaN;
	}

	return daysBefore(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + millis;
}

function oneDigit(bytes: Uint8Array, at: number): number {
	const digit = bytes[at]! - 0x30;
	return digit >= 0 && digit <= 9 ? digit : Number.NaN;
}

function twoDigits(bytes: Uint8Array, at: number): number {
	return oneDigit(bytes, at) * 10 + oneDigit(bytes, at + 1);
}

function monthDaysOf(year: number, month: number): number {
	const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
	return month === 2 && isLeap ? 29 : (MONTH_DAYS[month - 1] ?? 0);
}

/** Days from 1970-01-01 to a date of the Gregorian calendar. The year is counted from March, so that the leap day is its last. */
function daysBefore(year: number, month: number, day: number): number {
	const marchYear = month > 2 ? year : year - 1;
	const marchMonth = (month + 9) % 12;
	const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
	return marchYear * 365 + leapDays + Math.floor((153 * marchMonth + 2) / 5) + day - 1 - 719_468;
}
