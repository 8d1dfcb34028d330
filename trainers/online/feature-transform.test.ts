import test from 'ava';
import fc from 'fast-check';
import {createRng, drawNormal, sigmoid, type Rng} from '../../core/numerics/index.ts';
import {scaleColumns, transformParameterCount, type Transform} from './feature-scaling.ts';
import {FeatureTransforms, transformMemoryCount} from './feature-transform.ts';
import {placeKnots, scoreInPlace, scoreSortedInPlace} from './quantile-knots.ts';

interface Scene {
	readonly draw: (rng: Rng, row: number) => number;
	readonly logit: (value: number) => number;
	readonly rows?: number;
	readonly classes?: number;
}

const COLUMN = Int32Array.of(0);

/** Transforms of one column after a stream drawn from a scene. */
function learn({draw, logit, rows = 6000, classes = 2}: Scene): {
	chosen: Transform;
	scale: (value: number) => number;
	flagged: (value: number) => boolean;
} {
	const parameters = new Float64Array(transformParameterCount(1));
	const transforms = new FeatureTransforms(COLUMN, classes, parameters, new Float64Array(transformMemoryCount(1, classes)));
	const rng = createRng(3);
	for (let row = 0; row < rows; row++) {
		const value = draw(rng, row);
		transforms.learnOne(Float64Array.of(value), rng() < sigmoid(logit(value)) ? classes - 1 : 0, 1);
	}

	const [values, at] = [new Float64Array(1), new Int32Array(1)];
	const scaleTo = (value: number): number => {
		scaleColumns(parameters, COLUMN, Float64Array.of(value), values, at);
		return values[0]!;
	};

	return {
		chosen: transforms.chosen(0),
		scale: scaleTo,
		flagged: value => {
			scaleTo(value);
			return at[0] === 1;
		},
	};
}

test('a column whose logit is linear stays as it is, in any unit', t => {
	for (const unit of [1e-3, 1, 1e5]) {
		t.is(learn({draw: rng => drawNormal(rng) * unit, logit: value => value / unit}).chosen, 'standard');
	}
});

test('amounts whose logarithm counts get it, or their ranks; with a quarter of positives and with three classes too', t => {
	const amounts = {draw: (rng: Rng) => Math.exp(6 + 2 * drawNormal(rng)), logit: (value: number) => Math.log(value) - 6};
	t.not(learn(amounts).chosen, 'standard');
	t.not(learn({...amounts, logit: value => Math.log(value) - 8, rows: 20_000}).chosen, 'standard');
	t.not(learn({...amounts, classes: 3}).chosen, 'standard');
});

test('a heavy tail that the labels follow as it is, is kept', t => {
	t.is(learn({draw: rng => drawNormal(rng) ** 3, logit: value => Math.max(-4, Math.min(4, value / 4))}).chosen, 'standard');
});

test('a date never gets ranks: its latest value is always beyond all before', t => {
	t.not(learn({draw: (_, row) => row, logit: value => Math.log1p(value) - 7, rows: 20_000}).chosen, 'quantile');
});

test('a constant column gives 0, missing and infinite values a flag', t => {
	const {scale, flagged} = learn({draw: () => 7, logit: () => 0});
	t.is(scale(7), 0);
	t.is(scale(8), 0);
	t.true([Number.NaN, Infinity, -Infinity].every(value => flagged(value)));
	t.false(flagged(1e300));
});

test('a scaled value is finite, within bounds, and rises with the value', t => {
	for (const scene of [
		{draw: (rng: Rng) => Math.exp(6 + 2 * drawNormal(rng)), logit: (value: number) => Math.log(value) - 6},
		{draw: (rng: Rng) => drawNormal(rng), logit: (value: number) => value},
		{draw: (rng: Rng, row: number) => (row % 100 === 0 ? 1e300 : drawNormal(rng)), logit: (value: number) => value},
		{draw: (rng: Rng) => (rng() < 0.7 ? 0 : rng()), logit: (value: number) => (value > 0 ? 2 : -2)},
	]) {
		const {scale} = learn(scene);
		const rises = fc.check(
			fc.property(
				fc.double({noNaN: true, noDefaultInfinity: true}),
				fc.double({noNaN: true, noDefaultInfinity: true}),
				(one, other) => {
					const [low, high] = [scale(Math.min(one, other)), scale(Math.max(one, other))];
					return low <= high && low >= -4 && high <= 4;
				},
			),
			{seed: 1},
		);
		t.false(rises.failed, String(rises.counterexample));
	}
});

test('one absurd value at the start is forgotten, later ones do no harm', t => {
	for (const at of [0, 3, 5000]) {
		const {scale} = learn({draw: (rng, row) => (row === at ? 1e300 : drawNormal(rng)), logit: value => value});
		t.true(scale(1) - scale(-1) > 1, `at ${at}: ${scale(-1)} to ${scale(1)}`);
	}
});

test('knots: ties share one at their middle rank; between knots the score is linear', t => {
	const [knots, scores] = [new Float64Array(32), new Float64Array(32)];
	const count = placeKnots(Float64Array.of(0, 0, 0, 0, 0, 0, 10, 20), 8, knots, scores, 0);
	t.deepEqual([...knots.subarray(0, count)], [0, 10, 20]);
	t.true(Math.abs(scores[0]! - Math.log(3 / 5) / (Math.PI / Math.sqrt(3))) < 1e-12);
	const value = Float64Array.of(5, 15, -1, 99);
	for (const place of value.keys()) {
		scoreBy(knots, scores, count, value, place);
	}

	const expected = [(scores[0]! + scores[1]!) / 2, (scores[1]! + scores[2]!) / 2, scores[0]!, scores[2]!];
	t.true(expected.every((score, place) => Math.abs(value[place]! - score) < 1e-12));
});

test('knots: a walk along sorted values gives what a search for each gives', t => {
	const finite = fc.double({min: -5, max: 5, noNaN: true});
	fc.assert(
		fc.property(fc.array(finite, {minLength: 1, maxLength: 100}), fc.array(finite, {maxLength: 50}), (sample, asked) => {
			const [knots, scores] = [new Float64Array(32), new Float64Array(32)];
			const count = placeKnots(Float64Array.from(sample).sort(), sample.length, knots, scores, 0);
			// Values of the sample are knots: both ways must agree on them, too.
			const walked = Float64Array.from([...sample, ...asked, Infinity]).sort();
			const searched = walked.slice();
			scoreSortedInPlace(knots, scores, 0, count, walked);
			for (const place of searched.keys()) {
				scoreBy(knots, scores, count, searched, place);
			}

			t.deepEqual(walked, searched);
		}),
		{seed: 1},
	);
});

function scoreBy(knots: Float64Array, scores: Float64Array, count: number, values: Float64Array, place: number): void {
	const both = new Float64Array([...knots, ...scores]);
	scoreInPlace(both, 0, knots.length, count, values, place);
}
