/**
 * The credit sets: loans and card holders who pay back or do not. Columns that were known only later, or that carry the lender's own decision, are left
 * out; ../shared/research/teacher-baselines.md says which and why.
 *
 * @module
 */
import path from 'node:path';
import {ORDER_PREFIX, seededOrder} from './seeded-order.ts';
import {categories, cutTable, derived, frameOf, numberOf, numbers, readTable, type SetTable, type TableOptions} from './set-table.ts';
import type {TeacherFold, TeacherSet} from './teacher-set.ts';

const MONTHS = 12;
const REPEATS = 5;
const FOLDS = 5;
/** Inside a training part of a fold, one row in so many decides when to stop. */
const STOPPING_EVERY = 5;

const LENDING_CLUB: TableOptions = {
	time: field => Date.parse(field('issue_d')),
	features: [
		...numbers('loan_amnt', 'term'),
		derived('emp_length_y', field => employmentYears(field('emp_length'))),
		...numbers('annual_inc', 'dti', 'delinq_2yrs', 'inq_last_6mths', 'mths_since_last_delinq', 'mths_since_last_record', 'open_acc'),
		...numbers('pub_rec', 'pub_rec_bankruptcies', 'revol_bal', 'revol_util', 'total_acc'),
		derived('cr_hist_m', field => monthOf(field('issue_d')) - monthOf(field('earliest_cr_line'))),
		derived('lti', field => numberOf(field('loan_amnt')) / Math.max(numberOf(field('annual_inc')), 1)),
		derived('desc_len', field => Array.from(field('desc')).length),
		...categories('home_ownership', 'verification_status', 'purpose', 'addr_state'),
	],
};

const SBA: TableOptions = {
	time: field => Date.parse(field('ApprovalDate')),
	features: [
		...numbers('NoEmp', 'GrAppv', 'SBA_Appv'),
		derived('sba_share', field => numberOf(field('SBA_Appv')) / Math.max(numberOf(field('GrAppv')), 1)),
		derived('same_state', field => (field('State') === field('BankState') ? 1 : 0)),
		derived('is_franchise', field => (numberOf(field('FranchiseCode')) > 1 ? 1 : 0)),
		...categories('State', 'BankState'),
		{name: 'naics2', kind: 'categorical', read: field => field('NAICS').padStart(6, '0').slice(0, 2)},
		...categories('NewExist', 'UrbanRural', 'RevLineCr', 'LowDoc'),
	],
};

const UCI: TableOptions = {
	features: [
		...numbers('LIMIT_BAL', 'AGE', 'PAY_0', 'PAY_2', 'PAY_3', 'PAY_4', 'PAY_5', 'PAY_6'),
		...numbers(...['BILL_AMT', 'PAY_AMT'].flatMap(name => [1, 2, 3, 4, 5, 6].map(month => `${name}${month}`))),
		...categories('SEX', 'EDUCATION', 'MARRIAGE'),
	],
};

const GERMAN: TableOptions = {
	features: [
		...numbers('duration_months', 'credit_amount', 'installment_rate', 'residence_since', 'age', 'existing_credits', 'dependents'),
		...categories('checking_status', 'credit_history', 'purpose', 'savings_status', 'employment_since', 'personal_status_sex'),
		...categories('other_debtors', 'property', 'other_installment_plans', 'housing', 'job', 'telephone', 'foreign_worker'),
	],
};

/** Loans of LendingClub, by month of issue. */
export async function readLendingClub(directory: string): Promise<TeacherSet> {
	const table = await readTable('lending_club', path.join(directory, 'lending_club_2007_2011.csv.gz'), LENDING_CLUB);
	return {name: 'lending_club', folds: [cutTable(table)], logitShift: 0, refits: false};
}

/** Small-business loans, by day of approval. */
export async function readSba(directory: string): Promise<TeacherSet> {
	const table = await readTable('sba', path.join(directory, 'sba_loans_part.csv.gz'), SBA);
	return {name: 'sba', folds: [cutTable(table)], logitShift: 0, refits: false};
}

/** Card holders of a bank in Taiwan, without dates: cut in the seeded order. */
export async function readUci(directory: string): Promise<TeacherSet> {
	const table = await readTable('uci', path.join(directory, 'uci_credit_card_default.csv.gz'), UCI);
	return {name: 'uci', folds: [cutTable(table, seededOrder(table.labels.length))], logitShift: 0, refits: false};
}

/** German credit: a thousand rows, so five times a five-fold cross-validation. */
export async function readGerman(directory: string): Promise<TeacherSet> {
	const table = await readTable('german', path.join(directory, 'german_credit.csv.gz'), GERMAN);
	const folds = Array.from({length: REPEATS}, (_, repeat) =>
		foldsOf(table, seededOrder(table.labels.length, `${ORDER_PREFIX}:${repeat}`)),
	);
	return {name: 'german', folds: folds.flat(), logitShift: 0, refits: true};
}

/** The row at place p of the order is in the test of fold p mod 5; of the others, every fifth in that order stops the fit, and stands last. */
function foldsOf(table: SetTable, order: readonly number[]): TeacherFold[] {
	return Array.from({length: FOLDS}, (_, fold) => {
		const test = order.filter((_row, place) => place % FOLDS === fold);
		const training = order.filter((_row, place) => place % FOLDS !== fold);
		const learnt = training.filter((_row, place) => place % STOPPING_EVERY !== 0);
		const stopping = training.filter((_row, place) => place % STOPPING_EVERY === 0);
		return {
			frame: frameOf(table, [...learnt, ...stopping], true),
			trainRows: learnt.length,
			test: frameOf(table, test, true),
		};
	});
}

function employmentYears(text: string): number {
	return text === '' ? Number.NaN : text.startsWith('<') ? 0 : Number.parseInt(text, 10);
}

/** Months since year 0 of a date; NaN if it is missing. */
function monthOf(date: string): number {
	const [year, month] = date.split('-', 2);
	return month === undefined ? Number.NaN : Number(year) * MONTHS + Number(month);
}
