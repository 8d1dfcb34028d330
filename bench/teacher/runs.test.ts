/** Runs of the teacher benchmark: measured as published, kept on disk, run again only with other code, and held against their bars. */
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {bytesOf, PerennialError} from '../../core/domain/index.ts';
import {definition} from '../teacher.ts';
import {BASELINES, differenceMin} from './baselines.ts';
import {codeDigestOf} from './code-digest.ts';
import {aucDifference, measuresOf} from './measures.ts';
import {DEFAULT_RECIPE, RECIPES, recipeOf} from './recipes.ts';
import {labelsFileOf, logitsFileOf, ResultsFile, type RunResult} from './results.ts';
import {runAll, type KnownRun} from './run-all.ts';
import {teacherRows} from './teacher-rows.ts';
import {TEACHER_SETS, type TeacherSetName} from './teacher-set.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-teacher-'));
test.after.always(() => {
	rmSync(folder, {recursive: true, force: true});
});

const MACHINE = {node: 'v24', platform: 'linux x64', cpu: 'some CPU', cores: 4, memoryBytes: 1};

function runOf(set: TeacherSetName, teacher: string, seed: number, auc: number): RunResult {
	return {
		set,
		teacher,
		seed,
		measures: {auc, prAuc: 0.7, logLoss: 0.4, ece: 0.01, brier: 0.1},
		seconds: 3,
		cpuSeconds: 4,
		backends: ['wasm (CPU)'],
		notes: [],
		code: codeDigestOf(recipeOf(teacher).code),
		commit: 'abc1234',
		machine: MACHINE,
	};
}

const known = (run: RunResult, isStale = false): KnownRun => ({...run, isStale});

test('measures: the logit is moved back before probabilities are measured, the order stays', t => {
	const logits = Float64Array.of(0, 1, 2, 3);
	const labels = Int32Array.of(0, 0, 1, 0);
	const [plain, moved] = [measuresOf(logits, labels, 0), measuresOf(logits, labels, -Math.log(10))];
	t.is(plain.auc, 2 / 3);
	t.is(plain.prAuc, 0.5);
	t.is(moved.auc, plain.auc);
	const p = [0, 1, 2, 3].map(logit => 1 / (1 + 10 * Math.exp(-logit)));
	const brier = (p[0]! ** 2 + p[1]! ** 2 + (1 - p[2]!) ** 2 + p[3]! ** 2) / 4;
	t.true(Math.abs(moved.brier - brier) < 1e-12);
	const logLoss = -(Math.log(1 - p[0]!) + Math.log(1 - p[1]!) + Math.log(p[2]!) + Math.log(1 - p[3]!)) / 4;
	t.true(Math.abs(moved.logLoss - logLoss) < 1e-12);
});

test('the interval of a difference is that of the same resamples: none for equal orders', t => {
	const labels = Uint8Array.from({length: 200}, (_, row) => (row % 3 === 0 ? 1 : 0));
	const scores = Float64Array.from({length: 200}, (_, row) => (row * 7919) % 200);
	t.deepEqual(
		aucDifference(
			scores,
			scores.map(score => 2 * score),
			labels,
			20,
		),
		{estimate: 0, low: 0, high: 0},
	);
	const perfect = Float64Array.from(labels);
	const {estimate, low, high} = aucDifference(perfect, scores, labels, 50);
	t.true(low <= estimate && estimate <= high && low > 0);
});

test('the bar is the better of logistic regression and LightGBM, less 0.005', t => {
	t.deepEqual(
		TEACHER_SETS.map(set => differenceMin(set)),
		[-0.0008, -0.005, -0.005, -0.005, -0.005, -0.005, 0.0036, -0.005],
	);
});

test('results are kept: one a run, the newest; a file of another version is refused', async t => {
	const file = path.join(folder, 'kept', 'teacher.json');
	const results = new ResultsFile(file);
	await results.put(runOf('uci', 'mlp', 1, 0.7));
	await results.put(runOf('uci', 'mlp', 2, 0.8));
	await results.put(runOf('uci', 'mlp', 1, 0.75));
	const again = new ResultsFile(file);
	t.is(again.find({set: 'uci', teacher: 'mlp', seed: 1})?.measures.auc, 0.75);
	t.is(again.find({set: 'uci', teacher: 'mlp', seed: 2})?.measures.auc, 0.8);
	t.is(again.find({set: 'noaa', teacher: 'mlp', seed: 1}), undefined);
	const stored = JSON.parse(readFileSync(file, 'utf8')) as {results: unknown[]};
	t.is(stored.results.length, 2);
	writeFileSync(file, JSON.stringify({version: 0, results: []}));
	t.throws(() => new ResultsFile(file), {message: /another version/v});
});

test('the code of a teacher is its file and all that it imports of the room', t => {
	const trees = codeDigestOf(['trainers/offline/trees/boosted-trees.ts']);
	t.is(
		trees,
		codeDigestOf(['trainers/offline/trees/boosted-trees.ts', 'trainers/offline/trees/histogram.ts']),
		'an import of it adds nothing',
	);
	t.not(trees, codeDigestOf(['trainers/offline/trees/histogram.ts']));
	for (const {code} of RECIPES) {
		t.regex(codeDigestOf(code), /^sha256:/v);
	}
});

