/** The three ways into a batch agree. */
import test from 'ava';
import {CategoryDictionary} from './category-dictionary.ts';
import type {FeatureSchema} from './feature-schema.ts';
import {ModelInputEncoder} from './model-input.ts';
import {RowEncoder} from './row-encoder.ts';
import type {TrainingFrame} from './training-frame.ts';

const encoder = new ModelInputEncoder({
	numeric: ['amount', 'isNew', 'gone'],
	categorical: [
		{feature: 'city', vocabulary: ['Lima', 'Oslo']},
		{feature: 'gone too', vocabulary: ['a']},
	],
});

test('features, rows of the log and a training frame give the same batch', t => {
	const features = [{city: 'Oslo', amount: 3, isNew: true}, {city: 'Rome', amount: 0.1, isNew: false}, {}];
	const schema: FeatureSchema = {
		version: 1,
		columns: [
			{name: 'city', type: 'categorical'},
			{name: 'isNew', type: 'boolean'},
			{name: 'amount', type: 'numeric'},
		],
	};
	const dictionary = new CategoryDictionary();
	const rowEncoder = new RowEncoder(schema, dictionary);
	const rows = features.map(each => rowEncoder.encode(each, []));
	const frame: TrainingFrame = {
		definition: {model: 'm', specVersion: 1, schemaVersion: 1, asOf: 0, throughOffset: 3, labelRule: ''},
		rowCount: 3,
		columns: [
			{name: 'city', kind: 'categorical', values: Int32Array.of(1, 0, -1), categories: ['Rome', 'Oslo']},
			{name: 'isNew', kind: 'numeric', values: Float64Array.of(1, 0, Number.NaN)},
			{name: 'amount', kind: 'numeric', values: Float64Array.of(3, 0.1, Number.NaN)},
		],
		labels: new Int32Array(3),
		times: new Float64Array(3),
		offsets: new Float64Array(3),
		outputCount: 1,
	};
	const batch = encoder.fromFrame(frame);
	t.deepEqual(batch, encoder.fromFeatures(features));
	t.deepEqual(batch, encoder.forRows(schema, dictionary)(rows));
	t.deepEqual(batch.numeric, Float32Array.of(3, 1, Number.NaN, Math.fround(0.1), 0, Number.NaN, Number.NaN, Number.NaN, Number.NaN));
	t.deepEqual(batch.categorical, BigInt64Array.of(2n, 0n, 0n, 0n, 0n, 0n));
});
