/**
 * The training loop: epochs of mini-batches, early stopping on the newest rows, a state after each epoch that a killed fit goes on from.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {setImmediate} from 'node:timers/promises';
import {hasCode, messageOf, PerennialError, type EpochReport, type TrainingCheckpoints} from '../../../core/domain/index.ts';
import {forkRng} from '../../../core/numerics/index.ts';
import type {Tensor, TensorFlowModule} from '../../../core/runtimes/index.ts';
import {Adam, type AdamOptions} from './adam.ts';
import {DropoutMasks} from './dropout.ts';
import {crossEntropySum} from './fit-targets.ts';
import type {InputMatrix} from './input-matrix.ts';
import {drawEpoch} from './mini-batches.ts';
import type {Trainable} from './trainable.ts';
import {decodeState, encodeState, type BestEpoch, type TrainingState} from './training-state.ts';

/** Longest stretch of work before other work of the process (heartbeats of a job) gets its turn. */
const TURN_MS_MAX = 50;

/** How often a batch may halve because the device had no memory for it; then the fit fails with the device's own words. */
const HALVINGS_MAX = 2;

/** What one fit works with. */
export interface TrainingRun {
	readonly tf: TensorFlowModule;
	readonly model: Trainable;
	readonly matrix: InputMatrix;
	/** Rows x outputs. */
	readonly targets: Float32Array;
	/** One a row; those of the learnt rows have mean 1. Absent: all count 1. */
	readonly weights?: ArrayLike<number> | undefined;
	/** Rows [0, trainRows) are learnt from, the rest decides when to stop. */
	readonly trainRows: number;
	readonly seed: number;
	readonly batchSize: number;
	readonly learningRate: number;
	readonly weightDecay: number;
	/** Epochs that the running average of the parameters remembers; absent: 1,000 steps. */
	readonly averagedEpochs?: number;
	/** `cosine`: from the full rate down to a twentieth over `epochsMax`. */
	readonly schedule: 'constant' | 'cosine';
	readonly epochsMax: number;
	/** Epochs without a better loss on the newest rows before it stops. */
	readonly patience: number;
	/** Run just these epochs and keep the last. */
	readonly iterations?: number | undefined;
	readonly onEpoch?: ((epoch: EpochReport) => void | Promise<void>) | undefined;
	/** Where the state is left after each epoch, and under which key. */
	readonly checkpoints?: {readonly store: TrainingCheckpoints; readonly key: string} | undefined;
}

/** What a fit came to. */
export interface TrainingOutcome {
	readonly best: BestEpoch;
	readonly curve: readonly EpochReport[];
	readonly notes: readonly string[];
	readonly seconds: number;
}

/** The last rate of the cosine schedule, as a share of the first. */
const RATE_SHARE_MIN = 0.05;

/**
 * Fit the parameters of a model.
 *
 * After each epoch the loss on the newest rows, under the running average of the parameters, decides: the best epoch is kept, and `patience` epochs
 * without a better one end it. Without newest rows all epochs are run and the last is kept. Every draw depends on the seed and the number of the
 * epoch alone, and nothing on the time: a fit that goes on from a checkpoint ends with the bytes of one that was never interrupted.
 *
 * If the device runs out of memory the epoch begins again with half the batch, twice at most, and a note says so.
 * Gives the event loop a turn at least every 50 ms of work, one batch aside. Tensors it makes are gone when it is done or fails.
 *
 * A checkpoint that cannot be read costs the time it would have saved, and a note.
 *
 * @throws PerennialError - TRAINING_DIVERGED if a loss is not finite, naming the step: the checkpoint of the epoch before it stays.
 */
export async function train(run: TrainingRun): Promise<TrainingOutcome> {
	let state = await firstState(run);
	const started = performance.now();
	const secondsBefore = state.curve.at(-1)?.seconds ?? 0;
	const seconds = (): number => secondsBefore + (performance.now() - started) / 1000;
	const last = run.iterations ?? run.epochsMax;
	while (state.epoch < last && !isSpent(run, state)) {
		state = await nextEpoch(run, state, seconds);
		const report = state.curve.at(-1)!;
		await run.checkpoints?.store.save(run.checkpoints.key, encodeState(state));
		await run.onEpoch?.(report);
	}

	assert(state.best, 'there is at least one epoch');
	return {best: state.best, curve: state.curve, notes: state.notes, seconds: seconds()};
}

async function firstState({checkpoints, model, batchSize}: TrainingRun): Promise<TrainingState> {
	const zeros = new Float32Array(model.initial.length);
	const adam = {steps: 0, parameters: model.initial, average: model.initial, mean: zeros, square: zeros};
	const fresh = {epoch: 0, batchSize, notes: [], curve: [], adam};
	const saved = await checkpoints?.store.load(checkpoints.key);
	if (!saved) {
		return fresh;
	}

	try {
		return decodeState(saved, model.initial.length);
	} catch (error) {
		if (!hasCode(error, 'CHECKPOINT_CORRUPT')) {
			throw error;
		}

		return {...fresh, notes: ['the state of the interrupted fit could not be read: it began again']};
	}
}

function isSpent({patience, iterations}: TrainingRun, {epoch, best}: TrainingState): boolean {
	return iterations === undefined && best !== undefined && epoch - best.epoch >= patience;
}

