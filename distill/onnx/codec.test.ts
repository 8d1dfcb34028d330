/** Laws of the codec: nothing is lost in either direction, and broken bytes are refused instead of misread. */
import test from 'ava';
import fc from 'fast-check';
import {hasCode} from '../../core/domain/index.ts';
import {decodeMessage, encodeMessage} from './codec.ts';
import {encodeModel, readMetadata} from './model-file.ts';
import {fieldsOf, SCHEMA, type FieldRule, type MessageName} from './schema.ts';

const SEED = {seed: 1, numRuns: 200};

/** An arbitrary message of any shape that the schema allows, nested at most `depth` deep. */
function messageOf(name: MessageName, depth: number): fc.Arbitrary<object> {
	const fields = fieldsOf(name).filter(({kind}) => depth > 0 || !(kind in SCHEMA));
	return fc.record(Object.fromEntries(fields.map(field => [field.name, valueOf(field, depth)])), {requiredKeys: []});
}

function valueOf({kind, repeated}: FieldRule, depth: number): fc.Arbitrary<unknown> {
	const one: fc.Arbitrary<unknown> =
		kind === 'int'
			? fc.maxSafeInteger()
			: kind === 'float'
				? fc.float()
				: kind === 'text'
					? fc.string({unit: 'binary'})
					: kind === 'bytes'
						? fc.uint8Array()
						: messageOf(kind as MessageName, depth - 1);
	return repeated ? fc.array(one, {minLength: 1, maxLength: 3}) : one;
}

for (const name of Object.keys(SCHEMA) as MessageName[]) {
	test(`${name}: decoding gives back what was encoded, and encoding that gives the same bytes`, t => {
		fc.assert(
			fc.property(messageOf(name, 2), message => {
				const bytes = encodeMessage(name, message);
				const decoded = decodeMessage(name, bytes);
				t.deepEqual(decoded, message);
				t.deepEqual(encodeMessage(name, decoded), bytes);
			}),
			SEED,
		);
	});
}

test('numbers that foreign writers do not pack are read the same', t => {
	// dims = [2, 3] as two separate varint fields, which is what Python's serialiser writes.
	t.deepEqual(decodeMessage('Tensor', Uint8Array.of(8, 2, 8, 3)), {dims: [2, 3]});
	// int64 -1 takes ten bytes.
	t.deepEqual([...encodeMessage('Attribute', {i: -1})], [24, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
});

test('unknown fields of every wire type are passed over', t => {
	const known = encodeMessage('OperatorSet', {version: 17});
	const unknown = [
		[0x78, 1],
		[0x79, 1, 2, 3, 4, 5, 6, 7, 8],
		[0x7a, 2, 9, 9],
		[0x7d, 1, 2, 3, 4],
	];
	for (const field of unknown) {
		t.deepEqual(decodeMessage('OperatorSet', Uint8Array.of(...field, ...known)), {version: 17});
	}
});

test('bytes cut anywhere are refused or read as fewer fields, never misread or left hanging', t => {
	const bytes = encodeModel({name: 'g', node: [{opType: 'Relu', input: ['a'], output: ['b']}]}, {key: 'value'});
	for (let length = 0; length < bytes.length; length++) {
		const cut = bytes.subarray(0, length);
		try {
			t.true(encodeMessage('Model', decodeMessage('Model', cut)).length <= length);
		} catch (error) {
			t.true(hasCode(error, 'RUNTIME_UNAVAILABLE'), String(error));
		}
	}
});

test('wire types and texts that are none are refused', t => {
	for (const bytes of [[0x0b], [0x0a, 1, 0xff], [0x08, ...Array<number>(11).fill(0xff)], [0x10, ...Array<number>(8).fill(0xff), 0x7f]]) {
		const error = t.throws(() => decodeMessage('OperatorSet', Uint8Array.of(...bytes)));
		t.true(hasCode(error, 'RUNTIME_UNAVAILABLE'), String(error));
	}
});

test('metadata is written in the order of its keys, whatever the order it was given in', t => {
	const graph = {name: 'g'};
	const bytes = encodeModel(graph, {b: '2', a: '1', ü: '3'});
	t.deepEqual(bytes, encodeModel(graph, {ü: '3', a: '1', b: '2'}));
	t.deepEqual(Object.keys(readMetadata(bytes)), ['a', 'b', 'ü']);
	t.notDeepEqual(bytes, encodeModel(graph, {a: '1', b: '2'}));
});
