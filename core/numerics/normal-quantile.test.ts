import test from 'ava';
import {normalQuantile} from './normal-quantile.ts';

test('agrees with scipy.special.ndtri 1.10 from the centre to the far tail', t => {
	const expected: readonly [number, number][] = [
		[1e-300, -37.0470962993612],
		[1e-20, -9.262340089798409],
		[1e-10, -6.361340902404056],
		[1e-5, -4.264890793922825],
		[0.01, -2.3263478740408408],
		[0.3, -0.5244005127080409],
		[0.9999, 3.719016485455709],
		[1 - 1e-12, 7.0344869100478356],
	];
	for (const [p, z] of expected) {
		t.true(Math.abs(normalQuantile(p) / z - 1) < 1e-14, `${p}: ${normalQuantile(p)}`);
	}
});

test('ends at infinity, is odd about a half, and has no value outside [0, 1]', t => {
	t.deepEqual([normalQuantile(0), normalQuantile(1), normalQuantile(0.5)], [-Infinity, Infinity, 0]);
	for (const p of [0.001, 0.07, 0.075, 0.25, 0.49]) {
		t.true(Math.abs(normalQuantile(p) + normalQuantile(1 - p)) < 1e-13);
	}

	t.true([-0.1, 1.1, Number.NaN].every(p => Number.isNaN(normalQuantile(p))));
});
