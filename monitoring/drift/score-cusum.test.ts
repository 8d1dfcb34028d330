/** The score CUSUM: its budget holds whether or not a model is calibrated, and it finds what errors hardly show. */
import test from 'ava';
import {createRng, drawNormal, sigmoid} from '../../core/numerics/index.ts';
import {ScoreCusum} from './score-cusum.ts';

/** Labels less probabilities of a model whose log-odds are worth `shift + slope * z`; `after`, from `changeAt` on, what else they are worth then. */
function* residuals(
	count: number,
	seed: number,
	{intercept = -2, shift = 0, slope = 1, changeAt = Infinity, after = {shift: 0, slope: 1}} = {},
): Generator<number> {
	const rng = createRng(seed);
	for (let index = 0; index < count; index++) {
		const z = 1.2 * drawNormal(rng);
		const worth = index < changeAt ? {shift, slope} : after;
		yield (rng() < sigmoid(intercept + worth.shift + worth.slope * z) ? 1 : 0) - sigmoid(intercept + z);
	}
}

function alarmsOf(values: Iterable<number>): number[] {
	const detector = new ScoreCusum();
	return [...values].flatMap((value, index) => (detector.update(value) ? [index] : []));
}

for (const [what, model] of [
	['calibrated, 0.4 % events', {intercept: -6.3}],
	['calibrated, 50 % events', {intercept: 0}],
	['too low and too steep', {intercept: -2.3, shift: 0.7, slope: 0.6}],
	['too high and too flat', {intercept: -2.3, shift: -1, slope: 1.5}],
] as const) {
	test(`at most one false alarm in 100,000 values of a model that is ${what}`, t => {
		const alarms = [1, 2, 3, 4, 5, 6].flatMap(seed => alarmsOf(residuals(100_000, seed, model)));
		t.true(alarms.length <= 6, `${alarms.length}`);
	});
}

for (const [what, after] of [
	['more events than probabilities say', {shift: 0.7, slope: 1}],
	['fewer', {shift: -0.7, slope: 1}],
	['probabilities that say nothing any more', {shift: 0, slope: 0}],
] as const) {
	test(`${what} are found within 1,000 values in nine of ten streams`, t => {
		const found = Array.from({length: 20}, (_, seed) => {
			const alarms = alarmsOf(residuals(6000, seed + 1, {changeAt: 5000, after}));
			return alarms.some(at => at >= 5000 && at < 6000);
		});
		t.true(found.filter(Boolean).length >= 18, `${found.filter(Boolean).length}`);
	});
}

test('what is usual is learnt anew after an alarm: a change is called once', t => {
	const alarms = alarmsOf(residuals(20_000, 3, {changeAt: 5000, after: {shift: 1, slope: 1}}));
	t.is(alarms.length, 1, alarms.join(', '));
});

test('options out of range are refused', t => {
	for (const options of [{falseAlarmInterval: 0}, {shift: 0}, {slopeLeft: 1}, {threshold: 0}]) {
		t.throws(() => new ScoreCusum(options), {name: 'AssertionError'});
	}

	t.throws(() => new ScoreCusum().update(1.5), {name: 'AssertionError'});
});
