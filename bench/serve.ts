/**
 * Answers over HTTP: CPU a request and latency of predictions one by one, and rows a second as NDJSON, of a whole system as in production. The yardstick is a
 * bare node:http server that parses and echoes the same bodies, in the same run.
 *
 * The system answers with an online learner first, then with an INT8 student that it has trained. Rounds of echo and system alternate; the middle one counts.
 *
 * @module
 */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {PerennialClient} from '../app/replay/client.ts';
import {createRng, sigmoid} from '../core/numerics/index.ts';
import {median, notRun, row, type BenchDefinition, type BenchRow} from './bench.ts';
import {load, type LoadResult} from './serve/load.ts';
import {overload} from './serve/overload.ts';
import {drawFeatures, FEATURES, MODEL, requestBytes, requests} from './serve/requests.ts';
import {Server} from './serve/server.ts';
import {swapUnderLoad} from './serve/swaps.ts';

const ROUNDS = 5;
const ROUND_SECONDS = 3;
const CONNECTIONS = 32;
const TRAINING_ROWS = 3000;
const STREAM_ROWS = 10_000;
/** Looks for the new version, five a second. */
const LOOKS_MAX = 100;
const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const SPEC = {
	name: MODEL,
	task: 'binary',
	label: {field: 'bad', delay: {fixed: 'P1D'}, maturity: 'P1D'},
	features: Array.from({length: FEATURES}, (_, index) => ({name: `f${index}`, type: 'numeric'})),
	online: {learners: ['logistic-regression']},
	offline: {minimumRows: 100, minimumNewLabels: 10, hidden: [32], effort: 'quick', teacher: 'mlp'},
	edge: {student: {hidden: [16]}},
	gates: {
		minimumRows: 20,
		challengerMustWin: false,
		studentAucLossMax: 0.5,
		decisionFlipsMax: 1,
		aucLossMax: 0.5,
		logitErrorRatioMax: 1,
	},
};

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'serve',
	summary: 'predictions over HTTP: CPU a request, latency, rows a second, against a bare echo; takes three minutes',
	async run({progress}) {
		const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-bench-'));
		const servers: Server[] = [];
		try {
			const echo = await Server.start('echo', directory);
			const system = await Server.start('system', directory);
			servers.push(echo, system);
			const client = new PerennialClient(system.url.origin, system.key);
			progress('teaching a model');
			await teach(client);
			const online = await measure('online', {echo, system, progress});
			progress('training a student');
			const failure = await train(client, 1);
			if (failure !== undefined) {
				return [...online.rows, notRun('student.ndjsonRows', 'perSecond', failure)];
			}

			const student = await measure('student', {echo, system, progress});
			progress('training another version');
			const again = await train(client, 2);
			progress('versions are swapped under load');
			return [
				...online.rows,
				...student.rows,
				...(again === undefined
					? await swapUnderLoad({client, system, perSecond: student.saturation / 4})
					: [notRun('swaps.failed', 'count', again)]),
				...(await overload({system, saturation: student.saturation, progress})),
			];
		} finally {
			await Promise.all(servers.map(async server => server.stop()));
			rmSync(directory, {recursive: true, force: true});
		}
	},
};

async function teach(client: PerennialClient): Promise<void> {
	const rng = createRng(1);
	await client.advance(START);
	await client.createModel(SPEC);
	const events = Array.from({length: TRAINING_ROWS}, (_, index) => ({
		id: `e${index}`,
		time: new Date(START + (index * 20 * DAY) / TRAINING_ROWS).toISOString(),
		features: drawFeatures(rng),
	}));
	await client.advance(START + 20 * DAY);
	await client.events(MODEL, events);
	await client.labels(
		MODEL,
		events.map(({id, time, features}) => ({
			id,
			value: rng() < sigmoid(2 * features['f0']! - features['f1']!) ? 1 : 0,
			observedAt: new Date(Date.parse(time) + DAY).toISOString(),
		})),
	);
	await client.advance(START + 22 * DAY);
}

