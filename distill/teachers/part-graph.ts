/**
 * A part of a graph: names of its values begin with its own, and its inputs are values of the whole.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {AttributeValue, ConstantValues, GraphBuilder, GraphWriter} from '../onnx/graph-builder.ts';

/** Values that stand in for the inputs of a part. */
export interface PartInputs {
	/** float32 [N, numeric features of the part], in its order. */
	readonly numeric?: string;
	/** int64 [N, categorical features of the part], in its order and with ids of its vocabularies. */
	readonly categorical?: string;
	/** float32 [N, length, numeric features of the part + 1] and int64 [N, length, categorical features of the part], if it reads a history. */
	readonly history?: string;
	readonly historyCategorical?: string;
}

/** Writes a part of a graph, as if it were a graph of its own. */
export class PartGraph implements GraphWriter {
	readonly #whole: GraphWriter;
	readonly #prefix: string;
	readonly #inputs: PartInputs;

	constructor(whole: GraphWriter, prefix: string, inputs: PartInputs) {
		this.#whole = whole;
		this.#prefix = prefix;
		this.#inputs = inputs;
	}

	node(...[opType, input, output, attributes, domain]: Parameters<GraphBuilder['node']>): string {
		return this.nodeOf(opType, input, [output], attributes, domain)[0]!;
	}

	nodeOf(
		opType: string,
		input: readonly string[],
		output: readonly string[],
		attributes?: Readonly<Record<string, AttributeValue>>,
		domain?: Parameters<GraphBuilder['nodeOf']>[4],
	): readonly string[] {
		return this.#whole.nodeOf(
			opType,
			input,
			output.map(name => this.#named(name)),
			attributes,
			domain,
		);
	}

	constant(
		name: string,
		values: ConstantValues,
		...rest: [shape?: readonly number[], type?: Parameters<GraphBuilder['constant']>[3]]
	): string {
		return this.#whole.constant(this.#named(name), values, ...rest);
	}

	/** The value that stands in for an input of this name. */
	input(name: string): string {
		const value = {...this.#inputs, history_categorical: this.#inputs.historyCategorical}[name];
		assert(value !== undefined, `the part was given no ${name} input`);
		return value;
	}

	#named(name: string): string {
		return `${this.#prefix}.${name}`;
	}
}
