/**
 * The teacher `sequence`: a network that sees the last events of a row's entity.
 *
 * @module
 */
import {
	PerennialError,
	type SequenceNetwork,
	type SettingRange,
	type TeacherDefinition,
	type TeacherFit,
	type TeacherModel,
	type TeacherSettings,
	type TeacherTask,
	type TrainingFrame,
} from '../../../core/domain/index.ts';
import type {TensorFlow, TensorFlowModule} from '../../../core/runtimes/index.ts';
import {priorLogits, targetsOf} from '../network/fit-targets.ts';
import {batchSizeOf, planLearnable, trainWeights} from '../network/network-fitter.ts';
import {decayMaskOf} from '../network/network-parameters.ts';
import {train} from '../network/train.ts';
import type {Trainable} from '../network/trainable.ts';
import {AUTO, checkpointKeyOf, FitSettings} from '../teacher-settings.ts';
import {SequenceGraph} from './sequence-graph.ts';
import {planElapsed, sequenceMatrixOf} from './sequence-matrix.ts';
import {
	initialSequence,
	sequenceLayoutOf,
	sequenceOf,
	sequenceParametersOf,
	type SequenceInputs,
	type SequenceLayout,
} from './sequence-parameters.ts';
import {warmSequence} from './warm-sequence.ts';

const NAME = 'sequence';

/** Rows of a batch, at most, if it is chosen from the size of the frame. */
const BATCH_SIZE_MAX = 256;

/** Events of a history, at most: each is a step of the way back. */
const LENGTH_MAX = 128;

const DEFAULTS: TeacherSettings = {
	/** Events of a history, the row itself included. */
	length: 8,
	/** Width of the state. */
	units: 32,
	/** Widths of the dense layers as in `128-64`; `auto`: `layers` layers of `width`. */
	hidden: AUTO,
	width: 128,
	layers: 2,
	learningRate: 2e-3,
	weightDecay: 1e-2,
	dropout: 0.1,
	batchSize: AUTO,
	epochsMax: 20,
	patience: 5,
	averagedEpochs: 1,
};

/** Not the length: the parts of a blend read one history. */
const SPACE: Readonly<Record<string, SettingRange>> = {
	units: {kind: 'integer', from: 16, to: 64},
	width: {kind: 'integer', from: 64, to: 256},
	learningRate: {kind: 'log', from: 5e-4, to: 5e-3},
	weightDecay: {kind: 'log', from: 1e-4, to: 1e-1},
	dropout: {kind: 'uniform', from: 0, to: 0.5},
};

/**
 * The definition of `sequence` on a loaded TensorFlow.js: the last `length` events of the row's entity, up to and including the row, pass a gated
 * recurrent unit, oldest first, each with its features as they were recorded and the time that has passed since; the state that is left joins the
 * row's own features in dense layers. Trained as the teacher `mlp` is.
 *
 * Whatever scores it must know the history: in process that is the frame, whose rows before the one that is scored are its past.
 *
 * Shape: see SequenceNetwork in core/domain/teacher.ts.
 * Cost: about `length` times that of an mlp of the width of its state; memory 12 bytes for each row and event beside the features.
 * Source: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014 (the unit); Gorishniy, Rubachev, Khrulkov, Babenko,
 * "Revisiting Deep Learning Models for Tabular Data", 2021 (the inputs).
 *
 * @throws PerennialError - from `fit`: PARAMETER_INVALID if the frame knows nothing of entities.
 */
export function createSequence({tf, kind, device}: Pick<TensorFlow, 'tf' | 'kind' | 'device'>): TeacherDefinition {
	return {
		name: NAME,
		space: SPACE,
		defaults: DEFAULTS,
		fit: async task => fitSequence(tf, `${kind} (${device})`, task),
		score: async (model, frame, from = 0, to = frame.rowCount) => scoreSequence(tf, sequenceIn(model), frame, from, to),
	};
}

/** Logits of rows [from, to) of a frame; rows before `from` are their past. A feature that the frame lacks counts as missing. */
export async function scoreSequence(
	tf: TensorFlowModule,
	model: SequenceNetwork,
	frame: TrainingFrame,
	from = 0,
	to = frame.rowCount,
): Promise<Float64Array> {
	const {recurrent, network, length, elapsed} = model;
	const inputs = {...network, length, elapsed};
	const hidden = network.layers.slice(0, -1).map(({outputs}) => outputs);
	const layout = sequenceLayoutOf(network, {units: recurrent.units, hidden, outputCount: network.outputCount});
	const parameters = tf.tensor1d(sequenceParametersOf(model));
	try {
		return await new SequenceGraph(tf, layout).score(parameters, sequenceMatrixOf(inputs, frame), from, to);
	} finally {
		parameters.dispose();
	}
}

function sequenceIn(model: TeacherModel): SequenceNetwork {
	if (model.kind !== 'sequence-network') {
		throw new PerennialError('PARAMETER_INVALID', `The teacher ${NAME} cannot score a model of kind ${model.kind}.`);
	}

	return model;
}

async function fitSequence(tf: TensorFlowModule, backend: string, task: TeacherTask): Promise<TeacherFit> {
	const {frame, trainRows, seed, iterations, onIteration, checkpoints} = task;
	if (!frame.entities) {
		const cure = 'name the field that does in "entity" of the spec, or take another teacher';
		throw new PerennialError('PARAMETER_INVALID', `The teacher ${NAME} needs to know whose event a row is: ${cure}.`);
	}

	const settings = new FitSettings(NAME, DEFAULTS, task.settings);
	const plan = planLearnable(frame, trainRows);
	const length = settings.integer('length', 1, LENGTH_MAX);
	const inputs: SequenceInputs = {...plan, length, elapsed: planElapsed(frame, trainRows, length)};
	const hidden =
		settings.widthsOrAuto('hidden', 4096) ??
		Array.from({length: settings.integer('layers', 0, 8)}, () => settings.integer('width', 1, 4096));
	const layout = sequenceLayoutOf(plan, {units: settings.integer('units', 1, 1024), hidden, outputCount: frame.outputCount});
	const targets = targetsOf(frame, {});
	const weights = trainWeights(frame, trainRows);
	const cold = initialSequence(layout, priorLogits(targets, trainRows, frame.outputCount, weights), seed);
	const start = task.warmStart ? warmSequence(task.warmStart, inputs, layout, cold) : {initial: cold, notes: []};
	const outcome = await train({
		tf,
		model: sequenceTrainable(tf, layout, start.initial, settings.number('dropout', 0, 0.9)),
		matrix: sequenceMatrixOf(inputs, frame),
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
		model: sequenceOf(inputs, layout, outcome.best.parameters),
		bestIteration: outcome.best.epoch,
		curve: outcome.curve,
		backend,
		seconds: outcome.seconds,
		newestLogits: outcome.best.logits,
		settings: settings.values,
		dropped: plan.dropped,
		notes: [...start.notes, ...outcome.notes],
	};
}

function sequenceTrainable(tf: TensorFlowModule, layout: SequenceLayout, initial: Float32Array, dropout: number): Trainable {
	const graph = new SequenceGraph(tf, layout);
	return {
		initial,
		dropout,
		decayMask: decayMaskOf(layout.blocks, layout.size),
		lossAndGradient: (parameters, batch, masks) => graph.lossAndGradient(parameters, batch, masks),
		score: async (parameters, matrix, start) => graph.score(parameters, matrix, start),
	};
}
