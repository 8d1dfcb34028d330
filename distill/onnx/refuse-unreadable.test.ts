/** Files that no device should be sent. */
import test from 'ava';
import {digestOf} from '../../core/domain/index.ts';
import {networkToOnnx} from '../graph/network-to-onnx.ts';
import {randomNetwork} from '../network/random-network.ts';
import {encodeMessage} from './codec.ts';
import {encodeModel} from './model-file.ts';
import {refuseUnreadable} from './refuse-unreadable.ts';

const schema = digestOf('schema');

test('files of ours are read everywhere, with bit operations and trees too', t => {
	const trees = {opType: 'TreeEnsembleRegressor', domain: 'ai.onnx.ml'};
	for (const bytes of [
		networkToOnnx(randomNetwork({numericCount: 2, hidden: [3]}), {metadata: {featureSchema: schema}}),
		encodeModel({name: 'both', node: [{opType: 'BitwiseAnd'}, trees]}),
	]) {
		t.notThrows(() => {
			refuseUnreadable(bytes, schema);
		});
	}
});

test('an operator set that is too new, of another domain, or absent is refused by name', t => {
	const refused = (...sets: {domain: string; version: number}[]): string =>
		t.throws(
			() => {
				refuseUnreadable(encodeMessage('Model', {irVersion: 8, opsetImport: sets, graph: {name: 'some'}}), schema);
			},
			{code: 'RUNTIME_UNAVAILABLE'},
		).message;
	t.regex(refused({domain: '', version: 24}), /operator sets ai\.onnx 24;/v);
	t.regex(refused({domain: '', version: 17}, {domain: 'com.microsoft', version: 1}), /operator sets com\.microsoft 1;/v);
	t.regex(refused({domain: 'ai.onnx.ml', version: 5}), /ai\.onnx\.ml 5/v);
	t.regex(refused(), /operator sets none/v);
	t.throws(
		() => {
			refuseUnreadable(Uint8Array.of(1, 2, 3), schema);
		},
		{code: 'RUNTIME_UNAVAILABLE'},
	);
});

test('a file for another feature schema is refused, naming both', t => {
	const other = digestOf('other');
	const bytes = encodeModel({name: 'some'}, {featureSchema: other});
	const {message} = t.throws(
		() => {
			refuseUnreadable(bytes, schema);
		},
		{code: 'ARTIFACT_SCHEMA_MISMATCH'},
	);
	t.true(message.includes(other) && message.includes(schema));
});
