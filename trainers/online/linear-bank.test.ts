import test from 'ava';
import type {LearnerShape} from '../../core/domain/index.ts';
import {createRng, drawInteger, drawNormal, type Rng} from '../../core/numerics/index.ts';
import type {ExpertSetDefinition} from './expert-set.ts';
import {EXPERT_SET_CHECKS} from './expert-set-checks.ts';
import {linearBank, linearBankDefinition, quadraticBank} from './linear-bank.ts';

for (const definition of [linearBank, quadraticBank]) {
	for (const [law, check] of Object.entries(EXPERT_SET_CHECKS)) {
		test(`${definition.name}: ${law}`, t => {
			t.notThrows(() => {
				check(definition);
			});
		});
	}
}

/** Share of the last thousand labels that the best expert of a bank has right. */
function accuracyOf(
	definition: ExpertSetDefinition,
	shape: LearnerShape,
	draw: (rng: Rng) => {row: Float64Array; label: number},
	rows = 6000,
): number {
	const set = definition.create(shape);
	const before = new Float64Array(definition.expertNames(shape).length);
	const right = new Float64Array(before.length);
	const rng = createRng(5);
	for (let index = 0; index < rows; index++) {
		const {row, label} = draw(rng);
		set.learnOne(row, label, 1, before, 0);
		if (index >= rows - 1000) {
			for (const [expert, p] of before.entries()) {
				right[expert]! += (p > 0.5 ? 1 : 0) === label ? 1 : 0;
			}
		}
	}

	return Math.max(...right) / 1000;
}

for (const count of [2, 45]) {
	test(`quadratic-bank learns the sign of a product among ${count} numbers, linear-bank cannot`, t => {
		const columns = Array.from({length: count}, (_, index) => ({name: `x${index}`, type: 'numeric' as const}));
		const shape = {schema: {version: 1, columns}, outputCount: 1};
		const draw = (rng: Rng): {row: Float64Array; label: number} => {
			const row = Float64Array.from(columns, () => drawNormal(rng));
			return {row, label: row[0]! * row[1]! > 0 ? 1 : 0};
		};

		const [linear, quadratic] = [accuracyOf(linearBank, shape, draw), accuracyOf(quadraticBank, shape, draw, 200 * (count + 55))];
		t.true(linear < 0.6, `linear ${linear}`);
		t.true(quadratic > (count === 2 ? 0.9 : 0.65), `quadratic ${quadratic}`);
	});
}

test('quadratic-bank learns which pairs of categories go together, linear-bank cannot', t => {
	const columns = ['a', 'b'].map(name => ({name, type: 'categorical' as const}));
	const shape = {schema: {version: 1, columns}, outputCount: 1};
	const draw = (rng: Rng): {row: Float64Array; label: number} => {
		const row = Float64Array.of(1 + drawInteger(rng, 8), 1 + drawInteger(rng, 8));
		return {row, label: (row[0]! + row[1]!) % 2};
	};

	t.true(accuracyOf(linearBank, shape, draw) < 0.6);
	t.true(accuracyOf(quadraticBank, shape, draw) > 0.95);
});

