/**
 * Teacher quality on eight sets, beside LightGBM and logistic regression: the default teacher, chosen on validation, and each kind alone.
 *
 * Each finished run is written at once; a later call goes on where this one stopped, and runs again what was run with other code.
 *
 * @module
 */
import {existsSync} from 'node:fs';
import path from 'node:path';
import {PerennialError} from '../core/domain/index.ts';
import {ROOT} from '../tests/sources.ts';
import type {BenchDefinition, BenchOptions} from './bench.ts';
import {DATA_DIRECTORY} from './online/streams.ts';
import {DEFAULT_RECIPE, recipeOf} from './teacher/recipes.ts';
import {ResultsFile, type RunKey} from './teacher/results.ts';
import {runAll} from './teacher/run-all.ts';
import {TEACHER_SETS} from './teacher/teacher-set.ts';
import {teacherRows} from './teacher/teacher-rows.ts';

/** Teachers that are run if nothing else is said. */
const TEACHERS = [
	DEFAULT_RECIPE,
	'auto-without-refit',
	'logistic-regression',
	'boosted-trees',
	'boosted-trees-like-lightgbm',
	'mlp',
	'tabular-network',
];
const SEEDS = 3;

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'teacher',
	summary:
		'teachers against LightGBM on eight sets [SETS=uci,noaa] [SEEDS=3] [TEACHERS=auto,mlp] [JOBS=1] [RESULTS=file] [STALE=keep]; takes hours',
	options: ['sets', 'seeds', 'teachers', 'jobs', 'results', 'stale'],
	async run(output, options) {
		const {keys, jobs, resultsFile, keepsStale} = planOf(options);
		if (!existsSync(DATA_DIRECTORY)) {
			output.progress(`${DATA_DIRECTORY} is absent: nothing can be run`);
			return [];
		}

		const results = new ResultsFile(resultsFile);
		const runs = await runAll({keys, jobs, resultsFile, keepsStale, dataDirectory: DATA_DIRECTORY}, results, output);
		return teacherRows(runs, resultsFile);
	},
};

interface Plan {
	readonly keys: readonly RunKey[];
	readonly jobs: number;
	readonly resultsFile: string;
	readonly keepsStale: boolean;
}

function planOf(options: BenchOptions): Plan {
	const sets = listOf(options['sets'], TEACHER_SETS, 'SETS');
	const teachers = (options['teachers']?.split(',') ?? TEACHERS).map(recipeOf);
	const seeds = countOf(options['seeds'], SEEDS, 'SEEDS');
	return {
		keys: sets.flatMap(set =>
			teachers.flatMap(({name, isSeeded}) =>
				Array.from({length: isSeeded ? seeds : 1}, (_, index): RunKey => ({set, teacher: name, seed: index + 1})),
			),
		),
		jobs: countOf(options['jobs'], 1, 'JOBS'),
		resultsFile: path.resolve(ROOT, options['results'] ?? 'data/bench/teacher.json'),
		keepsStale: options['stale'] === 'keep',
	};
}

function listOf<Name extends string>(list: string | undefined, names: readonly Name[], option: string): readonly Name[] {
	return (
		list?.split(',').map(word => {
			const name = names.find(one => one === word);
			if (name === undefined) {
				throw new PerennialError('USAGE', `${option} knows no ${JSON.stringify(word)}; there are ${names.join(', ')}.`);
			}

			return name;
		}) ?? names
	);
}

function countOf(given: string | undefined, otherwise: number, option: string): number {
	const count = given === undefined ? otherwise : Number(given);
	if (!Number.isInteger(count) || count < 1) {
		throw new PerennialError('USAGE', `${option} is a whole number from 1; it is ${JSON.stringify(given)}.`);
	}

	return count;
}
