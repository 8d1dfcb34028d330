/**
 * What the owner of a worker thread and the thread say to each other. Each request has one reply, in the order of the requests.
 *
 * @module
 */
import type {OnnxBatch, OnnxScores} from '../domain/index.ts';
import type {OnnxFileShape} from './onnx-session.ts';

/** What is asked of the thread. */
export type WorkerRequest =
	| {readonly kind: 'load'; readonly session: number; readonly bytes: Uint8Array; readonly shape: OnnxFileShape}
	| {readonly kind: 'run'; readonly session: number; readonly batch: OnnxBatch}
	| {readonly kind: 'unload'; readonly session: number};

/** Scores of a run, nothing for the rest; or the message of what failed. */
export type WorkerReply = {readonly scores?: OnnxScores} | {readonly failure: string};
