/** The quality monitor on simulated streams: exact figures, labels that come late, change or go, bounded memory, exact restarts. */
import test from 'ava';
import fc from 'fast-check';
import {hasCode, TIERS, type QualityWindow, type Tier} from '../../core/domain/index.ts';
import {areaUnderRoc, createRng, drawNormal, macroAreaUnderRoc, meanLogLoss, sigmoid, softmaxInPlace} from '../../core/numerics/index.ts';
import type {Finding} from '../finding.ts';
import {QualityMonitor, type QualityMonitorOptions} from './quality-monitor.ts';

const DAY = 86_400_000;
const WEEK = 7 * DAY;
const MONDAY = Date.UTC(2024, 0, 1);
const OPTIONS: QualityMonitorOptions = {outputCount: 1, window: 'P7D', finalAfter: 'P14D'};

interface Answer {
	readonly eventOffset: number;
	readonly time: number;
	readonly tier: Tier;
	readonly scores: Float64Array;
	readonly label: number;
	/** When the label comes. */
	readonly labelAt: number;
}

/** Answers of a world in which the student knows the truth and the others see it blurred; one in 20 rows the teacher cannot score. */
function makeAnswers(
	count: number,
	perWeek: number,
	{
		seed = 1,
		delay = () => 3 * DAY,
		truth = (s: number, _week: number) => 2 * s - 1,
	}: {
		seed?: number;
		delay?: (label: number) => number;
		truth?: (s: number, week: number) => number;
	} = {},
): Answer[] {
	const rng = createRng(seed);
	return Array.from({length: count}, (_, index) => {
		const time = MONDAY + Math.floor((index / perWeek) * WEEK);
		const s = drawNormal(rng);
		const label = rng() < sigmoid(truth(s, index / perWeek)) ? 1 : 0;
		const blurred = sigmoid(2 * s - 1 + drawNormal(rng));
		const scores = Float64Array.of(blurred, sigmoid(2 * s - 1), rng() < 0.05 ? Number.NaN : sigmoid(1.5 * s - 1), sigmoid(s));
		return {eventOffset: 3 * index + 1, time, tier: rng() < 0.7 ? 'student' : 'online', scores, label, labelAt: time + delay(label)};
	});
}

interface Step {
	readonly at: number;
	readonly run: (monitor: QualityMonitor) => Finding[];
}

/** Decisions and labels as steps in order of time. */
function stepsOf(answers: readonly Answer[]): Step[] {
	const decisions = answers.map((answer): Step => ({
		at: answer.time,
		run: monitor => {
			const findings = monitor.advance(answer.time);
			monitor.addDecision(answer.time, answer);
			return findings;
		},
	}));
	const labels = answers.map((answer): Step => ({
		at: answer.labelAt,
		run: monitor => [
			...monitor.advance(answer.labelAt),
			...monitor.addLabel(answer.labelAt, {eventOffset: answer.eventOffset, value: answer.label, withdrawn: false}),
		],
	}));
	return [...decisions, ...labels].toSorted((a, b) => a.at - b.at);
}

function runSteps(monitor: QualityMonitor, steps: readonly Step[]): Finding[] {
	return steps.flatMap(({run}) => run(monitor));
}

/** The newest view of each window. */
function latest(views: readonly QualityWindow[]): QualityWindow[] {
	return [...new Map(views.map(view => [view.start, view])).values()];
}

test('figures of each series are those of its rows counted apart', t => {
	const answers = makeAnswers(1500, 500);
	const monitor = new QualityMonitor(OPTIONS);
	runSteps(monitor, stepsOf(answers));
	const views = monitor.takeWindows(MONDAY + 3 * WEEK + 4 * DAY);
	t.is(views.length, 3);
	for (const [week, view] of views.entries()) {
		const rows = answers.slice(week * 500, (week + 1) * 500);
		t.is(view.start, new Date(MONDAY + week * WEEK).toISOString());
		t.deepEqual([view.decisions, view.labelled, view.positives], [500, 500, rows.filter(({label}) => label === 1).length]);
		for (const series of ['loop', ...TIERS] as const) {
			const all = rows.map(({scores, tier, label}) => [scores[TIERS.indexOf(series === 'loop' ? tier : series)]!, label] as const);
			const scored = all.filter(([score]) => !Number.isNaN(score));
			const [scores, labels] = [scored.map(([score]) => score), scored.map(([, label]) => label)];
			const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
			const [auc, logLoss, calibration] = [areaUnderRoc(scores, labels), meanLogLoss(scores, labels), mean(scores) - mean(labels)];
			t.deepEqual(view.series[series], {auc, logLoss, rows: scores.length, calibration}, series);
		}

		t.true(view.series.teacher.rows < 500);
		t.true(view.series.student.auc! > view.series.online.auc!);
	}
});

