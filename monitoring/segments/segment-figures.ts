/**
 * What the sums of a segment say, each figure with an interval, and none where rows are too few.
 *
 * @module
 */
import type {SegmentFigure, SegmentFigures} from '../../core/domain/index.ts';
import {normalQuantile} from '../../core/numerics/index.ts';
import {SUM} from './segment-cell.ts';

/** Rows below which nothing is said. */
export const SEGMENT_ROWS_MIN = 30;
/** Probability with which an interval holds the true figure. */
export const SEGMENT_LEVEL = 0.95;

/**
 * The figures of one cell.
 *
 * Shares have Wilson's interval, means the normal one.
 *
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American Statistical Association 22 (1927).
 */
export function figuresOf(cell: Float64Array): SegmentFigures {
	const at = (place: keyof typeof SUM): number => cell[SUM[place]]!;
	const labels = at('labels');
	const positives = at('positives');
	return {
		answers: at('answers'),
		labels,
		positives: shareOf(positives, labels),
		selected: shareOf(at('answers') - at('above'), at('answers')),
		truePositives: shareOf(at('abovePositive'), positives),
		falsePositives: shareOf(at('aboveNegative'), labels - positives),
		logLoss: meanOf(at('loss'), at('lossSquares'), labels),
		calibration: meanOf(at('labelledProbability') - positives, at('squares'), labels),
	};
}

/** A share with Wilson's interval; null of too few. @param level - Probability that the interval holds the true share. */
export function shareOf(count: number, total: number, level = SEGMENT_LEVEL): SegmentFigure | null {
	if (total < SEGMENT_ROWS_MIN) {
		return null;
	}

	const z = normalQuantile(0.5 + level / 2);
	const value = count / total;
	const middle = (value + (z * z) / (2 * total)) / (1 + (z * z) / total);
	const reach = (z / (1 + (z * z) / total)) * Math.sqrt((value * (1 - value)) / total + (z * z) / (4 * total * total));
	return {value, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach)};
}

/** A mean with its normal interval; null of too few. */
export function meanOf(sum: number, squares: number, total: number, level = SEGMENT_LEVEL): SegmentFigure | null {
	if (total < SEGMENT_ROWS_MIN) {
		return null;
	}

	const value = sum / total;
	const reach = normalQuantile(0.5 + level / 2) * Math.sqrt(Math.max(0, squares / total - value * value) / total);
	return {value, low: value - reach, high: value + reach};
}
