/** The FP32 graph against the plain JavaScript forward pass, in ONNX Runtime. */
import test from 'ava';
import fc from 'fast-check';
import {loadOnnxSession} from '../../core/runtimes/onnx-session.ts';
import type {OnnxBatch, OnnxScores, TabularNetwork} from '../../core/domain/index.ts';
import {forwardNetwork} from '../network/forward.ts';
import {randomBatch, randomNetwork} from '../network/random-network.ts';
import {readMetadata} from '../onnx/model-file.ts';
import {networkToOnnx} from './network-to-onnx.ts';

const ERROR_MAX = 1e-5;

async function score(network: TabularNetwork, batch: OnnxBatch): Promise<OnnxScores> {
	const session = await loadOnnxSession(networkToOnnx(network), shapeOf(network));
	const scores = await session.run(batch);
	await session.close();
	return scores;
}

function shapeOf({outputCount, numeric, categorical}: TabularNetwork): {outputCount: number; hasNumeric: boolean; hasCategorical: boolean} {
	return {outputCount, hasNumeric: numeric.length > 0, hasCategorical: categorical.length > 0};
}

function errorMax(a: Float32Array, b: Float32Array): number {
	return a.reduce((worst, value, index) => Math.max(worst, Math.abs(value - b[index]!)), a.length === b.length ? 0 : Infinity);
}

const shapes = fc
	.record({
		numericCount: fc.integer({min: 0, max: 12}),
		vocabularySizes: fc.array(fc.integer({min: 0, max: 40}), {maxLength: 4}),
		hidden: fc.array(fc.integer({min: 1, max: 24}), {minLength: 0, maxLength: 3}),
		outputCount: fc.constantFrom(1, 3, 7),
		flaggedShare: fc.constantFrom(0, 0.5, 1),
		loggedShare: fc.constantFrom(0, 0.5, 1),
		seed: fc.integer({min: 0, max: 1000}),
	})
	.filter(({numericCount, vocabularySizes}) => numericCount + vocabularySizes.length > 0);

test('logits and probabilities are those of the plain forward pass, whatever the network has', async t => {
	await fc.assert(
		fc.asyncProperty(shapes, async options => {
			const network = randomNetwork(options);
			const batch = randomBatch(network, 40, {missingShare: 0.2});
			const scores = await score(network, batch);
			const expected = forwardNetwork(network, batch);
			t.true(errorMax(scores.logits, expected.logits) <= ERROR_MAX, `logits differ by ${errorMax(scores.logits, expected.logits)}`);
			t.true(errorMax(scores.probabilities, expected.probabilities) <= ERROR_MAX);
		}),
		{seed: 1, numRuns: 60},
	);
});

test('a large network stays within rounding of the plain forward pass', async t => {
	const network = randomNetwork({numericCount: 200, vocabularySizes: [5, 300], hidden: [128, 64], flaggedShare: 0.3, loggedShare: 0.3});
	const batch = randomBatch(network, 500, {missingShare: 0.1});
	t.true(errorMax((await score(network, batch)).logits, forwardNetwork(network, batch).logits) <= ERROR_MAX);
});

test('ids outside the vocabulary, however far, score as id 0', async t => {
	const network = randomNetwork({numericCount: 0, vocabularySizes: [3, 8], hidden: [8]});
	const outside = BigInt64Array.of(0n, 0n, 4n, 9n, -1n, -1n, 2n ** 62n, -(2n ** 62n), 4n, -5n);
	const {logits} = await score(network, {rowCount: 5, numeric: new Float32Array(0), categorical: outside});
	t.is(new Set(logits).size, 1);
	const inside = await score(network, {rowCount: 1, numeric: new Float32Array(0), categorical: BigInt64Array.of(3n, 8n)});
	t.not(inside.logits[0], logits[0]);
});

test('extreme numbers are cut to the clip, and a constant feature ignores even infinity', async t => {
	const base = randomNetwork({numericCount: 3, hidden: [8], loggedShare: 0.5, flaggedShare: 1});
	const network = {...base, numeric: base.numeric.map((input, index) => (index === 1 ? {...input, inverseDeviation: 0} : input))};
	const rows = [
		[Infinity, Infinity, -Infinity],
		[3e38, -3e38, -3e38],
		[1e30, -Infinity, -1e30],
	];
	const {logits} = await score(network, {rowCount: 3, numeric: Float32Array.from(rows.flat()), categorical: new BigInt64Array(0)});
	t.true(Number.isFinite(logits[0]));
	t.is(logits[1], logits[0]);
	t.is(logits[2], logits[0]);
});

test('a missing value scores as the median, except for its flag', async t => {
	const base = randomNetwork({numericCount: 2, hidden: [8]});
	const batch = {rowCount: 2, numeric: Float32Array.of(base.numeric[0]!.median, 1, Number.NaN, 1), categorical: new BigInt64Array(0)};
	const plain = await score(base, batch);
	t.is(plain.logits[0], plain.logits[1]);
	const flagged = await score(randomNetwork({numericCount: 2, hidden: [8], flaggedShare: 1}), batch);
	t.not(flagged.logits[0], flagged.logits[1]);
});

test('the same network and metadata give the same bytes, and the metadata can be read back', t => {
	const options = {numericCount: 3, vocabularySizes: [4], hidden: [8]};
	const metadata = {version: '7', model: 'churn'};
	t.deepEqual(networkToOnnx(randomNetwork(options), {metadata}), networkToOnnx(randomNetwork(options), {metadata}));
	t.deepEqual(readMetadata(networkToOnnx(randomNetwork(options), {metadata})), metadata);
});

test('a network whose sizes do not fit, or that holds a NaN, is refused', t => {
	const network = randomNetwork({numericCount: 3, vocabularySizes: [4], hidden: [8]});
	const [first, last] = network.layers;
	t.throws(() => networkToOnnx({...network, layers: [last!, first!]}), {name: 'AssertionError'});
	t.throws(() => networkToOnnx({...network, outputCount: 2}), {name: 'AssertionError'});
	t.throws(() => networkToOnnx({...network, layers: [{...first!, weights: first!.weights.map(() => Number.NaN)}, last!]}), {
		name: 'AssertionError',
	});
	t.throws(() => networkToOnnx({...network, numeric: [], categorical: []}), {name: 'AssertionError'});
});
