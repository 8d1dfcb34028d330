/**
 * The teacher `tabular-network`: a parameter-efficient ensemble of networks.
 *
 * @module
 */
import {
	PerennialError,
	sliceFrame,
	type EnsembleNetwork,
	type SettingRange,
	type TeacherDefinition,
	type TeacherFit,
	type TeacherModel,
	type TeacherSettings,
	type TeacherTask,
	type TrainingFrame,
} from '../../../core/domain/index.ts';
import type {TensorFlow, TensorFlowModule} from '../../../core/runtimes/index.ts';
import {checkpointKeyOf, FitSettings} from '../teacher-settings.ts';
import {EnsembleGraph} from './ensemble-graph.ts';
import {ensembleLayoutOf, ensembleOf, ensembleParametersOf, initialEnsemble, type EnsembleLayout} from './ensemble-parameters.ts';
import {ensembleMatrixOf, planEnsemble, type EnsembleInputs, type EnsemblePlan} from './ensemble-plan.ts';
import {scoreEnsemble} from './ensemble-scorer.ts';
import {priorLogits, targetsOf} from './fit-targets.ts';
import {batchSizeOf, trainWeights} from './network-fitter.ts';
import {decayMaskOf} from './network-parameters.ts';
import {train} from './train.ts';
import type {Trainable} from './trainable.ts';
import {warmEnsemble} from './warm-start.ts';

const NAME = 'tabular-network';

/** Rows of a batch, at most, if it is chosen from the size of the frame. */
const BATCH_SIZE_MAX = 256;

const DEFAULTS: TeacherSettings = {
	members: 8,
	width: 128,
	layers: 2,
	learningRate: 2e-3,
	weightDecay: 1e-2,
	dropout: 0.1,
	embeddings: 'piecewise',
	batchSize: 'auto',
	epochsMax: 20,
	patience: 5,
	averagedEpochs: 1,
};

const SPACE: Readonly<Record<string, SettingRange>> = {
	embeddings: {kind: 'choice', values: ['none', 'piecewise']},
	members: {kind: 'choice', values: [4, 8, 16]},
	width: {kind: 'integer', from: 64, to: 256},
	layers: {kind: 'choice', values: [1, 2, 3]},
	learningRate: {kind: 'log', from: 5e-4, to: 5e-3},
	weightDecay: {kind: 'log', from: 1e-4, to: 1e-1},
	dropout: {kind: 'uniform', from: 0, to: 0.4},
};

/**
 * The definition of `tabular-network` on a loaded TensorFlow.js.
 *
 * Members share the weights of each layer and have scales, biases and a head of their own; the loss is the mean of theirs, the score the mean of
 * their probabilities. Numbers enter as normal scores of their quantiles, with a flag where missing values are usual, and with a piecewise-linear
 * encoding beside them if `embeddings` is `piecewise`; categories enter as embeddings. AdamW on a cosine schedule with dropout; the running average
 * of the parameters is looked at after each epoch and the best kept.
 *
 * Shape: see EnsembleNetwork in core/domain/teacher.ts.
 * Cost: with the defaults and 8 numbers about 7,000 rows a CPU second on wasm; 4 bytes an input and row.
 * Source: Gorishniy, Kotelnikov, Babenko, "TabM: Advancing Tabular Deep Learning with Parameter-Efficient Ensembling", 2025; Wen, Tran, Ba,
 * "BatchEnsemble", 2020.
 */
export function createTabularNetwork({tf, kind, device}: Pick<TensorFlow, 'tf' | 'kind' | 'device'>): TeacherDefinition {
	return {
		name: NAME,
		space: SPACE,
		defaults: DEFAULTS,
		fit: async task => fitEnsemble(tf, `${kind} (${device})`, task),
		score: async (model, frame, from = 0, to = frame.rowCount) => scoreEnsembleNetwork(tf, ensembleIn(model), frame, from, to),
	};
}

/** Logits of rows [from, to) of a frame. A feature that the frame lacks counts as missing. */
export async function scoreEnsembleNetwork(
	tf: TensorFlowModule,
	network: EnsembleNetwork,
	frame: TrainingFrame,
	from = 0,
	to = frame.rowCount,
): Promise<Float64Array> {
	const layout = ensembleLayoutOf(network, shapeOf(network));
	const parameters = tf.tensor1d(ensembleParametersOf(network, layout));
	try {
		const matrix = ensembleMatrixOf(network, sliceFrame(frame, from, to));
		return await scoreEnsemble(tf, new EnsembleGraph(tf, layout, edgesOf(network)), parameters, matrix);
	} finally {
		parameters.dispose();
	}
}

