/** The mixture: what it promises beside an outside expert, good, bad, late, changing or missing. */
import test from 'ava';
import fc from 'fast-check';
import {hasCode, type LearnerShape, type OnlineLearner} from '../../core/domain/index.ts';
import {createRng, drawInteger, drawNormal, logLossOf, sigmoid} from '../../core/numerics/index.ts';
import type {ExpertSetDefinition} from './expert-set.ts';
import {linearBank} from './linear-bank.ts';
import {definition as linear} from './linear-mixture.ts';
import {MixedLearner} from './mixed-learner.ts';
import {ExpertMixture} from './mixture/expert-mixture.ts';
import {FixedShareHedge} from './mixture/fixed-share-hedge.ts';
import {packParts, unpackParts} from './packed-parts.ts';

const SHAPE: LearnerShape = {
	schema: {
		version: 1,
		columns: [
			{name: 'x', type: 'numeric'},
			{name: 'y', type: 'numeric'},
		],
	},
	outputCount: 1,
};
/** What the upper level of a mixture may lose on the model that it starts on, in all over so many labels. */
const lossBound = (labels: number): number => 0.021 + 0.0061 * labels;

interface Step {
	readonly row: Float64Array;
	/** True probability of class 1. */
	readonly truth: number;
	readonly label: number;
}

function stream(count: number, seed: number): Step[] {
	const rng = createRng(seed);
	return Array.from({length: count}, () => {
		const row = Float64Array.of(drawNormal(rng), drawNormal(rng));
		const truth = sigmoid(2 * row[0]! - 1.5 * row[1]! - 0.5);
		return {row, truth, label: rng() < truth ? 1 : 0};
	});
}

/** Total log losses of the learner and of the expert, prequentially. */
function compare(
	learner: OnlineLearner,
	steps: readonly Step[],
	expertAt: (step: Step, index: number) => number | undefined,
): {own: number; expert: number} {
	const before = new Float64Array(1);
	let [own, expert] = [0, 0];
	for (const [index, step] of steps.entries()) {
		const said = expertAt(step, index);
		const given = said === undefined ? undefined : Float64Array.of(said);
		learner.learnOne(step.row, step.label, 1, given, before);
		own += logLossOf(before, step.label);
		expert += given ? logLossOf(given, step.label) : 0;
	}

	return {own, expert};
}

test('with a good expert from the first label on, the first 300 labels cost no more than the expert and the stated bound', t => {
	for (const seed of [1, 2, 3, 4, 5]) {
		const {own, expert} = compare(linear.create(SHAPE), stream(300, seed), ({truth}) => truth);
		t.true(own <= expert + lossBound(300), `seed ${seed}: ${own} against ${expert}`);
	}
});

test('a learner that knows nothing begins on the expert, however many labels of one class it has had', t => {
	const into = new Float64Array(1);
	for (const labels of [0, 2000]) {
		const learner = linear.create(SHAPE);
		for (const {row} of stream(labels, 1)) {
			learner.learnOne(row, 0);
		}

		for (const said of [0.02, 0.3, 0.97]) {
			learner.predictOne(Float64Array.of(0.3, 0.3), into, Float64Array.of(said));
			t.true(Math.abs(into[0]! - said) < 0.06, `${labels} labels: ${into[0]} for ${said}`);
		}
	}
});

test('a learner that knows the stream takes a late expert in as an equal: a useless one costs little until labels tell', t => {
	const learner = linear.create(SHAPE);
	const steps = stream(3000, 1);
	compare(learner, steps.slice(0, 2500), () => undefined);
	const [own, beside, into] = [new Float64Array(1), new Float64Array(1), new Float64Array(1)];
	let [ownLoss, besideLoss] = [0, 0];
	for (const {row, label} of steps.slice(2500)) {
		learner.predictOne(row, own);
		learner.predictOne(row, beside, Float64Array.of(0.4));
		learner.predictOne(row, into, own);
		t.true(Math.abs(into[0]! - own[0]!) < 0.01, 'an expert that agrees changes nothing');
		ownLoss += logLossOf(own, label) / 500;
		besideLoss += logLossOf(beside, label) / 500;
	}

	t.true(besideLoss < ownLoss + 0.12, `${besideLoss} against ${ownLoss}`);
	t.true(besideLoss > ownLoss + 0.01, 'it is heard');
});

