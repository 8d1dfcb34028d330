/**
 * Keeps one connection to /v1/stream: resumes where it broke, waits longer after each failure, and notices silence.
 *
 * EventSource cannot do this: it hides the server's heartbeats, forgets the last id when it gives up, and gives up at the first 503.
 *
 * @module
 */
import {ServerSentEventReader, type StreamMessage} from './server-sent-events.ts';

/** How the connection stands. */
export interface Connection {
	readonly state: 'connecting' | 'live' | 'broken';
	/** When the server was last heard, heartbeats included. Wall time, milliseconds; 0 before the first time. */
	readonly heardAt: number;
	/** Broken: since when, and when it is tried again. */
	readonly brokenSince?: number;
	readonly retryAt?: number;
	/** Broken: why, in the words of whoever noticed. */
	readonly reason?: string;
}

/** Options of {@link LiveStream}. */
export interface LiveStreamOptions {
	readonly url: string;
	readonly fetch: typeof globalThis.fetch;
	readonly now: () => number;
	/** Uniform in [0, 1). */
	readonly random: () => number;
	readonly onMessage: (message: StreamMessage) => void;
	/** Called on each change. `missed`: attempts failed before this connection, so the server may be another one that never knew our last id. */
	readonly onConnection: (connection: Connection, missed: boolean) => void;
	/** The server beats every 15 s; after this long without a byte the connection is given up. */
	readonly silenceMsMax?: number;
	/** Wait after the first failure; doubles with each, up to the longest. */
	readonly retryMs?: number;
	readonly retryMsMax?: number;
}

/** The connection. Runs from {@link LiveStream.start} to {@link LiveStream.stop}. */
export class LiveStream {
	readonly #options: Required<LiveStreamOptions>;
	#connection: Connection = {state: 'connecting', heardAt: 0};
	#lastId = '';
	#failures = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#abort: AbortController | undefined;

	constructor(options: LiveStreamOptions) {
		this.#options = {silenceMsMax: 40_000, retryMs: 500, retryMsMax: 15_000, ...options};
	}

	get connection(): Connection {
		return this.#connection;
	}

	/** Connect now, dropping what there is: also what the button "retry" does. */
	start(): void {
		this.stop();
		const abort = new AbortController();
		this.#abort = abort;
		void this.#run(abort);
	}

	stop(): void {
		clearTimeout(this.#timer);
		this.#abort?.abort();
		this.#abort = undefined;
	}

	async #run(abort: AbortController): Promise<void> {
		try {
			await this.#listen(abort);
		} catch (error) {
			if (abort !== this.#abort) {
				return;
			}

			this.#fail(error);
		}
	}

	/** Ends by throwing: a stream has no good end. */
	async #listen(abort: AbortController): Promise<never> {
		const {url, fetch, onMessage} = this.#options;
		this.#hush(abort);
		const headers = {accept: 'text/event-stream', ...(this.#lastId !== '' && {'last-event-id': this.#lastId})};
		const response = await fetch(url, {headers, cache: 'no-store', signal: abort.signal});
		if (!response.ok || !response.body) {
			throw new Error(`The stream answers ${response.status}.`);
		}

		const bytes = response.body.getReader();
		const decoder = new TextDecoder();
		const reader = new ServerSentEventReader();
		this.#hear(abort);
		for (;;) {
			const {done, value} = await bytes.read();
			if (done) {
				throw new Error('The stream has ended.');
			}

			this.#hear(abort);
			for (const message of reader.push(decoder.decode(value, {stream: true}))) {
				this.#lastId = message.id === '' ? this.#lastId : message.id;
				onMessage(message);
			}
		}
	}

	#hear(abort: AbortController): void {
		const missed = this.#failures > 1;
		this.#failures = 0;
		this.#hush(abort);
		this.#tell({state: 'live', heardAt: this.#options.now()}, missed);
	}

	/** Begin to wait for the next byte. */
	#hush(abort: AbortController): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => {
			abort.abort(new Error('The stream is silent.'));
		}, this.#options.silenceMsMax);
	}

	#fail(error: unknown): void {
		const {now, random, retryMs, retryMsMax} = this.#options;
		clearTimeout(this.#timer);
		this.#failures++;
		const wait = Math.min(retryMsMax, retryMs * 2 ** (this.#failures - 1)) * (0.75 + random() / 4);
		const {heardAt, brokenSince = now()} = this.#connection;
		this.#timer = setTimeout(() => {
			this.start();
		}, wait);
		this.#tell(
			{state: 'broken', heardAt, brokenSince, retryAt: now() + wait, reason: error instanceof Error ? error.message : String(error)},
			false,
		);
	}

	#tell(connection: Connection, missed: boolean): void {
		this.#connection = connection;
		this.#options.onConnection(connection, missed);
	}
}
