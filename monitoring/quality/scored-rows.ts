/**
 * The rows whose answers wait for their labels: one block of columns, a place for each row, a bound on their number.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {Millis, Offset} from '../../core/domain/index.ts';
import {NOT_KNOWN} from './label-development.ts';
import {SlotTable} from './slot-table.ts';

/** Place of a row in {@link ScoredRows}; another row may have it later. */
export type Slot = number;

/** Label of a row that has none. */
export const UNLABELLED = -1;

/** Whether a row's label has gone into the series of matured labels. */
export const LABEL_STATE = {waiting: 0, queued: 1, counted: 2} as const;

/** All columns of some rows, in an order the caller chose. */
export interface RowColumns {
	readonly offsets: Float64Array;
	readonly times: Float64Array;
	readonly labels: Int8Array;
	readonly tiers: Int8Array;
	readonly states: Int8Array;
	/** Steps of age in which the labels came, NOT_KNOWN without one. */
	readonly steps: Int8Array;
	/** Row-major. */
	readonly scores: Float64Array;
}

const FIRST_CAPACITY = 256;

/**
 * Rows by offset, in typed columns that grow by half as needed.
 *
 * Memory: 20 bytes and 8 a score for each row, and 8 to 16 for finding it by its offset. At `rowsMax` rows {@link ScoredRows.isFull}
 * is true, and adding one is a bug of the caller.
 */
export class ScoredRows {
	readonly #rowsMax: number;
	readonly #width: number;
	readonly #slots = new SlotTable(slot => this.#offsets[slot]!);
	readonly #free: Slot[] = [];
	#used = 0;
	#offsets: Float64Array = new Float64Array(0);
	#times: Float64Array = new Float64Array(0);
	#labels: Int8Array = new Int8Array(0);
	#tiers: Int8Array = new Int8Array(0);
	#states: Int8Array = new Int8Array(0);
	#steps: Int8Array = new Int8Array(0);
	#scores: Float64Array = new Float64Array(0);

	/** @param width - Scores of a row. */
	constructor(rowsMax: number, width: number) {
		this.#rowsMax = rowsMax;
		this.#width = width;
	}

	get count(): number {
		return this.#slots.count;
	}

	get isFull(): boolean {
		return this.#slots.count >= this.#rowsMax;
	}

	/** The row of an event; undefined if it is not held. */
	find(offset: Offset): Slot | undefined {
		return this.#slots.find(offset);
	}

	/** Hold a row without a label. Copies `scores`. */
	add(offset: Offset, time: Millis, tier: number, scores: Float64Array): Slot {
		assert(!this.isFull && scores.length === this.#width, 'room for a row');
		const slot = this.#free.pop() ?? this.#used++;
		if (slot >= this.#offsets.length) {
			this.#grow();
		}

		this.#offsets[slot] = offset;
		this.#slots.add(slot);
		this.#times[slot] = time;
		this.#labels[slot] = UNLABELLED;
		this.#tiers[slot] = tier;
		this.#states[slot] = LABEL_STATE.waiting;
		this.#steps[slot] = NOT_KNOWN;
		for (let index = 0, start = slot * this.#width; index < this.#width; index++) {
			this.#scores[start + index] = scores[index]!;
		}

		return slot;
	}

	remove(slot: Slot): void {
		this.#slots.remove(this.#offsets[slot]!);
		this.#free.push(slot);
	}

	offsetOf(slot: Slot): Offset {
		return this.#offsets[slot]!;
	}

	timeOf(slot: Slot): Millis {
		return this.#times[slot]!;
	}

	/** Class index, or {@link UNLABELLED}. */
	labelOf(slot: Slot): number {
		return this.#labels[slot]!;
	}

	setLabel(slot: Slot, label: number): void {
		this.#labels[slot] = label;
	}

	/** Step of age in which the first label came, or NOT_KNOWN. */
	stepOf(slot: Slot): number {
		return this.#steps[slot]!;
	}

	setStep(slot: Slot, step: number): void {
		this.#steps[slot] = step;
	}

	/** Index of the tier that answered. */
	tierOf(slot: Slot): number {
		return this.#tiers[slot]!;
	}

	/** One of {@link LABEL_STATE}. */
	stateOf(slot: Slot): number {
		return this.#states[slot]!;
	}

	setState(slot: Slot, state: number): void {
		this.#states[slot] = state;
	}

	/** One of a row's scores. */
	scoreOf(slot: Slot, index: number): number {
		return this.#scores[slot * this.#width + index]!;
	}

	/** Copy a row's scores. */
	copyScores(slot: Slot, into: Float64Array): void {
		const start = slot * this.#width;
		for (let index = 0; index < this.#width; index++) {
			into[index] = this.#scores[start + index]!;
		}
	}

	/** A view of a row's scores, valid until the next {@link ScoredRows.add}. */
	scoresOf(slot: Slot): Float64Array {
		return this.#scores.subarray(slot * this.#width, (slot + 1) * this.#width);
	}

	/** Copies of all columns, in the order of `slots`. */
	columns(slots: readonly Slot[]): RowColumns {
		const scores = new Float64Array(slots.length * this.#width);
		for (const [row, slot] of slots.entries()) {
			scores.set(this.scoresOf(slot), row * this.#width);
		}

		return {
			offsets: Float64Array.from(slots, slot => this.#offsets[slot]!),
			times: Float64Array.from(slots, slot => this.#times[slot]!),
			labels: Int8Array.from(slots, slot => this.#labels[slot]!),
			tiers: Int8Array.from(slots, slot => this.#tiers[slot]!),
			states: Int8Array.from(slots, slot => this.#states[slot]!),
			steps: Int8Array.from(slots, slot => this.#steps[slot]!),
			scores,
		};
	}

	/** Hold the rows that {@link ScoredRows.columns} gave. @returns Their slots, in order. */
	load({offsets, times, labels, tiers, states, steps, scores}: RowColumns): Slot[] {
		return Array.from(offsets, (offset, row) => {
			const slot = this.add(offset, times[row]!, tiers[row]!, scores.subarray(row * this.#width, (row + 1) * this.#width));
			this.#labels[slot] = labels[row]!;
			this.#states[slot] = states[row]!;
			this.#steps[slot] = steps[row]!;
			return slot;
		});
	}

	#grow(): void {
		const capacity = Math.min(this.#rowsMax, Math.max(FIRST_CAPACITY, Math.ceil(1.5 * this.#offsets.length)));
		this.#offsets = copyInto(new Float64Array(capacity), this.#offsets);
		this.#times = copyInto(new Float64Array(capacity), this.#times);
		this.#scores = copyInto(new Float64Array(capacity * this.#width), this.#scores);
		this.#labels = copyInto(new Int8Array(capacity), this.#labels);
		this.#tiers = copyInto(new Int8Array(capacity), this.#tiers);
		this.#states = copyInto(new Int8Array(capacity), this.#states);
		this.#steps = copyInto(new Int8Array(capacity), this.#steps);
	}
}

function copyInto<Column extends Float64Array | Int8Array>(grown: Column, old: Column): Column {
	grown.set(old);
	return grown;
}
