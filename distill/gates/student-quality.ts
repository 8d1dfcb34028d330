/**
 * Gate: is the student about as good as its teacher?
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {GateReport, ModelSpec} from '../../core/domain/index.ts';
import {macroAreaUnderRoc, meanLogLoss} from '../../core/numerics/index.ts';
import {aucLoss} from './auc-loss.ts';
import {agreementOf} from './decisions.ts';

/** What {@link judgeStudentQuality} looks at. */
export interface StudentQualityOptions {
	/** Class indices of out-of-time rows. */
	readonly labels: ArrayLike<number>;
	/** Probabilities of the teacher and of the student as it will be deployed (the INT8 file), row-major. */
	readonly teacher: Float32Array;
	readonly student: Float32Array;
	readonly outputCount: number;
	readonly gates: ModelSpec['gates'];
}

/**
 * Judge a student against its teacher.
 *
 * Refused when the AUC loss is above `gates.studentAucLossMax` and cannot be chance (its interval at `gates.confidence` lies above 0): on few rows
 * two equal models differ by more than the bar. Refused with fewer than `gates.minimumRows` rows or one class. Log loss, and agreement when each
 * declines its own riskiest fifth, are reported; 95 to 98 % agreement is what good distillation gives, two seeds of one net reach 92 to 98 %.
 */
export function judgeStudentQuality({labels, teacher, student, outputCount, gates}: StudentQualityOptions): GateReport {
	const rows = labels.length;
	assert.equal(teacher.length, rows * outputCount, 'the teacher scored every row');
	assert.equal(student.length, rows * outputCount, 'the student scored every row');
	if (rows < gates.minimumRows) {
		const reason = `Only ${rows} out-of-time rows, where ${gates.minimumRows} are needed to judge the student.`;
		return {gate: 'student-quality', passed: false, reason, measured: {rows}};
	}

	const loss = aucLoss(labels, teacher, student, outputCount, gates.confidence);
	if (Number.isNaN(loss.estimate)) {
		return {
			gate: 'student-quality',
			passed: false,
			reason: `All ${rows} out-of-time rows are of one class; wait for labels of another.`,
			measured: {rows},
		};
	}

	const passed = loss.estimate <= gates.studentAucLossMax || loss.low <= 0;
	const [teacherAuc, studentAuc] = [macroAreaUnderRoc(teacher, labels, outputCount), macroAreaUnderRoc(student, labels, outputCount)];
	const agreement = agreementOf(teacher, student, outputCount);
	const isUnsure = passed && loss.estimate > gates.studentAucLossMax;
	const verdict = `${passed ? 'within' : 'above'} ${gates.studentAucLossMax}${isUnsure ? ' as far as these rows can tell' : ''}`;
	const interval = `${loss.estimate.toFixed(4)} (${loss.low.toFixed(4)} to ${loss.high.toFixed(4)})`;
	return {
		gate: 'student-quality',
		passed,
		reason:
			`The student has AUC ${studentAuc.toFixed(4)} where its teacher has ${teacherAuc.toFixed(4)} on ${rows} rows:` +
			` a loss of ${interval}, ${verdict}; they agree on ${(agreement * 100).toFixed(1)} % of decisions.`,
		measured: {
			rows,
			teacherAuc,
			studentAuc,
			aucLoss: loss.estimate,
			aucLossLow: loss.low,
			aucLossHigh: loss.high,
			teacherLogLoss: meanLogLoss(teacher, labels, outputCount),
			studentLogLoss: meanLogLoss(student, labels, outputCount),
			agreement,
		},
	};
}
