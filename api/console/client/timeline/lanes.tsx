/**
 * The lanes above the chart: live versions, decisions, alarms, edge roll-outs.
 *
 * @module
 */
import {clampedPixel, pixelOf, type Tick, type TimeAxis} from '../charts/time-axis.ts';
import {useConsole} from '../console-context.ts';
import {Glyph} from '../widgets/glyph.tsx';
import {alarmName, eventTitle, eventText} from './event-words.ts';
import {packRows, type TimelineData, type TimelineEvent, type VersionSpan} from './timeline-data.ts';

/** Rows of overlapping alarms; more overlap in the last. */
const ALARM_ROWS_MAX = 4;
const ALARM_ROW_HEIGHT = 17;
const TOP = {live: 4, decisions: 29, alarms: 53};
const EDGE_HEIGHT = 18;
/** Pixels of a glyph button. */
const MARK_WIDTH = 18;
/** Pixels of an alarm from which on its name is written, cut where it does not fit. */
const NAME_WIDTH_MIN = 64;
/** Pixels of a letter of a version's name. */
const LETTER_WIDTH = 7;

/** Which row each alarm has, and where the lanes end. */
export interface LanesLayout {
	readonly alarmRows: ReadonlyMap<string, number>;
	readonly edgeTop: number;
	readonly height: number;
}

/** Lay out the lanes for a range. */
export function layOutLanes({events}: TimelineData, {from, to, width}: TimeAxis): LanesLayout {
	const alarms = events.filter(event => event.kind === 'alarm').filter(event => event.to > from && event.from < to);
	const rows = packRows(alarms, ALARM_ROWS_MAX, ((to - from) / width) * MARK_WIDTH);
	const count = Math.max(1, ...rows.map(row => row + 1));
	const edgeTop = TOP.alarms + count * ALARM_ROW_HEIGHT + 6;
	return {alarmRows: new Map(alarms.map(({id}, index) => [id, rows[index]!])), edgeTop, height: edgeTop + EDGE_HEIGHT + 4};
}

/** Properties of the lanes. */
export interface LanesProps {
	readonly data: TimelineData;
	readonly axis: TimeAxis;
	readonly ticks: readonly Tick[];
	readonly layout: LanesLayout;
	readonly width: number;
	readonly isNarrow: boolean;
}

/** Names, rules and spans; {@link EventButtons} lie on them. */
export function Lanes({data, axis, ticks, layout, width, isNarrow}: LanesProps) {
	const {say} = useConsole();
	const lanes = [
		['live', TOP.live],
		['decisions', TOP.decisions],
		['alarms', TOP.alarms],
		['edge', layout.edgeTop],
	] as const;
	return (
		<svg width={width} height={layout.height} class="panel">
			{ticks.map(({time}) => (
				<line key={time} x1={pixelOf(axis, time)} x2={pixelOf(axis, time)} y1="0" y2={layout.height} class="rule" />
			))}
			{lanes.map(([lane, top], index) => (
				<g key={lane}>
					<text class="lane" x={axis.left - 10} y={top + 13}>
						{say(isNarrow ? `lane.${lane}.short` : `lane.${lane}`)}
					</text>
					{index > 0 && <line x1={axis.left} x2={axis.left + axis.width} y1={top - 3.5} y2={top - 3.5} class="rule" />}
				</g>
			))}
			{data.live.map(span => (
				<Span key={span.from} span={span} axis={axis} top={TOP.live} name="span" />
			))}
			{data.edge.map(span => (
				<Span key={span.from} span={span} axis={axis} top={layout.edgeTop} name="span edge" />
			))}
		</svg>
	);
}

function Span({span, axis, top, name}: {readonly span: VersionSpan; readonly axis: TimeAxis; readonly top: number; readonly name: string}) {
	const [start, end] = [clampedPixel(axis, span.from), clampedPixel(axis, span.to)];
	const isNow = span.to === Number.POSITIVE_INFINITY;
	const label = `v${span.version}`;
	return end - start < 1 ? null : (
		<g class={isNow ? 'now' : ''}>
			<rect x={start + 0.75} y={top} width={Math.max(0.5, end - start - 1.5)} height={EDGE_HEIGHT} rx="3" class={name} />
			{end - start > label.length * LETTER_WIDTH + 8 && (
				<text x={start + 7} y={top + 13} class="spantext">
					{label}
				</text>
			)}
		</g>
	);
}

/** Decisions and alarms as buttons, so that keys and screen readers reach them. */
export function EventButtons({
	data,
	axis,
	layout,
	opened,
	onOpen,
	onPoint,
}: Pick<LanesProps, 'data' | 'axis' | 'layout'> & {
	readonly opened: TimelineEvent | undefined;
	readonly onOpen: (event: TimelineEvent) => void;
	readonly onPoint: (event: TimelineEvent) => void;
}) {
	const {say, formats} = useConsole();
	const visible = data.events.filter(event => (event.kind === 'alarm' ? event.to : event.from) >= axis.from && event.from <= axis.to);
	return (
		<>
			{visible.map(event => {
				const start = clampedPixel(axis, event.from);
				const place =
					event.kind === 'alarm'
						? {
								left: start - 1,
								top: TOP.alarms + (layout.alarmRows.get(event.id) ?? 0) * ALARM_ROW_HEIGHT - 1,
								width: Math.max(MARK_WIDTH - 2, clampedPixel(axis, event.to) - start),
							}
						: {left: start - MARK_WIDTH / 2, top: TOP.decisions - 1, width: MARK_WIDTH};
				const style = {left: `${place.left}px`, top: `${place.top}px`, width: `${place.width}px`};
				const title = eventTitle(event, say);
				const isOpen = event.kind === 'alarm' && event.to === Number.POSITIVE_INFINITY;
				return (
					<button
						key={event.id}
						type="button"
						style={style}
						class={`mark is-${event.kind} ${event.kind === 'alarm' ? 'long' : ''} ${isOpen ? 'open' : ''}`}
						aria-label={`${formats.date(event.from)}: ${say(`mark.${event.kind}`)}. ${title}. ${eventText(event)}`}
						aria-pressed={opened?.id === event.id}
						onClick={() => {
							onOpen(event);
						}}
						onFocus={() => {
							onPoint(event);
						}}
					>
						<Glyph
							kind={event.kind === 'alarm' && event.alarm.state !== 'open' ? 'acknowledged' : event.kind}
							size={event.kind === 'alarm' ? 12 : 14}
						/>
						{event.kind === 'alarm' && place.width > NAME_WIDTH_MIN && <span>{alarmName(event.alarm, say)}</span>}
					</button>
				);
			})}
		</>
	);
}
