/** A back-test knows at each time what was known then and no more; its policies do what their names say; its figures mean what they say. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {parseSpec, type LearnerDefinition, type ModelSpec, type TrainingFrame} from '../../core/domain/index.ts';
import {createRng, sigmoid} from '../../core/numerics/index.ts';
import {LEARNERS} from '../../trainers/index.ts';
import {backtest, type BacktestReport} from './backtest.ts';
import {monthlyDecay} from './decay.ts';
import {frameOfRows, readHistory, type History} from './history.ts';
import {windowsOf} from './measure.ts';
import {policiesOf, POLICIES} from './policies.ts';
import {htmlOf, tableOf} from './present.ts';
import {TrainedModels, type FitModel} from './trained-models.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-backtest-'));
const SPEC = {
	name: 'lender',
	task: 'binary',
	time: {field: 'at'},
	label: {field: 'y', delay: {field: 'known'}, maturity: 'P10D'},
	features: [
		{name: 'x', type: 'numeric'},
		{name: 'city', type: 'categorical'},
	],
	offline: {minimumRows: 100, minimumNewLabels: 10, schedule: '0 3 * * 1', window: 'P35D'},
	gates: {minimumRows: 50},
	online: {learners: ['logistic-regression']},
} as const;

/** Eight events an hour apart a day; the meaning of `x` turns at `turnDay`; bad outcomes are known after two days, good ones after nine. */
function csvOf({days = 120, turnDay = 60, seed = 1}: {days?: number; turnDay?: number; seed?: number} = {}): string {
	const rng = createRng(seed);
	const lines = ['at,x,city,y,known'];
	for (let index = 0; index < days * 8; index++) {
		const time = START + index * 3 * 3_600_000;
		const x = 4 * rng() - 2;
		const sign = index < turnDay * 8 ? 1 : -1;
		const label = rng() < sigmoid(3 * sign * x) ? 1 : 0;
		const known = time + (label === 1 ? 2 : 9) * DAY;
		lines.push(
			`${new Date(time).toISOString()},${x.toFixed(4)},${rng() < 0.5 ? 'Oslo' : 'Lima'},${label},${new Date(known).toISOString()}`,
		);
	}

	return `${lines.join('\n')}\n`;
}

const learner: LearnerDefinition = LEARNERS.find(({name}) => name === 'logistic-regression')!;

/** A model of one number: the sign of the correlation of `x` with the label among its rows. Quick, and right or wrong for a clear reason. */
const fitSlope: FitModel = async frame => {
	const xOf = (of: TrainingFrame): Float64Array => of.columns[0]!.values as Float64Array;
	const x = xOf(frame);
	const mean = frame.labels.reduce((sum, label) => sum + label, 0) / frame.rowCount;
	const slope = frame.labels.reduce((sum, label, row) => sum + (label - mean) * x[row]!, 0) / frame.rowCount;
	return {score: async rows => xOf(rows).map(value => sigmoid(6 * slope * value))};
};

async function historyOf(text: string, spec: ModelSpec = parseSpec(SPEC)): Promise<History> {
	const file = path.join(folder, `${Math.random()}.csv`);
	writeFileSync(file, text);
	return readHistory(file, spec);
}

async function run(history: History, policies?: string): Promise<BacktestReport> {
	return backtest({
		history,
		policies: policiesOf(policies),
		fit: fitSlope,
		learner,
		startShare: 0.25,
		window: 7 * DAY,
		rowsMax: 10_000,
		missCost: 5,
	});
}

const world = await historyOf(csvOf());
const report = await run(world);
test.after.always(() => {
	rmSync(folder, {recursive: true, force: true});
});

test('a training sees labels that were final, known, or all of them, by its rule and never later', t => {
	const models = new TrainedModels(world, fitSlope, {rowsMax: 10_000});
	const asOf = START + 40 * DAY;
	for (const [labels, expected] of [
		['final', (row: number): boolean => world.times[row]! + 10 * DAY <= asOf],
		['known', (row: number): boolean => world.knownAt[row]! <= asOf],
		['at-once', (row: number): boolean => world.times[row]! < asOf],
	] as const) {
		const rows = models.rowsFor({asOf, labels});
		t.deepEqual(
			[...rows],
			[...world.times.keys()].filter(row => world.times[row]! >= asOf - 35 * DAY && expected(row)),
			labels,
		);
	}

	const newest = models.rowsFor({asOf, labels: 'final', rows: 5});
	t.deepEqual(newest, models.rowsFor({asOf, labels: 'final'}).slice(-5), 'of more rows than may be taken the newest are');
});