test('several classes: the AUC is the mean of one against the rest', t => {
	const rng = createRng(2);
	const monitor = new QualityMonitor({...OPTIONS, outputCount: 3});
	const labels: number[] = [];
	const probabilities: number[] = [];
	for (let index = 0; index < 400; index++) {
		const label = Math.floor(rng() * 3);
		const own = Float64Array.from({length: 3}, (_, output) => drawNormal(rng) + (output === label ? 1 : 0));
		softmaxInPlace(own);
		const scores = new Float64Array(12).fill(Number.NaN);
		scores.set(own, 3);
		monitor.addDecision(MONDAY, {eventOffset: index + 1, time: MONDAY, tier: 'student', scores});
		monitor.addLabel(MONDAY, {eventOffset: index + 1, value: label, withdrawn: false});
		labels.push(label);
		probabilities.push(...own);
	}

	const [{series, positives}] = monitor.takeWindows(MONDAY) as [QualityWindow];
	const expected = {
		auc: macroAreaUnderRoc(probabilities, labels, 3),
		logLoss: meanLogLoss(probabilities, labels, 3),
		rows: 400,
		calibration: null,
	};
	t.deepEqual(series.student, expected);
	t.deepEqual(series.loop, series.student);
	t.deepEqual(series.teacher, {auc: null, logLoss: null, rows: 0, calibration: null});
	t.is(positives, 0);
	t.throws(() => monitor.addLabel(MONDAY, {eventOffset: 1, value: 3, withdrawn: false}), {name: 'AssertionError'});
});

test('a correction replaces a label, a withdrawal removes it, and each makes its window dirty once', t => {
	const [a, b] = makeAnswers(2, 2) as [Answer, Answer];
	const monitor = new QualityMonitor(OPTIONS);
	monitor.addDecision(MONDAY, a);
	monitor.addDecision(MONDAY, {...b, time: MONDAY});
	const label = (answer: Answer, value: number, withdrawn = false): void => {
		monitor.addLabel(MONDAY + DAY, {eventOffset: answer.eventOffset, value, withdrawn});
	};

	const counts = (): number[] => monitor.takeWindows(MONDAY + DAY).flatMap(({labelled, positives}) => [labelled, positives]);
	t.deepEqual(counts(), [0, 0]);
	t.deepEqual(counts(), [], 'nothing changed');
	label(a, 1);
	label(b, 0);
	t.deepEqual(counts(), [2, 1]);
	label(b, 1);
	t.deepEqual(counts(), [2, 2]);
	label(a, 1, true);
	t.deepEqual(counts(), [1, 1]);
	label(a, 0);
	t.deepEqual(counts(), [2, 1]);
});

test('a window is final when its labels are, is given out once more, and is dropped a window later', t => {
	const answers = makeAnswers(60, 10);
	const monitor = new QualityMonitor(OPTIONS);
	runSteps(monitor, stepsOf(answers.slice(0, 20)));
	const finality = (now: number): [string, boolean][] => monitor.takeWindows(now).map(({start, final}) => [start.slice(0, 10), final]);
	t.deepEqual(finality(MONDAY + 3 * WEEK - 1), [
		['2024-01-01', false],
		['2024-01-08', false],
	]);
	t.deepEqual(finality(MONDAY + 3 * WEEK), [['2024-01-01', true]]);
	t.is(monitor.windowCount, 2, 'quiet times drop nothing: no event has shown that the window is past');
	runSteps(monitor, stepsOf(answers.slice(20, 50)));
	t.is(monitor.windowCount, 5);
	t.deepEqual(finality(MONDAY + 5 * WEEK).slice(0, 2), [
		['2024-01-08', true],
		['2024-01-15', true],
	]);
	t.is(monitor.windowCount, 4);
	const {ignoredLabels, ignoredDecisions} = monitor;
	monitor.addLabel(MONDAY + 5 * WEEK, {eventOffset: answers[0]!.eventOffset, value: 1, withdrawn: false});
	monitor.addDecision(MONDAY + 5 * WEEK, {...answers[0]!, eventOffset: 9999});
	monitor.addDecision(MONDAY + 5 * WEEK, answers[49]!);
	t.is(monitor.ignoredLabels, ignoredLabels + 1);
	t.is(monitor.ignoredDecisions, ignoredDecisions + 2);
});

