/**
 * `backtest`: replays a file under several policies side by side, with the label delays of the spec.
 *
 * @module
 */
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {addDuration, isDuration, PerennialError, replaceFile, type LearnerDefinition} from '../../core/domain/index.ts';
import {LEARNERS} from '../../trainers/index.ts';
import {backtest} from '../backtest/backtest.ts';
import {fitBy} from '../backtest/fit-teacher.ts';
import {readHistory} from '../backtest/history.ts';
import {POLICIES, policiesOf} from '../backtest/policies.ts';
import {htmlOf, summaryOf, tableOf} from '../backtest/present.ts';
import {teacherOf, TEACHER_NAMES} from '../backtest/teachers.ts';
import type {CommandDefinition, Flags} from '../command.ts';
import {EXIT, textOf} from '../command.ts';
import {ProgressBar} from '../progress.ts';
import {readSpecFile} from './replay.ts';

/** The command. */
export const backtestCommand: CommandDefinition = {
	name: 'backtest',
	summary: 'Replay a file under several policies (never, weekly, on drift, the full loop ...) and compare them.',
	flags: {
		spec: {type: 'string', help: 'model spec (YAML)', isRequired: true},
		data: {type: 'string', help: 'CSV file, gzipped or not', isRequired: true},
		out: {type: 'string', help: 'folder for report.html and report.json', isRequired: true},
		policies: {type: 'string', help: `${POLICIES.map(({name}) => name).join(',')} (default: all)`},
		teacher: {type: 'string', help: `${TEACHER_NAMES.join(', ')} (default ${TEACHER_NAMES[0]})`},
		start: {type: 'string', help: 'share of the rows before the first training, at least (default 0.25)'},
		window: {type: 'string', help: 'length of a window, as a duration (default: monitors.window of the spec)'},
		rows: {type: 'string', help: 'newest rows that one training takes, at most (default 100000)'},
		'miss-cost': {type: 'string', help: 'what a missed positive costs, where a false alarm costs 1 (default 10)'},
	},
	async run(flags, {print, progress, isJson, signal}) {
		const [file, out] = [textOf(flags, 'data')!, textOf(flags, 'out')!];
		const spec = readSpecFile(textOf(flags, 'spec')!);
		const policies = policiesOf(textOf(flags, 'policies'));
		const definition = teacherOf(textOf(flags, 'teacher'));
		const window = durationOf('window', textOf(flags, 'window') ?? spec.monitors.window);
		const numbers = {
			startShare: numberOf(flags, 'start', {fallback: 0.25, from: 0, to: 0.95}),
			rowsMax: numberOf(flags, 'rows', {fallback: 100_000, from: 100, to: 1e8}),
			missCost: numberOf(flags, 'miss-cost', {fallback: 10, from: 1e-3, to: 1e6}),
		};
		const bar = new ProgressBar(progress);
		bar.update(0, `reading ${file}`);
		const history = await readHistory(file, spec, rows => {
			signal.throwIfAborted();
			bar.update(0, `${rows.toLocaleString('en')} rows read`);
		});
		const report = await backtest({
			history,
			policies,
			window,
			fit: fitBy(definition, {seed: spec.offline.seed}),
			learner: learnerOf(spec.online.learners[0]!),
			...numbers,
			onProgress(share, text) {
				signal.throwIfAborted();
				bar.update(share, text);
			},
		});
		bar.done(`${policies.length} policies on ${report.judgedRows.toLocaleString('en')} outcomes`);
		mkdirSync(out, {recursive: true});
		await replaceFile(path.join(out, 'report.json'), Buffer.from(`${JSON.stringify(report, undefined, '\t')}\n`));
		await replaceFile(path.join(out, 'report.html'), Buffer.from(htmlOf(report)));
		if (!isJson) {
			print(tableOf(report).join('\n'));
			print(`Wrote ${path.join(out, 'report.html')} and ${path.join(out, 'report.json')}.`);
		}

		print(JSON.stringify(summaryOf(report)));
		return EXIT.done;
	},
};

function learnerOf(name: string): LearnerDefinition {
	return LEARNERS.find(candidate => candidate.name === name)!;
}

function durationOf(flag: string, text: string): number {
	if (!isDuration(text)) {
		throw new PerennialError('USAGE', `--${flag} must be an ISO 8601 duration such as P7D, not ${JSON.stringify(text)}.`);
	}

	return addDuration(0, text);
}

function numberOf(
	flags: Flags,
	flag: string,
	{fallback, from, to}: {readonly fallback: number; readonly from: number; readonly to: number},
): number {
	const text = textOf(flags, flag);
	const value = text === undefined ? fallback : Number(text);
	if (!(value >= from && value <= to)) {
		throw new PerennialError('USAGE', `--${flag} must be a number from ${from} to ${to}, not ${JSON.stringify(text)}.`);
	}

	return value;
}
