import test from 'ava';
import {createRng} from '../../../core/numerics/index.ts';
import {DropoutMasks} from './dropout.ts';

const meanOf = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('masks hold zeros and ones in the share that is asked for, and each is another', t => {
	const masks = new DropoutMasks(createRng(1), 0.3);
	const [first, second] = [masks.next(40_000).slice(), masks.next(40_000).slice()];
	t.true(Math.abs(meanOf(first) - masks.keptShare) < 0.01 && Math.abs(meanOf(second) - masks.keptShare) < 0.01);
	t.true(Math.abs(masks.keptShare - 0.7) < 1 / 256);
	t.deepEqual(new Set(first), new Set([0, 1]));
	const agreeing = first.filter((value, index) => value === second[index]).length / first.length;
	t.true(Math.abs(agreeing - (masks.keptShare ** 2 + (1 - masks.keptShare) ** 2)) < 0.02, `${agreeing} agree`);
});

test('the same seed gives the same masks, whatever their sizes', t => {
	const draw = (): number[] => {
		const masks = new DropoutMasks(createRng(5), 0.5);
		return [7, 400, 3, 1001].flatMap(count => [...masks.next(count)]);
	};
	t.deepEqual(draw(), draw());
	t.is(draw().length, 1411);
});

test('a rate of 0 drops nothing', t => {
	const masks = new DropoutMasks(createRng(1), 0);
	t.true(masks.isIdle);
	t.is(meanOf(masks.next(1000)), 1);
});
