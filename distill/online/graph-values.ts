/**
 * Short forms for the graphs of online learners: the inputs, constants of 64-bit floats, and names that do not collide.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {ROWS, type AttributeValue, type ConstantValues, type GraphBuilder} from '../onnx/graph-builder.ts';
import {DATA_TYPES} from '../onnx/schema.ts';

/** How many inputs of each kind a learner reads. */
export interface InputCounts {
	readonly numericCount: number;
	readonly categoricalCount: number;
}

/** Names of the inputs in a graph, each absent if there are none of its kind. */
export interface GraphInputs {
	/** float32 as it came. */
	readonly numeric?: string;
	/** The same in 64 bits. */
	readonly wide?: string;
	/** True where a number is NaN or an infinity. */
	readonly missing?: string;
	/** int64. */
	readonly categorical?: string;
}

/**
 * Declares the inputs `numeric` and `categorical`, each only if there are any.
 *
 * @throws AssertionError - if there are none at all.
 */
export function declareInputs(graph: GraphBuilder, {numericCount, categoricalCount}: InputCounts): GraphInputs {
	assert(numericCount + categoricalCount > 0, 'a learner reads at least one column');
	const categorical = categoricalCount > 0 ? {categorical: graph.input('categorical', 'int64', [ROWS, categoricalCount])} : {};
	if (numericCount === 0) {
		return categorical;
	}

	const numeric = graph.input('numeric', 'float32', [ROWS, numericCount]);
	const difference = graph.node('Sub', [numeric, numeric], 'difference');
	return {
		...categorical,
		numeric,
		wide: graph.node('Cast', [numeric], 'wide', {to: DATA_TYPES.float64}),
		missing: graph.node('IsNaN', [difference], 'missing'),
	};
}

/** Makes nodes and constants whose names begin with a prefix; their own names are numbered, so that formulas nest. */
export class GraphScope {
	readonly graph: GraphBuilder;
	readonly #prefix: string;
	#count = 0;

	constructor(graph: GraphBuilder, prefix: string) {
		this.graph = graph;
		this.#prefix = prefix;
	}

	/** The value of an operator. */
	node(opType: string, input: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}): string {
		return this.graph.node(opType, input, this.name(opType), attributes);
	}

	/** A constant; no shape means a list. */
	constant(values: ConstantValues, shape: readonly number[] = [values.length]): string {
		return this.graph.constant(this.name('constant'), values, shape);
	}

	/** A number in 64 bits. */
	number(value: number): string {
		return this.constant(Float64Array.of(value), []);
	}

	/** An integer in 64 bits. */
	integer(value: number): string {
		return this.constant(BigInt64Array.of(BigInt(value)), []);
	}

	/** Integers in 64 bits: places, sizes, axes. */
	integers(values: Iterable<number>): string {
		return this.constant(BigInt64Array.from(values, BigInt));
	}

	/** Truth values, one a column. */
	mask(values: readonly boolean[]): string {
		return this.graph.constant(this.name('mask'), Uint8Array.from(values, Number), [1, values.length], 'bool');
	}

	/** Columns of a table by their places. */
	columns(values: string, places: Iterable<number>): string {
		return this.node('Gather', [values, this.integers(places)], {axis: 1});
	}

	/** Sum over one axis, which disappears. */
	sum(values: string, axis: number): string {
		return this.node('ReduceSum', [values, this.integers([axis])], {keepdims: 0});
	}

	reshape(values: string, shape: readonly number[]): string {
		return this.node('Reshape', [values, this.integers(shape)]);
	}

	/** A name that nothing has yet. */
	name(kind: string): string {
		return `${this.#prefix}.${kind}${this.#count++}`;
	}
}
