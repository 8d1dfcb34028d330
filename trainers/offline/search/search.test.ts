/** Search for settings: even draws, thinned frames, successive halving that keeps its budget, its order and its place. */
import test from 'ava';
import fc from 'fast-check';
import {
	PerennialError,
	type SettingRange,
	type TeacherDefinition,
	type TeacherSettings,
	type TeacherTask,
} from '../../../core/domain/index.ts';
import {drawExclusiveOr, drawFrame} from '../sample-frames.ts';
import {drawSettings} from './draw-settings.ts';
import {searchSettings} from './search-settings.ts';
import {thinFrame} from './thin-frame.ts';

const SPACE: Readonly<Record<string, SettingRange>> = {
	rate: {kind: 'log', from: 0.001, to: 1},
	leaves: {kind: 'integer', from: 2, to: 64},
	share: {kind: 'uniform', from: 0.25, to: 0.75},
	embeddings: {kind: 'choice', values: ['none', 'piecewise']},
};

interface Fitted {
	readonly settings: TeacherSettings;
	readonly trainRows: number;
}

/** A teacher whose logit on every row is -9 * rate: the lower the rate, the worse on rows of class 1. It writes down what it was asked to fit. */
function constantTeacher(fitted: Fitted[], fails: (settings: TeacherSettings) => boolean = () => false): TeacherDefinition {
	const defaults = {rate: 0.5, leaves: 31, share: 0.5, embeddings: 'none'};
	return {
		name: 'constant',
		space: SPACE,
		defaults,
		async fit({frame, trainRows, settings: given}: TeacherTask) {
			const settings = {...defaults, ...given};
			fitted.push({settings, trainRows});
			if (fails(settings)) {
				throw new PerennialError('TRAINING_DIVERGED', 'The loss is NaN at step 3.');
			}

			const network = {numeric: [], categorical: [], clip: 8, layers: [], outputCount: 1};
			return Promise.resolve({
				model: {kind: 'network', network},
				bestIteration: 1,
				curve: [],
				backend: 'none',
				seconds: 2,
				newestLogits: new Float64Array(frame.rowCount - trainRows).fill(-9 * settings.rate),
				settings,
				dropped: [],
				notes: [],
			});
		},
		score: () => Promise.reject(new Error('not scored here')),
	};
}

const ones = {...drawFrame(1200, drawExclusiveOr), labels: new Int32Array(1200).fill(1)};
const TASK: TeacherTask = {frame: ones, trainRows: 900, seed: 1};
const BUDGET = {trials: 9, rungs: 2, rungRowsMin: 100};

test('draws lie in their ranges, and each part of a range is drawn once', t => {
	fc.assert(
		fc.property(fc.integer({min: 1, max: 40}), fc.integer(), (count, seed) => {
			const drawn = drawSettings(SPACE, count, seed);
			const parts = (values: readonly number[]): number[] =>
				values.map(value => Math.floor(value * count + 1e-9)).toSorted((a, b) => a - b);
			t.deepEqual(
				parts(drawn.map(({share}) => (Number(share) - 0.25) / 0.5)),
				Array.from({length: count}, (_, part) => part),
			);
			t.deepEqual(
				parts(drawn.map(({rate}) => Math.log10(Number(rate)) / 3 + 1)),
				Array.from({length: count}, (_, part) => part),
			);
			for (const {leaves, embeddings} of drawn) {
				t.true(Number.isInteger(leaves) && Number(leaves) >= 2 && Number(leaves) <= 64);
				t.true(embeddings === 'none' || embeddings === 'piecewise');
			}

			const piecewise = drawn.filter(({embeddings}) => embeddings === 'piecewise').length;
			t.true(Math.abs(piecewise - count / 2) <= 0.5);
		}),
		{seed: 1, numRuns: 50},
	);
});

test('the draws of a setting do not depend on the others', t => {
	const {rate} = SPACE;
	t.deepEqual(
		drawSettings({rate: rate!}, 7, 3).map(({rate: value}) => value),
		drawSettings(SPACE, 7, 3).map(({rate: value}) => value),
	);
	t.notDeepEqual(drawSettings(SPACE, 7, 3), drawSettings(SPACE, 7, 4));
});

test('a thinned frame keeps every validation row, and every so-manieth other one', t => {
	const {frame, trainRows} = thinFrame({frame: ones, trainRows: 901}, 3);
	t.is(trainRows, 301);
	t.is(frame.rowCount, 301 + 299);
	t.deepEqual([...frame.offsets.slice(0, 3), ...frame.offsets.slice(300, 302)], [1, 4, 7, 901, 902]);
	t.is(frame.columns[0]!.values[1], ones.columns[0]!.values[3]);
	t.is(thinFrame({frame: ones, trainRows: 900}, 1).frame, ones);
});

