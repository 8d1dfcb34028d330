/**
 * Labels that came before they are final, in the order in which they will be.
 *
 * @module
 */
import type {Millis, Offset} from '../../core/domain/index.ts';

const FIRST_CAPACITY = 64;

/**
 * A queue by time, then by offset, of those that come in that order, as most do; and a binary heap of the others. Holds each offset once; the caller sees to
 * that, and to the bound.
 *
 * @example
 * const queue = new MaturityQueue();
 * queue.push(30, 1);
 * queue.push(10, 2);
 * queue.pop(20); //=> 2
 * queue.pop(20); //=> undefined
 */
export class MaturityQueue {
	/** In order: side by side, when, and which offset; those before the first have been taken. */
	#orderedTimes: number[] = [];
	#orderedOffsets: number[] = [];
	#first = 0;
	/** The heap: side by side, when, and which offset. */
	#times = new Float64Array(FIRST_CAPACITY);
	#offsets = new Float64Array(FIRST_CAPACITY);
	#count = 0;

	get count(): number {
		return this.#count + this.#orderedTimes.length - this.#first;
	}

	/** Cost: O(1) in order, else O(log n). */
	push(at: Millis, offset: Offset): void {
		const last = this.#orderedTimes.length - 1;
		if (last < this.#first || isBefore(this.#orderedTimes[last]!, this.#orderedOffsets[last]!, at, offset)) {
			this.#orderedTimes.push(at);
			this.#orderedOffsets.push(offset);
			return;
		}

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

	/** Take the first offset whose time is `now` or earlier. Cost: O(1) from those in order, else O(log n). */
	pop(now: Millis): Offset | undefined {
		const isOrdered =
			this.#first < this.#orderedTimes.length &&
			(this.#count === 0 || this.#isAfter(0, this.#orderedTimes[this.#first]!, this.#orderedOffsets[this.#first]!));
		if (isOrdered) {
			return this.#orderedTimes[this.#first]! > now ? undefined : this.#shift();
		}

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
		const ordered = this.#orderedTimes.map((time, index) => [time, this.#orderedOffsets[index]!] as const).slice(this.#first);
		const heaped = Array.from({length: this.#count}, (_, index) => [this.#times[index]!, this.#offsets[index]!] as const);
		const kept = [...ordered, ...heaped].filter(([, offset]) => isHeld(offset)).toSorted(([a, x], [b, y]) => a - b || x - y);
		this.#orderedTimes = kept.map(([time]) => time);
		this.#orderedOffsets = kept.map(([, offset]) => offset);
		this.#first = 0;
		this.#times = new Float64Array(FIRST_CAPACITY);
		this.#offsets = new Float64Array(FIRST_CAPACITY);
		this.#count = 0;
	}

	/** Take the first of those in order. What was taken is let go of when it is half of them. */
	#shift(): Offset {
		const offset = this.#orderedOffsets[this.#first++]!;
		if (this.#first > FIRST_CAPACITY && 2 * this.#first > this.#orderedTimes.length) {
			this.#orderedTimes = this.#orderedTimes.slice(this.#first);
			this.#orderedOffsets = this.#orderedOffsets.slice(this.#first);
			this.#first = 0;
		}

		return offset;
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

function isBefore(at: Millis, offset: Offset, otherAt: Millis, otherOffset: Offset): boolean {
	return at < otherAt || (at === otherAt && offset < otherOffset);
}
