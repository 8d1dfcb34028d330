/**
 * The part of a graph that takes features as they are recorded: imputation, signed logarithm, scaling, missing flags, rows of tables.
 * It is in the file so that no edge can get it wrong.
 *
 * @module
 */
import type {CategoricalInput, NumericInput} from '../../core/domain/index.ts';
import {ROWS, type ConstantValues, type GraphWriter} from '../onnx/graph-builder.ts';
import {DATA_TYPES} from '../onnx/schema.ts';

/** Values beyond are cut to this, so that an infinity times the scale 0 of a constant feature is 0 and not NaN. */
const VALUE_MAX = 1e37;

/** How each numeric feature is moved and stretched: (x - shift) * scale. */
export interface Scaling {
	readonly shift: Float32Array;
	readonly scale: Float32Array;
}

/**
 * Adds the input `numeric` and its scaling.
 *
 * The logarithm is taken in 64 bits and rounded: 32-bit logarithms differ in the last bit between ONNX Runtime's builds (27 % of values between
 * x86 and WebAssembly), 64-bit ones practically never once they are rounded.
 *
 * @returns Names of the scaled values [N, features] and of the mask of missing values.
 */
export function addNumericInputs(
	graph: GraphWriter,
	numeric: readonly NumericInput[],
	{shift, scale}: Scaling,
): {scaled: string; missing: string} {
	const columns = [1, numeric.length];
	const values = graph.input('numeric', 'float32', [ROWS, numeric.length]);
	const missing = graph.node('IsNaN', [values], 'missing');
	const medians = graph.constant(
		'medians',
		Float32Array.from(numeric, ({median}) => median),
		columns,
	);
	let present = graph.node('Where', [missing, medians, values], 'present');
	if (scale.includes(0)) {
		const bounds = [graph.constant('valueMin', Float32Array.of(-VALUE_MAX)), graph.constant('valueMax', Float32Array.of(VALUE_MAX))];
		present = graph.node('Clip', [present, ...bounds], 'bounded');
	}

	const logged = addSignedLog(
		graph,
		numeric.map(({signedLog}) => signedLog),
		present,
	);
	const shifted = graph.node('Sub', [logged, graph.constant('shift', shift, columns)], 'shifted');
	return {scaled: graph.node('Mul', [shifted, graph.constant('scale', scale, columns)], 'scaled'), missing};
}

/** The mask of missing values of the features that have a flag. */
export function addFlagMask(graph: GraphWriter, missing: string, flagged: readonly number[], numericCount: number): string {
	if (flagged.length === numericCount) {
		return missing;
	}

	return graph.node('Gather', [missing, graph.constant('flagged', BigInt64Array.from(flagged, BigInt), [flagged.length])], 'flags', {
		axis: 1,
	});
}

/**
 * Adds the input `categorical` and looks up a row of each feature's table.
 *
 * Each table gets a last row that equals its row 0: ids are cut to the range from 0 to that row, so that any id at all finds "everything else"
 * where it has no row of its own.
 *
 * @param tables - One a feature, (vocabulary + 1) x width, all of one element type.
 * @returns Name of the values [N, sum of widths].
 */
export function addCategoricalInputs(
	graph: GraphWriter,
	categorical: readonly CategoricalInput[],
	tables: readonly (Float32Array | Uint8Array | Int8Array)[],
): string {
	const count = categorical.length;
	const ids = graph.input('categorical', 'int64', [ROWS, count]);
	const lowest = graph.constant('idMin', BigInt64Array.of(0n));
	const highest = graph.constant(
		'idMax',
		BigInt64Array.from(categorical, ({vocabulary}) => BigInt(vocabulary.length + 1)),
		[1, count],
	);
	const bounded = graph.node('Min', [graph.node('Max', [ids, lowest], 'idsFromZero'), highest], 'ids');
	const perFeature =
		count === 1
			? [bounded]
			: graph.nodeOf(
					'Split',
					[bounded],
					categorical.map((_, index) => `ids${index}`),
					{axis: 1},
				);
	const looked = categorical.map(({vocabulary, width}, index) => {
		const table = graph.constant(`table${index}`, withRestAtEnd(tables[index]!, width), [vocabulary.length + 2, width]);
		return graph.node('Gather', [table, perFeature[index]!], `embedding${index}`);
	});
	const joined = count === 1 ? looked[0]! : graph.node('Concat', looked, 'embeddings', {axis: 2});
	const width = categorical.reduce((sum, input) => sum + input.width, 0);
	return graph.node('Reshape', [joined, graph.constant('embeddingShape', BigInt64Array.of(-1n, BigInt(width)), [2])], 'embedded');
}

function addSignedLog(graph: GraphWriter, isLogged: readonly boolean[], values: string): string {
	if (!isLogged.includes(true)) {
		return values;
	}

	const wide = graph.node('Cast', [values], 'wide', {to: DATA_TYPES.float64});
	const size = graph.node('Abs', [wide], 'size');
	const above = graph.node('Add', [size, graph.constant('one', Float64Array.of(1))], 'aboveOne');
	const logarithm = graph.node('Cast', [graph.node('Log', [above], 'wideLog')], 'logarithm', {to: DATA_TYPES.float32});
	const signed = graph.node('Mul', [logarithm, graph.node('Sign', [values], 'sign')], 'signedLog');
	if (!isLogged.includes(false)) {
		return signed;
	}

	const mask = graph.constant('isLogged', Uint8Array.from(isLogged, Number), [1, isLogged.length], 'bool');
	return graph.node('Where', [mask, signed, values], 'logged');
}

function withRestAtEnd<Table extends ConstantValues & (Float32Array | Uint8Array | Int8Array)>(table: Table, width: number): Table {
	const extended = new (table.constructor as new (length: number) => Table)(table.length + width);
	extended.set(table);
	extended.set(table.subarray(0, width), table.length);
	return extended;
}
