/**
 * Numbers of an ensemble network as graph nodes: imputation, the quantile transform by binary search, missing flags, piecewise-linear encodings.
 *
 * @module
 */
import type {EmbeddedNumeric} from '../../core/domain/index.ts';
import {addFlagMask} from '../graph/preprocessing.ts';
import {ROWS, type GraphWriter} from '../onnx/graph-builder.ts';
import {DATA_TYPES} from '../onnx/schema.ts';

/**
 * Adds the input `numeric` and what the first layer reads of it.
 *
 * The interval of a value among the knots is found by halving, in as many rounds as the logarithm of the number of knots, for all features at once;
 * within it the steps and their rounding are those of the trainer, so that scores have the same bits.
 *
 * @returns Names of float32 values: scores [N, features], then missing flags and encodings if there are any.
 */
export function addQuantiles(graph: GraphWriter, numeric: readonly EmbeddedNumeric[]): string[] {
	const row = [1, numeric.length];
	const values = graph.input('numeric', 'float32', [ROWS, numeric.length]);
	const missing = graph.node('IsNaN', [values], 'missing');
	const constant = (name: string, of: (input: EmbeddedNumeric) => number): string =>
		graph.constant(name, Float32Array.from(numeric, of), row);
	const present = graph.node('Where', [missing, constant('medians', ({median}) => median), values], 'present');
	const raised = graph.node('Max', [present, constant('firstKnots', ({knots}) => knots[0]!)], 'raised');
	const within = graph.node('Min', [raised, constant('lastKnots', ({knots}) => knots.at(-1)!)], 'within');
	const scores = addScores(graph, numeric, within);
	const flagged = numeric.flatMap(({missingFlag}, index) => (missingFlag ? [index] : []));
	const parts = [scores];
	if (flagged.length > 0) {
		parts.push(graph.node('Cast', [addFlagMask(graph, missing, flagged, numeric.length)], 'missingFlags', {to: DATA_TYPES.float32}));
	}

	if (numeric.some(({edges}) => edges.length > 0)) {
		parts.push(addEncodings(graph, numeric, scores));
	}

	return parts;
}

function addScores(graph: GraphWriter, numeric: readonly EmbeddedNumeric[], values: string): string {
	const intervals = Math.max(...numeric.map(({knots}) => Math.max(1, knots.length - 1)));
	const size = 2 ** Math.ceil(Math.log2(intervals));
	const table = (name: string, of: (input: EmbeddedNumeric, knot: number) => number, rest: number): string =>
		graph.constant(
			name,
			Float32Array.from({length: numeric.length * size}, (_, index) => {
				const input = numeric[Math.floor(index / size)]!;
				const knot = index % size;
				return knot < Math.max(1, input.knots.length - 1) ? of(input, knot) : rest;
			}),
			[numeric.length * size],
		);
	const starts = table('knots', ({knots}, knot) => knots[knot]!, Infinity);
	let place = graph.constant(
		'firstPlaces',
		BigInt64Array.from(numeric, (_, index) => BigInt(index * size)),
		[1, numeric.length],
	);
	for (let half = size / 2; half >= 1; half /= 2) {
		const step = graph.constant(`half${half}`, BigInt64Array.of(BigInt(half)));
		const candidate = graph.node('Add', [place, step], `candidate${half}`);
		const isAbove = graph.node('GreaterOrEqual', [values, graph.node('Gather', [starts, candidate], `knot${half}`)], `isAbove${half}`);
		place = graph.node('Where', [isAbove, candidate, place], `place${half}`);
	}

	const gathered = (from: string, output: string): string => graph.node('Gather', [from, place], output);
	const above = graph.node('Sub', [values, gathered(starts, 'knot')], 'aboveKnot');
	const slopes = table('slopes', slopeAt, 0);
	const rise = graph.node('Mul', [above, gathered(slopes, 'slope')], 'rise');
	const firstScores = table('knotScores', ({scores}, knot) => scores[knot]!, 0);
	return graph.node('Add', [gathered(firstScores, 'knotScore'), rise], 'scores');
}

/** Slope from one knot to the next; a single knot is level. */
function slopeAt({knots, scores}: EmbeddedNumeric, knot: number): number {
	return knots.length === 1 ? 0 : (scores[knot + 1]! - scores[knot]!) / (knots[knot + 1]! - knots[knot]!);
}

/** Shares passed of each bin, times the map of its feature: [N, encoded features x width]. */
function addEncodings(graph: GraphWriter, numeric: readonly EmbeddedNumeric[], scores: string): string {
	const encoded = numeric.flatMap(({edges}, index) => (edges.length > 0 ? [index] : []));
	const inputs = encoded.map(index => numeric[index]!);
	const bins = Math.max(...inputs.map(({edges}) => edges.length - 1));
	const width = inputs[0]!.embeddingWidth;
	const columns = graph.constant('encodedColumns', BigInt64Array.from(encoded, BigInt), [encoded.length]);
	const chosen = graph.node('Gather', [scores, columns], 'encodedScores', {axis: 1});
	const shape = graph.constant('encodedShape', BigInt64Array.of(-1n, BigInt(encoded.length), 1n), [3]);
	const perBin = (name: string, of: (edges: Float64Array, bin: number) => number): string =>
		graph.constant(
			name,
			Float32Array.from({length: encoded.length * bins}, (_, index) => {
				const {edges} = inputs[Math.floor(index / bins)]!;
				const bin = index % bins;
				return bin < edges.length - 1 ? of(edges, bin) : 0;
			}),
			[1, encoded.length, bins],
		);
	const column = graph.node('Reshape', [chosen, shape], 'encodedColumn');
	const above = graph.node('Sub', [column, perBin('binStarts', (edges, bin) => edges[bin]!)], 'aboveBin');
	const passed = graph.node('Mul', [above, perBin('inverseBinWidths', (edges, bin) => 1 / (edges[bin + 1]! - edges[bin]!))], 'passed');
	const bounds = [graph.constant('shareMin', Float32Array.of(0)), graph.constant('shareMax', Float32Array.of(1))];
	const shares = graph.node('Transpose', [graph.node('Clip', [passed, ...bounds], 'shares')], 'sharesOfFeatures', {
		perm: Int32Array.of(1, 0, 2),
	});
	const map = new Float32Array(encoded.length * bins * width);
	for (const [index, input] of inputs.entries()) {
		map.set(input.map, index * bins * width);
	}

	const products = graph.node('MatMul', [shares, graph.constant('maps', map, [encoded.length, bins, width])], 'mapped');
	const rows = graph.node('Transpose', [products], 'mappedRows', {perm: Int32Array.of(1, 0, 2)});
	const flat = graph.node(
		'Reshape',
		[rows, graph.constant('mappedShape', BigInt64Array.of(-1n, BigInt(encoded.length * width)), [2])],
		'encodings',
	);
	const bias = Float32Array.from({length: encoded.length * width}, (_, index) => inputs[Math.floor(index / width)]!.bias[index % width]!);
	return graph.node('Add', [flat, graph.constant('mapBias', bias, [1, encoded.length * width])], 'encoded');
}
