/**
 * What the main thread and a model's thread say to each other. No message is sent for an event: the log is the channel, a shared word the bell.
 *
 * @module
 */
import type {
	Alarm,
	DriftWindow,
	FeatureSchema,
	ModelSpec,
	Offset,
	QualitySeries,
	QualityWindow,
	SegmentWindow,
} from '../core/domain/index.ts';
import type {Reference} from '../monitoring/index.ts';
import type {Standing} from '../serving/index.ts';
import type {MonitorName} from './consumer-options.ts';

/** Words of the shared bell. */
export const BELL = {
	/** Counts up with each commit to the log and each message: the thread sleeps on it. */
	ring: 0,
	/** Counts up with each message alone: the thread, when it rests, sleeps on it. */
	message: 1,
	words: 2,
} as const;

/** What a model's thread is started with. */
export interface ModelThreadData {
	readonly spec: ModelSpec;
	readonly schema: FeatureSchema;
	/** Every schema that rows of the log may have, by version. */
	readonly schemas: ReadonlyMap<number, FeatureSchema>;
	readonly learner: string;
	readonly logFile: string;
	readonly checkpointFile: string;
	readonly checkpointMs: number;
	/** Memory of the double buffer that parameters are published in. */
	readonly parameters: SharedArrayBuffer;
	readonly bell: SharedArrayBuffer;
	/** Ids of alarms that people had acknowledged before: the log does not know. */
	readonly acknowledged: readonly string[];
}

/** To the thread. */
export type ToModelThread =
	/** Read all there is, say what there is to say, and answer `settled`. `now` is the system's time. */
	| {readonly type: 'settle'; readonly token: number; readonly now: number}
	/** Another version is live: watch drift against its reference. */
	| {readonly type: 'baseline'; readonly version: number; readonly reference: Reference}
	| {readonly type: 'acknowledge'; readonly alarm: string}
	| {readonly type: 'stop'};

/** From the thread. */
export type FromModelThread =
	| {readonly type: 'settled'; readonly token: number; readonly offset: Offset}
	| {readonly type: 'quality'; readonly windows: readonly QualityWindow[]}
	| {readonly type: 'drift'; readonly window: DriftWindow}
	| {readonly type: 'segments'; readonly windows: readonly SegmentWindow[]}
	| {readonly type: 'alarm'; readonly alarm: Alarm}
	| {readonly type: 'standing'; readonly standing: Standing; readonly rollingAuc: Readonly<Record<QualitySeries, number | null>>}
	| {readonly type: 'failure'; readonly monitor: MonitorName; readonly count: number}
	| {readonly type: 'progress'; readonly offset: Offset; readonly learnt: number; readonly checkpointBytes: number}
	| {
			readonly type: 'log';
			readonly level: 'error' | 'warn' | 'info';
			readonly message: string;
			readonly fields: Readonly<Record<string, unknown>>;
	  }
	| {readonly type: 'stopped'};
