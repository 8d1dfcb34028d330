/**
 * Dense layers with ReLU on TensorFlow.js, and the cross-entropy of what they give: the way there and the way back, written out.
 *
 * All functions are called inside tf.tidy.
 *
 * @module
 */
import type {Tensor, Tensor1D, Tensor2D, TensorFlowModule} from '../../../core/runtimes/index.ts';
import type {DropoutMasks} from './dropout.ts';

/** Weights and biases of layers, in order; ReLU follows all but the last. */
export interface DenseTensors {
	readonly weights: readonly Tensor2D[];
	readonly biases: readonly Tensor1D[];
}

/** Input of each layer, and the logits. With masks, hidden units drop out. */
export function denseActivations(tf: TensorFlowModule, input: Tensor2D, {weights, biases}: DenseTensors, masks?: DropoutMasks): Tensor2D[] {
	const activations = [input];
	for (const [layer, b] of weights.entries()) {
		const isHidden = layer < weights.length - 1;
		const activation = isHidden ? 'relu' : 'linear';
		const values = tf.fused.matMul({a: activations.at(-1)!, b, bias: biases[layer]!, activation}) as Tensor2D;
		activations.push(isHidden && masks ? masked(tf, values, masks) : values);
	}

	return activations;
}

function masked(tf: TensorFlowModule, values: Tensor2D, masks: DropoutMasks): Tensor2D {
	return masks.isIdle ? values : tf.mul(values, tf.mul(tf.tensor2d(masks.next(values.size), values.shape), 1 / masks.keptShare));
}

/** Gradients of weights and biases, layer by layer, and what reached the first layer. */
export interface DenseGradients {
	/** Weights and bias of each layer in turn. */
	readonly pieces: readonly Tensor[];
	/** The gradient by the sums of the first layer; its product with the weights, transposed, is that by the input. */
	readonly delta: Tensor2D;
}

/**
 * The way back.
 *
 * @param outputDelta - Gradient by the logits.
 * @param keptShare - Of the masks on the way there.
 */
export function denseGradients(
	tf: TensorFlowModule,
	activations: readonly Tensor2D[],
	{weights}: Pick<DenseTensors, 'weights'>,
	outputDelta: Tensor2D,
	keptShare: number,
): DenseGradients {
	const pieces: Tensor[] = [];
	let delta = outputDelta;
	const ones: Tensor2D = tf.ones([1, delta.shape[0]]);
	for (let layer = weights.length - 1; layer >= 0; layer--) {
		const input = activations[layer]!;
		// As a matrix product, because a sum over rows goes through a transposition on wasm.
		pieces.unshift(tf.matMul(input, delta, true), tf.matMul(ones, delta));
		if (layer > 0) {
			// The derivative of ReLU is 1 where its output is above 0, and so is that of ReLU and mask but for the mask's scale.
			const step = keptShare < 1 ? tf.mul(tf.step(input), 1 / keptShare) : tf.step(input);
			delta = tf.mul(tf.matMul(delta, weights[layer]!, false, true), step);
		}
	}

	return {pieces, delta};
}

/** Mean cross-entropy of logits, each row times its weight, and its gradient by them. Targets of a row add up to 1 if there are several. */
export function meanCrossEntropy(
	tf: TensorFlowModule,
	logits: Tensor2D,
	targets: Float32Array,
	weights?: Float32Array,
): {readonly loss: Tensor; readonly delta: Tensor2D} {
	const target = tf.tensor2d(targets, logits.shape);
	const factors = weights && tf.tensor2d(weights, [weights.length, 1]);
	const weighted = (values: Tensor2D): Tensor2D => (factors ? tf.mul<Tensor2D>(values, factors) : values);
	const [rows, outputs] = logits.shape;
	if (outputs === 1) {
		return {
			loss: tf.mean(weighted(tf.sub(tf.softplus(logits), tf.mul(target, logits)))),
			delta: tf.mul(weighted(tf.sub(tf.sigmoid(logits), target)), 1 / rows),
		};
	}

	return {
		loss: tf.mul(tf.sum(weighted(tf.mul(target, tf.logSoftmax(logits)))), -1 / rows),
		delta: tf.mul(weighted(tf.sub(tf.softmax(logits), target)), 1 / rows),
	};
}
