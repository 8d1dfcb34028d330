/**
 * A back-test for people: a table for the terminal and one page of HTML without a script or an outside file.
 *
 * @module
 */
import type {Interval} from '../../core/numerics/index.ts';
import {heatMapSvg} from '../plots/heat-map-svg.ts';
import {windowsSvg} from '../plots/windows-svg.ts';
import type {BacktestReport, PolicyReport} from './backtest.ts';
import type {WindowQuality} from './measure.ts';

/** Columns of the table: heading and text of a policy. */
const COLUMNS: readonly (readonly [heading: string, text: (report: PolicyReport) => string])[] = [
	['skill', ({skill}) => interval(skill)],
	['lost a month', ({decayPerMonth}) => (decayPerMonth ? interval(decayPerMonth, percent) : '-')],
	['against the best', ({behindBest}) => interval(behindBest)],
	['AUC', ({overall}) => figure(overall.auc)],
	['PR-AUC', ({overall}) => figure(overall.averagePrecision)],
	['log loss', ({overall}) => figure(overall.logLoss)],
	['level', ({overall}) => (Number.isFinite(overall.bias) ? signedPercent(overall.bias) : '-')],
	['cost', ({overall}) => figure(overall.cost)],
	['regret', ({regret}) => (regret === null ? '-' : figure(regret))],
	['retrains', ({retrains}) => String(retrains)],
	['went live', ({promotions}) => String(promotions)],
	['alarms', ({alarms}) => String(alarms.length)],
	['CPU s', ({trainingCpuSeconds, onlineCpuSeconds}) => (trainingCpuSeconds + onlineCpuSeconds).toFixed(1)],
];

/** The table as texts: headings, then one row a policy; the first column names it. */
export function cellsOf({policies}: BacktestReport): string[][] {
	return [
		['policy', ...COLUMNS.map(([heading]) => heading)],
		...Object.entries(policies).map(([name, policy]) => [name, ...COLUMNS.map(([, text]) => text(policy))]),
	];
}

/** Lines of the table. */
export function tableOf(report: BacktestReport): string[] {
	const rows = cellsOf(report);
	const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)));
	return [
		`${report.model}: ${report.judgedRows.toLocaleString('en')} outcomes from ${day(report.start)} to ${day(report.end)} in ${report.windows.length} windows`,
		`skill: ${report.metric}`,
		`labels: ${report.labelRule}`,
		...report.notes.map(note => `note: ${note}`),
		'',
		...rows.map(row =>
			row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  '),
		),
	];
}

/** The figures in brief, for other programs: the last line of the command, the result of a job. */
export function summaryOf({policies, best, metric, labelRule}: BacktestReport): Readonly<Record<string, unknown>> {
	return {
		policies: Object.fromEntries(
			Object.entries(policies).map(([name, {skill, decayPerMonth, retrains, promotions, overall, behindBest}]) => [
				name,
				{
					skill: skill.estimate,
					decayPerMonth: decayPerMonth?.estimate ?? null,
					retrains,
					promotions,
					logLoss: overall.logLoss,
					auc: overall.auc,
					behindBest: [behindBest.low, behindBest.high],
				},
			]),
		),
		best,
		metric,
		labelRule,
	};
}

const STYLE = `
:root { color-scheme: light dark; } body { font: 15px/1.5 system-ui, sans-serif; max-width: 1080px; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-size: 13px; } th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid #8884; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } .best { font-weight: 600; } .scroll { overflow-x: auto; } svg { max-width: 100%; height: auto; }
details td { white-space: normal; text-align: left; }
`;

