import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {gunzipSync} from 'node:zlib';
import test from 'ava';
import type {LearnerShape} from '../../core/domain/index.ts';
import {areaUnderRoc, createRng, drawNormal, meanLogLoss} from '../../core/numerics/index.ts';
import {ROOT} from '../../tests/sources.ts';
import {AdaptiveRandomForest, definition, largeDefinition} from './adaptive-random-forest.ts';
import {LEARNER_CHECKS} from './checks.ts';
import {EXPERT_SET_CHECKS} from './expert-set-checks.ts';
import {singleExpert} from './single-expert.ts';
import {Draws, poissonTable} from './tree/draws.ts';

for (const [law, check] of Object.entries(LEARNER_CHECKS)) {
	test(`adaptive-random-forest ${law}`, t => {
		t.notThrows(() => {
			check(definition);
		});
	});
}

for (const [law, check] of Object.entries(EXPERT_SET_CHECKS)) {
	test(`adaptive-random-forest as an expert: ${law}`, t => {
		t.notThrows(() => {
			check(singleExpert(definition));
		});
	});
}

const SHAPE: LearnerShape = {
	schema: {version: 1, columns: ['a', 'b', 'c', 'd'].map(name => ({name, type: 'numeric' as const}))},
	outputCount: 1,
};

/** Log loss in each of four quarters; the sign of the rule turns in the middle. */
function lossesAroundChange(forest: AdaptiveRandomForest): number[] {
	const rng = createRng(4);
	const before = new Float64Array(1);
	return [0, 1, 2, 3].map(quarter => {
		const labels: number[] = [];
		const said: number[] = [];
		for (let index = 0; index < 2500; index++) {
			const row = Float64Array.from({length: 4}, () => drawNormal(rng));
			const label = row[0]! + row[1]! > 0 === quarter < 2 ? 1 : 0;
			forest.learnOne(row, label, 1, undefined, before);
			said.push(before[0]!);
			labels.push(label);
		}

		return meanLogLoss(said, labels);
	});
}

test('after a change trees are replaced, and the forest is as good as before', t => {
	const forest = new AdaptiveRandomForest(SHAPE);
	const [, settled, changed, again] = lossesAroundChange(forest);
	t.true(forest.replacedCount >= 5, `${forest.replacedCount} replaced`);
	t.true(changed! > settled!);
	t.true(again! < 1.5 * settled!, `${settled} before, ${again} after`);
	const rigid = new AdaptiveRandomForest(SHAPE, {driftDelta: 1e-300, warningDelta: 1e-300});
	const [, , rigidlyChanged, rigidlyAgain] = lossesAroundChange(rigid);
	t.is(rigid.replacedCount, 0);
	t.log(settled, changed, again, rigidlyChanged, rigidlyAgain);
	t.true(rigidlyChanged! > changed!);
});

test('a seed draws the forest, and another one another', t => {
	const [first, same, other] = [1, 1, 2].map(seed => {
		const forest = new AdaptiveRandomForest({...SHAPE, seed}, {treeCount: 3});
		lossesAroundChange(forest);
		return forest.snapshot();
	});
	t.deepEqual(first, same);
	t.notDeepEqual(first, other);
});

test('memory has a bound, and so have the parameters', t => {
	const forest = new AdaptiveRandomForest(SHAPE, {leafBytesMax: 400_000, graceWeight: 12, delta: 0.5});
	const rng = createRng(6);
	for (let index = 0; index < 20_000; index++) {
		const row = Float64Array.from({length: 4}, () => rng());
		forest.learnOne(row, Math.floor(row[0]! * 8) % 2);
	}

	t.true(forest.sizeBytes < 900_000, `${forest.sizeBytes} bytes`);
	t.true(forest.nodeCount > 100);
});

test('the Poisson draws have the mean and the variance of 6', t => {
	const draws = new Draws(3);
	const table = poissonTable(6);
	let [sum, squares] = [0, 0];
	for (let index = 0; index < 200_000; index++) {
		const count = draws.nextPoisson(table);
		sum += count;
		squares += count * count;
	}

	const mean = sum / 200_000;
	t.true(Math.abs(mean - 6) < 0.03, `${mean}`);
	t.true(Math.abs(squares / 200_000 - mean * mean - 6) < 0.1);
});

test('samples of columns are distinct and even', t => {
	const draws = new Draws(9);
	const [pool, into, seen] = [new Int32Array(8), new Int32Array(5), new Int32Array(8)];
	for (let index = 0; index < 8000; index++) {
		draws.sample(8, 5, pool, into, 0);
		t.is(new Set(into).size, 5);
		for (const column of into) {
			seen[column]!++;
		}
	}

	t.true(
		seen.every(count => Math.abs(count - 5000) < 250),
		seen.join(' '),
	);
});

test('thirty trees have room for thirty', t => {
	t.true(largeDefinition.parameterCount(SHAPE) > 2.9 * definition.parameterCount(SHAPE));
	const forest = largeDefinition.create(SHAPE);
	forest.learnOne(Float64Array.of(1, 2, 3, 4), 1);
	t.is(forest.parameters[0], 30);
});

const ELEC2 = path.join(ROOT, '../shared/data/elec2.csv.gz');
(existsSync(ELEC2) ? test : test.skip)('is as good as the best forests measured on elec2 (skipped where ../shared/data is absent)', t => {
	const [head, ...lines] = gunzipSync(readFileSync(ELEC2)).toString().trim().split('\n');
	const columns = head!
		.split(',')
		.slice(0, -1)
		.map(name => ({name, type: 'numeric' as const}));
	const forest = new AdaptiveRandomForest({schema: {version: 1, columns}, outputCount: 1});
	const before = new Float64Array(1);
	const labels: number[] = [];
	const said = lines.map(line => {
		const values = Float64Array.from(line.split(','), Number);
		labels.push(values.at(-1)!);
		forest.learnOne(values.subarray(0, -1), values.at(-1)!, 1, undefined, before);
		return before[0]!;
	});
	const [area, loss] = [areaUnderRoc(said, labels), meanLogLoss(said, labels)];
	t.true(area > 0.957, `AUC ${area}`);
	t.true(loss < 0.275, `log loss ${loss}`);
});
