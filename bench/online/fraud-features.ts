/**
 * Card transactions with what was known of the customer and of the terminal when they happened.
 *
 * @module
 */
import {DAY, FRAUD_DELAY_DAYS, historyOf, readCardTransactions, WINDOW_DAYS, type SlidingHistory} from './card-transactions.ts';

/** Names of the features, in the order of a row. */
export const FRAUD_FEATURES: readonly string[] = [
	'amount',
	'hour',
	'isWeekend',
	...WINDOW_DAYS.flatMap(days => [`customerCount${days}`, `customerMeanAmount${days}`]),
	...WINDOW_DAYS.flatMap(days => [`terminalCount${days}`, `terminalFraudShare${days}`]),
];

/** One transaction. */
export interface FraudEvent {
	readonly row: Float64Array;
	readonly label: number;
	readonly time: number;
}

/** Options of {@link readFraudEvents}. */
export interface FraudEventsOptions {
	/** Days from the first transaction on. */
	readonly days: number;
	/** One customer in so many is kept; the history of terminals is that of all. */
	readonly oneIn: number;
}

/**
 * Read transactions in order of time and add their history.
 *
 * Cost: about a microsecond a transaction and window.
 *
 * Source of the features: Le Borgne, Siblini, Lebichot, Bontempi, "Reproducible Machine Learning for Credit Card Fraud Detection", 2022, chapter 3.
 */
export function readFraudEvents(file: string, {days, oneIn}: FraudEventsOptions): FraudEvent[] {
	const [customers, terminals] = [new Map<string, SlidingHistory>(), new Map<string, SlidingHistory>()];
	const events: FraudEvent[] = [];
	let end = Infinity;
	for (const transaction of readCardTransactions(file)) {
		const {time, amount, label} = transaction;
		end = Number.isFinite(end) ? end : time + days * DAY;
		if (time >= end) {
			break;
		}

		const [customer, terminal] = [historyOf(customers, transaction.customer), historyOf(terminals, transaction.terminal)];
		if (Number(transaction.customer) % oneIn === 0) {
			events.push({time, label, row: rowOf(time, amount, customer, terminal)});
		}

		customer.add(time, amount);
		terminal.add(time, label);
	}

	return events;
}

function rowOf(time: number, amount: number, customer: SlidingHistory, terminal: SlidingHistory): Float64Array {
	const row = new Float64Array(FRAUD_FEATURES.length);
	const date = new Date(time);
	row.set([amount, date.getUTCHours(), date.getUTCDay() % 6 === 0 ? 1 : 0]);
	let at = 3;
	for (const [history, until] of [
		[customer, time],
		[terminal, time - FRAUD_DELAY_DAYS * DAY],
	] as const) {
		for (let window = 0; window < WINDOW_DAYS.length; window++) {
			const {count, sum} = history.within(window, until);
			row[at++] = count;
			row[at++] = count === 0 ? 0 : sum / count;
		}
	}

	return row;
}
