/**
 * Everything the page has read, kept up to date by the live stream.
 *
 * @module
 */
import type {DecisionView} from '../../../../core/domain/index.ts';
import {effectsOf, type ResourceUpdate} from './live-effects.ts';
import {LiveStream, type Connection, type LiveStreamOptions} from './live-stream.ts';
import {keyOf, SOURCES, type ResourceKey, type ResourceName, type ResourceTypes} from './resources.ts';
import {RequestError, Rest} from './rest.ts';

/** A resource as the page has it. What was read once stays, also when reading it again fails. */
export interface Entry<Value> {
	readonly value?: Value;
	/** Why the last try failed, and when the first of the failed ones was. */
	readonly failure?: {readonly error: RequestError; readonly since: number};
}

/** Options of {@link ConsoleStore}. */
export interface ConsoleStoreOptions extends Pick<
	LiveStreamOptions,
	'fetch' | 'now' | 'random' | 'silenceMsMax' | 'retryMs' | 'retryMsMax'
> {
	/** Origin of the server; empty for the page's own. */
	readonly origin?: string;
	/** Shortest time between two readings of a resource that messages only hint at. */
	readonly refreshMs?: number;
	/** Listeners are told at most this often, however many messages come. */
	readonly drawMs?: number;
}

/** Resources held; at the bound the one read first is forgotten, and read again when a page next wants it. About 600 models on the fleet's page. */
const ENTRIES_MAX = 3000;

const NOTHING: Entry<never> = {};

/** The store. One a page. Holds an entry for each resource looked at: five for each model on the fleet's page. */
export class ConsoleStore {
	readonly #options: Required<Omit<ConsoleStoreOptions, 'silenceMsMax' | 'retryMs' | 'retryMsMax'>>;
	readonly #rest: Rest;
	readonly #stream: LiveStream;
	readonly #entries = new Map<ResourceKey, Entry<unknown>>();
	/** Updates that came while a resource was being read, to be made on what is read. Freed when the reading ends, in 20 s at most. */
	readonly #reading = new Map<ResourceKey, ResourceUpdate['update'][]>();
	readonly #refreshes = new Map<ResourceKey, ReturnType<typeof setTimeout>>();
	readonly #listeners = new Set<() => void>();
	#before: Connection['state'] = 'connecting';
	#drawing: ReturnType<typeof setTimeout> | undefined;
	/** Wanted before the stream stood: what is read earlier could miss a change. */
	#waiting: Set<ResourceKey> | undefined = new Set();

