import test from 'ava';
import type {BoostedTrees, TrainingFrame} from '../../../core/domain/index.ts';
import {drawFrame, drawLoan} from '../sample-frames.ts';
import {createLogisticRegression} from '../linear/logistic-regression.ts';
import {createBoostedTrees} from '../trees/boosted-trees.ts';
import {blendOf, type BlendPart} from './blend.ts';
import {scoreTeacher} from './score-teacher.ts';

const treesOf = (outputCount: number): BoostedTrees => ({
	kind: 'boosted-trees',
	numeric: [],
	categorical: [],
	base: new Float64Array(outputCount),
	trees: [],
	outputCount,
});
const part = (weight: number, outputCount = 1): BlendPart => ({model: treesOf(outputCount), weight});

test('blends that could not score are refused', t => {
	for (const [parts, intercepts] of [
		[[], [0]],
		[[part(0)], [0]],
		[[part(Number.NaN)], [0]],
		[[part(1), part(1, 3)], [0]],
		[[part(1)], [0, 0]],
	] as const) {
		t.throws(() => blendOf(parts, intercepts), {name: 'AssertionError'});
	}

	t.deepEqual([...blendOf([part(1, 3)]).intercepts], [0, 0, 0]);
});

test('a blend scores as the weighted sum of its parts, and as the blend it was made of', async t => {
	const frame: TrainingFrame = drawFrame(800, drawLoan);
	const task = {frame, trainRows: 640, seed: 1};
	const regression = (await createLogisticRegression().fit(task)).model;
	const trees = (await createBoostedTrees().fit({...task, settings: {roundsMax: 10}})).model;
	const inner = blendOf(
		[
			{model: regression, weight: 0.25},
			{model: trees, weight: 0.5},
		],
		[0.125],
	);
	const outer = blendOf([{model: inner, weight: 2}], [-1]);
	const [a, b, ofInner, ofOuter] = await Promise.all([regression, trees, inner, outer].map(async model => scoreTeacher(model, frame)));
	for (let row = 0; row < frame.rowCount; row++) {
		t.true(Math.abs(ofInner![row]! - (0.125 + 0.25 * a![row]! + 0.5 * b![row]!)) < 1e-12);
		t.true(Math.abs(ofOuter![row]! - (2 * ofInner![row]! - 1)) < 1e-12);
	}

	t.deepEqual(await scoreTeacher(outer, frame, {}, 10, 20), ofOuter!.subarray(10, 20));
});

test('a network with hidden layers needs TensorFlow.js', async t => {
	const layer = {inputs: 1, outputs: 1, weights: new Float32Array(1), bias: new Float32Array(1)};
	const network = {numeric: [], categorical: [], clip: 5, layers: [layer, layer], outputCount: 1};
	await t.throwsAsync(scoreTeacher({kind: 'network', network}, drawFrame(5, drawLoan)), {code: 'RUNTIME_UNAVAILABLE'});
});
