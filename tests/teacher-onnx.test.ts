/** Teachers of every kind as ONNX files: what a trainer scores and what ONNX Runtime gives are the same. */
import test from 'ava';
import {MemoryLogger, ModelInputEncoder, type OnnxScores, type TeacherModel, type TrainingFrame} from '../core/domain/index.ts';
import {drawInteger, drawNormal, sigmoid, type Rng} from '../core/numerics/index.ts';
import {loadOnnxSession, loadTensorFlow} from '../core/runtimes/index.ts';
import {teacherInputOf, teacherToOnnx} from '../distill/index.ts';
import {
	blendOf,
	createBoostedTrees,
	createLogisticRegression,
	createMlp,
	createTabularNetwork,
	outputCountOf,
	scoreTeacher,
} from '../trainers/index.ts';
import {drawFrame, type SampleRow} from '../trainers/offline/sample-frames.ts';

const tensorflow = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
const ROWS = 10_000;
const ERROR_MAX = 1e-5;

/** Heavy tails, missing values, a flag, two categories; with more cities the more rows are drawn from `cities`. */
function drawRow(classCount: number, cities: number): (rng: Rng) => SampleRow {
	return rng => {
		const city = drawInteger(rng, cities);
		const amount = Math.exp(3 * drawNormal(rng));
		const age = drawNormal(rng);
		const score = 0.8 * Math.log(amount) - age + 0.3 * (city % 6) + drawNormal(rng);
		const cells = {
			amount: rng() < 0.15 ? undefined : amount,
			age: rng() < 0.02 ? undefined : age,
			isNew: rng() < 0.3 ? 1 : 0,
			city: rng() < 0.05 ? undefined : `city ${city}`,
			channel: `channel ${drawInteger(rng, 3)}`,
		};
		return {cells, label: classCount === 1 ? (score > 1 ? 1 : 0) : Math.max(0, Math.min(classCount - 1, Math.round(score / 2 + 0.5)))};
	};
}

/** Rows that no fit has seen: cities beyond the vocabulary, and numbers far outside. */
function strangeRows(classCount: number): TrainingFrame {
	const frame = drawFrame(ROWS, drawRow(classCount, 25), {seed: 2, outputCount: classCount});
	for (const column of frame.columns) {
		if (column.kind === 'numeric') {
			for (const [row, value] of [Infinity, -Infinity, 1e30, -3e38, 1e300, 0].entries()) {
				column.values[row] = value;
			}
		}
	}

	return frame;
}

async function fitAll(outputCount: number): Promise<[string, TeacherModel][]> {
	const frame = drawFrame(1500, drawRow(outputCount, 12), {outputCount});
	const task = {frame, trainRows: 1200, seed: 1};
	const network = {width: 24, epochsMax: 4};
	const modelOf = async (definition: ReturnType<typeof createMlp>, settings = {}): Promise<TeacherModel> =>
		(await definition.fit({...task, settings})).model;
	const encoded = await modelOf(createTabularNetwork(tensorflow), {...network, members: 3, embeddings: 'piecewise'});
	const plain = await modelOf(createTabularNetwork(tensorflow), {...network, members: 4, layers: 3, embeddings: 'none'});
	const mlp = await modelOf(createMlp(tensorflow), network);
	const regression = await modelOf(createLogisticRegression());
	const trees = await modelOf(createBoostedTrees(), {roundsMax: 30});
	const intercepts = Float64Array.from({length: outputCount}, (_, output) => 0.1 + output);
	// Other columns, other order, other vocabularies: what a part reads has to be found among what the blend reads.
	const turned = {...frame, columns: frame.columns.filter(({name}) => name !== 'age').toReversed()};
	const fewer = (await createLogisticRegression().fit({...task, frame: turned, trainRows: 400})).model;
	return [
		['ensemble network with encodings', encoded],
		['ensemble network', plain],
		['network', mlp],
		['logistic regression', regression],
		['boosted trees', trees],
		[
			'blend',
			blendOf(
				[fewer, trees, encoded, mlp].map((model, index) => ({model, weight: 0.4 - 0.1 * index})),
				intercepts,
			),
		],
		['scaled network', blendOf([{model: plain, weight: 1.3}], intercepts)],
		[
			'blend in a blend',
			{
				kind: 'blend',
				parts: [regression, blendOf([{model: trees, weight: 0.7}])],
				weights: Float64Array.of(0.5, 0.5),
				intercepts: new Float64Array(outputCount),
				outputCount,
			},
		],
	];
}

async function scoreFile(model: TeacherModel, frame: TrainingFrame): Promise<OnnxScores> {
	const input = teacherInputOf(model);
	const shape = {
		outputCount: outputCountOf(model),
		hasNumeric: input.numeric.length > 0,
		hasCategorical: input.categorical.length > 0,
	};
	const session = await loadOnnxSession(teacherToOnnx(model), shape);
	const scores = await session.run(new ModelInputEncoder(input).fromFrame(frame));
	await session.close();
	return scores;
}

for (const outputCount of [1, 3]) {
	const fitted = fitAll(outputCount);
	for (const [index, kind] of [
		'ensemble network with encodings',
		'ensemble network',
		'network',
		'logistic regression',
		'boosted trees',
		'blend',
		'scaled network',
		'blend in a blend',
	].entries()) {
		test.serial(`${kind}, ${outputCount} outputs: ${ROWS} rows score as the trainer scores them`, async t => {
			const [name, model] = (await fitted)[index]!;
			t.is(name, kind);
			const frame = strangeRows(outputCount);
			const logits = await scoreTeacher(model, frame, {tensorflow});
			const scores = await scoreFile(model, frame);
			t.is(scores.logits.length, logits.length);
			const worst = (from: (at: number) => number): number => logits.reduce((most, _, at) => Math.max(most, from(at)), 0);
			const logitError = worst(at => Math.abs(scores.logits[at]! - logits[at]!) / Math.max(1, Math.abs(logits[at]!)));
			t.true(logitError <= ERROR_MAX, `logits differ by ${logitError}`);
			if (outputCount === 1) {
				const error = worst(at => Math.abs(scores.probabilities[at]! - sigmoid(logits[at]!)));
				t.true(error <= ERROR_MAX, `probabilities differ by ${error}`);
			}

			t.true(new Set(logits).size > 100, 'the rows do not all score the same');
			t.deepEqual(teacherToOnnx(model), teacherToOnnx(model));
		});
	}
}

test.serial('a blend takes what its parts take: each number once, and of a category every value that a part knows', async t => {
	const known = (feature: string, vocabulary: string[], numeric: string[]): TeacherModel => ({
		kind: 'boosted-trees',
		numeric,
		categorical: [{feature, vocabulary}],
		base: new Float64Array(1),
		trees: [],
		outputCount: 1,
	});
	const blend = blendOf([
		{model: known('city', ['Oslo', 'Lima'], ['b', 'a']), weight: 1},
		{model: known('city', ['Rome', 'Oslo'], ['a', 'c']), weight: 1},
		{model: known('channel', ['web'], []), weight: 1},
	]);
	t.deepEqual(teacherInputOf(blend), {
		numeric: ['b', 'a', 'c'],
		categorical: [
			{feature: 'city', vocabulary: ['Oslo', 'Lima', 'Rome']},
			{feature: 'channel', vocabulary: ['web']},
		],
	});
});
