/**
 * `prequential`: how well an online learner would have done on a file, each row asked about before its label is learnt.
 *
 * @module
 */
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {hasCode, messageOf, PerennialError, replaceFile, type LearnerDefinition} from '../../core/domain/index.ts';
import {LEARNERS, type LabelDelay, type PrequentialReport, type WindowLength} from '../../trainers/index.ts';
import type {CommandDefinition, Flags} from '../command.ts';
import {EXIT, textOf} from '../command.ts';
import {delayOf, evaluateFile, windowOf} from '../prequential/evaluate-file.ts';
import {pictureOf, tableOf} from '../prequential/present.ts';
import {ProgressBar} from '../progress.ts';
import {surveyRows} from '../replay/survey.ts';
import {readSpecFile} from './replay.ts';

/** Windows of a file where the user does not say how long one is. */
const WINDOWS = 100;
const WINDOW_ROWS_MIN = 50;

/** The command. */
export const prequentialCommand: CommandDefinition = {
	name: 'prequential',
	summary: 'Test an online learner on a file, each row asked before its label is learnt; writes a report and a plot.',
	flags: {
		spec: {type: 'string', help: 'model spec (YAML)', isRequired: true},
		data: {type: 'string', help: 'CSV file, gzipped or not', isRequired: true},
		out: {type: 'string', help: 'folder for report.json and windows.svg', isRequired: true},
		learner: {type: 'string', help: `${LEARNERS.map(({name}) => name).join(', ')} (default: that of the spec)`},
		delay: {type: 'string', help: 'labels come so many rows (48) or so long (P7D) after the event (default: as the spec says)'},
		window: {type: 'string', help: 'length of a window, rows (250) or duration (P7D) (default: a hundredth of the rows)'},
		budget: {type: 'string', help: 'share of the rows that can be looked into, for recall (default 0.01)'},
	},
	async run(flags, {print, progress, isJson, signal}) {
		const [file, out] = [textOf(flags, 'data')!, textOf(flags, 'out')!];
		const spec = readSpecFile(textOf(flags, 'spec')!);
		const learner = learnerOf(textOf(flags, 'learner') ?? spec.online.learners[0]!);
		const delayText = textOf(flags, 'delay');
		const delay: LabelDelay = delayText === undefined ? 'event' : readFlag('delay', delayText, delayOf);
		const windowText = textOf(flags, 'window');
		const asked = windowText === undefined ? undefined : readFlag('window', windowText, windowOf);
		const budget = budgetOf(flags);
		const bar = new ProgressBar(progress);
		bar.update(0, `looking through ${file}`);
		const survey = await surveyRows(file, spec);
		const window: WindowLength = asked ?? {rows: Math.max(WINDOW_ROWS_MIN, Math.ceil(survey.rows / WINDOWS))};
		const report = await evaluateFile({
			file,
			spec,
			learner,
			delay,
			window,
			budget,
			signal,
			onProgress(rows) {
				bar.update(rows / survey.rows, `${rows.toLocaleString('en')} of ${survey.rows.toLocaleString('en')} rows`);
			},
		});
		bar.done(`${report.rows.toLocaleString('en')} rows, ${report.labels.toLocaleString('en')} labels learnt`);
		const facts = {
			model: spec.name,
			data: path.basename(file),
			learner: learner.name,
			delay: delayText ?? 'as the spec says',
			window,
			budget,
		};
		await write(out, facts, report);
		if (!isJson) {
			print(tableOf(report).join('\n'));
			print(`Wrote ${path.join(out, 'report.json')} and ${path.join(out, 'windows.svg')}.`);
		}

		const {overall, windowAuc, rows, labels, lost} = report;
		print(JSON.stringify({...facts, labels, lost, windowAuc, ...overall, rows}));
		return EXIT.done;
	},
};

async function write(
	out: string,
	facts: {readonly model: string; readonly learner: string; readonly delay: string; readonly window: WindowLength},
	report: PrequentialReport,
): Promise<void> {
	mkdirSync(out, {recursive: true});
	await replaceFile(path.join(out, 'report.json'), Buffer.from(`${JSON.stringify({...facts, ...report}, undefined, '\t')}\n`));
	const when = /^\d+$/v.test(facts.delay)
		? `${facts.delay} rows late`
		: facts.delay.startsWith('P')
			? `${facts.delay} late`
			: facts.delay;
	const picture = {title: `${facts.model}: ${facts.learner}`, delay: when, isInTime: 'millis' in facts.window};
	await replaceFile(path.join(out, 'windows.svg'), Buffer.from(pictureOf(report, picture)));
}

function learnerOf(name: string): LearnerDefinition {
	const learner = LEARNERS.find(candidate => candidate.name === name);
	if (!learner) {
		const known = LEARNERS.map(candidate => candidate.name).join(', ');
		throw new PerennialError('USAGE', `There is no learner ${JSON.stringify(name)}; choose one of ${known}.`);
	}

	return learner;
}

function readFlag<Value>(flag: string, text: string, read: (text: string) => Value): Value {
	try {
		return read(text);
	} catch (error) {
		if (!hasCode(error, 'TIME_INVALID')) {
			throw error;
		}

		const message = `--${flag} must be a number of rows or an ISO 8601 duration, not ${JSON.stringify(text)}: ${messageOf(error)}`;
		throw new PerennialError('USAGE', message, {cause: error});
	}
}

function budgetOf(flags: Flags): number {
	const text = textOf(flags, 'budget') ?? '0.01';
	const budget = Number(text);
	if (!(budget > 0 && budget <= 1)) {
		throw new PerennialError('USAGE', `--budget must be a share above 0 and at most 1, not ${JSON.stringify(text)}.`);
	}

	return budget;
}
