import test from 'ava';
import type {LearnerShape} from '../../core/domain/index.ts';
import {createRng, drawInteger, drawNormal, type Rng} from '../../core/numerics/index.ts';
import type {ExpertSetDefinition} from './expert-set.ts';
import {EXPERT_SET_CHECKS} from './expert-set-checks.ts';
import {linearBank, quadraticBank} from './linear-bank.ts';

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
