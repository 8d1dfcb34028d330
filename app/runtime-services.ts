/**
 * What every running model shares with the others.
 *
 * @module
 */
import type {Clock, JobQueue, Logger, MetricSink, OnnxRuntime, TimeOrderedIds, WebhookEvent} from '../core/domain/index.ts';
import type {Registry} from '../registry/index.ts';
import type {ModelStore, MonitorStore, SettingStore} from '../store/index.ts';
import type {LiveFeed} from './live-feed.ts';

/** What every model shares. */
export interface RuntimeServices {
	readonly clock: Clock;
	readonly logger: Logger;
	readonly metrics: MetricSink;
	readonly feed: LiveFeed;
	readonly models: ModelStore;
	readonly monitors: MonitorStore;
	readonly settings: SettingStore;
	readonly jobs: JobQueue;
	readonly registryOf: (tenant: string) => Registry;
	/** Tells webhooks. */
	readonly announce: (event: WebhookEvent, data: object) => Promise<void>;
	readonly onnx: OnnxRuntime;
	readonly streamsDirectory: string;
	readonly checkpointMs: number;
	readonly orphanMsMax: number;
	/** For events that come without an id. */
	readonly ids: TimeOrderedIds;
	/** See {@link Schedule}. */
	readonly scheduleJitterMs: number;
}
