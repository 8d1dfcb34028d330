/**
 * Labels that are known and not final yet, in the order in which they will be.
 *
 * @module
 */
import {bytesOf, PerennialError, type ClassIndex, type Millis, type Offset} from '../core/domain/index.ts';
import {MaturityQueue} from '../monitoring/index.ts';

interface Held {
	readonly at: Millis;
	readonly value: ClassIndex;
}

/** Called for a label that is final. */
export type FinalLabelUse = (event: Offset, value: ClassIndex) => void;

/** Labels held at most; at the bound the next one to be final is given out early, as it stands. */
const HELD_MAX = 1 << 18;
/** Numbers of a label in a snapshot. */
const NUMBERS = 3;

/**
 * Holds a label until it is final, so that outcomes which are known sooner, such as bad ones, do not speak before the others have been heard: a learner
 * that takes them as they come learns that all is bad.
 *
 * Cost: O(log n) a label, n labels held; 24 bytes each in a snapshot.
 *
 * @example
 * const labels = new MaturingLabels();
 * labels.hold(1, 100, 0);
 * labels.hold(2, 50, 1);
 * const seen = [];
 * labels.release(60, (event, value) => seen.push([event, value]));
 * seen; //=> [[2, 1]]
 */
export class MaturingLabels {
	readonly #queue = new MaturityQueue();
	readonly #held = new Map<Offset, Held>();
	readonly #heldMax: number;

	constructor({heldMax = HELD_MAX}: {readonly heldMax?: number} = {}) {
		this.#heldMax = heldMax;
	}

	/** True if the label of this event waits here. */
	has(event: Offset): boolean {
		return this.#held.has(event);
	}

	/** Hold a label until `at`. One that is held already is corrected. */
	hold(event: Offset, at: Millis, value: ClassIndex): void {
		if (!this.#held.has(event)) {
			this.#queue.push(at, event);
		}

		this.#held.set(event, {at, value});
	}

	/** Forget a label that was withdrawn. */
	drop(event: Offset): void {
		if (this.#held.delete(event)) {
			this.#queue.keep(offset => this.#held.has(offset));
		}
	}

	/** Give out what is final, in the order of becoming so. */
	release(now: Millis, use: FinalLabelUse): void {
		for (;;) {
			const event = this.#queue.pop(this.#held.size > this.#heldMax ? Infinity : now);
			if (event === undefined) {
				return;
			}

			const {value} = this.#held.get(event)!;
			this.#held.delete(event);
			use(event, value);
		}
	}

	/** All state. */
	snapshot(): Uint8Array {
		const entries = [...this.#held].toSorted(([a], [b]) => a - b);
		return bytesOf(Float64Array.from(entries.flatMap(([event, {at, value}]) => [event, at, value])));
	}

	/** Inverse of {@link snapshot}. @throws PerennialError - CHECKPOINT_CORRUPT. */
	static restore(bytes: Uint8Array): MaturingLabels {
		if (bytes.byteLength % (NUMBERS * 8) !== 0) {
			throw new PerennialError('CHECKPOINT_CORRUPT', 'These bytes are no snapshot of labels that wait.');
		}

		const numbers = new Float64Array(new Uint8Array(bytes).buffer);
		const labels = new MaturingLabels();
		for (let index = 0; index < numbers.length; index += NUMBERS) {
			labels.hold(numbers[index]!, numbers[index + 1]!, numbers[index + 2]!);
		}

		return labels;
	}
}
