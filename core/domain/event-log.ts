/**
 * The event log as a port. The log is the truth: whatever the system knows of events, answers and labels can be made from it again.
 *
 * @module
 */
import type {Millis} from './clock.ts';
import type {ClassIndex} from './spec/task.ts';
import type {Tier} from './tier.ts';

/** Place of a record in its model's log: 1, 2, 3, ... without gaps. */
export type Offset = number;

/** Where a label comes from: a matured outcome, or the finding of an investigation. */
export type LabelChannel = 'outcome' | 'investigation';

/** An event: the features as they were when it happened. */
export interface EventRecord {
	readonly kind: 'event';
	readonly offset: Offset;
	/** (source, id) names an event; a second one with the same name is a duplicate and never stored. */
	readonly source: string;
	readonly id: string;
	readonly entity?: string;
	/** When it happened. */
	readonly time: Millis;
	/** When the log took it. */
	readonly recordedAt: Millis;
	readonly schemaVersion: number;
	/** Features, in the order of the schema; NaN is missing. */
	readonly row: Float64Array;
}

/** An answer that was given. */
export interface DecisionRecord {
	readonly kind: 'decision';
	readonly offset: Offset;
	/** The event that was scored. */
	readonly eventOffset: Offset;
	readonly recordedAt: Millis;
	/** Time of the event. */
	readonly time: Millis;
	/** Who answered, with which version (0 for the online learner before any version). */
	readonly tier: Tier;
	readonly version: number;
	readonly channel: string;
	/** Why this tier answered. */
	readonly reason: string;
	/** Outcome by the policy's cut-offs, if it has any. */
	readonly outcome?: string;
	/** Version of the policy that gave the outcome; absent without one, and in answers from before policies had versions. */
	readonly policy?: string;
	/** Probabilities of every tier that could score, by {@link tierScores}; NaN where one could not. */
	readonly scores: Float64Array;
}

/** Outcome of an answer that a person has to decide. */
export const REFER = 'refer';

/** What a person said of an answer that was referred. */
export interface Reviewed {
	/** What is done. */
	readonly action: string;
	readonly reason: string;
	/** Id of the key, or `jwt:` and the subject of the token, that it came with. */
	readonly by: string;
	/** In the system's time. */
	readonly reviewedAt: Millis;
}

/** Which referrals are asked for. */
export interface ReferralQuery {
	readonly state: 'open' | 'closed' | 'all';
	/** Those before this offset. */
	readonly before?: Offset;
	readonly limit: number;
}

/** Referrals that nobody has reviewed. */
export interface ReferralsWaiting {
	readonly number: number;
	/** When the oldest was answered; absent if none waits. */
	readonly oldestAt?: Millis;
}

/** A label that found its event. Labels for unknown events wait outside the log's order until the event comes. */
export interface LabelRecord {
	readonly kind: 'label';
	readonly offset: Offset;
	readonly eventOffset: Offset;
	readonly recordedAt: Millis;
	/** When the outcome became known, as the source says. */
	readonly observedAt: Millis;
	readonly value: ClassIndex;
	/** Counts up when a label is corrected. */
	readonly revision: number;
	readonly channel: LabelChannel;
	/** True if the source takes the label back. */
	readonly withdrawn: boolean;
}

/** One record of the log. */
export type LogRecord = EventRecord | DecisionRecord | LabelRecord;

/** Reads a model's log in order. Any number of readers, in any process. */
export interface EventLogReader {
	/** Offset of the newest record, 0 if there is none. */
	endOffset(): Offset;
	/** Up to `limit` records after `offset`, oldest first. */
	read(offset: Offset, limit: number): LogRecord[];
	/** The record at an offset. */
	at(offset: Offset): LogRecord | undefined;
	close(): void;
}

/** Counts of what a log holds. */
export interface LogCounts {
	readonly events: number;
	readonly decisions: number;
	readonly labels: number;
	/** Labels that wait for their event. */
	readonly orphans: number;
}
