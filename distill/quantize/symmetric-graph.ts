/**
 * The graph of a network in signed integers around 0: every QuantizeLinear and DequantizeLinear is of 8 bits with the zero point 0, biases are floats.
 *
 * @module
 */
import type {TabularNetwork} from '../../core/domain/index.ts';
import {addCategoricalInputs, addFlagMask, addNumericInputs} from '../graph/preprocessing.ts';
import {layoutOf} from '../network/layout.ts';
import type {GraphWriter} from '../onnx/graph-builder.ts';
import {DATA_TYPES} from '../onnx/schema.ts';
import {SIGNED_CODE_MAX, type SymmetricLayer, type SymmetricNetwork} from './symmetric-network.ts';

/** Adds inputs and layers; gives the name of the logits. */
export function addSymmetricNetwork(graph: GraphWriter, network: TabularNetwork, quantized: SymmetricNetwork): string {
	const zero = graph.constant('zero', Int8Array.of(0));
	let scale = graph.constant('inputScale0', Float32Array.of(1));
	let codes = addCodes(graph, network, quantized, {zero, one: scale});
	for (const [index, layer] of quantized.hidden.entries()) {
		const values = graph.node('DequantizeLinear', [codes, scale, zero], `values${index}`);
		const sums = addLayer(graph, layer, {name: `${index}`, values, output: `sums${index}`});
		const next = quantized.hidden[index + 1] ?? quantized.coarse;
		scale = graph.constant(`inputScale${index + 1}`, Float32Array.of(next.inputScale));
		codes = graph.node('QuantizeLinear', [graph.node('Relu', [sums], `hidden${index}`), scale, zero], `codes${index + 1}`);
	}

	const values = graph.node('DequantizeLinear', [codes, scale, zero], 'lastValues');
	const parts = (['coarse', 'fine'] as const).map(name => addLayer(graph, quantized[name], {name, values, output: `${name}Logit`}));
	return graph.node('Add', parts, 'logit');
}

function addCodes(
	graph: GraphWriter,
	network: TabularNetwork,
	{scaling, tables}: SymmetricNetwork,
	{zero, one}: {readonly zero: string; readonly one: string},
): string {
	const {numericCount, flagged} = layoutOf(network);
	const parts: string[] = [];
	if (numericCount > 0) {
		const {scaled, missing} = addNumericInputs(graph, network.numeric, scaling);
		let steps = scaled;
		if (flagged.length > 0) {
			const flags = graph.node('Cast', [addFlagMask(graph, missing, flagged, numericCount)], 'missingFlags', {
				to: DATA_TYPES.float32,
			});
			const set = graph.constant('flagSet', Float32Array.of(SIGNED_CODE_MAX));
			steps = graph.node('Concat', [scaled, graph.node('Mul', [flags, set], 'flagSteps')], 'steps', {axis: 1});
		}

		parts.push(graph.node('QuantizeLinear', [steps, one, zero], 'numericCodes'));
	}

	if (network.categorical.length > 0) {
		parts.push(addCategoricalInputs(graph, network.categorical, tables));
	}

	return parts.length === 1 ? parts[0]! : graph.node('Concat', parts, 'codes0', {axis: 1});
}

/** Codes times weights, both dequantised: the form that runtimes turn into one integer kernel; then the bias. */
function addLayer(
	graph: GraphWriter,
	{inputs, outputs, weights, weightScales, bias}: SymmetricLayer,
	{name, values, output}: {readonly name: string; readonly values: string; readonly output: string},
): string {
	const integers = [
		graph.constant(`weights${name}`, weights, [inputs, outputs]),
		graph.constant(`weightScales${name}`, weightScales, [outputs]),
		graph.constant(`weightZeros${name}`, new Int8Array(outputs), [outputs]),
	];
	const floatWeights = graph.node('DequantizeLinear', integers, `floatWeights${name}`, {axis: 1});
	const product = graph.node('Gemm', [values, floatWeights], `product${name}`);
	// Less its negative, because ONNX Runtime makes one product in floats of a product and an addition.
	const negative = graph.constant(
		`lessBias${name}`,
		bias.map(value => -value),
		[outputs],
	);
	return graph.node('Sub', [product, negative], output);
}
