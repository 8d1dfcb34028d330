/**
 * ONNX Runtime in worker threads: `run()` of onnxruntime-node is a synchronous native call, so on the main thread every score would stop every
 * other request for as long as it takes.
 *
 * @module
 */
import {Worker} from 'node:worker_threads';
import {
	messageOf,
	PerennialError,
	type Logger,
	type OnnxBatch,
	type OnnxRuntime,
	type OnnxScores,
	type OnnxSession,
} from '../domain/index.ts';
import {OnnxRunQueue} from './onnx-run-queue.ts';
import type {OnnxFileShape} from './onnx-session.ts';
import {OnnxWorker} from './onnx-worker.ts';

/** Options of {@link createOnnxRuntime}. */
export interface OnnxRuntimeOptions {
	/** Worker threads. Every file is loaded in each, so that any thread can run any file; memory grows with threads x files. */
	readonly threads?: number;
	/** Runs accepted and not yet answered, over all files. One more is refused at once with MODEL_NOT_READY: waiting longer helps nobody. */
	readonly runsMax?: number;
	/** Deaths of threads without one good run between them, after which a thread is not replaced any more. */
	readonly deathsMax?: number;
	readonly logger: Logger;
	/** Starts a thread with this as its `workerData`; the default runs onnx-session-worker.ts. */
	readonly startThread?: (workerData: SharedArrayBuffer) => Worker;
}

interface LoadedFile {
	readonly bytes: Uint8Array;
	readonly shape: OnnxFileShape;
}

/**
 * Start the worker threads.
 *
 * Runs of a file that are asked for together, or while the threads are busy with it, are joined; see {@link OnnxRunQueue}. A run goes to the thread with the
 * fewest runs waiting. A thread that dies rejects the runs it had with RUNTIME_UNAVAILABLE, and is replaced
 * by one that loads every file again. The caller's batch is copied once and never changed.
 * Threads with nothing to do keep no process alive, and `process.exit` waits for a run that a thread is in the middle of.
 */
export function createOnnxRuntime(options: OnnxRuntimeOptions): OnnxRuntime {
	return new OnnxPool(options);
}

function startSessionThread(workerData: SharedArrayBuffer): Worker {
	// Flags of the starting process, such as those of --eval, mean nothing to a thread that runs a file.
	return new Worker(new URL('./onnx-session-worker.ts', import.meta.url), {name: 'onnx', workerData, execArgv: []});
}

