/**
 * Reads ranges of a log as columns: at once in the caller's thread, or in a thread of its own, so that the caller can write what came before.
 *
 * @module
 */
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
	// An error of a thread is of another realm; it ends the thread, so that exit is all there is to wait for.
	let death = new Error(`The thread that reads ${file} was ended.`);
	worker.on('error', (error: unknown) => {
		death = new Error(`${file} cannot be read: ${textOf(error)}`, {cause: error});
	});
	const exit = new Promise<undefined>(resolve => {
		worker.once('exit', () => {
			resolve(undefined);
		});
	});
	return {
		async read(after, through) {
			const asked: RangeRequest = {after, through};
			const answer = new Promise<RangeReply>(resolve => {
				worker.once('message', resolve);
			});
			worker.postMessage(asked);
			const reply = await Promise.race([answer, exit]);
			if (!reply) {
				throw death;
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

function textOf(error: unknown): string {
	return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}

/** A range as one object. */
export function rangeOf(columns: LogColumns, {after, through}: RangeRequest): LogRange {
	return {events: columns.events(after, through), labels: columns.labels(after, through), decisions: columns.decisions(after, through)};
}
