/**
 * A sink of CloudEvents on 127.0.0.1 that writes down what it was sent, and answers as a test says.
 *
 * @module
 */
import {once} from 'node:events';
import {createServer, type IncomingHttpHeaders} from 'node:http';
import type {AddressInfo} from 'node:net';

/** One event that came. */
export interface SunkEvent {
	readonly headers: IncomingHttpHeaders;
	readonly body: Buffer;
}

/** The sink. */
export interface EventSinkServer {
	readonly url: string;
	/** In the order in which they came, those that were not taken too. */
	readonly events: readonly SunkEvent[];
	close(): Promise<void>;
}

/** Open a sink; `answer` gives the status of each event, the first of which has number 0. */
export async function openEventSink(
	answer: (event: SunkEvent, number: number) => number | Promise<number> = () => 200,
): Promise<EventSinkServer> {
	const events: SunkEvent[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => {
			chunks.push(chunk);
		});
		request.on('end', () => {
			const event = {headers: request.headers, body: Buffer.concat(chunks)};
			events.push(event);
			void Promise.resolve(answer(event, events.length - 1)).then(status => {
				response.writeHead(status).end();
			});
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
		events,
		async close() {
			const closed = once(server, 'close');
			server.close();
			server.closeAllConnections();
			await closed;
		},
	};
}