class OnnxPool implements OnnxRuntime {
	readonly #logger: Logger;
	readonly #runsMax: number;
	readonly #deathsMax: number;
	readonly #startThread: (workerData: SharedArrayBuffer) => Worker;
	readonly #onExit = (): void => {
		for (const worker of this.#workers) {
			worker.waitAtExit();
		}
	};

	readonly #workers: OnnxWorker[];
	readonly #files = new Map<number, LoadedFile>();
	readonly #inFlight = new Set<Promise<unknown>>();
	#filesLoaded = 0;
	#accepted = 0;
	#deathsInARow = 0;
	#closed = false;

	constructor({threads = 1, runsMax = 1024, deathsMax = 5, logger, startThread = startSessionThread}: OnnxRuntimeOptions) {
		this.#logger = logger;
		this.#runsMax = runsMax;
		this.#deathsMax = deathsMax;
		this.#startThread = startThread;
		this.#workers = Array.from({length: threads}, (_, index) => this.#start(index));
		process.once('exit', this.#onExit);
	}

	async load(bytes: Uint8Array, shape: OnnxFileShape): Promise<OnnxSession> {
		this.#refuseIfClosed();
		const session = this.#filesLoaded++;
		const file = {bytes: new Uint8Array(bytes), shape};
		this.#files.set(session, file);
		const loads = await Promise.allSettled(this.#workers.map(worker => this.#track(worker.request({kind: 'load', session, ...file}))));
		const failed = loads.find(load => load.status === 'rejected');
		if (failed) {
			await this.#unload(session);
			throw failed.reason;
		}

		const queue = new OnnxRunQueue({run: async batch => this.#run(session, batch), runsAtOnceMax: this.#workers.length});
		return new PooledSession(
			async batch => this.#accept(queue, batch),
			async () => {
				await queue.idle();
				await this.#unload(session);
			},
		);
	}

	async close(): Promise<void> {
		this.#closed = true;
		await Promise.allSettled(this.#inFlight);
		await Promise.all(this.#workers.map(worker => worker.stop()));
		process.removeListener('exit', this.#onExit);
	}

	#start(index: number): OnnxWorker {
		return new OnnxWorker(this.#startThread, cause => {
			this.#replace(index, cause);
		});
	}

	#replace(index: number, cause: unknown): void {
		if (this.#closed) {
			return;
		}

		this.#deathsInARow++;
		if (this.#deathsInARow > this.#deathsMax) {
			const facts = {thread: index, deaths: this.#deathsInARow, cause: messageOf(cause)};
			this.#logger.error('An ONNX worker thread keeps dying and is not replaced any more.', facts);
			return;
		}

		this.#logger.warn('An ONNX worker thread died; another one takes its place.', {thread: index, cause: messageOf(cause)});
		const worker = this.#start(index);
		this.#workers[index] = worker;
		for (const [session, file] of this.#files) {
			this.#track(worker.request({kind: 'load', session, ...file})).catch((error: unknown) => {
				this.#logger.warn('An ONNX file could not be loaded again.', {thread: index, cause: messageOf(error)});
			});
		}
	}

	async #accept(queue: OnnxRunQueue, batch: OnnxBatch): Promise<OnnxScores> {
		this.#refuseIfClosed();
		const waiting = this.#accepted;
		if (waiting >= this.#runsMax) {
			const message = `${waiting} ONNX runs wait already; ask again later, send larger batches, or start more threads.`;
			throw new PerennialError('MODEL_NOT_READY', message, {details: {waiting, runsMax: this.#runsMax}});
		}

		this.#accepted++;
		return this.#track(queue.add(batch)).finally(() => {
			this.#accepted--;
		});
	}

	/** The batch is handed over to the thread. */
	async #run(session: number, batch: OnnxBatch): Promise<OnnxScores> {
		const worker = this.#workers.reduce((best, other) =>
			best.dead || (!other.dead && other.waitingCount < best.waitingCount) ? other : best,
		);
		const scores = await worker.request({kind: 'run', session, batch}, [
			batch.numeric.buffer as ArrayBuffer,
			batch.categorical.buffer as ArrayBuffer,
		]);
		this.#deathsInARow = 0;
		return scores!;
	}

	async #unload(session: number): Promise<void> {
		this.#files.delete(session);
		if (!this.#closed) {
			await Promise.allSettled(this.#workers.map(worker => this.#track(worker.request({kind: 'unload', session}))));
		}
	}

	#track<Result>(promise: Promise<Result>): Promise<Result> {
		this.#inFlight.add(promise);
		return promise.finally(() => this.#inFlight.delete(promise));
	}

	#refuseIfClosed(): void {
		if (this.#closed) {
			throw new PerennialError('RUNTIME_UNAVAILABLE', 'The ONNX runtime is closed; start another one.');
		}
	}
}

/** One file in the pool. Threads answer in order, so an unload that is asked for last is done last. */
class PooledSession implements OnnxSession {
	readonly #run: (batch: OnnxBatch) => Promise<OnnxScores>;
	readonly #unload: () => Promise<void>;
	#closed = false;

	constructor(run: (batch: OnnxBatch) => Promise<OnnxScores>, unload: () => Promise<void>) {
		this.#run = run;
		this.#unload = unload;
	}

	run(batch: OnnxBatch): Promise<OnnxScores> {
		return this.#closed
			? Promise.reject(new PerennialError('RUNTIME_UNAVAILABLE', 'The ONNX session is closed; load the file again.'))
			: this.#run(batch);
	}

	async close(): Promise<void> {
		if (!this.#closed) {
			this.#closed = true;
			await this.#unload();
		}
	}
}
