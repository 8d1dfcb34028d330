/**
 * The job worker that the system itself starts, in a process of its own: training never runs in the API's.
 *
 * @module
 */
import {fork, type ChildProcess} from 'node:child_process';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Logger} from '../core/domain/index.ts';
import {workerEnvironment, type Config} from './config.ts';
import type {WorkerOrder} from './worker-order.ts';

/** Options of {@link LocalWorker}. */
export interface LocalWorkerOptions {
	readonly config: Config;
	readonly logger: Logger;
	/** The worker has changed a job. */
	readonly onChange: () => void;
}

/** Pause before a worker that died is started again. */
const RESTART_MS = 1000;
/** Time a worker has to put its job down. */
const STOP_MS_MAX = 5000;

/** Starts the worker, and again when it dies. */
export class LocalWorker {
	readonly #options: LocalWorkerOptions;
	#child: ChildProcess | undefined;
	#isStopping = false;

	constructor(options: LocalWorkerOptions) {
		this.#options = options;
	}

	/** Process id of the worker, while it runs. */
	get pid(): number | undefined {
		return this.#child?.pid;
	}

	start(): void {
		const {config, logger, onChange} = this.#options;
		const child = fork(new URL('./worker-process.ts', import.meta.url), [], {
			execArgv: ['--disable-warning=ExperimentalWarning'],
			stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
			serialization: 'advanced',
			env: workerEnvironment(),
		});
		this.#child = child;
		child.on('message', () => {
			onChange();
		});
		child.once('error', error => {
			logger.error('the job worker cannot be started', {error});
		});
		child.once('exit', (code, signal) => {
			if (!this.#isStopping) {
				logger.error('the job worker has died and is started again', {code, signal});
				void sleep(RESTART_MS, undefined, {ref: false}).then(() => {
					if (!this.#isStopping) {
						this.start();
					}
				});
			}
		});
		child.send({type: 'work', config} satisfies WorkerOrder);
	}

	/** Ask it to end; it puts its job back. One that does not is killed, and its lease runs out. */
	async stop(): Promise<void> {
		this.#isStopping = true;
		const child = this.#child;
		if (!child || child.exitCode !== null || child.signalCode !== null) {
			return;
		}

		const exited = new Promise<void>(resolve => {
			child.once('exit', () => {
				resolve();
			});
		});
		child.disconnect();
		const late = setTimeout(() => {
			child.kill('SIGKILL');
		}, STOP_MS_MAX);
		await exited;
		clearTimeout(late);
	}
}
