/**
 * One input over all windows, against its alarm threshold.
 *
 * @module
 */
import {useEffect, useRef} from 'preact/hooks';
import uPlot from 'uplot';
import {readPalette} from '../charts/palette.ts';
import {ticksOf} from '../charts/time-axis.ts';
import {useConsole} from '../console-context.ts';
import {useWidth} from '../widgets/use-width.ts';

const HEIGHT = 120;
/** The axis reaches at least this multiple of the threshold, so that a calm input looks calm. */
const MULTIPLE_MIN = 1.6;

/** Properties of {@link TracePlot}. */
export interface TracePlotProps {
	readonly label: string;
	/** Milliseconds. */
	readonly times: readonly number[];
	/** Multiples of the threshold. */
	readonly values: readonly (number | null | undefined)[];
	/** Index that is looked at. */
	readonly at: number;
}

/** A line, the threshold, and a dot where one looks. */
export function TracePlot({label, times, values, at}: TracePlotProps) {
	const {theme, formats} = useConsole();
	const [ref, width] = useWidth<HTMLDivElement>();
	const host = useRef<HTMLDivElement>(null);
	useEffect(() => {
		if (width === 0) {
			return;
		}

		const {colors, axisFont} = readPalette(document, devicePixelRatio);
		const column = values.map(value => value ?? null);
		const top = Math.max(MULTIPLE_MIN, ...column.map(value => value ?? 0)) * 1.1;
		const ticks = ticksOf({from: times[0]!, to: times.at(-1)!}, width / 80);
		const axis = {stroke: colors.ink3, font: axisFont, ticks: {show: false}};
		const plot = new uPlot(
			{
				width,
				height: HEIGHT,
				padding: [8, 10, 0, 0],
				legend: {show: false},
				cursor: {show: false},
				series: [{}, {stroke: colors.champion, width: 1.8, spanGaps: false, points: {show: false}}],
				scales: {x: {time: false}, y: {range: () => [0, top]}},
				axes: [
					{
						...axis,
						size: 22,
						gap: 4,
						grid: {show: false},
						splits: () => ticks.map(({time}) => time),
						values: () =>
							ticks.map(({time, withYear, unit}) => (unit === 'day' ? formats.day(time) : formats.month(time, withYear))),
					},
					{
						...axis,
						size: 36,
						gap: 5,
						space: 26,
						grid: {stroke: colors.line, width: 1},
						values: (_, splits) => splits.map(value => `${value} ×`),
					},
				],
				hooks: {
					draw: [
						drawn => {
							drawThreshold(drawn, colors.alarm);
							drawDot(drawn, times[at], column[at], colors.ink);
						},
					],
				},
			},
			[[...times], column],
			host.current!,
		);
		return () => {
			plot.destroy();
		};
	}, [times, values, at, width, theme, formats]);
	return (
		<div ref={ref}>
			<div ref={host} class="plot" style={{height: `${HEIGHT}px`}} role="img" aria-label={label} />
		</div>
	);
}

function drawThreshold(plot: uPlot, color: string): void {
	const {ctx: context, bbox} = plot;
	const y = plot.valToPos(1, 'y', true);
	context.save();
	context.lineWidth = devicePixelRatio;
	context.strokeStyle = color;
	context.setLineDash([5 * devicePixelRatio, 3 * devicePixelRatio]);
	context.beginPath();
	context.moveTo(bbox.left, y);
	context.lineTo(bbox.left + bbox.width, y);
	context.stroke();
	context.restore();
}

function drawDot(plot: uPlot, time: number | undefined, value: number | null | undefined, color: string): void {
	if (time !== undefined && value !== null && value !== undefined) {
		const {ctx: context} = plot;
		context.save();
		context.fillStyle = color;
		context.beginPath();
		context.arc(plot.valToPos(time, 'x', true), plot.valToPos(value, 'y', true), 3.5 * devicePixelRatio, 0, 7);
		context.fill();
		context.restore();
	}
}
