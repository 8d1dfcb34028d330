/** Prequential evaluation against its definition, worked out anew in each test from what a recording learner saw. */
import test from 'ava';
import fc from 'fast-check';
import type {LearnerDefinition} from '../../core/domain/index.ts';
import {areaUnderRoc, createRng, sigmoid} from '../../core/numerics/index.ts';
import {LEARNERS} from '../online/index.ts';
import {AlertLine} from './alert-line.ts';
import {Baselines} from './baselines.ts';
import {DueQueue} from './due-queue.ts';
import {evaluatePrequentially, Prequential, type PrequentialEvent} from './prequential.ts';

const SHAPE = {schema: {version: 1, columns: [{name: 'x', type: 'numeric'} as const]}, outputCount: 1};
const NOTHING = new Uint8Array(0);

/** Says the number in its row as the probability, and writes down what happens to it. */
function recorder(log: string[]): LearnerDefinition {
	return {
		name: 'recorder',
		summary: 'says its row',
		source: 'none',
		parameterCount: () => 0,
		scorer: () => () => undefined,
		restore: () => recorder(log).create(SHAPE),
		create: () => ({
			predictOne(row, into) {
				log.push(`ask ${row[0]!}`);
				into[0] = row[0]!;
			},
			learnOne(row, label, _weight, expert, before) {
				if (before) {
					before[0] = row[0]!;
				}

				log.push(`learn ${row[0]!} ${label}${expert ? ` beside ${expert[0]!}` : ''}`);
			},
			snapshot: () => NOTHING,
			learntCount: 0,
			parameters: new Float64Array(0),
		}),
	};
}

const events = (labels: readonly number[]): PrequentialEvent[] =>
	labels.map((label, index) => ({row: Float64Array.of((index + 1) / 10), label, time: index * 1000}));

test('without a delay each label is learnt before the next question, in one call', t => {
	const log: string[] = [];
	const {rows, labels, overall, learner} = evaluatePrequentially(recorder(log), SHAPE, events([0, 1, 1]));
	t.deepEqual(log, ['learn 0.1 0', 'learn 0.2 1', 'learn 0.3 1']);
	t.deepEqual([learner, rows, labels], ['recorder', 3, 3]);
	t.is(overall.accuracy, 1 / 3);
});

test('a label that is two rows late is learnt before the question two rows later, as one that is two seconds late', t => {
	const expected = ['ask 0.1', 'ask 0.2', 'learn 0.1 0', 'ask 0.3', 'learn 0.2 1', 'ask 0.4', 'learn 0.3 0', 'learn 0.4 1'];
	for (const delay of [{rows: 2}, {duration: 'PT2S'}]) {
		const log: string[] = [];
		evaluatePrequentially(recorder(log), SHAPE, events([0, 1, 0, 1]), {delay});
		t.deepEqual(log, expected);
	}

	const log: string[] = [];
	const withTimes = events([0, 1, 0, 1]).map(event => ({...event, labelTime: event.time! + 2000}));
	evaluatePrequentially(recorder(log), SHAPE, withTimes, {delay: 'event'});
	t.deepEqual(log, expected);
});

test('labels come in the order of their own times; events without one are asked about and not learnt; experts come along', t => {
	const log: string[] = [];
	const report = evaluatePrequentially(
		recorder(log),
		SHAPE,
		[
			{row: Float64Array.of(0.1), label: 1, time: 0, labelTime: 30, expert: Float64Array.of(0.7)},
			{row: Float64Array.of(0.2), time: 10},
			{row: Float64Array.of(0.3), label: 0, time: 20, labelTime: 21},
			{row: Float64Array.of(0.4), label: 0, time: 25, labelTime: 9},
		],
		{delay: 'event'},
	);
	t.deepEqual(log, ['ask 0.1', 'ask 0.2', 'ask 0.3', 'learn 0.3 0', 'ask 0.4', 'learn 0.4 0', 'learn 0.1 1 beside 0.7']);
	t.like(report, {rows: 4, labels: 3, lost: 0});
});