test('after a shift of the threshold an intercept with a rate of its own is right soon, and stays as good as slow weights', t => {
	const shape: LearnerShape = {schema: {version: 1, columns: ['a', 'b', 'c'].map(name => ({name, type: 'numeric'}))}, outputCount: 1};
	const bank = linearBankDefinition('shifted', {
		sgdRates: [0.003, 0.1],
		shiftRates: [{rate: 0.003, interceptRate: 0.1}],
		adaGradRates: [],
	}).create(shape);
	const before = new Float64Array(3);
	const [soon, settled] = [new Float64Array(3), new Float64Array(3)];
	const rng = createRng(7);
	const change = 10_000;
	for (let index = 0; index < 2 * change; index++) {
		const row = Float64Array.of(rng() * 10, rng() * 10, rng() * 10);
		const truth = row[0]! + row[1]! <= (index < change ? 7 : 9.5);
		const label = truth !== rng() < 0.1 ? 1 : 0;
		bank.learnOne(row, label, 1, before, 0);
		const isSoon = index >= change + 100 && index < change + 500;
		const isSettled = index >= 2 * change - 4000;
		for (const [expert, p] of before.entries()) {
			const isRight = p > 0.5 === truth;
			soon[expert]! += isRight && isSoon ? 1 : 0;
			settled[expert]! += isRight && isSettled ? 1 : 0;
		}
	}

	const [slowSoon, quickSoon, shiftSoon] = soon.map(count => count / 400);
	const [slow, quick, shift] = settled.map(count => count / 4000);
	t.true(shiftSoon! > slowSoon! + 0.08 && shiftSoon! > quickSoon!, `soon: ${slowSoon} ${quickSoon} ${shiftSoon}`);
	t.true(shift! > quick! && shift! > slow! - 0.04, `settled: ${slow} ${quick} ${shift}`);
});

for (const outputCount of [1, 3]) {
	test(`a bank behind another scales by what that one has learnt, and is bit for bit what it is alone: ${outputCount} outputs`, t => {
		const columns = [...['a', 'b', 'c'].map(name => ({name, type: 'numeric' as const})), {name: 'd', type: 'categorical' as const}];
		const shape: LearnerShape = {schema: {version: 1, columns}, outputCount};
		const size = quadraticBank.expertNames(shape).length * outputCount;
		const lead = linearBank.create(shape);
		let behind = quadraticBank.create(shape, [lead]);
		const alone = quadraticBank.create(shape);
		const [said, expected, ofLead] = [0, 1, 2].map(() => new Float64Array(2 * size)) as [Float64Array, Float64Array, Float64Array];
		const rng = createRng(4);
		for (let index = 0; index < 3000; index++) {
			const row = Float64Array.of(
				rng() < 0.05 ? Number.NaN : Math.exp(3 * drawNormal(rng)),
				drawNormal(rng),
				index,
				drawInteger(rng, 4),
			);
			const label = row[1]! > 0 ? 1 : 0;
			if (index % 7 === 0) {
				lead.predictAll(row, ofLead, 0);
				behind.predictAll(row, said, 0);
				alone.predictAll(row, expected, 0);
				t.deepEqual(said, expected);
			}

			lead.learnOne(row, label, 1, ofLead, 0);
			behind.learnOne(row, label, 1, said, 0);
			alone.learnOne(row, label, 1, expected, 0);
			if (index === 1500) {
				behind = quadraticBank.restore(shape, behind.snapshot(), [lead]);
			}
		}

		t.deepEqual(said, expected);
		t.deepEqual(behind.parameters, alone.parameters);
		t.deepEqual(behind.snapshot(), alone.snapshot());
	});
}

test('a bank restored beside one that has learnt something else keeps its own scaling', t => {
	const shape: LearnerShape = {schema: {version: 1, columns: [{name: 'a', type: 'numeric'}]}, outputCount: 1};
	const into = new Float64Array(6);
	const [lead, first] = [linearBank.create(shape), quadraticBank.create(shape)];
	for (let index = 0; index < 300; index++) {
		lead.learnOne(Float64Array.of(index % 7), index % 2, 1, into, 0);
		first.learnOne(Float64Array.of(1000 + (index % 5)), index % 2, 1, into, 0);
	}

	const second = quadraticBank.restore(shape, first.snapshot(), [lead]);
	t.deepEqual(second.snapshot(), first.snapshot());
	lead.learnOne(Float64Array.of(3), 1, 1, into, 0);
	first.learnOne(Float64Array.of(1003), 1, 1, into, 0);
	second.learnOne(Float64Array.of(1003), 1, 1, into, 0);
	t.deepEqual(second.snapshot(), first.snapshot());
});
