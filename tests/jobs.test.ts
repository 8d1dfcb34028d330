/** Jobs under faults: workers that are killed and stopped, clocks that jump, a store that is closed and opened; nothing is lost and nothing done twice. */
import {fork, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import type {Job, JobRequest, LeasedJob} from '../core/domain/index.ts';
import {createRng, drawInteger} from '../core/numerics/index.ts';
import {openStore, SqlJobQueue, type Store} from '../store/index.ts';

const DAY = 86_400_000;
const JOBS = 200;
const KILLS = 100;
const WORKERS = 4;
const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-jobs-'));
test.after.always(() => {
	rmSync(folder, {recursive: true, force: true});
});

const request = (index: number): JobRequest => ({
	kind: 'train',
	model: `m${index % 3}`,
	trigger: 'manual',
	reason: 'test',
	asOf: 0,
	payload: {index},
	key: `job-${index}`,
});

async function memoryQueue(options: ConstructorParameters<typeof SqlJobQueue>[1] = {}): Promise<{queue: SqlJobQueue; store: Store}> {
	const store = await openStore(':memory:');
	return {queue: new SqlJobQueue(store.db, options), store};
}

test('200 jobs, 4 workers, 100 kills, stopped workers, a clock that jumps a day both ways: none lost, none done twice, no zombie heard', async t => {
	t.timeout(240_000);
	const [storeFile, notes, offset] = [path.join(folder, 'store.db'), path.join(folder, 'notes'), path.join(folder, 'offset')];
	mkdirSync(notes);
	writeFileSync(offset, '0');
	let store = await openStore(storeFile);
	let queue = new SqlJobQueue(store.db, {attemptsMax: 1000});
	for (let index = 0; index < JOBS; index++) {
		await queue.enqueue(request(index));
	}

	const start = (): ChildProcess =>
		fork(new URL('job-worker-process.ts', import.meta.url), [storeFile, notes, offset], {
			execArgv: ['--disable-warning=ExperimentalWarning'],
			stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
		});
	const workers = Array.from({length: WORKERS}, start);
	const rng = createRng(7);
	const ended = async (): Promise<boolean> => (await queue.list({states: ['queued', 'running'], limit: 1})).length === 0;
	try {
		for (let kill = 0; kill < KILLS; kill++) {
			await sleep(drawInteger(rng, 160));
			const place = drawInteger(rng, WORKERS);
			const worker = workers[place]!;
			if (kill % 10 === 3) {
				// A zombie: it sleeps past its lease, then goes on as if nothing had been, and is killed only after that.
				worker.kill('SIGSTOP');
				await sleep(600);
				worker.kill('SIGCONT');
				await sleep(60);
			}

			worker.kill('SIGKILL');
			await once(worker, 'exit');
			workers[place] = start();
			if (kill % 25 === 10) {
				writeFileSync(offset, String([DAY, 0, -DAY, 0][Math.floor(kill / 25)]));
			}

			if (kill === KILLS / 2) {
				await store.close();
				store = await openStore(storeFile);
				queue = new SqlJobQueue(store.db, {attemptsMax: 1000});
			}
		}

		for (let wait = 0; wait < 1200 && !(await ended()); wait++) {
			await sleep(100);
		}
	} finally {
		for (const worker of workers) {
			worker.kill('SIGKILL');
		}
	}

	const jobs = await queue.list({limit: 1000});
	t.is(jobs.length, JOBS, 'none lost, none doubled');
	t.deepEqual(new Set(jobs.map(({state}) => state)), new Set(['succeeded']));
	t.true(
		jobs.every(({attempt, result}) => result!['attempt'] === attempt),
		'the result is that of the newest attempt: no zombie was heard',
	);
	const accepted = readdirSync(notes).flatMap(file => readFileSync(path.join(notes, file), 'utf8').trim().split('\n'));
	t.is(new Set(accepted).size, accepted.length, 'no job was accepted twice');
	t.true(
		jobs.some(({attempt}) => attempt > 1),
		'kills hit jobs at work',
	);
	t.log(`${jobs.reduce((sum, {attempt}) => sum + attempt, 0)} attempts for ${JOBS} jobs`);
	await store.close();
});

test('the queue: priority first, then age; a kind runs as often as it may; a failed attempt waits', async t => {
	let now = 1000;
	const {queue, store} = await memoryQueue({clock: {now: () => now}, runningMax: {train: 1}, pauseMs: 100, rng: () => 0.999});
	await queue.enqueue(request(0));
	const urgent = await queue.enqueue({...request(1), priority: 5});
	const other = await queue.enqueue({...request(2), kind: 'distill', priority: -1});
	const first = (await queue.lease('a', 50))!;
	t.is(first.id, urgent.id);
	t.is((await queue.lease('b', 50))!.id, other.id, 'a second training must wait, another kind need not');
	t.is(await queue.lease('c', 50), undefined);
	await queue.fail(first, {code: 'INTERNAL', message: 'no'}, true, {
		wallSeconds: 2,
		cpuSeconds: 1,
		gpuSeconds: 0,
		peakMemoryBytes: 5,
		energyJoules: 15,
	});
	const next = (await queue.lease('d', 50))!;
	t.not(next.id, urgent.id, 'the failed one pauses, although it has priority');
	await queue.complete(next, {});
	t.is(await queue.lease('d', 50), undefined);
	now += 120;
	const again = (await queue.lease('d', 1000))!;
	t.is(again.id, urgent.id);
	await queue.complete(again, {}, {wallSeconds: 3, cpuSeconds: 1, gpuSeconds: 3, peakMemoryBytes: 4, energyJoules: 20});
	t.deepEqual((await queue.get(urgent.id))!.resources, {
		wallSeconds: 5,
		cpuSeconds: 2,
		gpuSeconds: 3,
		peakMemoryBytes: 5,
		energyJoules: 35,
	});
	await store.close();
});

test('a job that is handed back runs again at once, and neither tries nor pauses count it', async t => {
	let now = 1000;
	const {queue, store} = await memoryQueue({clock: {now: () => now}, pauseMs: 100, rng: () => 0.999});
	const {id, attemptsMax} = await queue.enqueue(request(0));
	for (let stop = 1; stop <= 20; stop++) {
		const job = (await queue.lease('a', 50))!;
		t.is(job.attempt, stop);
		await queue.release(job, 'its worker was stopped');
		await t.throwsAsync(queue.release(job, 'twice'), {code: 'JOB_LEASE_LOST'});
	}

	for (let failure = 1; failure <= attemptsMax; failure++) {
		const job = (await queue.lease('a', 50))!;
		await queue.fail(job, {code: 'INTERNAL', message: 'no'}, true);
		t.is((await queue.get(id))!.state, failure < attemptsMax ? 'queued' : 'failed');
		t.is(await queue.lease('a', 50), undefined, 'a failure pauses');
		now += 100 * 2 ** (failure - 1);
	}

	await store.close();
});

test('a worker that dies in every attempt: the job fails for good, keeps its log, and comes back when asked', async t => {
	let now = 0;
	const {queue, store} = await memoryQueue({clock: {now: () => now}, attemptsMax: 2});
	const {id} = await queue.enqueue(request(0));
	for (let attempt = 1; attempt <= 2; attempt++) {
		const job = (await queue.lease('doomed', 10))!;
		await queue.heartbeat(job, 10, 0.5, 'half done');
		now += 1000;
	}

	t.is(await queue.lease('doomed', 10), undefined);
	const dead = (await queue.get(id))!;
	t.is(dead.state, 'failed');
	t.is(dead.error!.code, 'JOB_LEASE_LOST');
	t.deepEqual(
		(await queue.lines(id)).map(({attempt, text}) => `${attempt}: ${text}`),
		['1: started', '1: half done', '2: started', '2: half done', '2: its worker was lost in every attempt'],
	);
	t.is((await queue.retry(id)).state, 'queued');
	const job = (await queue.lease('healthy', 10))!;
	t.is(job.attempt, 3, 'the fence goes on');
	await queue.complete(job, {done: true});
	t.is((await queue.retry(id)).state, 'succeeded', 'what is done stays done');
	await t.throwsAsync(queue.retry('nobody'), {code: 'JOB_NOT_FOUND'});
	await store.close();
});

test('a clock set back does not hold a job whose worker is gone', async t => {
	let now = 10 * DAY;
	const {queue, store} = await memoryQueue({clock: {now: () => now}, pauseMs: 1});
	await queue.enqueue(request(0));
	const lost = (await queue.lease('gone', 1000)) as LeasedJob;
	now -= DAY;
	const taken = (await queue.lease('next', 1000)) as Job;
	t.is(taken.id, lost.id);
	await t.throwsAsync(queue.complete(lost, {}), {code: 'JOB_LEASE_LOST'});
	await queue.fail(taken as LeasedJob, {code: 'INTERNAL', message: 'no'}, true);
	now -= DAY;
	t.is((await queue.lease('third', 1000))!.id, lost.id, 'nor one that pauses');
	await store.close();
});

test('the log of a job is bounded: at the bound the oldest line goes', async t => {
	const {queue, store} = await memoryQueue();
	await queue.enqueue(request(0));
	const job = (await queue.lease('a', 60_000))!;
	for (let line = 0; line < 520; line++) {
		await queue.heartbeat(job, 60_000, line / 520, `line ${line}`);
	}

	const lines = await queue.lines(job.id);
	t.is(lines.length, 500);
	t.is(lines.at(-1)!.text, 'line 519');
	t.deepEqual(
		(await queue.lines(job.id, lines[497]!.id)).map(({text}) => text),
		['line 518', 'line 519'],
	);
	await store.close();
});
