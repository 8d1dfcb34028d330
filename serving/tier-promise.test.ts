/** The promise of a version as it is kept: who answers what, and what happens when live answers no longer agree. */
import test from 'ava';
import {PerennialError} from '../core/domain/index.ts';
import {createRng, drawNormal, sigmoid} from '../core/numerics/index.ts';
import {fromHeldOutJson, toHeldOutJson, type HeldOutScores} from './held-out-scores.ts';
import {isWatched, TierPromise} from './tier-promise.ts';
import {usualInputOf} from './usual-input.ts';

const POLICY = {cutoffs: [{at: 0.3, below: 'approve', above: 'refer'}]};
const TIERS = {agreementMin: 0.995, confidence: 0.95, watched: 0.02};
const USUAL = {low: [0, 0], high: [1, 1], outsideMax: 0, missingMax: 1};
const NO_WORDS = new BigInt64Array(0);

function drawPair(rng: () => number, noise: number): [student: number, teacher: number] {
	const score = -0.8 + drawNormal(rng);
	return [sigmoid(score), sigmoid(score + noise * drawNormal(rng))];
}

function heldOut(rows: number, noise = 0.05): HeldOutScores {
	const rng = createRng(1);
	const pairs = Array.from({length: rows}, () => drawPair(rng, noise));
	return {
		student: Float32Array.from(pairs, ([student]) => student),
		teacher: Float32Array.from(pairs, ([, teacher]) => teacher),
		usual: USUAL,
	};
}

const rowOf = (...numeric: number[]) => ({rowCount: 1, numeric: Float32Array.from(numeric), categorical: NO_WORDS});

test('the student answers far from the cut-off, the teacher near it, and of rows unlike those learnt from', t => {
	const promise = new TierPromise({policy: POLICY, tiers: TIERS, heldOut: heldOut(4000)});
	const usual = rowOf(0.5, 0.5);
	t.is(promise.route(0.05, usual, 0).kind, 'promised');
	t.is(promise.route(0.9, usual, 0).tier, 'student');
	t.deepEqual([promise.route(0.3, usual, 0).tier, promise.route(0.3, usual, 0).kind], ['teacher', 'band']);
	t.is(promise.route(0.05, rowOf(0.5, 7), 0).kind, 'unfamiliar');
	t.is(promise.route(0.05, rowOf(Number.NaN, Number.NaN), 0).kind, 'missing');
	t.regex(promise.route(0.3, usual, 0).reason, /near a cut-off: 0\.\d+ to 0\.\d+ around 0\.3/v);
});

test('a version without held-out scores, or with too few, promises nothing and says how many it had', t => {
	for (const promise of [
		new TierPromise({policy: POLICY, tiers: TIERS}),
		new TierPromise({policy: POLICY, tiers: TIERS, heldOut: heldOut(300)}),
	]) {
		const {tier, kind, reason} = promise.route(0.01, rowOf(0.5, 0.5), 0);
		t.deepEqual([tier, kind], ['teacher', 'unpromised']);
		t.regex(reason, /^(?:0|300) held-out rows do not show/v);
	}
});

/** Share of 2,000 scores that the student answers. */
function shareOf(promise: TierPromise): number {
	const rng = createRng(9);
	const scores = Array.from({length: 2000}, () => drawPair(rng, 0)[0]);
	return scores.filter(score => promise.route(score, rowOf(0.5, 0.5), 0).tier === 'student').length / scores.length;
}

test('watched answers that agree as before never widen the bands; a teacher that moves away does, and agreement is kept again', t => {
	const promise = new TierPromise({policy: POLICY, tiers: TIERS, heldOut: heldOut(4000)});
	const before = shareOf(promise);
	const rng = createRng(2);
	const watch = (rows: number, noise: number): void => {
		for (let row = 0; row < rows; row++) {
			const [student, teacher] = drawPair(rng, noise);
			promise.learnOne(student, teacher, promise.route(student, rowOf(0.5, 0.5), 0).tier);
		}
	};

	watch(3000, 0.05);
	t.is(promise.widened, 0);
	t.is(shareOf(promise), before);
	watch(4000, 0.12);
	t.true(promise.widened > 0);
	const after = shareOf(promise);
	t.true(after < before - 0.03, `${before} -> ${after}`);
	const {watched, equal} = promise.live;
	watch(4000, 0.12);
	const [since, equalSince] = [promise.live.watched - watched, promise.live.equal - equal];
	t.true(equalSince / since >= TIERS.agreementMin - 0.003, `${equalSince} of ${since}`);
});

test('bands never become narrower, and a broken promise may end with the teacher answering everything', t => {
	const promise = new TierPromise({policy: POLICY, tiers: TIERS, heldOut: heldOut(2000)});
	let share = shareOf(promise);
	const rng = createRng(3);
	for (let block = 0; block < 20; block++) {
		for (let row = 0; row < 400; row++) {
			promise.learnOne(...drawPair(rng, block * 0.3), 'student');
		}

		const now = shareOf(promise);
		t.true(now <= share);
		share = now;
	}

	t.is(share, 0);
});

test('the same id is always watched or never, and so are as many as asked for', t => {
	const ids = Array.from({length: 20_000}, (_, index) => `event-${index}`);
	const watched = ids.filter(id => isWatched(id, 0.02));
	t.deepEqual(
		watched,
		ids.filter(id => isWatched(id, 0.02)),
	);
	t.true(Math.abs(watched.length / ids.length - 0.02) < 0.004, `${watched.length}`);
	t.is(ids.filter(id => isWatched(id, 0)).length, 0);
});

test('held-out scores come back as they were, and other bytes are refused', t => {
	const scores = {...heldOut(50), usual: {...USUAL, low: [Number.NaN, 0]}};
	t.deepEqual(fromHeldOutJson(toHeldOutJson(scores)), scores);
	t.throws(() => fromHeldOutJson('{"student":"","teacher":""}'), {instanceOf: PerennialError, message: /usual/v});
});

test('nearly all rows that the limits are of are usual; one far out and one with gaps are not', t => {
	const rng = createRng(5);
	const rows = 4000;
	const numeric = Float32Array.from({length: rows * 3}, () => (rng() < 0.05 ? Number.NaN : drawNormal(rng)));
	const usual = usualInputOf({rowCount: rows, numeric, categorical: NO_WORDS});
	t.true(
		usual.high.every(high => high > 2.5 && high < 4.5),
		usual.high.join(' '),
	);
	const promise = new TierPromise({policy: POLICY, tiers: TIERS, heldOut: {...heldOut(4000), usual}});
	const kinds = Array.from({length: rows}, (_, row) => promise.route(0.9, {rowCount: rows, numeric, categorical: NO_WORDS}, row).kind);
	t.true(kinds.filter(kind => kind === 'promised').length / rows > 0.98);
	t.is(promise.route(0.9, rowOf(20, -20, 20), 0).kind, 'unfamiliar');
	t.is(promise.route(0.9, rowOf(Number.NaN, Number.NaN, Number.NaN), 0).kind, 'missing');
});
