import test from 'ava';
import fc from 'fast-check';
import {createRng, drawNormal, sigmoid, type Rng} from '../../../core/numerics/index.ts';
import {decideBlend} from './decide-blend.ts';
import {decideCalibration} from './decide-calibration.ts';
import {blendLogits, fitLogits, type LogitBlend, type LogitSet} from './logistic-calibration.ts';
import {lossesOf, meanOf} from './paired-loss.ts';
import {sparkline, StepProgress} from './step-progress.ts';

interface Drawn {
	readonly truth: Float64Array;
	readonly labels: Int32Array;
	readonly rng: Rng;
}

function draw(count: number, {seed = 1, mean = -1.5, deviation = 1.5}: {seed?: number; mean?: number; deviation?: number} = {}): Drawn {
	const rng = createRng(seed);
	const truth = Float64Array.from({length: count}, () => mean + deviation * drawNormal(rng));
	return {truth, labels: Int32Array.from(truth, value => (rng() < sigmoid(value) ? 1 : 0)), rng};
}

const noisy = ({truth, rng}: Drawn, noise: number): Float64Array => truth.map(value => value + noise * drawNormal(rng));

/** Mean loss plus the pull, which is what a fit makes smallest. */
function objective({parts, labels, outputCount}: LogitSet, blend: LogitBlend): number {
	const pull = blend.weights.reduce((sum, weight) => sum + (weight - 1 / parts.length) ** 2, 0);
	return meanOf(lossesOf(blendLogits(parts, blend), labels, outputCount)) + (5 * pull) / labels.length;
}

test('no weights near those of a fit do better, none is negative, and one that would be is held at 0', t => {
	for (const outputCount of [1, 3]) {
		const drawn = draw(600 * outputCount);
		const labels = outputCount === 1 ? drawn.labels : Int32Array.from({length: 600}, (_, row) => row % 3);
		const parts = [noisy(drawn, 0.5), drawn.truth.map(value => -value), noisy(drawn, 1)];
		const set = {parts, labels, outputCount};
		const fitted = fitLogits(set);
		t.is(fitted.weights[1], outputCount === 1 ? 0 : fitted.weights[1]!);
		t.true(fitted.weights.every(weight => weight >= 0));
		const best = objective(set, fitted);
		const move = fc.double({min: -0.3, max: 0.3, noNaN: true});
		fc.assert(
			fc.property(fc.tuple(move, move, move), fc.tuple(move, move, move), (weights, intercepts) => {
				const moved = {
					weights: fitted.weights.map((weight, at) => Math.max(0, weight + weights[at]!)),
					intercepts: fitted.intercepts.map((intercept, at) => intercept + intercepts[at]!),
				};
				t.true(objective(set, moved) > best - 1e-6);
			}),
			{seed: 1, numRuns: 50},
		);
	}
});

test('Platt scaling finds the slope and the level, of rare outcomes and of several classes', t => {
	const rare = draw(20_000, {mean: -5});
	const {weights, intercepts} = fitLogits({parts: [rare.truth.map(value => 2 * value + 1)], labels: rare.labels, outputCount: 1});
	t.true(Math.abs(weights[0]! - 0.5) < 0.06, String(weights));
	t.true(Math.abs(intercepts[0]! + 0.5) < 0.3, String(intercepts));
	const rng = createRng(2);
	const logits = Float64Array.from({length: 9000}, () => drawNormal(rng));
	const labels = Int32Array.from({length: 3000}, (_, row) => {
		const shares = [0, 1, 2].map(output => Math.exp(logits[3 * row + output]! + (output === 2 ? 1 : 0)));
		const place = rng() * shares.reduce((sum, share) => sum + share, 0);
		return place < shares[0]! ? 0 : place < shares[0]! + shares[1]! ? 1 : 2;
	});
	const several = fitLogits({parts: [logits.map(value => 4 * value)], labels, outputCount: 3});
	t.true(Math.abs(several.weights[0]! - 0.25) < 0.03);
	t.true(Math.abs(several.intercepts[2]! - several.intercepts[0]! - 1) < 0.2);
});

