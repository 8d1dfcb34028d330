/**
 * The blobs of a version that are made from its rows and scores: what drift is measured against, and what a promise is fitted on.
 *
 * @module
 */
import type {ModelSpec, OnnxBatch, TrainingFrame, TrainingReport} from '../../core/domain/index.ts';
import {predictedClassOf} from '../../core/numerics/index.ts';
import {buildReference, needsValues, toReferenceJson} from '../../monitoring/index.ts';
import type {BlobDraft} from '../../registry/index.ts';
import {toHeldOutJson, usualInputOf} from '../../serving/index.ts';

/** What drift is measured against: the rows learnt from, and the student's scores of those that judge; and what the teacher leans on. */
export function referenceBlob(
	whole: TrainingFrame,
	gate: TrainingFrame,
	scores: Float32Array,
	{monitors}: ModelSpec,
	importances?: TrainingReport['importances']['features'],
): BlobDraft {
	const reference = buildReference(whole, highestOf(scores, gate.outputCount), {
		hasQuantiles: needsValues(monitors.twoSample),
		outcomes: outcomesOf(scores, gate),
		scoreTimes: gate.times,
		importances,
	});
	return jsonBlob('reference', toReferenceJson(reference));
}

/** What a promise of the student's is fitted on; none of several classes, where nothing is promised. */
export function agreementBlobs(student: Float32Array, teacher: Float32Array, usual: OnnxBatch, outputCount: number): BlobDraft[] {
	return outputCount === 1 ? [jsonBlob('agreement', toHeldOutJson({student, teacher, usual: usualInputOf(usual)}))] : [];
}

/** A document as a blob. */
export function jsonBlob(role: BlobDraft['role'], text: string): BlobDraft {
	return {role, mediaType: 'application/json', bytes: Buffer.from(text)};
}

/** What the highest probabilities speak of, and where it came true. */
function outcomesOf(
	probabilities: Float32Array,
	{labels, outputCount}: TrainingFrame,
): {readonly of: 'positive' | 'right'; readonly happened: Uint8Array} {
	return outputCount === 1
		? {of: 'positive', happened: Uint8Array.from(labels, label => (label === 1 ? 1 : 0))}
		: {
				of: 'right',
				happened: Uint8Array.from(labels, (label, row) => {
					const own = probabilities.subarray(row * outputCount, (row + 1) * outputCount);
					return predictedClassOf(own) === label ? 1 : 0;
				}),
			};
}

/** What drift of the score is measured on: the probability of the risk event, or the highest of several. */
function highestOf(probabilities: Float32Array, outputCount: number): Float32Array {
	return outputCount === 1
		? probabilities
		: Float32Array.from({length: probabilities.length / outputCount}, (_, row) =>
				Math.max(...probabilities.subarray(row * outputCount, (row + 1) * outputCount)),
			);
}
