/**
 * Every operation and layer that is or may be trained with, as cases that any backend can run: what gradients are compared on.
 *
 * @module
 */
import type {Tensor, Tensor2D, TensorFlowModule} from '../core/runtimes/index.ts';
import {recur, recurBack} from '../trainers/offline/sequence/gated-recurrence.ts';

/** Gives tensors: gradients by every input, or values where a case says "forward". Call inside tf.tidy. */
export type GradientCase = () => Tensor[];

/** A model of layers, and what it is trained on. */
export interface LayerCase {
	readonly model: ReturnType<TensorFlowModule['sequential']>;
	readonly x: Tensor;
}

/** How a case's inputs are made. */
interface Maker {
	readonly wave: (shape: number[], step?: number) => Tensor;
	readonly ids: (shape: number[], bound: number) => Tensor;
	readonly gradients: (shapes: number[][], f: (...inputs: Tensor[]) => Tensor) => GradientCase;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** @param tf - The engine under test. */
export function makerOf(tf: TensorFlowModule): Maker {
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
		(shapes: number[][], f: (...inputs: Tensor[]) => Tensor): GradientCase =>
		() => {
			const inputs = shapes.map((shape, index) => wave(shape, index + 1));
			return tf.grads((...given: Tensor[]) => f(...given).sum())(inputs);
		};
	return {wave, ids, gradients};
}

/** Operations by name. */
export function operationCases(tf: TensorFlowModule): Record<string, GradientCase> {
	const {wave, ids, gradients} = makerOf(tf);
	return {
		'dense, ReLU, sigmoid cross-entropy': gradients([[8, 5], [5, 4], [4]], (x, w, b) =>
			tf.losses.sigmoidCrossEntropy(tf.tensor2d([0, 1, 1, 0, 1, 0, 0, 1], [8, 1]), x.matMul(w).add(b).relu().mean(1, true)),
		),
		'softmax cross-entropy': gradients([[4, 3]], x =>
			tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d([0, 1, 2, 1], 'int32'), 3), x),
		),
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
}

