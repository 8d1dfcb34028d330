import test from 'ava';
import {planCategorical} from './categorical-input.ts';

const plan = (categories: readonly string[], code: (row: number) => number, rows = 1000): ReturnType<typeof planCategorical> =>
	planCategorical({name: 'x', kind: 'categorical', categories, values: Int32Array.from({length: rows}, (_, row) => code(row))}, rows);

test('equal counts are ordered by name, so that the order of appearance does not matter', t => {
	t.deepEqual(plan(['b', 'a'], row => row % 2)?.vocabulary, plan(['a', 'b'], row => row % 2)?.vocabulary);
	t.deepEqual(plan(['b', 'a'], row => row % 2)?.vocabulary, ['a', 'b']);
});

test('a value with nine rows has no vector of its own, one with ten has', t => {
	t.deepEqual(plan(['a', 'b', 'c'], row => (row < 9 ? 1 : row < 19 ? 2 : 0))?.vocabulary, ['a', 'c']);
});

test('rows after the learnt ones do not count', t => {
	const values = Int32Array.from({length: 200}, (_, row) => (row < 100 ? row % 2 : 2));
	t.deepEqual(planCategorical({name: 'x', kind: 'categorical', categories: ['a', 'b', 'c'], values}, 100)?.vocabulary, ['a', 'b']);
});

test('nothing is planned where nothing can be learnt', t => {
	t.is(
		plan(['a'], () => 0),
		undefined,
	);
	t.is(
		plan([], () => -1),
		undefined,
	);
	t.deepEqual(plan(['a'], row => (row % 2) - 1)?.vocabulary, ['a'], 'present or missing is something');
});

test('the vocabulary and the width are bounded', t => {
	const many = plan(
		Array.from({length: 1200}, (_, index) => `value ${index}`),
		row => row % 1200,
		12_000,
	);
	t.is(many?.vocabulary.length, 1000);
	t.is(many?.width, 16);
	t.is(plan(['a', 'b', 'c'], row => row % 3)?.width, 3);
});
