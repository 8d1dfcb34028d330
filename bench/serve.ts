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
import {PerennialClient} from '../app/replay/client.ts';
import {createRng} from '../core/numerics/index.ts';
import {median, notRun, row, type BenchDefinition, type BenchRow} from './bench.ts';
import {load, type LoadResult} from './serve/load.ts';
import {overload} from './serve/overload.ts';
import {drawFeatures, requestBytes, requests} from './serve/requests.ts';
import {Server} from './serve/server.ts';
import {teach, train} from './serve/teach.ts';
import {swapUnderLoad} from './serve/swaps.ts';

const ROUNDS = 5;
const ROUND_SECONDS = 3;
const CONNECTIONS = 32;
const STREAM_ROWS = 5000;
const STREAM_CONNECTIONS = 4;

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

/** Rows a second of requests with five thousand rows each, four at a time. */
async function stream({url, key}: Server): Promise<number> {
	const rng = createRng(3);
	const lines = Array.from({length: STREAM_ROWS}, () => JSON.stringify({features: drawFeatures(rng)}));
	const request = requestBytes(url, key, 'application/x-ndjson', lines.join('\n'));
	const {answered, failed, seconds} = await load({url, requestOf: () => request, connections: STREAM_CONNECTIONS, seconds: 5});
	return failed > 0 ? Number.NaN : (answered * STREAM_ROWS) / seconds;
}
