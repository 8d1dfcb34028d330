/**
 * How a tabular network is laid out, checked once: whoever reads a network after this may trust its sizes.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {ModelInput, OnnxBatch, TabularNetwork} from '../../core/domain/index.ts';

/** Columns of the first layer's input: numeric inputs, then missing flags, then embeddings. */
export interface NetworkLayout {
	readonly numericCount: number;
	/** Indices of the numeric features that have a missing flag. */
	readonly flagged: readonly number[];
	/** First column of the embeddings. */
	readonly embeddingsAt: number;
	readonly width: number;
}

/**
 * The layout of a network.
 *
 * @throws AssertionError - if sizes do not fit each other or a number is not finite: a fault of the trainer, which must stop it here.
 */
export function layoutOf(network: TabularNetwork): NetworkLayout {
	const layout = inputLayoutOf(network);
	checkLayers(network, layout.width);
	return layout;
}

/**
 * The layout of the inputs alone, for networks whose layers take more than them.
 *
 * @throws AssertionError - as {@link layoutOf}, for what concerns inputs.
 */
export function inputLayoutOf(network: Pick<TabularNetwork, 'numeric' | 'categorical' | 'clip'>): NetworkLayout {
	const numericCount = network.numeric.length;
	const flagged = network.numeric.flatMap(({missingFlag}, index) => (missingFlag ? [index] : []));
	const embeddingsAt = numericCount + flagged.length;
	const width = network.categorical.reduce((sum, input) => sum + input.width, embeddingsAt);
	checkInputs(network);
	return {numericCount, flagged, embeddingsAt, width};
}

/** The features that a network's file takes, for the manifest. */
export function modelInputOf({numeric, categorical}: TabularNetwork): ModelInput {
	return {
		numeric: numeric.map(({feature}) => feature),
		categorical: categorical.map(({feature, vocabulary}) => ({feature, vocabulary: [...vocabulary]})),
	};
}

/** Rows `rows` of a batch, copied, in that order. */
export function selectRows(batch: OnnxBatch, rows: ArrayLike<number>): OnnxBatch {
	const numericCount = batch.numeric.length / batch.rowCount;
	const categoricalCount = batch.categorical.length / batch.rowCount;
	const numeric = new Float32Array(rows.length * numericCount);
	const categorical = new BigInt64Array(rows.length * categoricalCount);
	for (let index = 0; index < rows.length; index++) {
		const row = rows[index]!;
		numeric.set(batch.numeric.subarray(row * numericCount, (row + 1) * numericCount), index * numericCount);
		categorical.set(batch.categorical.subarray(row * categoricalCount, (row + 1) * categoricalCount), index * categoricalCount);
	}

	return {rowCount: rows.length, numeric, categorical};
}

/** At most `countMax` row indices, evenly spread over `rowCount` rows, the first always among them. */
export function spreadRows(rowCount: number, countMax: number): Int32Array {
	const count = Math.min(rowCount, countMax);
	return Int32Array.from({length: count}, (_, index) => Math.floor((index * rowCount) / count));
}

function checkInputs({numeric, categorical, clip}: Pick<TabularNetwork, 'numeric' | 'categorical' | 'clip'>): void {
	assert.ok(numeric.length + categorical.length > 0, 'a network has at least one feature');
	assert.ok(clip > 0 && Number.isFinite(clip), 'clip is a positive number');
	for (const {feature, median, mean, inverseDeviation} of numeric) {
		const isFinite = [median, mean, inverseDeviation].every(value => Number.isFinite(Math.fround(value)));
		assert.ok(isFinite && inverseDeviation >= 0, `the scaling of ${feature} is finite`);
	}

	for (const {feature, vocabulary, width, table} of categorical) {
		assert.equal(
			table.length,
			(vocabulary.length + 1) * width,
			`the embedding of ${feature} has a row for each value and one for the rest`,
		);
		assert.ok(width > 0 && table.every(value => Number.isFinite(value)), `the embedding of ${feature} is finite`);
	}
}

function checkLayers({layers, outputCount}: TabularNetwork, width: number): void {
	let inputs = width;
	for (const [index, layer] of layers.entries()) {
		assert.equal(layer.inputs, inputs, `layer ${index} takes what the one before it gives`);
		assert.equal(layer.weights.length, layer.inputs * layer.outputs, `layer ${index} has a weight for each input and output`);
		assert.equal(layer.bias.length, layer.outputs, `layer ${index} has a bias for each output`);
		assert.ok(
			layer.weights.every(value => Number.isFinite(value)) && layer.bias.every(value => Number.isFinite(value)),
			`layer ${index} is finite`,
		);
		inputs = layer.outputs;
	}

	assert.ok(layers.length > 0 && inputs === outputCount, 'the last layer gives one logit for each output');
}
