/** Gradients on the patched wasm backend against the plain JavaScript backend, for every operation and layer that is or may be trained with. */
import test from 'ava';
import {MemoryLogger} from '../domain/index.ts';
import {loadTensorFlow, type Tensor, type TensorFlowModule} from './tensorflow.ts';

const ERROR_MAX = 1e-4;
const {tf} = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});

type Case = () => Tensor[];
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);
/** Numbers in [-0.5, 0.5] that repeat nowhere, so that no two operands are alike. */
const wave = (shape: number[], step = 1): Tensor =>
	tf.tensor(
		Float32Array.from({length: sizeOf(shape)}, (_, index) => Math.sin((index + 1) * step * 1.37) / 2),
		shape,
	);
const ids = (shape: number[], bound: number): Tensor =>
	tf.tensor(
		Int32Array.from({length: sizeOf(shape)}, (_, index) => (index * 7) % bound),
		shape,
		'int32',
	);
const gradients =
	(shapes: number[][], f: (...inputs: Tensor[]) => Tensor): Case =>
	() => {
		const inputs = shapes.map((shape, index) => wave(shape, index + 1));
		return tf.grads((...given: Tensor[]) => f(...given).sum())(inputs);
	};

const OPERATIONS: Record<string, Case> = {
	'dense, ReLU, sigmoid cross-entropy': gradients([[8, 5], [5, 4], [4]], (x, w, b) =>
		tf.losses.sigmoidCrossEntropy(tf.tensor2d([0, 1, 1, 0, 1, 0, 0, 1], [8, 1]), x.matMul(w).add(b).relu().mean(1, true)),
	),
	'softmax cross-entropy': gradients([[4, 3]], x => tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d([0, 1, 2, 1], 'int32'), 3), x)),
	'log softmax': gradients([[4, 5]], x => tf.logSoftmax(x).slice([0, 0], [4, 2])),
	'fused product': gradients([[8, 5], [5, 4], [4]], (a, b, bias) =>
		tf.fused.matMul({a: a.as2D(8, 5), b: b.as2D(5, 4), bias, activation: 'relu'}).square(),
	),
	'product, first transposed': gradients(
		[
			[5, 8],
			[5, 4],
		],
		(a, b) => tf.matMul(a, b, true, false).square(),
	),
	'product, second transposed': gradients(
		[
			[8, 5],
			[4, 5],
		],
		(a, b) => tf.matMul(a, b, false, true).square(),
	),
	'product, both transposed': gradients(
		[
			[5, 8],
			[4, 5],
		],
		(a, b) => tf.matMul(a, b, true, true).square(),
	),
	'product in batches, transposed': gradients(
		[
			[3, 5, 8],
			[3, 4, 5],
		],
		(a, b) => tf.matMul(a, b, true, true).square(),
	),
	attention: gradients(
		[
			[2, 3, 5, 4],
			[2, 3, 5, 4],
			[2, 3, 5, 4],
		],
		(q, k, v) => tf.matMul(tf.softmax(tf.matMul(q, k, false, true).mul(0.5)), v).square(),
	),
	embedding: gradients([[5, 3]], table => tf.gather(table, ids([6], 5)).square()),
	'embedding of a matrix of ids': gradients([[5, 3]], table => tf.gather(table, ids([3, 4], 5)).square()),
	'gather along columns': gradients([[5, 3]], table => tf.gather(table, ids([4], 3), 1).square()),
	'segment sum': gradients([[6, 4]], x => tf.unsortedSegmentSum(x, tf.tensor1d([0, 2, 2, 1, 0, 1], 'int32'), 3).square()),
	'segment sum with ids outside': () => [tf.unsortedSegmentSum(wave([4, 2]), tf.tensor1d([0, -1, 3, 2], 'int32'), 3)],
	'batch norm': gradients([[8, 4], [4], [4], [4], [4]], (x, mean, variance, offset, scale) =>
		tf.batchNorm(x, mean.as1D(), variance.abs().add(1).as1D(), offset.as1D(), scale.as1D()).square(),
	),
	'layer norm': gradients([[6, 8]], x => {
		const {mean, variance} = tf.moments(x, -1, true);
		return x.sub(mean).mul(variance.add(1e-5).rsqrt()).pow(tf.scalar(3));
	}),
	dropout: gradients([[8, 8]], x => tf.dropout(x, 0.3, undefined, 7)),
	convolution: gradients(
		[
			[2, 6, 6, 3],
			[3, 3, 3, 4],
		],
		(x, filter) => tf.conv2d(x.as4D(2, 6, 6, 3), filter.as4D(3, 3, 3, 4), 1, 'same').square(),
	),
	'convolution with stride': gradients(
		[
			[2, 7, 7, 3],
			[3, 3, 3, 4],
		],
		(x, filter) => tf.conv2d(x.as4D(2, 7, 7, 3), filter.as4D(3, 3, 3, 4), 2, 'valid').square(),
	),
	'convolution of series': gradients(
		[
			[2, 8, 3],
			[3, 3, 4],
		],
		(x, filter) => tf.conv1d(x.as3D(2, 8, 3), filter.as3D(3, 3, 4), 1, 'same').square(),
	),
	'convolution by depth': gradients(
		[
			[2, 6, 6, 3],
			[3, 3, 3, 1],
		],
		(x, filter) => tf.depthwiseConv2d(x.as4D(2, 6, 6, 3), filter.as4D(3, 3, 3, 1), 1, 'same').square(),
	),
	'transposed convolution': gradients(
		[
			[2, 6, 6, 4],
			[3, 3, 3, 4],
		],
		(x, filter) => tf.conv2dTranspose(x.as4D(2, 6, 6, 4), filter.as4D(3, 3, 3, 4), [2, 12, 12, 3], 2, 'same').square(),
	),
	'max pool, negative windows': gradients([[2, 6, 6, 3]], x => tf.maxPool(x.sub(1).as4D(2, 6, 6, 3), 2, 2, 'same').square()),
	'mean pool': gradients([[2, 6, 6, 3]], x => tf.avgPool(x.as4D(2, 6, 6, 3), 2, 2, 'same').square()),
	activations: gradients([[4, 5]], x =>
		tf
			.selu(x)
			.add(tf.elu(x))
			.add(tf.softplus(x))
			.add(tf.leakyRelu(x, 0.1))
			.add(tf.tanh(x).mul(tf.sigmoid(x))),
	),
	GELU: gradients([[4, 5]], x => x.mul(0.5).mul(tf.erf(x.div(Math.SQRT2)).add(1))),
	'concatenation and split': gradients(
		[
			[4, 3],
			[4, 5],
		],
		(a, b) => {
			const [left, right] = tf.split(tf.concat([a, b], 1), 2, 1);
			return left!.mul(right!);
		},
	),
	'stack and unstack': gradients(
		[
			[4, 3],
			[4, 3],
		],
		(a, b) => {
			const [first, second] = tf.unstack(tf.stack([a, b]));
			return first!.mul(second!);
		},
	),
	'slice, tile, transpose, reshape': gradients([[4, 3]], x =>
		tf.tile(tf.transpose(x, [1, 0]).slice([1, 0], [2, 3]).reshape([2, 3]), [2, 3]).square(),
	),
	'maximum and minimum': gradients([[4, 3]], x => tf.max(x, 1).add(tf.min(x, 1))),
	where: gradients(
		[
			[4, 3],
			[4, 3],
		],
		(a, b) =>
			tf.where(
				tf.tensor2d(
					Array.from({length: 12}, (_, index) => index % 3 === 0),
					[4, 3],
					'bool',
				),
				a.square(),
				b,
			),
	),
	'clip, logarithm, exponential': gradients([[4, 3]], x => tf.log(tf.clipByValue(tf.exp(x), 0.7, 1.4))),
	'cumulative sum': gradients([[4, 3]], x => tf.cumsum(x, 1).square()),
	'Huber loss': gradients([[4, 3]], x => tf.losses.huberLoss(wave([4, 3], 2), x)),
	'Einstein sum, forward': () => [tf.einsum('bij,bjk->bik', wave([2, 3, 4]), wave([2, 4, 3], 2))],
	'second derivative': () => [
		tf.grad(x =>
			tf
				.grad(y => y.mul(y).mul(y).sum())(x)
				.square()
				.sum(),
		)(wave([4])),
	],
};

