/**
 * A range of a log as columns, and what is said about it between a thread that reads and the one that asks.
 *
 * @module
 */
import type {Offset} from '../../core/domain/index.ts';
import type {DecisionColumns, EventColumns, LabelColumns, LogColumns} from './log-columns.ts';

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
