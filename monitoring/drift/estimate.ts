/**
 * The estimate of a window's quality, as people and metrics see it.
 *
 * @module
 */
import type {QualityEstimate} from '../../core/domain/index.ts';
import type {ExpectedFigures} from './expected-quality.ts';
import {calibrationOf, weightedAccuracy, type ScoreOutcomes} from './score-outcomes.ts';

/**
 * Put together what is expected of a window, and how far that can be relied on.
 *
 * @param outcomes - Of the reference.
 * @param scoreCounts - Scored rows of the window, in the bins of `outcomes`.
 * @param rowsMin - Scored rows below which nothing is estimated.
 */
export function estimateOf(
	outcomes: ScoreOutcomes,
	{rows, accuracy, accuracyMargin, auc, logLoss}: ExpectedFigures,
	scoreCounts: ArrayLike<number>,
	rowsMin: number,
): QualityEstimate {
	const {error, holds} = calibrationOf(outcomes);
	const known = (figure: number): number | null => (rows < rowsMin || Number.isNaN(figure) ? null : figure);
	return {
		rows,
		accuracy: known(accuracy),
		accuracyMargin: known(accuracyMargin),
		auc: known(auc),
		logLoss: known(logLoss),
		weightedAccuracy: known(weightedAccuracy(outcomes, scoreCounts)),
		calibrationError: Number.isNaN(error) ? null : error,
		isCalibrated: holds,
	};
}
