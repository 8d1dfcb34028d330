/**
 * The arithmetic of a quantised layer, exactly as ONNX Runtime does it: the quantiser simulates with it, and tests hold the runtimes to it.
 *
 * @module
 */
import {matrixProduct} from '../../core/numerics/index.ts';

/** Largest code of an activation: unsigned 8 bits, zero point 0. */
export const CODE_MAX = 255;

/**
 * Largest size of a weight: 7 bits. The dot product of AVX2 adds two products of a U8 code and an S8 weight in 16 signed bits and saturates;
 * 2 x 255 x 63 = 32,130 is the most that fits, so that every x86, and WebAssembly, gives the same sums.
 */
export const WEIGHT_MAX = 63;

/** y = (codes W + bias) * outputScale, in 32-bit integers up to the last step. */
export interface QuantizedLayer {
	readonly inputs: number;
	readonly outputs: number;
	/** What one step of an input code is worth; 1 in the first layer, whose weights carry the steps of their columns. */
	readonly inputScale: number;
	/** inputs x outputs, each in [-{@link WEIGHT_MAX}, {@link WEIGHT_MAX}]. */
	readonly weights: Int8Array;
	/** What one step of a weight is worth, for each output. */
	readonly weightScales: Float32Array;
	/** In steps of inputScale * weightScale. */
	readonly bias: Int32Array;
}

/** What one step of a sum is worth, for each output. */
export function outputScalesOf({inputScale, weightScales}: QuantizedLayer): Float32Array {
	return weightScales.map(scale => Math.fround(inputScale) * scale);
}

/** codes W + bias for each row. The product is taken in 64-bit floats, which hold these integers exactly. */
export function integerSums({inputs, outputs, weights, bias}: QuantizedLayer, codes: Uint8Array | Int8Array, rowCount: number): Int32Array {
	const sums = new Int32Array(
		matrixProduct(new Float64Array(codes), new Float64Array(weights), {rows: rowCount, inner: inputs, columns: outputs}),
	);
	for (let at = 0; at < sums.length; at++) {
		sums[at]! += bias[at % outputs]!;
	}

	return sums;
}

/** The next layer's codes: ReLU is for free, because code 0 is 0 and whatever lies below is cut to it. */
export function requantize(sums: Int32Array, outputScales: Float32Array, nextInputScale: number): Uint8Array {
	const multipliers = outputScales.map(scale => scale / Math.fround(nextInputScale));
	const codes = new Uint8Array(sums.length);
	for (let at = 0; at < sums.length; at++) {
		codes[at] = codeOf(Math.fround(Math.fround(sums[at]!) * multipliers[at % multipliers.length]!));
	}

	return codes;
}

/** Sums as numbers, in 32-bit floats. */
export function dequantize(sums: Int32Array, outputScales: Float32Array): Float32Array {
	const values = new Float32Array(sums);
	for (let at = 0; at < values.length; at++) {
		values[at]! *= outputScales[at % outputScales.length]!;
	}

	return values;
}

/** The layers of a network, and how the last gives the logit: as the sum of a coarse layer and of a fine one for what the coarse leaves. */
export interface QuantizedLayers {
	readonly hidden: readonly QuantizedLayer[];
	readonly coarse: QuantizedLayer;
	readonly fine: QuantizedLayer;
}

/** Logits of rows of input codes. */
export function forwardInteger({hidden, coarse, fine}: QuantizedLayers, codes: Uint8Array, rowCount: number): Float32Array {
	let inputs = codes;
	for (const [index, layer] of hidden.entries()) {
		inputs = requantize(integerSums(layer, inputs, rowCount), outputScalesOf(layer), (hidden[index + 1] ?? coarse).inputScale);
	}

	const [whole, rest] = [coarse, fine].map(layer => dequantize(integerSums(layer, inputs, rowCount), outputScalesOf(layer))) as [
		Float32Array,
		Float32Array,
	];
	return whole.map((value, at) => value + rest[at]!);
}

/** Nearest code, halves to the even one, as QuantizeLinear rounds; what lies outside is cut to 0 and 255. */
export function codeOf(value: number): number {
	const floor = Math.floor(value);
	const above = value - floor;
	const nearest = above > 0.5 || (above === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
	return Math.max(0, Math.min(CODE_MAX, nearest));
}
