/**
 * What waits for its label, by when the label will be there.
 *
 * @module
 */

/** What can wait. */
export interface Due {
	/** When it leaves. */
	readonly dueAt: number;
	/** Breaks ties of `dueAt`: who came first leaves first. */
	readonly index: number;
}

/**
 * A binary heap by `dueAt` of at most `waitingMax`; at the bound {@link push} takes nothing and says so.
 *
 * Cost: O(log waiting) a call; O(1) to push what is due after all others.
 *
 * @example
 * const queue = new DueQueue(2);
 * [{dueAt: 9, index: 0}, {dueAt: 4, index: 1}, {dueAt: 5, index: 2}].map(due => queue.push(due)); //=> [true, true, false]
 * [queue.popUntil(8)?.index, queue.popUntil(8)?.index]; //=> [1, undefined]
 */
export class DueQueue<Item extends Due> {
	readonly #heap: Item[] = [];
	readonly #waitingMax: number;

	constructor(waitingMax: number) {
		this.#waitingMax = waitingMax;
	}

	get size(): number {
		return this.#heap.length;
	}

	/** False if the queue is full. */
	push(item: Item): boolean {
		const heap = this.#heap;
		if (heap.length >= this.#waitingMax) {
			return false;
		}

		let at = heap.push(item) - 1;
		while (at > 0) {
			const parent = (at - 1) >> 1;
			if (!isBefore(item, heap[parent]!)) {
				break;
			}

			heap[at] = heap[parent]!;
			at = parent;
		}

		heap[at] = item;
		return true;
	}

	/** The next that is due at `time` or before. */
	popUntil(time: number): Item | undefined {
		const first = this.#heap[0];
		if (first === undefined || first.dueAt > time) {
			return undefined;
		}

		const last = this.#heap.pop()!;
		if (this.#heap.length > 0) {
			this.#sinkFromTop(last);
		}

		return first;
	}

	#sinkFromTop(item: Item): void {
		const heap = this.#heap;
		let at = 0;
		for (;;) {
			const left = 2 * at + 1;
			const child = left + 1 < heap.length && isBefore(heap[left + 1]!, heap[left]!) ? left + 1 : left;
			if (child >= heap.length || !isBefore(heap[child]!, item)) {
				break;
			}

			heap[at] = heap[child]!;
			at = child;
		}

		heap[at] = item;
	}
}

function isBefore(a: Due, b: Due): boolean {
	return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.index < b.index);
}
