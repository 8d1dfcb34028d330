/** The chi-square distribution against printed tables and closed forms; the test of homogeneity against its textbook form. */
import test from 'ava';
import fc from 'fast-check';
import {chiSquareHomogeneity, chiSquareTail, logGamma} from './chi-square.ts';

/** Probability above, degrees of freedom, quantile as scipy.stats.chi2.isf prints it. */
const TABLE = [
	[0.05, 1, 3.841_458_820_694_124],
	[0.01, 9, 21.665_994_333_461_924],
	[0.5, 2, 2 * Math.LN2],
	[0.001, 50, 86.660_815_190_4],
	[0.01, 100, 135.806_723_171_03],
	[0.95, 3, 0.351_846_317_749_27],
] as const;

for (const [probability, degrees, quantile] of TABLE) {
	test(`the tail above ${quantile} at ${degrees} degrees of freedom is the table's ${probability}`, t => {
		t.true(Math.abs(chiSquareTail(quantile, degrees) / probability - 1) < 1e-10);
	});
}

test('two degrees of freedom are an exponential distribution, far into the tail', t => {
	fc.assert(
		fc.property(fc.double({min: 0.001, max: 1400, noNaN: true}), x => {
			t.true(Math.abs(chiSquareTail(x, 2) / Math.exp(-x / 2) - 1) < 1e-10);
		}),
		{seed: 1},
	);
});

test('the tail falls from 1 to 0', t => {
	const sizes = [
		fc.double({min: 0, max: 400, noNaN: true}),
		fc.double({min: 0.01, max: 10, noNaN: true}),
		fc.integer({min: 1, max: 200}),
	] as const;
	fc.assert(
		fc.property(...sizes, (x, step, degrees) => {
			t.true(chiSquareTail(x + step, degrees) <= chiSquareTail(x, degrees) + 1e-12);
		}),
		{seed: 1},
	);
	t.is(chiSquareTail(0, 3), 1);
	t.is(chiSquareTail(-1, 3), 1);
	t.true(chiSquareTail(5000, 3) < 1e-300);
});

test('logGamma is the logarithm of the factorial', t => {
	t.true(Math.abs(logGamma(11) - Math.log(3_628_800)) < 1e-12);
	t.true(Math.abs(logGamma(0.5) - Math.log(Math.sqrt(Math.PI))) < 1e-12);
	t.true(Math.abs(logGamma(0.25) - 1.288_022_524_698_077) < 1e-12);
});

test('homogeneity is the sum of (observed - expected) squared over expected, in both samples', t => {
	const counts = fc.array(fc.tuple(fc.integer({min: 1, max: 500}), fc.integer({min: 1, max: 500})), {minLength: 2, maxLength: 20});
	fc.assert(
		fc.property(counts, pairs => {
			const first = pairs.map(([a]) => a);
			const second = pairs.map(([, b]) => b);
			const [n, m] = [first, second].map(values => values.reduce((sum, value) => sum + value, 0)) as [number, number];
			const distance = (observed: number, expected: number): number => (observed - expected) ** 2 / expected;
			const statistic = pairs.reduce(
				(sum, [a, b]) => sum + distance(a, ((a + b) * n) / (n + m)) + distance(b, ((a + b) * m) / (n + m)),
				0,
			);
			const found = chiSquareHomogeneity(first, second);
			t.true(Math.abs(found.statistic - statistic) < 1e-9 * Math.max(1, statistic));
			t.is(found.degrees, pairs.length - 1);
		}),
		{seed: 1},
	);
});

test('empty samples, and bins that nobody fills, say nothing', t => {
	t.deepEqual(chiSquareHomogeneity([0, 0], [3, 4]), {statistic: 0, degrees: 0, probability: 1});
	t.deepEqual(chiSquareHomogeneity([5, 0], [9, 0]), {statistic: 0, degrees: 0, probability: 1});
	t.is(chiSquareHomogeneity([5, 0, 5], [9, 0, 2]).degrees, 1);
});
