/**
 * Weights to 7-bit integers, so that a layer's sums on calibration rows change as little as can be.
 *
 * Rounding each weight to its nearest integer makes errors that add up where inputs go together, as they do in tables and in columns about one
 * thing. Here each rounding error is made good by the weights not yet rounded, as far as they are seen together in the calibration rows.
 *
 * @module
 */
import {cholesky, inverseFromCholesky, matrixProduct, transposedProduct} from '../../core/numerics/index.ts';
import {WEIGHT_MAX} from './integer-layer.ts';

/** A layer and the calibration rows to round it on. */
export interface RoundingTask {
	readonly inputs: number;
	readonly outputs: number;
	/** inputs x outputs, worth of one step of the input code included. */
	readonly weights: Float64Array;
	readonly rowCount: number;
	/** rowCount x inputs: what the layer will see, errors of the layers before it included. */
	readonly codes: Uint8Array | Int8Array;
	/** rowCount x outputs: what it should give, up to a constant for each output. */
	readonly targets: Float32Array;
}

/** Integers in [-63, 63], and what one of them is worth for each output. */
export interface RoundedWeights {
	readonly weights: Int8Array;
	readonly scales: Float64Array;
}

/** A wider layer is rounded to nearest: the inverse would take longer than the gain is worth. */
export const COMPENSATED_INPUTS_MAX = 1024;

/** Far from where 32-bit floats end, for outputs that are always 0. */
const SCALE_MIN = 1e-20;

/** Share of the mean variance of the codes that is added to each: keeps weights near the network's where rows say little. */
const DAMPING = 0.01;

/**
 * Round the weights of a layer.
 *
 * First moves them by least squares to what fits `targets` best on the codes as they are, then rounds input by input, those that vary most
 * first, and spreads each error over the inputs still to come.
 *
 * Cost: O(rows x inputs x (inputs + outputs) + inputs² x (inputs + outputs)) time, O(inputs²) memory. The same task gives the same integers.
 * Source: E. Frantar, S. Ashkboos, T. Hoefler, D. Alistarh, "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
 * Transformers", ICLR 2023; the least squares step as in M. Nagel et al., "Up or Down? Adaptive Rounding for Post-Training Quantization",
 * ICML 2020 (asymmetric reconstruction).
 */
export function roundWeights(task: RoundingTask): RoundedWeights {
	if (task.inputs > COMPENSATED_INPUTS_MAX) {
		return roundToNearest(task.weights, task);
	}

	const {order, inverse, moved} = moveWeights(task);
	const ordered = rowsInOrder(moved, order, task.outputs);
	return compensate(ordered, scalesOf(moved, task), cholesky(inverse, task.inputs), order);
}

/**
 * Round the weights of a layer to two digits: integers, and integers for what those leave. Twice the work for a layer, so it is for the last one,
 * which is small and whose rounding nothing after it can make good.
 */
export function roundTwice(task: RoundingTask): {readonly coarse: RoundedWeights; readonly fine: RoundedWeights} {
	return roundTwiceToNearest(task.inputs > COMPENSATED_INPUTS_MAX ? task.weights : moveWeights(task).moved, task);
}

/** The same, each weight by itself. */
export function roundTwiceToNearest(
	weights: Float64Array,
	task: Pick<RoundingTask, 'targets' | 'outputs'>,
): {readonly coarse: RoundedWeights; readonly fine: RoundedWeights} {
	const coarse = roundToNearest(weights, task);
	const rest = weights.map((weight, at) => weight - coarse.weights[at]! * coarse.scales[at % task.outputs]!);
	const scales = coarse.scales.map(scale => scale / (2 * WEIGHT_MAX));
	return {coarse, fine: {weights: roundAll(rest, scales), scales}};
}

/** To the nearest integer, each weight by itself. */
export function roundToNearest(weights: Float64Array, task: Pick<RoundingTask, 'targets' | 'outputs'>): RoundedWeights {
	const scales = scalesOf(weights, task);
	return {weights: roundAll(weights, scales), scales};
}