test('the best third of the trials, and the defaults, go on to all rows; the lowest loss wins', async t => {
	const fitted: Fitted[] = [];
	const {settings, ranked, trials, logLoss} = await searchSettings(constantTeacher(fitted), TASK, BUDGET);
	t.deepEqual(
		fitted.map(({trainRows}) => trainRows),
		[...Array.from({length: 9}, () => 300), ...Array.from({length: 3}, () => 900)],
	);
	t.is(fitted[0]!.settings['rate'], 0.5);
	t.true(
		fitted.slice(9).some(({settings: {rate}}) => rate === 0.5),
		'the defaults are fitted on all rows',
	);
	const lowest = Math.min(...fitted.map(({settings: {rate}}) => Number(rate)));
	t.is(settings['rate'], lowest);
	t.deepEqual(ranked[0], settings);
	const rates = ranked.map(({rate = 0.5}) => Number(rate));
	t.is(rates.length, 3);
	t.deepEqual(
		rates,
		rates.toSorted((a, b) => a - b),
	);
	t.true(Math.abs(logLoss - Math.log1p(Math.exp(9 * lowest))) < 1e-12);
	t.is(trials.length, 9);
	t.deepEqual(
		trials.map(({outcome}) => outcome.replace(/ .*/v, '')).toSorted((a, b) => (a < b ? -1 : 1)),
		['chosen', 'dropped:', 'dropped:', 'dropped:', 'dropped:', 'dropped:', 'dropped:', 'dropped:', 'dropped:'],
	);
	t.deepEqual(
		trials.map(({rung}) => rung).toSorted((a, b) => a - b),
		[0, 0, 0, 0, 0, 0, 1, 1, 1],
	);
	t.is(
		trials.reduce((sum, {seconds}) => sum + seconds, 0),
		24,
	);
});

test('the same task finds the same; settings that are given are not searched', async t => {
	const run = async (): Promise<unknown> => searchSettings(constantTeacher([]), TASK, BUDGET);
	t.deepEqual(await run(), await run());
	const fitted: Fitted[] = [];
	const {settings} = await searchSettings(constantTeacher(fitted), {...TASK, settings: {rate: 0.25}}, BUDGET);
	t.true(fitted.every(({settings: {rate}}) => rate === 0.25));
	t.is(settings['rate'], 0.25);
	t.true(new Set(fitted.map(({settings: {leaves}}) => leaves)).size > 5);
});

test('a rung with too few rows is left out; one trial is the defaults', async t => {
	const fitted: Fitted[] = [];
	await searchSettings(constantTeacher(fitted), TASK, {...BUDGET, rungRowsMin: 301});
	t.deepEqual(
		fitted.map(({trainRows}) => trainRows),
		Array.from({length: 9}, () => 900),
	);
	const {settings, trials} = await searchSettings(constantTeacher([]), TASK, {trials: 1});
	t.deepEqual(settings, {});
	t.like(trials[0], {outcome: 'chosen', settings: {rate: 0.5}});
});

test('a trial that fails is recorded and loses, the defaults too; if all fail, the search fails', async t => {
	const {settings, trials} = await searchSettings(
		constantTeacher([], ({rate}) => Number(rate) < 0.03 || rate === 0.5),
		TASK,
		BUDGET,
	);
	t.true(Number(settings['rate']) >= 0.03);
	t.like(trials[0], {logLoss: null, outcome: 'failed: The loss is NaN at step 3.'});
	t.true(trials.filter(({logLoss}) => logLoss === null).length > 1);
	await t.throwsAsync(
		searchSettings(
			constantTeacher([], () => true),
			TASK,
			BUDGET,
		),
		{message: /NaN at step 3/v},
	);
});

test('a search that was stopped goes on after the last finished fit, and finds the same', async t => {
	const states = new Map<string, Uint8Array>();
	const checkpoints = {
		load: (key: string) => Promise.resolve(states.get(key)),
		save(key: string, state: Uint8Array) {
			states.set(key, state);
			return Promise.resolve();
		},
	};
	const whole = await searchSettings(constantTeacher([]), TASK, BUDGET);
	for (const stopAt of [0, 4, 9, 10]) {
		states.clear();
		const before: Fitted[] = [];
		let count = 0;
		await t.throwsAsync(
			searchSettings(
				constantTeacher(before),
				{...TASK, checkpoints},
				{
					...BUDGET,
					onTrial() {
						if (count++ === stopAt) {
							throw new Error('stopped');
						}
					},
				},
			),
			{message: 'stopped'},
		);
		const after: Fitted[] = [];
		t.deepEqual(await searchSettings(constantTeacher(after), {...TASK, checkpoints}, BUDGET), whole);
		t.is(before.length + after.length, 12);
	}
});
