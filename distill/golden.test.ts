/** Golden rows of a real INT8 file. */
import test from 'ava';
import {fromGoldenJson, toGoldenJson, verifyGolden} from '../core/domain/index.ts';
import {loadOnnxSession} from '../core/runtimes/index.ts';
import {chooseGolden} from './golden.ts';
import {networkToOnnx} from './graph/network-to-onnx.ts';
import {randomBatch, randomNetwork} from './network/random-network.ts';
import {quantizeNetwork} from './quantize/quantize-network.ts';

const network = randomNetwork({numericCount: 5, vocabularySizes: [4, 9], hidden: [16, 8], flaggedShare: 0.5, loggedShare: 0.5});
const calibration = randomBatch(network, 300, {missingShare: 0.1});
const shape = {outputCount: 1, hasNumeric: true, hasCategorical: true};

test('chosen rows span the scores, made rows hold what no clean source sends, and all score to numbers', async t => {
	const session = await loadOnnxSession(quantizeNetwork(network, calibration), shape);
	const candidates = randomBatch(network, 1000, {seed: 5});
	const {inputs, logits} = await chooseGolden({network, session, candidates});
	const all = (await session.run(candidates)).logits;
	t.is(inputs.rowCount, 64);
	t.is(logits.length, 64);
	t.is(logits[0], Math.min(...all));
	t.is(logits[47], Math.max(...all));
	t.deepEqual(logits.subarray(0, 48), logits.slice(0, 48).sort());
	t.true(logits.every(logit => Number.isFinite(logit)));
	t.true(
		inputs.numeric.some(value => Number.isNaN(value)) &&
			inputs.categorical.some(id => id > 9n) &&
			inputs.categorical.some(id => id < 0n),
	);
	await session.close();
});

test('the same file verifies bit for bit after a trip through its text, the FP32 file does not', async t => {
	const bytes = quantizeNetwork(network, calibration);
	const [first, second] = [await loadOnnxSession(bytes, shape), await loadOnnxSession(bytes, shape)];
	const other = await loadOnnxSession(networkToOnnx(network), shape);
	const golden = await chooseGolden({network, session: first, candidates: calibration});
	t.deepEqual(await verifyGolden(second, fromGoldenJson(toGoldenJson(golden))), {bitEqual: true, rowsDifferent: 0, maxAbsoluteError: 0});
	const verdict = await verifyGolden(other, golden);
	t.false(verdict.bitEqual);
	t.true(verdict.rowsDifferent > 50 && verdict.maxAbsoluteError > 1e-3);
	t.is(toGoldenJson(await chooseGolden({network, session: second, candidates: calibration})), toGoldenJson(golden));
});

test('a network of one kind of feature, and fewer candidates than rows wanted, have golden rows too', async t => {
	for (const options of [
		{numericCount: 2, hidden: [4]},
		{numericCount: 0, vocabularySizes: [3], hidden: [4]},
	]) {
		const small = randomNetwork(options);
		const hasNumeric = options.numericCount > 0;
		const session = await loadOnnxSession(quantizeNetwork(small, randomBatch(small, 20)), {
			outputCount: 1,
			hasNumeric,
			hasCategorical: !hasNumeric,
		});
		const golden = await chooseGolden({network: small, session, candidates: randomBatch(small, 1)});
		t.is(golden.inputs.rowCount, 17);
		t.true((await verifyGolden(session, golden)).bitEqual);
	}
});
