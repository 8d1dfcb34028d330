/**
 * Loans with a score, and when it became known what became of them.
 *
 * @module
 */
import path from 'node:path';
import {addDuration} from '../../core/domain/index.ts';
import {createRng, drawPermutation} from '../../core/numerics/index.ts';
import {LEARNERS} from '../../trainers/index.ts';
import {numberOf, numbers, readTable, type Field, type SetTable, type TableOptions} from '../teacher/set-table.ts';

/** One loan. */
export interface Loan {
	/** Issue. */
	readonly time: number;
	readonly knownAt: number;
	/** 1: charged off. */
	readonly label: number;
	/** Of a fixed model. */
	readonly score: number;
}

const PASSES = 3;
/** Instalments that stay away until a loan is charged off. */
const UNPAID = 'P150D';

const LENDING_CLUB: TableOptions = {
	time: field => Date.parse(field('issue_d')),
	features: [
		...numbers(
			'loan_amnt',
			'term',
			'annual_inc',
			'dti',
			'delinq_2yrs',
			'inq_last_6mths',
			'mths_since_last_delinq',
			'open_acc',
			'pub_rec',
		),
		...numbers('revol_bal', 'revol_util', 'total_acc'),
	],
};
const SBA: TableOptions = {
	time: field => Date.parse(field('ApprovalDate')),
	features: numbers('NoEmp', 'GrAppv', 'SBA_Appv', 'NewExist', 'UrbanRural', 'FranchiseCode', 'NAICS'),
};

/** Loans of LendingClub: paid back is known with the last payment, charged off five months after it. */
export async function lendingClubLoans(directory: string): Promise<Loan[]> {
	return loansOf(path.join(directory, 'lending_club_2007_2011.csv.gz'), '2009-01', LENDING_CLUB, field => {
		const paid = Date.parse(field('last_pymnt_d') || field('issue_d'));
		return field('label') === '1' ? addDuration(paid, UNPAID) : paid;
	});
}

/** Small-business loans from 1990 on of at most seven years: charged off has a date, paid back is known when the term is over. */
export async function sbaLoans(directory: string): Promise<Loan[]> {
	const isKept = (field: Field): boolean => field('ApprovalDate') >= '1990' && numberOf(field('Term')) <= 84;
	const label = (field: Field): string => (isKept(field) ? field('label') : '');
	return loansOf(path.join(directory, 'sba_loans_part.csv.gz'), '2004-01', {...SBA, label}, field => {
		const issued = Date.parse(field('ApprovalDate'));
		return field('label') === '1' && field('ChgOffDate') !== ''
			? Math.max(issued, Date.parse(field('ChgOffDate')))
			: addDuration(issued, `P${field('Term')}M`);
	});
}

async function loansOf(file: string, fittedBefore: string, options: TableOptions, knownAt: (field: Field) => number): Promise<Loan[]> {
	const table = await readTable('loans', file, options);
	const {times: known} = await readTable('known', file, {...options, features: [], time: knownAt});
	const scores = scoresOf(table, Date.parse(fittedBefore));
	return Array.from(table.times, (time, row) => ({time, knownAt: known[row]!, label: table.labels[row]!, score: scores[row]!}));
}

/** All loans are scored by one logistic regression, fitted on the final labels of those issued before `fittedBefore`. */
function scoresOf({columns, labels, times}: SetTable, fittedBefore: number): Float64Array {
	const definition = LEARNERS.find(({name}) => name === 'logistic-regression')!;
	const learner = definition.create({
		schema: {version: 1, columns: columns.map(({name}) => ({name, type: 'numeric' as const}))},
		outputCount: 1,
	});
	const rowOf = (row: number): Float64Array => Float64Array.from(columns, ({values}) => values[row]!);
	const learnt = [...times.keys()].filter(row => times[row]! < fittedBefore);
	const rng = createRng(1);
	for (let pass = 0; pass < PASSES; pass++) {
		for (const at of drawPermutation(rng, learnt.length)) {
			learner.learnOne(rowOf(learnt[at]!), labels[learnt[at]!]!);
		}
	}

	const into = new Float64Array(1);
	return Float64Array.from(times.keys(), row => {
		learner.predictOne(rowOf(row), into);
		return into[0]!;
	});
}
