/** Teachers that read sequences as ONNX files: what the trainer scores, ONNX Runtime gives, alone and in a blend. */
import test from 'ava';
import {
	decodeTeacher,
	encodeTeacher,
	MemoryLogger,
	ModelInputEncoder,
	type SequenceNetwork,
	type TeacherModel,
	type TrainingFrame,
} from '../core/domain/index.ts';
import {createRng, drawInteger, drawNormal, type Rng} from '../core/numerics/index.ts';
import {loadOnnxSession, loadTensorFlow} from '../core/runtimes/index.ts';
import {teacherInputOf, teacherToOnnx} from '../distill/index.ts';
import {blendOf, createBoostedTrees, createSequence, outputCountOf, scoreTeacher} from '../trainers/index.ts';
import {drawFrame, type SampleRow} from '../trainers/offline/sample-frames.ts';

const tensorflow = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
const ROWS = 10_000;

/** Missing values, two categories, customers with one to many events, and rows that name nobody. */
function drawEvents(count: number, outputCount: number, {seed = 1, shops = 8} = {}): TrainingFrame {
	const rng = createRng(seed);
	const draw = (own: Rng): SampleRow => {
		const amount = Math.exp(2 * drawNormal(own));
		const cells = {
			amount: own() < 0.1 ? undefined : amount,
			age: own() < 0.02 ? undefined : drawNormal(own),
			shop: own() < 0.05 ? undefined : `shop ${drawInteger(own, shops)}`,
			channel: `channel ${drawInteger(own, 3)}`,
		};
		return {cells, label: Math.min(Math.max(1, outputCount - 1), Math.floor(own() * 3))};
	};
	const frame = drawFrame(count, draw, {seed, outputCount});
	return {...frame, entities: Int32Array.from({length: count}, () => (rng() < 0.05 ? -1 : Math.floor(300 * rng() ** 3)))};
}

async function fitSequence(frame: TrainingFrame, settings = {}): Promise<SequenceNetwork> {
	const task = {frame, trainRows: frame.rowCount, seed: 1, iterations: 2, settings: {width: 16, units: 12, length: 6, ...settings}};
	return (await createSequence(tensorflow).fit(task)).model as SequenceNetwork;
}

async function worstError(model: TeacherModel, frame: TrainingFrame): Promise<number> {
	const input = teacherInputOf(model);
	const shape = {outputCount: outputCountOf(model), hasNumeric: input.numeric.length > 0, hasCategorical: input.categorical.length > 0};
	const session = await loadOnnxSession(teacherToOnnx(model), shape);
	try {
		const {logits} = await session.run(new ModelInputEncoder(input).fromFrame(frame));
		const own = await scoreTeacher(model, frame, {tensorflow});
		return own.reduce((worst, logit, at) => Math.max(worst, Math.abs(logit - logits[at]!) / Math.max(1, Math.abs(logit))), 0);
	} finally {
		await session.close();
	}
}

for (const outputCount of [1, 3]) {
	test.serial(`${outputCount} outputs: ${ROWS} rows score as the trainer scores them, alone and in a blend`, async t => {
		const frame = drawEvents(1500, outputCount);
		const strange = drawEvents(ROWS, outputCount, {seed: 2, shops: 20});
		for (const column of strange.columns) {
			if (column.kind === 'numeric') {
				column.values.set([Infinity, -Infinity, 1e30, -3e38, 1e300, 0]);
			}
		}

		const model = await fitSequence(frame);
		const turned = {...frame, columns: frame.columns.filter(({name}) => name !== 'age').toReversed()};
		const other = await fitSequence(turned);
		const numbers = await fitSequence({...frame, columns: frame.columns.filter(({kind}) => kind === 'numeric')}, {length: 1});
		const words = await fitSequence({...frame, columns: frame.columns.filter(({kind}) => kind === 'categorical')});
		const trees = (await createBoostedTrees().fit({frame, trainRows: 1200, seed: 1, settings: {roundsMax: 8}})).model;
		const blend = blendOf([
			{model: trees, weight: 0.3},
			{model, weight: 0.5},
			{model: other, weight: 0.2},
			{model: words, weight: 0.1},
		]);
		for (const [name, one] of Object.entries({model, other, numbers, words, blend, decoded: decodeTeacher(encodeTeacher(model))})) {
			const error = await worstError(one, strange);
			t.true(error <= 1e-5, `${name}: logits differ by ${error}`);
			t.deepEqual(teacherToOnnx(one), teacherToOnnx(one));
		}
	});
}

test.serial('a history reaches the file: with other entities the same rows score otherwise', async t => {
	const frame = drawEvents(1500, 1);
	const model = await fitSequence(frame);
	t.deepEqual(teacherInputOf(model).history, {length: 6});
	const scores = async (entities: Int32Array): Promise<Float64Array> => scoreTeacher(model, {...frame, entities}, {tensorflow});
	const [own, nobody] = [await scores(frame.entities!), await scores(new Int32Array(1500).fill(-1))];
	t.true(own.filter((value, row) => Math.abs(value - nobody[row]!) > 1e-3).length > 700);
	t.throws(() => teacherToOnnx({...model, recurrent: {...model.recurrent, inputs: 3}}), {name: 'AssertionError'});
	const longer = {...model, length: 7};
	t.throws(
		() =>
			teacherInputOf(
				blendOf([
					{model, weight: 1},
					{model: longer, weight: 1},
				]),
			),
		{message: /read the same/v},
	);
});
