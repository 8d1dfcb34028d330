/**
 * Gradients of one backend against those of plain JavaScript, for every operation and layer that is or may be trained with.
 *
 * On WebAssembly as it stands; PERENNIAL_TEST_BACKEND names another, as `make verify-webgpu`, `verify-native` and `verify-gpu` do, and
 * PERENNIAL_TEST_NATIVE_DIRECTORY the folder with its package.
 */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {MemoryLogger} from '../core/domain/index.ts';
import {loadTensorFlow, type Tensor, type TensorFlowKind} from '../core/runtimes/index.ts';
import {layerCases, operationCases, trainerCases, type LayerCase} from './gradient-cases.ts';
import {CODE} from './sources.ts';

const ERROR_MAX = 1e-4;
const backend = (process.env['PERENNIAL_TEST_BACKEND'] ?? 'wasm') as TensorFlowKind;
const nativeDirectory = process.env['PERENNIAL_TEST_NATIVE_DIRECTORY'];
const {tf, kind, device, close} = await loadTensorFlow({
	backend,
	logger: new MemoryLogger(),
	...(nativeDirectory !== undefined && {nativeDirectory}),
});
const name = tf.getBackend();

test.after.always(() => {
	close();
});

/** Mean squared errors of three epochs, under seeded weights and a fixed order of rows. */
async function lossesOf({model, x}: LayerCase, optimizer: string): Promise<Tensor[]> {
	const target = tf.tensor2d(
		Float32Array.from({length: 16}, (_, index) => Math.sin((index + 1) * 6.85) / 2),
		[16, 1],
	);
	model.compile({optimizer: optimizer === 'adam' ? tf.train.adam(0.01) : optimizer, loss: 'meanSquaredError'});
	const {history} = await model.fit(x, target, {epochs: 3, batchSize: 8, shuffle: false});
	return [tf.tensor1d(history['loss'] as number[])];
}

/** Largest difference between the two backends, relative to the largest number of its tensor. */
async function differenceOf(compute: () => Tensor[] | Promise<Tensor[]>): Promise<number> {
	const values: Float32Array[][] = [];
	for (const side of [name, 'cpu']) {
		await tf.setBackend(side);
		const tensors = await compute();
		values.push(await Promise.all(tensors.map(async tensor => tensor.data<'float32'>())));
		tf.dispose(tensors);
	}

	await tf.setBackend(name);
	const [tested, reference] = values;
	return Math.max(
		...reference!.map((expected, index) => {
			const scale = expected.reduce((highest, value) => Math.max(highest, Math.abs(value)), 1e-6);
			return expected.reduce((worst, value, at) => {
				const difference = Math.abs(value - (tested![index]![at] ?? Number.NaN)) / scale;
				return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
			}, 0);
		}),
	);
}

test.serial('the backend under test is the one that was asked for', t => {
	t.log(`${kind} (${device})`);
	t.is(kind, backend);
});

for (const [title, compute] of Object.entries({...operationCases(tf), ...trainerCases(tf)})) {
	test.serial(`${backend} gives what the cpu backend gives: ${title}`, async t => {
		const error = await differenceOf(() => tf.tidy(compute));
		t.true(error <= ERROR_MAX, `relative error ${error}`);
	});
}

const layers = layerCases(tf);
for (const [title, make] of Object.entries(layers)) {
	for (const optimizer of title === 'batch norm and dropout' ? ['adam', 'sgd', 'rmsprop', 'adagrad'] : ['adam']) {
		test.serial(`${backend} trains as the cpu backend does: ${title} by ${optimizer}`, async t => {
			const error = await differenceOf(async () => lossesOf(make(), optimizer));
			t.true(error <= ERROR_MAX, `relative error ${error}`);
		});
	}
}

/** Makes, keeps, hands over or gives back tensors; computes nothing. */
const PLUMBING = new Set(['tidy', 'dispose', 'keep', 'memory', 'data', 'tensor', 'scalar', 'zeros', 'ones', 'fill']);
/** The tape: compared by every case that takes a gradient. */
const TAPE = new Set(['grad', 'grads', 'valueAndGrads', 'valueAndGrad', 'variableGrads', 'customGrad']);

test.serial('every operation that a trainer calls has a case', t => {
	const cases = readFileSync(path.join(import.meta.dirname, 'gradient-cases.ts'), 'utf8');
	const missing = CODE.filter(({folder}) => folder === 'trainers' || folder === 'distill').flatMap(({file, text}) =>
		[...text.matchAll(/\btf\.((?:fused\.|losses\.|train\.|layers\.)?[a-z]\w*)\(/gv)]
			.map(match => match[1]!.replace(/\dd$/v, ''))
			.filter(operation => !PLUMBING.has(operation) && !TAPE.has(operation) && !cases.includes(`tf.${operation}(`))
			.map(operation => `${file}: tf.${operation}`),
	);
	t.deepEqual([...new Set(missing)], []);
});
