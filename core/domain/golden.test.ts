/** Golden rows survive their file to the bit, and verification sees every bit that is off. */
import test from 'ava';
import fc from 'fast-check';
import {hasCode} from './errors.ts';
import {fromGoldenJson, toGoldenJson, verifyGolden, type Golden} from './golden.ts';
import type {OnnxBatch, OnnxSession} from './onnx-session.ts';

/** A session in memory: two logits a row, made of the row's first number and id. `spoil` changes them. */
function memorySession(spoil: (logits: Float32Array) => Float32Array = logits => logits): OnnxSession {
	return {
		run: async ({rowCount, numeric, categorical}: OnnxBatch) => {
			const columns = numeric.length / rowCount;
			const logits = Float32Array.from({length: rowCount * 2}, (_, at) =>
				at % 2 === 0 ? numeric[(at / 2) * columns]! : Number(categorical[(at - 1) / 2]!),
			);
			return {logits: spoil(logits), probabilities: logits};
		},
		close: async () => undefined,
	};
}

const golden: Golden = {
	inputs: {rowCount: 3, numeric: Float32Array.of(1.5, 0, Number.NaN, 0, -3e38, 0), categorical: BigInt64Array.of(1n, -(2n ** 62n), 0n)},
	logits: Float32Array.of(1.5, 1, Number.NaN, -(2 ** 62), -3e38, 0),
};

test('what was written is read, every bit of it', t => {
	const row = fc.record({
		numbers: fc.tuple(fc.float(), fc.float()),
		id: fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n}),
		logit: fc.float(),
	});
	fc.assert(
		fc.property(fc.array(row, {minLength: 1, maxLength: 9}), rows => {
			const written: Golden = {
				inputs: {
					rowCount: rows.length,
					numeric: Float32Array.from(rows.flatMap(({numbers}) => numbers)),
					categorical: BigInt64Array.from(rows, ({id}) => id),
				},
				logits: Float32Array.from(rows, ({logit}) => logit),
			};
			t.deepEqual(fromGoldenJson(toGoldenJson(written)), written);
			t.is(toGoldenJson(fromGoldenJson(toGoldenJson(written))), toGoldenJson(written));
		}),
		{seed: 1},
	);
});

test('a session that scores as it should is bit-equal, missing values included', async t => {
	t.deepEqual(await verifyGolden(memorySession(), fromGoldenJson(toGoldenJson(golden))), {
		bitEqual: true,
		rowsDifferent: 0,
		maxAbsoluteError: 0,
	});
});

test('one unit in the last place of one logit is seen', async t => {
	const verdict = await verifyGolden(
		memorySession(logits => {
			const bits = new Uint32Array(logits.buffer);
			bits[0]!++;
			return logits;
		}),
		golden,
	);
	t.like(verdict, {bitEqual: false, rowsDifferent: 1});
	t.true(verdict.maxAbsoluteError > 0 && verdict.maxAbsoluteError < 1e-6);
});

test('a number where none should be, the wrong sign of zero, and too few logits are seen', async t => {
	const [filled, negated, cut] = [
		memorySession(logits => logits.map(value => (Number.isNaN(value) ? 0 : value))),
		memorySession(logits => logits.map(value => (value === 0 ? -0 : value))),
		memorySession(logits => logits.subarray(2)),
	];
	t.deepEqual(await verifyGolden(filled, golden), {bitEqual: false, rowsDifferent: 1, maxAbsoluteError: Infinity});
	t.deepEqual(await verifyGolden(negated, golden), {bitEqual: false, rowsDifferent: 1, maxAbsoluteError: 0});
	t.deepEqual(await verifyGolden(cut, golden), {bitEqual: false, rowsDifferent: 3, maxAbsoluteError: Infinity});
});

test('text that is no golden file is refused', t => {
	const document = JSON.parse(toGoldenJson(golden)) as Record<string, unknown>;
	const changed = [{rowCount: 4}, {logits: ''}, {logits: '!'}, {goldenVersion: 2}].map(change =>
		JSON.stringify({...document, ...change}),
	);
	for (const text of ['', '[]', '{}', ...changed]) {
		t.true(
			hasCode(
				t.throws(() => fromGoldenJson(text)),
				'MANIFEST_INVALID',
			),
			text,
		);
	}
});