/** Why this version did not go live; undefined if it did. */
async function train(client: PerennialClient, version: number): Promise<string | undefined> {
	let job = await client.askJob({kind: 'train', model: MODEL, reason: 'bench'});
	while (job.endedAt === undefined) {
		await sleep(200);
		job = await client.job(job.id);
	}

	let {champion} = await client.model(MODEL);
	// The server loads what the channel points at now a moment after the job has ended.
	for (let look = 0; look < LOOKS_MAX && champion?.version !== version; look++) {
		await sleep(200);
		({champion} = await client.model(MODEL));
	}

	return champion?.version === version
		? undefined
		: `no version went live: ${job.error?.message ?? String(job.result?.['reason'] ?? job.message)}`;
}

interface Subjects {
	readonly echo: Server;
	readonly system: Server;
	readonly progress: (line: string) => void;
}

async function measure(
	name: string,
	{echo, system, progress}: Subjects,
): Promise<{readonly rows: BenchRow[]; readonly saturation: number}> {
	const [echoRounds, systemRounds]: [Round[], Round[]] = [[], []];
	for (let round = 0; round <= ROUNDS; round++) {
		progress(`${name}: round ${round} of ${ROUNDS}, one by one`);
		const [bare, whole] = [await saturate(echo), await saturate(system)];
		// The first warms up.
		if (round > 0) {
			echoRounds.push(bare);
			systemRounds.push(whole);
		}
	}

	const saturation = median(systemRounds.map(({perSecond}) => perSecond));
	progress(`${name}: half of saturation`);
	const half = await load({...requests(system), connections: CONNECTIONS, seconds: 10, perSecond: saturation / 2});
	const echoMicros = median(echoRounds.map(({micros}) => micros));
	progress(`${name}: NDJSON`);
	const streams = [await stream(system), await stream(system), await stream(system)];
	const rows = [
		row(`${name}.echoCpu`, echoMicros * 1000, 'nanoseconds'),
		row(`${name}.requestCpu`, median(systemRounds.map(({micros}) => micros)) * 1000, 'nanoseconds'),
		row(`${name}.requestMainThreadCpu`, median(systemRounds.map(({mainMicros}) => mainMicros)) * 1000, 'nanoseconds'),
		row(`${name}.cpuRatio`, median(systemRounds.map(({micros}, index) => micros / echoRounds[index]!.micros)), 'ratio', '<= 1.6'),
		row(`${name}.echoSaturation`, median(echoRounds.map(({perSecond}) => perSecond)), 'perSecond'),
		row(`${name}.saturation`, saturation, 'perSecond'),
		row(`${name}.halfLoadP50`, half.latenciesMs[half.latenciesMs.length >> 1]! / 1000, 'seconds'),
		row(`${name}.halfLoadP99`, half.latenciesMs[Math.floor(half.latenciesMs.length * 0.99)]! / 1000, 'seconds', '<= 0.01'),
		row(`${name}.failed`, half.failed + systemRounds.reduce((sum, {failed}) => sum + failed, 0), 'count', '== 0'),
		row(`${name}.ndjsonRows`, median(streams), 'perSecond', name === 'student' ? '>= 100000' : undefined),
	];
	return {rows, saturation};
}

interface Round {
	readonly micros: number;
	readonly mainMicros: number;
	readonly perSecond: number;
	readonly failed: number;
}

async function saturate(server: Server): Promise<Round> {
	const before = await server.cpu();
	const result: LoadResult = await load({...requests(server), connections: CONNECTIONS, seconds: ROUND_SECONDS});
	const after = await server.cpu();
	return {
		micros: (after.all - before.all) / result.answered,
		mainMicros: (after.main - before.main) / result.answered,
		perSecond: result.answered / result.seconds,
		failed: result.failed,
	};
}

/** Rows a second of ten requests with ten thousand rows each, two at a time. */
async function stream({url, key}: Server): Promise<number> {
	const rng = createRng(3);
	const lines = Array.from({length: STREAM_ROWS}, () => JSON.stringify({features: drawFeatures(rng)}));
	const request = requestBytes(url, key, 'application/x-ndjson', lines.join('\n'));
	const {answered, failed, seconds} = await load({url, requestOf: () => request, connections: 2, seconds: 5});
	return failed > 0 ? Number.NaN : (answered * STREAM_ROWS) / seconds;
}
