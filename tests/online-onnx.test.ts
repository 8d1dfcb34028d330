/** Online learners as ONNX files: in ONNX Runtime they say what the learners themselves say, whatever a row holds. */
import test, {type ExecutionContext} from 'ava';
import type {FeatureSchema, LearnerShape, OnlineLearner, OnnxBatch, OnnxSession, PortableModel} from '../core/domain/index.ts';
import {createRng, drawInteger, drawNormal, sigmoid, softmaxInPlace} from '../core/numerics/index.ts';
import {loadOnnxSession} from '../core/runtimes/index.ts';
import {learnerToOnnx} from '../distill/index.ts';
import {LEARNERS} from '../trainers/index.ts';
import {linearBank, quadraticBank} from '../trainers/online/linear-bank.ts';
import {definition as logisticRegression, LogisticRegression} from '../trainers/online/logistic-regression.ts';
import {ExpertMixture} from '../trainers/online/mixture/expert-mixture.ts';

const ERROR_MAX = 1e-6;
/** Logits are made of probabilities kept a millionth from 0 and 1. */
const LOGIT_ERROR_MAX = 3e-6;
const LABELS = 4000;
/** Values beyond those of any stream, and on the edges of what 32-bit floats hold. */
const EXTREMES = [Number.NaN, Infinity, -Infinity, 3e38, -3e38, 1e-40, -1e-40, 0, -0, 1e20, 16_777_217, 0.5];
const CODES = [0, 1, 2, 33, 64, 4096, 4097, 2 ** 31, 2 ** 32 + 5, 2 ** 53 - 1, Number.NaN];

const SCHEMAS: Readonly<Record<string, FeatureSchema>> = {
	mixed: {
		version: 1,
		columns: [
			{name: 'amount', type: 'numeric'},
			{name: 'city', type: 'categorical'},
			{name: 'isNew', type: 'boolean'},
			{name: 'income', type: 'numeric'},
			{name: 'shop', type: 'categorical'},
			{name: 'note', type: 'text'},
			{name: 'tail', type: 'numeric'},
			{name: 'device', type: 'categorical'},
		],
	},
	numbers: {version: 1, columns: Array.from({length: 45}, (_, index) => ({name: `x${index}`, type: 'numeric' as const}))},
	categories: {version: 1, columns: [{name: 'city', type: 'categorical'}]},
};

type Rng = () => number;

/** A row whose numbers have the scales of money, ranks and heavy tails; a tenth of everything is missing. */
function drawRow({columns}: FeatureSchema, rng: Rng): Float64Array {
	return Float64Array.from(columns, ({type}, index) => {
		if (rng() < 0.1) {
			return Number.NaN;
		}

		switch (type) {
			case 'categorical': {
				return 1 + Math.floor(rng() ** 3 * 60);
			}

			case 'boolean': {
				return rng() < 0.4 ? 1 : 0;
			}

			case 'text': {
				return drawInteger(rng, 20);
			}

			case 'numeric': {
				const normal = drawNormal(rng);
				return Math.fround(index % 3 === 0 ? Math.exp(4 * normal) : index % 3 === 1 ? 1e6 + 10 * normal : normal / 1e9);
			}
		}
	});
}

function drawLabel({columns}: FeatureSchema, row: Float64Array, classCount: number, rng: Rng): number {
	let score = drawNormal(rng) / 2;
	for (const [index, {type}] of columns.entries()) {
		const value = row[index]!;
		if (Number.isFinite(value)) {
			score += type === 'categorical' ? ((value * 7) % 5) / 2 - 1 : index % 3 === 0 ? Math.log1p(Math.abs(value)) / 4 - 0.5 : 0;
		} else {
			score -= 0.5;
		}
	}

	return Math.max(0, Math.min(classCount - 1, Math.floor(score + classCount / 2)));
}

/** Every value extreme in turn. */
function drawExtreme(schema: FeatureSchema, rng: Rng): Float64Array {
	const row = drawRow(schema, rng);
	return row.map((value, index) => {
		if (rng() > 0.4) {
			return value;
		}

		const {type} = schema.columns[index]!;
		return type === 'categorical' ? CODES[drawInteger(rng, CODES.length)]! : Math.fround(EXTREMES[drawInteger(rng, EXTREMES.length)]!);
	});
}

