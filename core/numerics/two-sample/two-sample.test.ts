/** Two-sample tests agree with scipy, keep their level, and see what they are for. */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {ROOT} from '../../../tests/sources.ts';
import {binOf, decileEdges, psi} from '../psi.ts';
import {createRng, drawNormal} from '../random.ts';
import {benjaminiHochberg} from './benjamini-hochberg.ts';
import {classifierTest} from './classifier-test.ts';
import {jensenShannonDivergence} from './jensen-shannon.ts';
import {asymptoticTail, exactTail, kolmogorovSmirnov} from './kolmogorov-smirnov.ts';
import {maximumMeanDiscrepancy} from './maximum-mean-discrepancy.ts';
import {psiNullQuantile} from './psi-null-quantile.ts';
import {wassersteinDistance} from './wasserstein.ts';

interface Tail {
	readonly D: number;
	readonly p_exact: number;
	readonly p_asymp: number;
}

interface Golden {
	readonly 'n=m=30': readonly Tail[];
	readonly 'n=m=50': readonly Tail[];
	readonly 'n=m=100': readonly Tail[];
	readonly lcg: Tail & {readonly wasserstein: number};
	readonly psi_lcg: {readonly psi: number; readonly inner_edges: readonly number[]; readonly pb: readonly number[]};
	readonly js_divergence_nats_same_bins: number;
	readonly mmd_rbf_unbiased: {readonly median_sq_dist: number; readonly mmd2: number; readonly mmd2_sigma2_1: number};
}

const golden = JSON.parse(readFileSync(path.join(ROOT, 'tests/golden/two-sample.json'), 'utf8')) as Golden;

function uniforms(seed: number, counts: readonly number[]): Float64Array[] {
	let state = seed;
	return counts.map(count => Float64Array.from({length: count}, () => (state = (1_664_525 * state + 1_013_904_223) % 2 ** 32) / 2 ** 32));
}

const isNear = (actual: number, expected: number, relative = 1e-9): boolean => Math.abs(actual - expected) <= relative * Math.abs(expected);
const [sampleA, drawnB] = uniforms(11, [200, 150]) as [Float64Array, Float64Array];
const sampleB = drawnB.map(value => value ** 1.2);

for (const count of [30, 50, 100] as const) {
	test(`kolmogorovSmirnov has the probabilities of scipy at ${count} values a sample, down to the smallest`, t => {
		for (const {D: distance, p_exact: exact, p_asymp: asymptotic} of golden[`n=m=${count}`]) {
			t.true(
				isNear(exactTail(distance, count, count), exact, 1e-6),
				`exact ${distance}: ${exactTail(distance, count, count)} ${exact}`,
			);
			t.true(
				isNear(asymptoticTail(distance, count / 2), asymptotic, 1e-6),
				`asymptotic ${distance}: ${asymptoticTail(distance, count / 2)} ${asymptotic}`,
			);
		}
	});
}

test('kolmogorovSmirnov and wassersteinDistance agree with scipy on samples of unequal length', t => {
	const {statistic, probability} = kolmogorovSmirnov(sampleA, sampleB);
	t.true(isNear(statistic, golden.lcg.D));
	t.true(isNear(probability, golden.lcg.p_exact));
	t.true(isNear(kolmogorovSmirnov(sampleA, sampleB, 'asymptotic').probability, golden.lcg.p_asymp, 1e-6));
	t.true(isNear(wassersteinDistance(sampleA, sampleB), golden.lcg.wasserstein));
});

test('psi and jensenShannonDivergence agree with the reference in its deciles', t => {
	const edges = decileEdges(sampleA);
	t.true(edges.every((edge, index) => isNear(edge, golden.psi_lcg.inner_edges[index]!)));
	const countIn = (values: Float64Array): number[] => {
		const counts = Array.from({length: 10}, () => 0);
		for (const value of values) {
			counts[binOf(edges, value)]!++;
		}

		return counts;
	};

	const [a, b] = [countIn(sampleA), countIn(sampleB)];
	t.deepEqual(
		b.map(count => (count / 150).toFixed(9)),
		golden.psi_lcg.pb.map(share => share.toFixed(9)),
	);
	t.true(isNear(psi(a, b), golden.psi_lcg.psi));
	t.true(isNear(jensenShannonDivergence(a, b), golden.js_divergence_nats_same_bins));
});

