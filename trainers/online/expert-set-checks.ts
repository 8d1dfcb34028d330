/**
 * Laws that every expert set obeys: run them on a set by naming it in a test.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {hasCode, type FeatureSchema, type LearnerShape} from '../../core/domain/index.ts';
import {areaUnderRoc, createRng, drawInteger, drawNormal, type Rng} from '../../core/numerics/index.ts';
import {bytesPerStep} from './allocation.ts';
import type {ExpertSet, ExpertSetDefinition} from './expert-set.ts';
import {toLogits} from './mixture/logits.ts';

/** A law: throws where the set breaks it. */
export type ExpertSetCheck = (definition: ExpertSetDefinition) => void;

const SCHEMA: FeatureSchema = {
	version: 1,
	columns: [
		{name: 'x', type: 'numeric'},
		{name: 'heavy', type: 'numeric'},
		{name: 'constant', type: 'numeric'},
		{name: 'group', type: 'categorical'},
		{name: 'region', type: 'categorical'},
		{name: 'flag', type: 'boolean'},
	],
};
const BINARY: LearnerShape = {schema: SCHEMA, outputCount: 1, seed: 3};
const TERNARY: LearnerShape = {schema: SCHEMA, outputCount: 3, seed: 3};
/** Fills what a set must not touch. */
const UNTOUCHED = -7;
/** Bytes that a step may allocate: a number on the heap takes 16. */
const ALLOCATION_MAX = 4;

/** A row whose label follows x and the group; every fifth row misses a value. */
function drawRow(rng: Rng): Float64Array {
	const row = Float64Array.of(
		drawNormal(rng),
		Math.exp(3 * drawNormal(rng)),
		7,
		1 + drawInteger(rng, 4),
		1 + drawInteger(rng, 30),
		rng() < 0.5 ? 1 : 0,
	);
	if (rng() < 0.2) {
		row[drawInteger(rng, 6)] = Number.NaN;
	}

	return row;
}

function labelOf(row: Float64Array, rng: Rng, {outputCount}: LearnerShape): number {
	const signal = (Number.isNaN(row[0]!) ? 0 : row[0]!) * 2 + (row[3]! > 2 ? 1 : -1) + drawNormal(rng) * 0.5;
	return outputCount === 1 ? (signal > 0 ? 1 : 0) : signal < -1 ? 0 : signal < 1 ? 1 : 2;
}

function sizeOf(definition: ExpertSetDefinition, shape: LearnerShape): number {
	return definition.expertNames(shape).length * shape.outputCount;
}

interface Lesson {
	readonly count?: number;
	readonly seed?: number;
	readonly weight?: number;
	readonly repeats?: number;
}

function teach(
	definition: ExpertSetDefinition,
	shape: LearnerShape,
	{count = 2000, seed = 1, weight = 1, repeats = 1}: Lesson = {},
	set: ExpertSet = definition.create(shape),
): ExpertSet {
	const rng = createRng(seed);
	const before = new Float64Array(sizeOf(definition, shape));
	for (let index = 0; index < count; index++) {
		const row = drawRow(rng);
		const label = labelOf(row, rng, shape);
		for (let repeat = 0; repeat < repeats; repeat++) {
			set.learnOne(row, label, weight, before, 0);
		}
	}

	return set;
}

function predict(definition: ExpertSetDefinition, shape: LearnerShape, set: ExpertSet, row: Float64Array): Float64Array {
	const into = new Float64Array(sizeOf(definition, shape));
	set.predictAll(row, into, 0);
	return into;
}

function assertProbabilities(definition: ExpertSetDefinition, {outputCount}: LearnerShape, values: Float64Array): void {
	for (const [index, p] of values.entries()) {
		assert(p >= 0 && p <= 1, `slot ${index} of ${definition.name} is ${p}`);
	}

	if (outputCount === 1) {
		return;
	}

	for (let at = 0; at < values.length; at += outputCount) {
		const sum = values.subarray(at, at + outputCount).reduce((total, p) => total + p, 0);
		assert(Math.abs(sum - 1) < 1e-9, `the expert at ${at} adds up to ${sum}`);
	}
}

/** Bytes that the heap grows by in a step. */
function allocatedPerStep(set: ExpertSet, shape: LearnerShape, before: Float64Array): number {
	const rng = createRng(8);
	const rows = Array.from({length: 512}, () => drawRow(rng));
	const labels = rows.map(row => labelOf(row, rng, shape));
	return bytesPerStep(index => {
		set.learnOne(rows[index & 511]!, labels[index & 511]!, 1, before, 0);
		set.predictAll(rows[(index + 1) & 511]!, before, 0);
	}, ALLOCATION_MAX);
}

