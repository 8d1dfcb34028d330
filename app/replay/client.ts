/**
 * A client of the REST face, for the replay, the demo and the manual levers. Errors of the server become errors here, with their codes.
 *
 * @module
 */
import {
	ERROR_CODES,
	PerennialError,
	type Alarm,
	type ChallengerView,
	type ChannelMove,
	type EdgeStatus,
	type ErrorCode,
	type Fault,
	type Job,
	type Manifest,
	type ModelSpec,
	type ModelSummary,
	type QualityWindow,
	type TimelineMark,
	type VersionReport,
} from '../../core/domain/index.ts';

/** What became of appended events or labels. */
export interface ClientReceipt {
	readonly accepted: number;
	readonly duplicate: number;
	readonly waiting?: number;
	readonly rejected: readonly (Fault & {readonly index: number})[];
}

/** An answer, or why there is none. */
export type ClientPrediction =
	| {readonly id: string; readonly decisionId: string; readonly probability: number; readonly tier: string; readonly version: number}
	| {readonly error: {readonly code: string; readonly detail: string}};

/** One thing to ask about. */
export interface ClientInstance {
	readonly id: string;
	readonly entity?: string;
	readonly time: string;
	readonly features: Readonly<Record<string, unknown>>;
}

/** A label to send. */
export interface ClientLabel {
	readonly id: string;
	readonly value: string | number | boolean;
	readonly observedAt: string;
}

/** Tries of a call that the network broke, the first included; calls are repeated only where repeating is harmless. */
const ATTEMPTS_MAX = 3;

/** Talks to one server. */
export class PerennialClient {
	readonly url: string;
	readonly #headers: Readonly<Record<string, string>>;

	/** @param key - API key; absent where none is asked for. */
	constructor(url: string, key?: string) {
		this.#headers = key === undefined ? {} : {authorization: `Bearer ${key}`};
		this.url = url.replace(/\/+$/v, '');
	}

	async createModel(spec: unknown): Promise<ModelSummary> {
		return this.#call('POST', '/v1/models', spec);
	}

	async model(name: string): Promise<ModelSummary & {readonly spec: ModelSpec}> {
		return this.#call('GET', `/v1/models/${name}`);
	}

	async challenger(model: string): Promise<ChallengerView> {
		return this.#call('GET', `/v1/models/${model}/challenger`);
	}

	async predict(model: string, instances: readonly ClientInstance[]): Promise<readonly ClientPrediction[]> {
		const {predictions} = await this.#call<{predictions: ClientPrediction[]}>('POST', `/v1/models/${model}/predict`, {instances});
		return predictions;
	}

	async labels(model: string, labels: readonly ClientLabel[]): Promise<ClientReceipt> {
		return this.#call('POST', `/v1/models/${model}/labels`, labels);
	}

	async events(model: string, events: readonly (ClientInstance & {readonly source?: string})[]): Promise<ClientReceipt> {
		return this.#call('POST', `/v1/models/${model}/events`, events);
	}

	async clock(): Promise<{readonly kind: 'wall' | 'event'; readonly now: string}> {
		return this.#call('GET', '/v1/clock');
	}

	/** Move event time on; resolves when everything due by then is done. */
	async advance(now: number): Promise<void> {
		await this.#call('PUT', '/v1/clock', {now: new Date(now).toISOString()});
	}

	async quality(model: string): Promise<QualityWindow[]> {
		return this.#items(`/v1/models/${model}/monitor/quality`);
	}

	async alarms(model: string): Promise<Alarm[]> {
		return this.#items(`/v1/models/${model}/monitor/alarms`);
	}

	async marks(model: string): Promise<TimelineMark[]> {
		return this.#items(`/v1/models/${model}/marks`);
	}

	async versions(model: string): Promise<(Manifest & {readonly channels: readonly string[]})[]> {
		return this.#items(`/v1/models/${model}/versions?limit=1000`);
	}

	async report(model: string, version: number): Promise<VersionReport> {
		return this.#call('GET', `/v1/models/${model}/versions/${version}/report`);
	}

	async channel(model: string, channel: string): Promise<ChannelMove> {
		return this.#call('GET', `/v1/models/${model}/channels/${channel}`);
	}

	async moveChannel(
		model: string,
		channel: string,
		move: {readonly version: number; readonly reason: string; readonly override?: boolean},
	): Promise<ChannelMove> {
		return this.#call('PUT', `/v1/models/${model}/channels/${channel}`, move);
	}

	async history(model: string, channel: string): Promise<ChannelMove[]> {
		return this.#items(`/v1/models/${model}/channels/${channel}/history?limit=1000`);
	}

	async decision(id: string): Promise<{
		readonly tier: string;
		readonly version: number;
		readonly reason: string;
		readonly scores: Readonly<Record<string, Readonly<Record<string, number>> | null>>;
	}> {
		return this.#call('GET', `/v1/decisions/${id}`);
	}

	async askJob(request: {
		readonly kind: string;
		readonly model: string;
		readonly reason: string;
		readonly version?: number;
	}): Promise<Job> {
		return this.#call('POST', '/v1/jobs', request);
	}

	async job(id: string): Promise<Job> {
		return this.#call('GET', `/v1/jobs/${id}`);
	}

	async jobs(model: string): Promise<Job[]> {
		return this.#items(`/v1/jobs?model=${model}&limit=1000`);
	}

	async edges(): Promise<EdgeStatus[]> {
		return this.#items('/v1/edges');
	}

	/** Text of /metrics. */
	async metrics(): Promise<string> {
		const response = await this.#fetch('GET', '/metrics');
		return response.text();
	}

	async #items<Item>(path: string): Promise<Item[]> {
		return (await this.#call<{items: Item[]}>('GET', path)).items;
	}

	async #call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
		const response = await this.#fetch(method, path, body);
		const text = await response.text();
		let document: unknown;
		try {
			document = JSON.parse(text);
		} catch (error) {
			throw new PerennialError(
				'RUNTIME_UNAVAILABLE',
				`${method} ${this.url}${path} answered ${response.status} with something that is no JSON; is this a Perennial server?`,
				{cause: error},
			);
		}

		if (!response.ok) {
			throw fromProblem(document, `${method} ${path}`);
		}

		return document as Answer;
	}

	async #fetch(method: string, path: string, body?: unknown): Promise<Response> {
		// Everything but PUT and job requests is idempotent: events, answers and labels carry ids.
		const isRepeatable = method === 'GET' || /\/(?:events|labels|predict)$/v.test(path);
		for (let attempt = 1; ; attempt++) {
			try {
				return await fetch(`${this.url}${path}`, {
					method,
					headers: {...this.#headers, ...(body !== undefined && {'content-type': 'application/json'})},
					...(body !== undefined && {body: JSON.stringify(body)}),
				});
			} catch (error) {
				if (!isRepeatable || attempt >= ATTEMPTS_MAX) {
					throw new PerennialError(
						'RUNTIME_UNAVAILABLE',
						`${this.url} does not answer; is the server up (make up), and is this its address?`,
						{cause: error},
					);
				}
			}
		}
	}
}

function fromProblem(document: unknown, call: string): PerennialError {
	const {code, detail, errors} = document as {code?: string; detail?: string; errors?: Fault[]};
	const known = code !== undefined && code in ERROR_CODES ? (code as ErrorCode) : 'INTERNAL';
	return new PerennialError(known, detail ?? `${call} failed.`, errors ? {faults: errors} : {});
}
