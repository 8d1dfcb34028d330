/** Activations in two digits: the same bits everywhere, and next to nothing lost where the weights lie on their grid. */
import test from 'ava';
import fc from 'fast-check';
import type {TabularNetwork} from '../../core/domain/index.ts';
import {loadOnnxSession} from '../../core/runtimes/onnx-session.ts';
import {LARGE, errorRatio, score, scoreInWebAssembly, shapes, withBrokenRows} from '../../tests/quantized-files.ts';
import {networkToOnnx} from '../graph/network-to-onnx.ts';
import {forwardNetwork} from '../network/forward.ts';
import {selectRows} from '../network/layout.ts';
import {randomBatch, randomNetwork} from '../network/random-network.ts';
import {WEIGHT_MAX} from './integer-layer.ts';
import {quantizeNetwork} from './quantize-network.ts';
import {roundToNearest} from './round-weights.ts';
import {encodeDigits, forwardInTwoDigits, quantizeInTwoDigits} from './two-digit-network.ts';
import {digitsOf, lowScaleOf, LOW_ZERO} from './two-digits.ts';

/** Hidden weights moved onto the grid of their output. */
function onGrid(network: TabularNetwork): TabularNetwork {
	const layers = network.layers.map((layer, index) => {
		if (index === network.layers.length - 1) {
			return layer;
		}

		const {weights, scales} = roundToNearest(Float64Array.from(layer.weights), {targets: new Float32Array(), outputs: layer.outputs});
		return {...layer, weights: Float32Array.from(weights, (integer, at) => integer * scales[at % layer.outputs]!)};
	});
	return {...network, layers};
}

test('two digits hold a value to a thousandth of what one holds it to', t => {
	const scale = 0.37;
	const values = Float32Array.from({length: 2000}, (_, index) => (index / 2000) * 255 * scale);
	const {high, low} = digitsOf(values, scale);
	const worst = values.reduce((most, value, at) => {
		const held = high[at]! * Math.fround(scale) + (low[at]! - LOW_ZERO) * lowScaleOf(scale);
		return Math.max(most, Math.abs(value - held));
	}, 0);
	t.true(worst <= (scale / 254 / 2) * 1.01, `${worst}`);
});

test('ONNX Runtime computes the digits of the plain reference, bit for bit, whatever the network has', async t => {
	await fc.assert(
		fc.asyncProperty(shapes, async options => {
			const network = randomNetwork(options);
			const calibration = randomBatch(network, 60, {missingShare: 0.1, seed: 2});
			const batch = withBrokenRows(network, 60);
			const quantized = quantizeInTwoDigits(network, calibration);
			const {logits} = await score(quantizeNetwork(network, calibration, {digits: 2}), network, batch);
			t.deepEqual(logits, forwardInTwoDigits(quantized, encodeDigits(network, quantized.inputs, batch), batch.rowCount));
			t.true(logits.every(value => Number.isFinite(value)));
		}),
		{seed: 1, numRuns: 60},
	);
});

test('4,096 rows score to the same bits natively, in WebAssembly, alone and among others', async t => {
	const bytes = quantizeNetwork(LARGE, randomBatch(LARGE, 1000, {missingShare: 0.1, seed: 2}), {digits: 2});
	const batch = withBrokenRows(LARGE, 4096);
	const {logits} = await score(bytes, LARGE, batch);
	t.deepEqual(await scoreInWebAssembly(bytes, LARGE, batch), logits);
	const session = await loadOnnxSession(bytes, {outputCount: 1, hasNumeric: true, hasCategorical: true});
	for (let row = 0; row < 97; row++) {
		t.is((await session.run(selectRows(batch, [row]))).logits[0], logits[row]);
		t.is((await session.run(selectRows(batch, [(row + 1) % 97, row]))).logits[1], logits[row]);
	}

	await session.close();
});

test('of a network on the grid the file keeps scores to a thousandth, also beyond what the calibration has seen, and is no third larger', async t => {
	const network = onGrid(LARGE);
	const narrow = randomBatch(network, 200, {seed: 2});
	const calibration = {...narrow, numeric: narrow.numeric.map(value => value / 3)};
	const batch = randomBatch(network, 4000, {missingShare: 0.1, seed: 3});
	const reference = await score(networkToOnnx(network), network, batch);
	const [one, two] = [quantizeNetwork(network, calibration), quantizeNetwork(network, calibration, {digits: 2})];
	const [errorOfOne, errorOfTwo] = [
		errorRatio(reference.logits, (await score(one, network, batch)).logits),
		errorRatio(reference.logits, (await score(two, network, batch)).logits),
	];
	t.true(errorOfTwo < 0.001 && errorOfOne > 20 * errorOfTwo, `${errorOfOne} and ${errorOfTwo}`);
	t.true(two.length < 1.33 * one.length, `${two.length} and ${one.length} bytes`);
});

test('weights on the grid are stored as they are', t => {
	const network = onGrid(LARGE);
	const {hidden} = quantizeInTwoDigits(network, randomBatch(network, 100, {seed: 2}));
	for (const [index, {weights, weightScales, outputs}] of hidden.entries()) {
		t.true(weights.every(weight => Math.abs(weight) <= WEIGHT_MAX));
		const expected = network.layers[index]!.weights;
		const worst = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - weights[at]! * weightScales[at % outputs]!)), 0);
		t.true(worst < 1e-6, `layer ${index}: ${worst}`);
	}
});

test('calibration may be one row, all missing, or constant; dead layers do no harm', async t => {
	const network = onGrid(randomNetwork({numericCount: 4, vocabularySizes: [5], hidden: [8, 4], flaggedShare: 1}));
	const batch = randomBatch(network, 50);
	const missing = {rowCount: 2, numeric: new Float32Array(8).fill(Number.NaN), categorical: BigInt64Array.of(0n, 0n)};
	for (const calibration of [selectRows(batch, [0]), selectRows(batch, [3, 3, 3]), missing]) {
		const found = (await score(quantizeNetwork(network, calibration, {digits: 2}), network, calibration)).logits[0]!;
		const expected = forwardNetwork(network, calibration).logits[0]!;
		t.true(Math.abs(expected - found) < 0.001 * Math.max(1, Math.abs(expected)), `${expected} and ${found}`);
	}

	t.throws(() => quantizeNetwork(network, selectRows(batch, []), {digits: 2}), {name: 'AssertionError'});
	const dead = {
		...network,
		layers: network.layers.map((layer, index) =>
			index === 0 ? {...layer, weights: layer.weights.map(() => 0), bias: layer.bias.map(() => -1)} : layer,
		),
	};
	const {logits} = await score(quantizeNetwork(dead, batch, {digits: 2}), dead, batch);
	const expected = forwardNetwork(dead, batch).logits;
	t.true(logits.every((logit, at) => Math.abs(logit - expected[at]!) < 1e-3));
});
