/**
 * Everything on the shared time axis, joined: windows of quality and drift, live versions, decisions, alarms.
 *
 * @module
 */
import type {Alarm, ChannelMove, DriftWindow, QualityWindow, TimelineMark} from '../../../../core/domain/index.ts';
import type {TimeRange} from '../charts/time-axis.ts';

/** One window; without quality and drift it is a gap: nothing was heard. */
export interface TimelineWindow {
	readonly start: number;
	readonly end: number;
	readonly quality?: QualityWindow;
	readonly drift?: DriftWindow;
}

/** A version while a channel pointed at it. */
export interface VersionSpan {
	readonly version: number;
	readonly from: number;
	/** Infinity: still. */
	readonly to: number;
	readonly reason: string;
}

/** A decision or an alarm. */
export type TimelineEvent =
	| {readonly id: string; readonly kind: TimelineMark['kind']; readonly from: number; readonly mark: TimelineMark}
	| {readonly id: string; readonly kind: 'alarm'; readonly from: number; readonly to: number; readonly alarm: Alarm};

/** What the timeline draws. */
export interface TimelineData {
	/** Oldest first, without holes; never empty. */
	readonly windows: readonly TimelineWindow[];
	/** End of the last window up to which all labels are final; undefined if none is. */
	readonly finalUntil?: number;
	readonly live: readonly VersionSpan[];
	readonly edge: readonly VersionSpan[];
	/** Oldest first. */
	readonly events: readonly TimelineEvent[];
	readonly whole: TimeRange;
}

/** What the timeline is made of. */
export interface TimelineSources {
	readonly quality: readonly QualityWindow[];
	readonly drift: readonly DriftWindow[];
	readonly alarms: readonly Alarm[];
	readonly marks: readonly TimelineMark[];
	readonly live: readonly ChannelMove[];
	readonly edge: readonly ChannelMove[];
}

/** Windows put in for one hole; a longer hole is drawn as one wide gap. */
const GAP_WINDOWS_MAX = 520;

/** Join what there is; undefined if no window has ended. */
export function joinTimeline({quality, drift, alarms, marks, live, edge}: TimelineSources): TimelineData | undefined {
	const windows = joinWindows(quality, drift);
	const [first, last] = [windows[0], windows.at(-1)];
	if (!first || !last) {
		return undefined;
	}

	const finalUntil = lastFinal(windows);
	const events = joinEvents(marks, alarms);
	const starts = [
		first.start,
		...[...live, ...edge].map(({at}) => Date.parse(at)).filter(time => time < last.end),
		...events.map(({from}) => from),
	];
	const ends = [last.end, ...events.map(({from}) => from)];
	// Half a window of room, so that the shape of an event at the very beginning stands on the axis; and not more for old events than a quarter.
	const room = (first.end - first.start) / 2;
	const whole = {from: Math.max(Math.min(...starts), first.start - (last.end - first.start) / 4) - room, to: Math.max(...ends)};
	return {windows, ...(finalUntil !== undefined && {finalUntil}), live: spansOf(live), edge: spansOf(edge), events, whole};
}

/** Decisions and alarms in one list, oldest first. */
export function joinEvents(marks: readonly TimelineMark[], alarms: readonly Alarm[]): TimelineEvent[] {
	return [...marks.map(mark => markEvent(mark)), ...alarms.map(alarm => alarmEvent(alarm))].toSorted((a, b) => a.from - b.from);
}

function markIdOf({at, kind, version}: TimelineMark): string {
	return [kind, version ?? '', at].join('~');
}

/** Index of the window that holds a time, or of the nearest one. What happens where a window ends is about that window: ask for a moment before. */
export function windowAt(windows: readonly TimelineWindow[], time: number): number {
	const index = windows.findIndex(({end}) => time < end);
	return index === -1 ? windows.length - 1 : index;
}

/** Middle of a window: where its point is drawn. */
export function middleOf({start, end}: TimelineWindow): number {
	return (start + end) / 2;
}

/** Rows for spans that overlap: each goes into the first row that is free, or into the last. `minimum`: shortest stretch that a span takes. */
export function packRows(spans: readonly {readonly from: number; readonly to: number}[], rowsMax: number, minimum: number): number[] {
	const ends: number[] = [];
	return spans.map(({from, to}) => {
		const free = ends.findIndex(end => end <= from);
		const row = free === -1 ? Math.min(ends.length, rowsMax - 1) : free;
		ends[row] = Math.max(ends[row] ?? 0, to, from + minimum);
		return row;
	});
}

function joinWindows(quality: readonly QualityWindow[], drift: readonly DriftWindow[]): TimelineWindow[] {
	const byStart = new Map<number, TimelineWindow>();
	for (const window of quality) {
		byStart.set(Date.parse(window.start), {start: Date.parse(window.start), end: Date.parse(window.end), quality: window});
	}

	for (const window of drift) {
		const start = Date.parse(window.start);
		byStart.set(start, {...byStart.get(start), start, end: Date.parse(window.end), drift: window});
	}

	const joined = [...byStart.values()].toSorted((a, b) => a.start - b.start);
	return joined.flatMap((window, index) => [...gapsBetween(joined[index - 1], window), window]);
}

function gapsBetween(before: TimelineWindow | undefined, after: TimelineWindow): TimelineWindow[] {
	if (!before || after.start <= before.end) {
		return [];
	}

	const count = Math.max(1, Math.round((after.start - before.end) / (before.end - before.start)));
	const pieces = count > GAP_WINDOWS_MAX ? 1 : count;
	const length = (after.start - before.end) / pieces;
	return Array.from({length: pieces}, (_, piece) => ({start: before.end + piece * length, end: before.end + (piece + 1) * length}));
}

function lastFinal(windows: readonly TimelineWindow[]): number | undefined {
	const judged = windows.filter(({quality}) => quality !== undefined);
	const open = judged.findIndex(({quality}) => !quality!.final);
	return (open === -1 ? judged.at(-1) : judged[open - 1])?.end;
}

function spansOf(moves: readonly ChannelMove[]): VersionSpan[] {
	return moves.map(({version, at, reason}, index) => {
		const next = moves[index + 1];
		return {version, from: Date.parse(at), to: next ? Date.parse(next.at) : Number.POSITIVE_INFINITY, reason};
	});
}

function markEvent(mark: TimelineMark): TimelineEvent {
	return {id: markIdOf(mark), kind: mark.kind, from: Date.parse(mark.at), mark};
}

function alarmEvent(alarm: Alarm): TimelineEvent {
	const to = alarm.resolvedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(alarm.resolvedAt);
	return {id: alarm.id, kind: 'alarm', from: Date.parse(alarm.openedAt), to, alarm};
}
