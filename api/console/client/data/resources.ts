/**
 * What the console reads: each resource's type, where it is, and how two of its items are known to be the same.
 *
 * @module
 */
import type {
	Alarm,
	ChannelMove,
	DecisionView,
	DriftWindow,
	EdgeStatus,
	Job,
	Manifest,
	ModelSpec,
	ModelSummary,
	QualityWindow,
	SegmentWindow,
	TimelineMark,
	Vintage,
} from '../../../../core/domain/index.ts';

/** A version as a list shows it. */
export type VersionItem = Manifest & {readonly channels: readonly string[]};

/** A model with its spec. */
export type ModelDetail = ModelSummary & {readonly spec: ModelSpec};

/** What time it is at the server. */
export interface ClockReading {
	readonly kind: 'wall' | 'event';
	readonly now: string;
}

/** Name of a resource -> what it holds. */
export interface ResourceTypes {
	readonly clock: ClockReading;
	readonly models: readonly ModelSummary[];
	readonly jobs: readonly Job[];
	readonly edges: readonly EdgeStatus[];
	readonly detail: ModelDetail;
	/** Oldest first. */
	readonly quality: readonly QualityWindow[];
	/** Oldest first. */
	readonly vintages: readonly Vintage[];
	/** Oldest first. */
	readonly segments: readonly SegmentWindow[];
	/** Oldest first. */
	readonly drift: readonly DriftWindow[];
	/** Newest first. */
	readonly alarms: readonly Alarm[];
	/** Oldest first. */
	readonly marks: readonly TimelineMark[];
	/** Jobs that replay the model's history; newest first. */
	readonly backtests: readonly Job[];
	/** Newest first. */
	readonly versions: readonly VersionItem[];
	/** Oldest first. */
	readonly moves: readonly ChannelMove[];
	/** One answer; its id stands where others have the model. */
	readonly decision: DecisionView;
}

/** Name of a resource. */
export type ResourceName = keyof ResourceTypes;

/** Names one resource: `quality|loan-default|`. */
export type ResourceKey = `${ResourceName}|${string}|${string}`;

/** The key of a resource; `model` and `channel` where its path has them. */
export function keyOf(name: ResourceName, model = '', channel = ''): ResourceKey {
	return `${name}|${model}|${channel}`;
}

interface ResourceSource {
	readonly path: (model: string, channel: string) => string;
	/** A page of a list, or one document. */
	readonly isList: boolean;
}

const ofModel = (rest: string): ResourceSource => ({path: model => `/v1/models/${encodeURIComponent(model)}/${rest}`, isList: true});

/** Where each resource is. */
export const SOURCES: Readonly<Record<ResourceName, ResourceSource>> = {
	clock: {path: () => '/v1/clock', isList: false},
	models: {path: () => '/v1/models', isList: true},
	jobs: {path: () => '/v1/jobs', isList: true},
	edges: {path: () => '/v1/edges', isList: true},
	detail: {path: model => `/v1/models/${encodeURIComponent(model)}`, isList: false},
	quality: ofModel('monitor/quality'),
	vintages: ofModel('monitor/vintages'),
	segments: ofModel('monitor/segments'),
	drift: ofModel('monitor/drift'),
	alarms: ofModel('monitor/alarms'),
	marks: ofModel('marks'),
	backtests: ofModel('backtests'),
	versions: ofModel('versions'),
	decision: {path: id => `/v1/decisions/${encodeURIComponent(id)}`, isList: false},
	moves: {
		path: (model, channel) => `/v1/models/${encodeURIComponent(model)}/channels/${encodeURIComponent(channel)}/history`,
		isList: true,
	},
};
