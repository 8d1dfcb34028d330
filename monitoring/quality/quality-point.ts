/**
 * Quality of one series over some labelled rows.
 *
 * @module
 */
import {TIERS, tierIndex, type QualityPoint, type QualitySeries} from '../../core/domain/index.ts';
import {macroAreaUnderRoc, meanLogLoss} from '../../core/numerics/index.ts';
import {UNLABELLED, type ScoredRows, type Slot} from './scored-rows.ts';

/** All series, in the order in which they are shown. `loop` is whatever answered. */
export const QUALITY_SERIES: readonly QualitySeries[] = ['loop', ...TIERS];

/** Where the probabilities of a series begin in the scores of all tiers for one row; NaN stands there if it could not score. */
export function seriesStart(answeredBy: number, series: QualitySeries, outputCount: number): number {
	return (series === 'loop' ? answeredBy : tierIndex(series)) * outputCount;
}

/**
 * Exact AUC (several classes: mean of one against the rest), log loss and calibration over the labelled rows that the series scored.
 *
 * Cost: O(n log n) for each output.
 */
export function qualityPointOf(rows: ScoredRows, slots: readonly Slot[], series: QualitySeries, outputCount: number): QualityPoint {
	const known = new Int8Array(slots.length);
	const probabilities = new Float64Array(slots.length * outputCount);
	let count = 0;
	for (const slot of slots) {
		const label = rows.labelOf(slot);
		const start = seriesStart(rows.tierOf(slot), series, outputCount);
		if (label !== UNLABELLED && !Number.isNaN(rows.scoreOf(slot, start))) {
			for (let output = 0; output < outputCount; output++) {
				probabilities[count * outputCount + output] = rows.scoreOf(slot, start + output);
			}

			known[count++] = label;
		}
	}

	if (count === 0) {
		return {auc: null, logLoss: null, rows: 0, calibration: null};
	}

	const labels = known.subarray(0, count);
	const scored = probabilities.subarray(0, count * outputCount);
	const auc = macroAreaUnderRoc(scored, labels, outputCount);
	return {
		auc: Number.isNaN(auc) ? null : auc,
		logLoss: meanLogLoss(scored, labels, outputCount),
		rows: labels.length,
		calibration: outputCount > 1 ? null : mean(scored) - mean(labels),
	};
}

function mean(values: ArrayLike<number>): number {
	let sum = 0;
	for (let index = 0; index < values.length; index++) {
		sum += values[index]!;
	}

	return sum / values.length;
}
