/**
 * Scores frames with tabular networks on TensorFlow.js: a teacher's probabilities, which students learn from and gates compare.
 *
 * @module
 */
import type {TabularNetwork, TrainingFrame} from '../../../core/domain/index.ts';
import {sigmoid, softmaxInPlace} from '../../../core/numerics/index.ts';
import type {TensorFlow} from '../../../core/runtimes/index.ts';
import {inputMatrixOf} from './input-matrix.ts';
import {numericWidthOf} from './input-plan.ts';
import {NetworkGraph} from './network-graph.ts';
import {layoutOf, parametersOf} from './network-parameters.ts';

/** Probabilities of a network on the rows of a frame, rows x outputs. */
export type ScoreNetwork = (network: TabularNetwork, frame: TrainingFrame) => Promise<Float32Array>;

/**
 * A {@link ScoreNetwork} on a loaded TensorFlow.js. Features that the frame lacks count as missing.
 *
 * Cost: on wasm a third of an epoch of training. Leaves no tensor behind.
 */
export function createNetworkScorer({tf}: Pick<TensorFlow, 'tf'>): ScoreNetwork {
	return async (network, frame) => {
		const hidden = network.layers.slice(0, -1).map(({outputs}) => outputs);
		const graph = new NetworkGraph(tf, layoutOf(network, hidden, network.outputCount), numericWidthOf(network));
		const parameters = tf.tensor1d(parametersOf(network));
		try {
			return probabilitiesOf(Float32Array.from(await graph.score(parameters, inputMatrixOf(network, frame))), network.outputCount);
		} finally {
			parameters.dispose();
		}
	};
}

/**
 * Sigmoid of one output, softmax of several.
 *
 * @example
 * [...probabilitiesOf(Float32Array.of(0, 0), 1)]; //=> [0.5, 0.5]
 * [...probabilitiesOf(Float32Array.of(3, 3), 2)]; //=> [0.5, 0.5]
 */
export function probabilitiesOf(logits: Float32Array, outputCount: number): Float32Array {
	if (outputCount === 1) {
		return logits.map(value => sigmoid(value));
	}

	const probabilities = logits.slice();
	for (let start = 0; start < probabilities.length; start += outputCount) {
		softmaxInPlace(probabilities, start, outputCount);
	}

	return probabilities;
}
