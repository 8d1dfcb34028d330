/** The watch for concept drift: every detector on its own stream, the budget kept, exact restarts. */
import test from 'ava';
import {DETECTOR_NAMES} from '../../core/domain/index.ts';
import {createRng, drawNormal, sigmoid, softmaxInPlace} from '../../core/numerics/index.ts';
import {DETECTORS} from '../drift/index.ts';
import type {Finding} from '../finding.ts';
import {MONTH} from '../tumbling-windows.ts';
import {ConceptWatch, type ConceptWatchOptions, type ConceptWatchState} from './concept-watch.ts';
import {ErrorStream} from './error-stream.ts';
import {MonthlyRate} from '../monthly-rate.ts';

const OPTIONS: ConceptWatchOptions = {detectors: ['adwin', 'bernoulli-cusum'], falseAlarmsPerMonth: 1, outputCount: 1};
const PER_MONTH = 20_000;

interface Answered {
	readonly time: number;
	readonly probabilities: Float64Array;
	readonly label: number;
}

/** Answers of a calibrated model at a log-odds of `intercept`; from `reversedAt` on, what raised the risk lowers it. */
function* answersOf(
	count: number,
	{
		intercept,
		seed,
		reversedAt = Infinity,
		perMonth = PER_MONTH,
	}: {intercept: number; seed: number; reversedAt?: number; perMonth?: number},
): Generator<Answered> {
	const rng = createRng(seed);
	for (let index = 0; index < count; index++) {
		const z = 1.2 * drawNormal(rng);
		const label = rng() < sigmoid(intercept + (index < reversedAt ? z : -z)) ? 1 : 0;
		yield {time: (index * MONTH) / perMonth, probabilities: Float64Array.of(sigmoid(intercept + z)), label};
	}
}

function feed(watch: ConceptWatch, answers: Iterable<Answered>): Finding[] {
	return [...answers].flatMap(({time, probabilities, label}) => watch.update({now: time, time}, probabilities, label, () => time + 1));
}

function raisedBy(findings: readonly Finding[], detector: string): Finding[] {
	return findings.filter(finding => finding.detector === detector && finding.state === 'raised');
}

test('the spec can name each detector', t => {
	t.deepEqual(
		[...DETECTOR_NAMES],
		DETECTORS.map(({name}) => name),
	);
});

for (const {name} of DETECTORS) {
	test(`${name} on its own stream raises a concept that is reversed, under its own name`, t => {
		const watch = new ConceptWatch('loop', {...OPTIONS, detectors: [name]});
		const findings = feed(watch, answersOf(12_000, {intercept: -1, seed: 3, reversedAt: 10_000}));
		const found = findings.find(({at, state}) => state === 'raised' && at >= (10_000 * MONTH) / PER_MONTH);
		t.truthy(found);
		t.is(found!.detector, name);
		t.is(found!.subject, 'concept');
		t.true(found!.effect >= found!.threshold && found!.lapsesAt! > found!.at);
		t.true(found!.at < (10_500 * MONTH) / PER_MONTH, 'within 500 labels');
	});
}

for (const [rate, intercept] of [
	['0.4 %', -6.3],
	['13 %', -2.3],
	['50 %', 0],
] as const) {
	test(`the budget holds for a calibrated model at a base rate of ${rate}`, t => {
		const [seeds, perMonth] = [4, 100_000];
		const findings = Array.from({length: seeds}, (_, seed) =>
			feed(new ConceptWatch('loop', OPTIONS), answersOf(2 * perMonth, {intercept, seed: seed + 1, perMonth})),
		).flat();
		// Eight months with one false alarm each at most; each detector may raise four.
		t.true(raisedBy(findings, 'adwin').length <= 4, String(raisedBy(findings, 'adwin').length));
		t.true(raisedBy(findings, 'bernoulli-cusum').length <= 4, String(raisedBy(findings, 'bernoulli-cusum').length));
	});
}