/** The weights that fit the targets best, near those given; the inverse of the codes' covariance, its rows and columns in `order`. */
function moveWeights(task: RoundingTask): {moved: Float64Array; order: Int32Array; inverse: Float64Array} {
	const {inputs, outputs} = task;
	const {covariance, residuals} = correlate(task);
	const variances = Float64Array.from({length: inputs}, (_, input) => covariance[input * (inputs + 1)]!);
	const order = Int32Array.from({length: inputs}, (_, input) => input).sort((a, b) => variances[b]! - variances[a]! || a - b);
	const damping = (DAMPING * variances.reduce((sum, variance) => sum + variance, 0)) / inputs || 1;
	const ordered = new Float64Array(inputs * inputs);
	for (let row = 0; row < inputs; row++) {
		for (let column = 0; column < inputs; column++) {
			ordered[row * inputs + column] = covariance[order[row]! * inputs + order[column]!]! + (row === column ? damping : 0);
		}
	}

	const inverse = inverseFromCholesky(cholesky(ordered, inputs), inputs);
	const changes = matrixProduct(inverse, rowsInOrder(residuals, order, outputs), {rows: inputs, inner: inputs, columns: outputs});
	const moved = task.weights.slice();
	for (const [row, input] of order.entries()) {
		for (let output = 0; output < outputs; output++) {
			moved[input * outputs + output]! += changes[row * outputs + output]!;
		}
	}

	return {moved, order, inverse};
}

/** Covariance of the codes (times rows), and of the codes with what the weights leave of the targets. */
function correlate({inputs, outputs, weights, rowCount, codes, targets}: RoundingTask): {
	covariance: Float64Array;
	residuals: Float64Array;
} {
	const values = centred(codes, inputs, rowCount);
	const rest = centred(targets, outputs, rowCount);
	const given = matrixProduct(values, weights, {rows: rowCount, inner: inputs, columns: outputs});
	for (let at = 0; at < rest.length; at++) {
		rest[at]! -= given[at]!;
	}

	return {
		covariance: transposedProduct(values, values, {rows: rowCount, leftColumns: inputs, rightColumns: inputs}),
		residuals: transposedProduct(values, rest, {rows: rowCount, leftColumns: inputs, rightColumns: outputs}),
	};
}

/** Round row by row; `factor` is the lower Cholesky factor of the inverse covariance in the same order. `weights` is used up. */
function compensate(weights: Float64Array, scales: Float64Array, factor: Float64Array, order: Int32Array): RoundedWeights {
	const [inputs, outputs] = [order.length, scales.length];
	const rounded = new Int8Array(inputs * outputs);
	const errors = new Float64Array(outputs);
	for (let row = 0; row < inputs; row++) {
		for (let output = 0; output < outputs; output++) {
			const weight = weights[row * outputs + output]!;
			const integer = roundOne(weight, scales[output]!);
			rounded[order[row]! * outputs + output] = integer;
			errors[output] = (weight - integer * scales[output]!) / factor[row * inputs + row]!;
		}

		for (let later = row + 1; later < inputs; later++) {
			const share = factor[later * inputs + row]!;
			for (let output = 0; output < outputs; output++) {
				weights[later * outputs + output]! -= errors[output]! * share;
			}
		}
	}

	return {weights: rounded, scales};
}

/** Scales that let the largest weight be 63, but never so small that the output's mean, which the bias holds, needs more than 30 bits. */
function scalesOf(weights: Float64Array, {targets, outputs}: Pick<RoundingTask, 'targets' | 'outputs'>): Float64Array {
	const weightMax = new Float64Array(outputs);
	for (const [at, weight] of weights.entries()) {
		weightMax[at % outputs] = Math.max(weightMax[at % outputs]!, Math.abs(weight));
	}

	const targetMax = new Float64Array(outputs);
	for (const [at, target] of targets.entries()) {
		targetMax[at % outputs] = Math.max(targetMax[at % outputs]!, Math.abs(target));
	}

	return weightMax.map((weight, output) => Math.max(weight / WEIGHT_MAX, targetMax[output]! / 2 ** 29, SCALE_MIN));
}

function roundAll(weights: Float64Array, scales: Float64Array): Int8Array {
	return Int8Array.from(weights, (weight, at) => roundOne(weight, scales[at % scales.length]!));
}

function roundOne(weight: number, scale: number): number {
	return Math.max(-WEIGHT_MAX, Math.min(WEIGHT_MAX, Math.round(weight / scale)));
}

/** Values less the mean of their column. */
function centred(values: Uint8Array | Int8Array | Float32Array, columns: number, rowCount: number): Float64Array {
	const result = new Float64Array(values);
	for (let column = 0; column < columns; column++) {
		let mean = 0;
		for (let at = column; at < result.length; at += columns) {
			mean += result[at]! / rowCount;
		}

		for (let at = column; at < result.length; at += columns) {
			result[at]! -= mean;
		}
	}

	return result;
}

function rowsInOrder(values: Float64Array, order: Int32Array, width: number): Float64Array {
	const result = new Float64Array(values.length);
	for (const [row, from] of order.entries()) {
		result.set(values.subarray(from * width, (from + 1) * width), row * width);
	}

	return result;
}
