/**
 * Labels that come late: whether what is said of a vintage while they come holds in the end, on loans as they became known.
 *
 * @module
 */
import {existsSync} from 'node:fs';
import path from 'node:path';
import {ROOT} from '../tests/sources.ts';
import {notRun, row, type BenchDefinition, type BenchRow} from './bench.ts';
import {lendingClubLoans, sbaLoans, type Loan} from './maturity/loans.ts';
import {FIGURES, vintageCases, type VintageCase} from './maturity/vintage-cases.ts';

const DATA = path.join(ROOT, '../shared/data');

/** Of floating-point numbers. */
const ROUNDING = 1e-9;

/** Bars are for Lending Club; both sets were looked at while the method was made. */
const SETS: ReadonlyArray<{
	readonly name: string;
	readonly read: (directory: string) => Promise<Loan[]>;
	readonly finalAfter: string;
	readonly bar?: string;
}> = [
	{name: 'sba', read: sbaLoans, finalAfter: 'P120M'},
	{name: 'lending_club', read: lendingClubLoans, finalAfter: 'P66M', bar: '>= 0.9'},
];

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'maturity',
	summary:
		'vintages whose labels are still coming in: how often the final figure lies in the interval that was stated, beside a naive one',
	async run({progress}) {
		if (!existsSync(DATA)) {
			return SETS.map(({name}) => notRun(`${name}.coverage`, 'ratio', 'the shared data is absent'));
		}

		const rows: BenchRow[] = [];
		for (const {name, read, finalAfter, bar} of SETS) {
			progress(`${name}: scoring loans in their order`);
			const loans = await read(DATA);
			progress(`${name}: ${loans.length} loans, read every three months`);
			const cases = vintageCases(loans, finalAfter);
			rows.push(
				...FIGURES.flatMap(figure =>
					rowsOf(
						`${name}.${figure}`,
						cases.filter(one => one.figure === figure),
						bar,
					),
				),
				row(`${name}.naiveCoverage`, naiveCoverage(cases), 'ratio', bar && '< 0.9'),
			);
		}

		return rows;
	},
};

function rowsOf(name: string, cases: readonly VintageCase[], bar: string | undefined): BenchRow[] {
	const told = cases.flatMap(({said, final}) => (said ? [{...said, final}] : []));
	const naive = cases.flatMap(one => (one.said && one.naive ? [{...one.naive, final: one.final}] : []));
	return [
		row(`${name}.cases`, told.length, 'count'),
		row(`${name}.told`, told.length / cases.length, 'ratio'),
		row(`${name}.coverage`, mean(told.map(one => isInside(one))), 'ratio', bar),
		row(`${name}.naiveCoverage`, naiveCoverage(cases), 'ratio'),
		row(`${name}.halfWidth`, mean(told.map(({low, high}) => (high - low) / 2)), 'ratio'),
		row(`${name}.error`, mean(told.map(({estimate, final}) => Math.abs(estimate - final))), 'ratio'),
		row(`${name}.naiveError`, mean(naive.map(({estimate, final}) => Math.abs(estimate - final))), 'ratio'),
	];
}

/** Of the cases in which an estimate was given. */
function naiveCoverage(cases: readonly VintageCase[]): number {
	return mean(cases.flatMap(({said, naive, final}) => (said && naive ? [isInside({...naive, final})] : [])));
}

function isInside({low, high, final}: {readonly low: number; readonly high: number; readonly final: number}): number {
	return final >= low - ROUNDING && final <= high + ROUNDING ? 1 : 0;
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
