/**
 * Back-tests as Markdown: a page a set with its table and pictures, and an index that says which bars hold.
 *
 * @module
 */
import type {BacktestReport} from '../../app/backtest/backtest.ts';
import {cellsOf, picturesOf} from '../../app/backtest/present.ts';
import {barsOf, intervalText} from './backtest-bars.ts';
import type {BacktestFacts} from './backtest-facts.ts';
import type {BacktestSet} from './backtest-sets.ts';

/** A file of a page, by its name in the folder. */
export interface PageFile {
	readonly name: string;
	readonly text: string;
}

/** Columns of the table that another machine would fill differently. */
const MACHINE_COLUMNS: ReadonlySet<string> = new Set(['CPU s']);

/** The page of one set and its pictures. The same report gives the same bytes. */
export function pageOf(set: BacktestSet, report: BacktestReport): PageFile[] {
	const [headings, ...rows] = cellsOf(report);
	const kept = headings!.flatMap((heading, column) => (MACHINE_COLUMNS.has(heading) ? [] : [column]));
	const pictures = picturesOf(report);
	const text = [
		`# ${set.title}`,
		'',
		`\`make backtests SETS=${set.name}\`: spec [${set.spec}](../../../${set.spec}), data \`../shared/data/${set.data}\`.`,
		`${report.judgedRows.toLocaleString('en')} outcomes from ${dayOf(report.start)} to ${dayOf(report.end)} in ${report.windows.length} windows;`,
		`best: \`${report.best}\`.`,
		...(set.reduction === undefined ? [] : ['', set.reduction]),
		'',
		`**Labels:** ${report.labelRule}. **Skill:** ${report.metric}. "Lost a month" is the share of the skill of a model freshly trained on as many rows`,
		"that is lost in 30 days under that label rule; level is the mean probability over the true share, less 1; regret is log loss above the oracle's. Brackets",
		'are 95 % intervals over windows.',
		'',
		lineOf(kept.map(column => headings![column]!)),
		lineOf(kept.map(column => (column === 0 ? '---' : '---:'))),
		...rows.map(row => lineOf(kept.map(column => (column === 0 ? `\`${row[column]!}\`` : row[column]!)))),
		'',
		...pictures.flatMap(({name, title}) => [`![${title}](${name}.svg)`, '']),
		'## Policies',
		'',
		...Object.entries(report.policies).map(([name, {summary}]) => `- \`${name}\`: ${summary}.`),
		'',
	].join('\n');
	return [{name: 'README.md', text}, ...pictures.map(({name, svg}) => ({name: `${name}.svg`, text: svg}))];
}

/** One set of the index; without facts it was not run here. */
export interface IndexEntry {
	readonly set: BacktestSet;
	readonly facts: BacktestFacts;
}

/**
 * The index: every set in a line, every bar in a line.
 *
 * @param remarks - Why a bar is missed, by set; stands under the table.
 */
export function indexOf(entries: readonly IndexEntry[], remarks: Readonly<Record<string, string>>): string {
	const bars = entries.flatMap(({set, facts}) => barsOf(set, facts));
	const missed = new Set(bars.filter(({holds}) => !holds).map(({set}) => set));
	return [
		'# Back-tests',
		'',
		'Policies side by side on public histories, each event answered with what the policy had then, and labels learnt when they came. `make backtests`',
		'runs them all and writes these pages; `make backtest` does the same with a history of your own. Skill is the Gini (2 AUC - 1), mean of the windows by',
		'their labels. No figure of decay stands without the rule by which labels became known.',
		'',
		lineOf(['set', 'never', 'loop', 'best policy', 'lost a month: never', 'lost a month: loop', 'label rule']),
		lineOf(['---', '---:', '---:', '---:', '---:', '---:', '---']),
		...entries.map(({set, facts}) => setLine(set, facts)),
		'',
		'## Bars',
		'',
		lineOf(['set', 'bar', 'holds', 'measured']),
		lineOf(['---', '---', '---', '---']),
		...bars.map(({set, bar, holds, measured, margin}) =>
			lineOf([set, bar, holds ? 'yes' : `**no**, by ${Math.abs(margin).toFixed(4)}`, measured]),
		),
		'',
		`${bars.filter(({holds}) => holds).length} of ${bars.length} bars hold.`,
		...(missed.size === 0 ? [] : ['', '## What is missed, and why', '']),
		...[...missed].map(set => `- ${set}: ${remarks[set] ?? 'not looked into.'}`),
		'',
	].join('\n');
}

function setLine({name, title}: BacktestSet, {labelRule, best, policies}: BacktestFacts): string {
	const skillOf = (policy: string): string => (policies[policy] ? policies[policy].skill.estimate.toFixed(4) : '-');
	const lostBy = (policy: string): string => {
		const decay = policies[policy]?.decayPerMonth;
		return decay ? intervalText(decay) : '-';
	};
	return lineOf([
		`[${title}](${name}/README.md)`,
		skillOf('never'),
		skillOf('loop'),
		`\`${best}\` ${skillOf(best)}`,
		lostBy('never'),
		lostBy('loop'),
		labelRule,
	]);
}

function lineOf(cells: readonly string[]): string {
	return `| ${cells.join(' | ')} |`;
}

function dayOf(time: number): string {
	return new Date(time).toISOString().slice(0, 10);
}
