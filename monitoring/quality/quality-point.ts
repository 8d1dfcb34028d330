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

/** Probabilities of a series for one row, out of the scores of all tiers; a view. */
export function seriesScores(scores: Float64Array, answeredBy: number, series: QualitySeries, outputCount: number): Float64Array {
	const tier = series === 'loop' ? answeredBy : tierIndex(series);
	return scores.subarray(tier * outputCount, (tier + 1) * outputCount);
}

/** True if a series could score a row. */
export function isScored(probabilities: Float64Array): boolean {
	return !Number.isNaN(probabilities[0]!);
}

/**
 * Exact AUC (several classes: mean of one against the rest), log loss and calibration over the labelled rows that the series scored.
 *
 * Cost: O(n log n) for each output.
 */
export function qualityPointOf(rows: ScoredRows, slots: readonly Slot[], series: QualitySeries, outputCount: number): QualityPoint {
	const labels: number[] = [];
	const probabilities = new Float64Array(slots.length * outputCount);
	for (const slot of slots) {
		const label = rows.labelOf(slot);
		const own = seriesScores(rows.scoresOf(slot), rows.tierOf(slot), series, outputCount);
		if (label !== UNLABELLED && isScored(own)) {
			probabilities.set(own, labels.length * outputCount);
			labels.push(label);
		}
	}

	if (labels.length === 0) {
		return {auc: null, logLoss: null, rows: 0, calibration: null};
	}

	const scored = probabilities.subarray(0, labels.length * outputCount);
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
