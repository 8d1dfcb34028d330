/**
 * Labels that are not known yet, by the time at which they will be.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';

/** A label with its time. */
export interface DueLabel {
	readonly id: string;
	readonly value: string;
	readonly observedAt: Millis;
}

/**
 * A binary heap by `observedAt`; ties leave in the order in which they came. Bounded by the file that is replayed: a label a row.
 *
 * @example
 * const queue = new LabelQueue();
 * queue.push({id: 'late', value: '1', observedAt: 9});
 * queue.push({id: 'soon', value: '0', observedAt: 4});
 * queue.takeUntil(5, 10).map(({id}) => id); //=> ['soon']
 * queue.nextAt; //=> 9
 */
export class LabelQueue {
	readonly #heap: {readonly label: DueLabel; readonly order: number}[] = [];
	#count = 0;

	/** Labels in the queue. */
	get size(): number {
		return this.#heap.length;
	}

	/** When the next label becomes known; undefined if none is left. */
	get nextAt(): Millis | undefined {
		return this.#heap[0]?.label.observedAt;
	}

	push(label: DueLabel): void {
		const heap = this.#heap;
		let at = heap.push({label, order: this.#count++}) - 1;
		for (let parent = (at - 1) >> 1; at > 0 && this.#isBefore(at, parent); parent = (at - 1) >> 1) {
			[heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
			at = parent;
		}
	}

	/** Up to `limit` labels known by `time`, in order of time. */
	takeUntil(time: Millis, limit: number): DueLabel[] {
		const taken: DueLabel[] = [];
		for (let next = this.nextAt; next !== undefined && next <= time && taken.length < limit; next = this.nextAt) {
			taken.push(this.#pop());
		}

		return taken;
	}

	#pop(): DueLabel {
		const heap = this.#heap;
		const {label} = heap[0]!;
		const last = heap.pop()!;
		if (heap.length > 0) {
			heap[0] = last;
			for (let at = 0; ;) {
				const left = 2 * at + 1;
				const child = left + 1 < heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
				if (child >= heap.length || !this.#isBefore(child, at)) {
					break;
				}

				[heap[at], heap[child]] = [heap[child]!, heap[at]!];
				at = child;
			}
		}

		return label;
	}

	#isBefore(a: number, b: number): boolean {
		const [first, second] = [this.#heap[a]!, this.#heap[b]!];
		return (
			first.label.observedAt < second.label.observedAt ||
			(first.label.observedAt === second.label.observedAt && first.order < second.order)
		);
	}
}
