/** Labels wait until they are final, are corrected and withdrawn meanwhile, and survive a restart in the same order. */
import test from 'ava';
import {hasCode} from '../core/domain/index.ts';
import {MaturingLabels} from './maturing-labels.ts';

function released(labels: MaturingLabels, now: number): number[][] {
	const seen: number[][] = [];
	labels.release(now, (event, value) => {
		seen.push([event, value]);
	});
	return seen;
}

function filled(): MaturingLabels {
	const labels = new MaturingLabels();
	for (const [event, at, value] of [
		[7, 30, 1],
		[3, 10, 0],
		[5, 10, 1],
		[1, 20, 0],
	] as const) {
		labels.hold(event, {at, value, channel: 'outcome'});
	}

	return labels;
}

test('given out in the order of becoming final, then of the events, each once', t => {
	const labels = filled();
	t.deepEqual(released(labels, 9), []);
	t.deepEqual(released(labels, 20), [
		[3, 0],
		[5, 1],
		[1, 0],
	]);
	t.deepEqual(released(labels, 20), []);
	t.deepEqual(released(labels, 1000), [[7, 1]]);
	t.deepEqual(released(labels, 1000), []);
});

test('corrected and withdrawn before they are final', t => {
	const labels = filled();
	labels.hold(3, {at: 10, value: 1, channel: 'outcome'});
	labels.drop(5, 'outcome');
	labels.drop(99, 'outcome');
	t.deepEqual(released(labels, 10), [[3, 1]]);
	labels.drop(1, 'outcome');
	labels.hold(1, {at: 20, value: 1, channel: 'outcome'});
	t.deepEqual(released(labels, 20), [[1, 1]], 'withdrawn and given anew: once');
	t.deepEqual(released(labels, 29), []);
});

test('an outcome stands before an investigation, whichever comes first', t => {
	const labels = new MaturingLabels();
	labels.hold(1, {at: 10, value: 1, channel: 'investigation'});
	labels.hold(1, {at: 10, value: 0, channel: 'outcome'});
	labels.hold(1, {at: 10, value: 1, channel: 'investigation'});
	labels.drop(1, 'investigation');
	t.deepEqual(released(MaturingLabels.restore(labels.snapshot()), 10), [[1, 0]]);
});

test('restored, they have the same future; torn bytes are refused', t => {
	const bytes = filled().snapshot();
	t.deepEqual(released(MaturingLabels.restore(bytes), 1000), released(filled(), 1000));
	t.throws(() => MaturingLabels.restore(bytes.subarray(1)), {instanceOf: Error});
	t.true(
		hasCode(
			t.throws(() => MaturingLabels.restore(bytes.subarray(8))),
			'CHECKPOINT_CORRUPT',
		),
	);
});

test('at the bound the next one to be final is given out early', t => {
	const labels = new MaturingLabels({heldMax: 2});
	labels.hold(1, {at: 30, value: 1, channel: 'outcome'});
	labels.hold(2, {at: 20, value: 0, channel: 'outcome'});
	labels.hold(3, {at: 10, value: 1, channel: 'outcome'});
	t.deepEqual(released(labels, 0), [[3, 1]]);
});

test('what was learnt early is known when the label is final, through corrections and restarts; a withdrawn label leaves nothing', t => {
	const labels = new MaturingLabels();
	t.true(labels.hold(1, {at: 10, value: 1, channel: 'investigation'}));
	labels.noteLearnt(1, 1);
	t.true(labels.hold(1, {at: 10, value: 0, channel: 'outcome'}));
	t.false(labels.hold(1, {at: 10, value: 1, channel: 'investigation'}));
	labels.hold(2, {at: 20, value: 0, channel: 'outcome'});
	labels.hold(3, {at: 20, value: 1, channel: 'investigation'});
	labels.noteLearnt(3, 1);
	labels.drop(3, 'investigation');
	labels.hold(3, {at: 20, value: 1, channel: 'outcome'});
	const restored = MaturingLabels.restore(labels.snapshot());
	t.deepEqual(restored.snapshot(), labels.snapshot());
	t.is(restored.learntOf(1), 1);
	const seen: unknown[] = [];
	restored.release(30, (event, value, learnt) => {
		seen.push([event, value, learnt]);
	});
	t.deepEqual(seen, [
		[1, 0, 1],
		[2, 0, undefined],
		[3, 1, undefined],
	]);
	t.throws(() => {
		labels.noteLearnt(9, 1);
	});
});
