/**
 * Loans with a score, and when it became known what became of them.
 *
 * @module
 */
import path from 'node:path';
import {addDuration} from '../../core/domain/index.ts';
import {LEARNERS} from '../../trainers/index.ts';
import {numberOf, numbers, readTable, type Field, type SetTable, type TableOptions} from '../teacher/set-table.ts';

/** One loan. */
export interface Loan {
	/** Issue. */
	readonly time: number;
	readonly knownAt: number;
	/** 1: charged off. */
	readonly label: number;
	/** Of a model that has learnt the labels of older loans as they became known, NaN before it has learnt any. */
	readonly score: number;
}

/** Instalments that stay away until a loan is charged off. */
const UNPAID = 'P150D';

const LENDING_CLUB: TableOptions = {
	time: field => Date.parse(field('issue_d')),
	features: numbers(
		...['loan_amnt', 'term', 'annual_inc', 'dti', 'delinq_2yrs', 'inq_last_6mths', 'mths_since_last_delinq', 'open_acc', 'pub_rec'],
		...['revol_bal', 'revol_util', 'total_acc'],
	),
};
const SBA: TableOptions = {
	time: field => Date.parse(field('ApprovalDate')),
	features: numbers('NoEmp', 'GrAppv', 'SBA_Appv', 'NewExist', 'UrbanRural', 'FranchiseCode', 'NAICS'),
};

/** Loans of LendingClub: paid back is known with the last payment, charged off five months after it. */
export async function lendingClubLoans(directory: string): Promise<Loan[]> {
	return loansOf(path.join(directory, 'lending_club_2007_2011.csv.gz'), LENDING_CLUB, field => {
		const paid = Date.parse(field('last_pymnt_d') || field('issue_d'));
		return field('label') === '1' ? addDuration(paid, UNPAID) : paid;
	});
}

/** Small-business loans from 1990 on of at most seven years: charged off has a date, paid back is known when the term is over. */
export async function sbaLoans(directory: string): Promise<Loan[]> {
	const isKept = (field: Field): boolean => field('ApprovalDate') >= '1990' && numberOf(field('Term')) <= 84;
	const label = (field: Field): string => (isKept(field) ? field('label') : '');
	return loansOf(path.join(directory, 'sba_loans_part.csv.gz'), {...SBA, label}, field => {
		const issued = Date.parse(field('ApprovalDate'));
		return field('label') === '1' && field('ChgOffDate') !== ''
			? Math.max(issued, Date.parse(field('ChgOffDate')))
			: addDuration(issued, `P${field('Term')}M`);
	});
}

async function loansOf(file: string, options: TableOptions, knownAt: (field: Field) => number): Promise<Loan[]> {
	const table = await readTable('loans', file, options);
	const {times: known} = await readTable('known', file, {...options, features: [], time: knownAt});
	const scores = scoresOf(table, known);
	return Array.from(table.times, (time, row) => ({time, knownAt: known[row]!, label: table.labels[row]!, score: scores[row]!}));
}

/** Each loan is scored when it is issued; each label is learnt when it is known. */
function scoresOf({columns, labels, times}: SetTable, known: Float64Array): Float64Array {
	const definition = LEARNERS.find(({name}) => name === 'logistic-regression')!;
	const shape = {schema: {version: 1, columns: columns.map(({name}) => ({name, type: 'numeric' as const}))}, outputCount: 1};
	const learner = definition.create(shape);
	const rowOf = (row: number): Float64Array => Float64Array.from(columns, ({values}) => values[row]!);
	const learnOrder = Uint32Array.from(times.keys()).sort((a, b) => known[a]! - known[b]!);
	const scoreOrder = Uint32Array.from(times.keys()).sort((a, b) => times[a]! - times[b]!);
	const scores = new Float64Array(times.length);
	const into = new Float64Array(1);
	let learnt = 0;
	for (const row of scoreOrder) {
		for (; learnt < learnOrder.length && known[learnOrder[learnt]!]! < times[row]!; learnt++) {
			learner.learnOne(rowOf(learnOrder[learnt]!), labels[learnOrder[learnt]!]!);
		}

		learner.predictOne(rowOf(row), into);
		scores[row] = learner.learntCount === 0 ? Number.NaN : into[0]!;
	}

	return scores;
}
