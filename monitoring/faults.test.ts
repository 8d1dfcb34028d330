/** What monitors do when things go wrong: clocks that differ, features that disappear, labels of one class, references that do not fit. */
import test from 'ava';
import {CategoryDictionary, TIERS, type FrameColumn} from '../core/domain/index.ts';
import {createRng, drawNormal, type Rng} from '../core/numerics/index.ts';
import {buildReference, DriftMonitor, QualityMonitor, type DriftBaseline, type Finding} from './index.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const ROWS_A_DAY = 500;
const NAMES = ['amount', 'age', 'visits'];

function baselineOf(names: readonly string[], live: DriftBaseline['schema']['columns']): DriftBaseline {
	const rng = createRng(1);
	const times = Float64Array.from({length: 5000}, (_, row) => START - (5000 - row) * (DAY / ROWS_A_DAY));
	const columns = names.map((name): FrameColumn => ({name, kind: 'numeric', values: Float64Array.from(times, () => drawNormal(rng))}));
	const scores = Float64Array.from(times, () => rng());
	return {
		version: 1,
		reference: buildReference({columns, rowCount: times.length, times}, scores, {scoreTimes: times}),
		schema: {version: 1, columns: live},
	};
}

const numeric = (name: string): {name: string; type: 'numeric'} => ({name, type: 'numeric'});

function monitorOf(baseline: DriftBaseline): DriftMonitor {
	return new DriftMonitor(baseline, {
		window: 'P1D',
		threshold: 0.25,
		falseAlarmsPerMonth: 1,
		earlyFalseAlarmsPerMonth: 1,
		dictionary: new CategoryDictionary(),
	});
}

/** Three days of rows; raised findings, with the names of the features that windows judged. */
function threeDays(monitor: DriftMonitor, rowOf: (rng: Rng) => Float64Array): {readonly raised: Finding[]; readonly judged: string[]} {
	const rng = createRng(2);
	const findings: Finding[] = [];
	const judged = new Set<string>();
	for (let at = 0; at <= 3 * ROWS_A_DAY; at++) {
		const time = START + (at / ROWS_A_DAY) * DAY;
		const report = monitor.update(time, time, rowOf(rng), rng());
		findings.push(...(report?.findings ?? []), ...monitor.takeEarly());
		for (const name of Object.keys(report?.window.features ?? {})) {
			judged.add(name);
		}
	}

	return {raised: findings.filter(({state}) => state === 'raised'), judged: [...judged]};
}

test('rows out of order within a window change nothing of it; those of ended windows and of the far future are counted as strays', t => {
	const baseline = baselineOf(NAMES, NAMES.map(numeric));
	const [ordered, skewed] = [monitorOf(baseline), monitorOf(baseline)];
	const rng = createRng(3);
	const rows = Array.from({length: ROWS_A_DAY}, (_, at) => ({
		time: START + (at / ROWS_A_DAY) * DAY,
		row: Float64Array.from(NAMES, () => drawNormal(rng)),
		score: rng(),
	}));
	for (const {time, row, score} of rows) {
		ordered.update(START + DAY - 1, time, row, score);
	}

	for (const {time, row, score} of rows.toReversed()) {
		skewed.update(START + DAY - 1, time, row, score);
	}

	const ends = [ordered, skewed].map(monitor => monitor.update(START + DAY, START + DAY, rows[0]!.row, 0.5));
	t.deepEqual(ends[1]!.window, ends[0]!.window);
	t.is(ends[1]!.window.rows, ROWS_A_DAY);
	skewed.update(START + DAY, START + DAY - 1, rows[0]!.row, 0.5);
	skewed.update(START + DAY, START + 40 * DAY, rows[0]!.row, 0.5);
	t.is(skewed.strayRows, 2);
	t.deepEqual(skewed.takeEarly(), [], 'a stray is looked at by nobody');
});

test('a feature that is missing from one row on is raised at once; the others are judged as before', t => {
	let at = 0;
	const {raised} = threeDays(monitorOf(baselineOf(NAMES, NAMES.map(numeric))), rng => {
		at++;
		return Float64Array.from(NAMES, name => (name === 'age' && at > 700 ? Number.NaN : drawNormal(rng)));
	});
	t.deepEqual([...new Set(raised.map(({name}) => name))], ['age']);
	t.is(raised[0]!.detector, 'bin-cusum');
	t.true(raised[0]!.at < START + (720 / ROWS_A_DAY) * DAY);
});

test('a reference that no longer fits the schema: what both have is judged, what only one has or has as another type is left out', t => {
	const live = [numeric('amount'), {name: 'age', type: 'categorical'} as const, numeric('new')];
	const {raised, judged} = threeDays(monitorOf(baselineOf(NAMES, live)), rng => Float64Array.of(drawNormal(rng) + 1, 1, 5));
	t.deepEqual(judged, ['amount']);
	t.deepEqual([...new Set(raised.map(({name, detector}) => `${name} ${detector}`))].toSorted(), ['amount bin-cusum', 'amount psi']);

	const none = threeDays(monitorOf(baselineOf(NAMES, [numeric('new')])), () => Float64Array.of(5));
	t.deepEqual(none, {raised: [], judged: []}, 'the score alone is judged');
});

test('labels of one class: no AUC and no alarm, but losses; the same after a restart', t => {
	const options = {
		outputCount: 1,
		window: 'P1D',
		finalAfter: 'P1D',
		concept: {detectors: ['score-cusum', 'adwin', 'bernoulli-cusum'], falseAlarmsPerMonth: 1},
	};
	const rng = createRng(4);
	let monitor = new QualityMonitor(options);
	const findings: Finding[] = [];
	for (let event = 0; event < 10 * ROWS_A_DAY; event++) {
		const time = START + (event / ROWS_A_DAY) * DAY;
		findings.push(...monitor.advance(time));
		const scores = Float64Array.from(TIERS, () => 0.001 + 0.002 * rng());
		monitor.addDecision(time, {eventOffset: event, time, tier: 'student', scores});
		findings.push(...monitor.addLabel(time, {eventOffset: event, value: 0, withdrawn: false}));
		monitor = event === 2000 ? QualityMonitor.restore(monitor.snapshot(), options) : monitor;
	}

	const windows = monitor.takeWindows(START + 12 * DAY);
	t.true(windows.length > 0);
	for (const {series, positives, vintage} of windows) {
		t.is(series.loop.auc, null);
		t.true(series.loop.logLoss! < 0.01);
		t.is(positives, 0);
		t.is(vintage?.estimate?.auc ?? null, null);
	}

	t.is(monitor.rollingAuc('loop'), null);
	t.deepEqual(findings, []);
});
