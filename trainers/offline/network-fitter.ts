/**
 * Fits tabular networks with TensorFlow.js: teachers, and the students that are distilled from them.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {setImmediate} from 'node:timers/promises';
import {
	PerennialError,
	type EpochReport,
	type FitNetwork,
	type FitOptions,
	type FitTarget,
	type TrainingFrame,
} from '../../core/domain/index.ts';
import type {Tensor, TensorFlow, TensorFlowModule} from '../../core/runtimes/index.ts';
import {Adam} from './adam.ts';
import {crossEntropySum, priorLogits, targetsOf} from './fit-targets.ts';
import {inputMatrixOf, type InputMatrix} from './input-matrix.ts';
import {numericWidthOf, planInputs, type InputPlan} from './input-plan.ts';
import {MiniBatches} from './mini-batches.ts';
import {NetworkGraph} from './network-graph.ts';
import {decayMask, initialParameters, layoutOf, networkOf, type ParameterLayout} from './network-parameters.ts';

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

/** Longest stretch of work before other work of the process (heartbeats of a job) gets its turn. */
const TURN_MS_MAX = 50;

/** What one fit works with. */
interface Fit {
	readonly tf: TensorFlowModule;
	readonly plan: InputPlan;
	readonly layout: ParameterLayout;
	readonly matrix: InputMatrix;
	readonly targets: Float32Array;
	readonly outputCount: number;
	readonly graph: NetworkGraph;
	readonly adam: Adam;
	readonly options: FitOptions;
}

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
 * Shape: numeric inputs, missing flags, embeddings -> hidden layers -> logits; see core/domain/tabular-network.ts.
 * Cost: on wasm about 0.3 s an epoch for 50,000 rows of 8 features and hidden layers of 128 and 64; memory 4 bytes an input and row.
 * Gives the event loop a turn at least every 50 ms of work, one batch aside. Tensors it makes are gone when it is done or fails.
 * Source: Gorishniy, Rubachev, Khrulkov, Babenko, "Revisiting Deep Learning Models for Tabular Data", 2021 (the network); {@link Adam}.
 *
 * @throws PerennialError - FRAME_TOO_SMALL if no column varies; TRAINING_DIVERGED if a loss is not finite, naming the step.
 */
export function createNetworkFitter({tf, kind, device}: Pick<TensorFlow, 'tf' | 'kind' | 'device'>): FitNetwork {
	return async (frame, target, options) => {
		const started = performance.now();
		const fit = prepare(tf, frame, target, options);
		try {
			const {best, curve} = await runEpochs(fit, started);
			const network = networkOf(fit.plan, fit.layout, best.parameters);
			return {
				network,
				bestEpoch: best.epoch,
				curve,
				backend: `${kind} (${device})`,
				seconds: secondsSince(started),
				newestLogits: best.logits,
			};
		} finally {
			fit.adam.dispose();
		}
	};
}

function prepare(tf: TensorFlowModule, frame: TrainingFrame, target: FitTarget, options: FitOptions): Fit {
	const {trainRows, hidden, seed} = options;
	assert(Number.isInteger(trainRows) && trainRows >= 0 && trainRows <= frame.rowCount, 'trainRows lies within the frame');
	const plan = planInputs(frame, trainRows);
	if (trainRows < 2 || plan.dropped.length === frame.columns.length) {
		const why = trainRows < 2 ? `it has ${trainRows} rows to learn from` : 'no column varies';
		throw new PerennialError('FRAME_TOO_SMALL', `A network cannot be fitted: ${why}.`, {details: {trainRows, dropped: plan.dropped}});
	}

	const {outputCount} = frame;
	const layout = layoutOf(plan, hidden, outputCount);
	const targets = targetsOf(frame, target);
	const initial = initialParameters(layout, priorLogits(targets, trainRows, outputCount), seed);
	return {
		tf,
		plan,
		layout,
		targets,
		outputCount,
		options,
		matrix: inputMatrixOf(plan, frame),
		graph: new NetworkGraph(tf, layout, numericWidthOf(plan)),
		adam: new Adam(tf, initial, {...ratesOf(options), decayMask: decayMask(layout)}),
	};
}

function batchSizeOf({batchSize, trainRows}: FitOptions): number {
	return batchSize ?? Math.min(BATCH_SIZE_MAX, Math.max(BATCH_SIZE_MIN, 2 ** Math.floor(Math.log2(trainRows / BATCHES_AN_EPOCH_MIN))));
}

