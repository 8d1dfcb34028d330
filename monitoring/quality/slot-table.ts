/**
 * Finds the place of a row by its offset, in a tenth of the memory of a map.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {Offset} from '../../core/domain/index.ts';

const FIRST_CAPACITY = 512;
/** Cells for each row held, at least; more than half full, probes grow long. */
const CELLS_A_ROW = 2;
const EMPTY = -1;

/**
 * A hash table with open addressing. It holds slots alone: which offset stands in a slot is asked of whoever holds the rows.
 *
 * Cost: O(1) a call on average; 8 to 16 bytes a row. Source: D. Knuth, "The Art of Computer Programming", volume 3, 6.4, algorithms L and R.
 *
 * @example
 * const offsets = [700, 900];
 * const table = new SlotTable(slot => offsets[slot]);
 * table.add(0); table.add(1);
 * [table.find(900), table.find(5), table.count]; //=> [1, undefined, 2]
 */
export class SlotTable {
	readonly #offsetOf: (slot: number) => Offset;
	#cells: Int32Array = new Int32Array(FIRST_CAPACITY).fill(EMPTY);
	#count = 0;

	constructor(offsetOf: (slot: number) => Offset) {
		this.#offsetOf = offsetOf;
	}

	get count(): number {
		return this.#count;
	}

	find(offset: Offset): number | undefined {
		const slot = this.#cells[this.#cellOf(offset)]!;
		return slot === EMPTY ? undefined : slot;
	}

	/** Hold a slot whose offset is not held yet. */
	add(slot: number): void {
		this.#count++;
		if (this.#count * CELLS_A_ROW > this.#cells.length) {
			this.#grow();
		}

		const cell = this.#cellOf(this.#offsetOf(slot));
		assert(this.#cells[cell] === EMPTY, 'a new offset');
		this.#cells[cell] = slot;
	}

	/** Let go of the slot of an offset, if it is held; whatever stood behind it moves up. */
	remove(offset: Offset): void {
		const cells = this.#cells;
		const mask = cells.length - 1;
		let gap = this.#cellOf(offset);
		if (cells[gap] === EMPTY) {
			return;
		}

		this.#count--;
		for (let cell = (gap + 1) & mask; cells[cell] !== EMPTY; cell = (cell + 1) & mask) {
			const home = hashOf(this.#offsetOf(cells[cell]!)) & mask;
			// Its home lies at the gap or before it, round the end: it can stand in the gap.
			if (((cell - home) & mask) >= ((cell - gap) & mask)) {
				cells[gap] = cells[cell]!;
				gap = cell;
			}
		}

		cells[gap] = EMPTY;
	}

	/** The cell that has an offset, or the empty one in which it would stand. */
	#cellOf(offset: Offset): number {
		const cells = this.#cells;
		const mask = cells.length - 1;
		let cell = hashOf(offset) & mask;
		while (cells[cell] !== EMPTY && this.#offsetOf(cells[cell]!) !== offset) {
			cell = (cell + 1) & mask;
		}

		return cell;
	}

	#grow(): void {
		const old = this.#cells;
		this.#cells = new Int32Array(2 * old.length).fill(EMPTY);
		for (const slot of old) {
			if (slot !== EMPTY) {
				this.#cells[this.#cellOf(this.#offsetOf(slot))] = slot;
			}
		}
	}
}

function hashOf(offset: Offset): number {
	const mixed = Math.imul((offset | 0) ^ Math.floor(offset / 2 ** 32), 0x9e37_79b1);
	return mixed ^ (mixed >>> 15);
}
