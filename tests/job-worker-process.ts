/**
 * A job worker for the fault tests: it works until it is killed, notes what it did, and reads how far its clock is off from a file.
 *
 * Arguments: the store's file, the folder for notes, the file with the clock's offset in milliseconds.
 *
 * @module
 */
import {appendFileSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {runJobWorker} from '../app/job-worker.ts';
import {MemoryLogger} from '../core/domain/index.ts';
import {openStore, SqlJobQueue} from '../store/index.ts';

const [storeFile, notes, offsetFile] = process.argv.slice(2) as [string, string, string];
const owner = `test:${process.pid}`;
const store = await openStore(storeFile);
const note = (text: string): void => {
	appendFileSync(path.join(notes, `${process.pid}.log`), `${text}\n`);
};

const queue = new SqlJobQueue(store.db, {
	attemptsMax: 1000,
	pauseMs: 1,
	clock: {now: () => Date.now() + Number(readFileSync(offsetFile, 'utf8'))},
});
const complete = queue.complete.bind(queue);
queue.complete = async (job, result, resources) => {
	await complete(job, result, resources);
	note(`accepted ${job.id}`);
};
await runJobWorker({
	queue,
	owner,
	leaseMs: 400,
	idleMs: 5,
	logger: new MemoryLogger(),
	signal: new AbortController().signal,
	handlers: {train: work, distill: work, backtest: work},
});

async function work({job, report}: {job: {id: string; attempt: number}; report: (share: number, text: string) => Promise<void>}): Promise<{
	attempt: number;
	owner: string;
}> {
	for (let step = 1; step <= 4; step++) {
		await sleep(60);
		await report(step / 5, `step ${step}`);
	}

	return {attempt: job.attempt, owner};
}