test('what comes after a time changes no answer before it', async t => {
	const lines = csvOf().split('\n');
	const cut = Math.floor(lines.length * 0.7);
	const shorter = await historyOf(`${lines.slice(0, cut).join('\n')}\n`);
	const names = 'never,weekly,drift,online,weekly-online,loop,naive';
	const fits = new TrainedModels(shorter, fitSlope, {rowsMax: 10_000});
	const whole = new TrainedModels(world, fitSlope, {rowsMax: 10_000});
	const start = 300;
	const {replayPolicy} = await import('./replay-policy.ts');
	for (const policy of policiesOf(names)) {
		const before = await replayPolicy(policy, {history: shorter, models: fits, learner, start});
		const after = await replayPolicy(policy, {history: world, models: whole, learner, start});
		t.deepEqual(before.scores, after.scores.slice(0, before.scores.length), policy.name);
		t.true(
			before.scores.subarray(start).every(score => score > 0 && score < 1),
			`${policy.name} answers every row`,
		);
	}
});

test('policies do what their names say', t => {
	const {never, weekly, monthly, drift, volume, online, loop, oracle} = report.policies;
	t.is(never!.retrains, 0);
	t.true(weekly!.retrains >= 10, 'a Monday a week');
	t.true(monthly!.retrains >= 2 && monthly!.retrains <= 4);
	t.true(drift!.retrains >= 1 && drift!.retrains < weekly!.retrains, 'the turn was noticed');
	t.regex(drift!.trainings.at(-1)!.reason, /^Drift: /v);
	t.true(volume!.retrains >= 1 && volume!.retrains < weekly!.retrains);
	t.is(online!.trainings.length, 0);
	t.true(
		loop!.trainings.some(({isLive, verdict}) => !isLive && /not proved better|needed to judge/v.test(verdict)),
		'the gate refused some',
	);
	t.is(oracle!.regret, 0);
	t.is(report.best in report.policies && report.best !== 'oracle', true);
});

test('the never-updated model loses its skill when the world turns, the loop does not, and the figures say so', t => {
	const {never, weekly, loop} = report.policies;
	t.true(never!.behindBest.high < -0.1, 'window by window it is behind beyond doubt');
	t.true(loop!.skill.estimate > never!.skill.estimate + 0.3);
	t.true(never!.decayPerMonth!.low > 0.2, 'a fresh model has skill that the old one has lost');
	t.true(never!.decayPerMonth!.estimate > weekly!.decayPerMonth!.high);
	t.is(report.policies[report.best]!.behindBest.estimate, 0);
	t.true(report.matrix.skill[0]!.at(-1)! < -0.3, 'the oldest model is wrong at the end');
	t.true(report.matrix.fresh.at(-1)! > 0.5);
});

test('the gate governs what answers alone: the online learner hears of every teacher, fitted on the rows of the gate too', async t => {
	// The gate can never be passed: nothing answers alone, and yet the loop is what weekly-online is.
	const strict = parseSpec({...SPEC, gates: {minimumRows: 5000}});
	const {policies} = await backtest({
		history: await historyOf(csvOf({days: 90}), strict),
		policies: policiesOf('weekly-online,loop'),
		fit: fitSlope,
		learner: LEARNERS.find(({name}) => name === 'linear-bank')!,
		startShare: 0.25,
		window: 7 * DAY,
		rowsMax: 10_000,
		missCost: 5,
	});
	const [loop, stack] = [policies['loop']!, policies['weekly-online']!];
	t.is(loop.promotions, 0);
	t.true(loop.trainings.length > 3);
	t.deepEqual(
		loop.windows.slice(0, 2).map(({logLoss}) => logLoss),
		stack.windows.slice(0, 2).map(({logLoss}) => logLoss),
		'until drift is called both are trained on the same days',
	);
	t.true(Math.abs(loop.skill.estimate - stack.skill.estimate) < 0.05);
});

