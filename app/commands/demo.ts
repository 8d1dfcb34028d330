/**
 * `demo`: the main job on one file of events, from a spec to an edge, with a table at the end.
 *
 * @module
 */
import {once} from 'node:events';
import {readdirSync, rmSync} from 'node:fs';
import path from 'node:path';
import {CHAMPION, formatTime, hasCode, holdDirectory, PerennialError, type Logger, type ModelSpec} from '../../core/domain/index.ts';
import {readDatedRows} from '../../streams/index.ts';
import type {CommandDefinition, CommandOutput} from '../command.ts';
import {EXIT, numberOf, textOf} from '../command.ts';
import {dataPathsOf, readConfig, type Config} from '../config.ts';
import {EdgeProcess} from '../demo/edge-process.ts';
import {gatherFacts, type DemoFacts} from '../demo/facts.ts';
import {summaryLines} from '../demo/summary.ts';
import {simulatedData} from '../demo/simulated-data.ts';
import {createLogger} from '../logger.ts';
import {logFileOf} from '../model-runtime.ts';
import {ProgressBar} from '../progress.ts';
import {PerennialClient} from '../replay/client.ts';
import {replay, stepFor, type ReplayReceipt} from '../replay/replay.ts';
import {horizonOf, startOf, surveyRows, type RowSurvey} from '../replay/survey.ts';
import {startSystem} from '../wire.ts';
import {readSpecFile, registerModel} from './replay.ts';

/** Events of a demo, unless WEEKS says otherwise: what two cores do in about two minutes. */
const EVENTS_MAX = 60_000;
const WEEK = 7 * 86_400_000;
/** Time an edge agent has to follow after the last step. */
const EDGE_MS_MAX = 20_000;
/** Live figures are asked for this often. */
const FIGURES_MS = 1000;

/** The command. */
export const demo: CommandDefinition = {
	name: 'demo',
	summary: 'The main job: replay events, learn, retrain weekly, distil, publish, pull to an edge, watch.',
	flags: {
		data: {type: 'string', help: 'CSV file with dated events (default: the simulated lender)'},
		spec: {type: 'string', help: 'model spec for the file'},
		weeks: {type: 'string', help: `weeks of the file to replay (default: as many as have ${EVENTS_MAX} events)`},
		port: {type: 'string', help: 'port of API and console (default 8080)'},
		once: {type: 'boolean', help: 'end after the table, instead of serving on'},
	},
	async run(flags, output) {
		const {print, progress, signal} = output;
		const started = performance.now();
		const config = demoConfig(numberOf(flags, 'port'));
		const logger = createLogger(config, 'demo');
		const {data, spec} = await inputOf(textOf(flags, 'data'), textOf(flags, 'spec'), progress);
		forgetLastDemo(config.dataDirectory);
		const system = await startSystem(config, logger);
		const client = new PerennialClient(system.url);
		print(`Console and API: ${system.url}   log: ${config.logFile}   no authentication: this is a demo on ${config.host}`);
		let edge: EdgeProcess | undefined;
		try {
			const survey = await surveyRows(data, spec);
			const weeks = numberOf(flags, 'weeks');
			const until = weeks === undefined ? horizonOf(survey, EVENTS_MAX) : survey.from + weeks * WEEK;
			const stepMs = stepFor(survey.from, Math.min(survey.to, until ?? Infinity));
			await registerModel(client, spec, startOf(survey, stepMs));
			edge = await startEdge(system.url, spec, config, logger);
			const receipt = await replayFile({client, spec, data, survey, until, stepMs, output});
			const facts = await finish({client, spec, receipt, config, edge, seconds: (performance.now() - started) / 1000});
			for (const line of summaryLines(facts)) {
				print(line);
			}

			const isOnce = flags['once'] === true;
			if (!isOnce) {
				print(`Still serving at ${system.url}; Ctrl-C ends it.`);
			}

			process.stdout.write(`${JSON.stringify(facts)}\n`);
			if (!isOnce && !signal.aborted) {
				await once(signal, 'abort');
			}

			return EXIT.done;
		} finally {
			await edge?.stop();
			await system.close();
		}
	},
};

function demoConfig(port: number | undefined): Config {
	const base = readConfig({flags: {port, clock: 'event'}});
	const dataDirectory = path.join(base.dataDirectory, 'demo');
	return {...base, authentication: 'off', dataDirectory, logFile: base.logFile ?? path.join(base.dataDirectory, 'demo.log')};
}

