/**
 * Being told of a channel's moves instead of asking: a stream of server-sent events, held open, begun again when it breaks.
 *
 * What it says is a hint to look now, no more: what is taken, and whether it is believed, is settled by the poll that follows. So nothing is lost where a proxy
 * swallows the stream, and nothing is gained by whoever forges it but an early look.
 *
 * @module
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {messageOf, type Logger} from '../core/domain/index.ts';
import {backoffMs, type Rng} from '../core/numerics/index.ts';

/** Options of {@link followStream}. */
export interface ChannelStreamOptions {
	/** Opens the stream; resolves with its bytes as they come. */
	readonly open: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
	readonly onMove: () => void;
	readonly signal: AbortSignal;
	readonly logger: Logger;
	readonly rng: Rng;
	/** A stream on which nothing comes for so long is dead: the server sends a line every 15 seconds. */
	readonly silenceMs?: number;
	/** Wait before it is opened again, from the first failure to the longest. */
	readonly backoff?: {readonly baseMs: number; readonly capMs: number};
}

/** A move; and the first line of a stream, since a move may have been made while there was none. */
const HINTS: ReadonlySet<string> = new Set(['event: channel', ': open']);
/** Bytes of a line that are kept; the moves that are waited for are short. */
const LINE_BYTES_MAX = 65_536;

/** Follow until `signal` is aborted. Never throws: a stream that cannot be had is no failure, the poll goes on. */
export async function followStream({
	open,
	onMove,
	signal,
	logger,
	rng,
	silenceMs = 45_000,
	backoff = {baseMs: 1000, capMs: 60_000},
}: ChannelStreamOptions): Promise<void> {
	for (let failures = 0; !signal.aborted;) {
		const silence = new AbortController();
		const timer = setTimeout(() => {
			silence.abort(new Error(`nothing came for ${silenceMs} ms`));
		}, silenceMs);
		try {
			for await (const line of linesOf(await open(AbortSignal.any([signal, silence.signal])), () => timer.refresh())) {
				failures = 0;
				if (HINTS.has(line)) {
					onMove();
				}
			}
		} catch (error) {
			logger.debug('The stream of the channel broke; the poll goes on.', {error: messageOf(error)});
		} finally {
			clearTimeout(timer);
		}

		failures++;
		await sleep(backoffMs(failures, rng, backoff), undefined, {signal}).catch((error: unknown) => {
			logger.debug('The wait for the stream ended with the agent.', {error: messageOf(error)});
		});
	}
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>, onBytes: () => void): AsyncGenerator<string> {
	const decoder = new TextDecoder();
	let rest = '';
	for await (const chunk of chunks) {
		onBytes();
		const lines = (rest + decoder.decode(chunk, {stream: true})).split('\n');
		rest = lines.pop()!.slice(-LINE_BYTES_MAX);
		yield* lines;
	}
}
