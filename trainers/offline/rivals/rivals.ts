/**
 * What every comparison of a challenger with the champion looks at, and the difference that most of them are about.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {logLossOf, pairedBootstrap, type Interval} from '../../../core/numerics/index.ts';

/** Two models on the same rows. Probabilities are row-major, `outputCount` a row. */
export interface Rivals {
	/** Class indices. */
	readonly labels: ArrayLike<number>;
	readonly challenger: ArrayLike<number>;
	readonly champion: ArrayLike<number>;
	readonly outputCount: number;
	/** How much each row counts; absent: all count 1. */
	readonly weights?: ArrayLike<number>;
	readonly confidence: number;
	readonly seed: number;
}

/** Rows times resamples, at most; never fewer than a hundred resamples. */
const DRAWS_MAX = 2e6;
const [RESAMPLES_MIN, RESAMPLES_MAX] = [100, 400];

/**
 * Log loss of the challenger less that of the champion on some rows, with its paired bootstrap interval; below 0 the challenger is better. Rows that either
 * gives no finite probability for are left out.
 *
 * @returns Undefined where no row is left.
 */
export function lossDifference(
	rivals: Rivals,
	rows: Int32Array,
	confidence = rivals.confidence,
): (Interval & {readonly rows: number}) | undefined {
	const {labels, challenger, champion, outputCount, weights, seed} = rivals;
	assert.equal(challenger.length, champion.length, 'both scored the same rows');
	const lossOf = (scores: ArrayLike<number>, row: number): number =>
		logLossOf(
			Float64Array.from({length: outputCount}, (_, output) => scores[row * outputCount + output]!),
			labels[row]!,
		);
	const all = Float64Array.from(rows, row => lossOf(challenger, row) - lossOf(champion, row));
	const kept = Int32Array.from(all.keys()).filter(at => Number.isFinite(all[at]));
	if (kept.length === 0) {
		return undefined;
	}

	const meanOf = (sample: Int32Array): number => {
		let [sum, total] = [0, 0];
		for (const at of sample) {
			const weight = weights?.[rows[kept[at]!]!] ?? 1;
			sum += weight * all[kept[at]!]!;
			total += weight;
		}

		return sum / total;
	};

	const resamples = Math.max(RESAMPLES_MIN, Math.min(RESAMPLES_MAX, Math.floor(DRAWS_MAX / kept.length)));
	return {...pairedBootstrap(kept.length, meanOf, {confidence, resamples, seed}), rows: kept.length};
}

/** All rows. */
export function everyRow({labels}: Pick<Rivals, 'labels'>): Int32Array {
	return Int32Array.from({length: labels.length}, (_, row) => row);
}

/** A difference in words. */
export function differenceText({estimate, low, high}: Interval): string {
	const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4)}`;
	return `${signed(estimate)} [${signed(low)}, ${signed(high)}]`;
}
