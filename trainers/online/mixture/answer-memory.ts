/**
 * What was said about rows whose labels are still to come.
 *
 * @module
 */
import {PerennialError} from '../../../core/domain/index.ts';

/** Rows kept at most; at the bound see {@link AnswerMemory}. */
const KEPT_MAX = 4096;
/** Numbers of a snapshot before the rows; those of a row before its answers: its id, labels learnt and rows offered by then, whether its label has come. */
const FACTS = 5;
const HEAD = 4;
const ID = 0;
const ASKED_AT = 1;
const USED = 2;
const OFFERED_AT = 3;

/**
 * Answers by row, kept until the label comes, so that models are judged by what they said when they were asked.
 *
 * Bounded: when it is full, rows whose label has come are forgotten, and those that have waited longer than any of these did of late. If more than half
 * is left, every second row is forgotten, and from then on only every second new row is kept, every fourth and so on; if less than an eighth is left,
 * more are again. Depends on nothing but the order of calls.
 *
 * @remarks
 * Shape: rows of `width` numbers, by ids that rise.
 * Cost: O(log rows) to find, O(1) on average to keep; `rowsMax * (width + 4)` numbers, taken when the first row is kept.
 * @example
 * const memory = new AnswerMemory({width: 1});
 * const place = memory.keep(7, 0);
 * memory.answers[place] = 0.25;
 * memory.answers[memory.take(7)]; //=> 0.25
 * [memory.take(7), memory.take(8)]; //=> [-1, -1]
 */
export class AnswerMemory {
	readonly #width: number;
	readonly #rowsMax: number;
	#numbers = new Float64Array(0);
	/** Rows held; one in so many is kept; rows offered; the newest id; how many rows were offered while a label was under way, at most of late. */
	readonly #facts = Float64Array.of(0, 1, 0, -1, 0);

	constructor({width, rowsMax = KEPT_MAX}: {readonly width: number; readonly rowsMax?: number}) {
		this.#width = HEAD + width;
		this.#rowsMax = rowsMax;
	}

	/** All numbers; {@link keep} and {@link take} say from which place on those of a row stand. */
	get answers(): Float64Array {
		return this.#numbers;
	}

	/** One new row in so many is kept. */
	get stride(): number {
		return this.#facts[1]!;
	}

	/** The place to write the answers about a row to; -1 if this row is not kept. `askedAt`: labels learnt until now. */
	keep(id: number, askedAt: number): number {
		const facts = this.#facts;
		if (!(id > facts[3]!)) {
			return -1;
		}

		facts[3] = id;
		const offered = facts[2]!;
		facts[2] = offered + 1;
		if (offered % facts[1]! !== 0) {
			return -1;
		}

		if (this.#numbers.length === 0) {
			this.#numbers = new Float64Array(this.#rowsMax * this.#width);
		}

		if (facts[0] === this.#rowsMax) {
			this.#makeRoom();
		}

		const at = facts[0]! * this.#width;
		facts[0]!++;
		this.#numbers[at + ID] = id;
		this.#numbers[at + ASKED_AT] = askedAt;
		this.#numbers[at + USED] = 0;
		this.#numbers[at + OFFERED_AT] = offered;
		return at + HEAD;
	}

	/** The place of the answers about a row, once; -1 if they are not kept. Valid until the next {@link keep}. */
	take(id: number): number {
		const numbers = this.#numbers;
		let from = 0;
		let to = this.#facts[0]!;
		while (from < to) {
			const middle = (from + to) >> 1;
			if (numbers[middle * this.#width + ID]! < id) {
				from = middle + 1;
			} else {
				to = middle;
			}
		}

		const facts = this.#facts;
		const at = from * this.#width;
		if (from === facts[0] || numbers[at + ID] !== id || numbers[at + USED] === 1) {
			if (from === 0 && id >= 0 && facts[2]! > 0) {
				// Asked about before all that is still there: labels take longer than was thought.
				facts[4] = Math.max(facts[4]!, 2 * (facts[0]! > 0 ? facts[2]! - numbers[OFFERED_AT]! : 1));
			}

			return -1;
		}

		numbers[at + USED] = 1;
		facts[4] = Math.max(facts[4]!, facts[2]! - numbers[at + OFFERED_AT]!);
		return at + HEAD;
	}

	/** When the row whose answers stand at a place was asked about. */
	askedAt(place: number): number {
		return this.#numbers[place - HEAD + ASKED_AT]!;
	}

	/** All state. */
	snapshot(): Float64Array {
		const count = this.#facts[0]! * this.#width;
		const copy = new Float64Array(FACTS + count);
		copy.set(this.#facts);
		copy.set(this.#numbers.subarray(0, count), FACTS);
		return copy;
	}

	/** Inverse of {@link snapshot}. @throws PerennialError - CHECKPOINT_CORRUPT. */
	restore(snapshot: Float64Array): void {
		const count = snapshot[0]!;
		if (!(count >= 0 && count <= this.#rowsMax && snapshot.length === FACTS + count * this.#width)) {
			throw new PerennialError('CHECKPOINT_CORRUPT', 'These bytes are no snapshot of answers that wait for their labels.');
		}

		this.#facts.set(snapshot.subarray(0, FACTS));
		this.#numbers = new Float64Array(snapshot[2]! > 0 ? this.#rowsMax * this.#width : 0);
		this.#numbers.set(snapshot.subarray(FACTS));
	}

	#makeRoom(): void {
		const facts = this.#facts;
		this.#forget(facts[4]! > 0 ? facts[2]! - facts[4]! : 0);
		facts[4]! /= 2;
		if (facts[0]! > this.#rowsMax / 2) {
			facts[1]! *= 2;
			this.#thin();
		}

		for (let left = facts[0]!; facts[1]! > 1 && left < this.#rowsMax / 8; left *= 2) {
			facts[1]! /= 2;
		}
	}

	/** Forget rows whose label has come, and those offered before a row. */
	#forget(before: number): void {
		let to = 0;
		for (let row = 0; row < this.#facts[0]!; row++) {
			const at = row * this.#width;
			if (this.#numbers[at + USED] === 0 && this.#numbers[at + OFFERED_AT]! >= before) {
				this.#numbers.copyWithin(to * this.#width, at, at + this.#width);
				to++;
			}
		}

		this.#facts[0] = to;
	}

	/** Forget every second row. */
	#thin(): void {
		const kept = Math.ceil(this.#facts[0]! / 2);
		for (let row = 1; row < kept; row++) {
			this.#numbers.copyWithin(row * this.#width, 2 * row * this.#width, (2 * row + 1) * this.#width);
		}

		this.#facts[0] = kept;
	}
}