test('maximumMeanDiscrepancy agrees with the reference, with the median bandwidth and a given one', t => {
	const [first, drawn] = uniforms(12, [240, 180]) as [Float64Array, Float64Array];
	const second = drawn.map(value => value + 0.15);
	const {statistic, squaredBandwidth, probability} = maximumMeanDiscrepancy(first, second, {width: 3});
	t.true(isNear(squaredBandwidth, golden.mmd_rbf_unbiased.median_sq_dist));
	t.true(isNear(statistic, golden.mmd_rbf_unbiased.mmd2));
	t.is(probability, 0.005);
	const fixed = maximumMeanDiscrepancy(first, second, {width: 3, squaredBandwidth: 1, permutations: 0});
	t.true(isNear(fixed.statistic, golden.mmd_rbf_unbiased.mmd2_sigma2_1));
	t.is(fixed.probability, 1);
});

test('kolmogorovSmirnov: the exact probability of small samples is the share of orders that are as far apart', t => {
	const orders = (zeros: number, ones: number): number[][] =>
		zeros + ones === 0
			? [[]]
			: [
					...(zeros > 0 ? orders(zeros - 1, ones).map(rest => [0, ...rest]) : []),
					...(ones > 0 ? orders(zeros, ones - 1).map(rest => [1, ...rest]) : []),
				];
	const all = orders(4, 6).map(order => kolmogorovSmirnov(placesOf(order, 0), placesOf(order, 1)).statistic);
	for (const distance of new Set(all)) {
		const share = all.filter(other => other >= distance - 1e-9).length / all.length;
		t.true(isNear(exactTail(distance, 4, 6), share), `${distance}`);
	}
});

function placesOf(order: readonly number[], sample: number): number[] {
	return order.flatMap((item, place) => (item === sample ? [place] : []));
}

test('kolmogorovSmirnov: exact and limit meet at 10,000 values', t => {
	const distance = 0.0192;
	t.true(isNear(asymptoticTail(distance, 5000), exactTail(distance, 10_000, 10_000), 0.03));
});

test('distances: symmetric, 0 on the same sample, unmoved by what is not finite', t => {
	const sample = fc.array(fc.integer({min: -5, max: 5}), {minLength: 1, maxLength: 30});
	fc.assert(
		fc.property(sample, sample, (a, b) => {
			for (const distance of [wassersteinDistance, (x: number[], y: number[]) => kolmogorovSmirnov(x, y).statistic]) {
				t.is(distance(a, a), 0);
				t.true(Math.abs(distance(a, b) - distance(b, a)) < 1e-12);
				t.is(distance([...a, Number.NaN, Infinity], b), distance(a, b));
			}

			t.true(kolmogorovSmirnov(a, b).probability > 0 && kolmogorovSmirnov(a, b).probability <= 1 + 1e-12);
		}),
		{seed: 1, numRuns: 60},
	);
	t.is(kolmogorovSmirnov([], [1]).probability, 1);
	t.is(wassersteinDistance([], [1]), Number.NaN);
	t.is(jensenShannonDivergence([0, 0], [1, 1]), Number.NaN);
	t.true(Number.isFinite(wassersteinDistance([1e300, -1e300], [0, 1])));
});

/** Share of 300 pairs of samples of one distribution that a test calls different at 5 %. */
function level(probabilityOf: (a: Float64Array, b: Float64Array, run: number) => number): number {
	const rng = createRng(8);
	let called = 0;
	for (let run = 0; run < 300; run++) {
		const draw = (): Float64Array => Float64Array.from({length: 80}, () => drawNormal(rng));
		called += probabilityOf(draw(), draw(), run) <= 0.05 ? 1 : 0;
	}

	return called / 300;
}

