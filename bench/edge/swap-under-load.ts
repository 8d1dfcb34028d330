/**
 * Predictions over HTTP while versions are swapped: blocks with swaps and blocks without take turns, so that both see the same machine.
 *
 * @module
 */
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {writeFile} from 'node:fs/promises';
import {Agent, request} from 'node:http';
import path from 'node:path';
import readline from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import {CHANNEL, FEATURES, MODEL, type PublishedStudents} from './published-students.ts';

const MAIN = path.join(import.meta.dirname, '../../edge/main.ts');
const BLOCKS = 10;
const SWAPS_PER_BLOCK = 10;
const SWAP_EVERY_MS = 400;
const REQUESTS_PER_SECOND = 250;
const POLL_SECONDS = 0.05;
const SWAP_MS_MAX = 30_000;

/** What was seen. */
export interface LoadedSwaps {
	readonly swaps: number;
	readonly failed: number;
	/** Milliseconds from when a request was due to its answer. */
	readonly during: number[];
	readonly without: number[];
}

/** Run the agent as a program of its own and swap its version under a steady load. */
export async function swapUnderLoad(
	students: PublishedStudents,
	directory: string,
	progress: (line: string) => void,
): Promise<LoadedSwaps> {
	await students.move(1);
	const trust = path.join(directory, 'trust.pem');
	await writeFile(trust, students.pem);
	const flags = {
		url: students.url,
		model: MODEL,
		channel: CHANNEL,
		dir: path.join(directory, 'loaded'),
		port: 0,
		'poll-seconds': POLL_SECONDS,
		trust,
	};
	const child = spawn(process.execPath, [MAIN, ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])], {
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	const connections = new Agent({keepAlive: true});
	try {
		const target: Target = {url: await firstLine(child), connections};
		await versionOf(target, 1);
		await predictSteadily(target, async () => sleep(2000));
		const result = {swaps: 0, failed: 0, during: [] as number[], without: [] as number[]};
		let others = 0;
		for (let block = 1; block <= BLOCKS; block++) {
			progress(`block ${block} of ${BLOCKS}: ${SWAPS_PER_BLOCK} swaps at ${REQUESTS_PER_SECOND} predictions a second`);
			// In calm blocks a channel moves that nobody follows: this process does the same chores, and only the swap itself differs.
			const calm = await predictSteadily(target, async () =>
				moveRepeatedly(async () => {
					await students.move(1 + (++others % 2), 'followed-by-none');
					await versionOf(target, 1 + (result.swaps % 2));
				}),
			);
			const swapping = await predictSteadily(target, async () =>
				moveRepeatedly(async () => {
					const version = 1 + (++result.swaps % 2);
					await students.move(version);
					await versionOf(target, version);
				}),
			);
			result.without.push(...calm.latencies);
			result.during.push(...swapping.latencies);
			result.failed += calm.failed + swapping.failed;
		}

		return result;
	} finally {
		connections.destroy();
		child.kill('SIGTERM');
		await once(child, 'exit');
	}
}

async function moveRepeatedly(move: () => Promise<void>): Promise<void> {
	for (let swap = 0; swap < SWAPS_PER_BLOCK; swap++) {
		const pause = sleep(SWAP_EVERY_MS);
		await move();
		await pause;
	}
}

interface Target {
	readonly url: string;
	readonly connections: Agent;
}

/** Send predictions at a steady rate, whether or not those before have been answered, until `work` is done. */
async function predictSteadily(
	target: Target,
	work: () => Promise<void>,
): Promise<{readonly latencies: number[]; readonly failed: number}> {
	const latencies: number[] = [];
	const done = new AbortController();
	const finished = work().finally(() => {
		done.abort();
	});
	const started = performance.now();
	let failed = 0;
	const inFlight: Promise<void>[] = [];
	for (let sent = 0; !done.signal.aborted;) {
		const due = started + (sent * 1000) / REQUESTS_PER_SECOND;
		const wait = due - performance.now();
		if (wait > 0) {
			await sleep(Math.max(1, wait));
			continue;
		}

		sent++;
		const asked = performance.now();
		inFlight.push(
			predict(target).then(isAnswered => {
				latencies.push(performance.now() - asked);
				failed += isAnswered ? 0 : 1;
			}),
		);
	}

	await Promise.all([finished, ...inFlight]);
	return {latencies, failed};
}

async function predict(target: Target): Promise<boolean> {
	return (await call(target, 'POST', '/predict', JSON.stringify({features: FEATURES}))).status === 200;
}

async function versionOf(target: Target, version: number): Promise<void> {
	for (const end = performance.now() + SWAP_MS_MAX; performance.now() < end; await sleep(10)) {
		const {body} = await call(target, 'GET', '/health');
		if (body.includes(`"version":${version},`)) {
			return;
		}
	}

	throw new Error(`The agent has not come to version ${version}.`);
}

/** Status 0 where there was no answer. */
function call(
	{url, connections}: Target,
	method: string,
	route: string,
	body = '',
): Promise<{readonly status: number; readonly body: string}> {
	return new Promise(resolve => {
		const outgoing = request(`${url}${route}`, {method, agent: connections}, response => {
			const chunks: Buffer[] = [];
			response.on('data', (chunk: Buffer) => chunks.push(chunk));
			response.once('end', () => {
				resolve({status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString()});
			});
		});
		outgoing.once('error', error => {
			resolve({status: 0, body: error.message});
		});
		outgoing.end(body);
	});
}

async function firstLine(child: ChildProcess): Promise<string> {
	const [line] = (await once(readline.createInterface({input: child.stdout!}), 'line')) as [string];
	return line;
}