async function nextEpoch(run: TrainingRun, state: TrainingState, seconds: () => number): Promise<TrainingState> {
	try {
		return await runEpoch(run, state, seconds);
	} catch (error) {
		if (!isOutOfMemory(error) || state.batchSize === 1 || state.batchSize * 2 ** HALVINGS_MAX <= run.batchSize) {
			throw error;
		}

		const batchSize = Math.ceil(state.batchSize / 2);
		const note = `the device ran out of memory in epoch ${state.epoch + 1}: batches of ${state.batchSize} became ${batchSize}`;
		return nextEpoch(run, {...state, batchSize, notes: [...state.notes, note]}, seconds);
	}
}

/** How TensorFlow.js and what is below it say so: libtensorflow, WebGPU, WebAssembly. */
function isOutOfMemory(error: unknown): boolean {
	return /out of memory|\boom\b|resource ?exhausted|enlarge memory|allocation failed/iv.test(messageOf(error));
}

async function runEpoch(run: TrainingRun, state: TrainingState, seconds: () => number): Promise<TrainingState> {
	const {tf, model, trainRows, matrix} = run;
	const epoch = state.epoch + 1;
	const adam = new Adam(tf, state.adam, adamOptions(run));
	try {
		const trainLoss = await learnRows(run, {adam, epoch, batchSize: state.batchSize});
		const logits = await model.score(adam.average, matrix, trainRows);
		const loss = newestLoss(run, logits, adam.steps);
		const curve = [...state.curve, {epoch, trainLoss, validationLoss: loss, seconds: seconds()}];
		const next = await adam.state();
		const isBest = !state.best || run.iterations !== undefined || Number.isNaN(loss) || loss < state.best.loss;
		const best = isBest ? {epoch, loss, logits, parameters: next.average} : state.best;
		return {...state, epoch, curve, adam: next, ...(best && {best})};
	} finally {
		adam.dispose();
	}
}

function adamOptions({model, learningRate, weightDecay, averagedEpochs, trainRows, batchSize}: TrainingRun): AdamOptions {
	const steps = Math.ceil(trainRows / batchSize);
	return {
		learningRate,
		weightDecay,
		decayMask: model.decayMask,
		...(averagedEpochs !== undefined && {averagedSteps: Math.max(1, averagedEpochs * steps)}),
	};
}

/** What one pass over the learnt rows needs. */
interface Pass {
	readonly adam: Adam;
	readonly epoch: number;
	readonly batchSize: number;
}

/** One pass over the rows that are learnt from; gives the mean loss on the way. */
async function learnRows(run: TrainingRun, {adam, epoch, batchSize}: Pass): Promise<number> {
	const {tf, model, matrix, targets, weights, trainRows, seed} = run;
	const masks = new DropoutMasks(forkRng(seed, `dropout of epoch ${epoch}`), model.dropout);
	const pending: Tensor[] = [];
	const losses: number[] = [];
	let turn = performance.now();
	const settle = async (): Promise<void> => {
		losses.push(...(await takeLosses(tf, pending, adam.steps)));
		await setImmediate();
		turn = performance.now();
	};

	const batchCount = Math.ceil(trainRows / batchSize);
	let step = (epoch - 1) * batchCount;
	try {
		for (const batch of drawEpoch(matrix, targets, {rowCount: trainRows, batchSize, seed, epoch, weights})) {
			pending.push(
				tf.tidy(() => {
					const {loss, gradient} = model.lossAndGradient(adam.parameters, batch, masks);
					adam.step(gradient, rateFactor(run, step / batchCount));
					return tf.mul(loss, batch.inputs.rowCount);
				}),
			);
			step++;
			if (performance.now() - turn > TURN_MS_MAX) {
				await settle();
			}
		}

		await settle();
	} finally {
		tf.dispose(pending);
	}

	return losses.reduce((sum, loss) => sum + loss, 0) / trainRows;
}

function rateFactor({schedule, epochsMax}: TrainingRun, epochs: number): number {
	const share = Math.min(1, epochs / epochsMax);
	return schedule === 'constant' ? 1 : RATE_SHARE_MIN + ((1 - RATE_SHARE_MIN) * (1 + Math.cos(Math.PI * share))) / 2;
}

/** The pending losses, which are disposed of. `lastStep` is the step that gave the last of them. */
async function takeLosses(tf: TensorFlowModule, pending: Tensor[], lastStep: number): Promise<readonly number[]> {
	if (pending.length === 0) {
		return [];
	}

	const stacked = tf.stack(pending);
	tf.dispose(pending);
	const first = lastStep - pending.length + 1;
	pending.length = 0;
	const values = await stacked.data<'float32'>();
	stacked.dispose();
	const bad = values.findIndex(value => !Number.isFinite(value));
	if (bad !== -1) {
		throw diverged(`The loss was ${values[bad]} at step ${first + bad}`, first + bad);
	}

	return [...values];
}

/** Mean cross-entropy of the newest rows; NaN if there are none. */
function newestLoss({targets, weights, matrix, trainRows}: TrainingRun, logits: Float64Array, step: number): number {
	const outputCount = targets.length / matrix.rowCount;
	const newest = weights && Float64Array.from({length: matrix.rowCount - trainRows}, (_, row) => weights[trainRows + row]!);
	const total = newest?.reduce((sum, weight) => sum + weight, 0) ?? matrix.rowCount - trainRows;
	const loss = crossEntropySum(logits, targets.subarray(trainRows * outputCount), outputCount, newest) / total;
	if (logits.length > 0 && !Number.isFinite(loss)) {
		throw diverged(`The loss on the newest rows was ${loss} after step ${step}`, step);
	}

	return loss;
}

function diverged(what: string, step: number): PerennialError {
	return new PerennialError('TRAINING_DIVERGED', `${what}; lower the learning rate, or look for values that no cleaning rule caught.`, {
		details: {step},
	});
}