	constructor(options: ConsoleStoreOptions) {
		this.#options = {origin: '', refreshMs: 1500, drawMs: 80, ...options};
		this.#rest = new Rest(async (url, request) => options.fetch(`${this.#options.origin}${String(url)}`, request));
		this.#stream = new LiveStream({
			...options,
			url: `${this.#options.origin}/v1/stream`,
			onMessage: ({type, data}) => {
				this.#take(type, JSON.parse(data));
			},
			onConnection: (connection, missed) => {
				this.#connected(connection, missed);
			},
		});
	}

	get connection(): Connection {
		return this.#stream.connection;
	}

	/** Connect, or connect at once where it waits. */
	start(): void {
		this.#stream.start();
	}

	stop(): void {
		this.#stream.stop();
		for (const timer of [this.#drawing, ...this.#refreshes.values()]) {
			clearTimeout(timer);
		}
	}

	/** Be told when anything has changed. */
	subscribe(listener: () => void): () => void {
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
		};
	}

	/** What there is of a resource, the same object until it changes. */
	read<Name extends ResourceName>(name: Name, model?: string, channel?: string): Entry<ResourceTypes[Name]> {
		return (this.#entries.get(keyOf(name, model, channel)) ?? NOTHING) as Entry<ResourceTypes[Name]>;
	}

	/** See that a resource is read, unless it was. */
	want(name: ResourceName, model?: string, channel?: string): void {
		const key = keyOf(name, model, channel);
		if (this.#waiting) {
			this.#waiting.add(key);
		} else if (!this.#entries.has(key) && !this.#reading.has(key)) {
			void this.#load(key);
		}
	}

	/** Read again what failed. */
	retry(): void {
		for (const [key, {failure}] of this.#entries) {
			if (failure) {
				void this.#load(key);
			}
		}
	}

	/** Change something; what the server answers with takes its place at once. @throws RequestError. */
	async acknowledgeAlarm(model: string, id: string): Promise<void> {
		this.#take(
			'alarm',
			await this.#rest.request(`/v1/models/${encodeURIComponent(model)}/monitor/alarms/${encodeURIComponent(id)}`, {
				method: 'PATCH',
				body: {state: 'acknowledged'},
			}),
		);
	}

	/** Close a referral; the record is read again, with what was said. @throws RequestError. */
	async reviewDecision(id: string, said: {readonly action: string; readonly reason: string}): Promise<void> {
		const {model} = await this.#rest.request<DecisionView>(`/v1/decisions/${encodeURIComponent(id)}/review`, {
			method: 'POST',
			body: said,
		});
		this.#take('review', {model, decisionId: id});
	}

	/** Ask for a job to stop. @throws RequestError. */
	async cancelJob(id: string): Promise<void> {
		this.#take('job', await this.#rest.request(`/v1/jobs/${encodeURIComponent(id)}`, {method: 'DELETE'}));
	}

	/** Ask for a back-test of all of a model's history under all policies. @throws RequestError. */
	async askBacktest(model: string): Promise<void> {
		this.#take('job', await this.#rest.request(`/v1/models/${encodeURIComponent(model)}/backtests`, {method: 'POST', body: {}}));
	}

	#connected({state}: Connection, missed: boolean): void {
		const [waiting, before] = [this.#waiting, this.#before];
		this.#before = state;
		if (waiting && state !== 'connecting') {
			this.#waiting = undefined;
			for (const key of waiting) {
				void this.#load(key);
			}
		} else if (state === 'live' && missed) {
			this.#reload();
		} else if (state === 'live' && before === 'broken') {
			this.retry();
		}

		this.#draw();
	}

	#take(type: string, data: unknown): void {
		const {updates, refresh, reset} = effectsOf(type, data);
		for (const {key, update} of updates) {
			this.#reading.get(key)?.push(update);
			const entry = this.#entries.get(key);
			if (entry?.value !== undefined) {
				this.#put(key, {...entry, value: update(entry.value)});
			}
		}

		for (const prefix of refresh) {
			for (const key of this.#entries.keys()) {
				if (key.startsWith(prefix)) {
					this.#refreshSoon(key);
				}
			}
		}

		if (reset) {
			this.#reload();
		}
	}

	#refreshSoon(key: ResourceKey): void {
		if (!this.#refreshes.has(key)) {
			this.#refreshes.set(
				key,
				setTimeout(() => {
					this.#refreshes.delete(key);
					void this.#load(key);
				}, this.#options.refreshMs),
			);
		}
	}

	#reload(): void {
		for (const key of this.#entries.keys()) {
			void this.#load(key);
		}
	}

	async #load(key: ResourceKey): Promise<void> {
		if (this.#reading.has(key)) {
			this.#refreshSoon(key);
			return;
		}

		const updates: ResourceUpdate['update'][] = [];
		this.#reading.set(key, updates);
		try {
			const value = await this.#fetch(key);
			this.#put(key, {value: updates.reduce((current, update) => update(current), value)});
		} catch (error) {
			const cause =
				error instanceof RequestError
					? error
					: new RequestError('The answer cannot be read.', {status: 0, code: 'UNREADABLE', cause: error});
			const before = this.#entries.get(key);
			this.#put(key, {...before, failure: {error: cause, since: before?.failure?.since ?? this.#options.now()}});
		} finally {
			this.#reading.delete(key);
		}
	}

	async #fetch(key: ResourceKey): Promise<unknown> {
		const [name, model = '', channel = ''] = key.split('|') as [ResourceName, string?, string?];
		const {path, isList} = SOURCES[name];
		return isList ? this.#rest.list(path(model, channel)) : this.#rest.request(path(model, channel));
	}

	#put(key: ResourceKey, entry: Entry<unknown>): void {
		this.#entries.set(key, entry);
		if (this.#entries.size > ENTRIES_MAX) {
			this.#entries.delete(this.#entries.keys().next().value!);
		}

		this.#draw();
	}

	#draw(): void {
		this.#drawing ??= setTimeout(() => {
			this.#drawing = undefined;
			for (const listener of this.#listeners) {
				listener();
			}
		}, this.#options.drawMs);
	}
}
