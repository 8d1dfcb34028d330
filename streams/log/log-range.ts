/**
 * A range of a log as columns, and what is said about it between a thread that reads and the one that asks.
 *
 * @module
 */
import type {LabelChannel, Offset, Tier} from '../../core/domain/index.ts';

/** Texts, one a row; or the one text that all rows have. */
export type TextColumn<Text extends string = string> = readonly Text[] | Text;

/** Events of one schema, in order of their offsets. All columns have one length. */
export interface EventColumns {
	readonly schemaVersion: number;
	readonly offsets: Float64Array;
	readonly times: Float64Array;
	readonly recordedAt: Float64Array;
	readonly ids: readonly string[];
	readonly sources: TextColumn;
	readonly entities: readonly (string | null)[];
	/** One array a feature, in the order of the schema; NaN is missing, categorical values are codes. */
	readonly features: readonly Float64Array[];
}

/** Labels in order of their offsets. */
export interface LabelColumns {
	readonly offsets: Float64Array;
	readonly events: Float64Array;
	readonly values: Float64Array;
	readonly revisions: Float64Array;
	readonly observedAt: Float64Array;
	readonly channels: TextColumn<LabelChannel>;
	/** 1 where the label was taken back, else 0. */
	readonly withdrawn: Float64Array;
}

/** Answers in order of their offsets. */
export interface DecisionColumns {
	readonly offsets: Float64Array;
	readonly events: Float64Array;
	readonly versions: Float64Array;
	readonly tiers: readonly Tier[];
	readonly channels: readonly string[];
	readonly outcomes: readonly (string | null)[];
	/** Scores of each answer, as the record of the log has them. */
	readonly scores: readonly Float64Array[];
}

/** What sealing needs of a log. */
export interface LogColumns {
	/** Events with `after < offset <= through`, one item a schema version, in order of the versions. */
	events(after: Offset, through: Offset): EventColumns[];
	labels(after: Offset, through: Offset): LabelColumns;
	decisions(after: Offset, through: Offset): DecisionColumns;
}

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

/** A range as one object. */
export function rangeOf(columns: LogColumns, {after, through}: RangeRequest): LogRange {
	return {events: columns.events(after, through), labels: columns.labels(after, through), decisions: columns.decisions(after, through)};
}