/** Law -> check. */
export const EXPERT_SET_CHECKS: Readonly<Record<string, ExpertSetCheck>> = {
	'has experts with names of their own'(definition) {
		const names = definition.expertNames(BINARY);
		assert(names.length > 0);
		assert.equal(new Set(names).size, names.length);
		assert.match(definition.name, /^[a-z0-9\-]+$/v);
	},
	'one expert at least learns a signal in numbers and categories'(definition) {
		const set = teach(definition, BINARY, {count: 3000});
		const rng = createRng(2);
		const rows = Array.from({length: 1000}, () => drawRow(rng));
		const labels = rows.map(row => labelOf(row, rng, BINARY));
		const all = rows.map(row => predict(definition, BINARY, set, row));
		const best = Math.max(
			...definition.expertNames(BINARY).map((_, expert) =>
				areaUnderRoc(
					all.map(values => values[expert]!),
					labels,
				),
			),
		);
		assert(best > 0.9, `AUC ${best}`);
	},
	'several classes: each expert adds up to one, and one at least is often right'(definition) {
		const set = teach(definition, TERNARY, {count: 3000});
		const rng = createRng(2);
		const right = new Float64Array(definition.expertNames(TERNARY).length);
		for (let index = 0; index < 1000; index++) {
			const row = drawRow(rng);
			const label = labelOf(row, rng, TERNARY);
			const values = predict(definition, TERNARY, set, row);
			assertProbabilities(definition, TERNARY, values);
			for (let expert = 0; expert < right.length; expert++) {
				const own = values.subarray(3 * expert, 3 * expert + 3);
				right[expert]! += own.indexOf(Math.max(...own)) === label ? 1 : 0;
			}
		}

		assert(Math.max(...right) > 650, `${Math.max(...right)} of 1000 right`);
	},
	'`before` is what predictAll gives just before, and nothing else is written'(definition) {
		for (const shape of [BINARY, TERNARY]) {
			const size = sizeOf(definition, shape);
			const set = definition.create(shape);
			const rng = createRng(5);
			for (let index = 0; index < 1500; index++) {
				const row = drawRow(rng);
				const given = row.slice();
				const [predicted, before] = [new Float64Array(size + 4).fill(UNTOUCHED), new Float64Array(size + 4).fill(UNTOUCHED)];
				set.predictAll(row, predicted, 2);
				set.learnOne(row, labelOf(row, rng, shape), 1, before, 2);
				assert.deepEqual(before, predicted);
				assert.deepEqual([before[0], before[1], before[size + 2], before[size + 3]], [UNTOUCHED, UNTOUCHED, UNTOUCHED, UNTOUCHED]);
				assert.deepEqual(row, given);
			}
		}
	},
	'logits are those of the probabilities, and asking for them changes nothing'(definition) {
		for (const shape of [BINARY, TERNARY]) {
			const size = sizeOf(definition, shape);
			const [set, other] = [definition.create(shape), definition.create(shape)];
			const scorer = definition.scorer(shape);
			const rng = createRng(6);
			const [said, alone, logits, expected] = [0, 1, 2, 3].map(() => new Float64Array(size)) as [
				Float64Array,
				Float64Array,
				Float64Array,
				Float64Array,
			];
			const assertLogits = (): void => {
				toLogits(said, 0, size / shape.outputCount, shape.outputCount, expected, 0);
				for (const [slot, logit] of logits.entries()) {
					assert(Math.abs(logit - expected[slot]!) < 1e-8, `slot ${slot}: ${logit}, and its probability says ${expected[slot]}`);
				}
			};

			for (let index = 0; index < 300; index++) {
				const row = drawRow(rng);
				const label = labelOf(row, rng, shape);
				const ask = [
					() => set.predictAll(row, said, 0, logits),
					() => scorer(set.parameters.slice(), row, said, 0, logits),
					() => set.learnOne(row, label, 1, said, 0, logits),
				];
				for (const step of ask) {
					logits.fill(UNTOUCHED);
					step();
					assertLogits();
				}

				other.learnOne(row, label, 1, alone, 0);
				assert.deepEqual(alone, said);
			}
		}
	},
	'a snapshot restores equal bytes and an equal future'(definition) {
		const first = teach(definition, BINARY, {count: 700});
		const second = definition.restore(BINARY, first.snapshot());
		assert.deepEqual(second.snapshot(), first.snapshot());
		teach(definition, BINARY, {count: 700, seed: 9}, first);
		teach(definition, BINARY, {count: 700, seed: 9}, second);
		assert.deepEqual(second.snapshot(), first.snapshot());
	},
	'the same labels in the same order give the same bytes'(definition) {
		assert.deepEqual(teach(definition, BINARY).snapshot(), teach(definition, BINARY).snapshot());
	},
	'refuses bytes of another shape, torn ones and strange ones'(definition) {
		const bytes = teach(definition, BINARY, {count: 50}).snapshot();
		const other = teach(definition, TERNARY, {count: 5}).snapshot();
		for (const bad of [bytes.subarray(0, bytes.length - 8), bytes.subarray(0, 13), new Uint8Array(64), new Uint8Array(0), other]) {
			assert.throws(
				() => definition.restore(BINARY, bad),
				error => hasCode(error, 'CHECKPOINT_CORRUPT'),
			);
		}
	},
	'the scorer gives what the set gives, from published parameters alone'(definition) {
		for (const shape of [BINARY, TERNARY]) {
			const set = teach(definition, shape, {count: 900});
			assert(set.parameters.length <= definition.parameterCount(shape), `${set.parameters.length} parameters`);
			const published = new Float64Array(definition.parameterCount(shape));
			published.set(set.parameters);
			const score = definition.scorer(shape);
			const rng = createRng(4);
			for (let index = 0; index < 50; index++) {
				const row = drawRow(rng);
				const into = new Float64Array(sizeOf(definition, shape));
				score(published, row, into, 0);
				assert.deepEqual(into, predict(definition, shape, set, row));
			}
		}
	},
	'predicting changes nothing'(definition) {
		const set = teach(definition, BINARY, {count: 300});
		const before = set.snapshot();
		for (let index = 0; index < 100; index++) {
			predict(definition, BINARY, set, drawRow(createRng(index)));
		}

		assert.deepEqual(set.snapshot(), before);
	},
	'missing, infinite and extreme values never poison it, at the start or later'(definition) {
		for (const count of [0, 600, 2000]) {
			const set = teach(definition, BINARY, {count});
			const into = new Float64Array(sizeOf(definition, BINARY));
			for (const value of [1e300, Number.NaN, Infinity, -Infinity, -1e300, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, 0]) {
				set.learnOne(Float64Array.of(value, value, 7, 1, value, 1), 1, 1, into, 0);
				set.learnOne(new Float64Array(6).fill(value), 0, 1, into, 0);
				assertProbabilities(definition, BINARY, predict(definition, BINARY, set, new Float64Array(6).fill(value)));
			}

			teach(definition, BINARY, {count: 3000, seed: 12}, set);
			const rng = createRng(3);
			const rows = Array.from({length: 500}, () => drawRow(rng));
			const labels = rows.map(row => labelOf(row, rng, BINARY));
			const all = rows.map(row => predict(definition, BINARY, set, row));
			const best = Math.max(
				...Array.from(into, (_, expert) =>
					areaUnderRoc(
						all.map(values => values[expert]!),
						labels,
					),
				),
			);
			assert(best > 0.85, `AUC ${best} after extreme values at ${count}`);
		}
	},
	'constant features, a single class and a category never seen are no trouble'(definition) {
		for (const shape of [BINARY, TERNARY]) {
			const set = definition.create(shape);
			const before = new Float64Array(sizeOf(definition, shape));
			for (let index = 0; index < 1200; index++) {
				set.learnOne(Float64Array.of(1, 2, 3, 1, 1, 0), 0, 1, before, 0);
			}

			const values = predict(definition, shape, set, Float64Array.of(1, 2, 3, 987_654, 2 ** 40, 0));
			assertProbabilities(definition, shape, values);
			const sure = definition
				.expertNames(shape)
				.map((_, expert) => (shape.outputCount === 1 ? 1 - values[expert]! : values[expert * shape.outputCount]!));
			assert(Math.max(...sure) > 0.8, `surest ${Math.max(...sure)}`);
		}
	},
	'a row of weight three is near three rows'(definition) {
		const heavy = teach(definition, BINARY, {count: 1500, weight: 3});
		const thrice = teach(definition, BINARY, {count: 1500, repeats: 3});
		const rng = createRng(2);
		let difference = 0;
		for (let index = 0; index < 500; index++) {
			const row = drawRow(rng);
			const [a, b] = [predict(definition, BINARY, heavy, row), predict(definition, BINARY, thrice, row)];
			difference += a.reduce((sum, p, expert) => sum + Math.abs(p - b[expert]!), 0) / a.length / 500;
		}

		assert(difference < 0.15, `mean difference ${difference}`);
	},
	'learning and predicting allocate nothing'(definition) {
		const set = definition.create(BINARY);
		const bytes = allocatedPerStep(set, BINARY, new Float64Array(sizeOf(definition, BINARY)));
		assert(bytes < ALLOCATION_MAX, `${bytes} bytes a step`);
	},
};
