import test from 'ava';
import {createRng, drawNormal} from '../../core/numerics/index.ts';
import {LEARNER_CHECKS} from './checks.ts';
import {LEARNERS, LogisticRegression} from './index.ts';

for (const definition of LEARNERS) {
	for (const [law, check] of Object.entries(LEARNER_CHECKS)) {
		test(`${definition.name} ${law}`, t => {
			t.notThrows(() => {
				check(definition);
			});
		});
	}
}

test('logistic-regression: the unit of a feature does not matter', t => {
	const schema = {version: 1, columns: [{name: 'x', type: 'numeric' as const}]};
	const inEuros = new LogisticRegression({schema, outputCount: 1});
	const inCents = new LogisticRegression({schema, outputCount: 1});
	const rng = createRng(1);
	for (let index = 0; index < 2000; index++) {
		const x = drawNormal(rng);
		const label = x + drawNormal(rng) > 0 ? 1 : 0;
		inEuros.learnOne(Float64Array.of(x), label);
		inCents.learnOne(Float64Array.of(x * 100), label);
	}

	const [euros, cents] = [new Float64Array(1), new Float64Array(1)];
	inEuros.predictOne(Float64Array.of(0.7), euros);
	inCents.predictOne(Float64Array.of(70), cents);
	t.true(Math.abs(euros[0]! - cents[0]!) < 1e-9);
});

test('logistic-regression: a weight of two is near two labels', t => {
	const schema = {version: 1, columns: [{name: 'x', type: 'numeric' as const}]};
	const heavy = new LogisticRegression({schema, outputCount: 1});
	const light = new LogisticRegression({schema, outputCount: 1});
	const p = new Float64Array(1);
	for (let index = 0; index < 500; index++) {
		heavy.learnOne(Float64Array.of(1), index % 3 === 0 ? 1 : 0, index % 3 === 0 ? 4 : 1);
		light.learnOne(Float64Array.of(1), index % 3 === 0 ? 1 : 0);
	}

	heavy.predictOne(Float64Array.of(1), p);
	const heavier = p[0]!;
	light.predictOne(Float64Array.of(1), p);
	t.true(heavier > p[0]! + 0.2, `${heavier} against ${p[0]}`);
});
