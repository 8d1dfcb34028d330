/**
 * Labels that came before they are final, in the order in which they will be.
 *
 * @module
 */
import type {Millis, Offset} from '../../core/domain/index.ts';

interface Entry {
	readonly at: Millis;
	readonly offset: Offset;
}

/**
 * A binary heap by time, then by offset. Holds each offset once; the caller sees to that, and to the bound.
 *
 * @example
 * const queue = new MaturityQueue();
 * queue.push(30, 1);
 * queue.push(10, 2);
 * queue.pop(20); //=> 2
 * queue.pop(20); //=> undefined
 */
export class MaturityQueue {
	#heap: Entry[] = [];

	get count(): number {
		return this.#heap.length;
	}

	/** Cost: O(log n). */
	push(at: Millis, offset: Offset): void {
		const entry = {at, offset};
		let index = this.#heap.push(entry) - 1;
		while (index > 0) {
			const parent = (index - 1) >>> 1;
			if (!isBefore(entry, this.#heap[parent]!)) {
				break;
			}

			this.#heap[index] = this.#heap[parent]!;
			index = parent;
		}

		this.#heap[index] = entry;
	}

	/** Take the first offset whose time is `now` or earlier. Cost: O(log n). */
	pop(now: Millis): Offset | undefined {
		const first = this.#heap[0];
		if (!first || first.at > now) {
			return undefined;
		}

		const last = this.#heap.pop()!;
		if (this.#heap.length > 0) {
			this.#sink(last);
		}

		return first.offset;
	}

	/** Forget every offset that `isHeld` does not know. Cost: O(n log n). */
	keep(isHeld: (offset: Offset) => boolean): void {
		// A sorted list is a heap.
		this.#heap = this.#heap.filter(({offset}) => isHeld(offset)).toSorted((a, b) => a.at - b.at || a.offset - b.offset);
	}

	/** Put `entry` where the first was, and let it sink. */
	#sink(entry: Entry): void {
		const heap = this.#heap;
		let index = 0;
		for (;;) {
			const left = 2 * index + 1;
			const right = left + 1;
			const child = right < heap.length && isBefore(heap[right]!, heap[left]!) ? right : left;
			if (child >= heap.length || !isBefore(heap[child]!, entry)) {
				break;
			}

			heap[index] = heap[child]!;
			index = child;
		}

		heap[index] = entry;
	}
}

function isBefore(a: Entry, b: Entry): boolean {
	return a.at < b.at || (a.at === b.at && a.offset < b.offset);
}
