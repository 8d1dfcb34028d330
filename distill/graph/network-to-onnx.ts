/**
 * A tabular network as one self-contained ONNX file in 32-bit floats.
 *
 * @module
 */
import type {DenseLayer, TabularNetwork} from '../../core/domain/index.ts';
import {inputLayoutOf, layoutOf} from '../network/layout.ts';
import {GraphBuilder, ROWS, type GraphWriter} from '../onnx/graph-builder.ts';
import {encodeModel, type OnnxMetadata} from '../onnx/model-file.ts';
import {DATA_TYPES} from '../onnx/schema.ts';
import {addCategoricalInputs, addFlagMask, addNumericInputs} from './preprocessing.ts';

/** What a file is made with. */
export interface GraphOptions {
	/** Written into the file, in the order of the keys. */
	readonly metadata?: OnnxMetadata;
}

/**
 * The file of a network.
 *
 * Shape: inputs `numeric` float32 [N, numeric features] (NaN is missing; absent if there are none) and `categorical` int64 [N, categorical
 * features] (any id outside 1..K means "everything else"; absent if there are none) -> `logit` and `probability` float32 [N, outputCount].
 * Cost: O(weights) bytes and time. The same network and metadata give the same bytes.
 *
 * @throws AssertionError - if the network's sizes do not fit each other or a weight is not finite.
 */
export function networkToOnnx(network: TabularNetwork, {metadata = {}}: GraphOptions = {}): Uint8Array {
	const graph = new GraphBuilder('tabular-network');
	addNetwork(graph, network);
	addOutputs(graph, network.outputCount);
	return encodeModel(graph.build(), metadata);
}

/**
 * Adds the inputs and layers of a network.
 *
 * @returns Name of the logits, float32 [N, outputCount]; `logit` unless the writer renames.
 * @throws AssertionError - as {@link networkToOnnx}.
 */
export function addNetwork(graph: GraphWriter, network: TabularNetwork): string {
	layoutOf(network);
	return addDenseLayers(graph, network.layers, addNetworkInputs(graph, network));
}

/** Adds dense layers with ReLU between them; gives the name of the logits. */
export function addDenseLayers(graph: GraphWriter, layers: readonly DenseLayer[], inputs: string): string {
	let values = inputs;
	for (const [index, {inputs: inputCount, outputs, weights, bias}] of layers.entries()) {
		const isLast = index === layers.length - 1;
		const constants = [
			graph.constant(`weights${index}`, weights, [inputCount, outputs]),
			graph.constant(`bias${index}`, bias, [outputs]),
		];
		values = graph.node('Gemm', [values, ...constants], isLast ? 'logit' : `sums${index}`);
		values = isLast ? values : graph.node('Relu', [values], `hidden${index}`);
	}

	return values;
}

/** Declares `logit`, which must exist, and adds `probability`. */
export function addOutputs(graph: GraphBuilder, outputCount: number): void {
	graph.node(outputCount === 1 ? 'Sigmoid' : 'Softmax', ['logit'], 'probability', outputCount === 1 ? {} : {axis: 1});
	graph.output('logit', 'float32', [ROWS, outputCount]);
	graph.output('probability', 'float32', [ROWS, outputCount]);
}

/**
 * Adds the inputs of a network, standardised and embedded, in the order in which its layers take them.
 *
 * @returns Name of the values, float32 [N, width].
 */
export function addNetworkInputs(graph: GraphWriter, network: Pick<TabularNetwork, 'numeric' | 'categorical' | 'clip'>): string {
	const {numeric, categorical, clip} = network;
	const {numericCount, flagged} = inputLayoutOf(network);
	const parts: string[] = [];
	if (numericCount > 0) {
		const scaling = {
			shift: Float32Array.from(numeric, ({mean}) => mean),
			scale: Float32Array.from(numeric, ({inverseDeviation}) => inverseDeviation),
		};
		const {scaled, missing} = addNumericInputs(graph, numeric, scaling);
		const bounds = [graph.constant('clipMin', Float32Array.of(-clip)), graph.constant('clipMax', Float32Array.of(clip))];
		parts.push(graph.node('Clip', [scaled, ...bounds], 'clipped'));
		if (flagged.length > 0) {
			parts.push(graph.node('Cast', [addFlagMask(graph, missing, flagged, numericCount)], 'missingFlags', {to: DATA_TYPES.float32}));
		}
	}

	if (categorical.length > 0) {
		parts.push(
			addCategoricalInputs(
				graph,
				categorical,
				categorical.map(({table}) => table),
			),
		);
	}

	return parts.length === 1 ? parts[0]! : graph.node('Concat', parts, 'inputs', {axis: 1});
}
