/**
 * How far a feature wanders while nothing changes: kept with its reference, so that a look at each row knows what is usual.
 *
 * @module
 */
import {z} from 'zod';
import {DAY, MONTH} from '../tumbling-windows.ts';
import {binCharts, type ReferenceBins} from './bin-charts.ts';
import {chartTails, type ChartTail} from './chart-tail.ts';

const DIGITS = 4;

/** Tails of the charts of a feature, as a reference has them: level, excess and number of the highest peaks of each. */
export const wanderSchema = z.strictObject({
	/** Rows that were read, and how many of them a month has. */
	rows: z.int().min(1),
	rowsPerMonth: z.number().positive(),
	tails: z.array(z.tuple([z.number().min(0), z.number().min(0), z.int().min(1)])),
});

/** Some hundred bytes a feature. */
export type Wander = z.output<typeof wanderSchema>;

/**
 * Read a feature's rows, in order of time.
 *
 * @param placed - Bin of each row; -1 where there is none.
 * @param times - Of the rows, ascending. Less than a day counts as a day.
 */
export function wanderOf(bins: ReferenceBins, placed: Int32Array, times: ArrayLike<number>): Wander {
	const span = Math.max(DAY, times[times.length - 1]! - times[0]!);
	return {
		rows: placed.length,
		rowsPerMonth: shortened((placed.length * MONTH) / span),
		tails: chartTails(binCharts(bins), placed).map(({level, excess, peaks}) => [shortened(level), shortened(excess), peaks]),
	};
}

/** What {@link wanderOf} read; undefined if it does not fit the bins. */
export function tailsOf({rows, tails}: Wander, {counts, missing}: Pick<ReferenceBins, 'counts' | 'missing'>): ChartTail[] | undefined {
	const charts = 2 + counts.length + (missing === undefined ? 0 : 1);
	return tails.length === charts ? tails.map(([level, excess, peaks]) => ({level, excess, peaks, rows})) : undefined;
}

function shortened(value: number): number {
	return Number(value.toPrecision(DIGITS));
}