test('missed events tell a reversed concept of rare events that the rate of all errors hides', t => {
	const reversed = {intercept: -4.2, seed: 5, reversedAt: 20_000};
	const [found] = raisedBy(feed(new ConceptWatch('loop', OPTIONS), answersOf(22_000, reversed)), 'bernoulli-cusum');
	t.true(found !== undefined && found.at >= (20_000 * MONTH) / PER_MONTH);
	t.regex(found!.message, /missed risk events/v);
});

test('restored anywhere, also where the budget makes options stricter, it has the same future', t => {
	const options = {...OPTIONS, detectors: DETECTORS.map(({name}) => name)};
	const answers = [...answersOf(3000, {intercept: -1, seed: 2, reversedAt: 2000, perMonth: 2_000_000})];
	const whole = new ConceptWatch('loop', options);
	const expected = feed(whole, answers);
	t.true(expected.length > 0);
	for (const cut of [0, 1, 5, 130, 2001, 2999]) {
		const first = new ConceptWatch('loop', options);
		const before = feed(first, answers.slice(0, cut));
		const second = new ConceptWatch('loop', options, JSON.parse(JSON.stringify(first.state())) as ConceptWatchState);
		t.deepEqual([...before, ...feed(second, answers.slice(cut))], expected);
		t.deepEqual(second.state(), whole.state());
	}
});

test('labels that come faster make options stricter, and never laxer again', t => {
	const watch = new ConceptWatch('loop', OPTIONS);
	const intervalOf = (): number => watch.state().detectors[1]!['falseAlarmInterval'] as number;
	feed(watch, answersOf(1000, {intercept: 0, seed: 1, perMonth: 1000}));
	t.is(intervalOf(), 100_000, 'the default is strict enough for 1,000 labels a month');
	feed(
		watch,
		[...answersOf(500_000, {intercept: 0, seed: 1, perMonth: 500_000})].map(answer => ({...answer, time: answer.time + 2 * MONTH})),
	);
	const strict = intervalOf();
	t.true(strict >= 1_000_000 && strict < 5_000_000, `half an alarm in 500,000 labels or fewer: ${strict}`);
	feed(
		watch,
		[...answersOf(100, {intercept: 0, seed: 1, perMonth: 100})].map(answer => ({...answer, time: answer.time + 9 * MONTH})),
	);
	t.is(intervalOf(), strict);
});

test('the rate of labels is that of the fullest month, and of the running one reckoned up', t => {
	const rate = new MonthlyRate();
	t.is(rate.perMonth, 0);
	for (let index = 0; index < 300; index++) {
		rate.add((index * MONTH) / 300);
	}

	t.true(Math.abs(rate.perMonth - 300) < 3);
	rate.add(MONTH);
	t.true(Math.abs(rate.perMonth - 300) < 3, 'the month that ended counts');
	rate.add(20 * MONTH);
	t.true(Math.abs(rate.perMonth - 300) < 3, 'an empty time lowers nothing');
	t.deepEqual(new MonthlyRate(rate.state()).state(), rate.state());
});

test('errors and misses are reckoned from the cut, the base rate or the most probable class', t => {
	const errors = new ErrorStream(1);
	for (let index = 0; index < 397; index++) {
		t.is(errors.judge(Float64Array.of(0.5), index % 4 === 0 ? 1 : 0), undefined);
	}

	t.deepEqual(errors.judge(Float64Array.of(0.3), 1), {error: 0, miss: 0}, '0.3 lies above the base rate of 0.25');
	t.deepEqual(new ErrorStream(1, {state: errors.state()}).judge(Float64Array.of(0.2), 1), {error: 1, miss: 1});
	const classes = new ErrorStream(3);
	const probabilities = softmaxInPlaceOf([0, 1, 3]);
	t.deepEqual(classes.judge(probabilities, 2), {error: 0, miss: 0});
	t.deepEqual(classes.judge(probabilities, 1), {error: 1, miss: 1});
});

function softmaxInPlaceOf(logits: readonly number[]): Float64Array {
	const values = Float64Array.from(logits);
	softmaxInPlace(values);
	return values;
}
