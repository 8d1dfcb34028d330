import test from 'ava';
import {decodeState, encodeState, type TrainingState} from './training-state.ts';

const vector = (...values: number[]): Float32Array => Float32Array.from(values);
const STATE: TrainingState = {
	epoch: 2,
	batchSize: 64,
	notes: ['the device ran out of memory – once'],
	curve: [
		{epoch: 1, trainLoss: 0.5, validationLoss: 0.6, seconds: 1.5},
		{epoch: 2, trainLoss: 0.4, validationLoss: Number.NaN, seconds: 3},
	],
	adam: {steps: 7, parameters: vector(1, 2, 3), average: vector(4, 5, 6), mean: vector(-1, 0, 1e-30), square: vector(0, 1, 2)},
	best: {epoch: 1, loss: Number.NaN, parameters: vector(7, 8, 9), logits: Float64Array.of(0.1, -0.2)},
};

test('a state comes back from its bytes as it was, with and without a best epoch', t => {
	const {best: _, ...fresh} = STATE;
	t.deepEqual(decodeState(encodeState(STATE), 3), STATE);
	t.deepEqual(decodeState(encodeState(fresh), 3), fresh);
	t.deepEqual(encodeState(decodeState(encodeState(STATE), 3)), encodeState(STATE));
});

test('bytes that are cut, changed, empty, or of another network are refused', t => {
	const bytes = encodeState(STATE);
	const changed = Uint8Array.from(bytes);
	changed[bytes.length - 5]! ^= 1;
	for (const bad of [
		bytes.subarray(0, bytes.length - 1),
		changed,
		new Uint8Array(0),
		bytes.subarray(0, 40),
		new Uint8Array(200).fill(123),
	]) {
		t.throws(() => decodeState(bad, 3), {code: 'CHECKPOINT_CORRUPT'});
	}

	t.throws(() => decodeState(bytes, 4), {code: 'CHECKPOINT_CORRUPT'});
});
