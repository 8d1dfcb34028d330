/**
 * Reads ranges of a log as columns: at once in the caller's thread, or in a thread of its own, so that the caller can write what came before.
 *
 * @module
 */
import {once} from 'node:events';
import {Worker} from 'node:worker_threads';
import type {Offset} from '../../core/domain/index.ts';
import type {DecisionColumns, EventColumns, LabelColumns, LogColumns} from './log-columns.ts';

/** Everything of one range. */
export interface LogRange {
	readonly events: readonly EventColumns[];
	readonly labels: LabelColumns;
	readonly decisions: DecisionColumns;
}

/** What the thread is asked. */
export interface RangeRequest {
	readonly after: Offset;
	readonly through: Offset;
}

/** What the thread answers. */
export type RangeReply = {readonly range: LogRange} | {readonly failure: string};

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
	const worker = new Worker(new URL('./column-thread.ts', import.meta.url), {name: 'log-columns', workerData: file, execArgv: []});
	// Told to whoever asks; a thread that dies between two questions is found dead by the next.
	let death: Error | undefined;
	worker.on('error', (error: unknown) => {
		death = error instanceof Error ? error : new Error(String(error));
	});
	const exit = once(worker, 'exit').catch(() => undefined);
	return {
		async read(after, through) {
			if (death) {
				throw death;
			}

			const asked: RangeRequest = {after, through};
			const answer = once(worker, 'message') as Promise<[RangeReply]>;
			worker.postMessage(asked);
			const first = await Promise.race([answer, exit]);
			const reply = first?.[0] as RangeReply | number | undefined;
			if (typeof reply !== 'object') {
				throw death ?? new Error(`The thread that reads ${file} ended before its answer.`);
			}

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

/** A range as one object. */
export function rangeOf(columns: LogColumns, {after, through}: RangeRequest): LogRange {
	return {events: columns.events(after, through), labels: columns.labels(after, through), decisions: columns.decisions(after, through)};
}