test('where labels that are not final are learnt from, those that are known count as new', async t => {
	const spec = parseSpec({
		...SPEC,
		label: {...SPEC.label, maturity: 'P60D', unfinal: 'survive'},
		offline: {...SPEC.offline, window: 'all', minimumNewLabels: 60},
	});
	const {policies} = await run(await historyOf(csvOf({days: 160}), spec), 'weekly,loop');
	t.true(policies['loop']!.trainings[0]!.rows > policies['weekly']!.trainings[0]!.rows);
	const {RetrainDecider} = await import('./retrain-decider.ts');
	const decider = new RetrainDecider({schedule: 'spec'}, spec);
	decider.trained(START, {rows: 100, labels: 100});
	t.is(decider.due(START + 8 * DAY, 150), undefined, '50 new labels are too few');
	t.is(decider.due(START + 15 * DAY, 160), 'scheduled');
});

test('known is not final: the naive policy overstates the risk, for bad outcomes come first', t => {
	t.true(report.policies['naive']!.overall.labels === report.policies['weekly']!.overall.labels);
	const models = new TrainedModels(world, fitSlope, {rowsMax: 10_000});
	const asOf = START + 50 * DAY;
	const rateOf = (labels: 'final' | 'known'): number => {
		const rows = models.rowsFor({asOf, labels}).slice(-60);
		return rows.reduce((sum, row) => sum + world.labels[row]!, 0) / rows.length;
	};

	t.true(rateOf('known') > rateOf('final'));
});

test('without drift the loop does no harm: its skill is within the interval of the best', async t => {
	const still = await run(await historyOf(csvOf({turnDay: 1e6, seed: 3})));
	t.true(still.policies['loop']!.behindBest.high >= -0.02);
	t.true(Math.abs(still.policies['never']!.decayPerMonth!.estimate) < 0.05);
});

test('the same history gives the same report, but for the time it took', async t => {
	const text = (of: BacktestReport): string =>
		JSON.stringify(of, (key, value: unknown) => (key.endsWith('CpuSeconds') ? undefined : value));
	t.is(text(await run(world)), text(report));
});