test('each test keeps its level: 5 % of samples without a difference are called different', t => {
	const levels = {
		kolmogorovSmirnov: level((a, b) => kolmogorovSmirnov(a, b).probability),
		discrepancy: level((a, b, seed) => maximumMeanDiscrepancy(a, b, {width: 2, permutations: 99, seed}).probability),
		classifier: level((a, b, seed) => classifierTest(a, b, {width: 2, seed}).probability),
	};
	for (const [name, share] of Object.entries(levels)) {
		t.true(share <= 0.05 + 3 * Math.sqrt((0.05 * 0.95) / 300), `${name}: ${share}`);
	}
});

test('psiNullQuantile: 1 % of pairs without a difference are above it', t => {
	const rng = createRng(4);
	const quantile = psiNullQuantile({binCount: 10, referenceCount: 2000, count: 1000, alpha: 0.01});
	let above = 0;
	for (let run = 0; run < 2000; run++) {
		const countIn = (total: number): number[] => {
			const counts = Array.from({length: 10}, () => 0);
			for (let drawn = 0; drawn < total; drawn++) {
				counts[Math.floor(rng() * 10)]!++;
			}

			return counts;
		};

		above += psi(countIn(2000), countIn(1000)) > quantile ? 1 : 0;
	}

	t.true(above >= 8 && above <= 36, `${above} of 2000`);
});

test('maximumMeanDiscrepancy and classifierTest see spread; the first also a dependence between columns', t => {
	const rng = createRng(2);
	const rows = (make: () => number[]): Float64Array => Float64Array.from(Array.from({length: 150}, make).flat());
	const plain = rows(() => [drawNormal(rng), drawNormal(rng)]);
	const wide = rows(() => [2 * drawNormal(rng), drawNormal(rng)]);
	const linked = rows(() => {
		const x = drawNormal(rng);
		return [x, 0.95 * x + 0.3 * drawNormal(rng)];
	});
	t.true(maximumMeanDiscrepancy(plain, wide, {width: 2}).probability <= 0.01);
	t.true(classifierTest(plain, wide, {width: 2}).area.low > 0.5);
	t.true(maximumMeanDiscrepancy(plain, linked, {width: 2}).probability <= 0.01);
});

test('maximumMeanDiscrepancy and classifierTest stay finite on missing, constant and huge values', t => {
	const first = Float64Array.from({length: 60}, (_, index) => (index % 3 === 0 ? 1e300 : index % 7));
	const second = Float64Array.from({length: 60}, (_, index) => (index % 4 === 0 ? -1e300 : index % 5));
	const missing = first.map((value, index) => (index % 2 === 0 ? Number.NaN : value));
	const constant = new Float64Array(60).fill(3);
	for (const [a, b] of [
		[first, second],
		[constant, constant],
		[missing, second],
	] as const) {
		const {statistic, probability} = maximumMeanDiscrepancy(a, b, {width: 2 - (a === missing ? 1 : 0), permutations: 19});
		t.true(Number.isFinite(statistic) && probability > 0 && probability <= 1);
		const {area, probability: chance} = classifierTest(a, b, {width: 1});
		t.true(area.low <= area.estimate && area.estimate <= area.high && chance >= 0 && chance <= 1);
	}

	t.true(classifierTest(missing, first, {width: 1}).probability < 0.05, 'a column that goes missing is seen');
	t.throws(() => maximumMeanDiscrepancy(new Float64Array(2001), constant, {width: 1}), {name: 'AssertionError'});
});

test('benjaminiHochberg: of 1,000 tests of which 900 see nothing, 9 % of those called at 10 % are false, on average', t => {
	const rng = createRng(6);
	let falseShare = 0;
	for (let run = 0; run < 50; run++) {
		const probabilities = Array.from({length: 1000}, (_, index) => (index < 900 ? rng() : 0.0005 * rng()));
		const adjusted = benjaminiHochberg(probabilities);
		const called = [...adjusted.keys()].filter(index => adjusted[index]! <= 0.1);
		t.true(called.length >= 100);
		falseShare += called.filter(index => index < 900).length / called.length / 50;
	}

	t.true(falseShare > 0.08 && falseShare < 0.1, `${falseShare}`);
	t.deepEqual([...benjaminiHochberg([Number.NaN, 0.02, 0.03])], [Number.NaN, 0.03, 0.03]);
});
