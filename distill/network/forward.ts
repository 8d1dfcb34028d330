/**
 * The network in plain JavaScript: what the graphs are tested against, and what the quantiser calibrates with.
 *
 * @module
 */
import {matrixProduct, sigmoid, softmaxInPlace} from '../../core/numerics/index.ts';
import type {CategoricalInput, DenseLayer, NumericInput, OnnxBatch, OnnxScores, TabularNetwork} from '../../core/domain/index.ts';
import {layoutOf} from './layout.ts';

/**
 * Logits and probabilities of a batch, rounded to 32 bits where the graph rounds, except within sums.
 *
 * Cost: O(rows x weights), some hundred times slower than ONNX Runtime: for tests and calibration.
 */
export function forwardNetwork(network: TabularNetwork, batch: OnnxBatch): OnnxScores {
	let values = networkInputs(network, batch);
	for (const [index, layer] of network.layers.entries()) {
		values = denseForward(layer, values, batch.rowCount);
		if (index < network.layers.length - 1) {
			reluInPlace(values);
		}
	}

	return {logits: values, probabilities: probabilitiesOf(values, network.outputCount)};
}

/** The first layer's input for each row, in the layout of {@link TabularNetwork}. */
export function networkInputs(network: TabularNetwork, batch: OnnxBatch): Float32Array {
	const {numericCount, flagged, embeddingsAt, width} = layoutOf(network);
	const inputs = new Float32Array(batch.rowCount * width);
	for (let row = 0; row < batch.rowCount; row++) {
		const at = row * width;
		for (const [index, input] of network.numeric.entries()) {
			inputs[at + index] = standardise(batch.numeric[row * numericCount + index]!, input, network.clip);
		}

		for (const [index, feature] of flagged.entries()) {
			inputs[at + numericCount + index] = Number.isNaN(batch.numeric[row * numericCount + feature]!) ? 1 : 0;
		}

		let column = at + embeddingsAt;
		for (const [index, input] of network.categorical.entries()) {
			const id = tableRowOf(batch.categorical[row * network.categorical.length + index]!, input);
			inputs.set(input.table.subarray(id * input.width, (id + 1) * input.width), column);
			column += input.width;
		}
	}

	return inputs;
}

/** One numeric value after imputation and signed logarithm, before scaling. */
export function transform(value: number, {median, signedLog}: NumericInput): number {
	const present = Math.fround(Number.isNaN(value) ? median : value);
	return signedLog ? Math.fround(Math.sign(present) * Math.fround(Math.log(1 + Math.abs(present)))) : present;
}

/** One numeric value as it enters the first layer. */
export function standardise(value: number, input: NumericInput, clip: number): number {
	if (Math.fround(input.inverseDeviation) === 0) {
		return 0;
	}

	const standard = Math.fround(Math.fround(transform(value, input) - Math.fround(input.mean)) * Math.fround(input.inverseDeviation));
	return Math.max(-clip, Math.min(clip, standard));
}

/** y = x W + b for each row. Sums in 64 bits. */
export function denseForward({inputs, outputs, weights, bias}: DenseLayer, values: Float32Array, rowCount: number): Float32Array {
	const sums = matrixProduct(new Float64Array(values), new Float64Array(weights), {rows: rowCount, inner: inputs, columns: outputs});
	for (let at = 0; at < sums.length; at++) {
		sums[at]! += bias[at % outputs]!;
	}

	return new Float32Array(sums);
}

/** max(0, x). */
export function reluInPlace(values: Float32Array): void {
	for (let index = 0; index < values.length; index++) {
		values[index] = Math.max(0, values[index]!);
	}
}

/** Sigmoid of one output, softmax of several. */
export function probabilitiesOf(logits: Float32Array, outputCount: number): Float32Array {
	const probabilities = logits.slice();
	if (outputCount === 1) {
		return probabilities.map(value => sigmoid(value));
	}

	for (let start = 0; start < probabilities.length; start += outputCount) {
		softmaxInPlace(probabilities, start, outputCount);
	}

	return probabilities;
}

/** Ids outside the table mean "everything else", which is row 0. */
export function tableRowOf(id: bigint, {vocabulary}: CategoricalInput): number {
	return id >= 0n && id <= BigInt(vocabulary.length) ? Number(id) : 0;
}
