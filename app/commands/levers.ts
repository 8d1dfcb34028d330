/**
 * The manual levers: `train`, `distill` and `promote`, on a running system.
 *
 * @module
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {PerennialError, type Job} from '../../core/domain/index.ts';
import type {CommandDefinition, CommandOutput, FlagDefinition, Flags} from '../command.ts';
import {EXIT, numberOf, textOf} from '../command.ts';
import {apiKeyOf} from '../access.ts';
import {readConfig} from '../config.ts';
import {ProgressBar} from '../progress.ts';
import {PerennialClient} from '../replay/client.ts';
import {trainingSummary} from '../training-summary.ts';

const url: FlagDefinition = {type: 'string', help: 'the running system (default http://127.0.0.1:8080)'};
const model: FlagDefinition = {type: 'string', help: 'name of the model', isRequired: true};
const POLL_MS = 200;

/** `train`. */
export const train: CommandDefinition = {
	name: 'train',
	summary: 'Train a teacher and its student now; goes live if every gate passes.',
	flags: {model, url},
	run: async (flags, output) => runJob('train', flags, output),
};

/** `distill`. */
export const distill: CommandDefinition = {
	name: 'distill',
	summary: 'Distil the teacher of a version again, into a new version.',
	flags: {model, version: {type: 'string', help: 'version whose teacher is distilled (default: the champion)'}, url},
	run: async (flags, output) => runJob('distill', flags, output),
};

/** `promote`. */
export const promote: CommandDefinition = {
	name: 'promote',
	summary: 'Move a channel to a version.',
	flags: {
		model,
		version: {type: 'string', help: 'version to move to', isRequired: true},
		channel: {type: 'string', help: 'channel to move (default champion)'},
		reason: {type: 'string', help: 'why, for the record'},
		override: {type: 'boolean', help: 'even if a gate refused the version'},
		url,
	},
	async run(flags, {print, isJson}) {
		const client = clientOf(flags);
		const channel = textOf(flags, 'channel') ?? 'champion';
		const move = await client.moveChannel(textOf(flags, 'model')!, channel, {
			version: numberOf(flags, 'version')!,
			reason: textOf(flags, 'reason') ?? 'moved by hand',
			...(flags['override'] === true && {override: true}),
		});
		print(
			isJson ? JSON.stringify(move) : `${move.model}: ${move.channel} points at version ${move.version} now (move ${move.sequence}).`,
		);
		return EXIT.done;
	},
};

/** The system that a flag names, with the configured key. */
export function clientOf(flags: Flags): PerennialClient {
	return new PerennialClient(textOf(flags, 'url') ?? 'http://127.0.0.1:8080', apiKeyOf(readConfig()));
}

async function runJob(kind: 'train' | 'distill', flags: Flags, {print, progress, isJson, signal}: CommandOutput): Promise<number> {
	const client = clientOf(flags);
	const version = numberOf(flags, 'version');
	const bar = new ProgressBar(progress);
	let job: Job = await client.askJob({
		kind,
		model: textOf(flags, 'model')!,
		reason: `asked for with make ${kind}`,
		...(version !== undefined && {version}),
	});
	while (job.endedAt === undefined) {
		signal.throwIfAborted();
		bar.update(job.progress, job.message);
		await sleep(POLL_MS);
		job = await client.job(job.id);
	}

	bar.done(job.message);
	if (job.state !== 'succeeded') {
		throw new PerennialError('INTERNAL', `The job ${job.state}: ${job.error?.message ?? job.message}`);
	}

	const {outcome, version: made, reason} = (job.result ?? {}) as {outcome?: string; version?: number; reason?: string};
	if (made !== undefined && !isJson) {
		const {teacher} = await client.report(job.model, made);
		('reportVersion' in teacher ? trainingSummary(teacher) : []).forEach(print);
	}

	print(
		isJson
			? JSON.stringify(job)
			: `${made === undefined ? 'No version was made' : `Version ${made} was ${outcome === 'trial' ? 'put on trial' : outcome}`}: ${reason}`,
	);
	return outcome === 'refused' ? EXIT.refused : EXIT.done;
}
