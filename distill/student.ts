/**
 * Teacher to student: a small network learns what the teacher says of each row, and a little of what happened.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {FitNetwork, FitOptions, FitResult, TrainingFrame} from '../core/domain/index.ts';

/**
 * Weight of the teacher's probabilities against the labels.
 *
 * On seven public sets a 128-64 student with 0.7 came to lie between labels only and teacher only, in AUC and in agreement with the teacher.
 * Soft labels gain most where the teacher is better than the student's own run on labels (up to 0.019 AUC) and cost where it is not (up to
 * 0.013); the labels' part halves that risk.
 */
export const SOFT_WEIGHT = 0.7;

/** What a student is distilled from. */
export interface DistillOptions {
	/** Rows in order of time, with their labels. */
	readonly frame: TrainingFrame;
	/** Rows [0, trainRows) are learnt from, the rest decides when to stop. */
	readonly trainRows: number;
	/** frame.rowCount x frame.outputCount: the teacher's probabilities of all rows, row-major. */
	readonly teacherProbabilities: Float32Array;
	/** Widths of the hidden layers. 128-64 is right for most: 512-256 was better on two of seven public sets. */
	readonly hidden: readonly number[];
	readonly seed: number;
	/** Does the fitting. */
	readonly fit: FitNetwork;
	readonly softWeight?: number;
	/** Passed on to the fitting as they are. */
	readonly fitOptions?: Omit<FitOptions, 'hidden' | 'seed' | 'trainRows'>;
}

/**
 * Distil a student.
 *
 * The loss of a row is softWeight x CE(teacher's probabilities) + (1 - softWeight) x CE(label), at temperature 1: for one or few outputs the
 * teacher's probabilities are soft enough, and stay what they mean. Distilling from a teacher that is not better than the same student on labels
 * alone costs AUC; the student-quality gate compares with the teacher only, so the teacher must have passed its own gate first.
 *
 * Source: G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural Network", 2015.
 *
 * @throws AssertionError - if the probabilities are not as many as rows times outputs, or not in [0, 1].
 * @throws PerennialError - FRAME_TOO_SMALL, TRAINING_DIVERGED, from the fitting.
 */
export async function distillStudent(options: DistillOptions): Promise<FitResult> {
	const {frame, trainRows, teacherProbabilities, hidden, seed, fit, softWeight = SOFT_WEIGHT, fitOptions} = options;
	assert.equal(
		teacherProbabilities.length,
		frame.rowCount * frame.outputCount,
		'the teacher gives a probability for each row and output',
	);
	assert.ok(
		teacherProbabilities.every(probability => probability >= 0 && probability <= 1),
		'probabilities lie in [0, 1]',
	);
	assert.ok(softWeight >= 0 && softWeight <= 1, 'softWeight lies in [0, 1]');
	return fit(frame, {soft: teacherProbabilities, softWeight}, {...fitOptions, hidden, seed, trainRows});
}
