/**
 * Activations as two digits of eight bits: the second holds what rounding to the first left over, in steps 254 times as fine.
 *
 * @module
 */
import {codeOf, CODE_MAX, dequantize, integerSums, outputScalesOf, type QuantizedLayer} from './integer-layer.ts';

/** Steps of the low digit in one of the high one: what is left over, at most half a step either way, takes codes from 1 to 255. */
export const LOW_STEPS = 254;
/** Code of the low digit that stands for nothing left over. */
export const LOW_ZERO = 128;

/** Both digits of each value, row-major. */
export interface TwoDigits {
	readonly high: Uint8Array;
	readonly low: Uint8Array;
}

/** What one step of the low digit is worth. */
export function lowScaleOf(scale: number): number {
	return Math.fround(Math.fround(scale) / LOW_STEPS);
}

/** Digits of values from 0, as the graph computes them: value = (high + (low - 128) / 254) * scale. Beyond code 255 they are cut. */
export function digitsOf(values: Float32Array, scale: number): TwoDigits {
	const step = Math.fround(scale);
	const lowStep = lowScaleOf(scale);
	const high = Uint8Array.from(values, value => codeOf(Math.fround(value / step)));
	const low = Uint8Array.from(values, (value, at) => {
		const left = Math.fround(value - Math.fround(high[at]! * step));
		return lowCodeOf(Math.fround(left / lowStep));
	});
	return {high, low};
}

/** x W + bias for each row, in 32-bit floats: one integer product a digit, each exact, then their sum. */
export function twoDigitForward(layer: QuantizedLayer, {high, low}: TwoDigits, rowCount: number): Float32Array {
	const whole = dequantize(integerSums(layer, high, rowCount), outputScalesOf(layer));
	const unbiased = {...layer, bias: new Int32Array(layer.outputs)};
	const left = dequantize(
		integerSums(
			unbiased,
			Int8Array.from(low, code => code - LOW_ZERO),
			rowCount,
		),
		lowOutputScalesOf(layer),
	);
	return whole.map((value, at) => value + left[at]!);
}

/** What one step of a sum of low digits is worth, for each output. */
export function lowOutputScalesOf({inputScale, weightScales}: QuantizedLayer): Float32Array {
	return weightScales.map(scale => lowScaleOf(inputScale) * scale);
}

/** As QuantizeLinear does with a zero point: rounded, moved, cut. */
function lowCodeOf(steps: number): number {
	const moved = steps + LOW_ZERO;
	return moved <= 0 ? 0 : Math.min(CODE_MAX, codeOf(moved));
}