test('history loaded long after the event is held until later history has come', t => {
	const now = MONDAY + 500 * WEEK;
	const answers = makeAnswers(100, 10);
	const monitor = new QualityMonitor(OPTIONS);
	const views: QualityWindow[] = [];
	for (const answer of answers) {
		monitor.addDecision(now, answer);
		monitor.addLabel(now, {eventOffset: answer.eventOffset, value: answer.label, withdrawn: false});
		views.push(...monitor.takeWindows(now));
	}

	t.is(monitor.ignoredDecisions + monitor.ignoredLabels, 0);
	t.deepEqual(
		latest(views).map(({labelled, final}) => [labelled, final]),
		Array.from({length: 10}, () => [10, true]),
	);
	t.true(monitor.windowCount <= 5);
});

test('memory is bounded: rows in a window, rows in all, windows', t => {
	const monitor = new QualityMonitor({...OPTIONS, finalAfter: 'P10Y', rowsMax: 100, rowsTotalMax: 500, windowsMax: 20});
	const views: QualityWindow[] = [];
	for (const [index, answer] of makeAnswers(6000, 200).entries()) {
		monitor.addDecision(answer.time, answer);
		monitor.addLabel(answer.time, {eventOffset: answer.eventOffset, value: answer.label, withdrawn: false});
		t.true(monitor.rowCount <= 500 && monitor.windowCount <= 20);
		if (index % 1000 === 999) {
			views.push(...monitor.takeWindows(answer.time));
		}
	}

	const windows = latest(views);
	t.is(windows.length, 30, 'windows that were closed early have been given out');
	t.true(windows.every(({decisions}) => decisions === 200));
	t.true(windows.slice(0, 10).every(({final, series}) => !final && series.loop.rows <= 100));
	// Scaled up from the sample: all were labelled at once.
	t.true(windows.every(({labelled}) => labelled === 200));
	t.true(monitor.snapshot().length < 60_000);
});

test('figures of a sample are near those of all rows', t => {
	const answers = makeAnswers(20_000, 20_000);
	const views = [20_000, 4000].map(rowsMax => {
		const monitor = new QualityMonitor({...OPTIONS, rowsMax});
		runSteps(monitor, stepsOf(answers));
		return monitor.takeWindows(MONDAY + WEEK)[0]!;
	});
	const [all, sample] = views as [QualityWindow, QualityWindow];
	t.is(all.series.student.rows, 20_000);
	t.true(sample.series.student.rows > 2000 && sample.series.student.rows <= 4000);
	t.true(Math.abs(all.series.student.auc! - sample.series.student.auc!) < 0.02);
	t.true(Math.abs(all.positives - sample.positives) < 0.06 * all.positives);
});

test('concept drift: a rise of the loss is raised, a fall clears it, and drift that never was is not', t => {
	const truth = (s: number, week: number): number => (week >= 6 && week < 12 ? 0 - 2 * s : 2 * s - 1);
	const monitor = new QualityMonitor(OPTIONS);
	const findings = runSteps(monitor, stepsOf(makeAnswers(18_000, 1000, {truth})));
	const loop = findings.filter(({name}) => name === 'loop');
	const [first] = loop as [Finding];
	t.is(first.state, 'raised');
	t.true(first.at >= MONDAY + 8 * WEEK && first.at < MONDAY + 9 * WEEK, 'known as soon as labels of the new world are final');
	t.true(first.effect > first.threshold);
	t.is(first.lapsesAt, MONDAY + 10 * WEEK, 'the end of the window after the present one');
	const cleared = loop.find(({state}) => state === 'cleared');
	t.true(cleared !== undefined && cleared.at >= MONDAY + 14 * WEEK);
	t.is(loop.length, findings.length, 'only what is served raises alarms');
	t.deepEqual(runSteps(new QualityMonitor(OPTIONS), stepsOf(makeAnswers(18_000, 1000))), []);
});

