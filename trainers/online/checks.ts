/**
 * Laws that every online learner obeys; a new learner is tested by being listed in LEARNERS.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {hasCode, type FeatureSchema, type LearnerDefinition, type LearnerShape, type OnlineLearner} from '../../core/domain/index.ts';
import {areaUnderRoc, createRng, drawInteger, drawNormal, type Rng} from '../../core/numerics/index.ts';
import {bytesPerStep} from './allocation.ts';

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
/** Bytes that an event may allocate: less than a number on the heap. */
const ALLOCATION_MAX = 8;

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

function predict(learner: OnlineLearner, row: Float64Array, outputCount = 1, expert?: Float64Array): Float64Array {
	const into = new Float64Array(outputCount);
	learner.predictOne(row, into, expert);
	return into;
}

/** Like {@link teach}, with an outside expert that is absent, NaN, garbage or right, row by row. */
function teachBeside(learner: OnlineLearner, {count, seed, outputCount}: {count: number; seed: number; outputCount: number}): void {
	const rng = createRng(seed);
	for (let index = 0; index < count; index++) {
		const row = drawRow(rng);
		const label = labelOf(row, rng, Math.max(2, outputCount));
		const before = new Float64Array(outputCount);
		const predicted = predict(learner, row, outputCount, expertOf(index, label, outputCount));
		learner.learnOne(row, label, 1, expertOf(index, label, outputCount), before);
		assert.deepEqual(before, predicted, `label ${index}`);
	}
}

function expertOf(index: number, label: number, outputCount: number): Float64Array | undefined {
	const right = new Float64Array(outputCount).fill(0.1);
	right[outputCount === 1 ? 0 : label] = outputCount === 1 ? 0.2 + 0.6 * label : 0.8;
	return [undefined, right.map(() => Number.NaN), right.map(() => 7), right, right][index % 5];
}

/** Rows are asked about, and their labels come so many rows later. */
function teachLate(
	learner: OnlineLearner,
	{from, to, late, outputCount}: {from: number; to: number; late: number; outputCount: number},
): void {
	for (let index = from; index < to; index++) {
		learner.rememberOne?.(index, drawRow(createRng(index)));
		if (index >= late) {
			const rng = createRng(index - late);
			const row = drawRow(rng);
			const label = labelOf(row, rng, Math.max(2, outputCount));
			learner.learnOne(row, label, 1, expertOf(index, label, outputCount), undefined, index - late);
		}
	}
}

