/**
 * Puts rows that come nearly in order of time into that order, with a bounded buffer.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';

/** What can be put in order. */
export interface Timed {
	readonly time: Millis;
	/** Breaks ties of time; grows with each row. */
	readonly line: number;
}

/**
 * A binary heap of at most `rowsMax` rows, ordered by time, then by line.
 *
 * At the bound each push gives back the oldest row. A row then comes out of order only if it lay more than `rowsMax` rows too late; whether
 * that happened is for the caller to see.
 *
 * Cost: O(log rowsMax) a row; O(1) to push a row that comes in order.
 *
 * @example
 * const buffer = new ReorderBuffer(2);
 * const out = [3, 1, 2, 4].map((time, line) => buffer.push({time, line})?.time);
 * [...out, ...[...buffer.drain()].map(row => row.time)]; //=> [undefined, undefined, 1, 2, 3, 4]
 */
export class ReorderBuffer<Row extends Timed> {
	readonly #rowsMax: number;
	readonly #heap: Row[] = [];

	constructor(rowsMax: number) {
		this.#rowsMax = rowsMax;
	}

	/** Take a row; the oldest one comes back once the buffer is full. */
	push(row: Row): Row | undefined {
		const heap = this.#heap;
		let at = heap.push(row) - 1;
		while (at > 0) {
			const parent = (at - 1) >> 1;
			if (!isBefore(row, heap[parent]!)) {
				break;
			}

			heap[at] = heap[parent]!;
			at = parent;
		}

		heap[at] = row;
		return heap.length > this.#rowsMax ? this.#pop() : undefined;
	}

	/** The rows that are left, in order. */
	*drain(): Generator<Row, undefined> {
		while (this.#heap.length > 0) {
			yield this.#pop()!;
		}
	}

	#pop(): Row | undefined {
		const heap = this.#heap;
		const oldest = heap[0];
		const last = heap.pop();
		if (last === undefined || heap.length === 0) {
			return oldest;
		}

		let at = 0;
		for (;;) {
			const left = 2 * at + 1;
			const child = left + 1 < heap.length && isBefore(heap[left + 1]!, heap[left]!) ? left + 1 : left;
			if (child >= heap.length || !isBefore(heap[child]!, last)) {
				break;
			}

			heap[at] = heap[child]!;
			at = child;
		}

		heap[at] = last;
		return oldest;
	}
}

function isBefore(a: Timed, b: Timed): boolean {
	return a.time < b.time || (a.time === b.time && a.line < b.line);
}
