/**
 * Small plots of a training report as SVG: no library, no script, readable on a light and on a dark page.
 *
 * @module
 */
import type {CalibrationBin, EpochReport, StudentCandidate} from '../../core/domain/index.ts';
import {escapeHtml} from './escape-html.ts';

/** One loss curve. */
export interface LossCurve {
	readonly name: string;
	readonly curve: readonly EpochReport[];
	/** Iteration that was kept. */
	readonly best: number;
}

const WIDTH = 460;
const HEIGHT = 240;
const LEFT = 56;
const RIGHT = 12;
const TOP = 14;
const BOTTOM = 40;
const TICKS = 4;
/** Points of a line; longer curves are thinned out. */
const POINTS_MAX = 200;
const BAR_HEIGHT = 22;
const BAR_LEFT = 190;
const BAR_WIDTH = 200;
const NAME_LETTERS_MAX = 26;

/** Loss on the learnt rows (dashed) and on the newest ones, iteration by iteration, with the one that was kept. */
export function lossPlot({name, curve, best}: LossCurve): string {
	const points = thinned(curve);
	const losses = points.flatMap(({trainLoss, validationLoss}) => [trainLoss, validationLoss]).filter(value => Number.isFinite(value));
	const axes = new Axes({x: [1, Math.max(2, points.at(-1)?.epoch ?? 2)], y: rangeOf(losses)});
	const lineOf = (key: 'trainLoss' | 'validationLoss'): string =>
		pathOf(points.filter(point => Number.isFinite(point[key])).map(point => [axes.x(point.epoch), axes.y(point[key])]));
	const kept = curve.find(({epoch}) => epoch === best)?.validationLoss;
	return picture(`Loss of ${name}`, [
		axes.draw('iteration', 'log loss'),
		`<path class="line learnt" d="${lineOf('trainLoss')}"/>`,
		`<path class="line newest" d="${lineOf('validationLoss')}"/>`,
		kept !== undefined && Number.isFinite(kept)
			? `<circle class="kept" cx="${fixed(axes.x(best))}" cy="${fixed(axes.y(kept))}" r="4"/>`
			: '',
	]);
}

/** What was said against what happened, in bins of equal count; on the diagonal both agree. */
export function calibrationPlot(bins: readonly CalibrationBin[]): string {
	const highest = Math.min(1, 1.05 * Math.max(0.01, ...bins.flatMap(({predicted, observed}) => [predicted, observed])));
	const axes = new Axes({x: [0, highest], y: [0, highest]});
	return picture('Calibration on the newest rows', [
		axes.draw('mean prediction', 'share that happened'),
		`<path class="line learnt" d="${pathOf([
			[axes.x(0), axes.y(0)],
			[axes.x(highest), axes.y(highest)],
		])}"/>`,
		`<path class="line newest" d="${pathOf(bins.map(({predicted, observed}) => [axes.x(predicted), axes.y(observed)]))}"/>`,
		...bins.map(
			({predicted, observed, rows}) =>
				`<circle class="point" cx="${fixed(axes.x(predicted))}" cy="${fixed(axes.y(observed))}" r="3">` +
				`<title>${rows} rows: said ${predicted.toFixed(4)}, happened ${observed.toFixed(4)}</title></circle>`,
		),
	]);
}

/** Sizes of a student by what a row costs and how well they do: those that nothing beats in both are joined, and the one that was taken is filled. */
export function frontPlot(candidates: readonly StudentCandidate[], chosen: string): string {
	const axes = new Axes({
		x: [0, 1.1 * Math.max(1, ...candidates.map(({microsBatch1}) => microsBatch1))],
		y: rangeOf(candidates.map(({logLoss}) => logLoss)),
	});
	const front = candidates.filter(({isOnFront}) => isOnFront).toSorted((a, b) => a.microsBatch1 - b.microsBatch1);
	return picture('Sizes of the student: cost and log loss', [
		axes.draw('microseconds a row, INT8', 'log loss'),
		`<path class="line newest" d="${pathOf(front.map(({microsBatch1, logLoss}) => [axes.x(microsBatch1), axes.y(logLoss)]))}"/>`,
		...candidates.map(({hidden, microsBatch1, logLoss, sizeBytes}) => {
			const name = hidden.join('-');
			const [x, y] = [axes.x(microsBatch1), axes.y(logLoss)];
			return (
				`<circle class="${name === chosen ? 'kept' : 'open'}" cx="${fixed(x)}" cy="${fixed(y)}" r="5">` +
				`<title>${name}: ${microsBatch1.toFixed(1)} microseconds, log loss ${logLoss.toFixed(4)}, ${sizeBytes} bytes</title></circle>` +
				`<text class="quiet" x="${fixed(x + 8)}" y="${fixed(y + (y < TOP + BAR_HEIGHT ? BAR_HEIGHT / 2 : -6))}">${name}</text>`
			);
		}),
	]);
}

