/** Samples of a frame: what is taken, and how much it counts. */
import test from 'ava';
import {drawFrame} from '../sample-frames.ts';
import {sampleFrame} from './sample-frame.ts';

const DAY = 86_400_000;
const drawn = drawFrame(2000, rng => ({cells: {a: rng()}, label: rng() < 0.05 ? 1 : 0}));
const frame = {...drawn, times: Float64Array.from({length: 2000}, (_, row) => (row * 100 * DAY) / 2000)};

test('all: the frame itself', t => {
	t.is(sampleFrame(frame, {kind: 'all'}, 1), frame);
});

test('exponential: half for each half-life, times the weights that were there', t => {
	const weights = new Float64Array(2000).fill(3);
	const sampled = sampleFrame({...frame, weights}, {kind: 'exponential', halfLife: 'P10D'}, 1);
	t.is(sampled.weights!.at(-1), 3);
	t.true(Math.abs(sampled.weights![1799]! - 1.5) < 1e-9);
	t.true(sampled.weights!.every(weight => weight > 0));
});

test('balanced: every rare row, so many others, and weights that undo it; the seed decides which', t => {
	const rare = frame.labels.reduce((sum, label) => sum + label, 0);
	const sampled = sampleFrame(frame, {kind: 'balanced', ratio: 3}, 1);
	t.is(sampled.rowCount, 4 * rare);
	t.is(
		sampled.labels.reduce((sum, label) => sum + label, 0),
		rare,
	);
	const total = sampled.weights!.reduce((sum, weight) => sum + weight, 0);
	t.true(Math.abs(total - 2000) < 1e-6);
	t.deepEqual(
		[...sampled.times],
		[...sampled.times].toSorted((a, b) => a - b),
	);
	t.deepEqual(sampleFrame(frame, {kind: 'balanced', ratio: 3}, 1).offsets, sampled.offsets);
	t.notDeepEqual(sampleFrame(frame, {kind: 'balanced', ratio: 3}, 2).offsets, sampled.offsets);
	t.is(sampleFrame(frame, {kind: 'balanced', ratio: 1000}, 1).rowCount, 2000);
});

test('replay: all recent rows, and older ones up to their share', t => {
	const sampled = sampleFrame(frame, {kind: 'replay', recent: 'P20D', share: 0.5}, 1);
	const since = frame.times.at(-1)! - 20 * DAY;
	const recent = frame.times.reduce((sum, time) => sum + (time >= since ? 1 : 0), 0);
	t.is(
		sampled.times.reduce((sum, time) => sum + (time >= since ? 1 : 0), 0),
		recent,
	);
	t.is(sampled.rowCount, 2 * recent);
	t.is(sampled.weights, undefined);
	t.is(sampleFrame(frame, {kind: 'replay', recent: 'P200D', share: 0.5}, 1).rowCount, 2000);
	t.regex(sampled.definition.sampling!, /newest P20D/v);
});
