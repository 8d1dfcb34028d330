import test from 'ava';
import {MemoryLogger, type FitOptions, type FitResult, type TrainingFrame} from '../../../core/domain/index.ts';
import {areaUnderRoc, drawInteger, drawNormal, meanLogLoss} from '../../../core/numerics/index.ts';
import {loadTensorFlow} from '../../../core/runtimes/index.ts';
import {createNetworkFitter} from './network-fitter.ts';
import {createNetworkScorer, probabilitiesOf} from './network-scorer.ts';
import {drawExclusiveOr, drawFrame, drawLoan, frameOfRows} from '../sample-frames.ts';

const tensorflow = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
const fit = createNetworkFitter(tensorflow);
const score = createNetworkScorer(tensorflow);
const SHAPE = {hidden: [16, 8], seed: 1};
const optionsOf = (frame: TrainingFrame, more: Partial<FitOptions> = {}): FitOptions => ({
	...SHAPE,
	trainRows: Math.floor(0.8 * frame.rowCount),
	...more,
});
const fitOn = async (frame: TrainingFrame, more: Partial<FitOptions> = {}): Promise<FitResult> => fit(frame, {}, optionsOf(frame, more));

test.serial('learns what no single feature says', async t => {
	const frame = drawFrame(3000, drawExclusiveOr);
	const unseen = drawFrame(1000, drawExclusiveOr, {seed: 2});
	const {network} = await fitOn(frame, {epochsMax: 40});
	const area = areaUnderRoc(await score(network, unseen), unseen.labels);
	// One label in twenty is wrong, so the best possible is about 0.95.
	t.true(area > 0.92, `AUC ${area}`);
});

test.serial('learns the effect of a category, a heavy-tailed number and missing values, and is calibrated', async t => {
	const unseen = drawFrame(4000, drawLoan, {seed: 2});
	const {network} = await fitOn(drawFrame(6000, drawLoan));
	const probabilities = await score(network, unseen);
	t.true(network.numeric[0]!.signedLog && network.numeric[0]!.missingFlag);
	const [income, , city] = unseen.columns;
	const ofIncome = (row: number): number => (Number.isNaN(income!.values[row]) ? 0 : Math.log(income!.values[row]!) - 10);
	const best = Float64Array.from(unseen.labels, (_, row) => 0.62 * city!.values[row]! - 0.8 * ofIncome(row));
	const [area, bestArea] = [areaUnderRoc(probabilities, unseen.labels), areaUnderRoc(best, unseen.labels)];
	t.true(area > bestArea - 0.01, `AUC ${area}, of the true rule ${bestArea}`);
	for (let code = 0; code < 6; code++) {
		const rows = [...city!.values.keys()].filter(row => city!.values[row] === code);
		const mean = (values: ArrayLike<number>): number => rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length;
		t.true(
			Math.abs(mean(probabilities) - mean(unseen.labels)) < 0.06,
			`city ${code}: ${mean(probabilities)} for ${mean(unseen.labels)}`,
		);
	}
});

test.serial('a category never seen scores between the extremes of those seen', async t => {
	const {network} = await fitOn(drawFrame(6000, drawLoan));
	const rows = ['city 0', 'city 5', 'Atlantis', undefined].map(city => ({cells: {income: 22_000, noise: 0, city}, label: 0}));
	const [lowest, highest, unknown, missing] = await score(network, frameOfRows(rows));
	t.true(lowest! < unknown! && unknown! < highest!, `${lowest} ${unknown} ${highest}`);
	t.is(unknown, missing);
});

test.serial('learns three classes', async t => {
	const draw = (rng: () => number): {cells: {x: number; y: number}; label: number} => {
		const label = drawInteger(rng, 3);
		return {cells: {x: drawNormal(rng) + 2 * Number(label === 1), y: drawNormal(rng) + 2 * Number(label === 2)}, label};
	};
	const unseen = drawFrame(1000, draw, {seed: 2, outputCount: 3});
	const {network, newestLogits, curve, bestEpoch} = await fitOn(drawFrame(3000, draw, {outputCount: 3}));
	const probabilities = await score(network, unseen);
	const hits = unseen.labels.filter(
		(label, row) => Math.max(...probabilities.subarray(row * 3, row * 3 + 3)) === probabilities[row * 3 + label],
	).length;
	t.true(hits > 720, `${hits} of 1000 right; the best possible is about 780`);
	t.is(newestLogits?.length, 1800);
	const newest = drawFrame(3000, draw, {outputCount: 3}).labels.subarray(2400);
	const loss = meanLogLoss(probabilitiesOf(newestLogits!, 3), newest, 3);
	t.true(Math.abs(loss - curve[bestEpoch - 1]!.validationLoss) < 1e-5, 'the logits are those of the best epoch');
});

test.serial('soft labels pull a student towards its teacher, hard ones towards the truth', async t => {
	const frame = drawFrame(3000, drawExclusiveOr);
	// A teacher that knows the first feature alone: wrong about everything the labels say.
	const soft = Float32Array.from(frame.columns[0]!.values, a => 1 / (1 + Math.exp(-2 * a)));
	const distance = async (softWeight: number): Promise<number> => {
		const {network} = await fit(frame, {soft, softWeight}, optionsOf(frame));
		const probabilities = await score(network, frame);
		return Math.sqrt(probabilities.reduce((sum, value, row) => sum + (value - soft[row]!) ** 2, 0) / frame.rowCount);
	};
	const [all, most, none] = [await distance(1), await distance(0.7), await distance(0)];
	t.true(all < 0.05 && all < most && most < none, `${all} ${most} ${none}`);
});

