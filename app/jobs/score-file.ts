/**
 * Scoring with an ONNX file once, in a job: what is judged is what will be shipped.
 *
 * @module
 */
import {ModelInputEncoder, sliceFrame, type Manifest, type OnnxBatch, type TrainingFrame} from '../../core/domain/index.ts';
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

/** Rows whose histories are laid out at once. */
const HISTORY_ROWS = 4096;

/** Probabilities that an ONNX file gives rows [from, rowCount) of a frame; the rows before them are their history, where the file takes one. */
export async function scoreFrame(
	bytes: Uint8Array,
	{input, outputCount}: {readonly input: Manifest['teacherInput']; readonly outputCount: number},
	frame: TrainingFrame,
	from = 0,
): Promise<Float32Array> {
	const encoder = new ModelInputEncoder(input);
	if (!input.history) {
		return scoreFile(bytes, {input, outputCount}, encoder.fromFrame(frame, from));
	}

	const session = await loadOnnxSession(bytes, {
		outputCount,
		hasNumeric: input.numeric.length > 0,
		hasCategorical: input.categorical.length > 0,
	});
	const probabilities = new Float32Array((frame.rowCount - from) * outputCount);
	try {
		for (let first = from; first < frame.rowCount; first += HISTORY_ROWS) {
			const batch = encoder.fromFrame(frame, first, Math.min(frame.rowCount, first + HISTORY_ROWS));
			probabilities.set((await session.run(batch)).probabilities, (first - from) * outputCount);
		}

		return probabilities;
	} finally {
		await session.close();
	}
}

/** Probabilities of the newest events, whose labels nobody knows; none where the file reads histories, which those rows alone do not have. */
export async function scoreOpen(
	bytes: Uint8Array,
	shape: {readonly input: Manifest['teacherInput']; readonly outputCount: number},
	open: TrainingFrame | undefined,
): Promise<{readonly onOpen?: Float32Array}> {
	return open && open.rowCount > 0 && !shape.input.history ? {onOpen: await scoreFrame(bytes, shape, open)} : {};
}

/** The newest rows, at most `rowsMax`. */
export function newestRows(frame: TrainingFrame, rowsMax: number): TrainingFrame {
	return sliceFrame(frame, Math.max(0, frame.rowCount - rowsMax), frame.rowCount);
}
