/** The INT8 file: bit for bit the same in two runtimes and in plain integer arithmetic, and near the FP32 file. */
import test from 'ava';
import fc from 'fast-check';
import {loadOnnxSession} from '../../core/runtimes/onnx-session.ts';
import {networkToOnnx} from '../graph/network-to-onnx.ts';
import {forwardNetwork} from '../network/forward.ts';
import {selectRows} from '../network/layout.ts';
import {randomBatch, randomNetwork} from '../network/random-network.ts';
import {decodeMessage} from '../onnx/codec.ts';
import {readMetadata} from '../onnx/model-file.ts';
import {encodeInputs} from './input-codes.ts';
import {LARGE, errorRatio, score, scoreInWebAssembly, shapes, withBrokenRows} from '../../tests/quantized-files.ts';
import {codeOf, forwardInteger, WEIGHT_MAX} from './integer-layer.ts';
import {quantizeLayers} from './quantize-layers.ts';
import {quantizeNetwork} from './quantize-network.ts';
import {COMPENSATED_INPUTS_MAX} from './round-weights.ts';

test('ONNX Runtime computes the integers of the plain reference, bit for bit, whatever the network has', async t => {
	await fc.assert(
		fc.asyncProperty(shapes, async options => {
			const network = randomNetwork(options);
			const calibration = randomBatch(network, 60, {missingShare: 0.1, seed: 2});
			const batch = withBrokenRows(network, 60);
			const quantized = quantizeLayers(network, calibration);
			const {logits} = await score(quantizeNetwork(network, calibration), network, batch);
			t.deepEqual(logits, forwardInteger(quantized, encodeInputs(network, quantized.codes, batch), batch.rowCount));
			t.true(logits.every(value => Number.isFinite(value)));
		}),
		{seed: 1, numRuns: 60},
	);
});

test('4,096 rows score to the same bits natively, in WebAssembly and in plain integer arithmetic', async t => {
	const calibration = randomBatch(LARGE, 1000, {missingShare: 0.1, seed: 2});
	const batch = withBrokenRows(LARGE, 4096);
	const bytes = quantizeNetwork(LARGE, calibration);
	const {logits} = await score(bytes, LARGE, batch);
	t.deepEqual(await scoreInWebAssembly(bytes, LARGE, batch), logits);
	const quantized = quantizeLayers(LARGE, calibration);
	t.deepEqual(forwardInteger(quantized, encodeInputs(LARGE, quantized.codes, batch), batch.rowCount), logits);
});

test('a row scores to the same bits alone, in pairs and among others', async t => {
	const bytes = quantizeNetwork(LARGE, randomBatch(LARGE, 500, {seed: 2}));
	const batch = withBrokenRows(LARGE, 97);
	const {logits} = await score(bytes, LARGE, batch);
	const session = await loadOnnxSession(bytes, {outputCount: 1, hasNumeric: true, hasCategorical: true});
	for (let row = 0; row < batch.rowCount; row++) {
		t.is((await session.run(selectRows(batch, [row]))).logits[0], logits[row]);
		t.is((await session.run(selectRows(batch, [(row + 1) % 97, row]))).logits[1], logits[row]);
	}

	await session.close();
});

test('a 128-64 network keeps 30,000 distinct scores of 60,000 and stays near its FP32 file', async t => {
	const network = randomNetwork({numericCount: 40, hidden: [128, 64]});
	const bytes = quantizeNetwork(network, randomBatch(network, 4000, {seed: 2}));
	const batch = randomBatch(network, 60_000, {seed: 3});
	const {logits} = await score(bytes, network, batch);
	t.true(new Set(logits).size >= 30_000, `${new Set(logits).size} distinct scores`);
	const ratio = errorRatio((await score(networkToOnnx(network), network, batch)).logits, logits);
	t.true(ratio < 0.04, `logit error ratio ${ratio}`);
});

