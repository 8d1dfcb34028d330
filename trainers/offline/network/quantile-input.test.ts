import test from 'ava';
import fc from 'fast-check';
import {createRng, drawNormal, momentsOf} from '../../../core/numerics/index.ts';
import {planQuantiles, scoreOf, slopeAt, type QuantileInput} from './quantile-input.ts';

function planOf(values: readonly number[], trainRows = values.length, isEmbedded = false): QuantileInput {
	const plan = planQuantiles({name: 'x', kind: 'numeric', values: Float64Array.from(values)}, trainRows, isEmbedded);
	if ('dropped' in plan) {
		throw new Error(plan.dropped);
	}

	return plan.input;
}

const rng = createRng(1);
const heavy = Array.from({length: 3000}, () => Math.exp(3 * drawNormal(rng)));

test('the scores of the learnt rows are standard, however heavy the tail', t => {
	const input = planOf(heavy);
	const {mean, deviation, skewness} = momentsOf(Float64Array.from(heavy, value => scoreOf(value, input)));
	t.true(Math.abs(mean) < 1e-3 && Math.abs(deviation - 1) < 1e-3 && Math.abs(skewness) < 0.2, `${mean} ${deviation} ${skewness}`);
	t.is(input.knots.length, 100);
});

test('a rise of a value never lowers its score; beyond the knots the score is level', t => {
	const input = planOf(heavy);
	fc.assert(
		fc.property(fc.double({noNaN: true}), fc.double({noNaN: true}), (a, b) => {
			const [low, high] = [scoreOf(Math.min(a, b), input), scoreOf(Math.max(a, b), input)];
			t.true(input.scores[0]! <= low && low <= high && high <= input.scores.at(-1)! + 1e-6);
		}),
		{seed: 1, numRuns: 500},
	);
});

test('knots have the scores that they are given, to the last bit but one', t => {
	const input = planOf(heavy);
	for (const [index, knot] of input.knots.entries()) {
		t.true(Math.abs(scoreOf(knot, input) - input.scores[index]!) <= 4 * 2 ** -24 * Math.max(1, Math.abs(input.scores[index]!)));
	}
});

test('equal values share the middle of their ranks: a flag of one in four', t => {
	const input = planOf(Array.from({length: 400}, (_, row) => (row % 4 === 0 ? 1 : 0)));
	t.deepEqual([...input.knots], [0, 1]);
	const {mean, deviation} = momentsOf(Float64Array.from({length: 400}, (_, row) => scoreOf(row % 4 === 0 ? 1 : 0, input)));
	t.true(Math.abs(mean) < 1e-6 && Math.abs(deviation - 1) < 1e-3);
});

test('extreme and close values leave no number that is not finite', t => {
	const values = Array.from({length: 600}, (_, row) => [1e300, -1e300, 5e-324, 0, 1e-40, Infinity, Number.NaN, 3][row % 8]!);
	const input = planOf(values, 600, true);
	t.true(input.missingFlag);
	for (let knot = 0; knot + 1 < input.knots.length; knot++) {
		t.true(Number.isFinite(slopeAt(knot, input)));
	}

	for (const value of [...values, -Infinity, 1e-310]) {
		t.true(Number.isNaN(value) || Number.isFinite(scoreOf(value, input)), `${value}`);
	}
});

test('a column with one value that is often missing keeps its flag and a level score', t => {
	const input = planOf(Array.from({length: 300}, (_, row) => (row % 3 === 0 ? Number.NaN : 7)));
	t.true(input.missingFlag);
	t.deepEqual([scoreOf(7, input), scoreOf(100, input), input.edges.length], [0, 0, 0]);
});

test('edges ascend strictly over the scores; two values have none', t => {
	const {edges, scores} = planOf(heavy, heavy.length, true);
	t.is(edges.length, 33);
	t.true(edges.every((edge, index) => index === 0 || edge > edges[index - 1]!));
	t.true(edges[0]! >= scores[0]! && edges.at(-1)! <= scores.at(-1)!);
	t.is(
		planOf(
			Array.from({length: 100}, (_, row) => row % 2),
			100,
			true,
		).edges.length,
		0,
	);
});

test('rows after the learnt ones do not count, and a column that is constant is dropped', t => {
	t.deepEqual(planOf([...heavy, 1e9, 1e9], heavy.length), planOf(heavy));
	t.deepEqual(planQuantiles({name: 'x', kind: 'numeric', values: new Float64Array(50).fill(4)}, 40, true), {
		dropped: 'it is constant (4)',
	});
});
