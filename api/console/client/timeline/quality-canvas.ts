/**
 * What uPlot does not draw by itself: the grid of the shared time axis, intervals, the line where labels end, names at the ends of the lines.
 *
 * @module
 */
import type {QualitySeries} from '../../../../core/domain/index.ts';
import type uPlot from 'uplot';
import type {QualityData, SeriesValues} from './quality-series.ts';
import {createHatch, withAlpha, type Palette} from '../charts/palette.ts';
import {SERIES_STYLE} from '../charts/series-style.ts';
import type {Tick, TimeRange} from '../charts/time-axis.ts';

/** What is drawn around the lines. */
export interface QualityCanvas {
	readonly data: QualityData;
	/** Windows in which nothing was heard. */
	readonly gaps: readonly TimeRange[];
	readonly ticks: readonly Tick[];
	/** When the live version changed. */
	readonly changes: readonly number[];
	/** Where labels stop being final; undefined if none are. */
	readonly finalUntil?: number;
	/** The series whose interval is shown. */
	readonly focus: QualitySeries;
	readonly palette: Palette;
	readonly pixelRatio: number;
	/** A line at this value. */
	readonly baseline?: number;
	readonly texts: {readonly final: string; readonly estimate: string; readonly series: (series: QualitySeries) => string};
	/** Whether there is room for names at the right. */
	readonly named: boolean;
}

interface Pen {
	readonly context: CanvasRenderingContext2D;
	readonly box: {readonly left: number; readonly top: number; readonly width: number; readonly height: number};
	readonly x: (time: number) => number;
	readonly y: (value: number) => number;
}

function penOf(plot: uPlot): Pen {
	return {context: plot.ctx, box: plot.bbox, x: time => plot.valToPos(time, 'x', true), y: value => plot.valToPos(value, 'y', true)};
}

/** Under the lines. */
export function drawUnder(plot: uPlot, canvas: QualityCanvas): void {
	const pen = penOf(plot);
	const {context, box, x, y} = pen;
	const {
		palette: {colors},
		pixelRatio,
	} = canvas;
	context.save();
	context.beginPath();
	context.rect(box.left, box.top, box.width, box.height);
	context.clip();
	context.fillStyle = colors.sunken;
	for (const {from, to} of canvas.gaps) {
		context.fillRect(x(from), box.top, x(to) - x(from), box.height);
	}

	context.lineWidth = pixelRatio;
	for (const {time} of canvas.ticks) {
		vertical(pen, x(time), colors.line);
	}

	context.setLineDash([2 * pixelRatio, 3 * pixelRatio]);
	for (const time of canvas.changes) {
		vertical(pen, x(time), withAlpha(colors.champion, 0.4));
	}

	context.setLineDash([]);
	if (canvas.baseline !== undefined) {
		path(
			context,
			[
				[box.left, y(canvas.baseline)],
				[box.left + box.width, y(canvas.baseline)],
			],
			colors.ink3,
		);
	}

	drawBand(pen, canvas);
	context.restore();
}

/** Over the lines. */
export function drawOver(plot: uPlot, canvas: QualityCanvas): void {
	const pen = penOf(plot);
	const {context, box, x} = pen;
	const {palette, pixelRatio, texts, finalUntil} = canvas;
	context.save();
	context.font = palette.font();
	context.textBaseline = 'middle';
	context.lineWidth = pixelRatio;
	const line = finalUntil === undefined ? Number.NEGATIVE_INFINITY : x(finalUntil);
	if (line > box.left && line < box.left + box.width) {
		vertical(pen, line, palette.colors.ink2);
		const height = box.top + box.height - 9 * pixelRatio;
		note(pen, {text: `${texts.final} ◂`, right: line - 6 * pixelRatio, height}, palette);
		note(pen, {text: `▸ ${texts.estimate}`, left: line + 6 * pixelRatio, height}, palette);
	}

	if (canvas.named) {
		nameEnds(pen, canvas);
	}

	context.restore();
}