test('two models that err apart are blended; one that says nothing is not', t => {
	const drawn = draw(4000);
	const newest = {labels: drawn.labels, outputCount: 1};
	const [a, b] = [noisy(drawn, 1), noisy(drawn, 1)];
	const apart = decideBlend(
		[
			{name: 'a', logits: a},
			{name: 'b', logits: b},
		],
		newest,
	);
	t.true(
		apart.weights.every(weight => weight > 0.3),
		String(apart.weights),
	);
	t.regex(apart.decisions[1]!.answer, /^0\.\d\d a \+ 0\.\d\d b$/v);
	t.true(meanOf(lossesOf(apart.logits, drawn.labels, 1)) < meanOf(lossesOf(a, drawn.labels, 1)));
	const worse = decideBlend(
		[
			{name: 'noise', logits: a.map(() => drawNormal(drawn.rng))},
			{name: 'a', logits: a},
		],
		newest,
	);
	t.deepEqual([...worse.weights], [0, 1]);
	t.deepEqual([worse.decisions[0]!.answer, worse.decisions[1]!.answer], ['a', 'no']);
	t.is(worse.logits, a, 'what is chosen is left as it is');
});

test('a level that moved does not decide who is better', t => {
	const drawn = draw(4000);
	const good = noisy(drawn, 0.5).map(value => value - 1.5);
	const {decisions} = decideBlend(
		[
			{name: 'level', logits: noisy(drawn, 2)},
			{name: 'good', logits: good},
		],
		{labels: drawn.labels, outputCount: 1},
	);
	t.is(decisions[0]!.answer, 'good');
});

test('a blend that the spec asks for is taken untested, and one part is left alone', t => {
	const drawn = draw(1000);
	const newest = {labels: drawn.labels, outputCount: 1};
	const a = {name: 'a', logits: noisy(drawn, 0.5)};
	const asked = decideBlend([a, {name: 'copy', logits: a.logits.slice()}], newest, {alwaysBlends: true});
	t.true(asked.weights.every(weight => Math.abs(weight - 0.5) < 1e-6));
	t.deepEqual(decideBlend([a], newest), {weights: Float64Array.of(1), logits: a.logits, decisions: []});
});

test('a level that moved and stays is repaired', t => {
	const drawn = draw(3000);
	const {scaling, logits, decision} = decideCalibration(
		drawn.truth.map(value => value - 1),
		{labels: drawn.labels, outputCount: 1},
	);
	t.true(Math.abs(scaling!.intercepts[0]! - 1) < 0.3, String(scaling?.intercepts));
	t.true(Math.abs(meanOf(logits) - meanOf(drawn.truth)) < 0.2);
	t.regex(decision.answer, /^Platt scaling: slope/v);
});

test('a level that comes and goes, a good model and a few rows are left alone', t => {
	const drawn = draw(3000);
	const newest = {labels: drawn.labels, outputCount: 1};
	const wandering = drawn.truth.map((value, row) => value + (row < 1500 ? 1 : -1));
	const kept = decideCalibration(wandering, newest);
	t.is(kept.scaling, undefined);
	t.is(kept.logits, wandering);
	t.regex(kept.decision.reason, /harms one half/v);
	t.is(decideCalibration(drawn.truth, newest).scaling, undefined);
	const few = draw(100);
	t.regex(decideCalibration(few.truth, {labels: few.labels, outputCount: 1}).decision.reason, /too few rows/v);
});

test('progress rises, never passes the whole, and draws the loss', async t => {
	const said: [number, string][] = [];
	const tell = (share: number, message: string): void => {
		said.push([share, message]);
	};
	const progress = new StepProgress(2, tell, {pauseMs: 0});
	for (let step = 0; step < 3; step++) {
		const follow = progress.follow('mlp');
		for (let epoch = 1; epoch <= 4; epoch++) {
			await follow({epoch, trainLoss: 1 / epoch, validationLoss: 2 / epoch, seconds: 0});
		}

		progress.finish();
	}

	t.true(said.every(([share], at) => share <= 1 && share >= (said[at - 1]?.[0] ?? 0)));
	t.is(said[3]![1], 'mlp: iteration 4, loss 0.2500, on the newest rows 0.5000 █▃▂▁');
	const patient = new StepProgress(1, tell, {pauseMs: 1e6}).follow('mlp');
	said.length = 0;
	for (let epoch = 1; epoch <= 4; epoch++) {
		await patient({epoch, trainLoss: 1, validationLoss: 1, seconds: 0});
	}

	t.is(said.length, 1, 'the first at once, the next after the pause');
	t.is(sparkline(Array.from({length: 1000}, (_, at) => 1000 - at)).length, 20);
	t.is(sparkline([Number.NaN, 1]), '▁');
	t.is(sparkline([]), '');
});
