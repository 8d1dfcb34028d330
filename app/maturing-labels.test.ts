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
		labels.hold(event, at, value);
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
	t.true(labels.has(7));
	t.deepEqual(released(labels, 1000), [[7, 1]]);
	t.false(labels.has(7));
});

test('corrected and withdrawn before they are final', t => {
	const labels = filled();
	labels.hold(3, 10, 1);
	labels.drop(5);
	labels.drop(99);
	t.deepEqual(released(labels, 10), [[3, 1]]);
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
	labels.hold(1, 30, 1);
	labels.hold(2, 20, 0);
	labels.hold(3, 10, 1);
	t.deepEqual(released(labels, 0), [[3, 1]]);
});
