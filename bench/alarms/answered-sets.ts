/**
 * Answers of fixed models with what came of them: data without drift, and data whose change points are known.
 *
 * @module
 */
import path from 'node:path';
import {LEARNERS} from '../../trainers/index.ts';
import {FRAUD_FEATURES, readFraudEvents} from '../online/fraud-features.ts';
import {derived, numberOf, numbers, readTable} from '../teacher/set-table.ts';

/** Rows of one set, in order of time. */
export interface AnsweredRows {
	/** Of the risk event. */
	readonly probabilities: Float64Array;
	readonly labels: Uint8Array;
	/** Milliseconds. */
	readonly times: Float64Array;
	/** `isCategorical`: values are codes. */
	readonly features: readonly {readonly name: string; readonly values: Float64Array; readonly isCategorical?: boolean}[];
}

const DAY = 86_400_000;
const PASSES = 2;

/** Four survey years with the scores of a model fitted before them; the rows of a year, in no order of their own, are spread over it. */
export async function readEmployment(directory: string): Promise<AnsweredRows> {
	const table = await readTable('acs', path.join(directory, 'acs_employment_ma_2015_2018.csv.gz'), {
		features: [
			...numbers('predicted_probability', 'AGEP', 'SCHL', 'MAR', 'RELP', 'CIT', 'MIL', 'ANC', 'SEX'),
			derived('year', field => numberOf(field('year'))),
		],
	});
	const [probabilities, ...features] = table.columns.map(({name, values}) => ({name, values: Float64Array.from(values)}));
	const years = features.pop()!.values;
	const counts = new Map<number, number>();
	for (const year of years) {
		counts.set(year, (counts.get(year) ?? 0) + 1);
	}

	const seen = new Map<number, number>();
	const times = years.map(year => {
		const place = seen.get(year) ?? 0;
		seen.set(year, place + 1);
		return Date.UTC(year, 0, 1) + Math.floor((place / counts.get(year)!) * 365 * DAY);
	});
	return {probabilities: probabilities!.values, labels: Uint8Array.from(table.labels), times, features};
}

/** Card transactions of one customer in five from the third month on, scored by a logistic regression fitted on the two months before. */
export function readCards(directory: string): AnsweredRows {
	const events = readFraudEvents(path.join(directory, 'card_transactions_simulated_2018.csv.gz'), {days: 183, oneIn: 5});
	const from = events.findIndex(({time}) => time >= events[0]!.time + 61 * DAY);
	const rows = events.map(({row}) => row);
	const labels = Uint8Array.from(events, ({label}) => label);
	const tested = events.slice(from);
	return {
		probabilities: fixedScores(rows, labels, from).slice(from),
		labels: labels.slice(from),
		times: Float64Array.from(tested, ({time}) => time),
		features: FRAUD_FEATURES.map((name, column) => ({name, values: Float64Array.from(tested, ({row}) => row[column]!)})),
	};
}

/** The SEA concepts from row 5,000 on, scored by a logistic regression fitted on the rows before; one row a minute. */
export async function readSea(directory: string): Promise<AnsweredRows & {readonly changes: readonly number[]}> {
	const from = 5000;
	const {columns, labels} = await readTable('sea', path.join(directory, 'sea_known_change_points.csv.gz'), {
		features: numbers('x1', 'x2', 'x3'),
	});
	const rows = Array.from(labels, (_, row) => Float64Array.from(columns, ({values}) => values[row]!));
	return {
		probabilities: fixedScores(rows, labels, from).slice(from),
		labels: Uint8Array.from(labels.subarray(from)),
		times: Float64Array.from({length: rows.length - from}, (_, row) => row * 60_000),
		features: columns.map(({name, values}) => ({name, values: Float64Array.from(values).slice(from)})),
		changes: [12_500, 25_000, 37_500].map(at => at - from),
	};
}

/** Scores of all rows by a logistic regression that has learnt the first ones. */
function fixedScores(rows: readonly Float64Array[], labels: ArrayLike<number>, learnt: number): Float64Array {
	const columns = Array.from(rows[0]!, (_, index) => ({name: `x${index}`, type: 'numeric' as const}));
	const learner = LEARNERS.find(({name}) => name === 'logistic-regression')!.create({schema: {version: 1, columns}, outputCount: 1});
	for (let step = 0; step < PASSES * learnt; step++) {
		learner.learnOne(rows[step % learnt]!, labels[step % learnt]!);
	}

	const into = new Float64Array(1);
	return Float64Array.from(rows, row => {
		learner.predictOne(row, into);
		return into[0]!;
	});
}
