/**
 * Networks and rows drawn at random: what tests and benchmarks work on when no trained network is at hand.
 *
 * @module
 */
import type {CategoricalInput, DenseLayer, NumericInput, OnnxBatch, TabularNetwork} from '../../core/domain/index.ts';
import {drawInteger, drawNormal, forkRng, type Rng} from '../../core/numerics/index.ts';

/** Shape of a random network. */
export interface RandomNetworkOptions {
	readonly numericCount: number;
	/** Sizes of the vocabularies, one a categorical feature. */
	readonly vocabularySizes?: readonly number[];
	readonly hidden: readonly number[];
	readonly outputCount?: number;
	/** Share of numeric features with a missing flag, and with a signed logarithm. */
	readonly flaggedShare?: number;
	readonly loggedShare?: number;
	readonly seed?: number;
}

/** A network with weights as He et al. 2015 draw them, so that activations keep their size from layer to layer. The same options give the same network. */
export function randomNetwork(options: RandomNetworkOptions): TabularNetwork {
	const {numericCount, vocabularySizes = [], hidden, outputCount = 1, flaggedShare = 0, loggedShare = 0, seed = 1} = options;
	const rng = forkRng(seed, 'network');
	const numeric = Array.from({length: numericCount}, (_, index): NumericInput => {
		const mean = drawNormal(rng);
		return {
			feature: `number${index}`,
			median: mean,
			signedLog: rng() < loggedShare,
			mean,
			inverseDeviation: 0.5 + rng(),
			missingFlag: rng() < flaggedShare,
		};
	});
	const categorical = vocabularySizes.map((size, index): CategoricalInput => {
		const width = Math.min(16, Math.floor((size + 1) / 2) + 1);
		const vocabulary = Array.from({length: size}, (_, value) => `value${value}`);
		return {feature: `word${index}`, vocabulary, width, table: normals(rng, (size + 1) * width, 0.5)};
	});
	const flags = numeric.filter(({missingFlag}) => missingFlag).length;
	const sizes = [numericCount + flags + categorical.reduce((sum, {width}) => sum + width, 0), ...hidden, outputCount];
	const layers = hidden.concat(outputCount).map((outputs, index): DenseLayer => {
		const inputs = sizes[index]!;
		return {inputs, outputs, weights: normals(rng, inputs * outputs, Math.sqrt(2 / inputs)), bias: normals(rng, outputs, 0.05)};
	});
	return {numeric, categorical, clip: 5, layers, outputCount};
}

/** Rows for a network: normal numbers about each feature's mean, ids of which some are unseen. The same arguments give the same rows. */
export function randomBatch(
	network: TabularNetwork,
	rowCount: number,
	{missingShare = 0, seed = 1}: {missingShare?: number; seed?: number} = {},
): OnnxBatch {
	const rng = forkRng(seed, 'rows');
	const numeric = Float32Array.from({length: rowCount * network.numeric.length}, (_, index) => {
		const {mean, inverseDeviation} = network.numeric[index % network.numeric.length]!;
		const value = mean + drawNormal(rng) / (inverseDeviation || 1);
		return rng() < missingShare ? Number.NaN : value;
	});
	const categorical = BigInt64Array.from({length: rowCount * network.categorical.length}, (_, index) => {
		const {vocabulary} = network.categorical[index % network.categorical.length]!;
		return BigInt(drawInteger(rng, vocabulary.length + 3) - 1);
	});
	return {rowCount, numeric, categorical};
}

function normals(rng: Rng, length: number, deviation: number): Float32Array {
	return Float32Array.from({length}, () => drawNormal(rng) * deviation);
}
