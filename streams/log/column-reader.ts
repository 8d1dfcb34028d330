/**
 * Reads ranges of a log as columns: at once in the caller's thread, or in a thread of its own, so that the caller can write what came before.
 *
 * @module
 */
import {Worker} from 'node:worker_threads';
import type {Offset} from '../../core/domain/index.ts';
import {rangeOf, type LogColumns, type LogRange, type RangeReply, type RangeRequest} from './log-range.ts';

/** Room for new objects in the thread. Texts of a range die young: with more room they only lie about longer, 200 MB of them over a long log. */
const YOUNG_MB_MAX = 16;

/** Reads one range after the other; the next is asked for only when the one before has come. */
export interface ColumnReader {
	/** Records with `after < offset <= through`. @throws Error - if the log cannot be read; the reader is then of no more use. */
	read(after: Offset, through: Offset): Promise<LogRange>;
	close(): Promise<void>;
}

/** Reads in the caller's thread. */
export function columnReaderOf(columns: LogColumns): ColumnReader {
	return {
		async read(after, through) {
			return rangeOf(columns, {after, through});
		},
		async close() {
			// The log belongs to whoever opened it.
		},
	};
}

/**
 * Reads in a thread of its own, with a connection of its own: worth it from some 100,000 records on, for the thread takes a tenth of a second to start.
 *
 * @param file - An existing log file.
 */
export function startColumnThread(file: string): ColumnReader {
	// Flags of the starting process, such as those of --eval, mean nothing to a thread that runs a file.
	const worker = new Worker(new URL('./column-thread.ts', import.meta.url), {
		name: 'log-columns',
		workerData: file,
		execArgv: [],
		resourceLimits: {maxYoungGenerationSizeMb: YOUNG_MB_MAX},
	});
	// Who waits for an answer; told by the thread's message or by its end. No promise lives longer than a question, for it would hold every answer.
	let waiting: PromiseWithResolvers<RangeReply> | undefined;
	let end: Error | undefined;
	const stop = (error: Error): void => {
		end ??= error;
		waiting?.reject(end);
		waiting = undefined;
	};

	worker.on('message', (reply: RangeReply) => {
		waiting?.resolve(reply);
		waiting = undefined;
	});
	// An error of a thread is of another realm, and ends the thread.
	worker.once('error', (error: unknown) => {
		stop(new Error(`${file} cannot be read: ${textOf(error)}`, {cause: error}));
	});
	worker.once('exit', () => {
		stop(new Error(`The thread that reads ${file} was ended.`));
	});
	return {
		async read(after, through) {
			if (end) {
				throw end;
			}

			const asked: RangeRequest = {after, through};
			waiting = Promise.withResolvers<RangeReply>();
			const {promise} = waiting;
			worker.postMessage(asked);
			const reply = await promise;
			if ('failure' in reply) {
				throw new Error(`${file} cannot be read: ${reply.failure}`);
			}

			return reply.range;
		},
		async close() {
			await worker.terminate();
		},
	};
}

function textOf(error: unknown): string {
	return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
