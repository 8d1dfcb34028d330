/**
 * The cache of answers: a million requests while the champion moves two hundred times, and whether any answer is of a version that was gone; how many came from
 * the cache, and what one costs beside an answer that is worked out. Every answer is recorded on disk.
 *
 * @module
 */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setImmediate as nextTurn} from 'node:timers/promises';
import {PerennialClient} from '../app/replay/client.ts';
import {readConfig} from '../app/config.ts';
import {startSystem} from '../app/wire.ts';
import {CHAMPION, MemoryLogger} from '../core/domain/index.ts';
import {createRng, type Rng} from '../core/numerics/index.ts';
import type {Predictor} from '../serving/index.ts';
import {CachedSystem, TIERED} from './cache/cached-system.ts';
import {median, notRun, row, type BenchDefinition, type BenchRow} from './bench.ts';
import {drawFeatures} from './serve/requests.ts';
import {teach, train} from './serve/teach.ts';

const REQUESTS = 1_000_000;
const MOVES = 200;
/** Events of one call, and calls at a time: what is joined of one turn of the event loop under load. */
const CALL_EVENTS = 16;
const CALLS = 8;
/** People who ask: each always with the same features, the first of them far more often than the last. */
const PEOPLE = 20_000;
const COST_ROUNDS = 5;
const COST_REQUESTS = 4000;

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'cache',
	summary:
		'a million requests over 200 channel moves: answers of a version that was gone, share of hits, CPU of a hit and a miss; takes three minutes',
	async run({progress}) {
		const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-bench-'));
		try {
			progress('teaching a model and training two versions');
			const failure = await prepare(directory);
			if (failure !== undefined) {
				return [notRun('cache.stale', 'count', failure)];
			}

			const system = await CachedSystem.open(directory);
			try {
				const stale = await moveUnderLoad(system, progress);
				progress('what a hit and a miss cost');
				return [...stale, ...(await costs(system))];
			} finally {
				await system.close();
			}
		} finally {
			rmSync(directory, {recursive: true, force: true});
		}
	},
};

/** Two versions, trained by a whole system that is then closed; why there are none, if so. */
async function prepare(directory: string): Promise<string | undefined> {
	const flags = {
		port: 0,
		console: false,
		authentication: 'off',
		dataDirectory: directory,
		clock: 'event',
		localWorkers: 1,
		logFile: path.join(directory, 'worker.log'),
	};
	const system = await startSystem(readConfig({environment: {}, flags}), new MemoryLogger());
	try {
		const client = new PerennialClient(system.url);
		await teach(client, TIERED);
		return (await train(client, 1)) ?? (await train(client, 2));
	} finally {
		await system.close();
	}
}

/** Requests go on, some at a time, while the channel moves to and fro; each move waits for its share of the requests. */
async function moveUnderLoad(system: CachedSystem, progress: (line: string) => void): Promise<BenchRow[]> {
	const live = [2];
	const rng = createRng(0);
	const people = Array.from({length: PEOPLE}, () => drawFeatures(rng));
	const state = {people, asked: 0, acknowledged: 0, stale: 0, unanswered: 0};
	const callers = Promise.all(Array.from({length: CALLS}, async (_, caller) => askOn(system, live, state, caller)));
	for (let move = 1; move <= MOVES; move++) {
		const due = (move * REQUESTS) / (MOVES + 1);
		while (state.asked < due) {
			await nextTurn();
		}

		const version = live.at(-1) === 1 ? 2 : 1;
		live.push(version);
		await system.move(CHAMPION, version);
		state.acknowledged = live.length - 1;
		if (move % 20 === 0) {
			progress(`${move} moves, ${state.asked} requests`);
		}
	}

	await callers;
	return [
		row('cache.requests', state.asked, 'count', `>= ${REQUESTS}`),
		row('cache.moves', live.length - 1, 'count', `== ${MOVES}`),
		row('cache.stale', state.stale, 'count', '== 0'),
		row('cache.unanswered', state.unanswered, 'count', '== 0'),
		row('cache.hitShare', system.counted('hit') / state.asked, 'ratio'),
		row('cache.watchedShare', system.counted('watched') / state.asked, 'ratio'),
	];
}

interface LoadState {
	readonly people: readonly Readonly<Record<string, number>>[];
	asked: number;
	/** Index of the last version whose move was acknowledged. */
	acknowledged: number;
	stale: number;
	unanswered: number;
}

/** One caller of many. An answer may be of the version that was live when it was asked for, or of one moved to since. */
async function askOn(system: CachedSystem, live: readonly number[], state: LoadState, caller: number): Promise<void> {
	const rng = createRng(caller + 1);
	for (;;) {
		if (state.asked >= REQUESTS) {
			return;
		}

		state.asked += CALL_EVENTS;
		const since = state.acknowledged;
		const items = Array.from({length: CALL_EVENTS}, () => ({features: state.people[drawPerson(rng)]!}));
		for (const outcome of await system.cached.predict(items)) {
			const version = 'prediction' in outcome ? outcome.prediction.version : undefined;
			state.unanswered += version === undefined ? 1 : 0;
			state.stale += version === undefined || live.slice(since).includes(version) ? 0 : 1;
		}
	}
}

/** Few ask often: the cube of a uniform draw. */
function drawPerson(rng: Rng): number {
	return Math.floor(PEOPLE * rng() ** 3);
}

/** CPU of all threads for an answer among others of one turn, the middle of some rounds that take turns. */
async function costs({cached, plain}: CachedSystem): Promise<BenchRow[]> {
	const rng = createRng(2);
	const known = Array.from({length: 100}, () => drawFeatures(rng));
	await timed(cached, index => known[index % known.length]!);
	const [hits, misses, plains]: [number[], number[], number[]] = [[], [], []];
	for (let round = 0; round < COST_ROUNDS; round++) {
		const strangers = Array.from({length: COST_REQUESTS}, () => drawFeatures(rng));
		hits.push(await timed(cached, index => known[index % known.length]!));
		misses.push(await timed(cached, index => strangers[index]!));
		plains.push(await timed(plain, index => strangers[index]!));
	}

	const [hit, miss] = [median(hits), median(misses)];
	return [
		row('cache.hitCpu', hit, 'nanoseconds'),
		row('cache.missCpu', miss, 'nanoseconds'),
		row('cache.plainCpu', median(plains), 'nanoseconds'),
		row('cache.hitRatio', hit / miss, 'ratio', '< 1'),
	];
}

/** CPU nanoseconds of all threads for one answer. */
async function timed(predictor: Predictor, featuresOf: (index: number) => Record<string, number>): Promise<number> {
	const before = process.cpuUsage();
	for (let index = 0; index < COST_REQUESTS; index += CALL_EVENTS) {
		await predictor.predict(Array.from({length: CALL_EVENTS}, (_, at) => ({features: featuresOf(index + at)})));
	}

	const {user, system} = process.cpuUsage(before);
	return ((user + system) * 1000) / COST_REQUESTS;
}