test('every weight of every layer lies in [-63, 63], and the whole range is used', t => {
	const {hidden, coarse, fine} = quantizeLayers(LARGE, randomBatch(LARGE, 300, {seed: 2}));
	const layers = [...hidden, coarse, fine];
	for (const {weights} of layers) {
		t.true(weights.every(weight => Math.abs(weight) <= WEIGHT_MAX));
	}

	t.true([...hidden, coarse].every(({weights}) => weights.some(weight => Math.abs(weight) === WEIGHT_MAX)));
	const file = decodeMessage('Model', quantizeNetwork(LARGE, randomBatch(LARGE, 300, {seed: 2})));
	const stored = file.graph!.initializer!.filter(({name}) => /^weights(?:\d|coarse|fine)/v.test(name!));
	t.deepEqual(
		stored.map(({rawData}) => new Int8Array(rawData!)),
		layers.map(({weights}) => weights),
	);
});

test('the INT8 file takes under a third of the FP32 file', t => {
	const network = randomNetwork({numericCount: 200, hidden: [128, 64]});
	const ratio = quantizeNetwork(network, randomBatch(network, 50)).length / networkToOnnx(network).length;
	t.true(ratio < 0.3, `ratio ${ratio}`);
	const embedded = randomNetwork({numericCount: 2, vocabularySizes: [500, 1000], hidden: [64]});
	t.true(quantizeNetwork(embedded, randomBatch(embedded, 50)).length / networkToOnnx(embedded).length < 0.3);
});

test('the same network, calibration and metadata give the same bytes, and the metadata can be read back', t => {
	const calibration = randomBatch(LARGE, 200, {seed: 2});
	const metadata = {recipe: 'int8', model: 'churn'};
	const bytes = quantizeNetwork(LARGE, calibration, {metadata});
	t.deepEqual(bytes, quantizeNetwork(LARGE, randomBatch(LARGE, 200, {seed: 2}), {metadata}));
	t.deepEqual(readMetadata(bytes), {model: 'churn', recipe: 'int8'});
});

test('calibration may be one row, all missing, or constant', async t => {
	const network = randomNetwork({numericCount: 4, vocabularySizes: [5], hidden: [8, 4], flaggedShare: 1});
	const batch = randomBatch(network, 50);
	const missing = {rowCount: 2, numeric: new Float32Array(8).fill(Number.NaN), categorical: BigInt64Array.of(0n, 0n)};
	for (const calibration of [selectRows(batch, [0]), selectRows(batch, [3, 3, 3]), missing]) {
		const bytes = quantizeNetwork(network, calibration);
		t.true((await score(bytes, network, batch)).logits.every(logit => Number.isFinite(logit)));
		const [expected, found] = [forwardNetwork(network, calibration).logits[0]!, (await score(bytes, network, calibration)).logits[0]!];
		t.true(Math.abs(expected - found) < 0.05 * Math.max(1, Math.abs(expected)), `${expected} and ${found}`);
	}

	t.throws(() => quantizeNetwork(network, selectRows(batch, [])), {name: 'AssertionError'});
});

test('dead layers and constant features do no harm', async t => {
	const base = randomNetwork({numericCount: 3, hidden: [6, 4]});
	const network = {
		...base,
		numeric: base.numeric.map((input, index) => (index === 0 ? {...input, inverseDeviation: 0} : input)),
		layers: base.layers.map((layer, index) =>
			index === 0 ? {...layer, weights: layer.weights.map(() => 0), bias: layer.bias.map(() => -1)} : layer,
		),
	};
	const batch = withBrokenRows(network, 20);
	const {logits} = await score(quantizeNetwork(network, randomBatch(network, 30)), network, batch);
	const expected = forwardNetwork(network, batch).logits;
	t.true(logits.every((logit, at) => Math.abs(logit - expected[at]!) < 1e-3));
});

test('a layer too wide to compensate is rounded to nearest', async t => {
	const network = randomNetwork({numericCount: COMPENSATED_INPUTS_MAX + 1, hidden: [2]});
	const calibration = randomBatch(network, 20);
	const bytes = quantizeNetwork(network, calibration);
	t.true(errorRatio(forwardNetwork(network, calibration).logits, (await score(bytes, network, calibration)).logits) < 0.1);
});

test('codes round halves to even and are cut to 0 and 255', t => {
	const values = [-Infinity, -0.6, -0.5, 0.5, 1.5, 2.5, 2.500_001, 254.5, 255.4, 1e9, Infinity];
	t.deepEqual(
		values.map(value => codeOf(value)),
		[0, 0, 0, 0, 2, 2, 3, 254, 255, 255, 255],
	);
});
