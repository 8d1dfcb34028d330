/**
 * The best way to split a leaf: information gain of Gaussian thresholds and of one category against the rest.
 *
 * @module
 */
import {errorFunctionInPlace} from '../../../core/numerics/index.ts';
import {GAUSSIAN_WIDTH, type TreeLayout} from './tree-layout.ts';

/** Thresholds tried in a numeric column, evenly between its least and greatest value. */
const THRESHOLDS = 10;
/** Least share of the weight that either side of a split must have. */
const SIDE_SHARE_MIN = 0.01;

/** Searches the columns of one leaf; keeps the best split and the merit of the next best column. Allocates at its making only. */
export class SplitSearch {
	readonly #layout: TreeLayout;
	/** Classes left of the best split, and right of it. */
	readonly left: Float64Array;
	readonly right: Float64Array;
	readonly #left: Float64Array;
	readonly #right: Float64Array;
	/** -1 if no column can be split. */
	column = -1;
	threshold = 0;
	merit = -Infinity;
	/** Merit of the best split of any other column; -Infinity if there is none. */
	secondMerit = -Infinity;
	#columnMerit = -Infinity;
	#columnThreshold = 0;
	/** Threshold or slot that is tried, in an array: as an argument it would be put on the heap, ten times a column. */
	readonly #tried = new Float64Array(1);
	readonly #below = new Float64Array(1);

	constructor(layout: TreeLayout) {
		this.#layout = layout;
		this.left = new Float64Array(layout.classCount);
		this.right = new Float64Array(layout.classCount);
		this.#left = new Float64Array(layout.classCount);
		this.#right = new Float64Array(layout.classCount);
	}

	/** Forget the last leaf. */
	begin(): void {
		this.column = -1;
		this.merit = -Infinity;
		this.secondMerit = -Infinity;
	}

	/** Try all splits of a column of the leaf at `base`. */
	tryColumn(stats: Float64Array, base: number, column: number): void {
		const start = base + this.#layout.offsets[column]!;
		this.#columnMerit = -Infinity;
		if (this.#layout.slots[column] === 0) {
			this.#tryThresholds(stats, start);
		} else {
			this.#trySlots(stats, start, this.#layout.slots[column]!);
		}

		if (this.#columnMerit > this.merit) {
			this.secondMerit = this.merit;
			this.merit = this.#columnMerit;
			this.column = column;
			this.threshold = this.#columnThreshold;
			this.#tried[0] = this.threshold;
			if (this.#layout.slots[column] === 0) {
				this.#placeThreshold(stats, start);
			} else {
				this.#placeSlot(stats, start);
			}

			this.left.set(this.#left);
			this.right.set(this.#right);
		} else if (this.#columnMerit > this.secondMerit) {
			this.secondMerit = this.#columnMerit;
		}
	}

	#tryThresholds(stats: Float64Array, start: number): void {
		let least = Infinity;
		let greatest = -Infinity;
		for (let label = 0, at = start; label < this.#layout.classCount; label++, at += GAUSSIAN_WIDTH) {
			if (stats[at]! > 0) {
				least = Math.min(least, stats[at + 3]!);
				greatest = Math.max(greatest, stats[at + 4]!);
			}
		}

		const step = (greatest - least) / (THRESHOLDS + 1);
		for (let index = 1; index <= THRESHOLDS; index++) {
			const threshold = least + step * index;
			if (threshold > least && threshold < greatest) {
				this.#tried[0] = threshold;
				this.#placeThreshold(stats, start);
				this.#keepIfBetter();
			}
		}
	}

	/** The weight of each class that its Gaussian puts on either side of a threshold. */
	#placeThreshold(stats: Float64Array, start: number): void {
		const threshold = this.#tried[0]!;
		for (let label = 0, at = start; label < this.#layout.classCount; label++, at += GAUSSIAN_WIDTH) {
			const count = stats[at]!;
			let below = 0;
			if (count > 0 && threshold >= stats[at + 4]!) {
				below = count;
			} else if (count > 1 && threshold >= stats[at + 3]! && stats[at + 2]! > 0) {
				const deviation = Math.sqrt(stats[at + 2]! / (count - 1));
				this.#below[0] = (threshold - stats[at + 1]!) / (deviation * Math.SQRT2);
				errorFunctionInPlace(this.#below, 0);
				below = 0.5 * (1 + this.#below[0]) * count;
			}

			this.#left[label] = below;
			this.#right[label] = count - below;
		}
	}

	#trySlots(stats: Float64Array, start: number, slotCount: number): void {
		for (let slot = 0; slot < slotCount; slot++) {
			this.#tried[0] = slot;
			this.#placeSlot(stats, start);
			this.#keepIfBetter();
		}
	}

	#placeSlot(stats: Float64Array, start: number): void {
		const {classCount} = this.#layout;
		const slot = this.#tried[0]!;
		for (let label = 0; label < classCount; label++) {
			const inside = stats[start + (1 + slot) * classCount + label]!;
			this.#left[label] = inside;
			this.#right[label] = stats[start + label]! - inside;
		}
	}

	/** Information gain of the two sides, in bits, among the rows that have a value. */
	#keepIfBetter(): void {
		const {classCount} = this.#layout;
		let leftSum = 0;
		let rightSum = 0;
		let gain = 0;
		for (let label = 0; label < classCount; label++) {
			const left = this.#left[label]!;
			const right = this.#right[label]!;
			leftSum += left;
			rightSum += right;
			gain += selfLog(left) + selfLog(right) - selfLog(left + right);
		}

		const total = leftSum + rightSum;
		if (leftSum <= SIDE_SHARE_MIN * total || rightSum <= SIDE_SHARE_MIN * total) {
			return;
		}

		const merit = (gain - selfLog(leftSum) - selfLog(rightSum) + selfLog(total)) / total;
		if (merit > this.#columnMerit) {
			this.#columnMerit = merit;
			this.#columnThreshold = this.#tried[0]!;
		}
	}
}

function selfLog(value: number): number {
	return value > 0 ? value * Math.log2(value) : 0;
}
