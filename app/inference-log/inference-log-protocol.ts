/**
 * What the log of requests and responses and its thread tell each other.
 *
 * @module
 */
import type {LoggedExchange, LogResult} from './cloud-event-sender.ts';

/** What the thread is given. */
export interface InferenceLogThreadData {
	readonly url: string;
}

/** What it is told. */
export type ToInferenceLogThread = LoggedExchange | 'stop';

/** What it tells. */
export interface SettledExchange {
	readonly model: string;
	/** Of both bodies. */
	readonly bytes: number;
	readonly result: LogResult;
}
