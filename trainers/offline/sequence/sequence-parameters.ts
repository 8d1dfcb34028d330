/**
 * The parameters of a sequence network as one vector: where each lies in it, what it begins as, and the network it stands for.
 *
 * @module
 */
import type {CategoricalInput, DenseLayer, SequenceNetwork} from '../../../core/domain/index.ts';
import {drawNormal, forkRng} from '../../../core/numerics/index.ts';
import {inputWidthOf, type NetworkInputs} from '../network/input-plan.ts';
import type {ParameterBlock} from '../network/network-parameters.ts';

/** Inputs of the network, and how the time since an event enters. */
export interface SequenceInputs extends NetworkInputs {
	readonly length: number;
	readonly elapsed: SequenceNetwork['elapsed'];
}

/** What decides the shape of a network, beside its inputs. */
export interface SequenceShape {
	readonly units: number;
	readonly hidden: readonly number[];
	readonly outputCount: number;
}

/** Where things lie, in this order. */
export interface SequenceLayout {
	readonly tables: readonly ParameterBlock[];
	readonly recurrent: {readonly weights: ParameterBlock; readonly recurrentWeights: ParameterBlock; readonly bias: ParameterBlock};
	readonly layers: readonly {readonly weights: ParameterBlock; readonly bias: ParameterBlock}[];
	readonly blocks: readonly ParameterBlock[];
	readonly size: number;
}

/** Embeddings begin small: a value then begins as if it were not known. */
const EMBEDDING_DEVIATION = 0.1;

/** Lay out the parameters. */
export function sequenceLayoutOf(inputs: NetworkInputs, {units, hidden, outputCount}: SequenceShape): SequenceLayout {
	const blocks: ParameterBlock[] = [];
	let size = 0;
	const place = (rows: number, columns: number, deviation: number, decays = true): ParameterBlock => {
		const block = {rows, columns, offset: size, decays, deviation};
		size += rows * columns;
		blocks.push(block);
		return block;
	};

	const tables = inputs.categorical.map(({vocabulary, width}) => place(vocabulary.length + 1, width, EMBEDDING_DEVIATION));
	const width = inputWidthOf(inputs);
	const recurrent = {
		weights: place(width + 1, 3 * units, 1 / Math.sqrt(width + 1)),
		recurrentWeights: place(units, 3 * units, 1 / Math.sqrt(units)),
		bias: place(1, 3 * units, 0, false),
	};
	const widths = [width + units, ...hidden, outputCount];
	const layers = widths.slice(1).map((outputs, index) => {
		// He et al. 2015 before a ReLU, half the variance before the output.
		const gain = index < hidden.length ? 2 : 1;
		return {weights: place(widths[index]!, outputs, Math.sqrt(gain / widths[index]!)), bias: place(1, outputs, 0, false)};
	});
	return {tables, recurrent, layers, blocks, size};
}

/** First values: seeded normal numbers, and a last bias under which the network gives the base rate. @param prior - One logit an output. */
export function initialSequence({blocks, layers, size}: SequenceLayout, prior: Float32Array, seed: number): Float32Array {
	const values = new Float32Array(size);
	const rng = forkRng(seed, 'initial parameters');
	for (const {offset, rows, columns, deviation} of blocks.filter(block => block.deviation > 0)) {
		for (let index = offset; index < offset + rows * columns; index++) {
			values[index] = deviation * drawNormal(rng);
		}
	}

	values.set(prior, layers.at(-1)!.bias.offset);
	return values;
}

/** The network that these parameters make. Weights of inputs that are always 0 were never learnt; they become 0, so that nobody reads them. */
export function sequenceOf(inputs: SequenceInputs, layout: SequenceLayout, values: Float32Array): SequenceNetwork {
	const take = ({offset, rows, columns}: ParameterBlock): Float32Array => values.slice(offset, offset + rows * columns);
	const {numeric, categorical, clip, length, elapsed} = inputs;
	const recurrent = {
		inputs: layout.recurrent.weights.rows,
		units: layout.recurrent.recurrentWeights.rows,
		weights: take(layout.recurrent.weights),
		recurrentWeights: take(layout.recurrent.recurrentWeights),
		bias: take(layout.recurrent.bias),
	};
	const layers = layout.layers.map(({weights, bias}): DenseLayer => ({
		inputs: weights.rows,
		outputs: weights.columns,
		weights: take(weights),
		bias: take(bias),
	}));
	for (const [index, {inverseDeviation}] of numeric.entries()) {
		if (inverseDeviation === 0) {
			layers[0]!.weights.fill(0, index * layers[0]!.outputs, (index + 1) * layers[0]!.outputs);
			recurrent.weights.fill(0, index * 3 * recurrent.units, (index + 1) * 3 * recurrent.units);
		}
	}

	const tables = categorical.map((input, index): CategoricalInput => ({...input, table: take(layout.tables[index]!)}));
	return {
		kind: 'sequence-network',
		length,
		elapsed,
		recurrent,
		network: {numeric, categorical: tables, clip, layers, outputCount: layers.at(-1)!.outputs},
	};
}

/** The parameters of a network, in the order of its layout. */
export function sequenceParametersOf({recurrent, network: {categorical, layers}}: SequenceNetwork): Float32Array {
	const pieces = [
		...categorical.map(({table}) => table),
		recurrent.weights,
		recurrent.recurrentWeights,
		recurrent.bias,
		...layers.flatMap(({weights, bias}) => [weights, bias]),
	];
	const values = new Float32Array(pieces.reduce((sum, {length}) => sum + length, 0));
	let offset = 0;
	for (const piece of pieces) {
		values.set(piece, offset);
		offset += piece.length;
	}

	return values;
}
