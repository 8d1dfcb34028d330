/** The best split of a leaf against one found by trying everything. */
import test from 'ava';
import fc from 'fast-check';
import {addOne, addTwo, subtract} from './histogram.ts';
import {leafGain, Split, SplitSearch, type LeafSums, type SplitRules} from './split.ts';

const RULES: SplitRules = {minimumLeafRows: 2, minimumLeafHessian: 1e-3, l2: 0.5, categorySmoothing: 1, categoryL2: 3};

interface Row {
	readonly code: number;
	readonly gradient: number;
	readonly hessian: number;
}

const CODES = 9;
const rows = fc.array(
	fc.record({
		code: fc.integer({min: 0, max: CODES - 1}),
		gradient: fc.integer({min: -8, max: 8}).map(value => value / 8),
		hessian: fc.integer({min: 1, max: 8}).map(value => value / 32),
	}),
	{minLength: 4, maxLength: 60},
);

function sumsOf(chosen: readonly Row[]): LeafSums {
	return {
		gradient: chosen.reduce((sum, {gradient}) => sum + gradient, 0),
		hessian: chosen.reduce((sum, {hessian}) => sum + hessian, 0),
		rows: chosen.length,
	};
}

function histogramOf(all: readonly Row[], binCount = CODES): {feature: number; values: Float64Array; at: number; binCount: number} {
	const values = new Float64Array(3 * binCount);
	for (const {code, gradient, hessian} of all) {
		values[3 * code]! += gradient;
		values[3 * code + 1]! += hessian;
		values[3 * code + 2]!++;
	}

	return {feature: 4, values, at: 0, binCount};
}

/** Gain of putting these codes on the left; 0 where a rule forbids it. */
function gainOf(all: readonly Row[], left: ReadonlySet<number>, l2: number): number {
	const [one, other] = [sumsOf(all.filter(({code}) => left.has(code))), sumsOf(all.filter(({code}) => !left.has(code)))];
	const isAllowed =
		Math.min(one.rows, other.rows) >= RULES.minimumLeafRows && Math.min(one.hessian, other.hessian) >= RULES.minimumLeafHessian;
	const whole = sumsOf(all);
	const gain = leafGain(one.gradient, one.hessian, l2) + leafGain(other.gradient, other.hessian, l2);
	return isAllowed ? Math.max(0, gain - leafGain(whole.gradient, whole.hessian, RULES.l2)) : 0;
}

function upTo(count: number): number[] {
	return Array.from({length: count}, (_, code) => code);
}

test('numeric: as good as the best of all edges, with missing values on either side, and the sums are those of its left rows', t => {
	const missing = CODES - 1;
	fc.assert(
		fc.property(rows, all => {
			const best = new Split();
			new SplitSearch(RULES).searchNumeric(histogramOf(all), sumsOf(all), best);
			const lefts = upTo(missing).flatMap(bin => [new Set(upTo(bin + 1)), new Set([...upTo(bin + 1), missing])]);
			const expected = Math.max(...lefts.map(left => gainOf(all, left, RULES.l2)));
			t.true(Math.abs(best.gain - (expected > 1e-9 ? expected : 0)) < 1e-9, `${best.gain} against ${expected}`);
			if (best.gain > 0) {
				const left = sumsOf(all.filter(({code}) => (code === missing ? best.missingLeft : code <= best.bin)));
				const isMissing = all.some(({code}) => code === missing);
				t.is(best.leftRows, isMissing ? left.rows : all.filter(({code}) => code <= best.bin).length);
				t.true(Math.abs(best.leftGradient - left.gradient) < 1e-9);
				t.is(best.feature, 4);
			}
		}),
		{seed: 1, numRuns: 500},
	);
});

test('numeric: without missing values they are sent where most rows go', t => {
	const many = [0, 0, 0, 0, 1, 1].map(code => ({code, gradient: code === 0 ? 1 : -1, hessian: 0.25}));
	const best = new Split();
	new SplitSearch(RULES).searchNumeric(histogramOf(many), sumsOf(many), best);
	t.true(best.missingLeft);
	const few = many.map(({code, gradient, hessian}) => ({code: 1 - code, gradient, hessian}));
	best.clear();
	new SplitSearch(RULES).searchNumeric(histogramOf(few), sumsOf(few), best);
	t.false(best.missingLeft);
});

