/**
 * How far a measure of one window can be off, from the counts that the window comes with.
 *
 * @module
 */
import type {QualitySeries, QualityWindow} from '../../../../core/domain/index.ts';

/** What can be drawn of a series. */
export type Measure = 'auc' | 'logLoss' | 'calibration';

/** Half the width of a two-sided 95 % interval, in standard errors. */
const DEVIATIONS = 1.96;

/**
 * Standard error of an area under the ROC curve; NaN without both classes.
 *
 * Source: Hanley and McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC) curve", Radiology 143, 1982, equation 1.
 *
 * @example
 * // Without skill it is the exact one of Mann and Whitney: the square root of 101 / 30000.
 * aucStandardError(0.5, 50, 50).toFixed(4); //=> '0.0580'
 */
export function aucStandardError(auc: number, positives: number, negatives: number): number {
	const one = auc / (2 - auc);
	const two = (2 * auc ** 2) / (1 + auc);
	return Math.sqrt((auc * (1 - auc) + (positives - 1) * (one - auc ** 2) + (negatives - 1) * (two - auc ** 2)) / (positives * negatives));
}

/**
 * Half of the 95 % interval of a measure in a window; null where none is known. Covers which cases fell into the window, not that early labels
 * may differ from late ones. None for several classes, whose positives are not counted, and none for the log loss, which needs the rows.
 */
export function halfInterval(window: QualityWindow, series: QualitySeries, measure: Measure): number | null {
	const {auc, calibration, rows} = window.series[series];
	const share = window.positives / window.labelled;
	if (calibration === null || rows === 0 || !(share > 0 && share < 1)) {
		return null;
	}

	switch (measure) {
		case 'auc': {
			return auc === null ? null : DEVIATIONS * aucStandardError(auc, share * rows, (1 - share) * rows);
		}

		case 'calibration': {
			return DEVIATIONS * Math.sqrt((share * (1 - share)) / rows);
		}

		case 'logLoss': {
			return null;
		}
	}
}
