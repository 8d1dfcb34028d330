/**
 * Sequence networks as graph nodes: one GRU over the events of a history, then dense layers.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {RecurrentLayer, SequenceNetwork} from '../../core/domain/index.ts';
import {addDenseLayers, addNetworkInputs} from '../graph/network-to-onnx.ts';
import {inputLayoutOf} from '../network/layout.ts';
import {ROWS, type GraphWriter} from '../onnx/graph-builder.ts';
import {DATA_TYPES} from '../onnx/schema.ts';
import {PartGraph} from './part-graph.ts';

/** What the update gate of a step without an event is raised by: its sigmoid is 1, and the state passes unchanged. */
const HELD_GATE = 1e4;

/**
 * Adds the inputs and layers of a sequence network.
 *
 * Beside the inputs of any teacher it has `history` float32 [N, length, numeric features + 1], the last column the seconds between event and row, NaN
 * where there is no event, and `history_categorical` int64 [N, length, categorical features] (absent if there are none); the oldest event first, the row
 * itself last.
 *
 * @returns Name of the logits, float32 [N, outputCount].
 * @throws AssertionError - if the network's sizes do not fit each other.
 */
export function addSequenceNetwork(graph: GraphWriter, model: SequenceNetwork): string {
	const {network, recurrent} = model;
	const {width} = inputLayoutOf(network);
	assert.equal(recurrent.inputs, width + 1, 'the recurrent layer takes the inputs of an event and its time');
	assert.equal(network.layers[0]?.inputs, width + recurrent.units, 'the first dense layer takes the inputs of the row and the state');
	const own = addNetworkInputs(graph, network);
	const state = addRecurrence(graph, recurrent, addEvents(graph, model));
	return addDenseLayers(graph, network.layers, graph.node('Concat', [own, state], 'rowAndState', {axis: 1}));
}

/** Events as the recurrent layer takes them: [length, N, inputs + 1], the last column 1 where there is no event. */
function addEvents(graph: GraphWriter, {network, length, elapsed, recurrent}: SequenceNetwork): string {
	const [numericCount, categoricalCount] = [network.numeric.length, network.categorical.length];
	const history = graph.input('history', 'float32', [ROWS, length, numericCount + 1]);
	const flat = addReshape(graph, history, 'events', [-1, numericCount + 1]);
	const columns = (name: string, from: number, count: number): string =>
		graph.node(
			'Gather',
			[
				flat,
				graph.constant(
					`${name}Places`,
					BigInt64Array.from({length: count}, (_, index) => BigInt(from + index)),
					[count],
				),
			],
			name,
			{axis: 1},
		);
	const inputs = new PartGraph(graph, 'event', {
		...(numericCount > 0 && {numeric: columns('eventNumbers', 0, numericCount)}),
		...(categoricalCount > 0 && {
			categorical: addReshape(graph, graph.input('history_categorical', 'int64', [ROWS, length, categoricalCount]), 'eventIds', [
				-1,
				categoricalCount,
			]),
		}),
	});
	const seconds = columns('eventSeconds', numericCount, 1);
	const isAbsent = graph.node('IsNaN', [seconds], 'isAbsent');
	const parts = [addNetworkInputs(inputs, network), addElapsed(graph, seconds, isAbsent, elapsed)];
	parts.push(graph.node('Cast', [isAbsent], 'absent', {to: DATA_TYPES.float32}));
	const joined = graph.node('Concat', parts, 'eventInputs', {axis: 1});
	const ofRows = addReshape(graph, joined, 'eventsOfRows', [-1, length, recurrent.inputs + 1]);
	return graph.node('Transpose', [ofRows], 'eventSteps', {perm: Int32Array.of(1, 0, 2)});
}

/** The logarithm is taken in 64 bits, as in preprocessing.ts. */
function addElapsed(graph: GraphWriter, seconds: string, isAbsent: string, {mean, inverseDeviation}: SequenceNetwork['elapsed']): string {
	const present = graph.node('Where', [isAbsent, graph.constant('noSeconds', Float32Array.of(0)), seconds], 'presentSeconds');
	const wide = graph.node('Cast', [present], 'wideSeconds', {to: DATA_TYPES.float64});
	const above = graph.node('Add', [wide, graph.constant('oneSecond', Float64Array.of(1))], 'secondsAboveOne');
	const logarithm = graph.node('Cast', [graph.node('Log', [above], 'wideElapsed')], 'logElapsed', {to: DATA_TYPES.float32});
	const shifted = graph.node('Sub', [logarithm, graph.constant('elapsedMean', Float32Array.of(mean))], 'shiftedElapsed');
	return graph.node('Mul', [shifted, graph.constant('elapsedScale', Float32Array.of(inverseDeviation))], 'elapsed');
}

/** State after the last step: [N, units]. */
function addRecurrence(graph: GraphWriter, {inputs, units, weights, recurrentWeights, bias}: RecurrentLayer, steps: string): string {
	const gates = 3 * units;
	assert.equal(weights.length, inputs * gates, 'the recurrent layer has a weight for each input and gate');
	assert.equal(recurrentWeights.length, units * gates, 'the recurrent layer has a weight for each unit and gate');
	assert.equal(bias.length, gates, 'the recurrent layer has a bias for each gate');
	const turned = new Float32Array(gates * (inputs + 1));
	for (let gate = 0; gate < gates; gate++) {
		for (let input = 0; input < inputs; input++) {
			turned[gate * (inputs + 1) + input] = weights[input * gates + gate]!;
		}

		turned[gate * (inputs + 1) + inputs] = gate < units ? HELD_GATE : 0;
	}

	const turnedRecurrent = Float32Array.from(
		{length: gates * units},
		(_, at) => recurrentWeights[(at % units) * gates + Math.floor(at / units)]!,
	);
	const biases = new Float32Array(2 * gates);
	biases.set(bias);
	const constants = [
		graph.constant('recurrentInputs', turned, [1, gates, inputs + 1]),
		graph.constant('recurrentStates', turnedRecurrent, [1, gates, units]),
		graph.constant('recurrentBias', biases, [1, 2 * gates]),
	];
	const attributes = {hidden_size: units, linear_before_reset: 1};
	const [, last] = graph.nodeOf('GRU', [steps, ...constants], ['states', 'lastState'], attributes);
	return addReshape(graph, last!, 'state', [-1, units]);
}

function addReshape(graph: GraphWriter, values: string, name: string, shape: readonly number[]): string {
	return graph.node('Reshape', [values, graph.constant(`${name}Shape`, BigInt64Array.from(shape, BigInt), [shape.length])], name);
}