/** The page. */
export function htmlOf(report: BacktestReport): string {
	const names = Object.keys(report.policies);
	return [
		'<!doctype html>',
		`<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Back-test: ${escape(report.model)}</title>`,
		`<style>${STYLE}</style>`,
		`<h1>Back-test of ${escape(report.model)}</h1>`,
		`<p>${report.judgedRows.toLocaleString('en')} outcomes from ${day(report.start)} to ${day(report.end)}, ${report.windows.length} windows.`,
		`Best: <b>${escape(report.best)}</b>.</p>`,
		`<p>Skill is ${escape(report.metric)}. Labels: ${escape(report.labelRule)}. "Lost a month" is the share of the skill of a model freshly trained on`,
		"as many rows that is lost in 30 days. Level is the mean probability over the true share, less 1. Regret is log loss above the oracle's. Brackets are",
		'95 % intervals.</p>',
		...report.notes.map(note => `<p>Note: ${escape(note)}.</p>`),
		'<div class="scroll"><table>',
		`<tr><th>policy</th>${COLUMNS.map(([heading]) => `<th>${heading}</th>`).join('')}</tr>`,
		...Object.entries(report.policies).map(
			([name, policy]) =>
				`<tr${name === report.best ? ' class="best"' : ''}><td title="${escape(policy.summary)}">${escape(name)}</td>` +
				`${COLUMNS.map(([, text]) => `<td>${text(policy)}</td>`).join('')}</tr>`,
		),
		'</table></div>',
		...picturesOf(report).map(({svg}) => svg),
		...names.map(name => trainingsOf(name, report.policies[name]!)),
		'</html>',
		'',
	].join('\n');
}

/** A picture of a report. */
export interface BacktestPicture {
	/** For a file. */
	readonly name: string;
	readonly title: string;
	readonly svg: string;
}

/** Quality by window for every policy, and models of every age on every window. */
export function picturesOf(report: BacktestReport): BacktestPicture[] {
	const lines = [
		['skill', 'Skill by window', 'gini'],
		['log-loss', 'Log loss by window', 'logLoss'],
		['level', 'Level by window: mean probability over true share, less 1', 'bias'],
	] as const;
	return [
		...lines.map(([name, title, key]) => ({name, title, svg: picture(report, title, key)})),
		{name: 'matrix', title: 'Models of every age on every window', svg: heatMap(report)},
	];
}

function picture({policies, windows}: BacktestReport, title: string, key: keyof WindowQuality): string {
	const series = Object.entries(policies).map(([name, policy], colour) => ({
		name,
		colour: colour % 10,
		values: policy.windows.map(window => window[key]),
	}));
	return windowsSvg({
		title,
		subtitle: 'each event answered with what the policy had then',
		places: windows.map(({start, end}) => (start + end) / 2),
		placeText: day,
		placeTitle: 'event time',
		panels: [{title: '', series}],
	});
}

function heatMap({matrix, windows}: BacktestReport): string {
	return heatMapSvg({
		title: `Models of every age, each trained on ${matrix.rows[0] ?? 0} rows, on every window`,
		rowTitle: 'trained',
		columnTitle: 'window',
		rowNames: matrix.trainedAt.map(day),
		columnNames: windows.map(({start}) => day(start)),
		values: matrix.skill,
	});
}

function trainingsOf(name: string, {summary, trainings}: PolicyReport): string {
	const rows = trainings.map(
		({at, reason, rows: count, isLive, verdict}) =>
			`<tr><td>${day(at)}</td><td>${escape(reason)}</td><td>${count}</td><td>${isLive ? 'live' : 'refused'}</td><td>${escape(verdict)}</td></tr>`,
	);
	return `<details><summary>${escape(name)}: ${escape(summary)}; ${trainings.length} trainings</summary><table>${rows.join('\n')}</table></details>`;
}

function interval({estimate, low, high}: Interval, text: (value: number) => string = figure): string {
	return Number.isFinite(estimate) ? `${text(estimate)} [${text(low)}, ${text(high)}]` : '-';
}

function figure(value: number): string {
	return Number.isFinite(value) ? value.toFixed(4) : '-';
}

function percent(value: number): string {
	return `${(100 * value).toFixed(1)} %`;
}

function signedPercent(value: number): string {
	return `${value < 0 ? '-' : '+'}${percent(Math.abs(value))}`;
}

function day(time: number): string {
	return new Date(time).toISOString().slice(0, 10);
}

function escape(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
