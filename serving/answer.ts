/**
 * What is asked, what is said of it, and what is recorded.
 *
 * @module
 */
import type {CategoryDictionary, DecisionRecord, EventRecord, Fault, Millis, Offset, Tier} from '../core/domain/index.ts';

/** One thing to answer: its features as they came, or as a row of the model's schema. */
export type PredictItem = AskedAbout &
	(
		| {readonly features: Readonly<Record<string, unknown>>}
		| {
				/** Features that were checked and coded, with at least one that is not missing. */
				readonly row: Float64Array;
				readonly schemaVersion: number;
		  }
	);

interface AskedAbout {
	/** Makes the answer idempotent, and is what a label refers to. Absent: a new one is made. */
	readonly id?: string | undefined;
	/** Who names the event; labels join by (source, id). */
	readonly source?: string | undefined;
	readonly entity?: string | undefined;
	/** Event time; absent: now. */
	readonly time?: unknown;
}

/** An answer. */
export interface Prediction {
	readonly id: string;
	readonly decisionId: string;
	/** Log-odds of the risk event; for several classes, of the likeliest. */
	readonly score: number;
	/** Probability of the risk event; for several classes, of the likeliest. */
	readonly probability: number;
	/** Several classes: the likeliest, and the probability of each. */
	readonly class?: string;
	readonly probabilities?: Readonly<Record<string, number>>;
	/** By the policy's cut-offs, if it has any. */
	readonly outcome?: string;
	readonly tier: Tier;
	readonly version: number;
	readonly channel: string;
}

/** What became of an item. */
export type PredictionOutcome = {readonly prediction: Prediction} | {readonly faults: readonly Fault[]};

/** What the predictor writes to and looks up in. */
export interface AnswerLog {
	readonly dictionary: CategoryDictionary;
	appendDecisions(decisions: readonly Answer[]): Promise<readonly {readonly status: 'accepted' | 'duplicate'; readonly offset: Offset}[]>;
	findEvent(id: string, source: string): EventRecord | undefined;
	decisionOf(event: Offset): DecisionRecord | undefined;
}

/** What is said of one row. */
export interface Said {
	readonly tier: Tier;
	readonly version: number;
	readonly channel: string;
	readonly reason: string;
	readonly scores: Float64Array;
	/** A tier was needed and could not be asked: the next answer may be another. */
	readonly isReferred?: true;
}

/** An answer as it is recorded. */
export interface Answer extends Said {
	readonly event: {
		readonly source: string;
		readonly id: string;
		readonly entity?: string;
		readonly time: Millis;
		readonly schemaVersion: number;
		readonly row: Float64Array;
		/** The id was made here. */
		readonly isNew?: boolean;
	};
	readonly outcome?: string;
	/** Version of the policy that gave the outcome. */
	readonly policy?: string;
}
