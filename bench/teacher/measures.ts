/**
 * How good logits are on test rows, as the published figures were measured.
 *
 * @module
 */
import {
	areaUnderRoc,
	averagePrecision,
	expectedCalibrationError,
	meanLogLoss,
	pairedBootstrap,
	resampledAreaUnderRoc,
	sigmoid,
	type Interval,
} from '../../core/numerics/index.ts';

/** Bins of equal count for the calibration error. */
const CALIBRATION_BINS = 15;

/** Measures on the test rows. */
export interface Measures {
	readonly auc: number;
	/** Average precision. */
	readonly prAuc: number;
	readonly logLoss: number;
	/** Expected calibration error. */
	readonly ece: number;
	readonly brier: number;
}

/**
 * Measure logits.
 *
 * @param logitShift - Added to each logit before it becomes a probability.
 * @example
 * const {auc, brier} = measuresOf(Float64Array.of(-1, 1), Int32Array.of(0, 1), 0);
 * [auc, brier.toFixed(4)]; //=> [1, '0.0723']
 */
export function measuresOf(logits: Float64Array, labels: Int32Array, logitShift: number): Measures {
	const probabilities = logits.map(logit => sigmoid(logit + logitShift));
	return {
		auc: areaUnderRoc(logits, labels),
		prAuc: averagePrecision(logits, labels),
		logLoss: meanLogLoss(probabilities, labels),
		ece: expectedCalibrationError(probabilities, labels, CALIBRATION_BINS),
		brier: probabilities.reduce((sum, probability, row) => sum + (probability - labels[row]!) ** 2, 0) / labels.length,
	};
}

/** The mean of each measure. */
export function meanOfMeasures(all: readonly Measures[]): Measures {
	const mean = (of: keyof Measures): number => all.reduce((sum, measures) => sum + measures[of], 0) / all.length;
	return {auc: mean('auc'), prAuc: mean('prAuc'), logLoss: mean('logLoss'), ece: mean('ece'), brier: mean('brier')};
}

/** AUC of the first scores less that of the second, on the same rows, with a paired 95 % interval. */
export function aucDifference(first: ArrayLike<number>, second: ArrayLike<number>, labels: ArrayLike<number>, resamples: number): Interval {
	const [areaOfFirst, areaOfSecond] = [resampledAreaUnderRoc(first, labels), resampledAreaUnderRoc(second, labels)];
	return pairedBootstrap(labels.length, rows => areaOfFirst(rows) - areaOfSecond(rows), {resamples});
}
