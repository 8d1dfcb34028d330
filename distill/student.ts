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
 * Of 0.7, 0.85 and 1 on six public sets, this one came nearest to the teacher's decisions at no cost in AUC: against 0.7 agreement rose on all but one,
 * where it stayed, by up to 0.02, and AUC moved by -0.001 to +0.002. 1 agreed more still and lost up to 0.0025 AUC against 0.7. That a teacher may be worse
 * than the student's own run on labels is no matter of this weight: `teachStudent` asks.
 */
export const SOFT_WEIGHT = 0.85;

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
 * alone costs AUC; `teachStudent` compares the two first.
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