test('baselines know only labels that have arrived, worked out anew', t => {
	const stream = fc.array(fc.integer({min: 0, max: 2}), {minLength: 1, maxLength: 60});
	fc.assert(
		fc.property(stream, fc.integer({min: 0, max: 7}), (labels, delay) => {
			const shape = {...SHAPE, outputCount: 3};
			const even: LearnerDefinition = {
				...recorder([]),
				create: () => ({...recorder([]).create(SHAPE), predictOne: (_row, into) => void into.fill(1 / 3)}),
			};
			const {overall} = evaluatePrequentially(even, shape, events(labels), {delay: {rows: delay}, majorityRows: 5});
			const late = Math.max(1, delay);
			const known = (index: number): number[] => labels.slice(0, Math.max(0, index - late + 1));
			const majority = (list: readonly number[]): number => {
				const counts = [0, 1, 2].map(label => list.slice(-5).filter(other => other === label).length);
				return counts.indexOf(Math.max(...counts));
			};

			const right = (guess: (list: number[]) => number): number =>
				labels.filter((label, index) => guess(known(index)) === label).length / labels.length;
			t.is(
				overall.noChangeAccuracy,
				right(list => list.at(-1) ?? 0),
			);
			t.is(overall.movingMajorityAccuracy, right(majority));
		}),
		{seed: 1},
	);
});

test('windows add up to the whole, by question and by arrival', t => {
	const rng = createRng(5);
	const list = Array.from({length: 1000}, (_, index): PrequentialEvent => {
		const p = sigmoid(4 * rng() - 2);
		const label = rng() < p ? 1 : 0;
		return {row: Float64Array.of(p), label, time: index * 10, labelTime: index * 10 + (label === 1 ? 700 : 2000)};
	});
	const scored: [number, number][] = [];
	const {overall, windows, arrivals, windowAuc} = evaluatePrequentially(recorder([]), SHAPE, list, {
		delay: 'event',
		window: {millis: 1000},
		onJudged: (_index, [p], label) => {
			scored.push([p!, label]);
		},
	});
	for (const series of [windows, arrivals]) {
		t.is(
			series.reduce((sum, {rows}) => sum + rows, 0),
			1000,
		);
		const mean = series.reduce((sum, {accuracy, rows}) => sum + accuracy * rows, 0) / 1000;
		t.true(Math.abs(mean - overall.accuracy) < 1e-12);
	}

	t.deepEqual(
		windows.map(({start, end}) => [start, end]),
		Array.from({length: 10}, (_, index) => [index * 1000, (index + 1) * 1000]),
	);
	t.is(windows[0]!.rows, 100);
	t.is(arrivals[0]!.rows, list.filter(({labelTime}) => labelTime! < 1000).length);
	t.true(arrivals.every(({start, end, rows}) => rows === list.filter(({labelTime}) => labelTime! >= start && labelTime! < end).length));
	const exact = areaUnderRoc(
		scored.map(([p]) => p),
		scored.map(([, label]) => label),
	);
	t.true(Math.abs(overall.auc - exact) < 1e-4);
	t.true(Math.abs(windowAuc - exact) < 0.05);
});

test('two channels: alerts are known sooner, all others late, and the budget holds', t => {
	const rng = createRng(8);
	const log: string[] = [];
	const list = Array.from({length: 4000}, (_, index): PrequentialEvent => ({row: Float64Array.of(rng()), label: index % 2}));
	const {alerts, labels} = evaluatePrequentially(recorder(log), SHAPE, list, {
		delay: {rows: 1000},
		alerts: {budget: 0.05, delay: {rows: 10}},
	});
	t.is(labels, 4000);
	t.true(Math.abs(alerts / 4000 - 0.05) < 0.01, `${alerts}`);
	const learntFirst = log
		.slice(
			0,
			log.findIndex(line => line === `learn ${list[0]!.row[0]!} 0`),
		)
		.filter(line => line.startsWith('learn'));
	t.true(learntFirst.length > 30 && learntFirst.length < 80, `${learntFirst.length}`);
	t.true(learntFirst.slice(5).every(line => Number(line.split(' ')[1]) > 0.8));
	t.throws(() => new Prequential(recorder([]), {...SHAPE, outputCount: 3}, {alerts: {budget: 0.1, delay: {rows: 1}}}));
});

