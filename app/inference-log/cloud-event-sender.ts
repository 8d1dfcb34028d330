/**
 * Sends requests and responses as CloudEvents in KServe's form, those of one model in their order, each until it is taken or given up.
 *
 * @module
 */
import {setTimeout as sleep} from 'node:timers/promises';

/** A request or response as it is logged. */
export interface LoggedBody {
	readonly mediaType: string;
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly jsonLength?: string;
}

/** A request and its response. */
export interface LoggedExchange {
	readonly model: string;
	readonly tenant: string;
	readonly id: string;
	/** When it was answered, in RFC 3339. */
	readonly time: string;
	readonly request: LoggedBody;
	readonly response: LoggedBody;
}

/** What became of an exchange: taken; refused by the sink; or given up, because the sink did not take it in all attempts. */
export type LogResult = 'delivered' | 'refused' | 'lost';

/** Options of {@link CloudEventSender}. */
export interface CloudEventSenderOptions {
	/** Where events are posted to. */
	readonly url: string;
	/** Pause after the first attempt that failed; each later one is twice as long, up to half a minute. */
	readonly pauseMs?: number;
	/** Attempts of one event; the events of its model wait meanwhile. */
	readonly attemptsMax?: number;
	/** Called once for each exchange. */
	readonly onSettled: (exchange: LoggedExchange, result: LogResult) => void;
}

const PAUSE_MS_MAX = 30_000;
/** How long the sink may take. */
const ANSWER_MS_MAX = 10_000;

/**
 * One queue a model, one event of it under way at a time. Whoever sends bounds what waits. An event may arrive twice, with one id and type, where the
 * sink took it and its answer was lost.
 */
export class CloudEventSender {
	readonly #options: Required<CloudEventSenderOptions>;
	readonly #queues = new Map<string, LoggedExchange[]>();
	readonly #aborted = new AbortController();

	constructor({pauseMs = 500, attemptsMax = 8, ...options}: CloudEventSenderOptions) {
		this.#options = {pauseMs, attemptsMax, ...options};
	}

	/** Send an exchange after those of its model that wait. */
	send(exchange: LoggedExchange): void {
		const queue = this.#queues.get(exchange.model);
		if (queue) {
			queue.push(exchange);
			return;
		}

		const fresh = [exchange];
		this.#queues.set(exchange.model, fresh);
		void this.#drain(exchange.model, fresh);
	}

	/** Give up what has not arrived. */
	stop(): void {
		this.#aborted.abort();
	}

	async #drain(model: string, queue: LoggedExchange[]): Promise<void> {
		for (let exchange = queue.shift(); exchange; exchange = queue.shift()) {
			const asked = await this.#deliver(exchange, 'request');
			const result = asked === 'delivered' ? await this.#deliver(exchange, 'response') : asked;
			this.#options.onSettled(exchange, result);
		}

		this.#queues.delete(model);
	}

	async #deliver(exchange: LoggedExchange, part: 'request' | 'response'): Promise<LogResult> {
		const {pauseMs, attemptsMax} = this.#options;
		for (let attempt = 1; !this.#aborted.signal.aborted; attempt++) {
			const status = await this.#post(exchange, part);
			if (status >= 200 && status < 300) {
				return 'delivered';
			}

			if (status !== NO_ANSWER && status !== 429 && status < 500) {
				return 'refused';
			}

			if (attempt >= attemptsMax) {
				break;
			}

			await sleep(Math.min(PAUSE_MS_MAX, pauseMs * 2 ** (attempt - 1)), undefined, {signal: this.#aborted.signal}).catch(whenAborted);
		}

		return 'lost';
	}

	async #post(exchange: LoggedExchange, part: 'request' | 'response'): Promise<number> {
		const {bytes} = exchange[part];
		try {
			const response = await fetch(this.#options.url, {
				method: 'POST',
				redirect: 'manual',
				headers: cloudEventHeaders(exchange, part),
				body: bytes,
				signal: AbortSignal.any([this.#aborted.signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
			});
			await response.arrayBuffer();
			return response.status;
		} catch (error) {
			return error instanceof Error ? NO_ANSWER : Number.NaN;
		}
	}
}

/** Stands for the status where no answer came. */
const NO_ANSWER = 0;

function whenAborted(error: unknown): void {
	if (!(error instanceof Error) || error.name !== 'AbortError') {
		throw error;
	}
}

/**
 * Headers of an event in the binary mode of CloudEvents over HTTP, with the extensions that KServe's logger sends.
 *
 * @example
 * const body = {mediaType: 'application/json', bytes: new Uint8Array(0)};
 * const exchange = {model: 'loans', tenant: 'acme', id: 'r1', time: '2026-01-05T00:00:00.000Z', request: body, response: body};
 * cloudEventHeaders(exchange, 'response')['ce-type']; //=> 'org.kubeflow.serving.inference.response'
 * cloudEventHeaders(exchange, 'request')['ce-inferenceservicename']; //=> 'loans'
 */
export function cloudEventHeaders(exchange: LoggedExchange, part: 'request' | 'response'): Record<string, string> {
	const {model, tenant, id, time} = exchange;
	const {mediaType, jsonLength} = exchange[part];
	return {
		'content-type': mediaType,
		'ce-specversion': '1.0',
		'ce-type': `org.kubeflow.serving.inference.${part}`,
		'ce-source': `/v1/models/${model}`,
		'ce-id': id,
		'ce-time': time,
		'ce-inferenceservicename': model,
		'ce-namespace': tenant,
		'ce-component': 'predictor',
		'ce-endpoint': 'default',
		'ce-metadata': JSON.stringify(jsonLength === undefined ? {} : {'Inference-Header-Content-Length': [jsonLength]}),
	};
}
