import test from 'ava';
import type {NumericColumn} from '../../../core/domain/index.ts';
import {createRng, drawNormal} from '../../../core/numerics/index.ts';
import {planNumeric, signedLog} from './numeric-input.ts';

const column = (count: number, value: (row: number) => number): NumericColumn => ({
	name: 'x',
	kind: 'numeric',
	values: Float64Array.from({length: count}, (_, row) => value(row)),
});

test('statistics come from the learnt rows alone', t => {
	const learnt = planNumeric(
		column(1000, row => row % 10),
		1000,
	).input;
	const withNewest = planNumeric(
		column(1500, row => (row < 1000 ? row % 10 : 1e6 + row)),
		1000,
	).input;
	t.deepEqual(withNewest, learnt);
	t.is(learnt.median, 4.5);
});

test('scaled values have mean 0 and deviation 1', t => {
	const rng = createRng(1);
	const {values, ...rest} = column(5000, () => 40 + 7 * drawNormal(rng));
	const {mean, inverseDeviation, signedLog: isLogarithmic} = planNumeric({...rest, values}, 5000).input;
	t.false(isLogarithmic);
	t.true(Math.abs(mean - 40) < 0.4);
	t.true(Math.abs(1 / inverseDeviation - 7) < 0.4);
});

test('one absurd reading does not set the scale', t => {
	const rng = createRng(1);
	const {input} = planNumeric(
		column(5000, row => (row === 77 ? 1e9 : drawNormal(rng))),
		5000,
	);
	t.true(input.inverseDeviation > 0.9);
});

test('a column with a heavy tail on one side is taken to logarithms, a symmetric or logarithmic one is not', t => {
	const rng = createRng(1);
	t.true(
		planNumeric(
			column(5000, () => Math.exp(10 + drawNormal(rng))),
			5000,
		).input.signedLog,
	);
	t.true(
		planNumeric(
			column(5000, () => -Math.exp(3 + drawNormal(rng))),
			5000,
		).input.signedLog,
		'negative too',
	);
	t.false(
		planNumeric(
			column(5000, () => drawNormal(rng)),
			5000,
		).input.signedLog,
	);
	t.false(
		planNumeric(
			column(5000, () => drawNormal(rng) ** 2 * 1e-4),
			5000,
		).input.signedLog,
		'the logarithm changes nothing near 0',
	);
});

test('the signed logarithm is odd and grows', t => {
	t.is(signedLog(0), 0);
	t.is(signedLog(-99), -signedLog(99));
	t.true(signedLog(1e12) > signedLog(1e11));
});

test('missing values are flagged above one in two hundred', t => {
	t.false(
		planNumeric(
			column(1000, row => (row < 5 ? Number.NaN : row)),
			1000,
		).input.missingFlag,
	);
	t.true(
		planNumeric(
			column(1000, row => (row < 6 ? Number.NaN : row)),
			1000,
		).input.missingFlag,
	);
});

test('a column without information stands still, with the reason', t => {
	for (const [values, reason] of [
		[() => 3, /constant \(3\)/v],
		[() => Number.NaN, /always missing/v],
		[row => row * 1e-40, /constant/v],
		[row => (row % 500 === 0 ? Number.NaN : 3), /constant \(3\)/v],
		[row => (row < 800 && row % 30 === 0 ? row : 0), /near-dead: 0 in 96\.\d % of the learnt and 100\.0 % of the newest/v],
		[row => (row < 800 && row % 30 === 0 ? row : Number.NaN), /near-dead: missing/v],
	] as [(row: number) => number, RegExp][]) {
		const {input, dropped} = planNumeric(column(1000, values), 800);
		t.regex(dropped ?? '', reason);
		t.is(input.inverseDeviation, 0);
		t.false(input.missingFlag);
		t.true(Number.isFinite(input.median));
	}
});

test('of a column with one value that is often missing, only the flag speaks', t => {
	const {input, dropped} = planNumeric(
		column(1000, row => (row % 2 === 0 ? 3 : Number.NaN)),
		800,
	);
	t.is(dropped, undefined);
	t.deepEqual([input.inverseDeviation, input.missingFlag], [0, true]);
});

test('a rare value stays if it is as frequent among the newest rows, and goes if it has all but vanished or come to life', t => {
	const rare = (learntEvery: number, newestEvery: number): NumericColumn =>
		column(5000, row => (row % (row < 4000 ? learntEvery : newestEvery) === 0 ? 1 : 0));
	t.is(planNumeric(rare(33, 33), 4000).dropped, undefined);
	t.is(planNumeric(rare(33, 25), 4000).dropped, undefined);
	t.truthy(planNumeric(rare(25, 500), 4000).dropped);
	t.truthy(planNumeric(rare(400, 30), 4000).dropped);
	t.truthy(planNumeric(rare(300, 300), 4000).dropped, 'too few rows to learn from');
});

test('without newest rows the last fifth of the learnt ones stands in', t => {
	t.truthy(
		planNumeric(
			column(5000, row => (row < 4000 && row % 30 === 0 ? 1 : 0)),
			5000,
		).dropped,
	);
	t.is(
		planNumeric(
			column(5000, row => (row % 30 === 0 ? 1 : 0)),
			5000,
		).dropped,
		undefined,
	);
});
