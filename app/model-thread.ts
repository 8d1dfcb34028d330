/**
 * A model's own thread, as the main thread sees it: it learns and monitors by reading the log, and is told nothing but that there is more.
 *
 * @module
 */
import {Worker} from 'node:worker_threads';
import {PerennialError, type Logger, type Offset} from '../core/domain/index.ts';
import type {Reference} from '../monitoring/index.ts';
import {BELL, type FromModelThread, type ModelThreadData, type ToModelThread} from './model-thread-protocol.ts';

/** What the thread says, and where it goes. Handlers may be slow; they run one after another. */
export type ModelThreadSink = (message: Exclude<FromModelThread, {type: 'settled' | 'stopped' | 'log'}>) => Promise<void> | void;

/** Options of {@link ModelThread}. */
export interface ModelThreadOptions extends Omit<ModelThreadData, 'bell'> {
	readonly logger: Logger;
	readonly sink: ModelThreadSink;
	/** Called when the thread has died and was not started again. */
	readonly onDead: (error: unknown) => void;
}

/** Starts of the thread after it died, within its life; then it stays dead, loudly. */
const RESTARTS_MAX = 5;

/** Runs the thread, restarts it when it dies, and knows how far it has read. */
export class ModelThread {
	readonly #options: ModelThreadOptions;
	readonly #bell = new SharedArrayBuffer(BELL.words * Int32Array.BYTES_PER_ELEMENT);
	readonly #words = new Int32Array(this.#bell);
	readonly #waiting = new Map<number, {resolve(offset: Offset): void; reject(error: unknown): void}>();
	#worker: Worker;
	#sinks: Promise<void> = Promise.resolve();
	#baseline: {version: number; reference: Reference} | undefined;
	#nextToken = 1;
	#restarts = 0;
	#offset: Offset = 0;
	#state: 'running' | 'stopping' | 'dead' = 'running';

	constructor(options: ModelThreadOptions) {
		this.#options = options;
		this.#worker = this.#start();
	}

	/** Newest offset that the thread has said it read. */
	get offset(): Offset {
		return this.#offset;
	}

	/** True unless it died for good. */
	get isAlive(): boolean {
		return this.#state !== 'dead';
	}

	/** There is more in the log. */
	ring(): void {
		Atomics.add(this.#words, BELL.ring, 1);
		Atomics.notify(this.#words, BELL.ring);
	}

	/** Another version is live. */
	follow(version: number, reference: Reference): void {
		this.#baseline = {version, reference};
		this.#post({type: 'baseline', version, reference});
	}

	/** A person has seen an alarm. */
	acknowledge(alarm: string): void {
		this.#post({type: 'acknowledge', alarm});
	}

	/** Resolves when the thread has read all that is in the log now, and all it said of it has been dealt with. */
	async settle(now: number): Promise<Offset> {
		if (this.#state === 'dead') {
			throw new PerennialError(
				'MODEL_NOT_READY',
				`The learner of ${this.#options.spec.name} has stopped; the log says why. Restart the process.`,
			);
		}

		const token = this.#nextToken++;
		const settled = new Promise<Offset>((resolve, reject) => {
			this.#waiting.set(token, {resolve, reject});
		});
		this.#post({type: 'settle', token, now});
		const offset = await settled;
		await this.#sinks;
		return offset;
	}

	/** Read what is there, take a last checkpoint, and end. */
	async stop(): Promise<void> {
		if (this.#state === 'running') {
			this.#state = 'stopping';
			const stopped = new Promise<void>(resolve => {
				this.#worker.once('exit', () => {
					resolve();
				});
			});
			this.#post({type: 'stop'});
			await stopped;
			await this.#sinks;
		}
	}

	#start(): Worker {
		const {logger: _logger, sink: _sink, onDead: _onDead, ...data} = this.#options;
		const worker = new Worker(new URL('./model-thread-worker.ts', import.meta.url), {
			workerData: {...data, bell: this.#bell} satisfies ModelThreadData,
		});
		worker.on('message', (message: FromModelThread) => {
			this.#take(message);
		});
		worker.once('error', error => {
			this.#died(error);
		});
		return worker;
	}

	#take(message: FromModelThread): void {
		switch (message.type) {
			case 'settled': {
				this.#offset = message.offset;
				const waiting = this.#waiting.get(message.token);
				this.#waiting.delete(message.token);
				waiting?.resolve(message.offset);
				break;
			}

			case 'log': {
				this.#options.logger[message.level](message.message, {model: this.#options.spec.name, ...message.fields});
				break;
			}

			case 'stopped': {
				break;
			}

			case 'failure':
			case 'progress':
			case 'quality':
			case 'drift':
			case 'segments':
			case 'alarm':
			case 'standing': {
				if (message.type === 'progress') {
					this.#offset = message.offset;
				}

				this.#sinks = this.#sinks
					.then(async () => this.#options.sink(message))
					.catch((error: unknown) => {
						this.#options.logger.error('what a monitor found could not be kept', {
							model: this.#options.spec.name,
							type: message.type,
							error,
						});
					});
				break;
			}
		}
	}

	#died(error: unknown): void {
		const {logger, spec, onDead} = this.#options;
		const waiting = [...this.#waiting.values()];
		this.#waiting.clear();
		for (const {reject} of waiting) {
			reject(error);
		}

		if (this.#state === 'running' && this.#restarts < RESTARTS_MAX) {
			this.#restarts++;
			logger.error('the thread of a model died and is started again from its checkpoint', {
				model: spec.name,
				restarts: this.#restarts,
				error,
			});
			this.#worker = this.#start();
			if (this.#baseline) {
				this.#post({type: 'baseline', ...this.#baseline});
			}
		} else {
			this.#state = 'dead';
			onDead(error);
		}
	}

	#post(message: ToModelThread): void {
		this.#worker.postMessage(message);
		Atomics.add(this.#words, BELL.message, 1);
		Atomics.notify(this.#words, BELL.message);
		this.ring();
	}
}
