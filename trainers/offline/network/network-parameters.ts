/**
 * The parameters of a network as one vector: where each table, weight and bias lies in it, what it begins as, and the network it stands for.
 *
 * One vector, because an optimiser step then costs a dozen operations whatever the number of layers.
 *
 * @module
 */
import type {CategoricalInput, DenseLayer, TabularNetwork} from '../../../core/domain/index.ts';
import {drawNormal, forkRng} from '../../../core/numerics/index.ts';
import {inputWidthOf, type NetworkInputs} from './input-plan.ts';

/** One table, weight matrix or bias. */
export interface ParameterBlock {
	/** Rows and columns; a bias has one row. */
	readonly rows: number;
	readonly columns: number;
	readonly offset: number;
	/** False for biases: they are not drawn towards 0. */
	readonly decays: boolean;
	/** Standard deviation of the first values. */
	readonly deviation: number;
}

/** Where things lie: first the tables of the embeddings in order, then weights and bias of each layer in order. */
export interface ParameterLayout {
	readonly tables: readonly ParameterBlock[];
	readonly layers: readonly {readonly weights: ParameterBlock; readonly bias: ParameterBlock}[];
	readonly size: number;
}

/** Embeddings begin small: a value then begins as if it were not known. */
const EMBEDDING_DEVIATION = 0.1;

/** Lay out the parameters of a network with these inputs, hidden widths and outputs. */
export function layoutOf(plan: NetworkInputs, hidden: readonly number[], outputCount: number): ParameterLayout {
	let size = 0;
	const place = (rows: number, columns: number, decays: boolean, deviation: number): ParameterBlock => {
		const offset = size;
		size += rows * columns;
		return {rows, columns, offset, decays, deviation};
	};

	const tables = plan.categorical.map(({vocabulary, width}) => place(vocabulary.length + 1, width, true, EMBEDDING_DEVIATION));
	const widths = [inputWidthOf(plan), ...hidden, outputCount];
	const layers = widths.slice(1).map((outputs, index) => {
		const inputs = widths[index]!;
		// He et al. 2015 before a ReLU, half the variance before the output.
		const gain = index < hidden.length ? 2 : 1;
		return {weights: place(inputs, outputs, true, Math.sqrt(gain / inputs)), bias: place(1, outputs, false, 0)};
	});
	return {tables, layers, size};
}

/** All blocks, in the order of their offsets. */
export function blocksOf({tables, layers}: ParameterLayout): ParameterBlock[] {
	return [...tables, ...layers.flatMap(({weights, bias}) => [weights, bias])];
}

/**
 * First values: seeded normal numbers, and a last bias under which the network gives the base rate.
 *
 * @param prior - One logit an output.
 */
export function initialParameters(layout: ParameterLayout, prior: Float32Array, seed: number): Float32Array {
	const values = new Float32Array(layout.size);
	const rng = forkRng(seed, 'initial parameters');
	for (const {offset, rows, columns, deviation} of blocksOf(layout)) {
		if (deviation > 0) {
			for (let index = offset; index < offset + rows * columns; index++) {
				values[index] = deviation * drawNormal(rng);
			}
		}
	}

	values.set(prior, layout.layers.at(-1)!.bias.offset);
	return values;
}

/** 1 where a parameter of a plain network decays, else 0. */
export function decayMask(layout: ParameterLayout): Float32Array {
	return decayMaskOf(blocksOf(layout), layout.size);
}

/** 1 where a parameter decays, else 0. */
export function decayMaskOf(blocks: readonly ParameterBlock[], size: number): Float32Array {
	const mask = new Float32Array(size);
	for (const {offset, rows, columns, decays} of blocks) {
		mask.fill(decays ? 1 : 0, offset, offset + rows * columns);
	}

	return mask;
}

/** The network that these parameters make. Weights of inputs that are always 0 were never learnt; they become 0, so that nobody reads them. */
export function networkOf(plan: NetworkInputs, layout: ParameterLayout, values: Float32Array): TabularNetwork {
	const learnt = withoutConstants(plan, layout, values);
	const take = ({offset, rows, columns}: ParameterBlock): Float32Array => learnt.slice(offset, offset + rows * columns);
	const categorical = plan.categorical.map((input, index): CategoricalInput => ({...input, table: take(layout.tables[index]!)}));
	const layers = layout.layers.map(({weights, bias}): DenseLayer => ({
		inputs: weights.rows,
		outputs: weights.columns,
		weights: take(weights),
		bias: take(bias),
	}));

	return {numeric: plan.numeric, categorical, clip: plan.clip, layers, outputCount: layers.at(-1)!.outputs};
}

/** The same with weights of 0 for inputs that are always 0. */
export function withoutConstants(plan: NetworkInputs, {layers}: ParameterLayout, values: Float32Array): Float32Array {
	const {offset, columns} = layers[0]!.weights;
	const kept = values.slice();
	for (const [index, {inverseDeviation}] of plan.numeric.entries()) {
		if (inverseDeviation === 0) {
			kept.fill(0, offset + index * columns, offset + (index + 1) * columns);
		}
	}

	return kept;
}

/** The parameters of a network, in the order of its layout. */
export function parametersOf({categorical, layers}: TabularNetwork): Float32Array {
	const pieces = [...categorical.map(({table}) => table), ...layers.flatMap(({weights, bias}) => [weights, bias])];
	const values = new Float32Array(pieces.reduce((sum, {length}) => sum + length, 0));
	let offset = 0;
	for (const piece of pieces) {
		values.set(piece, offset);
		offset += piece.length;
	}

	return values;
}