test('bad outcomes that are known before good ones are no drift', t => {
	const answers = makeAnswers(12_000, 1000, {delay: label => (label === 1 ? DAY : 13 * DAY)});
	t.deepEqual(runSteps(new QualityMonitor(OPTIONS), stepsOf(answers)), []);
	// Taken as they come, the same labels do look like drift: this is what the order of maturity prevents.
	const naive = runSteps(new QualityMonitor({...OPTIONS, finalAfter: 'PT0S'}), stepsOf(answers));
	t.true(naive.length > 0);
});

test('the rolling AUC takes labels when they are final, once, and as they are then', t => {
	const answers = makeAnswers(300, 300);
	const monitor = new QualityMonitor(OPTIONS);
	runSteps(monitor, stepsOf(answers));
	t.is(monitor.rollingAuc('loop'), null, 'no label is older than two weeks');
	monitor.addLabel(MONDAY + 11 * DAY, {eventOffset: answers[0]!.eventOffset, value: 1 - answers[0]!.label, withdrawn: false});
	monitor.addLabel(MONDAY + 11 * DAY, {eventOffset: answers[1]!.eventOffset, value: 0, withdrawn: true});
	monitor.advance(MONDAY + 10 * WEEK);
	const kept = answers.map(({label, ...answer}, index) => ({...answer, label: index === 0 ? 1 - label : label})).toSpliced(1, 1);
	const aucOf = (rows: readonly Pick<Answer, 'scores' | 'label'>[]): number =>
		areaUnderRoc(
			rows.map(({scores}) => scores[1]!),
			rows.map(({label}) => label),
		);
	t.is(monitor.rollingAuc('student'), aucOf(kept));
	monitor.addLabel(MONDAY + 10 * WEEK, {eventOffset: answers[2]!.eventOffset, value: 1 - answers[2]!.label, withdrawn: false});
	t.is(monitor.rollingAuc('student'), aucOf(kept), 'a late correction is for the windows');
	monitor.addLabel(MONDAY + 10 * WEEK, {eventOffset: answers[1]!.eventOffset, value: answers[1]!.label, withdrawn: false});
	t.is(monitor.rollingAuc('student'), aucOf([...kept, answers[1]!]), 'given back, it counts');
});

test('restored at any record, it has the same future and the same bytes', t => {
	const bounds = {...OPTIONS, rowsMax: 60, rowsTotalMax: 150, windowsMax: 4};
	const steps = stepsOf(makeAnswers(700, 100, {delay: label => (label === 1 ? 2 : 16) * DAY}));
	const run = (monitor: QualityMonitor, part: readonly Step[]): unknown[] =>
		part.flatMap(({at, run: step}, index) => [...step(monitor), ...(index % 50 === 0 ? monitor.takeWindows(at) : [])]);
	fc.assert(
		fc.property(
			fc.integer({min: 0, max: steps.length / 50}).map(part => part * 50),
			cut => {
				const whole = new QualityMonitor(bounds);
				const before = run(whole, steps.slice(0, cut));
				const restored = QualityMonitor.restore(whole.snapshot(), bounds);
				t.deepEqual(restored.snapshot(), whole.snapshot());
				t.deepEqual([...before, ...run(restored, steps.slice(cut))], [...before, ...run(whole, steps.slice(cut))]);
				t.deepEqual(restored.snapshot(), whole.snapshot());
			},
		),
		{seed: 1, numRuns: 15},
	);
});

test('state of another task, or no state, is refused', t => {
	const bytes = new QualityMonitor(OPTIONS).snapshot();
	t.true(
		hasCode(
			t.throws(() => QualityMonitor.restore(bytes, {...OPTIONS, outputCount: 3})),
			'CHECKPOINT_CORRUPT',
		),
	);
	t.true(
		hasCode(
			t.throws(() => QualityMonitor.restore(bytes.slice(0, 30), OPTIONS)),
			'CHECKPOINT_CORRUPT',
		),
	);
});
