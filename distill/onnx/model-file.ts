/**
 * Whole ONNX files: what Perennial puts around a graph, and what it reads back from one.
 *
 * @module
 */
import {decodeMessage, encodeMessage} from './codec.ts';
import {ML_DOMAIN} from './graph-builder.ts';
import type {Message} from './schema.ts';

/** Operator set of files that use integer bit operations; ONNX Runtime reads it since 1.14. */
export const BITWISE_OPSET_VERSION = 18;
/** Operator set of decision trees. */
export const ML_OPSET_VERSION = 3;
/** Operator set and file version that every runtime since ONNX Runtime 1.12 reads. */
export const OPSET_VERSION = 17;
const IR_VERSION = 8;

/** What a file says about itself, readable without running it: digests of parents, recipe, version. Never personal data. */
export type OnnxMetadata = Readonly<Record<string, string>>;

/**
 * The bytes of a file: the graph, and metadata in the order of its keys. The same graph and metadata give the same bytes.
 *
 * Operator sets are the oldest that the nodes need: a newer one where there are bit operations, that of trees where there are trees.
 */
export function encodeModel(graph: Message<'Graph'>, metadata: OnnxMetadata = {}): Uint8Array {
	const nodes = graph.node ?? [];
	const version = nodes.some(({opType}) => opType?.startsWith('Bitwise')) ? BITWISE_OPSET_VERSION : OPSET_VERSION;
	const hasTrees = nodes.some(({domain}) => domain === ML_DOMAIN);
	return encodeMessage('Model', {
		irVersion: IR_VERSION,
		producerName: 'perennial',
		opsetImport: [{domain: '', version}, ...(hasTrees ? [{domain: ML_DOMAIN, version: ML_OPSET_VERSION}] : [])],
		graph,
		metadataProps: Object.keys(metadata)
			.toSorted()
			.map(key => ({key, value: metadata[key]!})),
	});
}

/**
 * The metadata of a file; ONNX Runtime's Node binding does not show it.
 *
 * @throws PerennialError - RUNTIME_UNAVAILABLE if the bytes are no ONNX file.
 * @example
 * readMetadata(encodeModel({name: 'empty'}, {model: 'churn', version: '3'})); //=> {model: 'churn', version: '3'}
 */
export function readMetadata(bytes: Uint8Array): OnnxMetadata {
	return Object.fromEntries((decodeMessage('Model', bytes).metadataProps ?? []).map(({key, value}) => [key ?? '', value ?? '']));
}