test('memory is bounded: rows that wait, windows', t => {
	const list = events(Array.from({length: 500}, (_, index) => index % 2)).map(event => ({...event, row: Float64Array.of(0.5)}));
	const report = evaluatePrequentially(recorder([]), SHAPE, list, {
		delay: {rows: 100},
		waitingMax: 50,
		window: {rows: 10},
		windowsMax: 7,
	});
	t.is(report.windows.length, 7);
	t.is(report.labels + report.lost, 500);
	t.true(report.lost > 0);
});

test('time that is missing or goes back, and a label outside the task, are refused', t => {
	const row = Float64Array.of(0.5);
	const run = (list: PrequentialEvent[], delay = {duration: 'PT1S'} as const): unknown =>
		evaluatePrequentially(recorder([]), SHAPE, list, {delay});
	t.throws(() => run([{row, label: 1}]), {message: /need the time/v});
	t.throws(
		() =>
			run([
				{row, label: 1, time: 5},
				{row, label: 1, time: 4},
			]),
		{message: /time goes back/v},
	);
	t.throws(() => run([{row, label: 2, time: 5}]), {message: /outside the task/v});
});

test('a queue gives what is due in order and refuses beyond its bound', t => {
	fc.assert(
		fc.property(fc.array(fc.integer({min: 0, max: 20}), {maxLength: 40}), times => {
			const queue = new DueQueue<{dueAt: number; index: number}>(30);
			const taken = times.map((dueAt, index) => queue.push({dueAt, index}));
			t.deepEqual(
				taken,
				times.map((_, index) => index < 30),
			);
			const out: {dueAt: number; index: number}[] = [];
			for (let next = queue.popUntil(10); next; next = queue.popUntil(10)) {
				out.push(next);
			}

			const expected = times
				.slice(0, 30)
				.map((dueAt, index) => ({dueAt, index}))
				.filter(({dueAt}) => dueAt <= 10);
			t.deepEqual(
				out,
				expected.toSorted((a, b) => a.dueAt - b.dueAt || a.index - b.index),
			);
		}),
		{seed: 1},
	);
});

test('an alert line keeps its budget where all scores are equal, and no change follows the newest event', t => {
	const line = new AlertLine({budget: 0.1, rowsMax: 50});
	t.is(Array.from({length: 500}, () => line.isAlert(0.3)).filter(Boolean).length, 0);
	const baselines = new Baselines({classCount: 2, majorityRows: 2});
	for (const [index, label] of [
		[3, 1],
		[1, 0],
		[2, 0],
	] as const) {
		baselines.learn(index, label);
	}

	t.deepEqual([baselines.noChange, baselines.movingMajority()], [1, 0]);
});

for (const definition of LEARNERS) {
	test(`${definition.name} is evaluated alike at once and one row late, and beats the majority`, t => {
		const rng = createRng(2);
		const list = Array.from({length: 2000}, (): PrequentialEvent => {
			const x = 6 * rng() - 3;
			return {row: Float64Array.of(x), label: rng() < sigmoid(2 * x) ? 1 : 0};
		});
		const [atOnce, oneLate] = [0, 1].map(rows => evaluatePrequentially(definition, SHAPE, list, {delay: {rows}}));
		t.deepEqual(atOnce, oneLate);
		t.true(atOnce!.overall.kappaMajority > 0.4, JSON.stringify(atOnce!.overall));
	});
}
