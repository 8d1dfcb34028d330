/**
 * Teacher to student: a small network learns what the teacher says of each row, and a little of what happened.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {
	joinFrames,
	ModelInputEncoder,
	sliceFrame,
	type FitNetwork,
	type FitOptions,
	type FitResult,
	type FitTarget,
	type TrainingFrame,
} from '../core/domain/index.ts';
import {modelInputOf} from './network/layout.ts';
import {pruneUnits} from './prune.ts';
import {WEIGHT_MAX} from './quantize/integer-layer.ts';

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
	/** Rows that no label is known of, such as the newest events: learnt from by what the teacher says of them, where it is heard at all. */
	readonly unlabelled?: {readonly frame: TrainingFrame; readonly teacherProbabilities: Float32Array};
	/** Share of the hidden units to take out once the student is fitted; it is then fitted on from there. Absent: none. */
	readonly pruning?: number;
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
 * Its weights are fitted on the grid that the INT8 file stores them on. On six public sets AUC and log loss were those of a student fitted without, to what
 * seeds do, and a file in two digits then decided as the FP32 file does but for at most 0.03 % of rows.
 *
 * Source: G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural Network", 2015.
 *
 * @throws AssertionError - if the probabilities are not as many as rows times outputs, or not in [0, 1].
 * @throws PerennialError - FRAME_TOO_SMALL, TRAINING_DIVERGED, from the fitting.
 */
export async function distillStudent(options: DistillOptions): Promise<FitResult> {
	const {trainRows, hidden, pruning = 0} = options;
	const {frame, target, extraRows} = materialOf(options);
	const fit = pruning > 0 ? fitPruned(options.fit, pruning) : options.fit;
	return fit(frame, target, {...fittingOf(options), hidden, trainRows: trainRows + extraRows});
}

/**
 * Fit a student again, on all rows, the newest included, for as many epochs as the first fit found best; a pruned one goes on from where it was.
 *
 * The newest rows are the most like those that will be scored, and a teacher that was fitted twice speaks for them too. Of six public sets the second fit
 * lowered the log loss on five, by up to 0.006, and raised it on one by 0.007, where the student then was nearer to a worse teacher.
 *
 * Cost: one fit without looks at the newest rows.
 *
 * @param first - Of the same options, by {@link distillStudent}; its curve, and the epoch that it kept, stay.
 * @throws PerennialError - TRAINING_DIVERGED, from the fitting.
 */
export async function refitStudent(options: DistillOptions, first: FitResult): Promise<FitResult> {
	const {frame, target} = materialOf(options);
	const {layers} = first.network;
	const again = await options.fit(frame, target, {
		...fittingOf(options),
		hidden: layers.slice(0, -1).map(({outputs}) => outputs),
		trainRows: frame.rowCount,
		epochsMax: first.bestEpoch,
		...((options.pruning ?? 0) > 0 && {start: first.network}),
	});
	return {...first, network: again.network, seconds: first.seconds + again.seconds};
}

function fittingOf({seed, fitOptions}: DistillOptions): Omit<FitOptions, 'hidden' | 'trainRows'> {
	return {weightStepsMax: WEIGHT_MAX, ...fitOptions, seed};
}

/** What is learnt from: the rows, those without a label among the ones that are not kept back, and what is said of each. */
function materialOf({frame, trainRows, teacherProbabilities, softWeight = SOFT_WEIGHT, unlabelled}: DistillOptions): {
	readonly frame: TrainingFrame;
	readonly target: FitTarget;
	readonly extraRows: number;
} {
	checkProbabilities(teacherProbabilities, frame);
	assert.ok(softWeight >= 0 && softWeight <= 1, 'softWeight lies in [0, 1]');
	if (!unlabelled || unlabelled.frame.rowCount === 0 || softWeight === 0) {
		return {frame, target: {soft: teacherProbabilities, softWeight}, extraRows: 0};
	}

	checkProbabilities(unlabelled.teacherProbabilities, unlabelled.frame);
	const learnt = joinFrames(sliceFrame(frame, 0, trainRows), unlabelled.frame);
	const whole = joinFrames(learnt, sliceFrame(frame, trainRows, frame.rowCount));
	const at = trainRows * frame.outputCount;
	const soft = new Float32Array(whole.rowCount * frame.outputCount);
	soft.set(teacherProbabilities.subarray(0, at));
	soft.set(unlabelled.teacherProbabilities, at);
	soft.set(teacherProbabilities.subarray(at), at + unlabelled.teacherProbabilities.length);
	const isUnlabelled = new Uint8Array(whole.rowCount).fill(1, trainRows, learnt.rowCount);
	return {frame: whole, target: {soft, softWeight, unlabelled: isUnlabelled}, extraRows: unlabelled.frame.rowCount};
}

/** Fits, takes units out, and fits on: the matrices are those of a smaller network, which knows what the larger one had learnt. */
function fitPruned(fit: FitNetwork, share: number): FitNetwork {
	return async (frame, target, fitting) => {
		const whole = await fit(frame, target, fitting);
		const rows = new ModelInputEncoder(modelInputOf(whole.network)).fromFrame(sliceFrame(frame, 0, fitting.trainRows));
		const start = pruneUnits(whole.network, rows, share);
		const hidden = start.layers.slice(0, -1).map(({outputs}) => outputs);
		const pruned = await fit(frame, target, {...fitting, hidden, start});
		return {...pruned, seconds: whole.seconds + pruned.seconds};
	};
}

function checkProbabilities(probabilities: Float32Array, {rowCount, outputCount}: Pick<TrainingFrame, 'rowCount' | 'outputCount'>): void {
	assert.equal(probabilities.length, rowCount * outputCount, 'the teacher gives a probability for each row and output');
	assert.ok(
		probabilities.every(probability => probability >= 0 && probability <= 1),
		'probabilities lie in [0, 1]',
	);
}
