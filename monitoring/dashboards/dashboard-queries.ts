/**
 * Queries of the dashboard's panels, and what a panel and a row are.
 *
 * @module
 */

/** One query and how its series are called. */
export interface PanelQuery {
	readonly expr: string;
	/** Grafana's legend format: labels in double braces. */
	readonly legend: string;
}

/** One panel. */
export interface PanelContent {
	readonly title: string;
	/** What it shows and how to read it. */
	readonly description: string;
	/** `lines` over time, `cells` of one colour a time, `number` for the newest value, `name` for what its labels say. */
	readonly kind: 'lines' | 'cells' | 'number' | 'name';
	/** Grafana's name of the unit. */
	readonly unit: string;
	/** Columns of 24. */
	readonly width: number;
	readonly queries: readonly PanelQuery[];
	/** Values from which colours change: wait, warn, alarm. */
	readonly steps?: readonly [number, number, number];
}

/** Panels under one heading. */
export interface DashboardRow {
	readonly title: string;
	readonly panels: readonly PanelContent[];
}

/** Matches the models that the dashboard's variable names. */
export const MODEL = 'model=~"$model"';
/** Legend of a series of quality. */
export const BY_SERIES = '{{model}} {{series}}';

/** The series of a family for the models that are shown. */
export function ofModel(family: string, legend: string, labels = ''): PanelQuery {
	return {expr: `${family}{${MODEL}${labels}}`, legend};
}

/** A counter of rare things is shown as it stands: a rate would round them away, and miss the first. */
export function soFar(counter: string, legend: string): PanelQuery {
	return ofModel(counter, `{{model}} ${legend}`);
}

/** Rate of a counter by model and one more label. */
export function rateBy(counter: string, by: string): PanelQuery[] {
	return [{expr: `sum by (model, ${by}) (rate(${counter}{${MODEL}}[$__rate_interval]))`, legend: `{{model}} {{${by}}}`}];
}

/** Median and 99th percentile of a histogram. */
export function quantiles(histogram: string, by: readonly string[], labels = ''): PanelQuery[] {
	return [0.5, 0.99].map(quantile => ({
		expr: `histogram_quantile(${quantile}, sum by (${by.join(', ')}, le) (rate(${histogram}_bucket${labels}[$__rate_interval])))`,
		legend: `${by.map(label => `{{${label}}}`).join(' ')} p${quantile * 100}`,
	}));
}

/** Restricts a metric that every Node.js process has to ours. */
export function ofProcess(expr: string): PanelQuery[] {
	return [{expr: `${expr} and on (instance) perennial_build_info`, legend: '{{instance}}'}];
}
