/**
 * Weights on the grid that a quantised file stores them on: training sees what rounding does, so that rounding later does nothing.
 *
 * @module
 */
import type {TabularNetwork} from '../../../core/domain/index.ts';
import type {Tensor2D, TensorFlowModule} from '../../../core/runtimes/index.ts';

/** Step of an output whose weights are all 0. */
const STEP_MIN = 1e-20;

/**
 * Each weight to the nearest multiple of its output's step; the largest weight of an output is `stepsMax` steps. Call inside tf.tidy.
 *
 * The way back passes a gradient through as if there were no rounding (straight-through).
 *
 * Source: Y. Bengio, N. Leonard, A. Courville, "Estimating or Propagating Gradients Through Stochastic Neurons", 2013; B. Jacob et al., "Quantization and
 * Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018.
 */
export function weightsOnGrid(tf: TensorFlowModule, weights: Tensor2D, stepsMax: number): Tensor2D {
	const step = tf.maximum(tf.div(tf.max(tf.abs(weights), 0, true), stepsMax), STEP_MIN);
	return tf.mul(tf.round(tf.div(weights, step)), step);
}

/** The same of a network as plain data, the last layer left as it is: quantised files store that one in two digits. */
export function networkOnGrid(network: TabularNetwork, stepsMax: number): TabularNetwork {
	const layers = network.layers.map((layer, index) => {
		if (index === network.layers.length - 1) {
			return layer;
		}

		const largest = new Float32Array(layer.outputs);
		for (const [at, weight] of layer.weights.entries()) {
			largest[at % layer.outputs] = Math.max(largest[at % layer.outputs]!, Math.abs(weight));
		}

		const steps = largest.map(value => Math.max(value / stepsMax, STEP_MIN));
		return {
			...layer,
			weights: layer.weights.map((weight, at) => Math.round(weight / steps[at % layer.outputs]!) * steps[at % layer.outputs]!),
		};
	});
	return {...network, layers};
}