/** Bars, one a line, longest first as they come; numbers below 0 have none. */
export function barPlot(title: string, bars: readonly {readonly name: string; readonly value: number}[]): string {
	const highest = Math.max(1e-12, ...bars.map(({value}) => value));
	const lines = bars.map(({name, value}, at) => {
		const y = at * BAR_HEIGHT + 4;
		const width = (Math.max(0, value) / highest) * BAR_WIDTH;
		const shown = name.length > NAME_LETTERS_MAX ? `${name.slice(0, NAME_LETTERS_MAX - 1)}…` : name;
		return (
			`<text x="${BAR_LEFT - 8}" y="${y + 13}" text-anchor="end">${escapeHtml(shown)}<title>${escapeHtml(name)}</title></text>` +
			`<rect class="bar" x="${BAR_LEFT}" y="${y}" width="${fixed(width)}" height="${BAR_HEIGHT - 6}"/>` +
			`<text class="quiet" x="${fixed(BAR_LEFT + width + 6)}" y="${y + 13}">${value.toFixed(4)}</text>`
		);
	});
	return picture(title, lines, bars.length * BAR_HEIGHT + 8);
}

/** A pair of linear axes. */
class Axes {
	readonly #x: readonly [number, number];
	readonly #y: readonly [number, number];

	constructor({x, y}: {readonly x: readonly [number, number]; readonly y: readonly [number, number]}) {
		this.#x = x;
		this.#y = y;
	}

	x(value: number): number {
		return LEFT + ((value - this.#x[0]) / (this.#x[1] - this.#x[0])) * (WIDTH - LEFT - RIGHT);
	}

	y(value: number): number {
		return HEIGHT - BOTTOM - ((value - this.#y[0]) / (this.#y[1] - this.#y[0])) * (HEIGHT - TOP - BOTTOM);
	}

	draw(xTitle: string, yTitle: string): string {
		const places = Array.from({length: TICKS + 1}, (_, at) => at / TICKS);
		const between = ([low, high]: readonly [number, number], share: number): number => low + share * (high - low);
		return [
			...places.map(share => {
				const value = between(this.#y, share);
				const y = fixed(this.y(value));
				return (
					`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>` +
					`<text class="quiet" x="${LEFT - 6}" y="${fixed(this.y(value) + 4)}" text-anchor="end">${short(value)}</text>`
				);
			}),
			...places.map(share => {
				const value = between(this.#x, share);
				return `<text class="quiet" x="${fixed(this.x(value))}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${short(value)}</text>`;
			}),
			`<text class="quiet" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${xTitle}</text>`,
			`<text class="quiet" x="4" y="10">${yTitle}</text>`,
		].join('');
	}
}

function picture(title: string, parts: readonly string[], height = HEIGHT): string {
	return (
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(title)}">` +
		`<title>${escapeHtml(title)}</title>${parts.join('')}</svg>`
	);
}

function thinned(curve: readonly EpochReport[]): EpochReport[] {
	const step = Math.max(1, Math.ceil(curve.length / POINTS_MAX));
	return curve.filter((_, at) => at % step === 0 || at === curve.length - 1);
}

function rangeOf(values: readonly number[]): readonly [number, number] {
	const [low, high] = [Math.min(...values), Math.max(...values)];
	return values.length === 0 ? [0, 1] : high > low ? [low, high] : [low - 0.5, low + 0.5];
}

function pathOf(points: readonly (readonly [number, number])[]): string {
	return points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${fixed(x)},${fixed(y)}`).join('');
}

function fixed(value: number): string {
	return value.toFixed(1);
}

function short(value: number): string {
	return Math.abs(value) >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(3);
}
