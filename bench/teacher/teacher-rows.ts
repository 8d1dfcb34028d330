/**
 * The table of the teacher benchmark: finished runs held against the bars.
 *
 * @module
 */
import {existsSync, readFileSync} from 'node:fs';
import {row, type BenchRow} from '../bench.ts';
import {BASELINES, differenceMin, PR_AUC_TOLERANCE, TREES_TOLERANCE} from './baselines.ts';
import {aucDifference, meanOfMeasures, type Measures} from './measures.ts';
import {DEFAULT_RECIPE} from './recipes.ts';
import {labelsFileOf, logitsFileOf} from './results.ts';
import type {KnownRun} from './run-all.ts';
import {TEACHER_SETS, type TeacherSetName} from './teacher-set.ts';

/** Resamples of the test rows for an interval; fewer where the rows are many. */
const RESAMPLES = 400;
const RESAMPLES_LARGE = 100;
const LARGE_ROWS = 100_000;

/** Runs of one teacher on one set. */
interface Group {
	readonly set: TeacherSetName;
	readonly teacher: string;
	readonly runs: readonly KnownRun[];
	readonly mean: Measures;
}

/** All rows: set by set, the default teacher first, then the means over the sets. */
export function teacherRows(runs: readonly KnownRun[], resultsFile: string): BenchRow[] {
	const groups = groupsOf(runs);
	return [...groups.flatMap(group => [...rowsOf(group), ...differencesOf(group, groups, resultsFile)]), ...meansOf(groups)];
}

function groupsOf(runs: readonly KnownRun[]): Group[] {
	return TEACHER_SETS.flatMap(set => {
		const ofSet = runs.filter(run => run.set === set);
		return [...new Set(ofSet.map(({teacher}) => teacher))].map((teacher): Group => {
			const mine = ofSet.filter(run => run.teacher === teacher);
			return {set, teacher, runs: mine, mean: meanOfMeasures(mine.map(({measures}) => measures))};
		});
	});
}

function rowsOf({set, teacher, runs, mean}: Group): BenchRow[] {
	const {lightgbm, lightgbmDefaultAuc, lightgbmRefitAuc, eceMax, isRisk} = BASELINES[set];
	const isDefault = teacher === DEFAULT_RECIPE;
	const subject = isDefault ? set : `${set}.${teacher}`;
	const isLike = teacher === 'boosted-trees-like-lightgbm';
	const bars = {
		difference: isDefault ? `>= ${differenceMin(set)}` : isLike ? `>= -${TREES_TOLERANCE}` : undefined,
		prAuc: isDefault && isRisk ? `>= ${(lightgbm.prAuc - PR_AUC_TOLERANCE).toFixed(4)}` : undefined,
		ece: isDefault && eceMax !== undefined ? `<= ${eceMax}` : undefined,
	};
	const seconds = runs.reduce((sum, run) => sum + run.seconds, 0) / runs.length;
	const note = noteOf(runs);
	const rows = [
		row(`${subject}.auc`, mean.auc, 'auc'),
		row(
			`${subject}.${isLike ? 'auc_minus_lightgbm_default' : 'auc_minus_lightgbm'}`,
			mean.auc - (isLike ? lightgbmDefaultAuc : lightgbm.auc),
			'auc',
			bars.difference,
		),
		...(isDefault ? [row(`${subject}.auc_minus_lightgbm_refit`, mean.auc - lightgbmRefitAuc, 'auc')] : []),
		row(`${subject}.pr_auc`, mean.prAuc, 'auc', bars.prAuc),
		row(`${subject}.ece`, mean.ece, 'ratio', bars.ece),
		...(isDefault ? [row(`${subject}.log_loss`, mean.logLoss, 'logLoss'), row(`${subject}.brier`, mean.brier, 'ratio')] : []),
		{...row(`${subject}.seconds`, seconds, 'seconds'), note: `LightGBM ${lightgbm.seconds} s on one thread; ${note}`},
		...(runs.length > 1 ? [row(`${subject}.auc_deviation`, deviationOf(runs.map(({measures: {auc}}) => auc)), 'auc')] : []),
	];
	return rows.map(one => ({note, ...one}));
}

/** Sample standard deviation. */
function deviationOf(values: readonly number[]): number {
	const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
	return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** Where and by what code: commit, machine, backends, seeds. */
function noteOf(runs: readonly KnownRun[]): string {
	const distinct = (of: (run: KnownRun) => string): string => [...new Set(runs.map(of))].join(', ');
	return [
		distinct(({commit}) => commit),
		distinct(({machine: {cpu, cores}}) => `${cpu} x ${cores}`),
		distinct(({backends}) => backends.join(' + ')),
		`seeds ${runs.map(({seed}) => seed).join(', ')}`,
		...(runs.some(({isStale}) => isStale) ? ['STALE: other code than now'] : []),
	].join('; ');
}

/** The default teacher against each kind alone, on the same rows, with the first seed of both. On german the folds share rows: no interval is claimed. */
function differencesOf({set, teacher, runs}: Group, groups: readonly Group[], resultsFile: string): BenchRow[] {
	if (teacher !== DEFAULT_RECIPE || set === 'german' || !existsSync(labelsFileOf(resultsFile, set))) {
		return [];
	}

	const labels = readFileSync(labelsFileOf(resultsFile, set));
	const resamples = labels.length > LARGE_ROWS ? RESAMPLES_LARGE : RESAMPLES;
	const first = logitsOf(runs[0]!, resultsFile);
	return groups
		.filter(other => other.set === set && other.teacher !== teacher)
		.flatMap(other => {
			const {estimate, low, high} = aucDifference(first, logitsOf(other.runs[0]!, resultsFile), labels, resamples);
			const note = `95 % interval ${low.toFixed(4)} .. ${high.toFixed(4)}, paired bootstrap`;
			return [{...row(`${set}.auc_minus_${other.teacher}`, estimate, 'auc'), note}];
		});
}

function logitsOf(run: KnownRun, resultsFile: string): Float32Array {
	const bytes = readFileSync(logitsFileOf(resultsFile, run));
	return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** Mean difference to LightGBM over the sets that were run, by teacher. Its bar is for all eight sets. */
function meansOf(groups: readonly Group[]): BenchRow[] {
	return [...new Set(groups.map(({teacher}) => teacher))].map(teacher => {
		const mine = groups.filter(group => group.teacher === teacher);
		const mean = mine.reduce((sum, group) => sum + group.mean.auc - BASELINES[group.set].lightgbm.auc, 0) / mine.length;
		const isBar = teacher === DEFAULT_RECIPE && mine.length === TEACHER_SETS.length;
		const name = teacher === DEFAULT_RECIPE ? 'mean.auc_minus_lightgbm' : `mean.${teacher}.auc_minus_lightgbm`;
		return {...row(name, mean, 'auc', isBar ? '> 0' : undefined), note: `over ${mine.length} of ${TEACHER_SETS.length} sets`};
	});
}