const glorot = (seed: number): ReturnType<TensorFlowModule['initializers']['glorotUniform']> => tf.initializers.glorotUniform({seed});
const output = (): ReturnType<TensorFlowModule['layers']['dense']> => tf.layers.dense({units: 1, kernelInitializer: glorot(2)});
const hidden = (): ReturnType<TensorFlowModule['layers']['dense']> =>
	tf.layers.dense({units: 8, inputShape: [6], kernelInitializer: glorot(2)});
const LAYERS: Record<string, () => {model: ReturnType<TensorFlowModule['sequential']>; x: Tensor}> = {
	embedding: () => ({
		model: tf.sequential({
			layers: [
				tf.layers.embedding({inputDim: 10, outputDim: 4, inputLength: 3, embeddingsInitializer: glorot(1)}),
				tf.layers.flatten(),
				output(),
			],
		}),
		x: ids([16, 3], 10).cast('float32'),
	}),
	'batch norm and dropout': () => ({
		model: tf.sequential({
			layers: [hidden(), tf.layers.batchNormalization(), tf.layers.reLU(), tf.layers.dropout({rate: 0.25, seed: 3}), output()],
		}),
		x: wave([16, 6]),
	}),
	'layer norm': () => ({model: tf.sequential({layers: [hidden(), tf.layers.layerNormalization(), output()]}), x: wave([16, 6])}),
	LSTM: () => ({
		model: tf.sequential({
			layers: [
				tf.layers.lstm({
					units: 8,
					inputShape: [5, 3],
					recurrentActivation: 'sigmoid',
					kernelInitializer: glorot(2),
					recurrentInitializer: glorot(4),
				}),
				output(),
			],
		}),
		x: wave([16, 5, 3]),
	}),
	GRU: () => ({
		model: tf.sequential({
			layers: [
				tf.layers.gru({units: 8, inputShape: [5, 3], kernelInitializer: glorot(2), recurrentInitializer: glorot(4)}),
				output(),
			],
		}),
		x: wave([16, 5, 3]),
	}),
	'convolution and max pool': () => ({
		model: tf.sequential({
			layers: [
				tf.layers.conv2d({filters: 4, kernelSize: 3, inputShape: [8, 8, 1], kernelInitializer: glorot(2)}),
				tf.layers.maxPooling2d({poolSize: 2}),
				tf.layers.flatten(),
				output(),
			],
		}),
		x: wave([16, 8, 8, 1]),
	}),
};

