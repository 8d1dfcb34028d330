/**
 * A network in signed integers around 0 alone: the form that TensorRT takes, which knows no zero points and no integer biases.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {DenseLayer, OnnxBatch, TabularNetwork} from '../../core/domain/index.ts';
import {denseForward, networkInputs, reluInPlace, tableRowOf, transform} from '../network/forward.ts';
import {layoutOf, selectRows, spreadRows} from '../network/layout.ts';
import type {Scaling} from '../graph/preprocessing.ts';
import {dequantize, integerSums, outputScalesOf} from './integer-layer.ts';
import {FIT_ROWS_MAX} from './quantize-layers.ts';
import {roundTwice, roundWeights, type RoundedWeights, type RoundingTask} from './round-weights.ts';

/** Largest code of an activation; the smallest that is used is its negative. */
export const SIGNED_CODE_MAX = 127;

/** y = (codes W) * outputScale + bias, the bias in floats. */
export interface SymmetricLayer {
	readonly inputs: number;
	readonly outputs: number;
	/** What one step of an input code is worth; 1 in the first layer, whose weights carry the steps of their columns. */
	readonly inputScale: number;
	readonly weights: Int8Array;
	/** What one step of a weight is worth, for each output. */
	readonly weightScales: Float32Array;
	readonly bias: Float32Array;
}

/** The network: how columns become codes, the layers, and the last as a coarse and a fine part. */
export interface SymmetricNetwork {
	/** Of the numeric features: code = (x - shift) * scale, rounded. */
	readonly scaling: Scaling;
	/** Of the categorical features. */
	readonly tables: readonly Int8Array[];
	readonly hidden: readonly SymmetricLayer[];
	readonly coarse: SymmetricLayer;
	readonly fine: SymmetricLayer;
}

/**
 * Quantise a network layer by layer around 0. After a ReLU only 127 of the 255 codes are ever used, so this form errs about twice as much as the usual one: it
 * is for hardware that takes no other.
 *
 * Cost: as `quantizeLayers`.
 *
 * @throws AssertionError - if there is no calibration row.
 */
export function quantizeSymmetrically(network: TabularNetwork, calibration: OnnxBatch): SymmetricNetwork {
	assert.ok(calibration.rowCount > 0, 'there is at least one calibration row');
	const rows = selectRows(calibration, spreadRows(calibration.rowCount, FIT_ROWS_MAX));
	const {rowCount} = rows;
	let values = networkInputs(network, rows);
	const {steps, ...inputs} = inputsOf(network, networkInputs(network, calibration));
	let seen: Seen = {codes: encodeSymmetric(network, inputs, rows), scale: 1, steps, rowCount};
	const hidden: SymmetricLayer[] = [];
	for (const layer of network.layers.slice(0, -1)) {
		values = denseForward(layer, values, rowCount);
		const task = taskOf(layer, seen, values);
		const quantized = layerOf(roundWeights(task), task, seen);
		hidden.push(quantized);
		reluInPlace(values);
		const sums = symmetricForward(quantized, seen.codes, rowCount);
		reluInPlace(sums);
		const largest = sums.reduce((highest, value) => Math.max(highest, value), 0);
		const scale = Math.fround(largest > 0 ? largest / SIGNED_CODE_MAX : 1 / SIGNED_CODE_MAX);
		seen = {codes: signedCodes(sums, scale), scale, steps: new Float64Array(layer.outputs).fill(scale), rowCount};
	}

	const last = network.layers.at(-1)!;
	const task = taskOf(last, seen, denseForward(last, values, rowCount));
	const rounded = roundTwice(task);
	const coarse = layerOf(rounded.coarse, task, seen);
	const whole = symmetricForward(coarse, seen.codes, rowCount);
	const left = task.targets.map((target, at) => target - whole[at]!);
	return {...inputs, hidden, coarse, fine: layerOf(rounded.fine, {...task, targets: left}, seen)};
}

/** Logits of rows of input codes. */
export function forwardSymmetric({hidden, coarse, fine}: SymmetricNetwork, inputs: Int8Array, rowCount: number): Float32Array {
	let codes = inputs;
	for (const [index, layer] of hidden.entries()) {
		const values = symmetricForward(layer, codes, rowCount);
		reluInPlace(values);
		codes = signedCodes(values, (hidden[index + 1] ?? coarse).inputScale);
	}

	const [whole, rest] = [coarse, fine].map(layer => symmetricForward(layer, codes, rowCount)) as [Float32Array, Float32Array];
	return whole.map((value, at) => value + rest[at]!);
}

