/**
 * A file whose categories are words instead of ids: for those who call it without our encoder.
 *
 * @module
 */
import {PerennialError, type ModelInput} from '../../core/domain/index.ts';
import {decodeMessage} from './codec.ts';
import {GraphBuilder, ML_DOMAIN, ROWS} from './graph-builder.ts';
import {encodeModel} from './model-file.ts';
import type {Message} from './schema.ts';

/** Name that the ids have within such a file. */
const IDS = 'categoryIds';

/**
 * The same file with the input `categorical` as strings, [N, features in the order of `input.categorical`]. A word that is not in a feature's vocabulary, the
 * empty one among them, means "everything else", as any other id does. Everything behind the ids stays, and so do the scores, bit for bit. A file without
 * categories comes back as it was.
 *
 * Cost: the vocabularies are in the file, as text. The same file and vocabularies give the same bytes.
 *
 * @throws PerennialError - RUNTIME_UNAVAILABLE if the bytes are no ONNX file; PARAMETER_INVALID if its categories are not ids of these features.
 */
export function withStringInputs(bytes: Uint8Array, input: Pick<ModelInput, 'categorical'>): Uint8Array {
	const {graph: whole = {}, metadataProps = []} = decodeMessage('Model', bytes);
	const width = whole.input?.find(({name}) => name === 'categorical')?.type?.tensorType?.shape?.dim?.[1]?.dimValue ?? 0;
	if (width !== input.categorical.length || whole.node?.some(({output}) => output?.includes(IDS))) {
		const message = `The file takes ${width} categories as ids, the manifest names ${input.categorical.length} features; export a student as it was published.`;
		throw new PerennialError('PARAMETER_INVALID', message, {details: {width}});
	}

	if (width === 0) {
		return bytes;
	}

	const front = encoders(input);
	const metadata = Object.fromEntries(metadataProps.map(({key, value}) => [key ?? '', value ?? '']));
	return encodeModel(
		{
			...whole,
			input: whole.input!.map(value => (value.name === 'categorical' ? front.input![0]! : value)),
			initializer: [...front.initializer!, ...(whole.initializer ?? [])],
			node: [...front.node!, ...(whole.node ?? []).map(node => readingIds(node))],
		},
		{...metadata, categories: 'strings'},
	);
}

/** Words to ids, feature by feature. */
function encoders({categorical}: Pick<ModelInput, 'categorical'>): Message<'Graph'> {
	const graph = new GraphBuilder('words');
	const words = graph.input('categorical', 'string', [ROWS, categorical.length]);
	const ids = categorical.map(({vocabulary}, index) => {
		const column = graph.constant(`wordColumn${index}`, BigInt64Array.of(BigInt(index)), [1]);
		const own = graph.node('Gather', [words, column], `words${index}`, {axis: 1});
		const keys = {keys_strings: [...vocabulary], values_int64s: Int32Array.from(vocabulary, (_, at) => at + 1), default_int64: 0};
		return graph.node('LabelEncoder', [own], `ids of words${index}`, keys, ML_DOMAIN);
	});
	graph.node('Concat', ids, IDS, {axis: 1});
	return graph.build();
}

function readingIds(node: Message<'Node'>): Message<'Node'> {
	return {...node, ...(node.input && {input: node.input.map(name => (name === 'categorical' ? IDS : name))})};
}
