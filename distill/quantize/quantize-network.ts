/**
 * A tabular network as one self-contained INT8 ONNX file.
 *
 * @module
 */
import type {OnnxBatch, TabularNetwork} from '../../core/domain/index.ts';
import {addOutputs, type GraphOptions} from '../graph/network-to-onnx.ts';
import {addCategoricalInputs, addFlagMask, addNumericInputs} from '../graph/preprocessing.ts';
import {layoutOf} from '../network/layout.ts';
import {GraphBuilder} from '../onnx/graph-builder.ts';
import {encodeModel} from '../onnx/model-file.ts';
import {CODE_MAX, outputScalesOf, type QuantizedLayer} from './integer-layer.ts';
import {quantizeLayers, type QuantizedNetwork} from './quantize-layers.ts';

/**
 * Quantise a network and write its file: static, U8 activations, S8 weights of 7 bits with a scale for each output, 32-bit bias, float logit.
 *
 * Inputs, outputs and meaning are those of `networkToOnnx`. Logits are equal bit for bit on x86 and in WebAssembly, because sums are of integers
 * that cannot saturate and every step in floats is a single operation; a row's score never depends on the rows beside it. Probabilities may differ
 * in the last bit, because runtimes compute the exponential differently.
 *
 * Cost: see `quantizeLayers`; runs on the calling thread. The same network, calibration and metadata give the same bytes.
 *
 * @param calibration - Rows that the network learnt from, all of them if they fit in memory. A value beyond what they hold scores as the nearest
 * that they hold.
 * @throws AssertionError - if the network's sizes do not fit each other, a weight is not finite, or there is no calibration row.
 */
export function quantizeNetwork(network: TabularNetwork, calibration: OnnxBatch, {metadata = {}}: GraphOptions = {}): Uint8Array {
	const quantized = quantizeLayers(network, calibration);
	const graph = new GraphBuilder('tabular-network-int8');
	const zero = graph.constant('zero', Uint8Array.of(0));
	const one = graph.constant('inputScale0', Float32Array.of(1));
	let codes = addInputCodes(graph, network, quantized, {zero, one});
	let scale = one;
	for (const [index, layer] of quantized.hidden.entries()) {
		const values = graph.node('DequantizeLinear', [codes, scale, zero], `values${index}`);
		const sums = addLayer(graph, layer, {name: `${index}`, values, output: `sums${index}`});
		const next = quantized.hidden[index + 1] ?? quantized.coarse;
		scale = graph.constant(`inputScale${index + 1}`, Float32Array.of(next.inputScale));
		codes = graph.node('QuantizeLinear', [graph.node('Relu', [sums], `hidden${index}`), scale, zero], `codes${index + 1}`);
	}

	const values = graph.node('DequantizeLinear', [codes, scale, zero], 'lastValues');
	const parts = (['coarse', 'fine'] as const).map(name => addLayer(graph, quantized[name], {name, values, output: `${name}Logit`}));
	graph.node('Add', parts, 'logit');
	addOutputs(graph, network.outputCount);
	return encodeModel(graph.build(), metadata);
}

function addInputCodes(
	graph: GraphBuilder,
	network: TabularNetwork,
	{codes}: QuantizedNetwork,
	{zero, one}: {zero: string; one: string},
): string {
	const {numericCount, flagged} = layoutOf(network);
	const parts: string[] = [];
	if (numericCount > 0) {
		const {scaled, missing} = addNumericInputs(graph, network.numeric, codes.scaling);
		parts.push(graph.node('QuantizeLinear', [scaled, one, zero], 'numericCodes'));
		if (flagged.length > 0) {
			const set = graph.constant('flagSet', Uint8Array.of(CODE_MAX));
			parts.push(graph.node('Where', [addFlagMask(graph, missing, flagged, numericCount), set, zero], 'flagCodes'));
		}
	}

	if (network.categorical.length > 0) {
		parts.push(addCategoricalInputs(graph, network.categorical, codes.tables));
	}

	return parts.length === 1 ? parts[0]! : graph.node('Concat', parts, 'codes0', {axis: 1});
}

interface LayerNames {
	/** Suffix of the names of its constants. */
	readonly name: string;
	/** Its dequantised input. */
	readonly values: string;
	readonly output: string;
}

/** Codes, weights and bias dequantised into a Gemm: the form that runtimes turn into one integer kernel. */
function addLayer(graph: GraphBuilder, layer: QuantizedLayer, {name, values, output}: LayerNames): string {
	const {inputs, outputs, weights, weightScales, bias} = layer;
	// ONNX Runtime takes the integer kernel only if the zero points of the weights are written out, though they are 0 by default.
	const zeros = graph.constant(`weightZeros${name}`, new Int8Array(outputs), [outputs]);
	const integers = [
		graph.constant(`weights${name}`, weights, [inputs, outputs]),
		graph.constant(`weightScales${name}`, weightScales, [outputs]),
		zeros,
	];
	const biases = [graph.constant(`bias${name}`, bias, [outputs]), graph.constant(`biasScales${name}`, outputScalesOf(layer), [outputs])];
	const floatWeights = graph.node('DequantizeLinear', integers, `floatWeights${name}`, {axis: 1});
	const floatBias = graph.node('DequantizeLinear', biases, `floatBias${name}`, {axis: 0});
	return graph.node('Gemm', [values, floatWeights, floatBias], output);
}
