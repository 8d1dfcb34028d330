/**
 * Where a reader looks on the timeline, kept in the address.
 *
 * @module
 */
import type {QualitySeries} from '../../../../core/domain/index.ts';
import {useEffect, useMemo, useState} from 'preact/hooks';
import type {TimeRange} from '../charts/time-axis.ts';
import {useConsole} from '../console-context.ts';
import type {Measure} from '../model/intervals.ts';
import {middleOf, windowAt, type TimelineData, type TimelineEvent} from './timeline-data.ts';
import type {TimelineAction} from './timeline-keys.ts';

/** Where a reader looks, and how to look elsewhere. */
export interface TimelineView {
	readonly range: TimeRange;
	/** True if the range follows the data. */
	readonly isWhole: boolean;
	/** Window under the crosshair. */
	readonly at: number | undefined;
	readonly opened: TimelineEvent | undefined;
	readonly measure: Measure;
	readonly focus: QualitySeries | undefined;
	/** Under the pointer only: not kept in the address. */
	readonly hover: (at: number | undefined) => void;
	readonly act: (action: TimelineAction) => void;
	readonly choose: (fields: {readonly measure?: Measure; readonly focus?: QualitySeries | ''}) => void;
}

/** In place of a time: everything, also where less is shown at first. */
const ALL = 'all';
/** Windows shown at first on a narrow screen. */
const NARROW_WINDOWS = 40;
/** Addresses are written at most this often: browsers refuse more than some hundred changes in half a minute. */
const KEEP_MS = 300;

/** The view, out of the address. */
export function useTimelineView(data: TimelineData, isNarrow: boolean): TimelineView {
	const {router, route} = useConsole();
	const {query} = route;
	const {whole, windows} = data;
	const opened = data.events.find(({id}) => id === query.get('open'));
	const {at, hover, keep} = useCrosshair(data, opened);
	const isCut = isNarrow && windows.length > NARROW_WINDOWS;
	const range = useRange(data, isCut);
	const act = (action: TimelineAction): void => {
		switch (action.kind) {
			case 'move': {
				keep(action.at);
				break;
			}

			case 'open': {
				router.keep({open: action.id});
				break;
			}

			case 'zoom': {
				const {range: wanted} = action;
				router.keep({from: wanted ? timeText(wanted.from) : isCut ? ALL : undefined, to: wanted && timeText(wanted.to)});
				break;
			}

			case 'clear': {
				keep(undefined);
				router.keep({open: undefined, at: undefined});
				break;
			}
		}
	};

	return {
		range,
		isWhole: range.from <= whole.from && range.to >= whole.to,
		at: at !== undefined && at < windows.length ? at : undefined,
		opened,
		act,
		measure: measureOf(query.get('measure')),
		focus: seriesOf(query.get('focus')),
		hover,
		choose(fields) {
			router.keep(fields);
		},
	};
}

/** The window under the crosshair: under the pointer, else where it was put. Only the latter is kept in the address. */
function useCrosshair({windows}: TimelineData, opened: TimelineEvent | undefined) {
	const {router, route} = useConsole();
	const {query} = route;
	const [kept, setKept] = useState(() => (query.has('at') ? windowAt(windows, Date.parse(query.get('at')!)) : undefined));
	const [hovered, hover] = useState<number>();
	const keep = (at: number | undefined): void => {
		hover(undefined);
		setKept(at);
	};

	useEffect(() => {
		const timer = setTimeout(() => {
			if (kept !== undefined || query.has('at')) {
				router.keep({at: kept === undefined ? undefined : timeText(windows[kept]!.start)});
			}
		}, KEEP_MS);
		return () => {
			clearTimeout(timer);
		};
	}, [kept]);
	useEffect(() => {
		if (opened) {
			keep(windowAt(windows, opened.from - 1));
		}
	}, [opened?.id]);
	return {at: hovered ?? kept, hover, keep};
}

/** The range that the address names; without one everything, or the newest windows where everything would be too dense. */
function useRange({windows, whole}: TimelineData, isCut: boolean): TimeRange {
	const {query} = useConsole().route;
	const chosen = rangeOf(query);
	const isAll = query.get('from') === ALL;
	return useMemo(() => {
		const newest = {from: windows.at(-NARROW_WINDOWS)?.start ?? whole.from, to: whole.to};
		return chosen ?? (isCut && !isAll ? newest : whole);
	}, [chosen?.from, chosen?.to, isAll, isCut, windows, whole]);
}

/** Nearest window of a time. */
export function nearestWindow({windows}: TimelineData, time: number): number {
	let nearest = 0;
	for (const [index, window] of windows.entries()) {
		if (Math.abs(middleOf(window) - time) < Math.abs(middleOf(windows[nearest]!) - time)) {
			nearest = index;
		}
	}

	return nearest;
}

function rangeOf(query: URLSearchParams): TimeRange | undefined {
	const [from, to] = [Date.parse(query.get('from') ?? ''), Date.parse(query.get('to') ?? '')];
	return from < to ? {from, to} : undefined;
}

function timeText(time: number): string {
	return new Date(time).toISOString().replace('.000Z', 'Z');
}

/** The measure that an address names, else the AUC. */
export function measureOf(text: string | null): Measure {
	return text === 'logLoss' || text === 'calibration' ? text : 'auc';
}

function seriesOf(text: string | null): QualitySeries | undefined {
	return (['loop', 'online', 'student', 'teacher', 'frozen'] as const).find(series => series === text);
}