test('the table and the page name the label rule and every policy; the page needs nothing from outside', t => {
	const page = htmlOf(report);
	const table = tableOf(report).join('\n');
	for (const {name} of POLICIES) {
		t.true(table.includes(name) && page.includes(name), name);
	}

	t.true(table.includes('labels known at known, final P10D after the event'));
	t.false(/<script|src=|href="http/v.test(page));
	t.true(page.includes('<svg'));
});

test('a gap of a month, rows out of order by a day, and a window with one class', async t => {
	const lines = csvOf({days: 150}).trim().split('\n');
	const head = lines.slice(0, 1 + 70 * 8);
	const tail = lines.slice(1 + 100 * 8);
	const swapped = [...tail.slice(8, 16), ...tail.slice(0, 8), ...tail.slice(16)];
	const oneClass = swapped.map((line, index) => (index >= 56 && index < 112 ? line.replace(/,[01],/v, ',0,') : line));
	const gappy = await run(await historyOf(`${[...head, ...oneClass].join('\n')}\n`), 'never,weekly,loop');
	t.true(
		gappy.windows.every(({labels}) => labels > 0),
		'an empty window is no window',
	);
	t.true(
		gappy.policies['weekly']!.windows.some(({gini}) => Number.isNaN(gini)),
		'one class says nothing about order',
	);
	t.true(Number.isFinite(gappy.policies['weekly']!.skill.estimate));
	t.true(gappy.policies['weekly']!.trainings.length > 5, 'schedules missed in the gap are caught up once');
});

test('events of one time are answered before any of their labels is learnt, even by the oracle', async t => {
	const lines = ['at,x,city,y,known'];
	const rng = createRng(5);
	for (let month = 0; month < 14; month++) {
		const day = new Date(Date.UTC(2026, month, 1)).toISOString();
		for (let index = 0; index < 80; index++) {
			lines.push(`${day},${month * 80 + index},Oslo,${rng() < 0.5 ? 1 : 0},${day}`);
		}
	}

	// A model that knows its rows by heart is right about what it has seen and says a half of all else.
	const byHeart: FitModel = async frame => {
		const seen = new Map([...(frame.columns[0]!.values as Float64Array)].map((x, row) => [x, frame.labels[row]!]));
		return {score: async rows => Float64Array.from(rows.columns[0]!.values, x => seen.get(x) ?? 0.5)};
	};
	const history = await historyOf(`${lines.join('\n')}\n`);
	const {policies} = await backtest({
		history,
		policies: policiesOf('oracle,naive'),
		fit: byHeart,
		learner,
		startShare: 0.25,
		window: 30 * DAY,
		rowsMax: 10_000,
		missCost: 5,
	});
	t.is(policies['oracle']!.overall.auc, 0.5);
	t.is(policies['naive']!.overall.auc, 0.5);
	t.true(policies['oracle']!.retrains > 3);
});

test('histories that cannot be tested are refused by name', async t => {
	await t.throwsAsync(run(await historyOf(csvOf({days: 10}))), {code: 'FRAME_TOO_SMALL', message: /100 labels were final/v});
	await t.throwsAsync(historyOf('at,x,city,y,known\n'), {code: 'EVENT_INVALID'});
	t.throws(() => policiesOf('wekly'), {code: 'USAGE', message: /never, weekly/v});
});

test('decay needs three windows in which a fresh model has skill', t => {
	const month = 30 * DAY;
	const series = {times: [month, 2 * month, 3 * month], skill: [0.4, 0.3, 0.2], fresh: [0.5, 0.01, 0.5], weights: [1, 1, 1]};
	t.is(monthlyDecay(series, 0), undefined);
	t.is(monthlyDecay({...series, fresh: [0.5, 0.5, 0.5]}, 0)!.estimate.toFixed(3), '0.200');
});

test('windows are those of the spec, joined until they are few', t => {
	t.is(windowsOf(world, 0, DAY).length, 60);
	t.true(windowsOf(world, 0, 30 * DAY).length <= 5);
	const frame = frameOfRows(world, Int32Array.of(3, 5), {asOf: 0, labelRule: 'test'});
	t.is(frame.rowCount, 2);
	t.deepEqual([...frame.times], [world.times[3], world.times[5]]);
});

test('a trigger on performance compares with what the model was worth when it was new; one on events is said not to be replayed', async t => {
	const triggers = [
		{on: 'performance', metric: 'auc', worseBy: 0.1, cooldown: 'P3D', budgetPerMonth: 4},
		{on: 'event', type: 'shop.moved'},
	];
	const spec = parseSpec({...SPEC, gates: {minimumRows: 50}, offline: {...SPEC.offline, triggers}});
	const {RetrainDecider} = await import('./retrain-decider.ts');
	const decider = new RetrainDecider({triggers: true}, spec);
	const take = (isRight: boolean, days: number): string | undefined => {
		for (let index = 0; index < 50; index++) {
			const label = index % 2;
			decider.takeLabel(START + days * DAY, 0.5, {label, score: (label === 1) === isRight ? 0.6 : 0.4});
		}

		return decider.due(START + days * DAY, 0);
	};

	decider.trained(START, {rows: 100, labels: 0});
	t.is(take(true, 1), undefined, 'the first block is what others are compared with');
	t.is(take(false, 2), undefined, 'within the cool-down');
	t.is(take(true, 4), undefined, 'as good as when it was new');
	t.is(take(false, 5), 'Performance: auc is 0.0000, and the report of the live version said 1.0000.');
	t.is(decider.due(START + 6 * DAY, 0), undefined, 'each block is looked at once');
	decider.renewed();
	t.is(take(false, 10), undefined, 'a new model is measured anew');
	t.is(take(false, 11), undefined);

	const noted = await run(await historyOf(csvOf({days: 120}), spec), 'never');
	t.true(tableOf(noted).join('\n').includes('note: triggers on events (shop.moved) are not replayed'));
	t.true(htmlOf(noted).includes('shop.moved'));
	t.deepEqual(report.notes, []);
});
