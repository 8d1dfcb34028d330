/**
 * A log of requests and responses, sent elsewhere as CloudEvents: bounded, and the first thing to be let go.
 *
 * @module
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {Worker} from 'node:worker_threads';
import type {Exchange} from '../../api/index.ts';
import {formatTime, type Logger, type MetricSink} from '../../core/domain/index.ts';
import {createRng, type Rng} from '../../core/numerics/index.ts';
import type {InferenceLogThreadData, SettledExchange, ToInferenceLogThread} from './inference-log-protocol.ts';

/** Options of {@link InferenceLog}. */
export interface InferenceLogOptions {
	readonly url: string;
	/** Share of the exchanges that are logged, drawn by chance. */
	readonly share: number;
	/** The tenant of a model that has just answered. */
	readonly tenantOf: (model: string) => Promise<string>;
	readonly metrics: MetricSink;
	readonly logger: Logger;
	/** Exchanges that wait, at most; see {@link EXCHANGES_MAX}. */
	readonly exchangesMax?: number;
}

/** Exchanges that wait, and bytes of their bodies, at most; what comes above either is not logged, and counted. */
const EXCHANGES_MAX = 10_000;
const BYTES_MAX = 64 << 20;
/** How long a system that closes waits for what is under way. */
const STOP_MS_MAX = 2000;
const LOOK_MS = 20;

/** Hands exchanges to the thread that sends them. Cost: a copy of each body. */
export class InferenceLog {
	readonly #options: Required<InferenceLogOptions>;
	readonly #rng: Rng;
	#worker: Worker | undefined;
	#waiting = 0;
	#bytes = 0;
	#isShedding = false;

	constructor({exchangesMax = EXCHANGES_MAX, ...options}: InferenceLogOptions) {
		this.#options = {exchangesMax, ...options};
		this.#rng = createRng(1);
	}

	/** Exchanges that wait for the sink. */
	get waiting(): number {
		return this.#waiting;
	}

	/** Log an exchange, if it is drawn and there is room. */
	take(exchange: Exchange): void {
		const {share, tenantOf, logger} = this.#options;
		if (this.#rng() < share) {
			tenantOf(exchange.model).then(
				tenant => {
					this.#send(exchange, tenant);
				},
				(error: unknown) => {
					logger.warn('an exchange was not logged: its model has gone', {model: exchange.model, error});
				},
			);
		}
	}

	/** Wait a little for what is under way, and give up the rest. */
	async stop(): Promise<void> {
		const until = performance.now() + STOP_MS_MAX;
		while (this.#waiting > 0 && performance.now() < until) {
			await sleep(LOOK_MS);
		}

		if (this.#waiting > 0) {
			this.#options.logger.warn('the log of requests and responses closes before its sink has taken all', {lost: this.#waiting});
		}

		this.#worker?.postMessage('stop' satisfies ToInferenceLogThread);
		await this.#worker?.terminate();
		this.#worker = undefined;
	}

	#send({model, id, request, response}: Exchange, tenant: string): void {
		const {metrics, logger, exchangesMax} = this.#options;
		const bytes = request.bytes.length + response.bytes.length;
		if (this.#waiting >= exchangesMax || this.#bytes + bytes > BYTES_MAX) {
			metrics.count('perennial_inference_log_exchanges_total', {model, result: 'shed'});
			if (!this.#isShedding) {
				this.#isShedding = true;
				logger.warn('the sink of the log of requests and responses is too slow: exchanges are left out', {waiting: this.#waiting});
			}

			return;
		}

		this.#isShedding = false;
		this.#waiting++;
		this.#bytes += bytes;
		this.#worker ??= this.#start();
		const [asked, answered] = [Uint8Array.from(request.bytes), Uint8Array.from(response.bytes)];
		const message = {
			model,
			tenant,
			id,
			time: formatTime(Date.now()),
			request: {...request, bytes: asked},
			response: {...response, bytes: answered},
		} satisfies ToInferenceLogThread;
		this.#worker.postMessage(message, [asked.buffer, answered.buffer]);
	}

	#start(): Worker {
		const {url, metrics, logger} = this.#options;
		const worker = new Worker(new URL('./inference-log-thread.ts', import.meta.url), {
			workerData: {url} satisfies InferenceLogThreadData,
		});
		worker.on('message', ({model, bytes, result}: SettledExchange) => {
			this.#waiting--;
			this.#bytes -= bytes;
			metrics.count('perennial_inference_log_exchanges_total', {model, result});
		});
		worker.once('error', error => {
			logger.error('the thread of the log of requests and responses died; what waited is lost', {lost: this.#waiting, error});
			[this.#waiting, this.#bytes, this.#worker] = [0, 0, undefined];
		});
		worker.unref();
		return worker;
	}
}