/** Two experts: one knows a label as it comes and nothing when it is asked, one is right in four of five rows at any time. */
const hindsight: ExpertSetDefinition = {
	name: 'hindsight',
	expertNames: () => ['hindsight', 'honest'],
	create: () => ({
		parameters: new Float64Array(0),
		predictAll(row, into, at) {
			into.set([row[1]!, row[0]!], at);
		},
		learnOne(row, label, _weight, into, at) {
			into.set([label === 1 ? 0.97 : 0.03, row[0]!], at);
		},
		snapshot: () => new Uint8Array(0),
	}),
	restore: () => hindsight.create(SHAPE),
	parameterCount: () => 0,
	scorer: () => (_parameters, row, into, at) => {
		into.set([row[1]!, row[0]!], at);
	},
};

test('where labels come late, experts are judged by what they had said, not by what they say once they have seen the neighbours', t => {
	const losses = [true, false].map(isRemembered => {
		const learner = new MixedLearner(SHAPE, [hindsight], {hasCurves: true});
		const rng = createRng(3);
		const into = new Float64Array(1);
		let loss = 0;
		const asked: {row: Float64Array; label: number}[] = [];
		for (let index = 0; index < 3000; index++) {
			const label = drawInteger(rng, 2);
			const honest = rng() < 0.8 ? label : 1 - label;
			asked.push({row: Float64Array.of(honest === 1 ? 0.8 : 0.2, rng() < 0.5 ? 0.03 : 0.97), label});
			learner.predictOne(asked[index]!.row, into);
			loss += index < 1000 ? 0 : logLossOf(into, label) / 2000;
			if (isRemembered) {
				learner.rememberOne(index, asked[index]!.row);
			}

			if (index >= 48) {
				learner.learnOne(asked[index - 48]!.row, asked[index - 48]!.label, 1, undefined, undefined, index - 48);
			}
		}

		return loss;
	});
	// The honest one alone has 0.500.
	t.true(losses[0]! < 0.55, `${losses[0]}`);
	t.true(losses[1]! > 1, `${losses[1]}`);
});

test('a bad expert is left: after 300 labels it costs as good as nothing', t => {
	const steps = stream(2300, 7);
	const [beside, alone] = [linear.create(SHAPE), linear.create(SHAPE)];
	const misled = ({truth}: Step): number => 1 - truth;
	const start = compare(beside, steps.slice(0, 300), misled);
	t.true(start.own < start.expert / 2, `${start.own} against ${start.expert}`);
	compare(alone, steps.slice(0, 300), () => undefined);
	const rest = steps.slice(300);
	const [{own: withBad}, {own: without}] = [compare(beside, rest, misled), compare(alone, rest, () => undefined)];
	t.true(withBad < without + 0.02 * rest.length, `${withBad} against ${without}`);
});

test('an expert that becomes good, as a new weekly version does, is taken up within 100 labels', t => {
	const steps = stream(1600, 8);
	const learner = new MixedLearner(SHAPE, [linearBank]);
	const noise = createRng(3);
	compare(learner, steps.slice(0, 1000), () => noise());
	const oracle = ({label}: Step): number => (label === 1 ? 0.95 : 0.05);
	compare(learner, steps.slice(1000, 1100), oracle);
	const {own, expert} = compare(learner, steps.slice(1100), oracle);
	t.true(own < expert + 0.02 * 500, `${own} against ${expert}`);
});

test('rows without the expert among rows with it teach and ask the own models alone', t => {
	const steps = stream(2000, 9);
	const [mixed, alone] = [linear.create(SHAPE), linear.create(SHAPE)];
	compare(mixed, steps, ({truth}, index) => (index % 2 === 0 ? truth : [undefined, Number.NaN, 7][index % 3]));
	compare(alone, steps, () => undefined);
	const [a, b] = [new Float64Array(1), new Float64Array(1)];
	for (const {row} of steps.slice(0, 50)) {
		mixed.predictOne(row, a);
		alone.predictOne(row, b);
		t.is(a[0], b[0]);
		mixed.predictOne(row, a, Float64Array.of(Number.NaN));
		t.is(a[0], b[0]);
	}
});

