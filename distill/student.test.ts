/** Distillation with a small fitter in plain JavaScript, from frame to gates. */
import test from 'ava';
import {
	ModelInputEncoder,
	parseSpec,
	sliceFrame,
	type FitNetwork,
	type FitTarget,
	type TabularNetwork,
	type TrainingFrame,
} from '../core/domain/index.ts';
import {areaUnderRoc, createRng, drawInteger, drawNormal, drawPermutation, sigmoid} from '../core/numerics/index.ts';
import {loadOnnxSession} from '../core/runtimes/index.ts';
import {chooseStudent, type ChooseStudentOptions} from './choose-student.ts';
import {judgeStudent, type LoadedFile} from './gates/judge-student.ts';
import {networkToOnnx} from './graph/network-to-onnx.ts';
import {forwardNetwork, networkInputs} from './network/forward.ts';
import {modelInputOf} from './network/layout.ts';
import {quantizeNetwork} from './quantize/quantize-network.ts';
import {distillStudent, refitStudent} from './student.ts';
import {teachStudent, type TeachOptions} from './teach.ts';

const ROWS = 3000;
const TRAIN_ROWS = 1500;
const CITIES = ['Lima', 'Oslo', 'Rome'];

/** Two numbers, one of them sometimes missing, and a city; `truth` is the probability that labels are drawn with. */
function makeFrame(): {frame: TrainingFrame; truth: Float32Array} {
	const rng = createRng(1);
	const first = Float64Array.from({length: ROWS}, () => drawNormal(rng));
	const second = Float64Array.from({length: ROWS}, () => (rng() < 0.1 ? Number.NaN : drawNormal(rng)));
	const city = Int32Array.from({length: ROWS}, () => drawInteger(rng, 3));
	const truth = Float32Array.from(first, (value, row) => {
		const other = Number.isNaN(second[row]) ? 0.5 : second[row]!;
		return sigmoid(1.5 * value - other * (city[row] === 0 ? 1 : -1));
	});
	const frame: TrainingFrame = {
		definition: {model: 'churn', specVersion: 1, schemaVersion: 1, asOf: 0, throughOffset: ROWS, labelRule: ''},
		rowCount: ROWS,
		columns: [
			{name: 'first', kind: 'numeric', values: first},
			{name: 'second', kind: 'numeric', values: second},
			{name: 'city', kind: 'categorical', values: city, categories: CITIES},
		],
		labels: Int32Array.from(truth, probability => (rng() < probability ? 1 : 0)),
		times: Float64Array.from({length: ROWS}, (_, row) => row),
		offsets: Float64Array.from({length: ROWS}, (_, row) => row),
		outputCount: 1,
	};
	return {frame, truth};
}

/** One hidden layer, plain stochastic gradient descent; tables are one-hot and not learnt, which the first layer makes good. */
const fit: FitNetwork = async (frame, target, {hidden, seed, trainRows, epochsMax = 12, learningRate = 0.05}) => {
	const rng = createRng(seed);
	const width = hidden[0]!;
	const inputs = 3 + 4;
	const inner = Float32Array.from({length: inputs * width}, () => drawNormal(rng) * 0.4);
	const outer = Float32Array.from({length: width}, () => drawNormal(rng) * 0.2);
	const [innerBias, outerBias] = [new Float32Array(width), new Float32Array(1)];
	const network: TabularNetwork = {
		numeric: ['first', 'second'].map(feature => ({
			feature,
			median: 0,
			signedLog: false,
			mean: 0,
			inverseDeviation: 1,
			missingFlag: feature === 'second',
		})),
		categorical: [
			{feature: 'city', vocabulary: CITIES, width: 4, table: Float32Array.from({length: 16}, (_, at) => (at % 5 === 0 ? 1 : 0))},
		],
		clip: 5,
		outputCount: 1,
		layers: [
			{inputs, outputs: width, weights: inner, bias: innerBias},
			{inputs: width, outputs: 1, weights: outer, bias: outerBias},
		],
	};
	const rows = networkInputs(network, new ModelInputEncoder(modelInputOf(network)).fromFrame(frame));
	for (let epoch = 0; epoch < epochsMax; epoch++) {
		for (const row of drawPermutation(rng, trainRows)) {
			descend(network, rows.subarray(row * inputs, (row + 1) * inputs), targetOf(target, frame, row), learningRate / (1 + epoch));
		}
	}

	return {network, bestEpoch: epochsMax, curve: [], backend: 'plain', seconds: 0};
};

