/**
 * A load generator on plain sockets: cheap enough not to be what is measured.
 *
 * @module
 */
import {once} from 'node:events';
import {connect, type Socket} from 'node:net';

/** What a load was answered with. */
export interface LoadResult {
	readonly answered: number;
	/** Answers other than 200. */
	readonly failed: number;
	/** Among them those of 429 or 503 that say when to ask again. */
	readonly retryLater: number;
	readonly seconds: number;
	/** From when a request was due until its answer was whole, in order. */
	readonly latenciesMs: Float64Array;
}

/** Options of {@link load}. */
export interface LoadOptions {
	readonly url: URL;
	/** The whole request, head and body; by its number. */
	readonly requestOf: (index: number) => Uint8Array;
	readonly connections: number;
	readonly seconds: number;
	/** Requests a second, sent when they are due whether or not others are answered; absent: as many as the connections carry. */
	readonly perSecond?: number;
	/** Called as a request is sent; what it gives is called with the whole answer. */
	readonly onAnswer?: () => (answer: string) => void;
}

/** Send requests for some time. A connection carries one at a time; a request that is due waits for a free one, and its wait counts. */
export async function load({url, requestOf, connections, seconds, perSecond, onAnswer}: LoadOptions): Promise<LoadResult> {
	const sockets = await Promise.all(Array.from({length: connections}, async () => open(url)));
	const latencies: number[] = [];
	let [sent, failed, retryLater] = [0, 0, 0];
	const started = performance.now();
	const end = started + seconds * 1000;
	await Promise.all(
		sockets.map(async socket => {
			for (;;) {
				const index = sent++;
				const due = perSecond === undefined ? performance.now() : started + (index * 1000) / perSecond;
				if (due >= end) {
					return;
				}

				while (performance.now() < due) {
					await new Promise<void>(resolve => {
						if (due - performance.now() > 2) {
							setTimeout(resolve, 1);
						} else {
							setImmediate(resolve);
						}
					});
				}

				const look = onAnswer?.();
				const answer = await socket.ask(requestOf(index));
				latencies.push(performance.now() - due);
				look?.(answer);
				const status = Number(answer.slice(9, 12));
				failed += status === 200 ? 0 : 1;
				retryLater += (status === 429 || status === 503) && /\r\nretry-after: \d/iv.test(answer) ? 1 : 0;
			}
		}),
	);
	const elapsed = (performance.now() - started) / 1000;
	for (const socket of sockets) {
		socket.close();
	}

	return {answered: latencies.length, failed, retryLater, seconds: elapsed, latenciesMs: Float64Array.from(latencies).toSorted()};
}

/** A connection that takes one request at a time. */
interface Line {
	/** Resolves with the answer, head and body, when it is whole. */
	ask(request: Uint8Array): Promise<string>;
	close(): void;
}

async function open(url: URL): Promise<Line> {
	const socket: Socket = connect({host: url.hostname, port: Number(url.port), noDelay: true});
	await once(socket, 'connect');
	let received = '';
	let settle: {resolve(answer: string): void; reject(error: Error): void} | undefined;
	socket.on('data', chunk => {
		received += chunk.toString('latin1');
		const head = received.indexOf('\r\n\r\n');
		if (head === -1) {
			return;
		}

		const length = Number(/\r\ncontent-length: (\d+)/iv.exec(received)?.[1] ?? 0);
		if (received.length >= head + 4 + length) {
			const answer = received;
			received = '';
			settle?.resolve(answer);
		}
	});
	socket.on('error', error => {
		settle?.reject(error);
	});
	socket.on('close', () => {
		settle?.reject(new Error('the server closed the connection'));
	});
	return {
		async ask(request) {
			return new Promise((resolve, reject) => {
				settle = {resolve, reject};
				socket.write(request);
			});
		},
		close() {
			settle = undefined;
			socket.destroy();
		},
	};
}
