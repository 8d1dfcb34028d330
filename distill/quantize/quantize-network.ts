/**
 * A tabular network as one self-contained INT8 ONNX file.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {OnnxBatch, TabularNetwork} from '../../core/domain/index.ts';
import {addOutputs, type GraphOptions} from '../graph/network-to-onnx.ts';
import {addCategoricalInputs, addFlagMask, addNumericInputs} from '../graph/preprocessing.ts';
import {layoutOf} from '../network/layout.ts';
import {GraphBuilder} from '../onnx/graph-builder.ts';
import {encodeModel} from '../onnx/model-file.ts';
import {CODE_MAX, outputScalesOf, type QuantizedLayer} from './integer-layer.ts';
import {quantizeLayers, type QuantizedNetwork} from './quantize-layers.ts';
import {addSymmetricNetwork} from './symmetric-graph.ts';
import {quantizeSymmetrically} from './symmetric-network.ts';
import {addTwoDigitNetwork} from './two-digit-graph.ts';
import {quantizeInTwoDigits} from './two-digit-network.ts';

/** How a network becomes integers. */
export interface QuantizeOptions extends GraphOptions {
	/**
	 * Digits of an activation, of eight bits each. With one, a layer is one integer product. With two it is two products of the same weights, so that the
	 * file grows by little and the time doubles, and next to nothing is lost in activations: for networks fitted with `weightStepsMax`, whose weights lose
	 * nothing either.
	 */
	readonly digits?: 1 | 2;
	/** All integers signed and around 0, in one digit, biases in floats: for TensorRT, which takes no other. About twice the error. Default false. */
	readonly symmetric?: boolean;
}

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
export function quantizeNetwork(
	network: TabularNetwork,
	calibration: OnnxBatch,
	{metadata = {}, digits = 1, symmetric = false}: QuantizeOptions = {},
): Uint8Array {
	const graph = new GraphBuilder('tabular-network-int8');
	assert.ok(!symmetric || digits === 1, 'the symmetric form has one digit');
	if (symmetric) {
		addSymmetricNetwork(graph, network, quantizeSymmetrically(network, calibration));
	} else if (digits === 1) {
		addOneDigitNetwork(graph, network, quantizeLayers(network, calibration));
	} else {
		addTwoDigitNetwork(graph, network, quantizeInTwoDigits(network, calibration));
	}

	addOutputs(graph, network.outputCount);
	return encodeModel(graph.build(), metadata);
}

function addOneDigitNetwork(graph: GraphBuilder, network: TabularNetwork, quantized: QuantizedNetwork): void {
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
