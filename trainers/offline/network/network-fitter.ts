/**
 * Fits tabular networks with TensorFlow.js: teachers, and the students that are distilled from them.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {PerennialError, type FitNetwork, type FitOptions, type TrainingFrame} from '../../../core/domain/index.ts';
import type {TensorFlow, TensorFlowModule} from '../../../core/runtimes/index.ts';
import {priorLogits, targetsOf} from './fit-targets.ts';
import {inputMatrixOf} from './input-matrix.ts';
import {numericWidthOf, planInputs, type InputPlan, type NetworkInputs} from './input-plan.ts';
import {NetworkGraph} from './network-graph.ts';
import {decayMask, initialParameters, layoutOf, networkOf, withoutConstants, type ParameterLayout} from './network-parameters.ts';
import {train, type TrainingRun} from './train.ts';
import type {Trainable} from './trainable.ts';
import {warmNetwork} from './warm-start.ts';
import {networkOnGrid} from './weight-grid.ts';

/** Rows of a batch, at most and at least; between them a twentieth of the rows, as a power of two. */
const BATCH_SIZE_MAX = 512;
const BATCH_SIZE_MIN = 32;
const BATCHES_AN_EPOCH_MIN = 20;

/** Learning rate at the largest batch; smaller ones take it by the square root of their share. */
const LEARNING_RATE = 3e-3;

/** Epochs after which a weight that no gradient holds has fallen to 1/e. Kept in epochs, the decay suits small frames and large ones. */
const DECAY_EPOCHS = 20;

const EPOCHS_MAX = 20;
const PATIENCE = 3;

/**
 * A {@link FitNetwork} on a loaded TensorFlow.js.
 *
 * Embeddings and dense layers with ReLU, fitted by Adam with decoupled weight decay on mini-batches in a seeded order; the running average of
 * the parameters is what is looked at and kept. After each epoch the loss on the newest rows decides: the best epoch's parameters are kept, and
 * `patience` epochs without a better one end it. Without newest rows all epochs are run, the last is kept, and `validationLoss` is NaN.
 *
 * Defaults: batches of 512 rows (fewer below 10,000 rows), learning rate 0.003 at that size, weight decay such that an idle weight falls to 1/e
 * in 20 epochs, at most 20 epochs, patience 3.
 *
 * With `weightStepsMax` the weights of hidden layers are on a grid at every step, and in the network that comes out: training aware of quantisation.
 *
 * Shape: numeric inputs, missing flags, embeddings -> hidden layers -> logits; see core/domain/tabular-network.ts.
 * Cost: on wasm about 0.3 s an epoch for 50,000 rows of 8 features and hidden layers of 128 and 64; memory 4 bytes an input and row.
 * Gives the event loop a turn at least every 50 ms of work, one batch aside. Tensors it makes are gone when it is done or fails.
 * Source: Gorishniy, Rubachev, Khrulkov, Babenko, "Revisiting Deep Learning Models for Tabular Data", 2021 (the network); {@link Adam}.
 *
 * @throws PerennialError - FRAME_TOO_SMALL if no column varies; TRAINING_DIVERGED if a loss is not finite, naming the step.
 */
export function createNetworkFitter({tf, kind, device}: Pick<TensorFlow, 'tf' | 'kind' | 'device'>): FitNetwork {
	return async (frame, target, options) => {
		const {trainRows, hidden, seed, epochsMax = EPOCHS_MAX, patience = PATIENCE, weightStepsMax, onEpoch} = options;
		const plan = planLearnable(frame, trainRows);
		const {outputCount} = frame;
		const layout = layoutOf(plan, hidden, outputCount);
		const targets = targetsOf(frame, target);
		const weights = trainWeights(frame, trainRows);
		const cold = withoutConstants(plan, layout, initialParameters(layout, priorLogits(targets, trainRows, outputCount, weights), seed));
		const model = plainTrainable(tf, plan, layout, {
			initial: options.start ? warmNetwork({kind: 'network', network: options.start}, plan, layout, cold).initial : cold,
			weightStepsMax,
		});
		const matrix = inputMatrixOf(plan, frame);
		const {best, curve, seconds} = await train({
			tf,
			model,
			matrix,
			targets,
			weights,
			trainRows,
			seed,
			...ratesOf(options),
			schedule: 'constant',
			epochsMax,
			patience,
			onEpoch,
		});
		const network = networkOf(plan, layout, best.parameters);
		return {
			network: weightStepsMax === undefined ? network : networkOnGrid(network, weightStepsMax),
			bestEpoch: best.epoch,
			curve,
			backend: `${kind} (${device})`,
			seconds,
			newestLogits: Float32Array.from(best.logits),
		};
	};
}

/**
 * The inputs for a frame that a network can be fitted on.
 *
 * @throws PerennialError - FRAME_TOO_SMALL if there are no two rows, or no column varies.
 */
export function planLearnable(frame: TrainingFrame, trainRows: number): InputPlan {
	assert(Number.isInteger(trainRows) && trainRows >= 0 && trainRows <= frame.rowCount, 'trainRows lies within the frame');
	const plan = planInputs(frame, trainRows);
	if (trainRows < 2 || plan.dropped.length === frame.columns.length) {
		const why = trainRows < 2 ? `it has ${trainRows} rows to learn from` : 'no column varies';
		throw new PerennialError('FRAME_TOO_SMALL', `A network cannot be fitted: ${why}.`, {details: {trainRows, dropped: plan.dropped}});
	}

	return plan;
}

/** A plain network as the training loop sees it. */
export function plainTrainable(
	tf: TensorFlowModule,
	plan: NetworkInputs,
	layout: ParameterLayout,
	{
		initial,
		dropout = 0,
		weightStepsMax,
	}: {readonly initial: Float32Array; readonly dropout?: number; readonly weightStepsMax?: number | undefined},
): Trainable {
	const graph = new NetworkGraph(tf, layout, numericWidthOf(plan), weightStepsMax);
	return {
		initial,
		dropout,
		decayMask: decayMask(layout),
		lossAndGradient: (parameters, batch, masks) => graph.lossAndGradient(parameters, batch, masks),
		score: async (parameters, matrix, start) => graph.score(parameters, matrix, start),
	};
}

/** Weights of all rows, stretched so that those of the learnt rows have mean 1; undefined where all rows count 1. */
export function trainWeights({weights, rowCount}: TrainingFrame, trainRows: number): Float64Array | undefined {
	const total = weights?.subarray(0, trainRows).reduce((sum, weight) => sum + weight, 0) ?? 0;
	return weights && Float64Array.from({length: rowCount}, (_, row) => (weights[row]! * trainRows) / total);
}

/** Rows of a batch: a twentieth of the rows as a power of two, between 32 and `most`. */
export function batchSizeOf(trainRows: number, most = BATCH_SIZE_MAX): number {
	return Math.min(most, Math.max(BATCH_SIZE_MIN, 2 ** Math.floor(Math.log2(trainRows / BATCHES_AN_EPOCH_MIN))));
}

function ratesOf(options: FitOptions): Pick<TrainingRun, 'batchSize' | 'learningRate' | 'weightDecay'> {
	const batchSize = options.batchSize ?? batchSizeOf(options.trainRows);
	const learningRate = options.learningRate ?? LEARNING_RATE * Math.sqrt(batchSize / BATCH_SIZE_MAX);
	const batches = Math.ceil(options.trainRows / batchSize);
	return {batchSize, learningRate, weightDecay: options.weightDecay ?? 1 / (learningRate * batches * DECAY_EPOCHS)};
}
