/**
 * Report: do the student's probabilities come true as its teacher's do?
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {GateReport} from '../../core/domain/index.ts';
import {calibrationRise} from '../../core/numerics/index.ts';
import {spreadRows} from '../network/layout.ts';

/** Rows looked at, evenly spread: each resample sorts them. */
const ROWS_MAX = 4000;

/** What {@link reportCalibration} looks at. */
export interface CalibrationOptions {
	/** 0 or 1, of out-of-time rows. */
	readonly labels: ArrayLike<number>;
	/** Probabilities of the teacher and of the student as it will be deployed. */
	readonly teacher: Float32Array;
	readonly student: Float32Array;
	readonly confidence: number;
}

/**
 * Expected calibration error of both, and by how much the student's is larger, with a paired bootstrap interval. Always passes: cut-offs are on the
 * student's own scores, and a teacher may be as far off when the base rate moves. Binary only.
 *
 * Cost: 200 resamples of at most 4,000 rows, half a second.
 */
export function reportCalibration({labels, teacher, student, confidence}: CalibrationOptions): GateReport {
	assert.ok(labels.length === teacher.length && labels.length === student.length, 'both scored every row');
	const rows = spreadRows(labels.length, ROWS_MAX);
	const of = (values: ArrayLike<number>): Float32Array => Float32Array.from(rows, row => values[row]!);
	const {before: ofTeacher, after: ofStudent, rise} = calibrationRise(of(labels), of(teacher), of(student), {confidence});
	const verdict = rise.low > 0 ? 'worse than the teacher' : rise.high < 0 ? 'better than the teacher' : 'no different from the teacher';
	const interval = `${rise.estimate.toFixed(4)} (${rise.low.toFixed(4)} to ${rise.high.toFixed(4)})`;
	return {
		gate: 'calibration',
		passed: true,
		reason:
			`The student's calibration error is ${ofStudent.toFixed(4)} where its teacher's is ${ofTeacher.toFixed(4)} on ${rows.length} rows:` +
			` ${interval} more, ${verdict} as far as these rows can tell.`,
		measured: {
			rows: rows.length,
			teacherError: ofTeacher,
			studentError: ofStudent,
			errorRise: rise.estimate,
			errorRiseLow: rise.low,
			errorRiseHigh: rise.high,
		},
	};
}
