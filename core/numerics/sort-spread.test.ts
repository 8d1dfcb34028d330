/** Sorting by parts gives what the usual sort gives, however the numbers lie. */
import test from 'ava';
import fc from 'fast-check';
import {createRng, drawNormal} from './index.ts';
import {sortSpread} from './sort-spread.ts';

test('any numbers come out as from the usual sort', t => {
	const numbers = fc.array(fc.double({noNaN: true}), {maxLength: 300});
	const close = fc.array(fc.integer({min: 0, max: 40}), {maxLength: 300});
	fc.assert(
		fc.property(fc.oneof(numbers, close), list => {
			const sorted = sortSpread(Float64Array.from(list));
			const usual = Float64Array.from(list).sort();
			t.true(sorted.every((value, index) => value === usual[index]!));
		}),
		{seed: 1},
	);
});

test('even, normal, tied and long-tailed scores come out as from the usual sort', t => {
	const rng = createRng(1);
	const draws = [() => rng(), () => drawNormal(rng), () => Math.floor(10 * rng()), () => 1 / rng(), () => 0.5];
	for (const draw of draws) {
		const values = Float64Array.from({length: 5000}, draw);
		t.deepEqual(sortSpread(values.slice()), values.slice().sort());
	}
});
