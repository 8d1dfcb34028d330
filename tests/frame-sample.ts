/**
 * A frame file of made-up loans, and a training of it in a process of its own.
 *
 * @module
 */
import {execFile} from 'node:child_process';
import path from 'node:path';
import {promisify} from 'node:util';
import type {TrainFrameFacts} from '../app/train-frame/train-frame.ts';
import {parseSpec, writeFrameFile, type ModelSpec, type TrainingFrame} from '../core/domain/index.ts';
import {drawFrame, drawLoan} from '../trainers/offline/sample-frames.ts';
import {ROOT} from './sources.ts';

const run = promisify(execFile);

/** Trains as the command does, with the optional packages of a folder. */
const PROGRAM = `
	import {existsSync, readdirSync, statSync} from 'node:fs';
	import path from 'node:path';
	import {trainFrameCommandIn} from './app/commands/train-frame.ts';
	const [frame, out, backend, directory, killMs] = process.argv.slice(1);
	const states = () => {
		const folder = path.join(out, 'checkpoints');
		const names = existsSync(folder) ? readdirSync(folder, {recursive: true}).filter(name => /\\.[ab]$/v.test(name)) : [];
		return names.map(name => statSync(path.join(folder, name)).mtimeMs).join();
	};
	if (killMs !== '') {
		const before = states();
		setInterval(() => states() !== before && setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(killMs)), 1).unref();
	}
	await trainFrameCommandIn(directory).run({frame, out, backend}, {
		print: line => console.log(line),
		progress: {write: text => process.stderr.write(text)},
		isJson: true,
		signal: new AbortController().signal,
	});`;

/** A spec that goes with {@link writeSample}. */
export const LOAN_SPEC: ModelSpec = parseSpec({
	name: 'loans',
	task: 'binary',
	label: {field: 'bad'},
	features: [
		{name: 'income', type: 'numeric'},
		{name: 'noise', type: 'numeric'},
		{name: 'city', type: 'categorical'},
	],
	offline: {effort: 'quick', hidden: [8], minimumRows: 100, seed: 7},
});

/** Write a frame file of `rowCount` loans. */
export async function writeSample(file: string, rowCount: number, spec: ModelSpec = LOAN_SPEC): Promise<TrainingFrame> {
	const frame = drawFrame(rowCount, drawLoan);
	await writeFrameFile(file, {frame, spec});
	return frame;
}

/** How to train elsewhere. */
export interface ElsewhereOptions {
	/** Folder whose node_modules has the package of the backend. */
	readonly nativeDirectory?: string | undefined;
	/** The process kills itself, as kill -9 would, so long after it has saved a state. */
	readonly killMs?: number;
}

/** Train a frame file in a process of its own. Rejects with what the process said if it failed. */
export async function trainElsewhere(
	frame: string,
	out: string,
	backend: string,
	{nativeDirectory = '/nowhere', killMs}: ElsewhereOptions = {},
): Promise<TrainFrameFacts> {
	const values = [frame, out, backend, path.resolve(nativeDirectory), killMs === undefined ? '' : String(killMs)];
	const {stdout} = await run(
		process.execPath,
		['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', PROGRAM, ...values],
		{
			cwd: ROOT,
			env: {TF_CPP_MIN_LOG_LEVEL: '3', ...process.env},
		},
	);
	return JSON.parse(stdout.trim().split('\n').at(-1)!) as TrainFrameFacts;
}
