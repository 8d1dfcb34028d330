/**
 * A network in integers whose activations have two digits: for weights that were trained on the grid they are stored on.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {DenseLayer, OnnxBatch, TabularNetwork} from '../../core/domain/index.ts';
import {denseForward, networkInputs, reluInPlace, tableRowOf, transform} from '../network/forward.ts';
import {layoutOf, selectRows, spreadRows} from '../network/layout.ts';
import type {Scaling} from '../graph/preprocessing.ts';
import {CODE_MAX, outputScalesOf, type QuantizedLayer} from './integer-layer.ts';
import {FIT_ROWS_MAX} from './quantize-layers.ts';
import {roundToNearest, roundTwiceToNearest, type RoundedWeights} from './round-weights.ts';
import {digitsOf, twoDigitForward, type TwoDigits} from './two-digits.ts';

/** How columns become digits: value = (high + (low - 128) / 254) * step, and what a column begins at is in the bias. */
export interface TwoDigitInputs {
	/** Of the numeric features, into steps from 0 to 255. */
	readonly scaling: Scaling;
	/** What a flag that is set is, in steps. */
	readonly flag: TwoDigits;
	/** For each categorical feature the digits of its table, in steps from the lowest value of each column. */
	readonly tables: readonly TwoDigits[];
	/** What a step is worth, in every column alike. */
	readonly step: number;
}

/** The layers, and how the last gives the logit: as the sum of a coarse layer and of a fine one for what the coarse leaves. */
export interface TwoDigitNetwork {
	readonly inputs: TwoDigitInputs;
	readonly hidden: readonly QuantizedLayer[];
	readonly coarse: QuantizedLayer;
	readonly fine: QuantizedLayer;
}

/** Hidden values may be this many times the largest of the calibration before they are cut: a bit of sixteen buys it. */
const HEADROOM = 2;

/**
 * Quantise a network layer by layer. Weights are rounded to the nearest integer and not moved: those of a network that was fitted with
 * `weightStepsMax` stay what they are.
 *
 * Cost: two passes over at most {@link FIT_ROWS_MAX} calibration rows.
 *
 * @throws AssertionError - if there is no calibration row.
 */
export function quantizeInTwoDigits(network: TabularNetwork, calibration: OnnxBatch): TwoDigitNetwork {
	assert.ok(calibration.rowCount > 0, 'there is at least one calibration row');
	const rows = selectRows(calibration, spreadRows(calibration.rowCount, FIT_ROWS_MAX));
	const {rowCount} = rows;
	const inputs = twoDigitInputsOf(network);
	let values = networkInputs(network, rows);
	let seen: Seen = {digits: encodeDigits(network, inputs, rows), scale: inputs.step, rowCount};
	const hidden: QuantizedLayer[] = [];
	for (const layer of network.layers.slice(0, -1)) {
		values = denseForward(layer, values, rowCount);
		const {quantized, sums} = fitted(
			layer,
			roundToNearest(inSteps(layer, seen.scale), {targets: values, outputs: layer.outputs}),
			seen,
			values,
		);
		hidden.push(quantized);
		reluInPlace(values);
		const largest = sums.reduce((highest, value) => Math.max(highest, value), 0);
		const scale = Math.fround(largest > 0 ? (HEADROOM * largest) / CODE_MAX : 1 / CODE_MAX);
		reluInPlace(sums);
		seen = {digits: digitsOf(sums, scale), scale, rowCount};
	}

	const last = network.layers.at(-1)!;
	const targets = denseForward(last, values, rowCount);
	const rounded = roundTwiceToNearest(inSteps(last, seen.scale), {targets, outputs: last.outputs});
	const {quantized: coarse, sums} = fitted(last, rounded.coarse, seen, targets);
	const left = targets.map((target, at) => target - sums[at]!);
	return {inputs, hidden, coarse, fine: fitted(last, rounded.fine, seen, left).quantized};
}

/** Logits of rows of input digits. */
export function forwardInTwoDigits({hidden, coarse, fine}: TwoDigitNetwork, inputs: TwoDigits, rowCount: number): Float32Array {
	let digits = inputs;
	for (const [index, layer] of hidden.entries()) {
		const values = twoDigitForward(layer, digits, rowCount);
		reluInPlace(values);
		digits = digitsOf(values, (hidden[index + 1] ?? coarse).inputScale);
	}

	const [whole, rest] = [coarse, fine].map(layer => twoDigitForward(layer, digits, rowCount)) as [Float32Array, Float32Array];
	return whole.map((value, at) => value + rest[at]!);
}

