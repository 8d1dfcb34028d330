/**
 * The file of card transactions, and what happened to a customer or a terminal over windows of days.
 *
 * @module
 */
import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';

/** A day in milliseconds. */
export const DAY = 86_400_000;

/** Days over which history is added up. */
export const WINDOW_DAYS = [1, 7, 30] as const;

/** A fraud becomes known this long after it. */
export const FRAUD_DELAY_DAYS = 7;

const LINE_FEED = 10;

/** One transaction of the file. */
export interface CardTransaction {
	readonly id: number;
	/** Milliseconds since 1970, as if the file were in UTC. */
	readonly time: number;
	readonly customer: string;
	readonly terminal: string;
	readonly amount: number;
	/** 1 is a fraud. */
	readonly label: number;
}

/**
 * Transactions in order of time.
 *
 * Cost: the file unpacked in memory, and about half a microsecond a row.
 */
export function* readCardTransactions(file: string): Generator<CardTransaction, undefined> {
	const bytes = gunzipSync(readFileSync(file));
	for (let at = bytes.indexOf(LINE_FEED) + 1; at < bytes.length;) {
		const next = bytes.indexOf(LINE_FEED, at);
		const stop = next === -1 ? bytes.length : next;
		const [id, when = '', customer = '', terminal = '', amount, label] = bytes.toString('latin1', at, stop).split(',');
		at = stop + 1;
		const time = Date.parse(`${when.replace(' ', 'T')}Z`);
		yield {id: Number(id), time, customer, terminal, amount: Number(amount), label: Number(label)};
	}
}

/** What happened to one customer or terminal, and sums over sliding windows that end where they are asked to, never earlier than before. */
export class SlidingHistory {
	readonly #times: number[] = [];
	readonly #values: number[] = [];
	readonly #windows = WINDOW_DAYS.map(() => ({start: 0, end: 0, sum: 0}));

	/** Times never go back. */
	add(time: number, value: number): void {
		this.#times.push(time);
		this.#values.push(value);
	}

	/** Count and sum over the days of the window before `until`, that moment included. */
	within(index: number, until: number): {count: number; sum: number} {
		const window = this.#windows[index]!;
		const from = until - WINDOW_DAYS[index]! * DAY;
		for (; window.end < this.#times.length && this.#times[window.end]! <= until; window.end++) {
			window.sum += this.#values[window.end]!;
		}

		for (; window.start < window.end && this.#times[window.start]! <= from; window.start++) {
			window.sum -= this.#values[window.start]!;
		}

		return {count: window.end - window.start, sum: window.sum};
	}
}

/** The history under an id, a new one if there is none. */
export function historyOf(histories: Map<string, SlidingHistory>, id: string): SlidingHistory {
	let history = histories.get(id);
	if (!history) {
		history = new SlidingHistory();
		histories.set(id, history);
	}

	return history;
}
