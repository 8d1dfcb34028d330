/**
 * All gates of a student, over its two files and its teacher, in one call.
 *
 * @module
 */
import type {GateReport, ModelSpec, OnnxBatch, OnnxScores, OnnxSession} from '../../core/domain/index.ts';
import {reportCalibration} from './calibration.ts';
import {judgeParity} from './parity.ts';
import {judgeRowIndependence} from './row-independence.ts';
import {reportSize} from './size.ts';
import {reportSpeed} from './speed.ts';
import {judgeStudentQuality} from './student-quality.ts';

/** One ONNX file, loaded. */
export interface LoadedFile {
	readonly session: OnnxSession;
	readonly sizeBytes: number;
}

/** What {@link judgeStudent} looks at. */
export interface JudgeOptions {
	readonly reference: LoadedFile;
	readonly quantized: LoadedFile;
	/** Rows that nothing was fitted on, newer than all that was. */
	readonly outOfTime: {readonly batch: OnnxBatch; readonly labels: ArrayLike<number>; readonly teacherProbabilities: Float32Array};
	readonly outputCount: number;
	readonly spec: Pick<ModelSpec, 'gates' | 'policy'>;
}

/** Rows scored in one call, so that memory and the time of a call stay bounded. */
const ROWS_PER_CALL = 4096;

/** Reports in the order parity, student quality, calibration, row independence, size, speed. Cost: two passes over the rows, and about half a second. */
export async function judgeStudent({reference, quantized, outOfTime, outputCount, spec}: JudgeOptions): Promise<GateReport[]> {
	const {batch, labels, teacherProbabilities} = outOfTime;
	const [before, after] = [await scoreAll(reference.session, batch, outputCount), await scoreAll(quantized.session, batch, outputCount)];
	const reports = [
		judgeParity({labels, reference: before, quantized: after, outputCount, ...spec}),
		judgeStudentQuality({labels, teacher: teacherProbabilities, student: after.probabilities, outputCount, gates: spec.gates}),
	];
	if (outputCount === 1 && batch.rowCount >= spec.gates.minimumRows) {
		const {confidence} = spec.gates;
		reports.push(reportCalibration({labels, teacher: teacherProbabilities, student: after.probabilities, confidence}));
	}

	if (batch.rowCount > 0) {
		reports.push(await judgeRowIndependence(quantized.session, batch));
	}

	reports.push(reportSize(reference.sizeBytes, quantized.sizeBytes));
	if (batch.rowCount > 0) {
		reports.push(await reportSpeed({reference: reference.session, quantized: quantized.session, batch}));
	}

	return reports;
}

/** Scores of all rows, a bounded number at a time. */
export async function scoreAll(session: OnnxSession, batch: OnnxBatch, outputCount: number): Promise<OnnxScores> {
	const logits = new Float32Array(batch.rowCount * outputCount);
	const probabilities = new Float32Array(batch.rowCount * outputCount);
	const [numericCount, categoricalCount] = [batch.numeric.length / batch.rowCount, batch.categorical.length / batch.rowCount];
	for (let from = 0; from < batch.rowCount; from += ROWS_PER_CALL) {
		const to = Math.min(batch.rowCount, from + ROWS_PER_CALL);
		const scores = await session.run({
			rowCount: to - from,
			numeric: batch.numeric.subarray(from * numericCount, to * numericCount),
			categorical: batch.categorical.subarray(from * categoricalCount, to * categoricalCount),
		});
		logits.set(scores.logits, from * outputCount);
		probabilities.set(scores.probabilities, from * outputCount);
	}

	return {logits, probabilities};
}
