/**
 * From time to pixels, and where the axis has its ticks.
 *
 * @module
 */

/** A stretch of time, milliseconds. */
export interface TimeRange {
	readonly from: number;
	readonly to: number;
}

/** A range on pixels: [left, left + width]. */
export interface TimeAxis extends TimeRange {
	readonly left: number;
	readonly width: number;
}

/** A tick: where, and how it is labelled. */
export interface Tick {
	readonly time: number;
	/** Coarse ticks carry their year. */
	readonly withYear: boolean;
	/** Months, or days for ranges of some weeks. */
	readonly unit: 'month' | 'day';
}

const DAY_MS = 86_400_000;
const MONTH_MS = 30.44 * DAY_MS;
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120];
const DAY_STEPS = [1, 2, 7, 14];
/** Below this many months the axis counts days. */
const MONTHS_MIN = 2.5;
const TICKS_MAX = 60;

/**
 * Pixel of a time; outside of the range it lies outside of the axis.
 *
 * @example
 * pixelOf({from: 0, to: 100, left: 10, width: 200}, 50); //=> 110
 */
export function pixelOf({from, to, left, width}: TimeAxis, time: number): number {
	return left + ((time - from) / (to - from)) * width;
}

/** Time of a pixel. */
export function timeOf({from, to, left, width}: TimeAxis, pixel: number): number {
	return from + ((pixel - left) / width) * (to - from);
}

/** Pixel of a time, held within the axis. */
export function clampedPixel(axis: TimeAxis, time: number): number {
	return Math.min(axis.left + axis.width, Math.max(axis.left, pixelOf(axis, time)));
}

/**
 * Ticks at round times in UTC, at most `countMax` of them.
 *
 * @example
 * ticksOf({from: Date.UTC(2024, 0, 15), to: Date.UTC(2024, 6, 1)}, 8).map(({time}) => new Date(time).getUTCMonth()); //=> [1, 2, 3, 4, 5, 6]
 * ticksOf({from: Date.UTC(2024, 0, 1), to: Date.UTC(2024, 0, 9)}, 5).length; //=> 5
 */
export function ticksOf({from, to}: TimeRange, countMax: number): Tick[] {
	const months = (to - from) / MONTH_MS;
	return months < MONTHS_MIN ? dayTicks({from, to}, countMax) : monthTicks({from, to}, countMax, months);
}

function monthTicks({from, to}: TimeRange, countMax: number, months: number): Tick[] {
	const step = MONTH_STEPS.find(candidate => months / candidate <= countMax) ?? MONTH_STEPS.at(-1)!;
	const start = new Date(from);
	const ticks: Tick[] = [];
	for (let month = start.getUTCFullYear() * 12 + start.getUTCMonth(); ticks.length < TICKS_MAX; month++) {
		const time = Date.UTC(Math.floor(month / 12), month % 12, 1);
		if (time > to) {
			break;
		}

		if (time >= from && month % step === 0) {
			ticks.push({time, withYear: month % 12 === 0 || ticks.length === 0, unit: 'month'});
		}
	}

	return ticks;
}

function dayTicks({from, to}: TimeRange, countMax: number): Tick[] {
	const days = (to - from) / DAY_MS;
	const step = DAY_STEPS.find(candidate => days / candidate <= countMax) ?? DAY_STEPS.at(-1)!;
	const first = Math.ceil(from / DAY_MS);
	const count = Math.min(TICKS_MAX, Math.floor((to / DAY_MS - first) / step) + 1);
	return Array.from({length: Math.max(0, count)}, (_, index) => ({
		time: (first + index * step) * DAY_MS,
		withYear: false,
		unit: 'day' as const,
	}));
}
