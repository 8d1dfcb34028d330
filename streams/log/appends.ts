/**
 * What can be appended to a log, and what becomes of each item.
 *
 * @module
 */
import type {ClassIndex, Fault, LabelChannel, Millis, Offset, Tier} from '../../core/domain/index.ts';

/** An event to append, already validated and encoded. */
export interface EventAppend {
	readonly source: string;
	readonly id: string;
	readonly entity?: string;
	readonly time: Millis;
	readonly schemaVersion: number;
	readonly row: Float64Array;
	/** The id was made for this very event, so that no event, answer or label can know it: nothing is looked up. */
	readonly isNew?: boolean;
}

/** An answer to append together with its event, which may be known already. */
export interface DecisionAppend {
	readonly event: EventAppend;
	readonly tier: Tier;
	readonly version: number;
	readonly channel: string;
	readonly reason: string;
	readonly outcome?: string;
	/** Version of the policy that gave the outcome. */
	readonly policy?: string;
	readonly scores: Float64Array;
}

/** A label to append. */
export interface LabelAppend {
	/** Id of the event. */
	readonly id: string;
	/** Needed only where several sources use the id. */
	readonly source?: string;
	readonly value: ClassIndex;
	readonly observedAt: Millis;
	readonly revision?: number;
	readonly channel: LabelChannel;
	readonly withdrawn: boolean;
}

/** A person's word on an answer that was referred. */
export interface ReviewAppend {
	/** Where the answer stands. */
	readonly decision: Offset;
	readonly action: string;
	readonly reason: string;
	/** Who says so. */
	readonly by: string;
}

/** What became of it: stored now; somebody had decided before; or no answer there was referred. */
export type ReviewOutcome = 'accepted' | 'reviewed' | 'unknown';

/** What became of an event: stored now, or known already (with the same name). */
export interface EventOutcome {
	readonly status: 'accepted' | 'duplicate';
	readonly offset: Offset;
}

/** What became of an answer: stored now, or the event had been answered before; then that answer stands. */
export interface DecisionOutcome {
	readonly status: 'accepted' | 'duplicate';
	readonly offset: Offset;
}

/** What became of a label: stored now; said before; kept until its event comes; or refused. */
export type LabelOutcome =
	| {readonly status: 'accepted'; readonly offset: Offset}
	| {readonly status: 'duplicate' | 'waiting'}
	| {readonly status: 'rejected'; readonly fault: Fault};
