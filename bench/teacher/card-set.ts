/**
 * Card transactions: frauds are rare, so for learning one in ten of the others is kept, and the logit is moved back before it is measured.
 *
 * @module
 */
import path from 'node:path';
import type {NumericColumn} from '../../core/domain/index.ts';
import {
	DAY,
	FRAUD_DELAY_DAYS,
	historyOf,
	readCardTransactions,
	WINDOW_DAYS,
	type CardTransaction,
	type SlidingHistory,
} from '../online/card-transactions.ts';
import {cutOf, frameOf, rowsBetween, type SetTable} from './set-table.ts';
import type {TeacherSet} from './teacher-set.ts';

/** Transactions before this only make history. */
const FIRST = Date.UTC(2018, 4, 8);
/** One transaction in so many that are no fraud is learnt from. */
const SAMPLED_ONE_IN = 10;
/** The last hour of the night. */
const NIGHT_HOUR_MAX = 6;

const FEATURES: readonly string[] = [
	'TX_AMOUNT',
	'TX_DURING_WEEKEND',
	'TX_DURING_NIGHT',
	...WINDOW_DAYS.flatMap(days => [`CUST_NB_TX_${days}`, `CUST_AVG_AMT_${days}`]),
	...WINDOW_DAYS.flatMap(days => [`TERM_NB_TX_${days}`, `TERM_RISK_${days}`]),
];

/**
 * Read the transactions with what was known of the customer, this one included, and of the terminal, whose frauds are known a week late.
 *
 * Cost: about 10 seconds and 1 GB of memory.
 *
 * Source of the features: Le Borgne, Siblini, Lebichot, Bontempi, "Reproducible Machine Learning for Credit Card Fraud Detection", 2022, chapter 3.
 */
export async function readCard(directory: string): Promise<TeacherSet> {
	const {table, ids} = await Promise.resolve(tableOf(path.join(directory, 'card_transactions_simulated_2018.csv.gz')));
	const count = table.labels.length;
	const {trainRows, testFrom} = cutOf(count);
	const isLearnt = (row: number): boolean => table.labels[row] === 1 || ids[row]! % SAMPLED_ONE_IN === 0;
	const learnt = rowsBetween(0, testFrom).filter(isLearnt);
	return {
		name: 'card',
		folds: [
			{
				frame: frameOf(table, learnt),
				trainRows: learnt.findIndex(row => row >= trainRows),
				test: frameOf(table, rowsBetween(testFrom, count)),
			},
		],
		logitShift: -Math.log(SAMPLED_ONE_IN),
		refits: false,
	};
}

function tableOf(file: string): {readonly table: SetTable; readonly ids: readonly number[]} {
	const [customers, terminals] = [new Map<string, SlidingHistory>(), new Map<string, SlidingHistory>()];
	const values = FEATURES.map((): number[] => []);
	const [ids, labels, times]: [number[], number[], number[]] = [[], [], []];
	for (const transaction of readCardTransactions(file)) {
		const {id, time, label, amount} = transaction;
		const [customer, terminal] = [historyOf(customers, transaction.customer), historyOf(terminals, transaction.terminal)];
		customer.add(time, amount);
		if (time >= FIRST) {
			for (const [place, value] of rowOf(transaction, customer, terminal).entries()) {
				values[place]!.push(value);
			}

			ids.push(id);
			labels.push(label);
			times.push(time);
		}

		terminal.add(time, label);
	}

	const columns = FEATURES.map((name, place): NumericColumn => ({name, kind: 'numeric', values: Float64Array.from(values[place]!)}));
	return {table: {name: 'card', columns, labels: Int32Array.from(labels), times: Float64Array.from(times)}, ids};
}

function rowOf({time, amount}: CardTransaction, customer: SlidingHistory, terminal: SlidingHistory): number[] {
	const date = new Date(time);
	return [
		amount,
		date.getUTCDay() % 6 === 0 ? 1 : 0,
		date.getUTCHours() <= NIGHT_HOUR_MAX ? 1 : 0,
		...windowsOf(customer, time),
		...windowsOf(terminal, time - FRAUD_DELAY_DAYS * DAY),
	];
}

/** Count and mean of each window. */
function windowsOf(history: SlidingHistory, until: number): number[] {
	return WINDOW_DAYS.flatMap((_, window) => {
		const {count, sum} = history.within(window, until);
		return [count, count === 0 ? 0 : sum / count];
	});
}