function ratesOf(options: FitOptions): {learningRate: number; weightDecay: number} {
	const batchSize = batchSizeOf(options);
	const learningRate = options.learningRate ?? LEARNING_RATE * Math.sqrt(batchSize / BATCH_SIZE_MAX);
	const batches = Math.ceil(options.trainRows / batchSize);
	return {learningRate, weightDecay: options.weightDecay ?? 1 / (learningRate * batches * DECAY_EPOCHS)};
}

/** What the best epoch left. */
interface Best {
	readonly epoch: number;
	readonly loss: number;
	readonly parameters: Float32Array;
	readonly logits: Float32Array;
}

async function runEpochs(fit: Fit, started: number): Promise<{readonly best: Best; readonly curve: readonly EpochReport[]}> {
	const {trainRows, seed, epochsMax = EPOCHS_MAX, patience = PATIENCE, onEpoch} = fit.options;
	const batches = new MiniBatches(fit.matrix, fit.targets, {rowCount: trainRows, batchSize: batchSizeOf(fit.options), seed});
	const curve: EpochReport[] = [];
	let best: Best | undefined;
	for (let epoch = 1; epoch <= epochsMax && epoch - (best?.epoch ?? 0) <= patience; epoch++) {
		const trainLoss = await runEpoch(fit, batches);
		const {logits, loss} = await scoreNewest(fit);
		if (!best || Number.isNaN(loss) || loss < best.loss) {
			best = {epoch, loss, logits, parameters: await fit.adam.average.data<'float32'>()};
		}

		const report = {epoch, trainLoss, validationLoss: loss, seconds: secondsSince(started)};
		curve.push(report);
		await onEpoch?.(report);
	}

	assert(best, 'there is at least one epoch');
	return {best, curve};
}

/** One pass over the rows that are learnt from; gives the mean loss on the way. */
async function runEpoch({tf, graph, adam}: Fit, batches: MiniBatches): Promise<number> {
	const losses: Tensor[] = [];
	let sum = 0;
	let rows = 0;
	let turn = performance.now();
	const settle = async (): Promise<void> => {
		sum += await takeLosses(tf, losses, adam.steps);
		await setImmediate();
		turn = performance.now();
	};

	try {
		for (const {inputs, targets} of batches.epoch()) {
			losses.push(
				tf.tidy(() => {
					const {loss, gradient} = graph.lossAndGradient(adam.parameters, inputs, targets);
					adam.step(gradient);
					return tf.mul(loss, inputs.rowCount);
				}),
			);
			rows += inputs.rowCount;
			if (performance.now() - turn > TURN_MS_MAX) {
				await settle();
			}
		}

		await settle();
	} finally {
		tf.dispose(losses);
	}

	return sum / rows;
}

/** Sum of the pending losses, which are disposed of. `lastStep` is the step that gave the last of them. */
async function takeLosses(tf: TensorFlowModule, losses: Tensor[], lastStep: number): Promise<number> {
	if (losses.length === 0) {
		return 0;
	}

	const stacked = tf.stack(losses);
	tf.dispose(losses);
	const first = lastStep - losses.length + 1;
	losses.length = 0;
	const values = await stacked.data<'float32'>();
	stacked.dispose();
	const bad = values.findIndex(value => !Number.isFinite(value));
	if (bad !== -1) {
		throw diverged(`The loss was ${values[bad]} at step ${first + bad}`, first + bad);
	}

	return values.reduce((sum, value) => sum + value, 0);
}

/** The newest rows under the averaged parameters; their mean cross-entropy is NaN if there are none. */
async function scoreNewest({
	graph,
	adam,
	matrix,
	targets,
	outputCount,
	options: {trainRows},
}: Fit): Promise<{logits: Float32Array; loss: number}> {
	const logits = await graph.score(adam.average, matrix, trainRows);
	const loss = crossEntropySum(logits, targets.subarray(trainRows * outputCount), outputCount) / (matrix.rowCount - trainRows);
	if (logits.length > 0 && !Number.isFinite(loss)) {
		throw diverged(`The loss on the newest rows was ${loss} after step ${adam.steps}`, adam.steps);
	}

	return {logits, loss};
}

function diverged(what: string, step: number): PerennialError {
	return new PerennialError('TRAINING_DIVERGED', `${what}; lower the learning rate, or look for values that no cleaning rule caught.`, {
		details: {step},
	});
}

function secondsSince(started: number): number {
	return (performance.now() - started) / 1000;
}
