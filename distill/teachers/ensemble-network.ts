/**
 * Ensemble networks as graph nodes.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {EnsembleLayer, EnsembleNetwork} from '../../core/domain/index.ts';
import {addCategoricalInputs} from '../graph/preprocessing.ts';
import type {GraphWriter} from '../onnx/graph-builder.ts';
import {addQuantiles} from './quantile-nodes.ts';

/**
 * Adds the inputs and layers of an ensemble network.
 *
 * Values are [N, members x width] between layers, so that the shared weights are one product of [N x members, width]; the first layer, whose input
 * all members share, is a dense layer with the members' scales in its weights.
 *
 * @returns Name of the logits of the mean probability, float32 [N, outputCount].
 * @throws AssertionError - if the network's sizes do not fit each other.
 */
export function addEnsembleNetwork(graph: GraphWriter, network: EnsembleNetwork): string {
	const {members, layers} = network;
	const [first, ...rest] = layers;
	assert(first, 'an ensemble network has a layer');
	const inputs = addInputs(graph, network);
	const weights = graph.constant('weights0', mergedWeights(first, members), [first.inputs, members * first.outputs]);
	const sums = graph.node('Gemm', [inputs, weights, graph.constant('bias0', first.bias, [members * first.outputs])], 'sums0');
	let values = graph.node('Relu', [sums], 'hidden0');
	for (const [index, layer] of rest.entries()) {
		values = addSharedLayer(graph, layer, members, {values, name: String(index + 1)});
	}

	return addMeanLogits(graph, network, addHeads(graph, network, values));
}

function addInputs(graph: GraphWriter, {numeric, categorical}: EnsembleNetwork): string {
	const parts = numeric.length > 0 ? addQuantiles(graph, numeric) : [];
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

/** inputs x (members x outputs), rounded as the trainer rounds. */
function mergedWeights({inputs, outputs, weights, inputScales, outputScales}: EnsembleLayer, members: number): Float32Array {
	assert.equal(weights.length, inputs * outputs);
	assert.equal(inputScales.length, members * inputs);
	const merged = new Float32Array(inputs * members * outputs);
	for (let input = 0; input < inputs; input++) {
		for (let member = 0; member < members; member++) {
			const scale = inputScales[member * inputs + input]!;
			for (let output = 0; output < outputs; output++) {
				const weight = Math.fround(scale * weights[input * outputs + output]!);
				merged[(input * members + member) * outputs + output] = weight * outputScales[member * outputs + output]!;
			}
		}
	}

	return merged;
}

function addSharedLayer(
	graph: GraphWriter,
	{inputs, outputs, weights, inputScales, outputScales, bias}: EnsembleLayer,
	members: number,
	{values, name}: {values: string; name: string},
): string {
	const row = [1, members * outputs];
	const scaled = graph.node('Mul', [values, graph.constant(`inputScales${name}`, inputScales, [1, members * inputs])], `scaled${name}`);
	const ofMembers = graph.node(
		'Reshape',
		[scaled, graph.constant(`memberShape${name}`, BigInt64Array.of(-1n, BigInt(inputs)), [2])],
		`members${name}`,
	);
	const products = graph.node('MatMul', [ofMembers, graph.constant(`weights${name}`, weights, [inputs, outputs])], `products${name}`);
	const rowShape = graph.constant(`rowShape${name}`, BigInt64Array.of(-1n, BigInt(members * outputs)), [2]);
	const rows = graph.node('Reshape', [products, rowShape], `rows${name}`);
	const own = graph.node('Mul', [rows, graph.constant(`outputScales${name}`, outputScales, row)], `own${name}`);
	return graph.node('Relu', [graph.node('Add', [own, graph.constant(`bias${name}`, bias, row)], `sums${name}`)], `hidden${name}`);
}

/** Logits of each member, [members, N, outputCount]. */
function addHeads(graph: GraphWriter, {members, head, outputCount}: EnsembleNetwork, values: string): string {
	const shape = graph.constant('headShape', BigInt64Array.of(-1n, BigInt(members), BigInt(head.inputs)), [3]);
	const rows = graph.node('Reshape', [values, shape], 'headRows');
	const ofMembers = graph.node('Transpose', [rows], 'headInputs', {perm: Int32Array.of(1, 0, 2)});
	const weights = graph.constant('headWeights', head.weights, [members, head.inputs, outputCount]);
	const products = graph.node('MatMul', [ofMembers, weights], 'headProducts');
	return graph.node('Add', [products, graph.constant('headBias', head.bias, [members, 1, outputCount])], 'memberLogits');
}

/** The logits of the mean of the members' probabilities, by logarithms, so that they are finite wherever the members' are. */
function addMeanLogits(graph: GraphWriter, {members, outputCount}: EnsembleNetwork, logits: string): string {
	const overMembers = {axes: Int32Array.of(0), keepdims: 0};
	if (outputCount === 1) {
		const minus = graph.node('Neg', [logits], 'minusLogits');
		const logNo = graph.node('Neg', [graph.node('Softplus', [logits], 'lossOfNo')], 'logNo');
		const logYes = graph.node('Neg', [graph.node('Softplus', [minus], 'lossOfYes')], 'logYes');
		const [yes, no] = [
			graph.node('ReduceLogSumExp', [logYes], 'yes', overMembers),
			graph.node('ReduceLogSumExp', [logNo], 'no', overMembers),
		];
		return graph.node('Sub', [yes, no], 'logit');
	}

	const logarithms = graph.node('LogSoftmax', [logits], 'logarithms', {axis: 2});
	const sum = graph.node('ReduceLogSumExp', [logarithms], 'logSum', overMembers);
	return graph.node('Sub', [sum, graph.constant('logMembers', Float32Array.of(Math.log(members)))], 'logit');
}
