/**
 * How high a cumulative sum gets while nothing changes, read off the reference's own rows in order of time, and the threshold that follows.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {thresholdOfSum} from './bernoulli-cusum.ts';
import type {BinCharts} from './bin-charts.ts';

/** Highest peaks that are looked at. */
const PEAKS_MAX = 16;
/** Fewer say nothing of how peaks differ: then it is taken to be by as much as the highest one. */
const PEAKS_MIN = 4;

/** The highest peaks of a sum between two of its zeros: so many in so many rows are at `level` or higher, by `excess` on average. */
export interface ChartTail {
	readonly level: number;
	/** With two standard errors, since peaks are few. */
	readonly excess: number;
	readonly peaks: number;
	readonly rows: number;
}

/** A chart that was never looked at: nothing but the theory of independent rows is known of it. */
export const NO_TAIL: ChartTail = {level: 0, excess: 0, peaks: 1, rows: Infinity};

/**
 * Tails of all charts of one feature: of the shift up, the shift down, and of each bin.
 *
 * A sum of log-likelihood ratios has peaks with exponential tails, and so has one whose rows hang together, only longer ones; the mean of what peaks have
 * beyond a level is then the length of the tail.
 *
 * Shape: bins of the rows in order of time; -1 where there was none -> a tail for each chart. Cost: O(rows x 16) at worst.
 * Source: A. Renyi, "On the Theory of Order Statistics", Acta Mathematica 4, 1953 (spacings of exponential numbers); J. Pickands, "Statistical
 * Inference Using Extreme Order Statistics", Annals of Statistics 3, 1975.
 *
 * @example
 * const still = {steps: Float64Array.of(0, 0), meanStepDown: 0};
 * const bins = [0, 1].map(() => ({rise: 1, fall: 1, meanStepDown: 0.1}));
 * const levelOf = placed => chartTails({up: still, down: still, bins}, placed)[2].level;
 * levelOf(Int32Array.from({length: 1000}, (_, row) => row % 2)); //=> 1
 * levelOf(Int32Array.from({length: 1000}, (_, row) => (row < 500 ? 0 : 1))); //=> 500
 */
export function chartTails({up, down, bins}: BinCharts, placed: Int32Array): ChartTail[] {
	const peaks = Array.from({length: 2 + bins.length}, () => new HighestPeaks());
	const sums = new Float64Array(peaks.length);
	const lastAt = new Int32Array(peaks.length);
	for (const [row, bin] of placed.entries()) {
		if (bin < 0) {
			continue;
		}

		for (const [chart, {steps}] of [up, down].entries()) {
			sums[chart] = peaks[chart]!.next(sums[chart]!, sums[chart]! + steps[bin]!);
		}

		const {rise, fall} = bins[bin]!;
		const chart = 2 + bin;
		const left = peaks[chart]!.next(sums[chart]!, sums[chart]! - fall * Math.max(0, row - lastAt[chart]! - 1));
		sums[chart] = peaks[chart]!.next(left, left + rise);
		lastAt[chart] = row;
	}

	return peaks.map(chart => chart.tail(Math.max(1, placed.length)));
}

/**
 * The threshold of a chart, in nats: at least this many rows between two false alarms, on average.
 *
 * It is that of independent rows, or what the chart has reached while the reference's own rows were read in order of time if that says more: what comes
 * and goes with the hour or the day of the week, or in runs of one customer, is usual too. `ratio`: rows may come so many times as fast now, and such runs are
 * as many times longer. A tail is never taken to be shorter than that of independent rows, which is one nat.
 *
 * Infinity for a chart that never moves.
 */
export function chartThreshold(meanStepDown: number, tail: ChartTail, interval: number, ratio: number): number {
	assert(interval > 0 && ratio > 0, 'a budget and a rate');
	if (meanStepDown === 0) {
		return Infinity;
	}

	const independent = thresholdOfSum(meanStepDown, interval);
	const {level, excess, peaks, rows} = tail;
	const seen = level + Math.max(1, excess) * Math.max(0, Math.log((peaks * interval) / rows));
	return independent + Math.max(0, seen - independent) * Math.max(1, ratio);
}

/** The highest {@link PEAKS_MAX} peaks of one sum. */
class HighestPeaks {
	readonly #peaks: number[] = [];
	#peak = 0;

	/** Follow a sum: `to` is where a step takes it, 0 if that is below. @returns The sum after the step. */
	next(from: number, to: number): number {
		if (to > 0) {
			this.#peak = Math.max(this.#peak, to);
			return to;
		}

		if (from > 0) {
			this.#keep();
		}

		return 0;
	}

	/** Of all peaks so far, the one that has not ended included. */
	tail(rows: number): ChartTail {
		this.#keep();
		const count = this.#peaks.length;
		const [highest, level] = [this.#peaks[0] ?? 0, this.#peaks.at(-1) ?? 0];
		if (count < PEAKS_MIN) {
			return {level: highest, excess: highest, peaks: 1, rows};
		}

		const excess = this.#peaks.reduce((sum, peak) => sum + peak - level, 0) / (count - 1);
		return {level, excess: excess * (1 + 2 / Math.sqrt(count - 1)), peaks: count, rows};
	}

	/** Descending; the lowest goes where there are too many. */
	#keep(): void {
		const peak = this.#peak;
		this.#peak = 0;
		if (peak === 0 || (this.#peaks.length === PEAKS_MAX && peak <= this.#peaks.at(-1)!)) {
			return;
		}

		const at = this.#peaks.findIndex(other => other < peak);
		this.#peaks.splice(at < 0 ? this.#peaks.length : at, 0, peak);
		this.#peaks.length = Math.min(this.#peaks.length, PEAKS_MAX);
	}
}
