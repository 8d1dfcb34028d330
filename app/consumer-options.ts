/**
 * What the consumer of a model's log is given.
 *
 * @module
 */
import type {DecisionRecord, DriftWindow, EventRecord, FeatureSchema, LearnerDefinition, ModelSpec, Offset} from '../core/domain/index.ts';

/** The log, as far as a consumer looks things up in it. */
export interface RecordLookup {
	eventAt(offset: Offset): EventRecord | undefined;
	decisionOf(event: Offset): DecisionRecord | undefined;
	/** Live: values that came since are found. */
	valueOf(feature: string, code: number): string | undefined;
}

/** Options of {@link ModelConsumer}. */
export interface ModelConsumerOptions {
	readonly spec: ModelSpec;
	/** Of the spec as it is now; the learner's rows have its columns. */
	readonly schema: FeatureSchema;
	/** Every schema that rows of the log may have, by version. */
	readonly schemas: ReadonlyMap<number, FeatureSchema>;
	readonly definition: LearnerDefinition;
	readonly lookup: RecordLookup;
	readonly onDrift: (window: DriftWindow) => void;
	/** A monitor threw: what it was told is lost to it, and the stream goes on. */
	readonly onMonitorFailure: (monitor: MonitorName, error: unknown) => void;
}

/** A monitor that fails alone. */
export type MonitorName = 'quality' | 'drift' | 'segments';
