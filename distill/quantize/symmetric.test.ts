/** The form for hardware without zero points: the same bits in both runtimes, and nothing in the graph that TensorRT does not take. */
import test from 'ava';
import fc from 'fast-check';
import {loadOnnxSession} from '../../core/runtimes/onnx-session.ts';
import {LARGE, errorRatio, score, scoreInWebAssembly, shapes, withBrokenRows} from '../../tests/quantized-files.ts';
import {networkToOnnx} from '../graph/network-to-onnx.ts';
import {selectRows} from '../network/layout.ts';
import {randomBatch, randomNetwork} from '../network/random-network.ts';
import {decodeMessage} from '../onnx/codec.ts';
import {DATA_TYPES} from '../onnx/schema.ts';
import {quantizeNetwork} from './quantize-network.ts';
import {encodeSymmetric, forwardSymmetric, quantizeSymmetrically} from './symmetric-network.ts';

test('ONNX Runtime computes the integers of the plain reference, bit for bit, whatever the network has', async t => {
	await fc.assert(
		fc.asyncProperty(shapes, async options => {
			const network = randomNetwork(options);
			const calibration = randomBatch(network, 60, {missingShare: 0.1, seed: 2});
			const batch = withBrokenRows(network, 60);
			const quantized = quantizeSymmetrically(network, calibration);
			const {logits} = await score(quantizeNetwork(network, calibration, {symmetric: true}), network, batch);
			t.deepEqual(logits, forwardSymmetric(quantized, encodeSymmetric(network, quantized, batch), batch.rowCount));
			t.true(logits.every(value => Number.isFinite(value)));
		}),
		{seed: 1, numRuns: 60},
	);
});

test('rows score to the same bits natively, in WebAssembly, alone and among others, and near the FP32 file', async t => {
	const bytes = quantizeNetwork(LARGE, randomBatch(LARGE, 1000, {missingShare: 0.1, seed: 2}), {symmetric: true});
	const batch = withBrokenRows(LARGE, 1024);
	const {logits} = await score(bytes, LARGE, batch);
	t.deepEqual(await scoreInWebAssembly(bytes, LARGE, batch), logits);
	const session = await loadOnnxSession(bytes, {outputCount: 1, hasNumeric: true, hasCategorical: true});
	for (let row = 0; row < 50; row++) {
		t.is((await session.run(selectRows(batch, [row]))).logits[0], logits[row]);
	}

	await session.close();
	const clean = randomBatch(LARGE, 4000, {seed: 3});
	const ratio = errorRatio((await score(networkToOnnx(LARGE), LARGE, clean)).logits, (await score(bytes, LARGE, clean)).logits);
	t.true(ratio < 0.1, `logit error ratio ${ratio}`);
});

test('every quantised value is of 8 signed bits around 0, scales are floats, and nothing dequantises a bias', t => {
	const {graph} = decodeMessage('Model', quantizeNetwork(LARGE, randomBatch(LARGE, 300, {seed: 2}), {symmetric: true}));
	const constants = new Map(graph!.initializer!.map(constant => [constant.name!, constant]));
	const nodes = graph!.node!.filter(({opType}) => opType === 'QuantizeLinear' || opType === 'DequantizeLinear');
	t.true(nodes.length > 8);
	for (const {input, opType, output} of nodes) {
		const [value, scale, zero] = input as [string, string, string];
		const zeroPoint = constants.get(zero)!;
		t.is(zeroPoint.dataType, DATA_TYPES.int8, output![0]);
		t.true(
			zeroPoint.rawData!.every(byte => byte === 0),
			output![0],
		);
		t.is(constants.get(scale)!.dataType, DATA_TYPES.float32);
		t.true(
			opType === 'QuantizeLinear' || constants.get(value) === undefined || constants.get(value)!.dataType === DATA_TYPES.int8,
			value,
		);
	}

	t.throws(() => quantizeNetwork(LARGE, randomBatch(LARGE, 10), {symmetric: true, digits: 2}), {name: 'AssertionError'});
});