/** Empty the directory, unless a demo runs in it. */
function forgetLastDemo(directory: string): void {
	const letGo = holdDirectory(directory, 'let it end first');
	try {
		for (const name of readdirSync(directory).filter(entry => !entry.startsWith('lock.'))) {
			rmSync(path.join(directory, name), {recursive: true});
		}
	} finally {
		letGo();
	}
}

/** The file and its spec: given, or simulated. */
async function inputOf(
	data: string | undefined,
	specFile: string | undefined,
	progress: CommandOutput['progress'],
): Promise<{data: string; spec: ModelSpec}> {
	if ((data === undefined) !== (specFile === undefined)) {
		throw new PerennialError(
			'USAGE',
			data === undefined
				? 'A spec needs its file: give both SPEC= and DATA=, or neither for the simulated lender.'
				: `${data} needs a spec: give SPEC=model.yaml too; make infer-spec DATA=${data} LABEL=column proposes one.`,
		);
	}

	if (data !== undefined) {
		return {data, spec: readSpecFile(specFile!)};
	}

	const simulated = await simulatedData(progress);
	return {data: simulated.data, spec: readSpecFile(simulated.spec)};
}

async function startEdge(url: string, spec: ModelSpec, config: Config, logger: Logger): Promise<EdgeProcess | undefined> {
	const [channel] = spec.edge.channels;
	return channel === undefined
		? undefined
		: EdgeProcess.start({
				url,
				model: spec.name,
				channel,
				directory: path.join(config.dataDirectory, 'edge'),
				name: 'demo-edge',
				logger,
			});
}

interface ReplayFileOptions {
	readonly client: PerennialClient;
	readonly spec: ModelSpec;
	readonly data: string;
	readonly survey: RowSurvey;
	readonly until: number | undefined;
	readonly stepMs: number;
	readonly output: CommandOutput;
}

async function replayFile({client, spec, data, survey, until, stepMs, output}: ReplayFileOptions): Promise<ReplayReceipt> {
	const rows = survey.rowsUntil(until);
	const bar = new ProgressBar(output.progress);
	let figures = '';
	let askedAt = performance.now();
	const receipt = await replay({
		client,
		model: spec.name,
		rows: readDatedRows(data, spec),
		stepMs,
		...(until !== undefined && {until}),
		onProgress({events, labels, now}) {
			bar.update(events / rows, `${formatTime(Math.max(now, survey.from)).slice(0, 10)}  ${counted(events, labels)}  ${figures}`);
			if (performance.now() - askedAt > FIGURES_MS) {
				askedAt = performance.now();
				void liveFigures(client, spec.name).then(text => {
					figures = text;
				});
			}
		},
	});
	bar.done(`${counted(receipt.events.length, receipt.labels.length)}  ${await liveFigures(client, spec.name)}`);
	return receipt;
}

function counted(events: number, labels: number): string {
	return `${events.toLocaleString('en')} events  ${labels.toLocaleString('en')} labels`;
}

/** What is live and how right it is, for the progress line. */
async function liveFigures(client: PerennialClient, model: string): Promise<string> {
	const {champion, quality, alarmsOpen} = await client.model(model);
	const auc = (value: number | null | undefined): string => (value === null || value === undefined ? '-' : value.toFixed(3));
	const [live, frozen] = [auc(quality?.series.loop.auc), auc(quality?.series.frozen.auc)];
	return `${champion ? `v${champion.version} live` : 'no version yet'}  AUC ${live} (never updated ${frozen})  alarms ${alarmsOpen}`;
}

interface FinishOptions {
	readonly client: PerennialClient;
	readonly spec: ModelSpec;
	readonly receipt: ReplayReceipt;
	readonly config: Config;
	readonly edge: EdgeProcess | undefined;
	readonly seconds: number;
}

async function finish({client, spec, receipt, config, edge, seconds}: FinishOptions): Promise<DemoFacts> {
	const [channel = CHAMPION] = spec.edge.channels;
	const live = await client.channel(spec.name, channel).catch((error: unknown) => {
		if (hasCode(error, 'CHANNEL_NOT_FOUND')) {
			return undefined;
		}

		throw error;
	});
	const status = live && (await edge?.waitFor(client, live.version, EDGE_MS_MAX));
	return gatherFacts({
		client,
		spec,
		receipt,
		seconds,
		logFile: logFileOf(dataPathsOf(config).streams, spec),
		edge: edge && {status, predict: async features => edge.predict(features)},
	});
}