function targetOf({soft, softWeight = 0}: FitTarget, {labels}: TrainingFrame, row: number): number {
	return softWeight * (soft?.[row] ?? 0) + (1 - softWeight) * labels[row]!;
}

function descend({layers}: TabularNetwork, inputs: Float32Array, target: number, step: number): void {
	const [inner, outer] = [layers[0]!, layers[1]!];
	const hidden = inner.bias.map((bias, unit) =>
		Math.max(
			0,
			inputs.reduce((sum, value, input) => sum + value * inner.weights[input * inner.outputs + unit]!, bias),
		),
	);
	const error = sigmoid(hidden.reduce((sum, value, unit) => sum + value * outer.weights[unit]!, outer.bias[0]!)) - target;
	outer.bias[0]! -= step * error;
	for (const [unit, value] of hidden.entries()) {
		const gradient = value > 0 ? error * outer.weights[unit]! : 0;
		outer.weights[unit]! -= step * error * value;
		inner.bias[unit]! -= step * gradient;
		for (const [input, number] of inputs.entries()) {
			inner.weights[input * inner.outputs + unit]! -= step * gradient * number;
		}
	}
}

const {frame, truth} = makeFrame();
const options = {frame, trainRows: TRAIN_ROWS, teacherProbabilities: truth, hidden: [12], seed: 3, fit};

/** Root mean square distance from the teacher on rows not learnt from. */
function distance(network: TabularNetwork): number {
	const newest = sliceFrame(frame, TRAIN_ROWS, ROWS);
	const {probabilities} = forwardNetwork(network, new ModelInputEncoder(modelInputOf(network)).fromFrame(newest));
	return Math.sqrt(
		probabilities.reduce((sum, probability, row) => sum + (probability - truth[TRAIN_ROWS + row]!) ** 2, 0) / newest.rowCount,
	);
}

test('a student that hears the teacher comes nearer to it than one that hears labels alone', async t => {
	const [distilled, alone] = await Promise.all([distillStudent(options), distillStudent({...options, softWeight: 0})]);
	t.true(
		distance(distilled.network) < 0.8 * distance(alone.network),
		`${distance(distilled.network)} against ${distance(alone.network)}`,
	);
});

test("the fitter gets the shape, the seed, the split and its own options, and its failure is the caller's", async t => {
	let seen: Parameters<FitNetwork> | undefined;
	await distillStudent({
		...options,
		softWeight: 0.4,
		fitOptions: {epochsMax: 2},
		fit: async (...received) => {
			seen = received;
			return fit(...received);
		},
	});
	t.is(seen![0], frame);
	t.deepEqual(seen![1], {soft: truth, softWeight: 0.4});
	t.deepEqual(seen![2], {weightStepsMax: 63, epochsMax: 2, hidden: [12], seed: 3, trainRows: TRAIN_ROWS});
	const failure = new Error('diverged');
	t.is(await t.throwsAsync(distillStudent({...options, fit: async () => Promise.reject(failure)})), failure);
});

test('rows without a label are learnt from by what the teacher says of them, and decide nothing else', async t => {
	const labelled = sliceFrame(frame, 0, TRAIN_ROWS + 200);
	const newest = sliceFrame(frame, TRAIN_ROWS + 200, TRAIN_ROWS + 700);
	const blind = {...newest, labels: new Int32Array(newest.rowCount).fill(1)};
	let seen: Parameters<FitNetwork> | undefined;
	const given = {
		...options,
		frame: labelled,
		teacherProbabilities: truth.subarray(0, labelled.rowCount),
		unlabelled: {frame: blind, teacherProbabilities: truth.subarray(labelled.rowCount, labelled.rowCount + newest.rowCount)},
		softWeight: 0.5,
		fit: async (...received: Parameters<FitNetwork>) => {
			seen = received;
			return fit(...received);
		},
	};
	await distillStudent(given);
	const [whole, target, {trainRows}] = seen!;
	t.is(trainRows, TRAIN_ROWS + 500);
	t.deepEqual(sliceFrame(whole, trainRows, whole.rowCount).labels, sliceFrame(labelled, TRAIN_ROWS, labelled.rowCount).labels);
	t.deepEqual(whole.offsets.subarray(TRAIN_ROWS, trainRows), newest.offsets);
	t.deepEqual(target.soft!.subarray(TRAIN_ROWS, trainRows), given.unlabelled.teacherProbabilities);
	t.is(
		target.unlabelled!.reduce((sum, value) => sum + value, 0),
		500,
	);
	t.is(target.unlabelled!.indexOf(1), TRAIN_ROWS);
	await distillStudent({...given, softWeight: 0});
	t.is(seen![0], labelled, 'without a teacher there is nothing to learn from them');
});

