/**
 * The teacher `mlp`: a plain network with one set of weights.
 *
 * @module
 */
import {
	PerennialError,
	sliceFrame,
	type SettingRange,
	type TabularNetwork,
	type TeacherDefinition,
	type TeacherFit,
	type TeacherModel,
	type TeacherSettings,
	type TeacherTask,
	type TrainingFrame,
} from '../../../core/domain/index.ts';
import type {TensorFlow, TensorFlowModule} from '../../../core/runtimes/index.ts';
import {AUTO, checkpointKeyOf, FitSettings} from '../teacher-settings.ts';
import {priorLogits, targetsOf} from './fit-targets.ts';
import {inputMatrixOf} from './input-matrix.ts';
import {numericWidthOf} from './input-plan.ts';
import {batchSizeOf, planLearnable, plainTrainable, trainWeights} from './network-fitter.ts';
import {NetworkGraph} from './network-graph.ts';
import {initialParameters, layoutOf, networkOf, parametersOf} from './network-parameters.ts';
import {train} from './train.ts';
import {warmNetwork} from './warm-start.ts';

const NAME = 'mlp';

/** Rows of a batch, at most, if it is chosen from the size of the frame. */
const BATCH_SIZE_MAX = 256;

const DEFAULTS: TeacherSettings = {
	/** Widths as in `128-64`; `auto`: `layers` layers of `width`. */
	hidden: AUTO,
	width: 256,
	layers: 2,
	learningRate: 2e-3,
	weightDecay: 1e-2,
	dropout: 0.2,
	batchSize: 'auto',
	epochsMax: 20,
	patience: 5,
	averagedEpochs: 1,
};

const SPACE: Readonly<Record<string, SettingRange>> = {
	width: {kind: 'integer', from: 64, to: 512},
	layers: {kind: 'choice', values: [1, 2, 3]},
	learningRate: {kind: 'log', from: 5e-4, to: 5e-3},
	weightDecay: {kind: 'log', from: 1e-4, to: 1e-1},
	dropout: {kind: 'uniform', from: 0, to: 0.5},
};

/**
 * The definition of `mlp` on a loaded TensorFlow.js: standardised numbers (heavy tails as signed logarithms), missing flags and embeddings of
 * categories through dense layers with ReLU and dropout; AdamW on a cosine schedule, the running average of the parameters looked at after each
 * epoch and the best kept.
 *
 * Shape: see TabularNetwork in core/domain/tabular-network.ts.
 * Cost: a third of `tabular-network`.
 * Source: Gorishniy, Rubachev, Khrulkov, Babenko, "Revisiting Deep Learning Models for Tabular Data", 2021.
 */
export function createMlp({tf, kind, device}: Pick<TensorFlow, 'tf' | 'kind' | 'device'>): TeacherDefinition {
	return {
		name: NAME,
		space: SPACE,
		defaults: DEFAULTS,
		fit: async task => fitMlp(tf, `${kind} (${device})`, task),
		score: async (model, frame, from = 0, to = frame.rowCount) => scoreNetwork(tf, networkIn(model), frame, from, to),
	};
}

/** Logits of rows [from, to) of a frame. A feature that the frame lacks counts as missing. */
export async function scoreNetwork(
	tf: TensorFlowModule,
	network: TabularNetwork,
	frame: TrainingFrame,
	from = 0,
	to = frame.rowCount,
): Promise<Float64Array> {
	const hidden = network.layers.slice(0, -1).map(({outputs}) => outputs);
	const graph = new NetworkGraph(tf, layoutOf(network, hidden, network.outputCount), numericWidthOf(network));
	const parameters = tf.tensor1d(parametersOf(network));
	try {
		return await graph.score(parameters, inputMatrixOf(network, sliceFrame(frame, from, to)));
	} finally {
		parameters.dispose();
	}
}

function networkIn(model: TeacherModel): TabularNetwork {
	if (model.kind !== 'network') {
		throw new PerennialError('PARAMETER_INVALID', `The teacher ${NAME} cannot score a model of kind ${model.kind}.`);
	}

	return model.network;
}

async function fitMlp(tf: TensorFlowModule, backend: string, task: TeacherTask): Promise<TeacherFit> {
	const {frame, trainRows, seed, iterations, onIteration, checkpoints} = task;
	const settings = new FitSettings(NAME, DEFAULTS, task.settings);
	const plan = planLearnable(frame, trainRows);
	const hidden =
		settings.widthsOrAuto('hidden', 4096) ??
		Array.from({length: settings.integer('layers', 0, 8)}, () => settings.integer('width', 1, 4096));
	const layout = layoutOf(plan, hidden, frame.outputCount);
	const targets = targetsOf(frame, {});
	const weights = trainWeights(frame, trainRows);
	const cold = initialParameters(layout, priorLogits(targets, trainRows, frame.outputCount, weights), seed);
	const {initial, notes} = task.warmStart ? warmNetwork(task.warmStart, plan, layout, cold) : {initial: cold, notes: []};
	const {
		best,
		curve,
		notes: befallen,
		seconds,
	} = await train({
		tf,
		model: plainTrainable(tf, plan, layout, {initial, dropout: settings.number('dropout', 0, 0.9)}),
		matrix: inputMatrixOf(plan, frame),
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
		model: {kind: 'network', network: networkOf(plan, layout, best.parameters)},
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