test.serial('stops when the newest rows say so and keeps the best epoch', async t => {
	const noise = drawFrame(400, rng => ({cells: {x: drawNormal(rng), y: drawNormal(rng)}, label: drawInteger(rng, 2)}));
	const {curve, bestEpoch} = await fitOn(noise, {epochsMax: 60, patience: 2, learningRate: 0.02});
	t.is(curve.length, bestEpoch + 2);
	t.is(curve[bestEpoch - 1]!.validationLoss, Math.min(...curve.map(({validationLoss}) => validationLoss)));
	t.deepEqual(
		curve.map(({epoch}) => epoch),
		curve.map((_, index) => index + 1),
	);
});

test.serial('the network kept is the one whose logits and loss are reported', async t => {
	const frame = drawFrame(1000, drawLoan);
	const {network, newestLogits} = await fitOn(frame, {learningRate: 0.05, epochsMax: 8});
	const [expected, actual] = [probabilitiesOf(newestLogits!, 1), (await score(network, frame)).subarray(800)];
	t.true(expected.every((probability, row) => Math.abs(probability - actual[row]!) < 1e-6));
});

test.serial('without newest rows it runs all epochs and keeps the last', async t => {
	const frame = drawFrame(500, drawExclusiveOr);
	const {curve, bestEpoch, newestLogits} = await fitOn(frame, {trainRows: 500, epochsMax: 5, patience: 1});
	t.deepEqual([curve.length, bestEpoch, newestLogits?.length], [5, 5, 0]);
	t.true(curve.every(({validationLoss, trainLoss}) => Number.isNaN(validationLoss) && trainLoss > 0));
});

test.serial('labels and features of the newest rows do not reach the weights', async t => {
	const frame = drawFrame(1000, drawLoan);
	const turned = {
		...frame,
		labels: frame.labels.map((label, row) => (row < 800 ? label : 1 - label)),
		columns: frame.columns.map(column =>
			column.kind === 'categorical'
				? column
				: {...column, values: column.values.map((value, row) => (row < 800 ? value : -1000 * value))},
		),
	};
	const weightsAfterOneEpoch = async (on: TrainingFrame): Promise<Float32Array> =>
		(await fitOn(on, {epochsMax: 1})).network.layers[0]!.weights;
	t.deepEqual(await weightsAfterOneEpoch(turned), await weightsAfterOneEpoch(frame));
});

test.serial('leaves no tensor behind, whether it ends, fails or is stopped', async t => {
	const frame = drawFrame(800, drawLoan);
	const before = tensorflow.tf.memory().numTensors;
	await fitOn(frame);
	t.is(tensorflow.tf.memory().numTensors, before);
	await t.throwsAsync(
		fitOn(frame, {
			onEpoch: () => {
				throw new Error('cancelled');
			},
		}),
		{message: 'cancelled'},
	);
	t.is(tensorflow.tf.memory().numTensors, before);
	await t.throwsAsync(fitOn(frame, {learningRate: 1e30}), {code: 'TRAINING_DIVERGED'});
	t.is(tensorflow.tf.memory().numTensors, before);
});

test.serial('a loss that is not finite names its step', async t => {
	const error = await t.throwsAsync(fitOn(drawFrame(800, drawLoan), {learningRate: 1e30, batchSize: 64}), {code: 'TRAINING_DIVERGED'});
	const step = (error as unknown as {details: {step: number}}).details.step;
	t.true(step >= 2 && step <= 10, `step ${step}`);
	t.regex(error.message, new RegExp(`at step ${step};.*learning rate`, 'v'));
});

test.serial('refuses frames without anything to learn', async t => {
	const flat = frameOfRows(Array.from({length: 100}, (_, row) => ({cells: {flat: 1, city: 'Oslo'}, label: row % 2})));
	await t.throwsAsync(fitOn(flat), {code: 'FRAME_TOO_SMALL', message: /no column varies/v});
	await t.throwsAsync(fitOn(drawFrame(100, drawLoan), {trainRows: 1}), {code: 'FRAME_TOO_SMALL', message: /1 rows to learn from/v});
});

test.serial('numbers alone, categories alone and one output layer alone all work', async t => {
	const city = (rng: () => number): {cells: {city: string}; label: number} => {
		const at = drawInteger(rng, 2);
		return {cells: {city: `city ${at}`}, label: rng() < 0.1 + 0.8 * at ? 1 : 0};
	};
	const only = drawFrame(1000, city);
	const {network} = await fitOn(only, {hidden: [], epochsMax: 40, patience: 40});
	t.is(network.layers.length, 1);
	t.true(areaUnderRoc(await score(network, only), only.labels) > 0.85);
});

test.serial('other work of the process gets its turn often, and epochs are reported as they end', async t => {
	const frame = drawFrame(12_000, drawLoan);
	let turns = 0;
	const timer = setInterval(() => {
		turns++;
	}, 1);
	const reported: number[] = [];
	const {seconds} = await fitOn(frame, {
		hidden: [512, 256],
		epochsMax: 2,
		onEpoch: ({epoch}) => {
			reported.push(epoch);
		},
	});
	clearInterval(timer);
	t.deepEqual(reported, [1, 2]);
	// Between epochs alone there would be about five turns; a turn is due every 50 ms and a batch.
	t.true(turns > Math.max(8, seconds / 0.2), `${turns} turns in ${seconds} s`);
});