test('a pruned student has smaller matrices, and is fitted on from what was left', async t => {
	const fits: Parameters<FitNetwork>[] = [];
	const given: FitNetwork = async (...received) => {
		fits.push(received);
		return fit(...received);
	};
	const {network} = await distillStudent({...options, fit: given, pruning: 0.5});
	t.deepEqual(
		network.layers.map(({outputs}) => outputs),
		[6, 1],
	);
	t.deepEqual(
		fits.map(([, , {hidden}]) => hidden),
		[[12], [6]],
	);
	t.is(fits[0]![2].start, undefined);
	t.is(fits[1]![2].start!.layers[0]!.outputs, 6);
});

test('probabilities that are none, or too few, stop it before any fitting', async t => {
	for (const teacherProbabilities of [truth.subarray(1), truth.map(() => 1.5), truth.map(() => Number.NaN)]) {
		await t.throwsAsync(distillStudent({...options, teacherProbabilities}), {name: 'AssertionError'});
	}
});

const KNOWN_ROWS = 2000;
const known = {...options, frame: sliceFrame(frame, 0, KNOWN_ROWS), teacherProbabilities: truth.subarray(0, KNOWN_ROWS)};

/** Distilling with a teacher that says `teacher` of all rows, judged on the newest, which nobody learns from. */
function teaching(teacher: Float32Array, rows = ROWS - KNOWN_ROWS): TeachOptions {
	const newest = sliceFrame(frame, ROWS - rows, ROWS);
	return {
		...known,
		teacherProbabilities: teacher.subarray(0, KNOWN_ROWS),
		gates: {confidence: 0.95, minimumRows: 200},
		outOfTime: {
			labels: newest.labels,
			teacher: teacher.subarray(ROWS - rows),
			score: async network => forwardNetwork(network, new ModelInputEncoder(modelInputOf(network)).fromFrame(newest)).probabilities,
		},
	};
}

test('a second fit learns from all rows, for as long as the first found best, and keeps its curve', async t => {
	const seen: Parameters<FitNetwork>[] = [];
	const given = {
		...known,
		fit: async (...received: Parameters<FitNetwork>) => {
			seen.push(received);
			return {...(await fit(...received)), bestEpoch: 5, curve: [{epoch: 5, trainLoss: 1, validationLoss: 1, seconds: 1}]};
		},
	};
	const first = await distillStudent(given);
	const {network, bestEpoch, curve} = await refitStudent(given, first);
	t.like(seen[1]![2], {trainRows: KNOWN_ROWS, epochsMax: 5, hidden: [12]});
	t.is(seen[1]![2].start, undefined);
	t.deepEqual({bestEpoch, curve}, {bestEpoch: first.bestEpoch, curve: first.curve});
	t.notDeepEqual(network, first.network);
	const pruned = {...given, pruning: 0.5};
	const small = await distillStudent(pruned);
	await refitStudent(pruned, small);
	t.like(seen.at(-1)![2], {trainRows: KNOWN_ROWS, epochsMax: 5, hidden: [6]});
	t.is(seen.at(-1)![2].start, small.network, 'a pruned one goes on from where it was');
});

test('a teacher that is no better than the student on labels alone is not distilled from, and the report says so', async t => {
	const onLabels = {...known, softWeight: 0};
	const alone = await refitStudent(onLabels, await distillStudent(onLabels));
	const rng = createRng(9);
	const guesses = truth.map(probability => 0.1 * probability + 0.9 * rng());
	const {fit: student, taughtBy, report} = await teachStudent(teaching(guesses));
	t.is(taughtBy, 'labels');
	t.deepEqual(student.network, alone.network);
	t.regex(report.reason, /no better.* not distilled from/v);
	t.like(report, {gate: 'distillation', passed: true, measured: {rows: ROWS - KNOWN_ROWS, distilled: 0}});
	t.true(report.measured['aucGain']! < 0);
});

