/**
 * `replay`: a file of dated rows through a running system, or through one that is started for it.
 *
 * @module
 */
import {readFileSync} from 'node:fs';
import {parse as parseYaml} from 'yaml';
import {formatTime, hasCode, parseSpec, PerennialError, type Millis, type ModelSpec} from '../../core/domain/index.ts';
import {readDatedRows} from '../../streams/index.ts';
import type {CommandDefinition, CommandOutput, Flags} from '../command.ts';
import {EXIT, numberOf, textOf} from '../command.ts';
import {apiKeyOf} from '../access.ts';
import {readConfig} from '../config.ts';
import {createLogger} from '../logger.ts';
import {ProgressBar} from '../progress.ts';
import {PerennialClient} from '../replay/client.ts';
import {replay, stepFor, type ReplayReceipt} from '../replay/replay.ts';
import {startOf, surveyRows} from '../replay/survey.ts';
import {startSystem, type System} from '../wire.ts';

/** The command. */
export const replayCommand: CommandDefinition = {
	name: 'replay',
	summary: 'Replay a file of dated rows in event time, through a running or an embedded system.',
	flags: {
		spec: {type: 'string', help: 'model spec (YAML)', isRequired: true},
		data: {type: 'string', help: 'CSV file, gzipped or not', isRequired: true},
		url: {type: 'string', help: 'a running system with PERENNIAL_CLOCK=event; without it one is started in the data directory'},
		weeks: {type: 'string', help: 'stop after this many weeks of the file'},
	},
	async run(flags, output) {
		const spec = readSpecFile(textOf(flags, 'spec')!);
		const url = textOf(flags, 'url');
		if (url !== undefined) {
			return replayThrough(new PerennialClient(url, apiKeyOf(readConfig())), spec, flags, output);
		}

		const config = readConfig({flags: {clock: 'event'}});
		const system: System = await startSystem(
			config,
			createLogger({...config, logFile: config.logFile ?? `${config.dataDirectory}/perennial.log`}, 'perennial'),
		);
		try {
			return await replayThrough(new PerennialClient(system.url, system.apiKey), spec, flags, output);
		} finally {
			await system.close();
		}
	},
};

async function replayThrough(
	client: PerennialClient,
	spec: ModelSpec,
	flags: Flags,
	{print, progress, isJson}: CommandOutput,
): Promise<number> {
	const data = textOf(flags, 'data')!;
	const survey = await surveyRows(data, spec);
	const weeks = numberOf(flags, 'weeks');
	const until = weeks === undefined ? undefined : survey.from + weeks * 7 * 86_400_000;
	const stepMs = stepFor(survey.from, Math.min(survey.to, until ?? Infinity));
	await registerModel(client, spec, startOf(survey, stepMs));
	const bar = new ProgressBar(progress);
	const receipt: ReplayReceipt = await replay({
		client,
		model: spec.name,
		rows: readDatedRows(data, spec),
		stepMs,
		...(until !== undefined && {until}),
		onProgress({events, labels, now}) {
			bar.update(events / survey.rowsUntil(until), `${formatTime(now).slice(0, 10)}  ${events} events, ${labels} labels`);
		},
	});
	bar.done(`${receipt.events.length} events, ${receipt.labels.length} labels`);
	const facts = {
		events: receipt.events.length,
		labels: receipt.labels.length,
		from: formatTime(receipt.from),
		to: formatTime(receipt.to),
		rejected: receipt.refused,
	};
	print(
		isJson
			? JSON.stringify(facts)
			: `Replayed ${facts.events} events and ${facts.labels} labels from ${facts.from} to ${facts.to}.\n` +
					`How right it was: GET ${client.url}/v1/models/${spec.name}/monitor/quality`,
	);
	return EXIT.done;
}

/**
 * A spec out of a YAML file.
 *
 * @throws PerennialError - USAGE if there is no such file; SPEC_INVALID with all faults.
 */
export function readSpecFile(file: string): ModelSpec {
	let text: string;
	try {
		text = readFileSync(file, 'utf8');
	} catch (error) {
		throw new PerennialError('USAGE', `The spec ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`, {
			cause: error,
		});
	}

	let document: unknown;
	try {
		document = parseYaml(text);
	} catch (error) {
		throw new PerennialError('SPEC_INVALID', `${file} is no YAML: ${error instanceof Error ? error.message : String(error)}`, {
			cause: error,
		});
	}

	return parseSpec(document);
}

/** Register a model, unless it is there already, at the time at which its events begin: its schedule runs from then on. */
export async function registerModel(client: PerennialClient, spec: ModelSpec, from: Millis): Promise<void> {
	if (Date.parse((await client.clock()).now) < from) {
		await client.advance(from);
	}

	try {
		await client.createModel(spec);
	} catch (error) {
		if (!hasCode(error, 'MODEL_EXISTS')) {
			throw error;
		}
	}
}
