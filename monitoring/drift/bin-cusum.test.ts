/** The look at each row: as many false alarms as the theory allows, early where something moves, quiet where things come and go as they used to. */
import test from 'ava';
import {CategoryDictionary, type FrameColumn} from '../../core/domain/index.ts';
import {createRng, drawNormal, normalCdf, type Rng} from '../../core/numerics/index.ts';
import type {Finding} from '../finding.ts';
import {binCharts} from './bin-charts.ts';
import {BinCusum} from './bin-cusum.ts';
import {chartThreshold, NO_TAIL} from './chart-tail.ts';
import {DriftMonitor, type DriftBaseline} from './drift-monitor.ts';
import {buildReference, fromReferenceJson, toReferenceJson} from './reference.ts';

const DAY = 86_400_000;
const ROWS_A_DAY = 1000;
const START = Date.UTC(2026, 0, 5);
const TIMES = Float64Array.from({length: 20_000}, (_, row) => (row / ROWS_A_DAY) * DAY);
const TEN = {counts: Array<number>(10).fill(1000), missing: 0, isOrdered: true};

/** Steps of a sum without bound until it has passed a threshold `alarms` times, beginning anew each time. */
function meanRun(step: () => number, threshold: number, alarms: number): number {
	let [rows, sum] = [0, 0];
	for (let alarm = 0; alarm < alarms; rows++) {
		sum = Math.max(0, sum + step());
		if (sum > threshold) {
			alarm++;
			sum = 0;
		}
	}

	return rows / alarms;
}

test('at the edge of what is usual, rows between two false alarms are as many as asked for, and up to three times as many', t => {
	const rng = createRng(1);
	const {up, bins} = binCharts(TEN);
	// Two standard errors of 10,000 rows beyond a tenth of a standard deviation.
	const drawn = (): number => Math.min(9, Math.floor(10 * normalCdf(drawNormal(rng) + 0.12)));
	const bin = bins[0]!;
	const usual = (1 - Math.exp(-bin.fall)) / (Math.exp(bin.rise) - Math.exp(-bin.fall));
	for (const interval of [1000, 10_000]) {
		const ofShift = meanRun(() => up.steps[drawn()]!, chartThreshold(up.meanStepDown, NO_TAIL, interval, 1), 40) / interval;
		const ofBin =
			meanRun(() => (rng() < usual ? bin.rise : -bin.fall), chartThreshold(bin.meanStepDown, NO_TAIL, interval, 1), 40) / interval;
		t.true(ofShift > 0.8 && ofShift < 3, `shift: ${ofShift}`);
		t.true(ofBin > 0.8 && ofBin < 3, `bin: ${ofBin}`);
	}
});

test('what the reference went through raises the threshold, and more so where rows come faster', t => {
	const {up} = binCharts(TEN);
	const tail = {level: 100, excess: 10, peaks: 10, rows: 10_000};
	t.true(Math.abs(chartThreshold(up.meanStepDown, tail, 100_000, 1) - 100 - 10 * Math.log(100)) < 1e-9);
	t.true(chartThreshold(up.meanStepDown, tail, 100_000, 3) > 350);
	t.is(
		chartThreshold(up.meanStepDown, {...tail, level: 1, excess: 0.1}, 100_000, 3),
		chartThreshold(up.meanStepDown, NO_TAIL, 100_000, 1),
	);
	t.is(chartThreshold(binCharts({counts: [5], missing: 0, isOrdered: true}).up.meanStepDown, NO_TAIL, 10, 1), Infinity);
});

interface Row {
	readonly amount: number;
	readonly hour: number;
	readonly country: number;
	readonly score: number;
}

const COUNTRIES = ['de', 'fr', 'it', 'xx'];

function usualRow(rng: Rng, at: number): Row {
	return {
		amount: rng() < 0.02 ? Number.NaN : Math.exp(drawNormal(rng)),
		hour: Math.floor(((at % ROWS_A_DAY) / ROWS_A_DAY) * 24),
		country: rng() < 0.5 ? 0 : rng() < 0.6 ? 1 : 2,
		score: rng(),
	};
}

function world(seed: number): {readonly baseline: DriftBaseline; readonly dictionary: CategoryDictionary} {
	const rng = createRng(seed);
	const rows = Array.from(TIMES, (_, at) => usualRow(rng, at));
	const dictionary = new CategoryDictionary();
	for (const country of COUNTRIES) {
		dictionary.codeOf('country', country);
	}

	const columns: FrameColumn[] = [
		{name: 'amount', kind: 'numeric', values: Float64Array.from(rows, ({amount}) => amount)},
		{name: 'hour', kind: 'numeric', values: Float64Array.from(rows, ({hour}) => hour)},
		{name: 'country', kind: 'categorical', categories: COUNTRIES.slice(0, 3), values: Int32Array.from(rows, ({country}) => country)},
	];
	const scores = rows.map(({score}) => score);
	const reference = buildReference({columns, rowCount: rows.length, times: TIMES}, scores, {scoreTimes: TIMES});
	return {
		baseline: {version: 1, reference, schema: {version: 1, columns: columns.map(({name, kind}) => ({name, type: kind}))}},
		dictionary,
	};
}

