/**
 * Runs what is not yet finished, each run in a process of its own, some of them beside each other.
 *
 * @module
 */
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import path from 'node:path';
import {text} from 'node:stream/consumers';
import {ROOT} from '../../tests/sources.ts';
import type {BenchOutput} from '../bench.ts';
import {thisMachine} from '../report.ts';
import {codeDigestOf} from './code-digest.ts';
import {recipeOf} from './recipes.ts';
import type {ResultsFile, RunKey, RunOutcome, RunResult} from './results.ts';
import type {RunTask} from './run-one.ts';

/** What to run. */
export interface RunPlan {
	readonly keys: readonly RunKey[];
	readonly dataDirectory: string;
	readonly resultsFile: string;
	/** Processes at a time. */
	readonly jobs: number;
	/** True: a result of other code stays, marked as stale. */
	readonly keepsStale: boolean;
}

/** A finished run, and whether the code has changed since. */
export interface KnownRun extends RunResult {
	readonly isStale: boolean;
}

/** Lines of a failed process that are told, where none names an error. */
const COMPLAINT_LINES = 10;

const RUN_ONE = path.join(import.meta.dirname, 'run-one.ts');

/** Run the plan. A run that fails is told of and left out; the others go on. */
export async function runAll(plan: RunPlan, results: ResultsFile, {progress}: BenchOutput): Promise<KnownRun[]> {
	const {keys, keepsStale, jobs} = plan;
	const digests = new Map([...new Set(keys.map(({teacher}) => teacher))].map(name => [name, codeDigestOf(recipeOf(name).code)]));
	const todo = keys.filter(key => {
		const known = results.find(key);
		return !known || (known.code !== digests.get(key.teacher) && !keepsStale);
	});
	progress(`${keys.length - todo.length} of ${keys.length} runs are finished; ${todo.length} to run, ${jobs} at a time`);
	let done = 0;
	const work = async (): Promise<void> => {
		for (let key = todo.shift(); key; key = todo.shift()) {
			const title = `${key.set} ${key.teacher} seed ${key.seed}`;
			const code = codeDigestOf(recipeOf(key.teacher).code);
			const outcome = await runInProcess(key, plan);
			done++;
			if (typeof outcome === 'string') {
				progress(`${title} FAILED: ${outcome}`);
			} else {
				await results.put({...key, ...outcome, code, commit: commitOf(), machine: thisMachine()});
				const {auc, prAuc, logLoss} = outcome.measures;
				const figures = `AUC ${auc.toFixed(4)}, PR-AUC ${prAuc.toFixed(4)}, log loss ${logLoss.toFixed(4)}`;
				progress(`${title}: ${figures}; ${outcome.seconds.toFixed(1)} s (${done} done)`);
			}
		}
	};

	await Promise.all(Array.from({length: jobs}, work));
	return keys.flatMap(key => {
		const result = results.find(key);
		return result ? [{...result, isStale: result.code !== digests.get(key.teacher)}] : [];
	});
}

/** The outcome, or what a failed process complained of. */
async function runInProcess(key: RunKey, {dataDirectory, resultsFile, jobs}: RunPlan): Promise<RunOutcome | string> {
	const threads = Math.max(1, Math.floor(thisMachine().cores / jobs));
	const task: RunTask = {set: key.set, teacher: key.teacher, seed: key.seed, dataDirectory, resultsFile, threads};
	const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', RUN_ONE, JSON.stringify(task)], {
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const [printed, complaint, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
	return code === 0
		? (JSON.parse(printed.trimEnd().split('\n').at(-1)!) as RunOutcome)
		: complaintOf(complaint) || `it ended with ${String(code)}`;
}

/** The line that names the error, or the last ones if there is none. */
function complaintOf(complaint: string): string {
	const lines = complaint.trim().split('\n');
	return lines.find(line => /^\w*Error\b/v.test(line)) ?? lines.slice(-COMPLAINT_LINES).join('\n');
}

function commitOf(): string {
	const git = (...words: string[]): string => execFileSync('git', words, {cwd: ROOT, encoding: 'utf8'}).trim();
	return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--untracked-files=normal') === '' ? '' : '+'}`;
}
