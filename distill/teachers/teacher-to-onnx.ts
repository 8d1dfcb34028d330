/**
 * A teacher of any kind as one self-contained ONNX file in 32-bit floats.
 *
 * @module
 */
import type {TeacherModel} from '../../core/domain/index.ts';
import {addNetwork, addOutputs, type GraphOptions} from '../graph/network-to-onnx.ts';
import {GraphBuilder, ROWS, type GraphWriter} from '../onnx/graph-builder.ts';
import {encodeModel} from '../onnx/model-file.ts';
import {addBlend} from './blend.ts';
import {addBoostedTrees} from './boosted-trees.ts';
import {addEnsembleNetwork} from './ensemble-network.ts';
import {addSequenceNetwork} from './sequence-network.ts';

/**
 * The file of a teacher.
 *
 * Shape: inputs `numeric` float32 [N, numeric features] (NaN is missing; absent if there are none) and `categorical` int64 [N, categorical features]
 * (any id outside 1..K means "everything else"; absent if there are none), in the order of teacherInputOf -> `logit` and `probability`
 * float32 [N, outputCount]. A teacher that reads sequences has a history as well; see addSequenceNetwork.
 * Cost: O(weights and nodes) bytes and time. The same model and metadata give the same bytes.
 *
 * @throws AssertionError - if the model's sizes do not fit each other.
 */
export function teacherToOnnx(model: TeacherModel, {metadata = {}}: GraphOptions = {}): Uint8Array {
	const graph = new GraphBuilder(model.kind);
	const logits = addTeacher(graph, model);
	if (logits !== 'logit') {
		graph.node('Identity', [logits], 'logit');
	}

	addOutputs(graph, ('network' in model ? model.network : model).outputCount);
	return encodeModel(graph.build(), metadata);
}

/** Adds the inputs and layers of a teacher; gives the name of its logits. */
function addTeacher(graph: GraphWriter, model: TeacherModel): string {
	switch (model.kind) {
		case 'network': {
			return addNetwork(graph, model.network);
		}

		case 'ensemble-network': {
			return addEnsembleNetwork(graph, model);
		}

		case 'sequence-network': {
			return addSequenceNetwork(graph, model);
		}

		case 'boosted-trees': {
			const {numeric, categorical} = model;
			return addBoostedTrees(graph, model, {
				...(numeric.length > 0 && {numeric: graph.input('numeric', 'float32', [ROWS, numeric.length])}),
				...(categorical.length > 0 && {categorical: graph.input('categorical', 'int64', [ROWS, categorical.length])}),
			});
		}

		case 'blend': {
			return addBlend(graph, model, addTeacher);
		}
	}
}