/** Codes of a batch, rows x columns: what the graph computes, number for number. */
export function encodeSymmetric(
	network: TabularNetwork,
	{scaling, tables}: Pick<SymmetricNetwork, 'scaling' | 'tables'>,
	batch: OnnxBatch,
): Int8Array {
	const {numericCount, flagged, embeddingsAt, width} = layoutOf(network);
	const codes = new Int8Array(batch.rowCount * width);
	for (let row = 0; row < batch.rowCount; row++) {
		for (const [index, input] of network.numeric.entries()) {
			const scale = scaling.scale[index]!;
			const value = transform(batch.numeric[row * numericCount + index]!, input);
			// A constant feature: an infinity times 0 would be NaN, where the graph cuts the infinity first.
			codes[row * width + index] = scale === 0 ? 0 : signedCodeOf(Math.fround(Math.fround(value - scaling.shift[index]!) * scale));
		}

		for (const [index, feature] of flagged.entries()) {
			codes[row * width + numericCount + index] = Number.isNaN(batch.numeric[row * numericCount + feature]!) ? SIGNED_CODE_MAX : 0;
		}

		let column = row * width + embeddingsAt;
		for (const [index, input] of network.categorical.entries()) {
			const id = tableRowOf(batch.categorical[row * network.categorical.length + index]!, input);
			codes.set(tables[index]!.subarray(id * input.width, (id + 1) * input.width), column);
			column += input.width;
		}
	}

	return codes;
}

/** What a layer sees of the calibration rows. */
interface Seen {
	readonly codes: Int8Array;
	/** `inputScale` of the layer. */
	readonly scale: number;
	/** What one step of each input's code is worth. */
	readonly steps: Float64Array;
	readonly rowCount: number;
}

/** Steps that let the largest value of each column, either way, be 127. */
function inputsOf(
	network: TabularNetwork,
	values: Float32Array,
): Pick<SymmetricNetwork, 'scaling' | 'tables'> & {readonly steps: Float64Array} {
	const {numericCount, embeddingsAt, width} = layoutOf(network);
	const largest = new Float64Array(width);
	for (const [at, value] of values.entries()) {
		largest[at % width] = Math.max(largest[at % width]!, Math.abs(value));
	}

	largest.fill(1, numericCount, embeddingsAt);
	let column = embeddingsAt;
	const tables = network.categorical.map(({table, width: own}) => {
		for (const [at, value] of table.entries()) {
			largest[column + (at % own)] = Math.max(largest[column + (at % own)]!, Math.abs(value));
		}

		const first = column;
		column += own;
		return Int8Array.from(table, (value, at) => {
			const most = largest[first + (at % own)]!;
			return most === 0 ? 0 : signedCodeOf((value * SIGNED_CODE_MAX) / most);
		});
	});
	const steps = largest.map(value => value / SIGNED_CODE_MAX);
	const scaling = {
		shift: Float32Array.from(network.numeric, ({mean}) => mean),
		scale: Float32Array.from(network.numeric, ({inverseDeviation}, index) =>
			steps[index] === 0 ? 0 : inverseDeviation / steps[index]!,
		),
	};
	return {scaling, tables, steps};
}

function taskOf({inputs, outputs, weights}: DenseLayer, {codes, steps, rowCount}: Seen, targets: Float32Array): RoundingTask {
	return {
		inputs,
		outputs,
		weights: Float64Array.from(weights, (weight, at) => weight * steps[Math.floor(at / outputs)]!),
		rowCount,
		codes,
		targets,
	};
}

/** The layer with the bias that makes its mean that of its targets. */
function layerOf(rounded: RoundedWeights, {inputs, outputs, targets}: RoundingTask, {codes, scale, rowCount}: Seen): SymmetricLayer {
	const weightScales = Float32Array.from(rounded.scales, weightScale => weightScale / scale);
	const unbiased = {inputs, outputs, inputScale: scale, weights: rounded.weights, weightScales, bias: new Float32Array(outputs)};
	const gaps = new Float64Array(outputs);
	for (const [at, value] of symmetricForward(unbiased, codes, rowCount).entries()) {
		gaps[at % outputs]! += (targets[at]! - value) / rowCount;
	}

	return {...unbiased, bias: new Float32Array(gaps)};
}

function symmetricForward({bias, ...layer}: SymmetricLayer, codes: Int8Array, rowCount: number): Float32Array {
	const unbiased = {...layer, bias: new Int32Array(layer.outputs)};
	return dequantize(integerSums(unbiased, codes, rowCount), outputScalesOf(unbiased)).map(
		(value, at) => value + bias[at % layer.outputs]!,
	);
}

function signedCodes(values: Float32Array, scale: number): Int8Array {
	const step = Math.fround(scale);
	return Int8Array.from(values, value => signedCodeOf(Math.fround(value / step)));
}

/** Nearest code, halves to the even one; what lies outside is cut to -128 and 127, as QuantizeLinear does. */
function signedCodeOf(value: number): number {
	const floor = Math.floor(value);
	const above = value - floor;
	const nearest = above > 0.5 || (above === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
	return Math.max(-SIGNED_CODE_MAX - 1, Math.min(SIGNED_CODE_MAX, nearest));
}
