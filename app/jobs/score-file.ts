/**
 * Scoring with an ONNX file once, in a job: what is judged is what will be shipped.
 *
 * @module
 */
import {sliceFrame, type Manifest, type OnnxBatch, type TrainingFrame} from '../../core/domain/index.ts';
import {loadOnnxSession} from '../../core/runtimes/index.ts';
import {scoreAll} from '../../distill/index.ts';

/** Probabilities that an ONNX file gives. */
export async function scoreFile(
	bytes: Uint8Array,
	{input, outputCount}: {readonly input: Manifest['teacherInput']; readonly outputCount: number},
	batch: OnnxBatch,
): Promise<Float32Array> {
	const session = await loadOnnxSession(bytes, {
		outputCount,
		hasNumeric: input.numeric.length > 0,
		hasCategorical: input.categorical.length > 0,
	});
	try {
		return (await scoreAll(session, batch, outputCount)).probabilities;
	} finally {
		await session.close();
	}
}

/** The newest rows, at most `rowsMax`. */
export function newestRows(frame: TrainingFrame, rowsMax: number): TrainingFrame {
	return sliceFrame(frame, Math.max(0, frame.rowCount - rowsMax), frame.rowCount);
}
