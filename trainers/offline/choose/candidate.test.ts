/** A candidate after a search: its fits are the best trials, each with a seed of its own. */
import test from 'ava';
import type {TeacherDefinition, TeacherTask} from '../../../core/domain/index.ts';
import {drawFrame, drawLoan} from '../sample-frames.ts';
import {createBoostedTrees} from '../trees/boosted-trees.ts';
import {fitCandidate, type Candidate, type FailedCandidate} from './candidate.ts';
import {StepProgress} from './step-progress.ts';

const trees = createBoostedTrees();

interface Asked {
	readonly seed: number;
	readonly settings: string;
}

async function fitAfter(trials: number, seeds: number): Promise<{candidate: Candidate | FailedCandidate; asked: readonly Asked[]}> {
	const asked: Asked[] = [];
	const listening: TeacherDefinition = {
		...trees,
		async fit(task: TeacherTask) {
			asked.push({seed: task.seed, settings: JSON.stringify(task.settings)});
			return trees.fit(task);
		},
	};
	const plan = {name: trees.name, settings: {}, trials, variants: [{}], seeds};
	const tools = {settings: {roundsMax: 10}, progress: new StepProgress(trials + seeds, undefined)};
	const candidate = await fitCandidate(listening, plan, {frame: drawFrame(1500, drawLoan), trainRows: 1200, seed: 7}, tools);
	return {candidate, asked};
}

test('after a search each further seed has the settings of the next best trial', async t => {
	const {candidate, asked} = await fitAfter(6, 4);
	t.true('fits' in candidate);
	if ('fits' in candidate) {
		const ranked = candidate.trials.toSorted((a, b) => a.logLoss! - b.logLoss!).map(({settings}) => settings['learningRate']);
		t.deepEqual(
			candidate.fits.map(({settings}) => settings['learningRate']),
			ranked.slice(0, 4),
		);
		t.deepEqual(candidate.seeds, [7, 8, 9, 10]);
		t.deepEqual(
			asked.slice(6).map(({seed}) => seed),
			[7, 8, 9, 10],
		);
		const mean = (row: number): number => candidate.fits.reduce((sum, {newestLogits}) => sum + newestLogits[row]!, 0) / 4;
		t.true(candidate.logits.every((value, row) => Math.abs(value - mean(row)) < 1e-12));
	}
});

test('without a search all seeds have the same settings; with more seeds than trials they begin again', async t => {
	const {asked} = await fitAfter(0, 3);
	t.deepEqual(
		asked.map(({seed}) => seed),
		[7, 8, 9],
	);
	t.is(new Set(asked.map(({settings}) => settings)).size, 1);
	const few = await fitAfter(2, 3);
	t.is(few.asked[2]!.settings, few.asked[4]!.settings);
	t.not(few.asked[2]!.settings, few.asked[3]!.settings);
});
