/**
 * Labels that came before they are final, in the order in which they will be.
 *
 * @module
 */
import type {Millis, Offset} from '../../core/domain/index.ts';

const FIRST_CAPACITY = 64;

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
	/** Side by side: when, and which offset. */
	#times = new Float64Array(FIRST_CAPACITY);
	#offsets = new Float64Array(FIRST_CAPACITY);
	#count = 0;

	get count(): number {
		return this.#count;
	}

	/** Cost: O(log n). */
	push(at: Millis, offset: Offset): void {
		if (this.#count === this.#times.length) {
			this.#resize(Math.ceil(1.5 * this.#count));
		}

		let index = this.#count++;
		while (index > 0) {
			const parent = (index - 1) >>> 1;
			if (!this.#isAfter(parent, at, offset)) {
				break;
			}

			this.#move(parent, index);
			index = parent;
		}

		this.#put(index, at, offset);
	}

	/** Take the first offset whose time is `now` or earlier. Cost: O(log n). */
	pop(now: Millis): Offset | undefined {
		if (this.#count === 0 || this.#times[0]! > now) {
			return undefined;
		}

		const first = this.#offsets[0]!;
		this.#count--;
		this.#sink(this.#times[this.#count]!, this.#offsets[this.#count]!);
		return first;
	}

	/** Forget every offset that `isHeld` does not know. Cost: O(n log n). */
	keep(isHeld: (offset: Offset) => boolean): void {
		const [times, offsets] = [this.#times, this.#offsets];
		// A sorted list is a heap.
		const kept = Array.from({length: this.#count}, (_, index) => index)
			.filter(index => isHeld(offsets[index]!))
			.toSorted((a, b) => times[a]! - times[b]! || offsets[a]! - offsets[b]!);
		const capacity = Math.max(FIRST_CAPACITY, kept.length);
		this.#times = new Float64Array(capacity);
		this.#offsets = new Float64Array(capacity);
		this.#count = kept.length;
		for (const [place, index] of kept.entries()) {
			this.#put(place, times[index]!, offsets[index]!);
		}
	}

	/** Put an entry where the first was, and let it sink. */
	#sink(at: Millis, offset: Offset): void {
		let index = 0;
		for (;;) {
			const left = 2 * index + 1;
			const right = left + 1;
			const child = right < this.#count && this.#isAfter(left, this.#times[right]!, this.#offsets[right]!) ? right : left;
			if (child >= this.#count || this.#isAfter(child, at, offset)) {
				break;
			}

			this.#move(child, index);
			index = child;
		}

		this.#put(index, at, offset);
	}

	/** True if the entry at an index comes after the one given. */
	#isAfter(index: number, at: Millis, offset: Offset): boolean {
		const time = this.#times[index]!;
		return time > at || (time === at && this.#offsets[index]! > offset);
	}

	#move(from: number, to: number): void {
		this.#put(to, this.#times[from]!, this.#offsets[from]!);
	}

	#put(index: number, at: Millis, offset: Offset): void {
		this.#times[index] = at;
		this.#offsets[index] = offset;
	}

	#resize(capacity: number): void {
		const [times, offsets] = [this.#times, this.#offsets];
		this.#times = new Float64Array(capacity);
		this.#offsets = new Float64Array(capacity);
		this.#times.set(times);
		this.#offsets.set(offsets);
	}
}
