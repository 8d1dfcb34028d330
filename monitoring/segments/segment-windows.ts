/**
 * Counts by window of event time, feature and value.
 *
 * @module
 */
import {bytesOf, type Millis} from '../../core/domain/index.ts';
import {corruptState} from '../state-bytes.ts';
import {CELL_SIZE} from './segment-cell.ts';

/** Values of a feature with a cell of their own, in the order in which they came; all others share one. */
export const VALUES_MAX = 20;
/** Cells of one feature. */
export const CELLS = VALUES_MAX + 1;

/** The cells of one window. */
export interface SegmentCells {
	readonly start: Millis;
	readonly numbers: Float64Array;
	/** Counted since it was last taken. */
	isChanged: boolean;
	/** Gaps that need no labels, and those that do, have been judged. */
	isJudgedEarly: boolean;
	isJudged: boolean;
}

/** Which cell of a feature a value has: codes of the dictionary, 0 and 1, NaN for what is missing. */
export class SegmentSlots {
	readonly codes: number[] = [];
	readonly #slots = new Map<number, number>();

	constructor(codes: readonly number[] = []) {
		for (const code of codes) {
			this.slotOf(code);
		}
	}

	/** The slot of a code, which is given one if any is left; else that of all others. */
	slotOf(code: number): number {
		const known = this.#slots.get(code);
		if (known !== undefined) {
			return known;
		}

		if (this.codes.length === VALUES_MAX) {
			return VALUES_MAX;
		}

		this.codes.push(code);
		this.#slots.set(code, this.codes.length - 1);
		return this.codes.length - 1;
	}
}

/** Cells of a new window. */
export function emptyCells(start: Millis, features: number): SegmentCells {
	return {start, numbers: new Float64Array(features * CELLS * CELL_SIZE), isChanged: false, isJudgedEarly: false, isJudged: false};
}

/** The cell of a feature's slot: a view, not a copy. */
export function cellOf({numbers}: SegmentCells, feature: number, slot: number): Float64Array {
	const at = (feature * CELLS + slot) * CELL_SIZE;
	return numbers.subarray(at, at + CELL_SIZE);
}

/** Numbers of a window out of a snapshot. @throws PerennialError - CHECKPOINT_CORRUPT if they are not as many as its features ask for. */
export function checkedNumbers(array: unknown, features: number): Float64Array {
	if (!(array instanceof Float64Array) || array.length !== features * CELLS * CELL_SIZE) {
		throw corruptState('the cells of its segments are not as many as its features');
	}

	return new Float64Array(bytesOf(array).slice().buffer);
}
