import test from 'ava';
import fc from 'fast-check';
import {createRng, drawNormal} from '../../core/numerics/index.ts';
import {bytesPerStep} from './allocation.ts';
import {LogisticRegression, type LogisticRegressionOptions} from './logistic-regression.ts';

const NUMBERS = ['a', 'b', 'c'].map(name => ({name, type: 'numeric' as const}));
/** Numbers alone: rows go the short way. */
const SHORT = {schema: {version: 1, columns: NUMBERS}, outputCount: 1};
/** The same and a category that is always missing: rows go the long way. */
const LONG = {schema: {version: 1, columns: [...NUMBERS, {name: 'none', type: 'categorical' as const}]}, outputCount: 1};

/** Values of every kind that scaling tells apart, and how often they come. */
const value = fc.oneof(
	{weight: 20, arbitrary: fc.double({min: -3, max: 3, noNaN: true})},
	{weight: 5, arbitrary: fc.double({min: 1, max: 1e6, noNaN: true})},
	{weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e300, -1e300, 5e-324, -0)},
);
const lesson = fc.record({row: fc.tuple(value, value, value), label: fc.nat(1), weight: fc.constantFrom(1, 0.5, 3)});

const OPTIONS: Readonly<Record<string, LogisticRegressionOptions>> = {
	automatic: {},
	log: {transform: 'log'},
	quantile: {transform: 'quantile'},
	'an intercept with a rate of its own': {interceptLearningRate: 0.05, forgetting: 0},
};

for (const [name, options] of Object.entries(OPTIONS)) {
	test(`the short way gives bit for bit what the long way gives: ${name}`, t => {
		fc.assert(
			fc.property(fc.array(lesson, {minLength: 150, maxLength: 400}), lessons => {
				const [short, long] = [new LogisticRegression(SHORT, options), new LogisticRegression(LONG, options)];
				const [one, other] = [new Float64Array(1), new Float64Array(1)];
				for (const {row, label, weight} of lessons) {
					short.learnOne(Float64Array.from(row), label, weight, undefined, one);
					long.learnOne(Float64Array.of(...row, Number.NaN), label, weight, undefined, other);
					t.is(one[0], other[0]);
					short.predictOne(Float64Array.from(row), one);
					long.predictOne(Float64Array.of(...row, Number.NaN), other);
					t.is(one[0], other[0]);
				}
			}),
			{seed: 1, numRuns: 20},
		);
	});
}

test('the short way answers as learning and predicting do, also where the labels have chosen ranks or logarithms', t => {
	const [short, long] = [new LogisticRegression(SHORT), new LogisticRegression(LONG)];
	const rng = createRng(4);
	const [one, other] = [new Float64Array(1), new Float64Array(1)];
	for (let index = 0; index < 6000; index++) {
		const amount = Math.exp(6 + 2 * drawNormal(rng));
		const row = Float64Array.of(amount, drawNormal(rng), index % 50 === 0 ? Number.NaN : amount);
		const label = Math.log(amount) - 6 + drawNormal(rng) > 0 ? 1 : 0;
		short.learnOne(row, label, 1, undefined, one);
		long.learnOne(Float64Array.of(...row, Number.NaN), label, 1, undefined, other);
		t.is(one[0], other[0]);
	}

	t.not(short.parameters[0], 0, 'the amount is still standardised');
});

test('the short way allocates nothing', t => {
	const rng = createRng(3);
	const rows = Array.from({length: 256}, () => Float64Array.of(drawNormal(rng), drawNormal(rng), drawNormal(rng)));
	const learner = new LogisticRegression(SHORT);
	const before = new Float64Array(1);
	const bytes = bytesPerStep(index => {
		const row = rows[index & 255]!;
		learner.learnOne(row, row[0]! > 0 ? 1 : 0, 1, undefined, before);
		learner.predictOne(row, before);
	}, 8);
	t.true(bytes < 8, `${bytes} bytes a label`);
});