const {baseline, dictionary} = world(1);
const OPTIONS = {window: 'P1D', threshold: 0.25, falseAlarmsPerMonth: 1, earlyFalseAlarmsPerMonth: 1, dictionary};

/** Findings of the look at each row, with the row; `change` is made from `from` on. */
function early(
	seed: number,
	rows: number,
	change: (row: Row) => Row = row => row,
	{from = 10_000, monitor = new DriftMonitor(baseline, OPTIONS)} = {},
): Array<readonly [number, Finding]> {
	const rng = createRng(seed);
	const found: Array<readonly [number, Finding]> = [];
	for (let at = 0; at < rows; at++) {
		const usual = usualRow(rng, at);
		const {amount, hour, country, score} = at >= from ? change(usual) : usual;
		const time = 40 * DAY + (at / ROWS_A_DAY) * DAY;
		const code = dictionary.codeOf('country', COUNTRIES[country]!);
		const report = monitor.update(time, time, Float64Array.of(amount, hour, code), score);
		const ended = (report?.findings ?? []).filter(({detector}) => detector === 'bin-cusum');
		found.push(...[...ended, ...monitor.takeEarly()].map(finding => [at, finding] as const));
	}

	return found;
}

test('nothing is raised in three years of streams without a change, a feature that follows the clock among them', t => {
	const raised = [2, 3, 4].flatMap(seed =>
		early(seed, 365 * ROWS_A_DAY, undefined, {from: Infinity}).filter(([, {state}]) => state === 'raised'),
	);
	t.deepEqual(raised, []);
});

const CHANGES: ReadonlyArray<readonly [what: string, name: string, within: number, change: (row: Row) => Row, message: RegExp]> = [
	['a shift by one standard deviation', 'amount', 150, row => ({...row, amount: row.amount * Math.E}), /larger values/v],
	['a value that sticks', 'amount', 60, row => ({...row, amount: 1}), /ranges of values/v],
	['missing values', 'amount', 30, row => ({...row, amount: Number.NaN}), /missing values/v],
	['a new category', 'country', 30, row => ({...row, country: 3}), /rare or new values/v],
	['a score that falls', 'score', 150, row => ({...row, score: row.score ** 3}), /smaller values|ranges of values/v],
];

for (const [what, name, within, change, message] of CHANGES) {
	test(`${what}: raised within ${within} rows, once, for that alone, until it is over`, t => {
		const found = early(5, 12_500, change);
		const raised = found.filter(([, {state}]) => state === 'raised');
		t.true(raised.every(([, finding]) => finding.name === name));
		t.true(raised[0]![0] >= 10_000 && raised[0]![0] < 10_000 + within, String(raised[0]![0]));
		t.regex(raised[0]![1].message, message);
		t.true(raised[0]![1].effect >= 0.99 * raised[0]![1].threshold);
		t.deepEqual(
			raised.slice(1).map(([at]) => at),
			[11_000, 12_000],
		);
	});
}

test('an alarm ends with a window in which rows are as they were', t => {
	let isOver = false;
	const found = early(7, 14_000, row => {
		isOver ||= row.hour === 20;
		return isOver ? row : {...row, amount: Number.NaN};
	});
	const ofAmount = found.filter(([at, {name}]) => name === 'amount' && at >= 10_000);
	t.deepEqual(
		ofAmount.map(([at, {state}]) => [at > 10_000 && at < 10_030 ? 'early' : at, state]),
		[
			[10_000, 'cleared'],
			['early', 'raised'],
			[11_000, 'cleared'],
			[12_000, 'cleared'],
			[13_000, 'cleared'],
		],
	);
});

test('restored at any row, it has the same future and the same bytes', t => {
	const change = (row: Row): Row => ({...row, amount: 2 * row.amount});
	const whole = new DriftMonitor(baseline, OPTIONS);
	const expected = early(8, 4000, change, {monitor: whole, from: 1500});
	for (const cut of [1, 1499, 1600, 2500]) {
		const before = new DriftMonitor(baseline, OPTIONS);
		const rng = createRng(8);
		const found: Array<readonly [number, Finding]> = [];
		let monitor = before;
		for (let at = 0; at < 4000; at++) {
			monitor = at === cut ? DriftMonitor.restore(monitor.snapshot(), OPTIONS) : monitor;
			const usual = usualRow(rng, at);
			const {amount, hour, country, score} = at >= 1500 ? change(usual) : usual;
			const time = 40 * DAY + (at / ROWS_A_DAY) * DAY;
			const row = Float64Array.of(amount, hour, dictionary.codeOf('country', COUNTRIES[country]!));
			const report = monitor.update(time, time, row, score);
			const ended = (report?.findings ?? []).filter(({detector}) => detector === 'bin-cusum');
			found.push(...[...ended, ...monitor.takeEarly()].map(finding => [at, finding] as const));
		}

		t.deepEqual(found, expected);
		t.deepEqual(monitor.snapshot(), whole.snapshot());
	}
});