test('several classes: it starts on the expert, and leaves a bad one', t => {
	const shape: LearnerShape = {...SHAPE, outputCount: 3};
	const learner = linear.create(shape);
	const into = new Float64Array(3);
	learner.predictOne(Float64Array.of(0, 0), into, Float64Array.of(0.7, 0.2, 0.1));
	t.true(Math.abs(into[0]! - 0.7) < 0.02);
	let own = 0;
	const rng = createRng(4);
	for (let index = 0; index < 2000; index++) {
		const row = Float64Array.of(drawNormal(rng), drawNormal(rng));
		const label = row[0]! < -0.4 ? 0 : row[0]! < 0.4 ? 1 : 2;
		const bad = new Float64Array(3).fill(0.45);
		bad[label] = 0.1;
		learner.learnOne(row, label, 1, bad, into);
		own += index < 500 ? 0 : logLossOf(into, label);
	}

	t.true(own / 1500 < 0.5, `${own / 1500}`);
});

test('the mixture of experts keeps its bound against the arm that it starts on, whatever the others say', t => {
	fc.assert(
		fc.property(
			fc.array(fc.tuple(fc.double({min: 0.002, max: 0.998, noNaN: true}), fc.double({min: 0, max: 1, noNaN: true}), fc.boolean()), {
				minLength: 50,
				maxLength: 300,
			}),
			rows => {
				const mixture = new ExpertMixture({armCount: 2, outputCount: 1, startOn: 0});
				const state = new Float64Array(mixture.parameterCount);
				mixture.reset(state, 0);
				const into = new Float64Array(1);
				let [own, first] = [0, 0];
				for (const [good, other, isPositive] of rows) {
					const arms = Float64Array.of(good, other);
					const label = isPositive ? 1 : 0;
					mixture.predict(state, 0, arms, into);
					mixture.learn(state, 0, arms, label, 1);
					own += logLossOf(into, label);
					first += logLossOf(Float64Array.of(good), label);
				}

				t.true(own <= first + lossBound(rows.length), `${own} against ${first}`);
			},
		),
		{seed: 1, numRuns: 200},
	);
});

test('hedge: a weight of two is two labels, a weight beyond all numbers is survived', t => {
	const hedge = new FixedShareHedge({armCount: 2, outputCount: 1, share: 0});
	const [once, twice] = [new Float64Array(2), new Float64Array(2)];
	hedge.reset(once, 0);
	hedge.reset(twice, 0);
	const arms = Float64Array.of(0.8, 0.4);
	hedge.learn(once, 0, arms, 1, 2);
	hedge.learn(twice, 0, arms, 1);
	hedge.learn(twice, 0, arms, 1);
	t.true(Math.abs(once[0]! - twice[0]!) < 1e-12);
	hedge.learn(once, 0, arms, 1, 1e6);
	t.true(once.every(mass => mass >= 0 && mass <= 1));
});

test('packed parts: what was packed comes out, and nothing else is accepted', t => {
	fc.assert(
		fc.property(fc.array(fc.double()), fc.array(fc.uint8Array({maxLength: 30}), {maxLength: 4}), fc.nat(), (values, parts, cut) => {
			const bytes = packParts(5, Float64Array.from(values), parts);
			const out = unpackParts(5, bytes, 'test');
			t.deepEqual([...out.numbers], values);
			t.deepEqual(
				out.parts.map(part => [...part]),
				parts.map(part => [...part]),
			);
			for (const bad of [bytes.subarray(0, cut % bytes.length), Buffer.concat([bytes, new Uint8Array(8)])]) {
				t.true(
					hasCode(
						t.throws(() => unpackParts(5, bad, 'test')),
						'CHECKPOINT_CORRUPT',
					),
				);
			}
		}),
		{seed: 1, numRuns: 100},
	);
});
