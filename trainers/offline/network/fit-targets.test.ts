import test from 'ava';
import {logit, meanLogLoss} from '../../../core/numerics/index.ts';
import {crossEntropySum, priorLogits, targetsOf} from './fit-targets.ts';
import {probabilitiesOf} from './network-scorer.ts';

test('hard labels are one-hot, soft ones are taken as they are, a mixture is in between', t => {
	const frame = {rowCount: 2, outputCount: 3, labels: Int32Array.of(2, 0)};
	const soft = Float32Array.of(0.5, 0.25, 0.25, 0.25, 0.5, 0.25);
	t.deepEqual([...targetsOf(frame, {})], [0, 0, 1, 1, 0, 0]);
	t.deepEqual([...targetsOf(frame, {soft})], [...soft]);
	t.deepEqual([...targetsOf(frame, {soft, softWeight: 0.5})], [0.25, 0.125, 0.625, 0.625, 0.25, 0.125]);
	t.throws(() => targetsOf(frame, {soft: soft.subarray(1)}), {message: /one number for each row and output/v});
	t.throws(() => targetsOf(frame, {soft, softWeight: 1.5}), {message: /\[0, 1\]/v});
});

test('the loss is that of the probabilities, for one output and for several, at any size of a logit', t => {
	const one = Float32Array.of(0.3, -2, 9, -9);
	const labels = [1, 0, 1, 0];
	t.true(Math.abs(crossEntropySum(one, labels, 1) / 4 - meanLogLoss(probabilitiesOf(one, 1), labels)) < 1e-6);
	const three = Float32Array.of(1, 2, 3, -1, 0, 5);
	t.true(Math.abs(crossEntropySum(three, [0, 1, 0, 1, 0, 0], 3) / 2 - meanLogLoss(probabilitiesOf(three, 3), [1, 0], 3)) < 1e-5);
	t.is(crossEntropySum([1000, -1000], [0, 1], 1), 2000);
	t.is(crossEntropySum([1000, 0], [0, 1], 2), 1000);
	t.true(Number.isNaN(crossEntropySum([Number.NaN], [1], 1)));
});

test('the prior is the logit of the base rate of the learnt rows, and bounded', t => {
	t.true(Math.abs(priorLogits(Float32Array.of(1, 0, 0, 0, 1, 1), 4, 1)[0]! - logit(0.25)) < 1e-6);
	t.deepEqual([...probabilitiesOf(priorLogits(Float32Array.of(1, 0, 0, 1), 2, 2), 2)], [0.5, 0.5]);
	t.true(priorLogits(new Float32Array(10), 10, 1)[0]! > -7);
});