function ensembleIn(model: TeacherModel): EnsembleNetwork {
	if (model.kind !== 'ensemble-network') {
		throw new PerennialError('PARAMETER_INVALID', `The teacher ${NAME} cannot score a model of kind ${model.kind}.`);
	}

	return model;
}

function shapeOf({members, layers, outputCount}: EnsembleNetwork): {members: number; hidden: number[]; outputCount: number} {
	return {members, hidden: layers.map(({outputs}) => outputs), outputCount};
}

function edgesOf({numeric}: EnsembleInputs): Float64Array[] {
	return numeric.filter(({edges}) => edges.length > 0).map(({edges}) => edges);
}

async function fitEnsemble(tf: TensorFlowModule, backend: string, task: TeacherTask): Promise<TeacherFit> {
	const {frame, trainRows, seed, iterations, onIteration, checkpoints} = task;
	const settings = new FitSettings(NAME, DEFAULTS, task.settings);
	const plan = planFor(task, settings);
	const hidden = Array.from({length: settings.integer('layers', 1, 8)}, () => settings.integer('width', 1, 4096));
	const layout = ensembleLayoutOf(plan, {members: settings.integer('members', 1, 128), hidden, outputCount: frame.outputCount});
	const targets = targetsOf(frame, {});
	const weights = trainWeights(frame, trainRows);
	const cold = initialEnsemble(layout, priorLogits(targets, trainRows, frame.outputCount, weights), seed);
	const {initial, notes} = task.warmStart ? warmEnsemble(task.warmStart, plan, layout, cold) : {initial: cold, notes: []};
	const {
		best,
		curve,
		notes: befallen,
		seconds,
	} = await train({
		tf,
		model: ensembleTrainable(tf, plan, layout, {initial, dropout: settings.number('dropout', 0, 0.9)}),
		matrix: ensembleMatrixOf(plan, frame),
		targets,
		weights,
		trainRows,
		seed,
		batchSize: settings.numberOrAuto('batchSize', 1, 65_536) ?? batchSizeOf(trainRows, BATCH_SIZE_MAX),
		learningRate: settings.number('learningRate', 0, Infinity),
		weightDecay: settings.number('weightDecay', 0, 10),
		averagedEpochs: settings.number('averagedEpochs', 0, 100),
		schedule: 'cosine',
		epochsMax: settings.integer('epochsMax', 1, 10_000),
		patience: settings.integer('patience', 1, 10_000),
		iterations,
		onEpoch: onIteration,
		checkpoints: checkpoints && {store: checkpoints, key: checkpointKeyOf(NAME, task, settings.values, backend)},
	});
	return {
		model: ensembleOf(plan, layout, best.parameters),
		bestIteration: best.epoch,
		curve,
		backend,
		seconds,
		newestLogits: best.logits,
		settings: settings.values,
		dropped: plan.dropped,
		notes: [...notes, ...befallen],
	};
}

function planFor({frame, trainRows}: TeacherTask, settings: FitSettings): EnsemblePlan {
	const plan = planEnsemble(frame, trainRows, settings.oneOf('embeddings', ['none', 'piecewise']) === 'piecewise');
	if (trainRows < 2 || plan.dropped.length === frame.columns.length) {
		const why = trainRows < 2 ? `it has ${trainRows} rows to learn from` : 'no column varies';
		throw new PerennialError('FRAME_TOO_SMALL', `A network cannot be fitted: ${why}.`, {details: {trainRows, dropped: plan.dropped}});
	}

	return plan;
}

function ensembleTrainable(
	tf: TensorFlowModule,
	plan: EnsembleInputs,
	layout: EnsembleLayout,
	{initial, dropout}: {readonly initial: Float32Array; readonly dropout: number},
): Trainable {
	const graph = new EnsembleGraph(tf, layout, edgesOf(plan));
	return {
		initial,
		dropout,
		decayMask: decayMaskOf(layout.blocks, layout.size),
		lossAndGradient: (parameters, batch, masks) => graph.lossAndGradient(parameters, batch, masks),
		score: async (parameters, matrix, start) => scoreEnsemble(tf, graph, parameters, matrix, start),
	};
}
