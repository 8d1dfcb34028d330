/**
 * Bootstrap confidence intervals of a paired difference.
 *
 * @module
 */
import {quantileSorted} from './quantiles.ts';
import {createRng, drawInteger} from './random.ts';

/** A difference with its interval. */
export interface Interval {
	readonly estimate: number;
	readonly low: number;
	readonly high: number;
}

/** Options of {@link pairedBootstrap}. */
export interface BootstrapOptions {
	/** Coverage, two-sided. */
	readonly confidence?: number;
	readonly resamples?: number;
	readonly seed?: number;
}

/**
 * Percentile interval of a statistic of rows, resampled with replacement.
 *
 * Give the difference of two models as the statistic: both then see the same rows, which is what makes the interval narrow.
 * Resamples on which the statistic is NaN (one class only) are left out.
 *
 * Cost: `resamples` calls of `statistic` on `rowCount` indices. Source: Efron 1979.
 *
 * @param statistic - Gets row indices, with repeats.
 * @example
 * const difference = [0.1, 0.2, 0.1, 0.2];
 * const {low, high} = pairedBootstrap(4, rows => rows.reduce((sum, row) => sum + difference[row], 0) / rows.length, {seed: 1});
 * low >= 0.1 && high <= 0.2; //=> true
 */
export function pairedBootstrap(rowCount: number, statistic: (rows: Int32Array) => number, options: BootstrapOptions = {}): Interval {
	const {confidence = 0.95, resamples = 400, seed = 1} = options;
	const rng = createRng(seed);
	const rows = Int32Array.from({length: rowCount}, (_, index) => index);
	const estimate = statistic(rows);
	const values: number[] = [];
	for (let resample = 0; resample < resamples; resample++) {
		for (let index = 0; index < rowCount; index++) {
			rows[index] = drawInteger(rng, rowCount);
		}

		const value = statistic(rows);
		if (!Number.isNaN(value)) {
			values.push(value);
		}
	}

	const sorted = Float64Array.from(values).sort();
	const tail = (1 - confidence) / 2;
	return {estimate, low: quantileSorted(sorted, tail), high: quantileSorted(sorted, 1 - tail)};
}
