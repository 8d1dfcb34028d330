/**
 * The layers of a network as integers, one after the other, each fitted on what the ones before it really give.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {DenseLayer, OnnxBatch, TabularNetwork} from '../../core/domain/index.ts';
import {denseForward, networkInputs, reluInPlace} from '../network/forward.ts';
import {selectRows, spreadRows} from '../network/layout.ts';
import {fitInputCodes, encodeInputs, type InputCodes} from './input-codes.ts';
import {CODE_MAX, dequantize, integerSums, outputScalesOf, requantize, type QuantizedLayer, type QuantizedLayers} from './integer-layer.ts';
import {roundTwice, roundWeights, type RoundedWeights, type RoundingTask} from './round-weights.ts';

/** A network in integers. */
export interface QuantizedNetwork extends QuantizedLayers {
	readonly codes: InputCodes;
}

/** Layers are fitted on at most this many calibration rows, evenly spread: from 2,000 to these the logit error fell by at most 6 %. */
export const FIT_ROWS_MAX = 4096;

const INT32_MAX = 2 ** 31 - 1;

/**
 * Quantise a network on calibration rows.
 *
 * Cost: ranges take one pass over all rows; layers O(rows x inputs x (inputs + outputs)) each, on at most {@link FIT_ROWS_MAX} rows.
 */
export function quantizeLayers(network: TabularNetwork, calibration: OnnxBatch): QuantizedNetwork {
	assert.ok(calibration.rowCount > 0, 'there is at least one calibration row');
	const codes = fitInputCodes(network, calibration);
	const rows = selectRows(calibration, spreadRows(calibration.rowCount, FIT_ROWS_MAX));
	const {rowCount} = rows;
	const hidden: QuantizedLayer[] = [];
	let values = networkInputs(network, rows);
	let inputs: LayerInputs = {codes: encodeInputs(network, codes, rows), scale: 1, steps: codes.step, rowCount};
	for (const layer of network.layers.slice(0, -1)) {
		values = denseForward(layer, values, rowCount);
		const task = taskOf(layer, inputs, values);
		const {quantized, sums} = layerOf(roundWeights(task), task, inputs);
		hidden.push(quantized);
		reluInPlace(values);
		inputs = inputsAfter(quantized, sums, rowCount);
	}

	const last = network.layers.at(-1)!;
	const task = taskOf(last, inputs, denseForward(last, values, rowCount));
	const rounded = roundTwice(task);
	const {quantized: coarse, sums} = layerOf(rounded.coarse, task, inputs);
	const whole = dequantize(sums, outputScalesOf(coarse));
	const left = task.targets.map((target, at) => target - whole[at]!);
	return {codes, hidden, coarse, fine: layerOf(rounded.fine, {...task, targets: left}, inputs).quantized};
}

/** What a layer sees of the calibration rows. */
interface LayerInputs {
	readonly codes: Uint8Array;
	/** `inputScale` of the layer. */
	readonly scale: number;
	/** What one step of each input's code is worth. */
	readonly steps: Float64Array;
	readonly rowCount: number;
}

function taskOf({inputs, outputs, weights}: DenseLayer, {codes, steps, rowCount}: LayerInputs, targets: Float32Array): RoundingTask {
	return {
		inputs,
		outputs,
		weights: Float64Array.from(weights, (weight, at) => weight * steps[Math.floor(at / outputs)]!),
		rowCount,
		codes,
		targets,
	};
}

/**
 * The layer, and its sums on the calibration rows. Its bias makes the mean of each output what the target's is: that holds the codes' lowest values,
 * and all rounding that leans to one side.
 */
function layerOf(
	rounded: RoundedWeights,
	{inputs, outputs, targets}: RoundingTask,
	seen: LayerInputs,
): {quantized: QuantizedLayer; sums: Int32Array} {
	const {codes, scale, rowCount} = seen;
	const weightScales = Float32Array.from(rounded.scales, weightScale => weightScale / scale);
	const unbiased: QuantizedLayer = {
		inputs,
		outputs,
		inputScale: scale,
		weights: rounded.weights,
		weightScales,
		bias: new Int32Array(outputs),
	};
	const outputScales = outputScalesOf(unbiased);
	const sums = integerSums(unbiased, codes, rowCount);
	const gaps = new Float64Array(outputs);
	for (let at = 0; at < sums.length; at++) {
		gaps[at % outputs]! += (targets[at]! / outputScales[at % outputs]! - sums[at]!) / rowCount;
	}

	assert.ok(
		gaps.every(gap => Math.abs(gap) < INT32_MAX),
		'a bias fits into 32 bits',
	);
	const bias = Int32Array.from(gaps, gap => Math.round(gap));
	return {quantized: {...unbiased, bias}, sums: sums.map((sum, at) => sum + bias[at % outputs]!)};
}

/** What the next layer sees: its codes reach from 0 to the largest value that occurs. */
function inputsAfter(layer: QuantizedLayer, sums: Int32Array, rowCount: number): LayerInputs {
	const outputScales = outputScalesOf(layer);
	const largest = dequantize(sums, outputScales).reduce((highest, value) => Math.max(highest, value), 0);
	const scale = Math.fround(largest > 0 ? largest / CODE_MAX : 1 / CODE_MAX);
	return {codes: requantize(sums, outputScales, scale), scale, steps: new Float64Array(layer.outputs).fill(scale), rowCount};
}
