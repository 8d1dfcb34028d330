/** State survives exactly; bytes that are no state are refused. */
import test from 'ava';
import fc from 'fast-check';
import {hasCode} from '../core/domain/index.ts';
import {packState, unpackState, type StateArray} from './state-bytes.ts';

const anyArray: fc.Arbitrary<StateArray> = fc.oneof(fc.float64Array(), fc.int32Array(), fc.int8Array());

test('documents and arrays come back as they were, and equal states give equal bytes', t => {
	const anyDocument = fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string(), fc.constant(null)));
	fc.assert(
		fc.property(anyDocument, fc.array(anyArray, {maxLength: 5}), (fields, arrays) => {
			const document = {...fields};
			const bytes = packState(document, arrays);
			const back = unpackState(bytes);
			t.deepEqual(back.document, JSON.parse(JSON.stringify(document)));
			t.deepEqual(back.arrays, arrays);
			t.deepEqual(packState(back.document, back.arrays), bytes);
		}),
		{seed: 1},
	);
});

test('bytes may begin anywhere in a larger buffer', t => {
	const bytes = packState({a: 1}, [Float64Array.of(0.1, Number.NaN)]);
	const larger = new Uint8Array(bytes.length + 3);
	larger.set(bytes, 3);
	t.deepEqual(unpackState(larger.subarray(3)).arrays, [Float64Array.of(0.1, Number.NaN)]);
});

test('bytes that are cut, extended or not a state are refused', t => {
	const bytes = packState({a: 1}, [Float64Array.of(1, 2, 3)]);
	const text = new TextEncoder().encode(JSON.stringify({a: 1, b: 'a text of some length'}));
	const refused = [new Uint8Array(), new Uint8Array(64), bytes.slice(0, 20), bytes.slice(0, -8), Uint8Array.of(...bytes, 0), text];
	for (const broken of refused) {
		t.true(
			hasCode(
				t.throws(() => unpackState(broken)),
				'CHECKPOINT_CORRUPT',
			),
		);
	}
});
