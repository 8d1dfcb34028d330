/** Tests of two samples: right level without drift, power with it, and nothing said where nothing can be. */
import test from 'ava';
import {TWO_SAMPLE_NAMES} from '../../core/domain/index.ts';
import {createRng, drawNormal} from '../../core/numerics/index.ts';
import {RowSample} from './row-sample.ts';
import {needsValues, TWO_SAMPLE_TESTS, type ComparedSamples} from './two-sample.ts';

const ROWS = 5000;

/** Quantiles and quarter bins of a normal reference, and a window of `count` normal values `shift` higher. */
function samplesOf(seed: number, {shift = 0, count = 512}: {shift?: number; count?: number} = {}): ComparedSamples {
	const rng = createRng(seed);
	const reference = Float64Array.from({length: ROWS}, () => drawNormal(rng)).sort();
	const window = Float64Array.from({length: count}, () => drawNormal(rng) + shift);
	const edges = [0.25, 0.5, 0.75].map(q => reference[q * ROWS]!);
	const countsOf = (values: Float64Array): number[] => {
		const counts = [0, 0, 0, 0, 0];
		for (const value of values) {
			counts[edges.filter(edge => value >= edge).length]!++;
		}

		return counts;
	};

	const quantiles = Float64Array.from({length: 256}, (_, index) => reference[Math.floor(((index + 0.5) * ROWS) / 256)]!);
	return {bins: [countsOf(reference), countsOf(window)], values: {quantiles, referenceCount: ROWS, window}};
}

test('the spec can name each test, and the index that is always there', t => {
	t.deepEqual([...TWO_SAMPLE_NAMES], ['psi', ...TWO_SAMPLE_TESTS.map(({name}) => name)]);
	t.deepEqual(
		TWO_SAMPLE_NAMES.filter(name => needsValues([name])),
		['ks', 'wasserstein', 'mmd', 'c2st'],
	);
});

for (const {name, compare, source, summary} of TWO_SAMPLE_TESTS) {
	test(`${name}: chance is not drift, and half a standard deviation is no chance`, t => {
		const permutations = 199;
		const probabilityOf = (seed: number, shift: number): number | undefined =>
			compare(samplesOf(seed, {shift}), {permutations})?.probability;
		if (name === 'wasserstein') {
			t.is(probabilityOf(1, 3), undefined);
			t.true(compare(samplesOf(1, {shift: 2}), {permutations})!.statistic > 1.9);
			t.true(compare(samplesOf(1), {permutations})!.statistic < 0.2);
			return;
		}

		const seeds = Array.from({length: 40}, (_, index) => index + 1);
		t.true(
			seeds.filter(seed => probabilityOf(seed, 0)! <= 0.05).length <= 6,
			'at a level of 5 %, more than 6 of 40 come once in 70 times',
		);
		t.true(seeds.filter(seed => probabilityOf(seed, 0.5)! <= 0.01).length >= 30);
	});

	test(`${name}: one input gives one answer, few values give none`, t => {
		const samples = samplesOf(3, {shift: 0.1});
		t.deepEqual(compare(samples, {permutations: 199}), compare(samples, {permutations: 199}));
		if (needsValues([name])) {
			t.is(compare({bins: samples.bins}, {permutations: 199}), undefined);
			t.is(compare(samplesOf(1, {count: 19}), {permutations: 199}), undefined);
		} else {
			t.is(compare({bins: [samples.bins[0], [0, 0, 0, 0, 0]]}, {permutations: 199}), undefined);
		}

		t.regex(source, /\d{4}/v);
		t.regex(summary, /\.$/v);
	});
}

test('every row of a window has the same chance to be in the sample, and a restart changes none', t => {
	const [rowsMax, rows] = [50, 500];
	const drawn = new Float64Array(rows);
	for (let seed = 1; seed <= 400; seed++) {
		const [whole, first] = [new RowSample({width: 1, rowsMax, seed}), new RowSample({width: 1, rowsMax, seed})];
		const restored = new RowSample({width: 1, rowsMax, seed});
		for (let row = 0; row < rows; row++) {
			whole.add([row]);
			if (row < 77) {
				first.add([row]);
			} else if (row === 77) {
				t.true(restored.load(first.state(), 77));
			}

			if (row >= 77) {
				restored.add([row]);
			}
		}

		t.deepEqual(restored.state(), whole.state());
		for (const row of whole.column(0)) {
			drawn[row]!++;
		}
	}

	// 40 times each on average; in tenths of the window, 2,000 times with a standard deviation of 42.
	for (let tenth = 0; tenth < 10; tenth++) {
		const times = drawn.subarray(50 * tenth, 50 * tenth + 50).reduce((sum, count) => sum + count, 0);
		t.true(Math.abs(times - 2000) < 5 * 42, `${times}`);
	}

	t.false(new RowSample({width: 1, rowsMax, seed: 1}).load(Float64Array.of(1, 2), 3));
});
