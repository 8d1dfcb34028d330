import test from 'ava';
import type {FeatureSchema} from '../../core/domain/index.ts';
import {drawGoldenRows, readGolden} from '../../tests/golden-streams.ts';
import {LEARNER_CHECKS} from './checks.ts';
import {definition as ftrl, FtrlRegression} from './ftrl.ts';
import type {LinearModel} from './linear-model.ts';
import {definition as logisticRegression, LogisticRegression} from './logistic-regression.ts';

interface Golden {
	readonly n: number;
	readonly positives: number;
	readonly first_x: Readonly<Record<string, number>>;
	readonly first20_y: readonly number[];
	readonly learners: Readonly<
		Record<
			string,
			{
				readonly accuracy: number;
				readonly proba_at: Readonly<Record<string, number>>;
				readonly sum_proba: number;
				readonly weights: Readonly<Record<string, number>>;
				readonly intercept: number;
			}
		>
	>;
}

const GOLDEN = readGolden('linear-learners') as Golden;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const SHAPE = {
	schema: {version: 1, columns: NAMES.map(name => ({name, type: 'numeric' as const}))} satisfies FeatureSchema,
	outputCount: 1,
};

const PLAIN = {transform: 'plain', interceptLearningRate: 0.01} as const;
const CONFORMING: Readonly<Record<string, () => LinearModel & {predictOne(row: Float64Array, into: Float64Array): void}>> = {
	'StandardScaler|LogisticRegression(SGD(0.005),intercept_lr=0.01)': () =>
		new LogisticRegression(SHAPE, {...PLAIN, optimizer: 'sgd', learningRate: 0.005}),
	'StandardScaler|LogisticRegression(SGD(0.01)) default': () =>
		new LogisticRegression(SHAPE, {...PLAIN, optimizer: 'sgd', learningRate: 0.01}),
	'StandardScaler|LogisticRegression(SGD(0.01),l2=0.01)': () =>
		new LogisticRegression(SHAPE, {...PLAIN, optimizer: 'sgd', learningRate: 0.01, l2: 0.01}),
	'StandardScaler|LogisticRegression(AdaGrad(0.1))': () => new LogisticRegression(SHAPE, {...PLAIN, learningRate: 0.1, forgetting: 0}),
	'StandardScaler|LogisticRegression(FTRLProximal(alpha=.1,beta=1,l1=0.1,l2=1.0))': () =>
		new FtrlRegression(SHAPE, {...PLAIN, alpha: 0.1, beta: 1, l1: 0.1, l2: 1, isOneLate: true}),
};

test('the stream of the golden file is drawn as it was there', t => {
	const {rows, labels} = drawGoldenRows(GOLDEN.n);
	t.deepEqual([...rows[0]!], Object.values(GOLDEN.first_x));
	t.deepEqual(labels.slice(0, 20), [...GOLDEN.first20_y]);
	t.is(
		labels.reduce((sum, label) => sum + label, 0),
		GOLDEN.positives,
	);
});

for (const [name, create] of Object.entries(CONFORMING)) {
	test(`equals river to 6 digits: ${name}`, t => {
		const expected = GOLDEN.learners[name]!;
		const learner = create();
		const {rows, labels} = drawGoldenRows(GOLDEN.n);
		const before = new Float64Array(1);
		let [sum, right] = [0, 0];
		for (const [index, row] of rows.entries()) {
			learner.learnOne(row, labels[index]!, 1, undefined, before);
			sum += before[0]!;
			right += (before[0]! > 0.5 ? 1 : 0) === labels[index] ? 1 : 0;
			const reference = expected.proba_at[String(index)];
			if (reference !== undefined) {
				t.true(Math.abs(before[0]! - reference) < 1e-6, `event ${index}: ${before[0]} against ${reference}`);
			}
		}

		t.is(right / GOLDEN.n, expected.accuracy);
		t.true(Math.abs(sum - expected.sum_proba) < 1e-4, `${sum} against ${expected.sum_proba}`);
		for (const [column, feature] of NAMES.entries()) {
			t.true(Math.abs(learner.weights[column]! - expected.weights[feature]!) < 1e-6, `weight of ${feature}`);
		}

		t.true(Math.abs(learner.weights.at(-1)! - expected.intercept) < 1e-6);
	});
}

for (const definition of [logisticRegression, ftrl]) {
	for (const [law, check] of Object.entries(LEARNER_CHECKS)) {
		test(`linear ${definition.name}: ${law}`, t => {
			t.notThrows(() => {
				check(definition);
			});
		});
	}
}