/** Bytes that the heap grows by in an event. */
function allocatedPerEvent(learner: OnlineLearner): number {
	const rng = createRng(11);
	const rows = Array.from({length: 256}, () => drawRow(rng));
	const labels = rows.map(row => labelOf(row, rng, 2));
	const [before, expert] = [new Float64Array(1), Float64Array.of(0.4)];
	return bytesPerStep(index => {
		learner.rememberOne?.(index, rows[index & 255]!);
		learner.learnOne(rows[index & 255]!, labels[index & 255]!, 1, expert, before, index);
		learner.predictOne(rows[index & 255]!, before, expert);
	}, ALLOCATION_MAX);
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
		// A piece of a longer buffer, as a database gives it.
		const piece = Buffer.concat([new Uint8Array(8), first.snapshot(), new Uint8Array(8)]).subarray(8, -8);
		assert.deepEqual(restore(BINARY, piece).snapshot(), first.snapshot());
		teach(first, {count: 500, seed: 9});
		teach(second, {count: 500, seed: 9});
		assert.deepEqual(second.snapshot(), first.snapshot());
		assert.equal(second.learntCount, 1000);
	},
	'with labels under way, a snapshot restores equal bytes and an equal future, and the scorer gives what the learner gives'(definition) {
		for (const shape of [BINARY, TERNARY]) {
			const {outputCount} = shape;
			const first = definition.create(shape);
			teachLate(first, {from: 0, to: 700, late: 40, outputCount});
			const second = definition.restore(shape, first.snapshot());
			assert.deepEqual(second.snapshot(), first.snapshot());
			for (const learner of [first, second]) {
				teachLate(learner, {from: 700, to: 1100, late: 40, outputCount});
			}

			assert.deepEqual(second.snapshot(), first.snapshot());
			const score = definition.scorer(shape);
			for (let index = 0; index < 20; index++) {
				const row = drawRow(createRng(index));
				const into = new Float64Array(outputCount);
				score(first.parameters, row, into, expertOf(index, 1, outputCount));
				assert.deepEqual(into, predict(second, row, outputCount, expertOf(index, 1, outputCount)));
			}
		}
	},
	'remembering what was said changes no answer'({create}) {
		const learner = create(BINARY);
		teachLate(learner, {from: 0, to: 300, late: 10, outputCount: 1});
		const row = drawRow(createRng(5));
		const [before] = predict(learner, row);
		learner.rememberOne?.(1000, row);
		assert.equal(predict(learner, row)[0], before);
	},
	'the same labels in the same order give the same bytes'({create}) {
		for (const shape of [BINARY, TERNARY]) {
			const [first, second] = [create(shape), create(shape)];
			teachBeside(first, {count: 1000, seed: 6, outputCount: shape.outputCount});
			teachBeside(second, {count: 1000, seed: 6, outputCount: shape.outputCount});
			assert.deepEqual(first.snapshot(), second.snapshot());
		}
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
			teachBeside(learner, {count: 400, seed: 5, outputCount: shape.outputCount});
			// A buffer holds what was published before behind a prefix.
			const published = new Float64Array(definition.parameterCount(shape)).fill(0.123);
			published.set(learner.parameters);
			const score = definition.scorer(shape);
			const rng = createRng(4);
			for (let index = 0; index < 50; index++) {
				const row = drawRow(rng);
				const expert = expertOf(index, index % classes, shape.outputCount);
				const into = new Float64Array(shape.outputCount);
				score(published, row, into, expert);
				assert.deepEqual(into, predict(learner, row, shape.outputCount, expert));
			}
		}
	},
	'learning says what predicting would have said just before, with an expert, without and with garbage'({create}) {
		for (const shape of [BINARY, TERNARY]) {
			const learner = create(shape);
			teachBeside(learner, {count: 1000, seed: 3, outputCount: shape.outputCount});
			assert.equal(learner.learntCount, 1000);
		}
	},
	'an expert that is NaN or garbage is one that is absent'({create}) {
		const learners = [undefined, Number.NaN, 7, -0.5, Infinity].map(value => {
			const learner = create(BINARY);
			const rng = createRng(8);
			for (let index = 0; index < 200; index++) {
				const row = drawRow(rng);
				learner.learnOne(row, labelOf(row, rng, 2), 1, value === undefined ? undefined : Float64Array.of(value));
			}

			return learner;
		});
		for (const learner of learners) {
			assert.deepEqual(learner.snapshot(), learners[0]!.snapshot());
		}
	},
	'learning and predicting allocate nothing'({create}) {
		const bytes = allocatedPerEvent(create(BINARY));
		assert(bytes < ALLOCATION_MAX, `${bytes} bytes an event`);
	},
	'keeps no hold of a row and changes none'({create}) {
		const [own, shared] = [create(BINARY), create(BINARY)];
		const rng = createRng(12);
		const reused = new Float64Array(5);
		for (let index = 0; index < 300; index++) {
			const row = drawRow(rng);
			reused.set(row);
			const label = labelOf(row, rng, 2);
			own.learnOne(row, label);
			shared.learnOne(reused, label);
			assert.deepEqual(reused, row);
			reused.fill(99);
		}

		assert.deepEqual(own.snapshot(), shared.snapshot());
	},
	'predicting changes nothing'({create}) {
		const learner = teach(create(BINARY), {count: 200});
		const before = learner.snapshot();
		for (let index = 0; index < 100; index++) {
			predict(learner, drawRow(createRng(index)));
		}

		assert.deepEqual(learner.snapshot(), before);
	},
	'missing, infinite and extreme values never poison it, at the start or later'({create}) {
		for (const count of [0, 500]) {
			const learner = teach(create(BINARY), {count});
			for (const value of [1e300, Number.NaN, Infinity, -Infinity, -1e300, Number.MAX_VALUE, 5e-324, 0]) {
				learner.learnOne(Float64Array.of(value, value, 7, 1, 1), 1);
				learner.learnOne(new Float64Array(5).fill(value), 0);
				const [p] = predict(learner, new Float64Array(5).fill(value));
				assert(p! >= 0 && p! <= 1, `predicts ${p} at ${value}`);
			}

			teach(learner, {count: 3000, seed: 4});
			const [p] = predict(learner, drawRow(createRng(3)));
			assert(p! > 0 && p! < 1, `predicts ${p}`);
		}
	},
	'constant features give the share of the labels'({create}) {
		const learner = create(BINARY);
		const rng = createRng(13);
		for (let index = 0; index < 4000; index++) {
			learner.learnOne(Float64Array.of(1, 2, 7, 1, 0), rng() < 0.25 ? 1 : 0);
		}

		const [p] = predict(learner, Float64Array.of(1, 2, 7, 1, 0));
		assert(Math.abs(p! - 0.25) < 0.12, `predicts ${p}`);
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
