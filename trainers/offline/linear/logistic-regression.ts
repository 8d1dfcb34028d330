/**
 * The teacher `logistic-regression`: the honest baseline.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {setImmediate} from 'node:timers/promises';
import {
	PerennialError,
	type EpochReport,
	type TabularNetwork,
	type TeacherDefinition,
	type TeacherFit,
	type TeacherSettings,
	type TeacherTask,
} from '../../../core/domain/index.ts';
import {minimizeSteps} from '../../../core/numerics/index.ts';
import {crossEntropySum, priorLogits, targetsOf} from '../network/fit-targets.ts';
import {inputMatrixOf, type InputMatrix} from '../network/input-matrix.ts';
import {numericWidthOf} from '../network/input-plan.ts';
import {AUTO, FitSettings} from '../teacher-settings.ts';
import {linearLayoutOf, linearLogits, linearObjective, weightSum, type LinearLayout} from './linear-objective.ts';
import {planLinear, type LinearPlan} from './linear-inputs.ts';
import {scoreLinear} from './score-linear.ts';

const NAME = 'logistic-regression';

/** Penalties that the newest rows choose from. */
const CHOICES = [0.003, 0.03, 0.3];

/** The penalty if there are no newest rows to choose by. */
const UNWATCHED_CHOICE = 0.03;

const DEFAULTS: TeacherSettings = {inverseRegularization: AUTO};

/** Longest stretch of work before other work of the process gets its turn, one step aside. */
const TURN_MS_MAX = 50;

/**
 * The definition of `logistic-regression`, multinomial if there are several outputs.
 *
 * Standardised numbers (cut to +/- 8), missing flags, a coefficient for each value of a category; an L2 penalty whose strength is chosen from three
 * by the loss on the newest rows (`inverseRegularization: auto`; scikit-learn's C) or given. The problem is convex and solved to convergence, so
 * the seed, a former teacher and the number of iterations asked for change nothing: to fit it again, give its settings again.
 *
 * Shape: a PlainNetwork without hidden layers; the table of a category holds its coefficients.
 * Cost: some hundred passes over the rows for each strength; 4 bytes an input and row. Needs no TensorFlow.js.
 * Source: D. R. Cox, "The Regression Analysis of Binary Sequences", 1958; solver: see minimizeSteps.
 */
export function createLogisticRegression(): TeacherDefinition {
	return {
		name: NAME,
		space: {inverseRegularization: {kind: 'log', from: 1e-3, to: 10}},
		defaults: DEFAULTS,
		fit: fitRegression,
		async score(model, frame, from = 0, to = frame.rowCount) {
			if (model.kind !== 'network' || model.network.layers.length !== 1) {
				throw new PerennialError(
					'PARAMETER_INVALID',
					`The teacher ${NAME} cannot score a model with hidden layers or of another kind.`,
				);
			}

			return scoreLinear(model.network, frame, from, to);
		},
	};
}

/** One strength of the penalty, fitted. */
interface Solution {
	readonly inverseRegularization: number;
	readonly theta: Float64Array;
	readonly logits: Float64Array;
	readonly report: EpochReport;
}

async function fitRegression(task: TeacherTask): Promise<TeacherFit> {
	const started = performance.now();
	const {frame, trainRows, onIteration} = task;
	const settings = new FitSettings(NAME, DEFAULTS, task.settings);
	const given = settings.numberOrAuto('inverseRegularization', 1e-9, 1e9);
	const plan = planLinear(frame, trainRows);
	if (trainRows < 2 || plan.dropped.length === frame.columns.length) {
		const why = trainRows < 2 ? `it has ${trainRows} rows to learn from` : 'no column varies';
		throw new PerennialError('FRAME_TOO_SMALL', `A logistic regression cannot be fitted: ${why}.`, {
			details: {trainRows, dropped: plan.dropped},
		});
	}

	const choices = given === undefined ? (trainRows < frame.rowCount ? CHOICES : [UNWATCHED_CHOICE]) : [given];
	const layout = linearLayoutOf(
		frame.outputCount,
		numericWidthOf(plan),
		plan.categorical.map(({vocabulary}) => vocabulary.length + 1),
	);
	const matrix = inputMatrixOf(plan, frame);
	const solutions: Solution[] = [];
	for (const choice of choices) {
		solutions.push(await solve(task, layout, matrix, {choice, place: solutions.length + 1, before: solutions.at(-1)?.theta, started}));
		await onIteration?.(solutions.at(-1)!.report);
	}

	const best = solutions.reduce((first, second) => (second.report.validationLoss < first.report.validationLoss ? second : first));
	return {
		model: {kind: 'network', network: networkOf(plan, layout, best.theta)},
		bestIteration: best.report.epoch,
		curve: solutions.map(({report}) => report),
		backend: 'plain TypeScript',
		seconds: (performance.now() - started) / 1000,
		newestLogits: best.logits,
		settings: {...settings.values, inverseRegularization: best.inverseRegularization},
		dropped: plan.dropped,
		notes: [],
	};
}

