/**
 * Platt scaling or none: decided by whether it helps rows that it was not fitted on.
 *
 * @module
 */
import type {DecisionReport} from '../../../core/domain/index.ts';
import {classCountsOf} from '../class-counts.ts';
import type {Newest} from './decide-blend.ts';
import {blendLogits, fitLogits, type LogitBlend} from './logistic-calibration.ts';
import {describeDifference, isLower, lossesOf, pairedDifference} from './paired-loss.ts';

/** Standard errors by which the loss must be lower, on either half. */
const STANDARD_ERRORS = 1;

/** Rows of each of two classes that either half needs. */
const CLASS_ROWS_MIN = 20;

/** What was decided. */
export interface CalibrationDecision {
	/** One weight (the slope) and an intercept an output, fitted on the newer half; absent: none is applied. */
	readonly scaling?: LogitBlend;
	/** Logits of the newest rows; with scaling, each half under what was fitted on the other. */
	readonly logits: Float64Array;
	readonly decision: DecisionReport;
}

/**
 * Decide about Platt scaling.
 *
 * It is fitted on the newer half of the newest rows and tested on the older one, and the other way round. A level that moved once and stays is
 * repaired by both; a level that comes and goes is made worse by one of them (on electricity prices Platt scaling took the calibration error from
 * 0.11 to 0.20), and then there is none. What is applied is fitted on the newer half.
 */
export function decideCalibration(logits: Float64Array, {labels, outputCount}: Newest): CalibrationDecision {
	const middle = Math.floor(labels.length / 2);
	const [older, newer] = [part(logits, labels, outputCount, 0, middle), part(logits, labels, outputCount, middle, labels.length)];
	const none = (reason: string): CalibrationDecision => ({logits, decision: {question: 'calibration', answer: 'none', reason}});
	if ([older, newer].some(half => classCountsOf(half.labels, outputCount).filter(count => count >= CLASS_ROWS_MIN).length < 2)) {
		return none(`too few rows to test it: both halves of the newest rows need ${CLASS_ROWS_MIN} of two classes`);
	}

	const scaling = fitLogits({parts: [newer.logits], labels: newer.labels, outputCount});
	const tests = [
		{half: older, scaled: blendLogits([older.logits], scaling)},
		{half: newer, scaled: blendLogits([newer.logits], fitLogits({parts: [older.logits], labels: older.labels, outputCount}))},
	].map(({half, scaled}) => ({
		scaled,
		before: lossesOf(half.logits, half.labels, outputCount),
		after: lossesOf(scaled, half.labels, outputCount),
	}));
	const reason = tests
		.map(({after, before}, at) => `${at === 0 ? 'older' : 'newer'} half: log loss ${describeDifference(after, before)}`)
		.join('; ');
	if (!tests.every(({after, before}) => isLower(pairedDifference(after, before), STANDARD_ERRORS))) {
		return none(`Platt scaling fitted on the other half does not help both: ${reason}`);
	}

	const scaled = new Float64Array(logits.length);
	scaled.set(tests[0]!.scaled);
	scaled.set(tests[1]!.scaled, middle * outputCount);
	const numbers = [...scaling.intercepts].map(value => value.toFixed(3)).join(', ');
	return {
		scaling,
		logits: scaled,
		decision: {
			question: 'calibration',
			answer: `Platt scaling: slope ${scaling.weights[0]!.toFixed(3)}, intercept ${numbers}`,
			reason: `fitted on the other half, ${reason}`,
		},
	};
}

function part(
	logits: Float64Array,
	labels: Int32Array,
	outputCount: number,
	from: number,
	to: number,
): {readonly logits: Float64Array; readonly labels: Int32Array} {
	return {logits: logits.subarray(from * outputCount, to * outputCount), labels: labels.subarray(from, to)};
}
