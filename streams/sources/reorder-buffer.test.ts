import test from 'ava';
import fc from 'fast-check';
import {ReorderBuffer, type Timed} from './reorder-buffer.ts';

function through(rows: readonly Timed[], rowsMax: number): Timed[] {
	const buffer = new ReorderBuffer<Timed>(rowsMax);
	return [...rows.flatMap(row => buffer.push(row) ?? []), ...buffer.drain()];
}

const rowsOf = (times: readonly number[]): Timed[] => times.map((time, line) => ({time, line}));

test('sorts what fits into the buffer, ties by line', t => {
	fc.assert(
		fc.property(fc.array(fc.integer({min: 0, max: 20}), {maxLength: 60}), times => {
			const rows = rowsOf(times);
			t.deepEqual(
				through(rows, 60),
				rows.toSorted((a, b) => a.time - b.time || a.line - b.line),
			);
		}),
		{seed: 1},
	);
});

test('a row at most rowsMax places late comes out in order, for any disorder of that size', t => {
	fc.assert(
		fc.property(fc.array(fc.integer({min: 0, max: 5}), {maxLength: 200}), lateness => {
			const rows = lateness
				.map((late, index) => ({time: index, line: index, place: index + late}))
				.toSorted((a, b) => a.place - b.place || a.line - b.line);
			t.deepEqual(
				through(rows, 5).map(({time}) => time),
				lateness.map((_, index) => index),
			);
		}),
		{seed: 1},
	);
});

test('loses no row and holds no more than rowsMax', t => {
	const buffer = new ReorderBuffer<Timed>(3);
	t.is(rowsOf([9, 8, 7, 6, 5]).filter(row => buffer.push(row) !== undefined).length, 2);
	t.is([...buffer.drain()].length, 3);
	t.deepEqual(
		through(rowsOf([2, 1]), 0).map(({time}) => time),
		[2, 1],
	);
});