/** Digits of a batch, rows x columns: what the graph computes, number for number. */
export function encodeDigits(network: TabularNetwork, {scaling, flag, tables}: TwoDigitInputs, batch: OnnxBatch): TwoDigits {
	const {numericCount, flagged, embeddingsAt, width} = layoutOf(network);
	const digits = {high: new Uint8Array(batch.rowCount * width), low: new Uint8Array(batch.rowCount * width)};
	const numbers = digitsOf(scaledNumbers(network, scaling, batch), 1);
	const none = digitsOf(Float32Array.of(0), 1);
	for (const name of ['high', 'low'] as const) {
		for (let row = 0; row < batch.rowCount; row++) {
			const at = row * width;
			digits[name].set(numbers[name].subarray(row * numericCount, (row + 1) * numericCount), at);
			for (const [index, feature] of flagged.entries()) {
				const isMissing = Number.isNaN(batch.numeric[row * numericCount + feature]!);
				digits[name][at + numericCount + index] = (isMissing ? flag : none)[name][0]!;
			}

			let column = at + embeddingsAt;
			for (const [index, input] of network.categorical.entries()) {
				const id = tableRowOf(batch.categorical[row * network.categorical.length + index]!, input);
				digits[name].set(tables[index]![name].subarray(id * input.width, (id + 1) * input.width), column);
				column += input.width;
			}
		}
	}

	return digits;
}

/** Numeric features in steps, cut to the codes: as Clip(Mul(Sub)) does. */
function scaledNumbers(network: TabularNetwork, {shift, scale}: Scaling, {numeric, rowCount}: OnnxBatch): Float32Array {
	const count = network.numeric.length;
	return Float32Array.from({length: rowCount * count}, (_, at) => {
		const index = at % count;
		// A constant feature: an infinity times 0 would be NaN, where the graph cuts the infinity first.
		const steps =
			scale[index] === 0
				? 0
				: Math.fround(Math.fround(transform(numeric[at]!, network.numeric[index]!) - shift[index]!) * scale[index]!);
		return Math.max(0, Math.min(CODE_MAX, steps));
	});
}

/**
 * One step for all columns, wide enough for the whole winsorised range and for the widest embedding: weights on one grid then stay on one grid, and
 * no value that the calibration has not seen is cut before the network itself would cut it.
 */
function twoDigitInputsOf({numeric, categorical, clip}: TabularNetwork): TwoDigitInputs {
	const lowest = categorical.map(({table, width}) => columnsOf(table, width).map(values => Math.min(...values)));
	const ranges = categorical.flatMap(({table, width}, index) =>
		columnsOf(table, width).map((values, column) => Math.max(...values) - lowest[index]![column]!),
	);
	const step = Math.fround(Math.max(2 * clip, 1, ...ranges) / CODE_MAX);
	const inSteps = (value: number): number => value / step;
	return {
		scaling: {
			shift: Float32Array.from(numeric, ({mean, inverseDeviation}) =>
				isConstant(inverseDeviation) ? mean : mean - clip / inverseDeviation,
			),
			scale: Float32Array.from(numeric, ({inverseDeviation}) => (isConstant(inverseDeviation) ? 0 : inSteps(inverseDeviation))),
		},
		flag: digitsOf(Float32Array.of(inSteps(1)), 1),
		tables: categorical.map(({table, width}, index) =>
			digitsOf(
				table.map((value, at) => inSteps(value - lowest[index]![at % width]!)),
				1,
			),
		),
		step,
	};
}

function isConstant(inverseDeviation: number): boolean {
	return Math.fround(inverseDeviation) === 0;
}

function columnsOf(table: Float32Array, width: number): Float32Array[] {
	return Array.from({length: width}, (_, column) => table.filter((__, at) => at % width === column));
}

/** What a layer sees of the calibration rows. */
interface Seen {
	readonly digits: TwoDigits;
	/** What one step of the high digit is worth. */
	readonly scale: number;
	readonly rowCount: number;
}

function inSteps({weights}: DenseLayer, scale: number): Float64Array {
	return Float64Array.from(weights, weight => weight * scale);
}

/** The layer with the bias that makes its mean that of its targets, and what it then gives. */
function fitted(
	{inputs, outputs}: DenseLayer,
	rounded: RoundedWeights,
	{digits, scale, rowCount}: Seen,
	targets: Float32Array,
): {readonly quantized: QuantizedLayer; readonly sums: Float32Array} {
	const weightScales = Float32Array.from(rounded.scales, weightScale => weightScale / scale);
	const unbiased = {inputs, outputs, inputScale: scale, weights: rounded.weights, weightScales, bias: new Int32Array(outputs)};
	const gaps = new Float64Array(outputs);
	for (const [at, sum] of twoDigitForward(unbiased, digits, rowCount).entries()) {
		gaps[at % outputs]! += (targets[at]! - sum) / rowCount;
	}

	const scales = outputScalesOf(unbiased);
	const quantized = {...unbiased, bias: Int32Array.from(gaps, (gap, output) => Math.round(gap / scales[output]!))};
	return {quantized, sums: twoDigitForward(quantized, digits, rowCount)};
}