/** The interval of the series in focus: filled where labels are final, hatched and open where they are not. */
function drawBand(pen: Pen, {data, focus, palette, pixelRatio}: QualityCanvas): void {
	const band = data.series.find(({series}) => series === focus);
	if (!band) {
		return;
	}

	const color = palette.colors[SERIES_STYLE[focus].color];
	for (const run of runsOf(band)) {
		const settled = run.filter(index => index < data.firstEstimate);
		const open = run.filter(index => index >= data.firstEstimate - 1);
		fillBand(pen, data, band, settled, withAlpha(color, 0.15));
		if (open.at(-1)! >= data.firstEstimate) {
			fillBand(pen, data, band, open, createHatch(pen.context, withAlpha(color, 0.32), pixelRatio));
			pen.context.setLineDash([3 * pixelRatio, 3 * pixelRatio]);
			for (const sign of [-1, 1]) {
				path(
					pen.context,
					open.map(index => edgePoint(pen, data, band, index, sign)),
					withAlpha(color, 0.75),
				);
			}

			pen.context.setLineDash([]);
		}
	}
}

/** Runs of windows that have an interval. */
function runsOf({values, halves}: SeriesValues): number[][] {
	const runs: number[][] = [];
	let run: number[] = [];
	for (const index of [...values.keys(), values.length]) {
		if (index < values.length && values[index] !== null && halves[index] !== null) {
			run.push(index);
		} else if (run.length > 0) {
			runs.push(run);
			run = [];
		}
	}

	return runs;
}

function edgePoint({x, y}: Pen, {times}: QualityData, {values, halves}: SeriesValues, index: number, sign: number): [number, number] {
	return [x(times[index]!), y(values[index]! + sign * halves[index]!)];
}

function fillBand(pen: Pen, data: QualityData, band: SeriesValues, run: readonly number[], fill: string | CanvasPattern): void {
	const {context} = pen;
	context.fillStyle = fill;
	context.beginPath();
	for (const [x, y] of [
		...run.map(index => edgePoint(pen, data, band, index, 1)),
		...run.toReversed().map(index => edgePoint(pen, data, band, index, -1)),
	]) {
		context.lineTo(x, y);
	}

	context.fill();
}

function vertical({context, box}: Pen, x: number, color: string): void {
	path(
		context,
		[
			[x, box.top],
			[x, box.top + box.height],
		],
		color,
	);
}

function path(context: CanvasRenderingContext2D, points: readonly (readonly [number, number])[], color: string): void {
	context.strokeStyle = color;
	context.beginPath();
	for (const [x, y] of points) {
		context.lineTo(x, y);
	}

	context.stroke();
}

/** A word beside the line where labels end, on ground of its own, left out where there is no room for it. */
function note(
	{context, box}: Pen,
	{text, left, right, height}: {text: string; left?: number; right?: number; height: number},
	{colors}: Palette,
): void {
	const {width} = context.measureText(text);
	const start = left ?? right! - width;
	if (start < box.left || start + width > box.left + box.width) {
		return;
	}

	context.fillStyle = withAlpha(colors.surface, 0.8);
	context.fillRect(start - 3, height - 9, width + 6, 18);
	context.fillStyle = colors.ink2;
	context.textAlign = 'left';
	context.fillText(text, start, height);
}

/** Names where the lines end, pushed apart so that none covers another. */
function nameEnds({context, box, y}: Pen, {data, focus, palette, pixelRatio, texts}: QualityCanvas): void {
	const gap = 15 * pixelRatio;
	const ends = data.series
		.map(({series, values}) => ({series, height: y(values.findLast(value => value !== null)!)}))
		.toSorted((a, b) => a.height - b.height);
	let floor = box.top;
	const placed = ends.map(({series, height}) => {
		floor = Math.max(floor, height);
		const at = floor;
		floor += gap;
		return {series, height: at};
	});
	const excess = Math.max(0, floor - gap - (box.top + box.height));
	context.textAlign = 'left';
	for (const {series, height} of placed) {
		context.fillStyle = palette.colors[SERIES_STYLE[series].color];
		context.font = palette.font(series === focus ? 600 : 400);
		context.fillText(texts.series(series), box.left + box.width + 8 * pixelRatio, height - excess);
	}
}