test('a teacher that is better is distilled from; where nothing can be compared too', async t => {
	const distilled = await refitStudent(known, await distillStudent(known));
	const taught = await teachStudent(teaching(truth));
	t.is(taught.taughtBy, 'teacher');
	t.deepEqual(taught.fit.network, distilled.network);
	t.true(taught.report.measured['aucGain']! > 0 && taught.report.measured['distilled'] === 1);
	const few = await teachStudent(teaching(truth, 100));
	t.is(few.taughtBy, 'teacher');
	t.regex(few.report.reason, /100 rows are too few/v);
	const {outOfTime, ...rest} = teaching(truth);
	const oneClass = await teachStudent({...rest, outOfTime: {...outOfTime, labels: new Uint8Array(ROWS - KNOWN_ROWS)}});
	t.regex(oneClass.report.reason, /of one class/v);
});

test('a distilled student becomes two files that pass the gates on newer rows', async t => {
	const {network} = await distillStudent(options);
	const encoder = new ModelInputEncoder(modelInputOf(network));
	const [train, newest] = [sliceFrame(frame, 0, TRAIN_ROWS), sliceFrame(frame, TRAIN_ROWS, ROWS)];
	const shape = {outputCount: 1, hasNumeric: true, hasCategorical: true};
	const load = async (bytes: Uint8Array): Promise<LoadedFile> => ({
		session: await loadOnnxSession(bytes, shape),
		sizeBytes: bytes.length,
	});
	const [reference, quantized] = [await load(networkToOnnx(network)), await load(quantizeNetwork(network, encoder.fromFrame(train)))];
	const features = [{name: 'first', type: 'numeric' as const}];
	const spec = parseSpec({name: 'churn', task: 'binary', label: {field: 'left'}, features, gates: {decisionFlipsMax: 0.01}});
	const reports = await judgeStudent({
		reference,
		quantized,
		outputCount: 1,
		spec,
		outOfTime: {batch: encoder.fromFrame(newest), labels: newest.labels, teacherProbabilities: truth.subarray(TRAIN_ROWS)},
	});
	t.deepEqual(
		reports.filter(({passed}) => !passed),
		[],
	);
	t.true(reports[1]!.measured['studentAuc']! > areaUnderRoc(truth.subarray(TRAIN_ROWS), newest.labels) - 0.02);
});

/** A deployment that says what it is told to. */
const deployAs =
	(frame: TrainingFrame, noise: (network: TabularNetwork) => number, truth: Float32Array): ChooseStudentOptions['deploy'] =>
	async network => {
		const rng = createRng(7);
		const spread = noise(network);
		const probabilities = truth
			.slice(TRAIN_ROWS, frame.rowCount)
			.map(value => sigmoid(Math.log(value / (1 - value)) + spread * drawNormal(rng)));
		const width = network.layers[0]!.bias.length;
		return {probabilities, sizeBytes: width * 10, microsBatch1: width, microsBatch256: width * 20};
	};

test('the smallest size within one standard error of the best is taken, and the front is what nothing beats', async t => {
	const {frame, truth} = makeFrame();
	const noiseOf: Readonly<Record<number, number>> = {2: 1.5, 4: 0.01, 8: 0, 16: 0.4};
	const choice = await chooseStudent({
		frame,
		trainRows: TRAIN_ROWS,
		teacherProbabilities: truth,
		seed: 1,
		fit,
		fitOptions: {epochsMax: 1},
		family: [[16], [2], [8], [4]],
		deploy: deployAs(frame, network => noiseOf[network.layers[0]!.bias.length]!, truth),
	});
	t.deepEqual(choice.hidden, [4]);
	t.deepEqual(
		choice.candidates.map(({hidden, isOnFront}) => [hidden[0], isOnFront]),
		[
			[2, true],
			[4, true],
			[8, true],
			[16, false],
		],
	);
	const [tiny, small, best] = choice.candidates;
	t.true(tiny!.behindBest > tiny!.error && small!.behindBest <= small!.error);
	t.is(best!.behindBest, 0);
	t.true(best!.agreement === 1 && tiny!.agreement < 1);
	t.is(choice.fit.network.layers[0]!.bias.length, 4);
	t.regex(choice.reason, /4 is the smallest within one standard error of 8/v);
});

test('a size that is clearly better than all that are smaller is taken', async t => {
	const {frame, truth} = makeFrame();
	const choice = await chooseStudent({
		frame,
		trainRows: TRAIN_ROWS,
		teacherProbabilities: truth,
		seed: 1,
		fit,
		fitOptions: {epochsMax: 1},
		family: [[2], [4]],
		deploy: deployAs(frame, ({layers}) => (layers[0]!.bias.length === 4 ? 0 : 1), truth),
	});
	t.deepEqual(choice.hidden, [4]);
	t.regex(choice.reason, /none that is smaller/v);
});
