/**
 * Puts a graph together node by node; names of values are the author's, so that a graph reads like the formula it computes.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {bytesOf} from '../../core/domain/index.ts';
import {ATTRIBUTE_TYPES, DATA_TYPES, type Message} from './schema.ts';

/** Values of a constant; their element type is that of the array. */
export type ConstantValues = Float32Array | Float64Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

/** Value of an attribute: an integer, a text, or a list of either or of floats. */
export type AttributeValue = number | string | readonly string[] | Int32Array | Float32Array;

/** Domain of operators that are not of ONNX itself: decision trees. */
export const ML_DOMAIN = 'ai.onnx.ml';

/** A dimension that is whatever a run brings. */
export const ROWS = 'N';

/**
 * Collects nodes, constants, inputs and outputs. Every method that makes a value gives back its name, so that calls nest.
 *
 * @example
 * const graph = new GraphBuilder('double');
 * graph.input('x', 'float32', ['N', 1]);
 * graph.node('Add', ['x', 'x'], 'y');
 * graph.output('y', 'float32', ['N', 1]);
 * graph.build().node.map(({opType}) => opType); //=> ['Add']
 */
export class GraphBuilder {
	readonly #name: string;
	readonly #nodes: Message<'Node'>[] = [];
	readonly #constants: Message<'Tensor'>[] = [];
	readonly #inputs: Message<'ValueInfo'>[] = [];
	readonly #outputs: Message<'ValueInfo'>[] = [];
	readonly #values = new Set<string>();

	constructor(name: string) {
		this.#name = name;
	}

	/** An operator with one output. @param attributes - Such as an axis. @param domain - Of the operator; default: ONNX itself. */
	node(
		opType: string,
		input: readonly string[],
		output: string,
		attributes: Readonly<Record<string, AttributeValue>> = {},
		domain: '' | typeof ML_DOMAIN = '',
	): string {
		this.nodeOf(opType, input, [output], attributes, domain);
		return output;
	}

	/** An operator with any number of outputs. */
	nodeOf(
		opType: string,
		input: readonly string[],
		output: readonly string[],
		attributes: Readonly<Record<string, AttributeValue>> = {},
		domain: '' | typeof ML_DOMAIN = '',
	): readonly string[] {
		for (const name of input) {
			assert.ok(this.#values.has(name), `${opType} reads ${name}, which nothing makes`);
		}

		for (const name of output) {
			this.#claim(name);
		}

		const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value));
		this.#nodes.push({input, output, opType, ...(attribute.length > 0 && {attribute}), ...(domain !== '' && {domain})});
		return output;
	}

	/** A constant, row-major; no shape means a scalar. The values are not copied. @param type - Differs from the array's for truth values in bytes. */
	constant(
		name: string,
		values: ConstantValues,
		shape: readonly number[] = [],
		type: keyof typeof DATA_TYPES = dataTypeOf(values),
	): string {
		assert.equal(
			values.length,
			shape.reduce((product, size) => product * size, 1),
			`${name} has as many values as its shape says`,
		);
		this.#claim(name);
		this.#constants.push({dims: shape, dataType: DATA_TYPES[type], name, rawData: bytesOf(values)});
		return name;
	}

	input(name: string, type: keyof typeof DATA_TYPES, shape: readonly (number | string)[]): string {
		this.#claim(name);
		this.#inputs.push(valueInfo(name, type, shape));
		return name;
	}

	/** Declare a value that exists as an output. */
	output(name: string, type: keyof typeof DATA_TYPES, shape: readonly (number | string)[]): void {
		assert.ok(this.#values.has(name), `nothing makes the output ${name}`);
		this.#outputs.push(valueInfo(name, type, shape));
	}

	build(): Message<'Graph'> {
		return {node: this.#nodes, name: this.#name, initializer: this.#constants, input: this.#inputs, output: this.#outputs};
	}

	#claim(name: string): void {
		assert.ok(!this.#values.has(name), `${name} is made twice`);
		this.#values.add(name);
	}
}

/** What a part of a graph is written with: it adds values, and whoever makes the whole declares the outputs. */
export type GraphWriter = Pick<GraphBuilder, 'node' | 'nodeOf' | 'constant' | 'input'>;

function attributeOf(name: string, value: AttributeValue): Message<'Attribute'> {
	if (typeof value === 'number') {
		return {name, i: value, type: ATTRIBUTE_TYPES.int};
	}

	if (typeof value === 'string') {
		return {name, s: Buffer.from(value), type: ATTRIBUTE_TYPES.string};
	}

	if (value instanceof Float32Array) {
		return {name, floats: [...value], type: ATTRIBUTE_TYPES.floats};
	}

	return value instanceof Int32Array
		? {name, ints: [...value], type: ATTRIBUTE_TYPES.ints}
		: {name, strings: value.map(text => Buffer.from(text)), type: ATTRIBUTE_TYPES.strings};
}

function dataTypeOf(values: ConstantValues): keyof typeof DATA_TYPES {
	return values instanceof Float32Array
		? 'float32'
		: values instanceof Float64Array
			? 'float64'
			: values instanceof Uint8Array
				? 'uint8'
				: values instanceof Int8Array
					? 'int8'
					: values instanceof Int32Array
						? 'int32'
						: 'int64';
}

function valueInfo(name: string, type: keyof typeof DATA_TYPES, shape: readonly (number | string)[]): Message<'ValueInfo'> {
	const dim = shape.map(size => (typeof size === 'number' ? {dimValue: size} : {dimParam: size}));
	return {name, type: {tensorType: {elemType: DATA_TYPES[type], shape: {dim}}}};
}
