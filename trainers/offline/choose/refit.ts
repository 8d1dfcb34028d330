/**
 * The second fit: on all rows, the newest included, for as many iterations as the first one found best.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {
	meanOneWeights,
	type DecisionReport,
	type TeacherDefinition,
	type TeacherFit,
	type TeacherModel,
	type TeacherTask,
	type TrainingFrame,
} from '../../../core/domain/index.ts';
import {logit} from '../../../core/numerics/index.ts';
import {baseRatesOf} from '../gate.ts';
import {blendLogits, type LogitBlend} from './logistic-calibration.ts';
import {describeDifference, isLower, lossesOf, pairedDifference} from './paired-loss.ts';
import type {StepProgress} from './step-progress.ts';

/** The second fit must be worse by more than so many standard errors before it is left undone. */
const WORSE_STANDARD_ERRORS = 2;

/** A chosen fit of the older rows. */
export interface ChosenFit {
	readonly definition: TeacherDefinition;
	readonly fit: TeacherFit;
	readonly seed: number;
	readonly weight: number;
	/** What it went on from; the second fit does too. */
	readonly start?: TeacherModel | undefined;
}

/** Rows and where they are kept. */
export interface RefitTask extends Pick<TeacherTask, 'checkpoints'> {
	readonly frame: TrainingFrame;
	readonly trainRows: number;
}

/** Fit again rows [0, trainRows) of a frame, with the settings and for the iterations of the first fit. */
export async function fitAgain(
	{definition, fit, seed, start}: ChosenFit,
	{frame, trainRows, checkpoints}: RefitTask,
	progress: StepProgress,
): Promise<TeacherFit> {
	const again = await definition.fit({
		frame,
		trainRows,
		seed,
		settings: fit.settings,
		iterations: fit.bestIteration,
		...(start && {warmStart: start}),
		onIteration: progress.follow(`${definition.name}, with the newest rows`),
		...(checkpoints && {checkpoints}),
	});
	progress.finish();
	return again;
}

/**
 * Decide whether the second fit is to be trusted: the chosen kinds are fitted with the older half of the newest rows and judged on the newer half,
 * beside the first fit. It is left undone only if it is worse there by more than two standard errors.
 *
 * Cost: one more fit of each chosen kind.
 */
export async function testRefit(
	chosen: readonly ChosenFit[],
	{frame, trainRows, ...task}: RefitTask,
	progress: StepProgress,
): Promise<DecisionReport> {
	const {rowCount, outputCount} = frame;
	const middle = Math.floor((trainRows + rowCount) / 2);
	if (middle === trainRows || middle === rowCount) {
		return {question: 'refit', answer: 'yes', reason: 'there are too few newest rows to test it'};
	}

	const weights = {weights: Float64Array.from(chosen, ({weight}) => weight), intercepts: new Float64Array(outputCount)};
	const before = chosen.map(({fit}) => fit.newestLogits.subarray((middle - trainRows) * outputCount));
	const after: Float64Array[] = [];
	for (const one of chosen) {
		after.push((await fitAgain(one, {...task, frame, trainRows: middle}, progress)).newestLogits);
	}

	assert.equal(after[0]?.length, before[0]?.length, 'both fits are heard on the same rows');
	const labels = frame.labels.subarray(middle);
	const counts = meanOneWeights(frame, middle);
	const lossesBefore = lossesOf(blendLogits(before, weights), labels, outputCount, counts);
	const lossesAfter = lossesOf(blendLogits(after, weights), labels, outputCount, counts);
	const isWorse = isLower(pairedDifference(lossesBefore, lossesAfter), WORSE_STANDARD_ERRORS);
	return {
		question: 'refit',
		answer: isWorse ? 'no' : 'yes',
		reason: `fitted with the older half of the newest rows, log loss on the newer half ${describeDifference(lossesAfter, lossesBefore)}`,
	};
}

/**
 * Scaling that was fitted for the first fit, for the second: what the second fit has learnt of a new level by itself is taken off the intercept.
 *
 * The second fit's mean logit moves by about as much as the base rate that it sees.
 *
 * @param frame - That of the first fit, which saw rows [0, trainRows) of it.
 * @param whole - What the second fit saw; absent: all of the same frame.
 */
export function scalingAfterRefit(
	scaling: LogitBlend,
	{labels, outputCount, weights}: TrainingFrame,
	trainRows: number,
	whole: Pick<TrainingFrame, 'labels' | 'weights'> = {labels, ...(weights && {weights})},
): LogitBlend {
	const before = baseRatesOf(labels.subarray(0, trainRows), outputCount, weights);
	const after = baseRatesOf(whole.labels, outputCount, whole.weights);
	const levelOf = (rate: number): number => (outputCount === 1 ? logit(rate) : Math.log(Math.max(rate, 1e-6)));
	const slope = scaling.weights[0]!;
	return {
		weights: scaling.weights,
		intercepts: scaling.intercepts.map((intercept, output) => intercept - slope * (levelOf(after[output]!) - levelOf(before[output]!))),
	};
}

/** The second fits of all chosen ones, on the whole frame. */
export async function refitAll(
	chosen: readonly ChosenFit[],
	{frame, ...task}: Omit<RefitTask, 'trainRows'>,
	progress: StepProgress,
): Promise<TeacherFit[]> {
	const fits: TeacherFit[] = [];
	for (const one of chosen) {
		fits.push(await fitAgain(one, {...task, frame, trainRows: frame.rowCount}, progress));
	}

	return fits;
}
