/**
 * Laws that every online learner obeys; a new learner is tested by being listed in LEARNERS.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {hasCode, type FeatureSchema, type LearnerDefinition, type LearnerShape, type OnlineLearner} from '../../core/domain/index.ts';
import {areaUnderRoc, createRng, drawInteger, drawNormal, type Rng} from '../../core/numerics/index.ts';

/** A law: throws where the learner breaks it. */
export type LearnerCheck = (definition: LearnerDefinition) => void;

const SCHEMA: FeatureSchema = {
	version: 1,
	columns: [
		{name: 'x', type: 'numeric'},
		{name: 'noise', type: 'numeric'},
		{name: 'constant', type: 'numeric'},
		{name: 'group', type: 'categorical'},
		{name: 'flag', type: 'boolean'},
	],
};
const BINARY: LearnerShape = {schema: SCHEMA, outputCount: 1};
const TERNARY: LearnerShape = {schema: SCHEMA, outputCount: 3};

/** Rows whose label follows x and the group; every fifth value is missing. */
function drawRow(rng: Rng): Float64Array {
	const row = Float64Array.of(drawNormal(rng), drawNormal(rng) * 1000, 7, 1 + drawInteger(rng, 4), rng() < 0.5 ? 1 : 0);
	if (rng() < 0.2) {
		row[drawInteger(rng, 5)] = Number.NaN;
	}

	return row;
}

function labelOf(row: Float64Array, rng: Rng, classes: number): number {
	const signal = (Number.isNaN(row[0]!) ? 0 : row[0]!) * 2 + (row[3]! > 2 ? 1 : -1) + drawNormal(rng) * 0.5;
	return classes === 2 ? (signal > 0 ? 1 : 0) : signal < -1 ? 0 : signal < 1 ? 1 : 2;
}

function teach(
	learner: OnlineLearner,
	{count = 3000, seed = 1, classes = 2}: {count?: number; seed?: number; classes?: number} = {},
): OnlineLearner {
	const rng = createRng(seed);
	for (let index = 0; index < count; index++) {
		const row = drawRow(rng);
		learner.learnOne(row, labelOf(row, rng, classes));
	}

	return learner;
}

function predict(learner: OnlineLearner, row: Float64Array, outputCount = 1): Float64Array {
	const into = new Float64Array(outputCount);
	learner.predictOne(row, into);
	return into;
}

/** Law -> check. */
export const LEARNER_CHECKS: Readonly<Record<string, LearnerCheck>> = {
	'learns a signal in numbers and categories'({create}) {
		const learner = teach(create(BINARY));
		const rng = createRng(2);
		const rows = Array.from({length: 1000}, () => drawRow(rng));
		const auc = areaUnderRoc(
			rows.map(row => predict(learner, row)[0]!),
			rows.map(row => labelOf(row, rng, 2)),
		);
		assert(auc > 0.9, `AUC ${auc}`);
	},
	'learns three classes, and their probabilities add up to one'({create}) {
		const learner = teach(create(TERNARY), {classes: 3});
		const rng = createRng(2);
		let right = 0;
		for (let index = 0; index < 1000; index++) {
			const row = drawRow(rng);
			const probabilities = predict(learner, row, 3);
			assert(Math.abs(probabilities.reduce((sum, p) => sum + p) - 1) < 1e-9);
			right += probabilities.indexOf(Math.max(...probabilities)) === labelOf(row, rng, 3) ? 1 : 0;
		}

		assert(right > 650, `${right} of 1000 right`);
	},
	'begins undecided'({create}) {
		assert.equal(predict(create(BINARY), drawRow(createRng(1)))[0], 0.5);
	},
	'a snapshot restores equal bytes and an equal future'({create, restore}) {
		const first = teach(create(BINARY), {count: 500});
		const second = restore(BINARY, first.snapshot());
		assert.deepEqual(second.snapshot(), first.snapshot());
		teach(first, {count: 500, seed: 9});
		teach(second, {count: 500, seed: 9});
		assert.deepEqual(second.snapshot(), first.snapshot());
		assert.equal(second.learntCount, 1000);
	},
	'the same labels in the same order give the same bytes'({create}) {
		assert.deepEqual(teach(create(BINARY)).snapshot(), teach(create(BINARY)).snapshot());
	},
	'refuses bytes of another shape, torn ones and strange ones'({create, restore}) {
		const bytes = teach(create(BINARY), {count: 50}).snapshot();
		for (const bad of [
			bytes.subarray(0, bytes.length - 8),
			bytes.subarray(0, 13),
			new Uint8Array(64),
			teach(create(TERNARY), {count: 5, classes: 3}).snapshot(),
		]) {
			assert.throws(
				() => restore(BINARY, bad),
				error => hasCode(error, 'CHECKPOINT_CORRUPT'),
			);
		}
	},
	'the scorer gives what the learner gives, from published parameters alone'(definition) {
		for (const [shape, classes] of [
			[BINARY, 2],
			[TERNARY, 3],
		] as const) {
			const learner = teach(definition.create(shape), {count: 400, classes});
			const published = learner.parameters.slice();
			assert.equal(published.length, definition.parameterCount(shape));
			const score = definition.scorer(shape);
			const rng = createRng(4);
			for (let index = 0; index < 50; index++) {
				const row = drawRow(rng);
				const into = new Float64Array(shape.outputCount);
				score(published, row, into);
				assert.deepEqual(into, predict(learner, row, shape.outputCount));
			}
		}
	},
	'predicting changes nothing'({create}) {
		const learner = teach(create(BINARY), {count: 200});
		const before = learner.snapshot();
		for (let index = 0; index < 100; index++) {
			predict(learner, drawRow(createRng(index)));
		}

		assert.deepEqual(learner.snapshot(), before);
	},
	'missing, infinite and extreme values never poison it'({create}) {
		const learner = teach(create(BINARY), {count: 500});
		for (const value of [Number.NaN, Infinity, -Infinity, 1e300, -1e300, 5e-324, 0]) {
			learner.learnOne(Float64Array.of(value, value, 7, 1, 1), 1);
			learner.learnOne(new Float64Array(5).fill(Number.NaN), 0);
		}

		const [p] = predict(learner, drawRow(createRng(3)));
		assert(p! > 0 && p! < 1, `predicts ${p}`);
	},
	'a single class and a category never seen are no trouble'({create}) {
		const learner = create(BINARY);
		const rng = createRng(6);
		for (let index = 0; index < 1000; index++) {
			learner.learnOne(drawRow(rng), 0);
		}

		const [p] = predict(learner, Float64Array.of(0, 0, 7, 987_654, 0));
		assert(p! < 0.1, `predicts ${p}`);
	},
	'refuses a label outside the task and a weight that is not positive'({create}) {
		const row = drawRow(createRng(1));
		for (const [label, weight] of [
			[2, 1],
			[-1, 1],
			[0.5, 1],
			[1, 0],
			[1, -3],
			[1, Number.NaN],
		] as const) {
			assert.throws(
				() => {
					create(BINARY).learnOne(row, label, weight);
				},
				{name: 'AssertionError'},
			);
		}
	},
	'cites its source'({source, summary}) {
		assert.match(source, /\d{4}/v);
		assert(summary.endsWith('.'));
	},
};
