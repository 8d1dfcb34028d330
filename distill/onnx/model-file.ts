/**
 * Whole ONNX files: what Perennial puts around a graph, and what it reads back from one.
 *
 * @module
 */
import {decodeMessage, encodeMessage} from './codec.ts';
import type {Message} from './schema.ts';

/** Operator set and file version that every runtime since ONNX Runtime 1.12 reads. */
export const OPSET_VERSION = 17;
const IR_VERSION = 8;

/** What a file says about itself, readable without running it: digests of parents, recipe, version. Never personal data. */
export type OnnxMetadata = Readonly<Record<string, string>>;

/** The bytes of a file: the graph, and metadata in the order of its keys. The same graph and metadata give the same bytes. */
export function encodeModel(graph: Message<'Graph'>, metadata: OnnxMetadata = {}): Uint8Array {
	return encodeMessage('Model', {
		irVersion: IR_VERSION,
		producerName: 'perennial',
		opsetImport: [{domain: '', version: OPSET_VERSION}],
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
