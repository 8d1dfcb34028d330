/**
 * The signature view: on one time axis, what was live, what was decided, how good it was, what drifted, and how much of it is known for sure.
 *
 * @module
 */
import {useEffect, useMemo} from 'preact/hooks';
import {pixelOf, ticksOf, type TimeAxis} from '../charts/time-axis.ts';
import {useConsole} from '../console-context.ts';
import {isTyping} from '../widgets/is-typing.ts';
import {useWidth} from '../widgets/use-width.ts';
import {EventDetails} from './event-details.tsx';
import {EventButtons, Lanes, layOutLanes} from './lanes.tsx';
import {PointerLayer} from './pointer-layer.tsx';
import {QualityPlot} from './quality-plot.tsx';
import {qualityData} from './quality-series.ts';
import {Readout} from './readout.tsx';
import {DriftStrips, LabelStrip} from './strips.tsx';
import {middleOf, windowAt, type TimelineData} from './timeline-data.ts';
import {actionOfKey} from './timeline-keys.ts';
import {TimelineLegend, TimelineToolbar} from './timeline-toolbar.tsx';
import {nearestWindow, useTimelineView, type TimelineView} from './use-timeline-view.ts';

const NARROW = 640;
const PIXELS_A_TICK = 74;

/** Properties of {@link Timeline}. */
export interface TimelineProps {
	readonly model: string;
	readonly data: TimelineData;
}

/** All panels under one crosshair. */
export function Timeline({model, data}: TimelineProps) {
	const {say} = useConsole();
	const [ref, width] = useWidth<HTMLElement>();
	const view = useTimelineView(data, innerWidth < NARROW);
	const present = useMemo(() => qualityData(data, view.measure).series.map(({series}) => series), [data, view.measure]);
	const focus = view.focus ?? 'loop';
	const newest = data.windows.findLastIndex(({quality}) => (quality?.series.loop[view.measure] ?? null) !== null);
	useTimelineKeys(data, view);
	return (
		<section class="card timeline" ref={ref} aria-label={say('page.timeline')}>
			<TimelineToolbar data={data} view={view} present={present} />
			<Readout window={data.windows.at(view.at ?? newest)!} measure={view.measure} focus={focus} present={present} />
			{width > 0 && <Panels data={data} view={view} width={width} />}
			{view.opened ? (
				<EventDetails
					event={view.opened}
					model={model}
					onClose={() => {
						view.act({kind: 'clear'});
					}}
				/>
			) : (
				<TimelineLegend />
			)}
		</section>
	);
}

function Panels({data, view, width}: {readonly data: TimelineData; readonly view: TimelineView; readonly width: number}) {
	const {say} = useConsole();
	const isNarrow = width < NARROW;
	const [left, right] = isNarrow ? [54, 6] : [88, 104];
	const {from, to} = view.range;
	const axis: TimeAxis = useMemo(() => ({from, to, left, width: Math.max(1, width - left - right)}), [from, to, left, right, width]);
	const ticks = useMemo(() => ticksOf(axis, axis.width / PIXELS_A_TICK), [axis]);
	const layout = useMemo(() => layOutLanes(data, axis), [data, axis]);
	const panel = {data, axis, ticks, width, isNarrow};
	const window = view.at === undefined ? undefined : data.windows[view.at];
	const crosshair = window && middleOf(window) >= from && middleOf(window) <= to ? pixelOf(axis, middleOf(window)) : undefined;
	return (
		<div class="stack" tabIndex={0} role="group" aria-label={say('timeline.aria')}>
			<Lanes {...panel} layout={layout} />
			<QualityPlot
				data={data}
				measure={view.measure}
				axis={axis}
				ticks={ticks}
				focus={view.focus ?? 'loop'}
				faded={view.focus !== undefined}
				width={width}
				height={isNarrow ? 230 : 272}
			/>
			<DriftStrips {...panel} />
			<LabelStrip {...panel} />
			<PointerLayer
				axis={axis}
				crosshair={crosshair}
				onHover={time => {
					view.hover(time === undefined ? undefined : nearestWindow(data, time));
				}}
				onPick={time => {
					view.act({kind: 'move', at: nearestWindow(data, time)});
				}}
				onZoom={range => {
					view.act({kind: 'zoom', range});
				}}
			/>
			<EventButtons
				data={data}
				axis={axis}
				layout={layout}
				opened={view.opened}
				onOpen={({id}) => {
					view.act(view.opened?.id === id ? {kind: 'clear'} : {kind: 'open', id});
				}}
				onPoint={event => {
					view.hover(windowAt(data.windows, event.from - 1));
				}}
			/>
		</div>
	);
}

/** Keys work wherever the focus is, except where text is typed. */
function useTimelineKeys(data: TimelineData, view: TimelineView): void {
	useEffect(() => {
		const press = (event: KeyboardEvent): void => {
			if (isTyping(event)) {
				return;
			}

			const action = actionOfKey(event.key, event.shiftKey, {data, at: view.at, range: view.range, opened: view.opened?.id});
			if (action) {
				event.preventDefault();
				view.act(action);
			}
		};

		addEventListener('keydown', press);
		return () => {
			removeEventListener('keydown', press);
		};
	});
}
