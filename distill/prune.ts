/**
 * Structured pruning: hidden units that say little are taken out, and the matrices become smaller for it.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {DenseLayer, OnnxBatch, TabularNetwork} from '../core/domain/index.ts';
import {denseForward, networkInputs, reluInPlace} from './network/forward.ts';
import {selectRows, spreadRows} from './network/layout.ts';

/** Rows that units are heard on, at most. */
const ROWS_MAX = 4096;

/**
 * The network without the quietest share of each hidden layer.
 *
 * How much a unit says is the standard deviation of its output on the rows, times the length of the weights that read it: by so much, to first order, the
 * next layer's sums move without it. What it says on average goes into the biases of the next layer. A unit that is always 0 goes first. Each layer keeps at
 * least one unit. The network should be fitted on from here (`FitOptions.start`).
 *
 * Shape: hidden widths h become ceil((1 - share) h); inputs and outputs stay.
 * Cost: one pass over at most 4,096 rows.
 * Source: P. Molchanov, S. Tyree, T. Karras, T. Aila, J. Kautz, "Pruning Convolutional Neural Networks for Resource Efficient Inference", ICLR 2017 (units
 * rather than weights, by their effect); the mean in the biases as in optimal brain surgery of a constant.
 *
 * @param share - In [0, 1).
 * @throws AssertionError - if the share is not in [0, 1), there is no row, or the network's sizes do not fit each other.
 */
export function pruneUnits(network: TabularNetwork, rows: OnnxBatch, share: number): TabularNetwork {
	assert.ok(share >= 0 && share < 1, 'the share lies in [0, 1)');
	assert.ok(rows.rowCount > 0, 'there is at least one row');
	const heard = selectRows(rows, spreadRows(rows.rowCount, ROWS_MAX));
	let values = networkInputs(network, heard);
	const layers = [...network.layers];
	for (let index = 0; index < layers.length - 1; index++) {
		const layer = layers[index]!;
		values = denseForward(layer, values, heard.rowCount);
		reluInPlace(values);
		const {kept, means} = loudest(values, layers[index + 1]!, share);
		layers[index] = {...keepColumns(layer, kept)};
		layers[index + 1] = keepRows(layers[index + 1]!, kept, means);
		values = columnsOf(values, layer.outputs, kept);
	}

	return {...network, layers};
}

/** Units in their order, without the quietest, and the mean of every unit. */
function loudest(values: Float32Array, {inputs, outputs, weights}: DenseLayer, share: number): {kept: Int32Array; means: Float64Array} {
	const rowCount = values.length / inputs;
	const means = new Float64Array(inputs);
	const squares = new Float64Array(inputs);
	for (const [at, value] of values.entries()) {
		means[at % inputs]! += value / rowCount;
		squares[at % inputs]! += value ** 2 / rowCount;
	}

	const loudness = squares.map((square, unit) => {
		const ofUnit = weights.subarray(unit * outputs, (unit + 1) * outputs);
		const variance = Math.max(0, square - means[unit]! ** 2);
		return Math.sqrt(variance * ofUnit.reduce((sum, weight) => sum + weight ** 2, 0));
	});
	const count = Math.max(1, Math.ceil((1 - share) * inputs));
	const order = Int32Array.from({length: inputs}, (_, unit) => unit).sort((a, b) => loudness[b]! - loudness[a]! || a - b);
	return {kept: order.subarray(0, count).toSorted(), means};
}

function keepColumns({inputs, outputs, weights, bias}: DenseLayer, kept: Int32Array): DenseLayer {
	return {
		inputs,
		outputs: kept.length,
		weights: columnsOf(weights, outputs, kept),
		bias: Float32Array.from(kept, unit => bias[unit]!),
	};
}

/** The layer that reads the kept units alone, the others as the constants that they are on average. */
function keepRows({inputs, outputs, weights, bias}: DenseLayer, kept: Int32Array, means: Float64Array): DenseLayer {
	const isKept = new Uint8Array(inputs);
	kept.forEach(unit => (isKept[unit] = 1));
	const sums = Float64Array.from(bias);
	for (const [at, weight] of weights.entries()) {
		const unit = Math.floor(at / outputs);
		sums[at % outputs]! += isKept[unit] === 1 ? 0 : means[unit]! * weight;
	}

	const rows = new Float32Array(kept.length * outputs);
	for (const [row, unit] of kept.entries()) {
		rows.set(weights.subarray(unit * outputs, (unit + 1) * outputs), row * outputs);
	}

	return {inputs: kept.length, outputs, weights: rows, bias: new Float32Array(sums)};
}

function columnsOf(values: Float32Array, width: number, kept: Int32Array): Float32Array {
	const count = kept.length;
	return Float32Array.from(
		{length: (values.length / width) * count},
		(_, at) => values[Math.floor(at / count) * width + kept[at % count]!]!,
	);
}
