/**
 * The quality chart: every series over the windows, on the shared time axis.
 *
 * @module
 */
import type {QualitySeries} from '../../../../core/domain/index.ts';
import {useEffect, useRef} from 'preact/hooks';
import uPlot from 'uplot';
import {readPalette, withAlpha, type Palette} from '../charts/palette.ts';
import {drawOver, drawUnder, type QualityCanvas} from './quality-canvas.ts';
import {SERIES_STYLE} from '../charts/series-style.ts';
import type {Tick, TimeAxis} from '../charts/time-axis.ts';
import {useConsole} from '../console-context.ts';
import {fixed} from '../formats.ts';
import type {Measure} from '../model/intervals.ts';
import {digitsFor, qualityData, valueRange, type QualityData} from './quality-series.ts';
import type {TimelineData} from './timeline-data.ts';

/** Properties of {@link QualityPlot}. */
export interface QualityPlotProps {
	readonly data: TimelineData;
	readonly measure: Measure;
	readonly axis: TimeAxis;
	readonly ticks: readonly Tick[];
	/** The series whose interval is shown; with `faded`, the others step back. */
	readonly focus: QualitySeries;
	readonly faded: boolean;
	/** Whole width, margins included. */
	readonly width: number;
	readonly height: number;
}

/** A canvas; its numbers stand in the table below it. */
export function QualityPlot({data, measure, axis, ticks, focus, faded, width, height}: QualityPlotProps) {
	const {say, theme} = useConsole();
	const host = useRef<HTMLDivElement>(null);
	const {from, to, left} = axis;
	const right = width - left - axis.width;
	useEffect(() => {
		const palette = readPalette(document, devicePixelRatio);
		const quality = qualityData(data, measure);
		const range = valueRange(quality, focus, {from, to}, measure);
		const canvas: QualityCanvas = {
			data: quality,
			ticks,
			focus,
			palette,
			pixelRatio: devicePixelRatio,
			gaps: data.windows.filter(window => !window.quality).map(({start, end}) => ({from: start, to: end})),
			changes: data.live.slice(1).map(span => span.from),
			...(data.finalUntil !== undefined && {finalUntil: data.finalUntil}),
			...(measure === 'calibration' && {baseline: 0}),
			texts: {final: say('labels.final'), estimate: say('labels.estimate'), series: series => say(`series.${series}`)},
			named: right > 80 && to >= data.windows.at(-1)!.end,
		};
		const options: uPlot.Options = {
			width,
			height,
			series: [{}, ...linesOf(quality, palette, faded ? focus : undefined)],
			padding: [8, right, 6, 0],
			legend: {show: false},
			cursor: {show: false},
			scales: {x: {time: false, range: () => [from, to]}, y: {range: () => range}},
			axes: [
				{show: false},
				{
					size: left,
					gap: 6,
					space: 34,
					stroke: palette.colors.ink3,
					font: palette.axisFont,
					ticks: {show: false},
					grid: {stroke: palette.colors.line, width: 1},
					values: (_, splits, _axis, _space, step) => splits.map(value => fixed(value, digitsFor(step))),
				},
			],
			hooks: {
				drawAxes: [
					plot => {
						drawUnder(plot, canvas);
					},
				],
				draw: [
					plot => {
						drawOver(plot, canvas);
					},
				],
			},
		};
		const plot = new uPlot(options, columnsOf(quality), host.current!);
		return () => {
			plot.destroy();
		};
	}, [data, measure, from, to, left, right, ticks, focus, faded, width, height, theme, say]);
	return (
		<div
			ref={host}
			class="plot"
			style={{height: `${height}px`}}
			role="img"
			aria-label={say('chart.quality', {measure: say(`measure.${measure}`)})}
		/>
	);
}

/** Two lines for each series: what is final, and what is an estimate, which begins at the last final point. */
function columnsOf({times, series, firstEstimate}: QualityData): uPlot.AlignedData {
	const part = (values: readonly (number | null)[], isIn: (index: number) => boolean): (number | null)[] =>
		values.map((value, index) => (isIn(index) ? value : null));
	return [
		[...times],
		...series.flatMap(({values}) => [part(values, index => index < firstEstimate), part(values, index => index >= firstEstimate - 1)]),
	];
}

function linesOf({series, firstEstimate, times}: QualityData, {colors}: Palette, alone: QualitySeries | undefined): uPlot.Series[] {
	return series.flatMap(({series: name, values}) => {
		const {color, width, dash} = SERIES_STYLE[name];
		const stroke = alone === undefined || alone === name ? colors[color] : withAlpha(colors[color], 0.35);
		const lonely = times.flatMap((_, index) =>
			index < firstEstimate && values[index] !== null && isAlone(values, index) ? [index] : [],
		);
		const open = times.flatMap((_, index) => (index >= firstEstimate && values[index] !== null ? [index] : []));
		const point = {show: true, stroke, width: 1.25};
		return [
			{stroke, width, dash: [...dash], spanGaps: false, points: {...point, size: 4, fill: stroke, filter: () => lonely}},
			{
				stroke: withAlpha(stroke, alone === undefined || alone === name ? 0.65 : 0.25),
				width: 1.2,
				dash: [1.5, 2.5],
				spanGaps: false,
				points: {...point, size: name === 'loop' ? 5.5 : 3.5, fill: colors.surface, filter: () => open},
			},
		];
	});
}

/** A point between two gaps would not be seen as a line. */
function isAlone(values: readonly (number | null)[], index: number): boolean {
	return (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null;
}