/** The rows as the inputs of a file. */
function batchOf({columns}: FeatureSchema, rows: readonly Float64Array[]): OnnxBatch {
	const places = (isWanted: (type: string) => boolean): number[] => columns.flatMap(({type}, index) => (isWanted(type) ? [index] : []));
	const numeric = places(type => type !== 'categorical');
	const categorical = places(type => type === 'categorical');
	return {
		rowCount: rows.length,
		numeric: Float32Array.from(rows.flatMap(row => numeric.map(place => row[place]!))),
		categorical: BigInt64Array.from(
			rows.flatMap(row => categorical.map(place => (Number.isNaN(row[place]!) ? 0n : BigInt(row[place]!)))),
		),
	};
}

async function load(bytes: Uint8Array, {schema, outputCount}: LearnerShape): Promise<OnnxSession> {
	const hasCategorical = schema.columns.some(({type}) => type === 'categorical');
	const hasNumeric = schema.columns.some(({type}) => type !== 'categorical');
	return loadOnnxSession(bytes, {outputCount, hasNumeric, hasCategorical});
}

function countsOf({columns}: FeatureSchema): {numericCount: number; categoricalCount: number} {
	const categoricalCount = columns.filter(({type}) => type === 'categorical').length;
	return {numericCount: columns.length - categoricalCount, categoricalCount};
}

interface Comparison {
	readonly t: ExecutionContext;
	readonly shape: LearnerShape;
	readonly model: PortableModel;
	/** The learner's own answer to a row. */
	readonly say: (row: Float64Array, into: Float64Array) => void;
	readonly rows: readonly Float64Array[];
	/** True if the learner has not got as far as to tell rows apart. */
	readonly isDull?: boolean;
}

/** The file of a model against the learner's own answers, in one batch and for a row by itself. */
async function compare({t, shape, model, say, rows, isDull = false}: Comparison): Promise<void> {
	const {schema, outputCount} = shape;
	const bytes = learnerToOnnx(model, countsOf(schema));
	const session = await load(bytes, shape);
	const {probabilities, logits} = await session.run(batchOf(schema, rows));
	const expected = new Float64Array(outputCount);
	let worst = 0;
	for (const [index, row] of rows.entries()) {
		say(row, expected);
		for (let output = 0; output < outputCount; output++) {
			worst = Math.max(worst, Math.abs(expected[output]! - probabilities[index * outputCount + output]!));
		}

		const answered = Float64Array.from(logits.subarray(index * outputCount, (index + 1) * outputCount));
		toProbabilities(answered);
		const error = Math.max(...answered.map((value, output) => Math.abs(value - expected[output]!)));
		t.true(error <= LOGIT_ERROR_MAX, `probabilities of the logits differ by ${error}`);
	}

	t.log(`largest difference ${worst.toExponential(1)}, ${bytes.length} bytes`);
	t.true(worst <= ERROR_MAX, `largest difference ${worst}`);
	t.true(isDull || new Set(probabilities).size > 10, 'the learner tells rows apart');
	const single = await session.run(batchOf(schema, rows.slice(7, 8)));
	t.deepEqual(single.probabilities, probabilities.slice(7 * outputCount, 8 * outputCount));
	await session.close();
}

function toProbabilities(logits: Float64Array): void {
	if (logits.length === 1) {
		logits[0] = sigmoid(logits[0]!);
	} else {
		softmaxInPlace(logits);
	}
}

function teach(learner: OnlineLearner, {schema, outputCount}: LearnerShape, labels: number, rng: Rng): void {
	for (let index = 0; index < labels; index++) {
		const row = drawRow(schema, rng);
		learner.learnOne(row, drawLabel(schema, row, Math.max(2, outputCount), rng));
	}
}

const drawRows = (schema: FeatureSchema, rng: Rng): Float64Array[] =>
	Array.from({length: 400}, (_, index) => (index % 2 === 0 ? drawRow(schema, rng) : drawExtreme(schema, rng)));

test('every learner has a portable form', t => {
	t.deepEqual(
		LEARNERS.filter(({describe}) => describe === undefined).map(({name}) => name),
		[],
	);
});