test('a finished run is not run again, one of other code is, and one that fails is told of and left out', async t => {
	const file = path.join(folder, 'runs', 'teacher.json');
	const results = new ResultsFile(file);
	const fresh = runOf('noaa', 'logistic-regression', 1, 0.8);
	await results.put(fresh);
	await results.put({...runOf('noaa', 'mlp', 1, 0.7), code: 'sha256:other'});
	const lines: string[] = [];
	const plan = {
		keys: [fresh, runOf('noaa', 'mlp', 1, 0)].map(({set, teacher, seed}) => ({set, teacher, seed})),
		dataDirectory: path.join(folder, 'absent'),
		resultsFile: file,
		jobs: 2,
	};
	const output = {progress: (line: string) => void lines.push(line)};
	const kept = await runAll({...plan, keepsStale: true}, results, output);
	t.deepEqual(
		kept.map(({isStale}) => isStale),
		[false, true],
	);
	t.regex(lines.at(-1)!, /^2 of 2 runs are finished; 0 to run/v);
	await runAll({...plan, keepsStale: false}, results, output);
	t.regex(lines.at(-2)!, /^1 of 2 runs are finished; 1 to run/v);
	t.regex(lines.at(-1)!, /^noaa mlp seed 1 FAILED:[\s\S]*noaa_weather\.csv\.gz cannot be read/v);
});

test('rows: the mean over the seeds against each bar, where it was run, and what is stale', t => {
	const runs = [
		known(runOf('uci', DEFAULT_RECIPE, 1, 0.781)),
		known(runOf('uci', DEFAULT_RECIPE, 2, 0.785)),
		known(runOf('uci', 'mlp', 1, 0.7), true),
	];
	const rows = teacherRows(runs, path.join(folder, 'none.json'));
	const named = (name: string) => rows.find(row => row.name === name)!;
	t.is(named('uci.auc').value, 0.783);
	t.like(named('uci.auc_minus_lightgbm'), {ok: true, bar: '>= -0.005'});
	t.true(Math.abs(named('uci.auc_minus_lightgbm').value - (0.783 - BASELINES.uci.lightgbm.auc)) < 1e-12);
	t.is(named('uci.auc_minus_lightgbm_refit').bar, undefined);
	t.like(named('uci.pr_auc'), {ok: true, bar: '>= 0.5454'});
	t.like(named('uci.ece'), {ok: true, bar: '<= 0.025'});
	t.true(Math.abs(named('uci.auc_deviation').value - Math.sqrt(2 * 0.002 ** 2)) < 1e-12);
	t.is(named('uci.auc').note, 'abc1234; some CPU x 4; wasm (CPU); seeds 1, 2');
	t.regex(named('uci.mlp.auc').note!, /STALE/v);
	t.is(named('uci.mlp.auc').bar, undefined);
	t.is(named('mean.auc_minus_lightgbm').bar, undefined, 'the bar is for all eight sets');
	const all = teacherRows(
		TEACHER_SETS.map(set => known(runOf(set, DEFAULT_RECIPE, 1, BASELINES[set].lightgbm.auc - 0.006))),
		path.join(folder, 'none.json'),
	);
	t.true(all.filter(({name}) => name.endsWith('auc_minus_lightgbm')).every(({ok}) => !ok));
	t.like(all.at(-1), {name: 'mean.auc_minus_lightgbm', bar: '> 0', ok: false});
});

test('rows: where the scores of both are at hand, the difference has a paired interval', t => {
	const file = path.join(folder, 'paired', 'teacher.json');
	const runs = [known(runOf('noaa', DEFAULT_RECIPE, 1, 0.8)), known(runOf('noaa', 'mlp', 1, 0.7))];
	mkdirSync(path.dirname(labelsFileOf(file, 'noaa')), {recursive: true});
	writeFileSync(labelsFileOf(file, 'noaa'), Uint8Array.of(0, 0, 1, 1, 0, 1));
	writeFileSync(logitsFileOf(file, runs[0]!), bytesOf(Float32Array.of(0, 0, 1, 1, 0, 1)));
	writeFileSync(logitsFileOf(file, runs[1]!), bytesOf(Float32Array.of(1, 1, 0, 0, 1, 0)));
	const difference = teacherRows(runs, file).find(({name}) => name === 'noaa.auc_minus_mlp')!;
	t.is(difference.value, 1);
	t.is(difference.note, '95 % interval 1.0000 .. 1.0000, paired bootstrap');
});

test('an option that cannot be is refused before anything is run', async t => {
	const output = {progress: () => t.fail('nothing is run')};
	for (const options of [{sets: 'uci,mars'}, {teachers: 'oracle'}, {seeds: '0'}, {jobs: 'many'}]) {
		await t.throwsAsync(definition.run(output, options), {instanceOf: PerennialError, code: 'USAGE'});
	}
});
