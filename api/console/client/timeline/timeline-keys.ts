/**
 * What a key does on the timeline.
 *
 * @module
 */
import type {TimeRange} from '../charts/time-axis.ts';
import {middleOf, type TimelineData} from './timeline-data.ts';

/** What is to be done. */
export type TimelineAction =
	| {readonly kind: 'move'; readonly at: number}
	| {readonly kind: 'zoom'; readonly range: TimeRange | undefined}
	| {readonly kind: 'open'; readonly id: string}
	| {readonly kind: 'clear'};

/** Where the timeline stands. */
export interface TimelinePlace {
	readonly data: Pick<TimelineData, 'windows' | 'events' | 'whole'>;
	/** Window under the crosshair; the newest one counts if there is none. */
	readonly at: number | undefined;
	readonly range: TimeRange;
	/** Event whose details are open. */
	readonly opened: string | undefined;
}

const STRIDE = 4;
const ZOOM_IN = 0.6;

/** The action of a key; undefined if it has none. */
export function actionOfKey(key: string, withShift: boolean, place: TimelinePlace): TimelineAction | undefined {
	const {
		data: {windows},
	} = place;
	const last = windows.length - 1;
	const at = place.at ?? last;
	const stride = withShift ? STRIDE : 1;
	switch (key) {
		case 'ArrowLeft': {
			return {kind: 'move', at: Math.max(0, at - stride)};
		}

		case 'ArrowRight': {
			return {kind: 'move', at: Math.min(last, at + stride)};
		}

		case '[':
		case ']': {
			return neighbour(place, key === '[' ? -1 : 1);
		}

		case '0': {
			return {kind: 'zoom', range: undefined};
		}

		case '+':
		case '=':
		case '-': {
			return {kind: 'zoom', range: zoomed(place, middleOf(windows[at]!), key === '-' ? 1 / ZOOM_IN : ZOOM_IN)};
		}

		case 'Escape': {
			return {kind: 'clear'};
		}

		default: {
			return undefined;
		}
	}
}

/** The event before or after the open one, or before or after the crosshair. */
function neighbour({data: {events, windows}, at, opened}: TimelinePlace, direction: -1 | 1): TimelineAction | undefined {
	const current = events.findIndex(({id}) => id === opened);
	const window = windows[at ?? windows.length - 1]!;
	const found =
		current === -1
			? direction === 1
				? events.find(({from}) => from > window.end)
				: events.findLast(({from}) => from < (at === undefined ? Number.POSITIVE_INFINITY : window.start))
			: events[current + direction];
	return found && {kind: 'open', id: found.id};
}

function zoomed({data: {whole}, range}: TimelinePlace, centre: number, factor: number): TimeRange | undefined {
	const length = (range.to - range.from) * factor;
	if (length >= whole.to - whole.from) {
		return undefined;
	}

	const from = Math.min(whole.to - length, Math.max(whole.from, centre - length / 2));
	return {from, to: from + length};
}
