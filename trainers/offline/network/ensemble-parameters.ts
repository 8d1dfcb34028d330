/**
 * The parameters of an ensemble network as one vector: where each lies in it, what it begins as, and the network it stands for.
 *
 * @module
 */
import type {CategoricalInput, EmbeddedNumeric, EnsembleLayer, EnsembleNetwork} from '../../../core/domain/index.ts';
import {drawNormal, forkRng} from '../../../core/numerics/index.ts';
import {widthsOf, type EnsembleInputs, type EnsembleWidths} from './ensemble-plan.ts';
import type {ParameterBlock} from './network-parameters.ts';

/** Parameters of one shared layer. The first layer's input scales are inputs x members, those of the others 1 x (members x inputs). */
export interface EnsembleLayerBlocks {
	readonly weights: ParameterBlock;
	readonly inputScales: ParameterBlock;
	/** 1 x (members x outputs), as are the biases. */
	readonly outputScales: ParameterBlock;
	readonly bias: ParameterBlock;
}

/** Where things lie, in this order. */
export interface EnsembleLayout {
	readonly members: number;
	readonly widths: EnsembleWidths;
	/** Bins + 1 rows (the first is the bias, then the weight of each bin) x (encoded features x width); absent if nothing is encoded. */
	readonly maps: ParameterBlock | undefined;
	readonly tables: readonly ParameterBlock[];
	readonly layers: readonly EnsembleLayerBlocks[];
	/** One an output: 1 x (members x inputs), and 1 x members. */
	readonly heads: readonly {readonly weights: ParameterBlock; readonly bias: ParameterBlock}[];
	readonly blocks: readonly ParameterBlock[];
	readonly size: number;
}

/** What decides the shape of a network, beside its inputs. */
export interface EnsembleShape {
	readonly members: number;
	/** Width of each shared layer. */
	readonly hidden: readonly number[];
	readonly outputCount: number;
}

/** Embeddings of categories begin small: a value then begins as if it were not known. */
const EMBEDDING_DEVIATION = 0.1;

/** Lay out the parameters. */
export function ensembleLayoutOf(inputs: EnsembleInputs, {members, hidden, outputCount}: EnsembleShape): EnsembleLayout {
	const widths = widthsOf(inputs);
	const blocks: ParameterBlock[] = [];
	let size = 0;
	const place = (rows: number, columns: number, deviation: number, decays = true): ParameterBlock => {
		const block = {rows, columns, offset: size, decays, deviation};
		size += rows * columns;
		blocks.push(block);
		return block;
	};

	const binsMax = Math.max(0, ...inputs.numeric.map(({edges}) => edges.length - 1));
	// The maps of encodings begin at 0: a network with them begins as the one without.
	const maps = binsMax === 0 ? undefined : place(binsMax + 1, widths.embedded.length * widths.embeddingWidth, 0);
	const tables = inputs.categorical.map(({vocabulary, width}) => place(vocabulary.length + 1, width, EMBEDDING_DEVIATION));
	const layers = hidden.map((outputs, index): EnsembleLayerBlocks => {
		const from = index === 0 ? widths.total : hidden[index - 1]!;
		return {
			weights: place(from, outputs, Math.sqrt(2 / from)),
			inputScales: index === 0 ? place(from, members, 0, false) : place(1, members * from, 0, false),
			outputScales: place(1, members * outputs, 0, false),
			bias: place(1, members * outputs, 0, false),
		};
	});
	const last = hidden.at(-1)!;
	const heads = Array.from({length: outputCount}, () => ({
		weights: place(1, members * last, Math.sqrt(1 / last)),
		bias: place(1, members, 0, false),
	}));
	return {members, widths, maps, tables, layers, heads, blocks, size};
}

/**
 * First values: seeded normal weights; scales of 1, but in the first layer of +1 or -1, drawn for each member and feature, so that members differ;
 * last biases under which the network gives the base rate.
 *
 * @param prior - One logit an output.
 */
export function initialEnsemble(layout: EnsembleLayout, prior: Float32Array, seed: number): Float32Array {
	const values = new Float32Array(layout.size);
	const rng = forkRng(seed, 'initial parameters');
	for (const {offset, rows, columns, deviation} of layout.blocks) {
		if (deviation > 0) {
			for (let index = offset; index < offset + rows * columns; index++) {
				values[index] = deviation * drawNormal(rng);
			}
		}
	}

	const fill = ({offset, rows, columns}: ParameterBlock, value: number): Float32Array =>
		values.fill(value, offset, offset + rows * columns);
	for (const [index, {inputScales, outputScales}] of layout.layers.entries()) {
		fill(outputScales, 1);
		if (index > 0) {
			fill(inputScales, 1);
		}
	}

	values.set(firstScales(layout, seed), layout.layers[0]!.inputScales.offset);
	for (const [output, {bias}] of layout.heads.entries()) {
		fill(bias, prior[output]!);
	}

	return values;
}