async function lossesOf(name: string, optimizer: 'adam' | 'sgd' | 'rmsprop' | 'adagrad'): Promise<Tensor[]> {
	const {model, x} = LAYERS[name]!();
	model.compile({optimizer: optimizer === 'adam' ? tf.train.adam(0.01) : optimizer, loss: 'meanSquaredError'});
	const {history} = await model.fit(x, wave([16, 1], 5), {epochs: 3, batchSize: 8, shuffle: false});
	return [tf.tensor1d(history['loss'] as number[])];
}

/** Largest difference between the two backends, relative to the largest number of its tensor. */
async function differenceOf(compute: () => Tensor[] | Promise<Tensor[]>): Promise<number> {
	const values: Float32Array[][] = [];
	for (const backend of ['wasm', 'cpu']) {
		await tf.setBackend(backend);
		const tensors = await compute();
		values.push(await Promise.all(tensors.map(async tensor => tensor.data<'float32'>())));
		tf.dispose(tensors);
	}

	await tf.setBackend('wasm');
	const [patched, reference] = values;
	return Math.max(
		...reference!.map((expected, index) => {
			const scale = expected.reduce((highest, value) => Math.max(highest, Math.abs(value)), 1e-6);
			return expected.reduce(
				(worst, value, at) => Math.max(worst, Math.abs(value - (patched![index]![at] ?? Number.NaN)) / scale),
				0,
			);
		}),
	);
}

for (const [name, compute] of Object.entries(OPERATIONS)) {
	test.serial(`wasm gives the gradient of the cpu backend: ${name}`, async t => {
		const error = await differenceOf(() => tf.tidy(compute));
		t.true(error <= ERROR_MAX, `relative error ${error}`);
	});
}

for (const name of Object.keys(LAYERS)) {
	for (const optimizer of name === 'batch norm and dropout' ? (['adam', 'sgd', 'rmsprop', 'adagrad'] as const) : (['adam'] as const)) {
		test.serial(`wasm trains as the cpu backend does: ${name} by ${optimizer}`, async t => {
			const error = await differenceOf(async () => lossesOf(name, optimizer));
			t.true(error <= ERROR_MAX, `relative error ${error}`);
		});
	}
}

test.serial('the patched kernels leave no tensor behind', t => {
	const inUse = (): number[] => [tf.memory().numTensors, tf.findBackend('wasm').numDataIds(), tf.findBackend('cpu').numDataIds()];
	const before = inUse();
	for (let round = 0; round < 3; round++) {
		tf.tidy(() => {
			for (const compute of Object.values(OPERATIONS)) {
				compute();
			}
		});
	}

	t.deepEqual(inUse(), before);
});
