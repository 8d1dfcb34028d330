/**
 * Series of one measure over the windows, with their intervals, parted into what is final and what is an estimate.
 *
 * @module
 */
import type {QualitySeries} from '../../../../core/domain/index.ts';
import {SERIES} from '../charts/series-style.ts';
import type {TimeRange} from '../charts/time-axis.ts';
import {halfInterval, type Measure} from '../model/intervals.ts';
import {middleOf, type TimelineData, type TimelineWindow} from './timeline-data.ts';

/** One series; every array has an entry for each window, null where there is no value. */
export interface SeriesValues {
	readonly series: QualitySeries;
	readonly values: readonly (number | null)[];
	/** Half intervals. */
	readonly halves: readonly (number | null)[];
}

/** What the quality chart draws. */
export interface QualityData {
	/** Middles of the windows, milliseconds. */
	readonly times: readonly number[];
	/** In the order in which they are drawn; series without any value are left out. */
	readonly series: readonly SeriesValues[];
	/** Index of the first window that is still an estimate; the count of windows if none is. */
	readonly firstEstimate: number;
}

/** Take one measure out of the windows. */
export function qualityData({windows, finalUntil}: Pick<TimelineData, 'windows' | 'finalUntil'>, measure: Measure): QualityData {
	const valueOf = ({quality}: TimelineWindow, series: QualitySeries): number | null => quality?.series[series][measure] ?? null;
	const all = SERIES.map(series => ({
		series,
		values: windows.map(window => valueOf(window, series)),
		halves: windows.map(({quality}) => (quality ? halfInterval(quality, series, measure) : null)),
	}));
	const firstEstimate = windows.findIndex(({end}) => end > (finalUntil ?? Number.NEGATIVE_INFINITY));
	return {
		times: windows.map(window => middleOf(window)),
		series: all.filter(({values}) => values.some(value => value !== null)),
		firstEstimate: firstEstimate === -1 ? windows.length : firstEstimate,
	};
}

/** Room above and below the lines, as a share of their spread. */
const MARGIN = 0.07;
/** An interval may widen the scale by this share of the lines' spread; what is wider is cut, so that one thin window does not flatten the rest. */
const BAND_MARGIN = 0.35;

/** Range of the vertical axis: all lines in view, and of the intervals of `focus` what fits. */
export function valueRange(
	{times, series}: QualityData,
	focus: QualitySeries,
	view: TimeRange,
	measure: Measure,
): [low: number, high: number] {
	const inView = (index: number): boolean => times[index]! >= view.from && times[index]! <= view.to;
	const values = series.flatMap(one => one.values.filter((value, index): value is number => value !== null && inView(index)));
	const always = measure === 'calibration' ? [0] : [];
	if (values.length === 0) {
		return measure === 'auc' ? [0.5, 1] : [-0.1, 0.1];
	}

	const [low, high] = [Math.min(...values, ...always), Math.max(...values, ...always)];
	const spread = Math.max(high - low, measure === 'auc' ? 0.02 : 0.005);
	const chosen = series.find(one => one.series === focus);
	const edges = (chosen?.values ?? []).flatMap((value, index) => {
		const half = chosen!.halves[index] ?? null;
		return value === null || half === null || !inView(index) ? [] : [value - half, value + half];
	});
	const from = Math.max(low - BAND_MARGIN * spread, Math.min(low - MARGIN * spread, ...edges));
	const to = Math.min(high + BAND_MARGIN * spread, Math.max(high + MARGIN * spread, ...edges));
	return [from, measure === 'auc' ? Math.min(to, 1.005) : to];
}

/**
 * Decimals that write multiples of a step without rounding them.
 *
 * @example
 * [0.1, 0.05, 0.025, 2].map(digitsFor); //=> [1, 2, 3, 0]
 */
export function digitsFor(step: number): number {
	const isWhole = (digits: number): boolean => Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) < 1e-6;
	return [0, 1, 2, 3, 4, 5].find(isWhole) ?? 6;
}
