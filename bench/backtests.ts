/**
 * Policies on public histories: runs the back-tests and writes docs/backtests/, a page a set and an index that says which bars hold.
 *
 * @module
 */
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {backtest, type BacktestReport} from '../app/backtest/backtest.ts';
import {fitBy} from '../app/backtest/fit-teacher.ts';
import {readHistory} from '../app/backtest/history.ts';
import {policiesOf} from '../app/backtest/policies.ts';
import {teacherOf} from '../app/backtest/teachers.ts';
import {readSpecFile} from '../app/commands/replay.ts';
import {addDuration, PerennialError} from '../core/domain/index.ts';
import {LEARNERS} from '../trainers/index.ts';
import {barsOf} from './backtests/backtest-bars.ts';
import {factsOf, type BacktestFacts} from './backtests/backtest-facts.ts';
import {indexOf, pageOf} from './backtests/backtest-pages.ts';
import {BACKTEST_SETS, type BacktestSet} from './backtests/backtest-sets.ts';
import {MISSED} from './backtests/missed-bars.ts';
import {notRun, row, type BenchDefinition, type BenchOutput, type BenchRow} from './bench.ts';

const ROOT = path.join(import.meta.dirname, '..');
const DATA = path.join(ROOT, '../shared/data');
const PAGES = path.join(ROOT, 'docs/backtests');
/** As `make backtest` has them where nothing else is asked for. */
const SETTINGS = {startShare: 0.25, rowsMax: 100_000, missCost: 10};
const FACTS = 'facts.json';

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'backtests',
	summary: 'policies on public histories; writes docs/backtests/ (about 20 minutes, SETS=elec2,... for some of them)',
	options: ['sets'],
	async run(output, {sets}) {
		const rows: BenchRow[] = [];
		for (const set of setsOf(sets)) {
			const data = path.join(DATA, set.data);
			if (existsSync(data)) {
				rows.push(...(await runSet(set, data, output)));
			} else {
				rows.push(notRun(`${set.name}.skill.loop`, 'ratio', `${set.data} is not here`));
			}
		}

		writeFileSync(path.join(PAGES, 'README.md'), indexOf(writtenFacts(), MISSED));
		return rows;
	},
};

/** By names, separated by commas; all of them if none is named. */
function setsOf(names: string | undefined): BacktestSet[] {
	const wanted = new Set(names?.split(',').map(name => name.trim()));
	const unknown = [...wanted].find(name => !BACKTEST_SETS.some(set => set.name === name));
	if (unknown !== undefined) {
		const known = BACKTEST_SETS.map(({name}) => name).join(', ');
		throw new PerennialError('USAGE', `There is no set ${JSON.stringify(unknown)}; choose among ${known}, separated by commas.`);
	}

	return BACKTEST_SETS.filter(({name}) => wanted.size === 0 || wanted.has(name));
}

async function runSet(set: BacktestSet, data: string, {progress}: BenchOutput): Promise<BenchRow[]> {
	const started = performance.now();
	const report = await reportOf(set, data, progress);
	const facts = factsOf(set.name, report);
	const folder = path.join(PAGES, set.name);
	mkdirSync(folder, {recursive: true});
	for (const {name, text} of pageOf(set, report)) {
		writeFileSync(path.join(folder, name), text);
	}

	writeFileSync(path.join(folder, FACTS), `${JSON.stringify(facts, undefined, '\t')}\n`);
	return [
		...Object.entries(facts.policies).map(([policy, {skill}]) => row(`${set.name}.skill.${policy}`, skill.estimate, 'ratio')),
		...barsOf(set, facts).map(({bar, holds, measured}) => ({
			...row(`${set.name}: ${bar}`, holds ? 1 : 0, 'count', '== 1'),
			note: measured,
		})),
		row(`${set.name}.seconds`, (performance.now() - started) / 1000, 'seconds'),
	];
}

async function reportOf(set: BacktestSet, data: string, progress: (line: string) => void): Promise<BacktestReport> {
	const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-backtests-'));
	try {
		progress(`${set.name}: reading`);
		const spec = readSpecFile(path.join(ROOT, set.spec));
		const history = await readHistory(set.prepare ? await set.prepare(data, directory) : data, spec);
		let said = '';
		return await backtest({
			history,
			policies: policiesOf(set.policies),
			fit: fitBy(teacherOf(), {seed: spec.offline.seed}),
			learner: LEARNERS.find(({name}) => name === spec.online.learners[0])!,
			window: addDuration(0, set.window ?? spec.monitors.window),
			...SETTINGS,
			onProgress(_, text) {
				if (text !== said) {
					said = text;
					progress(`${set.name}: ${text}`);
				}
			},
		});
	} finally {
		rmSync(directory, {recursive: true, force: true});
	}
}

/** What this run and earlier ones found. */
function writtenFacts(): {readonly set: BacktestSet; readonly facts: BacktestFacts}[] {
	return BACKTEST_SETS.flatMap(set => {
		const file = path.join(PAGES, set.name, FACTS);
		return existsSync(file) ? [{set, facts: JSON.parse(readFileSync(file, 'utf8')) as BacktestFacts}] : [];
	});
}
