/**
 * The messages of onnx.proto that Perennial writes and reads, as one table: field -> tag and kind. Types, encoder and decoder all follow it.
 *
 * Field names are those of onnx.proto in camel case. Left out: sparse tensors, sequences, maps, training graphs and functions.
 *
 * @module
 */

/** `*` after a kind means repeated. Anything that is not a scalar kind names another message. */
export const SCHEMA = {
	Model: {
		irVersion: [1, 'int'],
		producerName: [2, 'text'],
		producerVersion: [3, 'text'],
		domain: [4, 'text'],
		modelVersion: [5, 'int'],
		docString: [6, 'text'],
		graph: [7, 'Graph'],
		opsetImport: [8, 'OperatorSet*'],
		metadataProps: [14, 'StringEntry*'],
	},
	OperatorSet: {domain: [1, 'text'], version: [2, 'int']},
	StringEntry: {key: [1, 'text'], value: [2, 'text']},
	Graph: {
		node: [1, 'Node*'],
		name: [2, 'text'],
		initializer: [5, 'Tensor*'],
		docString: [10, 'text'],
		input: [11, 'ValueInfo*'],
		output: [12, 'ValueInfo*'],
		valueInfo: [13, 'ValueInfo*'],
	},
	Node: {
		input: [1, 'text*'],
		output: [2, 'text*'],
		name: [3, 'text'],
		opType: [4, 'text'],
		attribute: [5, 'Attribute*'],
		docString: [6, 'text'],
		domain: [7, 'text'],
	},
	Attribute: {
		name: [1, 'text'],
		f: [2, 'float'],
		i: [3, 'int'],
		s: [4, 'bytes'],
		t: [5, 'Tensor'],
		g: [6, 'Graph'],
		floats: [7, 'float*'],
		ints: [8, 'int*'],
		strings: [9, 'bytes*'],
		tensors: [10, 'Tensor*'],
		type: [20, 'int'],
	},
	Tensor: {
		dims: [1, 'int*'],
		dataType: [2, 'int'],
		floatData: [4, 'float*'],
		int32Data: [5, 'int*'],
		stringData: [6, 'bytes*'],
		int64Data: [7, 'int*'],
		name: [8, 'text'],
		rawData: [9, 'bytes'],
	},
	ValueInfo: {name: [1, 'text'], type: [2, 'Type'], docString: [3, 'text']},
	Type: {tensorType: [1, 'TensorType'], denotation: [6, 'text']},
	TensorType: {elemType: [1, 'int'], shape: [2, 'Shape']},
	Shape: {dim: [1, 'Dimension*']},
	Dimension: {dimValue: [1, 'int'], dimParam: [2, 'text']},
} as const;

type Schema = typeof SCHEMA;

/** Name of a message in {@link SCHEMA}. */
export type MessageName = keyof Schema;

type Scalar<Kind> = Kind extends 'int' | 'float'
	? number
	: Kind extends 'text'
		? string
		: Kind extends 'bytes'
			? Uint8Array
			: Kind extends MessageName
				? Message<Kind>
				: never;
type ValueOf<Kind> = Kind extends `${infer Element}*` ? readonly Scalar<Element>[] : Scalar<Kind>;

/** A message as plain data. Absent fields are not written; an empty list is not told from an absent one. */
export type Message<Name extends MessageName> = {
	readonly [Field in keyof Schema[Name]]?: Schema[Name][Field] extends readonly [number, infer Kind] ? ValueOf<Kind> : never;
};

/** Element types of tensors, as TensorProto.DataType numbers them. */
export const DATA_TYPES = {float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, string: 8, bool: 9, float64: 11} as const;

/** Kinds of attributes that our graphs have, as AttributeProto.AttributeType numbers them. */
export const ATTRIBUTE_TYPES = {int: 2, string: 3, floats: 6, ints: 7, strings: 8} as const;

/** One field of a message, for the encoder and the decoder. */
export interface FieldRule {
	readonly name: string;
	readonly tag: number;
	/** Scalar kind, or name of a message. */
	readonly kind: string;
	readonly repeated: boolean;
}

/** The fields of a message in the order in which they are written. */
export function fieldsOf(name: MessageName): FieldRule[] {
	return Object.entries(SCHEMA[name] as Readonly<Record<string, readonly [number, string]>>)
		.map(([field, [tag, kind]]) => ({name: field, tag, kind: kind.replace('*', ''), repeated: kind.endsWith('*')}))
		.toSorted((a, b) => a.tag - b.tag);
}