/** Layers by name. */
export function layerCases(tf: TensorFlowModule): Record<string, () => LayerCase> {
	const {wave, ids} = makerOf(tf);
	const glorot = (seed: number): ReturnType<TensorFlowModule['initializers']['glorotUniform']> => tf.initializers.glorotUniform({seed});
	const output = (): ReturnType<TensorFlowModule['layers']['dense']> => tf.layers.dense({units: 1, kernelInitializer: glorot(2)});
	const hidden = (): ReturnType<TensorFlowModule['layers']['dense']> =>
		tf.layers.dense({units: 8, inputShape: [6], kernelInitializer: glorot(2)});
	return {
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
}

/** What the project's own trainers are made of, put together as they put it. */
export function trainerCases(tf: TensorFlowModule): Record<string, GradientCase> {
	const {wave, ids, gradients} = makerOf(tf);
	return {
		'hidden layer with its gradient written out, forward': () => {
			const [x, w, b, delta] = [wave([8, 5]), wave([5, 4], 2), wave([4], 3), wave([8, 4], 4)];
			const hidden = tf.fused.matMul({a: x.as2D(8, 5), b: w.as2D(5, 4), bias: b, activation: 'relu'});
			const inner = tf.mul(delta, tf.step(hidden));
			return [hidden, tf.matMul(x, inner, true), tf.matMul(tf.ones([1, 8]), inner), tf.matMul(inner, w, false, true)];
		},
		'weights on the grid of a quantised file, forward': () => {
			const weights = wave([6, 4]);
			const step = tf.maximum(tf.div(tf.max(tf.abs(weights), 0, true), 63), 1e-20);
			return [tf.mul(tf.round(tf.div(weights, step)), step)];
		},
		'members of an ensemble share a layer': gradients(
			[
				[6, 3, 5],
				[3, 5],
				[5, 4],
				[3, 4],
				[3, 4],
			],
			(x, r, w, s, b) => tf.relu(tf.add(tf.mul(tf.matMul(tf.mul(x, r).reshape([18, 5]), w).reshape([6, 3, 4]), s), b)).square(),
		),
		'heads of an ensemble, a product in batches': gradients(
			[
				[3, 6, 5],
				[3, 5, 2],
			],
			(x, w) => tf.matMul(x, w).square(),
		),
		'mean of the members': gradients([[6, 3, 1]], x => tf.mean(tf.sigmoid(x), 1).square()),
		'piecewise-linear encoding': gradients(
			[
				[6, 4, 3],
				[4, 3, 2],
			],
			(x, map) => tf.relu(tf.matMul(tf.transpose(x, [1, 0, 2]), map)).square(),
		),
		'sums over ids of what a gather took, written out, forward': () => {
			const delta = wave([12, 6]);
			const [left, right] = tf.split(delta, [2, 4], 1);
			return [tf.unsortedSegmentSum(left!, ids([12], 5).as1D(), 5), tf.unsortedSegmentSum(right!, ids([12], 7).as1D(), 7)];
		},
		'cross-entropy of one output, written out, forward': () => {
			const [logits, target] = [tf.mul(wave([9, 1]), 40), tf.abs(wave([9, 1], 2))];
			return [tf.mean(tf.sub(tf.softplus(logits), tf.mul(target, logits))), tf.sub(tf.sigmoid(logits), target)];
		},
		'cross-entropy of several outputs, written out, forward': () => {
			const [logits, target] = [tf.mul(wave([9, 4]), 40), tf.softmax(wave([9, 4], 2))];
			return [tf.sum(tf.mul(target, tf.logSoftmax(logits))), tf.sub(tf.softmax(logits), target)];
		},
		'a step of Adam, forward': () => {
			const [parameters, gradient, mean, square] = [wave([30]), wave([30], 2), wave([30], 3), tf.square(wave([30], 4))];
			const nextMean = tf.add(tf.mul(mean, 0.9), tf.mul(gradient, 0.1));
			const nextSquare = tf.add(tf.mul(square, 0.999), tf.mul(tf.square(gradient), 0.001));
			const change = tf.mul(tf.div(nextMean, tf.add(tf.sqrt(nextSquare), 1e-8)), 0.01);
			return [nextMean, nextSquare, tf.sub(tf.sub(parameters, tf.mul(parameters, 0.01)), change)];
		},
		'parameters as one vector': gradients([[44]], vector => {
			const [table, weights, bias] = tf.split(vector, [20, 20, 4]);
			const rows = tf.gather(table!.as2D(5, 4), ids([6], 5));
			return tf.concat([tf.add(tf.matMul(rows, weights!.as2D(4, 5)), tf.slice(bias!, [0], [1])).as1D(), bias!.as1D()]).square();
		}),
		'a step of a GRU': gradients([[6, 5], [6, 4], [5, 12], [4, 12], [12]], (x, state, w, u, bias) => {
			const [zx, rx, nx] = tf.split(tf.add(tf.matMul(x, w), bias), 3, 1);
			const [zh, rh, nh] = tf.split(tf.matMul(state, u), 3, 1);
			const update = tf.sigmoid(tf.add(zx!, zh!));
			const candidate = tf.tanh(tf.add(nx!, tf.mul(tf.sigmoid(tf.add(rx!, rh!)), nh!)));
			return tf.add(tf.mul(update, state), tf.mul(tf.sub(1, update), candidate)).square();
		}),
		'a GRU over a history that begins late, and its way back, written out, forward': () => {
			const layer = {
				weights: wave([4, 15]) as Tensor2D,
				recurrentWeights: wave([5, 15], 2) as Tensor2D,
				bias: wave([1, 15], 3) as Tensor2D,
			};
			const inputs = wave([18, 4], 4) as Tensor2D;
			const absent = tf.tensor2d(
				Array.from({length: 18}, (_, index) => (index < 4 ? 1 : 0)),
				[18, 1],
			);
			const way = recur(tf, layer, inputs, absent, 3);
			const back = recurBack(tf, layer, inputs, way, wave([6, 5], 5) as Tensor2D);
			return [way.state, back.inputs, ...back.pieces];
		},
		'three steps of a GRU over a masked series': gradients([[6, 3, 4], [4, 4], [4, 4], [4]], (series, w, u, bias) => {
			const mask = tf.tensor3d(
				Array.from({length: 18}, (_, index) => (index % 4 === 0 ? 0 : 1)),
				[6, 3, 1],
			);
			const masks = tf.unstack(mask, 1);
			let state: Tensor = tf.zeros([6, 4]);
			for (const [step, x] of tf.unstack(series, 1).entries()) {
				const next = tf.tanh(tf.add(tf.add(tf.matMul(x, w), tf.matMul(state, u)), bias));
				state = tf.add(tf.mul(next, masks[step]!), tf.mul(state, tf.sub(1, masks[step]!)));
			}

			return state.square();
		}),
		'attention over a masked series': gradients(
			[
				[2, 5, 4],
				[2, 5, 4],
				[2, 5, 4],
			],
			(q, k, v) => {
				const mask = tf.tensor3d([0, 0, 0, 1, 1, 0, 0, 0, 0, 0], [2, 1, 5]).mul(-1e9);
				return tf.matMul(tf.softmax(tf.add(tf.mul(tf.matMul(q, k, false, true), 0.5), mask)), v).square();
			},
		),
		'max pool without padding, negative windows': gradients([[1, 4, 4, 1]], x =>
			tf.maxPool(x.sub(2).as4D(1, 4, 4, 1), 2, 2, 'valid').square(),
		),
		'sums along either axis, several added': gradients(
			[
				[4, 3],
				[4, 3],
			],
			(a, b) => tf.addN([tf.sum(a, 0).square(), tf.sum(b, 0).square(), tf.sum(tf.mul(a, b), 0)]),
		),
		'log-sum-exp, broadcast': gradients(
			[
				[4, 3],
				[4, 1],
			],
			(a, b) => tf.logSumExp(tf.add(a, b), 1),
		),
		'inner axes turned and reversed': gradients([[2, 3, 4]], x =>
			tf.mul(tf.reverse(x, 1), tf.expandDims(tf.squeeze(tf.slice(x, [0, 0, 0], [1, 3, 4])), 0)),
		),
		'dropout by a mask from outside': gradients([[6, 4]], x =>
			tf
				.mul(
					x,
					tf.tensor2d(
						Array.from({length: 24}, (_, index) => (index % 3 === 0 ? 0 : 1.5)),
						[6, 4],
					),
				)
				.square(),
		),
	};
}
