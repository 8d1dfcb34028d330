/**
 * What a row-by-row look at one feature adds up: steps of its cumulative sums for each bin of the reference.
 *
 * @module
 */
import {normalCdf, normalQuantile} from '../../core/numerics/index.ts';

/** Standard deviations up to which a shift of a number is taken as usual, and by how much more the shift is that is found quickest. */
const SHIFT_USUAL = 0.1;
const SHIFT_MORE = 0.4;
/** The same for one bin, as population stability indices of that bin against the rest: a normal shift of s has an index of s squared. */
const INDEX_USUAL = SHIFT_USUAL ** 2;
const INDEX_SOUGHT = (SHIFT_USUAL + SHIFT_MORE) ** 2;
/** Standard errors of the reference by which usual shares are taken to be nearer to changed ones. */
const CAUTION = 2;
/** Rows that each bin has beside those seen. */
const PRIOR_ROWS = 0.5;
const BISECTIONS = 60;
/** No share is taken to be nearer to 1 than this. */
const SHARE_MARGIN = 1e-9;

/** Counts of one feature's reference, in the order of its bins; the last one is that of missing values, if it has one. */
export interface ReferenceBins {
	readonly counts: readonly number[];
	/** Absent: nothing can be missing, as with the score. */
	readonly missing?: number | undefined;
	/** True if the bins of values are in order, as deciles are. */
	readonly isOrdered: boolean;
}

/** One bin's rise: what a row in it adds, what any other row takes away, and the mean step down while the share is just usual. */
export interface BinChart {
	readonly rise: number;
	readonly fall: number;
	readonly meanStepDown: number;
}

/** A shift of all values: what a row adds, by bin. Zeros if there are fewer than two bins of values, or no order. */
export interface ShiftChart {
	readonly steps: Float64Array;
	/** 0: it never moves. */
	readonly meanStepDown: number;
}

/** All charts of one feature. */
export interface BinCharts {
	readonly up: ShiftChart;
	readonly down: ShiftChart;
	/** By bin, the missing one included. */
	readonly bins: readonly BinChart[];
}

/**
 * Log-likelihood ratios of a changed distribution against the one nearest to it that still counts as usual.
 *
 * For numbers the whole distribution moves by half a standard deviation, up or down (normal scores of the deciles move: what the values are does not matter,
 * nor do outliers); for each bin its share rises so that the index of that bin alone is 0.25. Usual is a fifth of such a move, and two standard errors of
 * the reference more: a history that wanders by less is no alarm.
 *
 * Shape: counts of the reference -> steps. Cost: O(bins).
 * Source: E. Page, "Continuous Inspection Schemes", Biometrika 41, 1954; G. Lorden, "Procedures for Reacting to a Change in Distribution", Annals of
 * Mathematical Statistics 42, 1971 (the nearest usual distribution); normal scores: B. van der Waerden, "Order Tests for the Two-sample Problem", 1952.
 *
 * @example
 * const {up, bins} = binCharts({counts: [500, 500], missing: 0, isOrdered: true});
 * [up.steps[0] < 0, up.steps[1] > 0, up.steps[2]]; //=> [true, true, 0]
 * bins[2].rise > bins[0].rise; //=> true
 */
export function binCharts({counts, missing, isOrdered}: ReferenceBins): BinCharts {
	const all = missing === undefined ? counts : [...counts, missing];
	const rows = sumOf(all);
	const shares = all.map(count => (count + PRIOR_ROWS) / (rows + PRIOR_ROWS * all.length));
	return {
		up: shiftChart(counts, all.length, isOrdered, 1),
		down: shiftChart(counts, all.length, isOrdered, -1),
		bins: shares.map(share => {
			const highest = Math.min(1 - SHARE_MARGIN, share + CAUTION * Math.sqrt((share * (1 - share)) / Math.max(1, rows)));
			return binChart(risenShare(highest, INDEX_USUAL), risenShare(highest, INDEX_SOUGHT));
		}),
	};
}

function binChart(usual: number, changed: number): BinChart {
	const [rise, fall] = [Math.log(changed / usual), -Math.log((1 - changed) / (1 - usual))];
	return {rise, fall, meanStepDown: (1 - usual) * fall - usual * rise};
}

/** The share above `share` whose index against it, with the rest as the other bin, is `index`. */
function risenShare(share: number, index: number): number {
	let [low, high] = [share, 1 - SHARE_MARGIN / 2];
	for (let step = 0; step < BISECTIONS; step++) {
		const middle = (low + high) / 2;
		const found = (middle - share) * Math.log((middle * (1 - share)) / (share * (1 - middle)));
		[low, high] = found < index ? [middle, high] : [low, middle];
	}

	return (low + high) / 2;
}

function shiftChart(counts: readonly number[], size: number, isOrdered: boolean, direction: 1 | -1): ShiftChart {
	const steps = new Float64Array(size);
	const rows = sumOf(counts);
	if (!isOrdered || counts.length < 2 || rows === 0) {
		return {steps, meanStepDown: 0};
	}

	const usual = direction * (SHIFT_USUAL + CAUTION / Math.sqrt(rows));
	const [before, after] = [shifted(counts, usual), shifted(counts, usual + direction * SHIFT_MORE)];
	let meanStepDown = 0;
	for (const [bin, share] of before.entries()) {
		steps[bin] = Math.log(after[bin]! / share);
		meanStepDown -= share * steps[bin];
	}

	return {steps, meanStepDown};
}

/** Shares of the bins of values if the normal scores of all values rise by `shift`. */
function shifted(counts: readonly number[], shift: number): number[] {
	const rows = sumOf(counts) + PRIOR_ROWS * counts.length;
	let [through, below] = [0, 0];
	return counts.map((count, bin) => {
		through += count + PRIOR_ROWS;
		const isLast = bin === counts.length - 1;
		const next = isLast ? 1 : normalCdf(normalQuantile(through / rows) - shift);
		const share = next - below;
		below = next;
		return share;
	});
}

function sumOf(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0);
}
