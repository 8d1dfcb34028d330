/**
 * When things happen: volumes by week, weekday and end of the month, and hours of the day.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';
import type {Rng} from '../../core/numerics/index.ts';
import {drawIndex, drawPoisson, drawWhole} from './draws.ts';
import {DAY} from './parameters.ts';
import type {Scenario} from './scenario.ts';

const HOUR = 3_600_000;
const MONTH_END_FIRST_DAY = 25;

/** One day of a simulation. */
export interface SimulatedDay {
	/** Midnight. */
	readonly start: Millis;
	/** Weeks since the start of the simulation, with fraction. */
	readonly week: number;
	/** Share of a week's volume that falls on this day. */
	readonly share: number;
}

/** All days, in order. Shares of the first week's days add up to 1, but for the month's end. */
export function daysOf({start, weeks, calendar}: Pick<Scenario, 'start' | 'weeks' | 'calendar'>): SimulatedDay[] {
	const first = Date.parse(start);
	const weekdaySum = calendar.weekdays.reduce((sum, factor) => sum + factor, 0);
	return Array.from({length: weeks * 7}, (_, index) => {
		const dayStart = first + index * DAY;
		const monthEnd = new Date(dayStart).getUTCDate() >= MONTH_END_FIRST_DAY ? calendar.monthEnd : 1;
		const growth = (1 + calendar.growthPerWeek) ** Math.floor(index / 7);
		return {start: dayStart, week: index / 7, share: (calendar.weekdays[index % 7]! / weekdaySum) * monthEnd * growth};
	});
}

/** A time of the day in whole seconds, by the weights of the hours. */
export function drawTimeOfDay(rng: Rng, hours: readonly number[]): Millis {
	return drawIndex(rng, hours) * HOUR + drawWhole(rng, 0, 3599) * 1000;
}

/** Arrivals on a day, in order of time. */
export function drawArrivals(rng: Rng, day: SimulatedDay, perWeek: number, hours: readonly number[]): Millis[] {
	const count = drawPoisson(rng, perWeek * day.share);
	return Array.from({length: count}, () => day.start + drawTimeOfDay(rng, hours)).sort((a, b) => a - b);
}