for (const definition of LEARNERS.filter(({describe}) => describe !== undefined)) {
	for (const [kind, schema] of Object.entries(SCHEMAS)) {
		for (const outputCount of kind === 'mixed' ? [1, 3] : [1]) {
			test(`${definition.name}: the file of ${outputCount} outputs on ${kind} columns says what the learner says`, async t => {
				const shape = {schema, outputCount};
				const rng = createRng(5);
				const learner = definition.create(shape);
				teach(learner, shape, definition.name.endsWith('-30') || kind === 'numbers' ? LABELS / 4 : LABELS, rng);
				const model = definition.describe!(shape, learner.parameters)!;
				const say = (row: Float64Array, into: Float64Array): void => {
					learner.predictOne(row, into);
				};

				// A tree waits for proof before it splits, and with numbers of such scales its leaves do not trust naive Bayes.
				await compare({t, shape, model, say, rows: drawRows(schema, rng), isDull: definition.name === 'hoeffding-tree'});
			});
		}
	}
}

for (const outputCount of [1, 3]) {
	test(`leaves of a Hoeffding tree of ${outputCount} outputs ask naive Bayes in the file where they do in the learner`, async t => {
		const columns = [
			{name: 'region', type: 'numeric' as const},
			{name: 'note', type: 'text' as const},
			{name: 'signal', type: 'numeric' as const},
			{name: 'flag', type: 'boolean' as const},
			{name: 'city', type: 'categorical' as const},
			{name: 'tail', type: 'numeric' as const},
		];
		const shape = {schema: {version: 1, columns}, outputCount};
		const rng = createRng(1);
		const definition = LEARNERS.find(({name}) => name === 'hoeffding-tree')!;
		const learner = definition.create(shape);
		const classCount = Math.max(2, outputCount);
		/** The signal leans one way in one region and the other in the other; class 0 has no tail. */
		const draw = (label: number): Float64Array => {
			const isFar = rng() < 0.3;
			return Float64Array.of(
				Math.fround(drawNormal(rng) + (isFar ? 20 : 0)),
				7,
				Math.fround((isFar ? -label : label) + drawNormal(rng)),
				rng() < 0.3 + label / 5 ? 1 : 0,
				rng() < 0.1 ? Number.NaN : 1 + drawInteger(rng, 5) + label,
				label === 0 ? Number.NaN : Math.fround(drawNormal(rng)),
			);
		};

		for (let index = 0; index < 20_000; index++) {
			const label = drawInteger(rng, classCount);
			learner.learnOne(draw(label), label);
		}

		const model = definition.describe!(shape, learner.parameters)!;
		t.true(model.kind === 'bayes-tree' && model.tree.features.length > 1 && model.isBayes.includes(1));
		t.true(
			model.kind === 'bayes-tree' && model.precisions.includes(0),
			'a class that knows nothing of a column is given what others say',
		);
		const rows = [...Array.from({length: 200}, (_, index) => draw(index % classCount)), ...drawRows(shape.schema, rng)];
		const say = (row: Float64Array, into: Float64Array): void => {
			learner.predictOne(row, into);
		};

		await compare({t, shape, model, say, rows});
	});
}

for (const transform of ['standard', 'log', 'quantile', 'plain'] as const) {
	test(`columns scaled by ${transform} are scaled so in the file`, async t => {
		const shape = {schema: SCHEMAS['mixed']!, outputCount: 1};
		const rng = createRng(9);
		const learner = new LogisticRegression(shape, {transform});
		teach(learner, shape, LABELS, rng);
		const model = logisticRegression.describe!(shape, learner.parameters)!;
		t.true(model.kind === 'linear' && model.scaling.every(({kind}) => kind === transform));
		t.is(model.kind === 'linear' && model.scaling.some(({knots}) => knots.length === 32), transform !== 'plain');
		const say = (row: Float64Array, into: Float64Array): void => {
			learner.predictOne(row, into);
		};

		await compare({t, shape, model, say, rows: drawRows(shape.schema, rng)});
	});
}

