/**
 * Scores a teacher of any kind, blends included.
 *
 * @module
 */
import {PerennialError, type TeacherModel, type TrainingFrame} from '../../../core/domain/index.ts';
import type {TensorFlow} from '../../../core/runtimes/index.ts';
import {scoreLinear} from '../linear/score-linear.ts';
import {scoreNetwork} from '../network/mlp.ts';
import {scoreEnsembleNetwork} from '../network/tabular-network.ts';
import {scoreSequence} from '../sequence/sequence.ts';
import {scoreTrees} from '../trees/score-trees.ts';

/** What scoring may need. */
export interface ScoringTools {
	/** For networks with hidden layers; may be left out where there are none. */
	readonly tensorflow?: Pick<TensorFlow, 'tf'>;
}

/**
 * Logits of rows [from, to) of a frame, row-major. A feature that the frame lacks counts as missing.
 *
 * Cost: the sum of that of its parts.
 *
 * @throws PerennialError - RUNTIME_UNAVAILABLE if the model has a network with hidden layers and no TensorFlow.js was given.
 */
export async function scoreTeacher(
	model: TeacherModel,
	frame: TrainingFrame,
	tools: ScoringTools = {},
	from = 0,
	to = frame.rowCount,
): Promise<Float64Array> {
	switch (model.kind) {
		case 'network': {
			const {network} = model;
			return network.layers.length === 1
				? scoreLinear(network, frame, from, to)
				: scoreNetwork(tensorflowOf(tools), network, frame, from, to);
		}

		case 'ensemble-network': {
			return scoreEnsembleNetwork(tensorflowOf(tools), model, frame, from, to);
		}

		case 'sequence-network': {
			return scoreSequence(tensorflowOf(tools), model, frame, from, to);
		}

		case 'boosted-trees': {
			return scoreTrees(model, frame, from, to);
		}

		case 'blend': {
			const {weights, intercepts, outputCount} = model;
			const logits = Float64Array.from({length: (to - from) * outputCount}, (_, index) => intercepts[index % outputCount]!);
			for (const [index, part] of model.parts.entries()) {
				for (const [at, logit] of (await scoreTeacher(part, frame, tools, from, to)).entries()) {
					logits[at]! += weights[index]! * logit;
				}
			}

			return logits;
		}
	}
}

function tensorflowOf({tensorflow}: ScoringTools): TensorFlow['tf'] {
	if (!tensorflow) {
		throw new PerennialError('RUNTIME_UNAVAILABLE', 'A network with hidden layers is scored with TensorFlow.js, and none was loaded.');
	}

	return tensorflow.tf;
}
