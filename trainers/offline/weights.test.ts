/** Weights of rows: whole ones are repeated rows, and stretching them all changes nothing where the method says so. */
import test from 'ava';
import {frameDigestOf, meanOneWeights, sliceFrame, takeRows, type TeacherDefinition, type TrainingFrame} from '../../core/domain/index.ts';
import {fitLogits} from './choose/logistic-calibration.ts';
import {lossesOf, meanOf} from './choose/paired-loss.ts';
import {createLogisticRegression} from './linear/logistic-regression.ts';
import {crossEntropySum} from './network/fit-targets.ts';
import {drawFrame} from './sample-frames.ts';
import {createBoostedTrees} from './trees/boosted-trees.ts';

const TRAIN_ROWS = 240;

/** Rows of few distinct values, so that repeating rows moves no edge of a bin; some count two or three times. */
function weightedFrame(outputCount: number): TrainingFrame {
	const frame = drawFrame(
		300,
		rng => {
			const [a, b] = [Math.floor(rng() * 8), Math.floor(rng() * 5)];
			const noise = rng();
			return {cells: {a, b, city: `c${Math.floor(rng() * 3)}`}, label: noise < 0.3 ? Math.floor(noise * 10) % 2 : a + b > 5 ? 1 : 0};
		},
		{outputCount},
	);
	return {...frame, weights: Float64Array.from({length: 300}, (_, row) => 1 + (row % 3))};
}

/** The same as rows that come as often as they count. */
function repeatedFrame({weights, ...frame}: TrainingFrame): TrainingFrame {
	return takeRows(frame, Int32Array.from(frame.labels.keys().flatMap(row => Array.from({length: weights![row]!}, () => row))));
}

const near = (a: Float64Array, b: Float64Array): number => Math.max(...a.map((value, index) => Math.abs(value - b[index]!)));

const TREES = createBoostedTrees();
const CASES: readonly {readonly teacher: TeacherDefinition; readonly settings: Record<string, number>; readonly within: number}[] = [
	{
		teacher: TREES,
		settings: {minimumLeafRows: 1, categorySmoothing: 1, baggingFraction: 1, featureFraction: 1, roundsMax: 8},
		within: 1e-5,
	},
	{teacher: createLogisticRegression(), settings: {inverseRegularization: 0.3}, within: 1e-4},
];

for (const outputCount of [1, 2])
	for (const {teacher, settings, within} of CASES)
		test(`${teacher.name}, ${outputCount} outputs: a row of weight 3 is three rows`, async t => {
			const weighted = weightedFrame(outputCount);
			const repeated = repeatedFrame(weighted);
			const trainRows = repeated.offsets.indexOf(TRAIN_ROWS + 1);
			const one = await teacher.fit({frame: weighted, trainRows: TRAIN_ROWS, seed: 1, settings, iterations: 8});
			const many = await teacher.fit({frame: repeated, trainRows, seed: 1, settings, iterations: 8});
			const plain = await teacher.fit({
				frame: repeatedFrame({...weighted, weights: new Float64Array(300).fill(1)}),
				trainRows: TRAIN_ROWS,
				seed: 1,
				settings,
				iterations: 8,
			});
			const scores = await Promise.all([one, many, plain].map(async ({model}) => teacher.score(model, weighted)));
			t.true(near(scores[0]!, scores[1]!) < within, String(near(scores[0]!, scores[1]!)));
			t.true(near(scores[0]!, scores[2]!) > 100 * within, 'without weights it is another model');
			t.true(Math.abs(one.curve.at(-1)!.validationLoss - many.curve.at(-1)!.validationLoss) < within);
			t.true(Math.abs(one.curve.at(-1)!.trainLoss - many.curve.at(-1)!.trainLoss) < within);
		});

test('losses by weights: as of repeated rows, and the same when all weights are stretched', t => {
	const logits = Float64Array.of(0.3, -1, 2, 0.1);
	const labels = Int32Array.of(1, 0, 0, 1);
	const weights = Float64Array.of(1, 3, 2, 1);
	const repeated = [0, 1, 1, 1, 2, 2, 3];
	const expected =
		crossEntropySum(
			repeated.map(row => logits[row]!),
			repeated.map(row => labels[row]!),
			1,
		) / 7;
	const mean = (factor: number): number =>
		meanOf(lossesOf(logits, labels, 1, meanOneWeights({rowCount: 4, weights: weights.map(weight => factor * weight)})));
	t.true(Math.abs(mean(1) - expected) < 1e-12);
	t.true(Math.abs(mean(17) - expected) < 1e-12);
});

test('scaling is fitted by weights: rows that count almost nothing change nothing', t => {
	const logits = Float64Array.from({length: 400}, (_, row) => ((row * 7) % 11) / 3 - 1.5);
	const labels = Int32Array.from(logits, (logit, row) => (((row * 13) % 17) / 17 < 1 / (1 + Math.exp(-2 * logit)) ? 1 : 0));
	const plain = fitLogits({parts: [logits], labels, outputCount: 1});
	const parts = [Float64Array.of(...logits, ...logits)];
	const both = Int32Array.of(...labels, ...labels.map(label => 1 - label));
	const light = Float64Array.from({length: 800}, (_, row) => (row < 400 ? 2 : 1e-9));
	const weighted = fitLogits({parts, labels: both, outputCount: 1, weights: light});
	const unweighted = fitLogits({parts, labels: both, outputCount: 1});
	const [by, alone, without] = [weighted, plain, unweighted].map(({weights}) => weights[0]!) as [number, number, number];
	t.true(Math.abs(by - alone) < 0.1 * alone, `${by} with weights, ${alone} alone, ${without} without weights`);
	t.true(without < 0.5 * alone);
});

test('weights are part of the digest, and of a slice; a frame without any has the digest it always had', t => {
	const {weights, ...plain} = weightedFrame(1);
	t.not(frameDigestOf({...plain, weights: weights!}), frameDigestOf(plain));
	t.deepEqual([...sliceFrame({...plain, weights: weights!}, 1, 4).weights!], [2, 3, 1]);
	t.false('weights' in sliceFrame(plain, 1, 4));
});