test('rows that come ten times as fast make thresholds higher within a day; a reference that says nothing of time is not looked at row by row', t => {
	const rng = createRng(9);
	const monitor = new DriftMonitor(baseline, OPTIONS);
	const raised: Finding[] = [];
	for (let at = 0; at < 50_000; at++) {
		const {amount, country, score} = usualRow(rng, at);
		const time = 40 * DAY + (at / (10 * ROWS_A_DAY)) * DAY;
		const hour = Math.floor((time % DAY) / (DAY / 24));
		monitor.update(time, time, Float64Array.of(amount, hour, dictionary.codeOf('country', COUNTRIES[country]!)), score);
		raised.push(...monitor.takeEarly().filter(() => at > 10 * ROWS_A_DAY));
	}

	t.deepEqual(raised, []);
	const features = baseline.reference.features.map(feature => ({...feature, wander: undefined}));
	const silent = new DriftMonitor({...baseline, reference: {...baseline.reference, features}}, OPTIONS);
	t.deepEqual(
		early(10, 11_000, row => ({...row, amount: Number.NaN}), {monitor: silent}),
		[],
	);
});

test('a reference survives its text, and is refused where the wandering of a feature does not fit its bins', t => {
	const {reference} = baseline;
	t.deepEqual(fromReferenceJson(toReferenceJson(reference)), reference);
	const wander = {...reference.features[0]!.wander!, tails: []};
	const features = [{...reference.features[0]!, wander}, ...reference.features.slice(1)];
	t.throws(() => fromReferenceJson(toReferenceJson({...reference, features})), {message: /counts that do not fit its bins/v});
	t.throws(() => fromReferenceJson(toReferenceJson({...reference, score: {...reference.score!, wander}})), {message: /do not fit/v});
});

test('counting from 0 again after two million rows changes no sum', t => {
	const bins = {counts: [500, 500], missing: 0, isOrdered: true, start: 0, rowsPerMonth: 1e9};
	const subject = {...bins, subject: 'feature', name: 'x', tails: Array<typeof NO_TAIL>(5).fill(NO_TAIL)} as const;
	const delayAfter = (rows: number): number => {
		const cusum = new BinCusum([subject], {falseAlarmsPerMonth: 1, referenceVersion: 1});
		const placed = new Int32Array(1);
		for (let row = 0; row < rows; row++) {
			placed[0] = row % 2;
			cusum.update(0, placed);
		}

		for (let delay = 1; ; delay++) {
			placed[0] = delay % 4 === 0 ? 0 : 2;
			if (cusum.update(0, placed).length > 0) {
				return delay;
			}
		}
	};

	t.is(delayAfter(2 ** 21 - 4), delayAfter(1000));
	t.is(delayAfter(2 ** 21), delayAfter(1000));
});

test('what has a single bin, such as a score that never differs, is passed over, and windows go on', t => {
	const rows = 500;
	const times = Float64Array.from({length: rows}, (_, row) => row * 3_600_000);
	const columns = [{name: 'x', kind: 'numeric' as const, values: Float64Array.from(times, (_, row) => row % 50)}];
	const reference = buildReference({columns, rowCount: rows, times}, new Float64Array(rows).fill(0.3), {scoreTimes: times});
	const schema = {version: 1, columns: [{name: 'x', type: 'numeric' as const}]};
	const options = {
		window: 'P1D',
		threshold: 0.25,
		falseAlarmsPerMonth: 1,
		earlyFalseAlarmsPerMonth: 1,
		dictionary: new CategoryDictionary(),
	};
	const monitor = new DriftMonitor({version: 1, reference, schema}, options);
	const reports = Array.from({length: 300}, (_, row) =>
		monitor.update(START + row * 600_000, START + row * 600_000, Float64Array.of(row % 50), 0.3),
	).filter(report => report !== undefined);
	t.is(reports.length, 2);
	t.deepEqual(
		reports[0]!.findings.filter(({detector}) => detector === 'bin-cusum').map(({name, state}) => [name, state]),
		[['x', 'cleared']],
	);
	t.deepEqual(monitor.causes(), []);
});
