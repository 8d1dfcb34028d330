/**
 * Server-sent events: a feed with a memory, and streams that can be resumed from it.
 *
 * @module
 */
import type {Request, Response} from 'express';

/** One message. */
export interface FeedMessage {
	readonly type: string;
	readonly data: unknown;
}

/** A message with its place in the feed. */
export interface NumberedMessage extends FeedMessage {
	readonly id: number;
}

/** Where messages come from. */
export interface EventFeed {
	/** Messages after `id`, oldest first; undefined if some of them are forgotten already. */
	since(id: number): readonly NumberedMessage[] | undefined;
	/** Be told of each new message until the returned function is called. */
	subscribe(listener: (message: NumberedMessage) => void): () => void;
}

/** Bytes that may wait for a slow reader before it is cut off; it resumes by itself. */
const BUFFERED_BYTES_MAX = 4 << 20;
const HEARTBEAT_MS = 15_000;

/** What one stream wants. */
export interface StreamOptions {
	/** Sent before anything else, without an id. */
	readonly first?: readonly FeedMessage[];
	readonly wants?: (message: FeedMessage) => boolean;
}

/**
 * Answer a request with a stream. With `Last-Event-ID` it goes on from there; where the feed has forgotten that place, it sends `reset`.
 */
export function openEventStream(
	request: Request,
	response: Response,
	feed: EventFeed,
	{first = [], wants = () => true}: StreamOptions = {},
): void {
	response.writeHead(200, {'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no'});
	if (request.method === 'HEAD') {
		response.end();
		return;
	}

	const write = (text: string): void => {
		if (response.writableLength > BUFFERED_BYTES_MAX) {
			response.destroy();
		} else {
			response.write(text);
		}
	};

	write(': open\n\n');
	for (const message of first) {
		write(frameOf(message));
	}

	const last = request.get('last-event-id');
	if (last !== undefined) {
		const missed = feed.since(Number(last));
		for (const message of missed ?? [{type: 'reset', data: {}}]) {
			if (message.type === 'reset' || wants(message)) {
				write(frameOf(message));
			}
		}
	}

	const unsubscribe = feed.subscribe(message => {
		if (wants(message)) {
			write(frameOf(message));
		}
	});
	const heartbeat = setInterval(() => {
		write(': still here\n\n');
	}, HEARTBEAT_MS);
	response.once('close', () => {
		clearInterval(heartbeat);
		unsubscribe();
	});
}

function frameOf(message: FeedMessage | NumberedMessage): string {
	const id = 'id' in message ? `id: ${message.id}\n` : '';
	return `${id}event: ${message.type}\ndata: ${JSON.stringify(message.data)}\n\n`;
}