/** inputs x members: one sign for all inputs that a feature's encoding or embedding has. A single member has no other to differ from. */
function firstScales({members, widths}: EnsembleLayout, seed: number): Float32Array {
	const rng = forkRng(seed, 'signs of members');
	const scales: number[] = [];
	const groups = [...Array.from({length: widths.plain}, () => 1), ...widths.embedded.map(() => widths.embeddingWidth), ...widths.tables];
	for (const width of groups) {
		const signs = Array.from({length: members}, () => (members > 1 && rng() < 0.5 ? -1 : 1));
		for (let column = 0; column < width; column++) {
			scales.push(...signs);
		}
	}

	return Float32Array.from(scales);
}

/** The network that these parameters make. */
export function ensembleOf(inputs: EnsembleInputs, layout: EnsembleLayout, values: Float32Array): EnsembleNetwork {
	const take = ({offset, rows, columns}: ParameterBlock): Float32Array => values.slice(offset, offset + rows * columns);
	const {members, widths, maps, tables, layers, heads} = layout;
	const mapColumns = widths.embedded.length * widths.embeddingWidth;
	const numeric = inputs.numeric.map((input, index): EmbeddedNumeric => {
		const at = widths.embedded.indexOf(index) * widths.embeddingWidth;
		const row = (bin: number): Float32Array =>
			values.subarray(maps!.offset + bin * mapColumns + at, maps!.offset + bin * mapColumns + at + widths.embeddingWidth);
		const bins = Math.max(0, input.edges.length - 1);
		const map = new Float32Array(bins * widths.embeddingWidth);
		for (let bin = 0; bin < bins; bin++) {
			map.set(row(bin + 1), bin * widths.embeddingWidth);
		}

		return {
			...input,
			map,
			bias: bins === 0 ? new Float32Array(0) : row(0).slice(),
			embeddingWidth: bins === 0 ? 0 : widths.embeddingWidth,
		};
	});
	return {
		kind: 'ensemble-network',
		numeric,
		categorical: inputs.categorical.map((input, index): CategoricalInput => ({...input, table: take(tables[index]!)})),
		members,
		layers: layers.map(({weights, inputScales, outputScales, bias}, index): EnsembleLayer => ({
			inputs: weights.rows,
			outputs: weights.columns,
			weights: take(weights),
			inputScales: index === 0 ? transposed(take(inputScales), weights.rows, members) : take(inputScales),
			outputScales: take(outputScales),
			bias: take(bias),
		})),
		head: {
			inputs: layers.at(-1)!.weights.columns,
			weights: interleaved(heads.map(head => take(head.weights))),
			bias: interleaved(heads.map(head => take(head.bias))),
		},
		outputCount: heads.length,
	};
}

/** The parameters of a network, in the order of its layout. */
export function ensembleParametersOf(network: EnsembleNetwork, layout: EnsembleLayout): Float32Array {
	const values = new Float32Array(layout.size);
	const {widths, maps, members} = layout;
	if (maps) {
		for (const [at, index] of widths.embedded.entries()) {
			const {map, bias, edges} = network.numeric[index]!;
			const put = (bin: number, weights: Float32Array): void =>
				values.set(weights, maps.offset + bin * maps.columns + at * widths.embeddingWidth);
			put(0, bias);
			for (let bin = 1; bin < edges.length; bin++) {
				put(bin, map.subarray((bin - 1) * widths.embeddingWidth, bin * widths.embeddingWidth));
			}
		}
	}

	for (const [index, {table}] of network.categorical.entries()) {
		values.set(table, layout.tables[index]!.offset);
	}

	for (const [index, layer] of network.layers.entries()) {
		const blocks = layout.layers[index]!;
		values.set(layer.weights, blocks.weights.offset);
		values.set(index === 0 ? transposed(layer.inputScales, members, layer.inputs) : layer.inputScales, blocks.inputScales.offset);
		values.set(layer.outputScales, blocks.outputScales.offset);
		values.set(layer.bias, blocks.bias.offset);
	}

	for (const [output, {weights, bias}] of layout.heads.entries()) {
		values.set(everyNth(network.head.weights, layout.heads.length, output), weights.offset);
		values.set(everyNth(network.head.bias, layout.heads.length, output), bias.offset);
	}

	return values;
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
	return Float32Array.from(values, (_, index) => values[(index % rows) * columns + Math.floor(index / rows)]!);
}

function interleaved(parts: readonly Float32Array[]): Float32Array {
	return Float32Array.from(
		{length: parts[0]!.length * parts.length},
		(_, index) => parts[index % parts.length]![Math.floor(index / parts.length)]!,
	);
}

function everyNth(values: Float32Array, count: number, first: number): Float32Array {
	return values.filter((_, index) => index % count === first);
}
