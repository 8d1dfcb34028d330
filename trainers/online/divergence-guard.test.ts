/** The guard: what diverges is stopped, what is merely poor or unlucky is not, and a replay does the same at the same label. */
import test from 'ava';
import {type LearnerDefinition, type LearnerShape} from '../../core/domain/index.ts';
import {createRng, drawNormal, sigmoid, type Rng} from '../../core/numerics/index.ts';
import {DivergenceGuard} from './divergence-guard.ts';
import {definition as linear} from './linear-mixture.ts';
import {definition as logistic} from './logistic-regression.ts';

const SHAPE: LearnerShape = {schema: {version: 1, columns: [{name: 'x', type: 'numeric'}]}, outputCount: 1};
const WINDOW = 200;

/** Logistic regression whose answers are turned round from row values above 100 on: what a bug or a broken feed would do. */
const brittle: LearnerDefinition = {
	...logistic,
	create(shape) {
		const inner = logistic.create(shape);
		return breakable(inner);
	},
	restore: (shape, snapshot) => breakable(logistic.restore(shape, snapshot)),
};

function breakable(inner: ReturnType<LearnerDefinition['create']>): ReturnType<LearnerDefinition['create']> {
	const turn = (row: Float64Array, into: Float64Array | undefined): void => {
		if (into && row[0]! > 100) {
			into[0] = into[0]! > 0.5 ? 0.001 : 0.999;
		}
	};

	return {
		get learntCount() {
			return inner.learntCount;
		},
		get parameters() {
			return inner.parameters;
		},
		predictOne(row, into) {
			inner.predictOne(Float64Array.of(row[0]! % 100), into);
			turn(row, into);
		},
		learnOne(row, label, weight, expert, before) {
			inner.learnOne(Float64Array.of(row[0]! % 100), label, weight, expert, before);
			turn(row, before);
		},
		snapshot: () => inner.snapshot(),
	};
}

function feed(
	guard: DivergenceGuard,
	rng: Rng,
	count: number,
	{offset = 0, isNoise = false}: {offset?: number; isNoise?: boolean} = {},
): string[] {
	const states: string[] = [];
	for (let index = 0; index < count; index++) {
		const x = drawNormal(rng);
		const label = rng() < (isNoise ? 0.5 : sigmoid(3 * x)) ? 1 : 0;
		guard.learnOne(Float64Array.of(offset + 50 + x), label);
		states.push(guard.state);
	}

	return states;
}

test('a learner that becomes worse than the base rate is stopped within a window, and takes over again when it is good', t => {
	const guard = new DivergenceGuard(brittle, SHAPE, {window: WINDOW});
	const rng = createRng(1);
	t.false(feed(guard, rng, 3000).includes('stopped'));
	const broken = feed(guard, rng, 2 * WINDOW, {offset: 100});
	t.true(broken.includes('stopped') && broken.indexOf('stopped') < WINDOW, `stopped at ${broken.indexOf('stopped')}`);
	t.true(guard.losses.learner > guard.losses.baseRate);
	const mended = feed(guard, rng, 4 * WINDOW);
	t.is(mended.at(-1), 'learning');
	t.is(guard.learntCount, 3000 + 6 * WINDOW);
});

test('while it is stopped, the last good snapshot answers, and nothing that is learnt changes the answer', t => {
	const guard = new DivergenceGuard(brittle, SHAPE, {window: WINDOW});
	const rng = createRng(2);
	feed(guard, rng, 3000);
	const broken = createRng(3);
	while (guard.state === 'learning') {
		feed(guard, broken, 1, {offset: 100});
	}

	const [first, later, before] = [new Float64Array(1), new Float64Array(1), new Float64Array(1)];
	const published = guard.parameters.slice();
	guard.predictOne(Float64Array.of(51), first);
	t.true(first[0]! > 0.8, `${first[0]}`);
	feed(guard, broken, 50, {offset: 100});
	guard.predictOne(Float64Array.of(51), later);
	t.deepEqual(later, first);
	guard.learnOne(Float64Array.of(51), 1, 1, undefined, before);
	t.deepEqual(before, first);
	t.deepEqual(guard.parameters.slice(), published);
});

test('noise, rare events and a changed concept stop no mixture', t => {
	const noisy = new DivergenceGuard(linear, SHAPE);
	t.false(feed(noisy, createRng(4), 8000, {isNoise: true}).includes('stopped'));
	const rare = new DivergenceGuard(linear, SHAPE);
	const rng = createRng(5);
	for (let index = 0; index < 8000; index++) {
		rare.learnOne(Float64Array.of(drawNormal(rng)), rng() < 0.002 ? 1 : 0);
		t.is(rare.state, 'learning');
	}

	const changed = new DivergenceGuard(linear, SHAPE);
	for (let index = 0; index < 8000; index++) {
		const x = drawNormal(rng);
		changed.learnOne(Float64Array.of(x), rng() < sigmoid((index < 4000 ? 3 : -3) * x) ? 1 : 0);
		t.is(changed.state, 'learning', `label ${index}`);
	}
});

test('a snapshot taken at any time has the same bytes and the same future', t => {
	const guard = new DivergenceGuard(brittle, SHAPE, {window: WINDOW});
	const rng = createRng(6);
	feed(guard, rng, 2500);
	for (const offset of [100, 100, 0, 0, 0]) {
		const copy = DivergenceGuard.restore(brittle, SHAPE, guard.snapshot(), {window: WINDOW});
		t.deepEqual(copy.snapshot(), guard.snapshot());
		const seed = 10 + guard.learntCount;
		t.deepEqual(feed(copy, createRng(seed), WINDOW, {offset}), feed(guard, createRng(seed), WINDOW, {offset}));
		t.deepEqual(copy.snapshot(), guard.snapshot());
	}
});

test('bytes of something else are refused', t => {
	for (const bad of [new Uint8Array(0), new Uint8Array(64), linear.create(SHAPE).snapshot()]) {
		t.throws(() => DivergenceGuard.restore(linear, SHAPE, bad), {message: /guarded learner/v});
	}
});
