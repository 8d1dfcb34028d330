/**
 * One worker thread seen from outside: requests go in, promises come out, and its death rejects what it still owed.
 *
 * @module
 */
import {once} from 'node:events';
import {type Worker} from 'node:worker_threads';
import {PerennialError, type OnnxScores} from '../domain/index.ts';
import {ExitGuard} from './exit-guard.ts';
import type {WorkerReply, WorkerRequest} from './onnx-messages.ts';

interface Waiting {
	readonly resolve: (scores: OnnxScores | undefined) => void;
	readonly reject: (error: unknown) => void;
}

/** Replies come in the order of the requests, so the waiting are a queue; the pool bounds its length. */
export class OnnxWorker {
	readonly #worker: Worker;
	readonly #guard = new ExitGuard();
	readonly #waiting: Waiting[] = [];
	#dead = false;
	#stopping = false;

	/**
	 * @param startThread - Starts onnx-session-worker.ts with this as its `workerData`.
	 * @param onDeath - Called once if the thread ends without {@link OnnxWorker.stop}, after all it owed was rejected.
	 */
	constructor(startThread: (workerData: SharedArrayBuffer) => Worker, onDeath: (cause: unknown) => void) {
		const worker = startThread(this.#guard.memory);
		this.#worker = worker;
		let cause: unknown;
		worker.on('message', (reply: WorkerReply) => {
			this.#settle(reply);
		});
		worker.on('error', error => {
			cause = error;
		});
		worker.on('exit', code => {
			this.#dead = true;
			cause ??= new Error(`the worker thread ended with exit code ${code}`);
			const message = 'The ONNX worker thread died while it worked; ask again, another one takes its place.';
			for (const {reject} of this.#waiting.splice(0)) {
				reject(new PerennialError('RUNTIME_UNAVAILABLE', message, {cause}));
			}

			if (!this.#stopping) {
				onDeath(cause);
			}
		});
		worker.unref();
	}

	/** True from the moment the thread has ended. */
	get dead(): boolean {
		return this.#dead;
	}

	/** Requests without a reply. */
	get waitingCount(): number {
		return this.#waiting.length;
	}

	/** @throws PerennialError - RUNTIME_UNAVAILABLE with the thread's message if it failed, or if the thread is dead. */
	request(request: WorkerRequest, transfer: readonly ArrayBuffer[] = []): Promise<OnnxScores | undefined> {
		if (this.#dead) {
			const message = 'The ONNX worker thread is dead and was not replaced; see the log for why it died, then restart the process.';
			return Promise.reject(new PerennialError('RUNTIME_UNAVAILABLE', message));
		}

		return new Promise((resolve, reject) => {
			// The process stays alive while somebody waits, and no longer.
			this.#worker.ref();
			this.#waiting.push({resolve, reject});
			this.#worker.postMessage(request, transfer);
		});
	}

	/** As the process exits: block until the thread is out of native code. */
	waitAtExit(): void {
		if (!this.#dead) {
			this.#guard.waitAtExit();
		}
	}

	/** End the thread, which must be idle: ended inside native code it would take the process with it. What it still owed is rejected. */
	async stop(): Promise<void> {
		this.#stopping = true;
		if (!this.#dead) {
			const exit = once(this.#worker, 'exit');
			await this.#worker.terminate();
			await exit;
		}
	}

	#settle(reply: WorkerReply): void {
		const {resolve, reject} = this.#waiting.shift()!;
		if (this.#waiting.length === 0) {
			this.#worker.unref();
		}

		if ('failure' in reply) {
			reject(new PerennialError('RUNTIME_UNAVAILABLE', reply.failure));
		} else {
			resolve(reply.scores);
		}
	}
}
