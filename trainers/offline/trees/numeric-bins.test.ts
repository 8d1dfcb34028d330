/** Bins hold what their edges say, and enough rows. */
import test from 'ava';
import fc from 'fast-check';
import {createRng, drawNormal} from '../../../core/numerics/index.ts';
import {binOf, numericEdges} from './numeric-bins.ts';

const columns = fc.oneof(
	fc.array(fc.integer({min: -5, max: 5}), {minLength: 1, maxLength: 200}),
	fc.array(fc.float({noNaN: true, noDefaultInfinity: true}), {minLength: 1, maxLength: 400}),
	fc.array(fc.oneof({weight: 3, arbitrary: fc.constant(0)}, fc.float({min: -2, max: 2, noNaN: true})), {minLength: 1, maxLength: 400}),
);

test('edges ascend, keep to the bound, and leave no bin empty; of few distinct values each bin but the last has three rows', t => {
	fc.assert(
		fc.property(columns, fc.integer({min: 3, max: 255}), (values, binsMax) => {
			const sorted = Float32Array.from(values).sort();
			const edges = numericEdges(sorted, binsMax);
			t.true(edges.length < binsMax);
			t.true(edges.every((edge, place) => place === 0 || edge > edges[place - 1]!));
			const counts = new Int32Array(edges.length + 1);
			for (const value of sorted) {
				const bin = binOf(value, edges);
				counts[bin]!++;
				t.true((bin === edges.length || value <= edges[bin]!) && (bin === 0 || value > edges[bin - 1]!));
			}

			t.true(counts.subarray(0, -1).every(count => count > 0));
			if (new Set(sorted).size <= binsMax) {
				t.true(counts.subarray(0, -1).every(count => count >= 3));
			}
		}),
		{seed: 1, numRuns: 300},
	);
});

test('few distinct values get a bin each, and a value met once or twice shares one', t => {
	const sorted = Float32Array.of(1, 1, 1, 2, 3, 3, 3, 4, 4, 4);
	t.deepEqual([...numericEdges(sorted)], [1.5, 3.5]);
});

test('of many distinct values each bin has about the same share, whatever their distribution', t => {
	const rng = createRng(3);
	const sorted = Float32Array.from({length: 50_000}, () => Math.exp(3 * drawNormal(rng))).sort();
	const edges = numericEdges(sorted);
	const counts = new Int32Array(edges.length + 1);
	for (const value of sorted) {
		counts[binOf(value, edges)]!++;
	}

	t.is(counts.length, 254, 'one is kept for zero, which does not occur');
	t.true(Math.max(...counts) < 1.1 * (50_000 / 254));
});

test('a value with a large share of the rows has a bin of its own among many others', t => {
	const rng = createRng(4);
	const sorted = Float32Array.from({length: 20_000}, (_, row) => (row < 8000 ? 0 : drawNormal(rng))).sort();
	const edges = numericEdges(sorted);
	const bin = binOf(0, edges);
	t.is(
		sorted.reduce((count, value) => count + (binOf(value, edges) === bin ? 1 : 0), 0),
		8000,
	);
	t.true(edges.length > 240);
});

test('zero has a bin of its own among many values of both signs, however rare it is', t => {
	const rng = createRng(6);
	const sorted = Float32Array.from({length: 9000}, (_, row) => (row < 4 ? 0 : drawNormal(rng) + 1)).sort();
	const edges = numericEdges(sorted);
	const bin = binOf(0, edges);
	t.deepEqual(
		[...sorted].filter(value => binOf(value, edges) === bin),
		[0, 0, 0, 0],
	);
	t.true(edges.length > 245 && edges.length < 255);
});

test('neighbouring floats are told apart: an edge is at least the lower and below the higher', t => {
	const low = 1;
	const high = 1 + 2 ** -23;
	const edges = numericEdges(Float32Array.of(low, low, low, high, high, high));
	t.deepEqual([binOf(low, edges), binOf(high, edges)], [0, 1]);
	const largest = Math.fround(3.4e38);
	t.true(numericEdges(Float32Array.of(-largest, -largest, -largest, largest, largest, largest)).every(edge => Number.isFinite(edge)));
});