for (const outputCount of [1, 3]) {
	test(`a mixture of ${outputCount} outputs whose calibration is in use is calibrated in the file`, async t => {
		const shape = {schema: SCHEMAS['mixed']!, outputCount};
		const rng = createRng(4);
		const definition = LEARNERS.find(({name}) => name === 'linear-bank')!;
		const learner = definition.create(shape);
		teach(learner, shape, LABELS / 4, rng);
		const parameters = Float64Array.from(learner.parameters);
		const experts = linearBank.expertNames(shape).length + quadraticBank.expertNames(shape).length;
		const calibrationAt = new ExpertMixture({armCount: experts, outputCount}).parameterCount;
		parameters.set([0.6, 1], calibrationAt);
		parameters.set(
			Array.from({length: outputCount}, (_, output) => 0.4 - output / 3),
			calibrationAt + 5,
		);
		const model = definition.describe!(shape, parameters)!;
		t.is(model.kind === 'mixture' && model.calibration?.slope, 0.6);
		const score = definition.scorer(shape);
		const say = (row: Float64Array, into: Float64Array): void => {
			score(parameters, row, into);
		};

		await compare({t, shape, model, say, rows: drawRows(shape.schema, rng)});
	});
}

for (const outputCount of [1, 3]) {
	test(`a stack of ${outputCount} outputs that has learnt late labels says the same in the file`, async t => {
		const shape = {schema: SCHEMAS['mixed']!, outputCount};
		const rng = createRng(6);
		const definition = LEARNERS.find(({name}) => name === 'stack')!;
		const learner = definition.create(shape);
		const rows = Array.from({length: LABELS}, () => drawRow(shape.schema, rng));
		for (const [index, row] of rows.entries()) {
			learner.rememberOne!(index, row);
			if (index >= 30) {
				learner.learnOne(rows[index - 30]!, index % Math.max(2, outputCount), 1, undefined, undefined, index - 30);
			}
		}

		const model = definition.describe!(shape, learner.parameters)!;
		t.is(model.kind === 'mixture' && model.branches.length, 2);
		const say = (row: Float64Array, into: Float64Array): void => {
			learner.predictOne(row, into);
		};

		await compare({t, shape, model, say, rows: drawRows(shape.schema, rng)});
	});
}

test('a number that lies on the threshold of a tree, or next to it, goes to the same side in the file', async t => {
	const shape = {schema: {version: 1, columns: [{name: 'x', type: 'numeric' as const}]}, outputCount: 1};
	const rng = createRng(8);
	const definition = LEARNERS.find(({name}) => name === 'adaptive-random-forest')!;
	const learner = definition.create(shape);
	for (let index = 0; index < LABELS; index++) {
		const value = drawNormal(rng);
		learner.learnOne(Float64Array.of(value), Math.floor(value * 3) % 2 === 0 ? 1 : 0);
	}

	const model = definition.describe!(shape, learner.parameters)!;
	const thresholds =
		model.kind === 'forest'
			? model.trees.flatMap(tree => Array.from(tree.thresholds).filter((_, node) => tree.features[node]! >= 0))
			: [];
	t.true(thresholds.length > 20);
	const rows = thresholds.flatMap(threshold => {
		const bits = new Int32Array(Float32Array.of(threshold).buffer);
		return [-1, 0, 1].map(step => Float64Array.of(new Float32Array(bits.map(value => value + step).buffer)[0]!));
	});
	const say = (row: Float64Array, into: Float64Array): void => {
		learner.predictOne(row, into);
	};

	await compare({t, shape, model, say, rows});
});

test('a learner that has learnt nothing has a file too, and the same learner gives the same bytes', async t => {
	const shape = {schema: SCHEMAS['mixed']!, outputCount: 3};
	for (const definition of LEARNERS.filter(({describe}) => describe !== undefined)) {
		const learner = definition.create(shape);
		const [first, second] = [1, 2].map(() => learnerToOnnx(definition.describe!(shape, learner.parameters)!, countsOf(shape.schema)));
		t.deepEqual(first, second);
		const session = await load(first!, shape);
		const {probabilities} = await session.run(batchOf(shape.schema, [drawRow(shape.schema, createRng(1))]));
		t.true(
			probabilities.every(value => Math.abs(value - 1 / 3) < ERROR_MAX),
			definition.name,
		);
		await session.close();
	}
});
