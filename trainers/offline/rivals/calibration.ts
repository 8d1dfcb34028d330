/**
 * Do the challenger's probabilities come true as the champion's do?
 *
 * @module
 */
import type {GateReport} from '../../../core/domain/index.ts';
import {calibrationRise} from '../../../core/numerics/index.ts';
import {differenceText, type Rivals} from './rivals.ts';

/** Rows looked at, the newest: each resample sorts them. */
const ROWS_MAX = 4000;

/** Expected calibration error of both with the difference. Always passes: the log loss of the gate judges level and order together. Binary only. */
export function compareCalibration({labels, challenger, champion, confidence, seed}: Rivals): GateReport {
	const all = Array.from({length: labels.length}, (_, row) => row).filter(
		row => Number.isFinite(champion[row]) && Number.isFinite(challenger[row]),
	);
	const rows = all.slice(-ROWS_MAX);
	const {before, after, rise} = calibrationRise(
		rows.map(row => labels[row]!),
		rows.map(row => champion[row]!),
		rows.map(row => challenger[row]!),
		{confidence, seed},
	);
	const verdict = rise.low > 0 ? 'worse' : rise.high < 0 ? 'better' : 'no different as far as these rows can tell';
	return {
		gate: 'champion-calibration',
		passed: true,
		reason:
			`On ${rows.length} rows the challenger's calibration error is ${after.toFixed(4)} against the champion's ${before.toFixed(4)}: ` +
			`${differenceText(rise)}, ${verdict}.`,
		measured: {
			rows: rows.length,
			challengerError: after,
			championError: before,
			rise: rise.estimate,
			riseLow: rise.low,
			riseHigh: rise.high,
		},
	};
}
