/**
 * What an online learner knows as one self-contained ONNX file.
 *
 * @module
 */
import type {PortableModel} from '../../core/domain/index.ts';
import {GraphBuilder, ROWS} from '../onnx/graph-builder.ts';
import {encodeModel, type OnnxMetadata} from '../onnx/model-file.ts';
import {DATA_TYPES} from '../onnx/schema.ts';
import {declareInputs, GraphScope, type GraphInputs, type InputCounts} from './graph-values.ts';
import {addExperts, addLogits, addMixture, addProbabilities, type GraphAnswer} from './mixture-nodes.ts';
import {addLinear} from './linear-nodes.ts';

/** What a file is made with. */
export interface LearnerGraphOptions extends InputCounts {
	/** Written into the file, in the order of the keys. */
	readonly metadata?: OnnxMetadata;
}

/** Trees answer with probabilities alone: their logits are those of probabilities this far from 0 and 1 at least. */
const FOREST_MARGIN = 1e-6;

/**
 * The file of a learner.
 *
 * Shape: inputs `numeric` float32 [N, numeric inputs] (NaN or an infinity is missing; absent if there are none) and `categorical` int64 [N, categorical
 * inputs] (codes of the log's dictionary, any code at all; 0 and less are missing; absent if there are none) -> `logit` and `probability`
 * float32 [N, outputs]. Numeric inputs are the columns of the schema that are not categorical, in its order: booleans are 0 or 1, texts their length.
 * Probabilities are the learner's own for rows of 32-bit floats: linear models, naive Bayes and mixtures are computed in 64 bits, forests add up in 32.
 * Where a learner has no logits of its own (trees, mixtures without calibration) `logit` is made of probabilities kept 1e-6 from 0 and 1, and for
 * several classes is the logarithm less its mean.
 * Cost: O(weights) bytes and time: 8 bytes a weight. Files of linear models with categories need operator set 18 (ONNX Runtime
 * 1.14 or later), those with trees `ai.onnx.ml` 3. The same model and metadata give the same bytes.
 *
 * @throws AssertionError - if the learner reads no column.
 */
export function learnerToOnnx(model: PortableModel, {metadata = {}, ...counts}: LearnerGraphOptions): Uint8Array {
	const graph = new GraphBuilder('online-learner');
	const inputs = declareInputs(graph, counts);
	const scope = new GraphScope(graph, model.kind);
	const {logits, probabilities} = addAnswer(scope, inputs, model);
	for (const [name, value] of [
		['logit', logits],
		['probability', probabilities],
	] as const) {
		graph.node('Cast', [value], name, {to: DATA_TYPES.float32});
		graph.output(name, 'float32', [ROWS, model.outputCount]);
	}

	return encodeModel(graph.build(), metadata);
}

function addAnswer(scope: GraphScope, inputs: GraphInputs, model: PortableModel): GraphAnswer {
	const {outputCount} = model;
	switch (model.kind) {
		case 'mixture': {
			return addMixture(scope, inputs, model);
		}

		case 'linear': {
			const logits = addLinear(scope, inputs, model);
			return {logits, probabilities: addProbabilities(scope, logits, outputCount, 1)};
		}

		case 'forest':
		case 'bayes-tree': {
			const probabilities = scope.reshape(addExperts(scope, inputs, model), [-1, outputCount]);
			return {logits: addLogits(scope, probabilities, {outputCount, margin: FOREST_MARGIN, axis: 1}), probabilities};
		}
	}
}