async function solve(
	{frame, trainRows}: TeacherTask,
	layout: LinearLayout,
	matrix: InputMatrix,
	{choice, place, before, started}: {choice: number; place: number; before: Float64Array | undefined; started: number},
): Promise<Solution> {
	const {outputCount, rowCount, weights} = frame;
	const targets = targetsOf(frame, {});
	const start = new Float64Array(layout.size);
	start.set(priorLogits(targets, trainRows, outputCount, weights), outputCount * layout.width);
	const objective = linearObjective(layout, matrix, targets, {rowCount: trainRows, inverseRegularization: choice, weights});
	let theta = before ?? start;
	let turn = performance.now();
	for (const {point, value} of minimizeSteps(objective, theta)) {
		if (!Number.isFinite(value)) {
			throw new PerennialError('TRAINING_DIVERGED', `The loss was ${value}; look for values that no cleaning rule caught.`, {
				details: {step: place},
			});
		}

		theta = point;
		if (performance.now() - turn > TURN_MS_MAX) {
			await setImmediate();
			turn = performance.now();
		}
	}

	const trainSum = crossEntropySum(linearLogits(layout, theta, matrix, 0, trainRows), targets, outputCount, weights);
	const trainLoss = trainSum / weightSum(weights, 0, trainRows);
	const logits = linearLogits(layout, theta, matrix, trainRows, rowCount);
	const validationSum = crossEntropySum(logits, targets.subarray(trainRows * outputCount), outputCount, weights?.subarray(trainRows));
	const validationLoss = validationSum / weightSum(weights, trainRows, rowCount);
	const report = {epoch: place, trainLoss, validationLoss, seconds: (performance.now() - started) / 1000};
	return {inverseRegularization: choice, theta, logits, report};
}

/** The regression as a network without hidden layers: the coefficients of categories lie in their tables, and their weights are an identity. */
function networkOf(plan: LinearPlan, layout: LinearLayout, theta: Float64Array): TabularNetwork {
	const {outputCount, numericWidth, levelCounts, width} = layout;
	const inputs = numericWidth + levelCounts.length * outputCount;
	const weights = new Float32Array(inputs * outputCount);
	for (let output = 0; output < outputCount; output++) {
		for (let column = 0; column < numericWidth; column++) {
			weights[column * outputCount + output] = theta[output * width + column]!;
		}

		for (let category = 0; category < levelCounts.length; category++) {
			weights[(numericWidth + category * outputCount + output) * outputCount + output] = 1;
		}
	}

	let first = numericWidth;
	const categorical = plan.categorical.map((input, index) => {
		const from = first;
		first += levelCounts[index]!;
		const table = Float32Array.from(
			{length: levelCounts[index]! * outputCount},
			(_, at) => theta[(at % outputCount) * width + from + Math.floor(at / outputCount)]!,
		);
		return {...input, width: outputCount, table};
	});
	const bias = Float32Array.from(theta.subarray(outputCount * width));
	assert.equal(bias.length, outputCount);
	return {numeric: plan.numeric, categorical, clip: plan.clip, layers: [{inputs, outputs: outputCount, weights, bias}], outputCount};
}