test('categorical: with few codes, the best of each against all others', t => {
	fc.assert(
		fc.property(rows, drawn => {
			const all = drawn.map(row => ({...row, code: row.code % 4}));
			const best = new Split();
			new SplitSearch(RULES).searchCategorical(histogramOf(all, 4), sumsOf(all), best);
			const expected = Math.max(...upTo(4).map(code => gainOf(all, new Set([code]), RULES.l2)));
			t.true(Math.abs(best.gain - (expected > 1e-9 ? expected : 0)) < 1e-9);
		}),
		{seed: 2, numRuns: 200},
	);
});

test('categorical: with many codes, as good as any two groups of codes where the pulls on them are equal, and the left set is what was summed', t => {
	fc.assert(
		fc.property(fc.array(fc.integer({min: -6, max: 6}), {minLength: 5, maxLength: 7}), gradients => {
			// Every code has 100 rows and the same second derivatives: the order by mean answer is exact then (Fisher 1958).
			const all = gradients.flatMap((gradient, code) =>
				Array.from({length: 100}, () => ({code, gradient: gradient / 8, hessian: 0.125})),
			);
			const best = new Split();
			new SplitSearch(RULES).searchCategorical(histogramOf(all, gradients.length), sumsOf(all), best);
			const masks = upTo(2 ** gradients.length).map(mask => new Set(upTo(gradients.length).filter(code => (mask >>> code) & 1)));
			const expected = Math.max(...masks.map(left => gainOf(all, left, RULES.l2 + RULES.categoryL2)));
			t.true(Math.abs(best.gain - (expected > 1e-9 ? expected : 0)) < 1e-6, `${best.gain} against ${expected}`);
			if (best.gain > 0) {
				const left = new Set(upTo(gradients.length).filter(code => (best.leftSet[0]! >>> code) & 1));
				t.true(Math.abs(gainOf(all, left, RULES.l2 + RULES.categoryL2) - best.gain) < 1e-6);
				t.is(best.leftRows, 100 * left.size);
			}
		}),
		{seed: 3, numRuns: 200},
	);
});

test('of equal splits the earlier feature wins, in whatever order they are looked at', t => {
	const [early, late] = [new Split(), new Split()];
	Object.assign(early, {gain: 1, feature: 2});
	Object.assign(late, {gain: 1, feature: 5});
	t.true(early.isBetterThan(late));
	t.false(late.isBetterThan(early));
	t.false(new Split().isBetterThan(new Split()));
});

test('a split comes back from shared memory as it went in', t => {
	const split = new Split();
	const values = {gain: 2.5, feature: 3, bin: 7, missingLeft: true, l2: 0.5, leftGradient: -1.25, leftHessian: 4.5, leftRows: 18};
	Object.assign(split, values);
	split.leftSet.set([1, 2, 0, 0, 0, 0, 0, 0x8000_0000]);
	const [fields, words] = [new Float64Array(16), new Uint32Array(16)];
	split.write(fields, words, 1);
	const back = new Split();
	back.read(fields, words, 1);
	t.deepEqual(back, split);
});

test('histograms: two features at once or one alone give the sums of their rows, and a parent less one child is the other child', t => {
	fc.assert(
		fc.property(fc.array(fc.tuple(fc.integer({min: 0, max: 4}), fc.integer({min: 0, max: 4}), fc.boolean()), {minLength: 1}), cells => {
			const count = cells.length;
			const codes = Uint8Array.from([...cells.map(([a]) => a), ...cells.map(([, b]) => b)]);
			const pairs = Float32Array.from({length: 2 * count}, (_, place) => (place % 13) / 8 - 0.5);
			const sum = (chosen: readonly number[]): Float64Array => {
				const values = new Float64Array(30);
				const order = Int32Array.from(chosen);
				const derivatives = Float32Array.from(chosen.flatMap(row => [pairs[2 * row]!, pairs[2 * row + 1]!]));
				const work = {codes, order, derivatives, from: 0, to: chosen.length};
				addTwo(values, work, {codesAt: 0, binsAt: 0}, {codesAt: count, binsAt: 15});
				const single = new Float64Array(30);
				addOne(single, work, {codesAt: count, binsAt: 15});
				t.deepEqual(single.subarray(15), values.subarray(15));
				return values;
			};

			const all = upTo(count);
			const [left, right] = [sum(all.filter(row => cells[row]![2])), sum(all.filter(row => !cells[row]![2]))];
			const naive = all.filter(row => cells[row]![0] === 2).reduce((total, row) => total + pairs[2 * row]!, 0);
			const both = sum(all);
			t.is(both[6], naive);
			t.is(both[8], cells.filter(([a]) => a === 2).length);
			const joined = Float64Array.from([...both, ...left]);
			subtract(joined, 0, 30, 30);
			t.deepEqual(joined.subarray(0, 30), right);
		}),
		{seed: 4, numRuns: 100},
	);
});
