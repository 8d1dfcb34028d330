/**
 * Lets a process exit while a worker thread is inside native code: that code throws when its thread is torn down under it, and the whole process
 * aborts. So the main thread, as its last act, asks each thread to begin nothing more and waits for what it is in the middle of.
 *
 * @module
 */

/** Words of the shared memory: 1 if the process is about to exit, 1 if the thread is inside native code. */
const LEAVING = 0;
const BUSY = 1;

/** Longest wait for one thread at exit; a run that takes longer aborts the process, as it would without this guard. */
const WAIT_MS_MAX = 5000;

/** The flag between one worker thread and the thread that started it. */
export class ExitGuard {
	/** Give this to the worker thread, which makes a guard of its own on it. */
	readonly memory: SharedArrayBuffer;
	readonly #words: Int32Array;

	constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
		this.memory = memory;
		this.#words = new Int32Array(memory);
	}

	/** In the worker thread: do native work. Once the process is leaving, the work is not begun and the promise never settles. */
	async within<Result>(work: () => Promise<Result>): Promise<Result> {
		// Both sides write their own word before they read the other's, so that never both go on.
		Atomics.store(this.#words, BUSY, 1);
		if (Atomics.load(this.#words, LEAVING) === 1) {
			this.#leave();
			return new Promise<never>(() => undefined);
		}

		try {
			return await work();
		} finally {
			this.#leave();
		}
	}

	/** In the starting thread, as the process exits: block until the worker thread is out of native code. */
	waitAtExit(): void {
		Atomics.store(this.#words, LEAVING, 1);
		Atomics.wait(this.#words, BUSY, 1, WAIT_MS_MAX);
	}

	#leave(): void {
		Atomics.store(this.#words, BUSY, 0);
		Atomics.notify(this.#words, BUSY);
	}
}
