/**
 * The best split of a leaf, from its histograms.
 *
 * @module
 */

/** Sums over the rows of a leaf. */
export interface LeafSums {
	readonly gradient: number;
	readonly hessian: number;
	readonly rows: number;
}

/** What a split must keep to. */
export interface SplitRules {
	readonly minimumLeafRows: number;
	readonly minimumLeafHessian: number;
	readonly l2: number;
	readonly categorySmoothing: number;
	readonly categoryL2: number;
}

/** Numbers that a split takes in shared memory. */
export const SPLIT_FIELDS = 8;

/** Words of its left set. */
export const SPLIT_SET_WORDS = 8;

/** Up to this many codes, a category is only ever told apart from all others. */
const SINGLE_CODES_MAX = 4;

/** Categories that go left together, at most. */
const LEFT_CATEGORIES_MAX = 32;

/** Rows that the next larger left set must add, and that stay on the right, where several categories go left. */
const GROUP_ROWS_MIN = 100;

/** A gain below this is rounding. */
const GAIN_MIN = 1e-9;

/** Codes of a feature, at most. */
const CODES_MAX = 256;

/** The best split seen so far. Which codes go left: those up to `bin` and, if `missingLeft`, the last one; or those in `leftSet`. */
export class Split {
	/** Loss saved, times two; 0 means that there is no split. */
	gain = 0;
	feature = -1;
	/** Numeric: the last bin that goes left. */
	bin = 0;
	missingLeft = false;
	/** Taken into the children's answers as well. */
	l2 = 0;
	leftGradient = 0;
	leftHessian = 0;
	leftRows = 0;
	/** Categorical: bit c is set if code c goes left. */
	readonly leftSet = new Uint32Array(SPLIT_SET_WORDS);

	clear(): void {
		this.gain = 0;
		this.feature = -1;
	}

	/** Become a copy of another. */
	take(other: Split): void {
		this.gain = other.gain;
		this.feature = other.feature;
		this.bin = other.bin;
		this.missingLeft = other.missingLeft;
		this.l2 = other.l2;
		this.leftGradient = other.leftGradient;
		this.leftHessian = other.leftHessian;
		this.leftRows = other.leftRows;
		this.leftSet.set(other.leftSet);
	}

	/** True if it saves more than another; of equals the one on the earlier feature, so that no order of search matters. */
	isBetterThan(other: Split): boolean {
		return this.gain > other.gain || (this.gain === other.gain && this.gain > 0 && this.feature < other.feature);
	}

	write(fields: Float64Array, words: Uint32Array, place: number): void {
		fields.set(
			[this.gain, this.feature, this.bin, Number(this.missingLeft), this.l2, this.leftGradient, this.leftHessian, this.leftRows],
			place * SPLIT_FIELDS,
		);
		words.set(this.leftSet, place * SPLIT_SET_WORDS);
	}

	read(fields: Float64Array, words: Uint32Array, place: number): void {
		const at = place * SPLIT_FIELDS;
		this.gain = fields[at]!;
		this.feature = fields[at + 1]!;
		this.bin = fields[at + 2]!;
		this.missingLeft = fields[at + 3] === 1;
		this.l2 = fields[at + 4]!;
		this.leftGradient = fields[at + 5]!;
		this.leftHessian = fields[at + 6]!;
		this.leftRows = fields[at + 7]!;
		this.leftSet.set(words.subarray(place * SPLIT_SET_WORDS, (place + 1) * SPLIT_SET_WORDS));
	}
}

/** Twice the loss that the best answer of a leaf saves. */
export function leafGain(gradient: number, hessian: number, l2: number): number {
	return (gradient * gradient) / (hessian + l2);
}

/** A histogram of one feature: sums of gradients, of second derivatives, and rows, bin by bin from `at` on. */
export interface FeatureHistogram {
	readonly feature: number;
	readonly values: Float64Array;
	readonly at: number;
	readonly binCount: number;
}

/** One pass over the bins of a numeric feature, from `at` up to `end`: on which side its missing values are, if it has any. */
interface BinScan {
	readonly feature: number;
	readonly at: number;
	readonly end: number;
	readonly missing: 'none' | 'left' | 'right';
	readonly missingAt: number;
}

/**
 * Looks for the best split of a leaf on one feature after the other. Holds scratch memory, so that a search allocates nothing.
 *
 * Source: Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", 2017; Fisher, "On Grouping for Maximum Homogeneity", 1958
 * (categories in the order of their mean answer).
 */
export class SplitSearch {
	readonly #rules: SplitRules;
	readonly #keys = new Float64Array(CODES_MAX);
	readonly #codes = new Int32Array(CODES_MAX);

	constructor(rules: SplitRules) {
		this.#rules = rules;
	}

	/**
	 * Numeric: every edge, with the missing values (the last code) on either side; present values against missing ones too. Where a leaf has no
	 * missing value, such go where most rows go. Cost: O(bins).
	 */
	searchNumeric({feature, values, at, binCount}: FeatureHistogram, leaf: LeafSums, best: Split): void {
		const missingAt = at + 3 * (binCount - 1);
		if (values[missingAt + 2] === 0) {
			this.#scanBins(values, {feature, at, end: missingAt - 3, missing: 'none', missingAt}, leaf, best);
		} else {
			this.#scanBins(values, {feature, at, end: missingAt, missing: 'right', missingAt}, leaf, best);
			this.#scanBins(values, {feature, at, end: missingAt - 3, missing: 'left', missingAt}, leaf, best);
		}
	}

	#scanBins(values: Float64Array, {feature, at, end, missing, missingAt}: BinScan, leaf: LeafSums, best: Split): void {
		const {minimumLeafRows, minimumLeafHessian, l2} = this.#rules;
		const {gradient, hessian, rows} = leaf;
		let leftGradient = missing === 'left' ? values[missingAt]! : 0;
		let leftHessian = missing === 'left' ? values[missingAt + 1]! : 0;
		let leftRows = missing === 'left' ? values[missingAt + 2]! : 0;
		const floor = leafGain(gradient, hessian, l2);
		let bestGain = Math.max(best.gain, GAIN_MIN);
		for (let place = at; place < end; place += 3) {
			if (values[place + 2] === 0) {
				continue;
			}

			leftGradient += values[place]!;
			leftHessian += values[place + 1]!;
			leftRows += values[place + 2]!;
			if (leftRows < minimumLeafRows || leftHessian < minimumLeafHessian) {
				continue;
			}

			const rightHessian = hessian - leftHessian;
			if (rows - leftRows < minimumLeafRows || rightHessian < minimumLeafHessian) {
				break;
			}

			const rightGradient = gradient - leftGradient;
			const gain = (leftGradient * leftGradient) / (leftHessian + l2) + (rightGradient * rightGradient) / (rightHessian + l2) - floor;
			if (gain > bestGain) {
				bestGain = gain;
				best.gain = gain;
				best.feature = feature;
				best.bin = (place - at) / 3;
				best.missingLeft = missing === 'left' || (missing === 'none' && leftRows * 2 >= rows);
				best.l2 = l2;
				best.leftGradient = leftGradient;
				best.leftHessian = leftHessian;
				best.leftRows = leftRows;
			}
		}
	}

	/**
	 * Categorical: with few codes each against all others; else the codes with enough rows, in the order of their mean answer, cut anywhere near
	 * either end. Cost: O(codes squared) at worst, for the order.
	 */
	searchCategorical(histogram: FeatureHistogram, leaf: LeafSums, best: Split): void {
		if (histogram.binCount <= SINGLE_CODES_MAX) {
			this.#searchSingles(histogram, leaf, best);
		} else {
			const count = this.#orderCodes(histogram);
			this.#scanCodes(histogram, leaf, {count, first: 0, step: 1}, best);
			this.#scanCodes(histogram, leaf, {count, first: count - 1, step: -1}, best);
		}
	}

	#searchSingles({feature, values, at, binCount}: FeatureHistogram, leaf: LeafSums, best: Split): void {
		const {minimumLeafRows, minimumLeafHessian, l2} = this.#rules;
		const floor = leafGain(leaf.gradient, leaf.hessian, l2);
		for (let code = 0; code < binCount; code++) {
			const [gradient, hessian, rows] = [values[at + 3 * code]!, values[at + 3 * code + 1]!, values[at + 3 * code + 2]!];
			const restHessian = leaf.hessian - hessian;
			if (Math.min(rows, leaf.rows - rows) < minimumLeafRows || Math.min(hessian, restHessian) < minimumLeafHessian) {
				continue;
			}

			const gain = leafGain(gradient, hessian, l2) + leafGain(leaf.gradient - gradient, restHessian, l2) - floor;
			if (gain > Math.max(best.gain, GAIN_MIN)) {
				Object.assign(best, {gain, feature, l2, leftGradient: gradient, leftHessian: hessian, leftRows: rows});
				best.leftSet.fill(0);
				best.leftSet[code >>> 5]! |= 1 << (code & 31);
			}
		}
	}

	/** Codes with enough rows into scratch memory, by gradient over smoothed hessian, then by code. */
	#orderCodes({values, at, binCount}: FeatureHistogram): number {
		const {categorySmoothing} = this.#rules;
		let count = 0;
		for (let code = 0; code < binCount; code++) {
			const rows = values[at + 3 * code + 2]!;
			if (rows > 0 && rows >= categorySmoothing) {
				const key = values[at + 3 * code]! / (values[at + 3 * code + 1]! + categorySmoothing);
				let place = count++;
				for (; place > 0 && this.#keys[place - 1]! > key; place--) {
					this.#keys[place] = this.#keys[place - 1]!;
					this.#codes[place] = this.#codes[place - 1]!;
				}

				this.#keys[place] = key;
				this.#codes[place] = code;
			}
		}

		return count;
	}

	#scanCodes(
		{feature, values, at}: FeatureHistogram,
		leaf: LeafSums,
		{count, first, step}: {count: number; first: number; step: number},
		best: Split,
	): void {
		const {minimumLeafRows, minimumLeafHessian, categoryL2} = this.#rules;
		const l2 = this.#rules.l2 + categoryL2;
		const floor = leafGain(leaf.gradient, leaf.hessian, this.#rules.l2);
		let [leftGradient, leftHessian, leftRows, groupRows] = [0, 0, 0, 0];
		for (let taken = 0; taken < Math.min(LEFT_CATEGORIES_MAX, (count + 1) >> 1); taken++) {
			const place = at + 3 * this.#codes[first + taken * step]!;
			leftGradient += values[place]!;
			leftHessian += values[place + 1]!;
			leftRows += values[place + 2]!;
			groupRows += values[place + 2]!;
			if (leftRows < minimumLeafRows || leftHessian < minimumLeafHessian) {
				continue;
			}

			const rightHessian = leaf.hessian - leftHessian;
			if (leaf.rows - leftRows < Math.max(minimumLeafRows, GROUP_ROWS_MIN) || rightHessian < minimumLeafHessian) {
				break;
			}

			if (groupRows < GROUP_ROWS_MIN) {
				continue;
			}

			groupRows = 0;
			const gain = leafGain(leftGradient, leftHessian, l2) + leafGain(leaf.gradient - leftGradient, rightHessian, l2) - floor;
			if (gain > Math.max(best.gain, GAIN_MIN)) {
				Object.assign(best, {gain, feature, l2, leftGradient, leftHessian, leftRows});
				this.#markLeft(best, first, taken, step);
			}
		}
	}

	#markLeft({leftSet}: Split, first: number, last: number, step: number): void {
		leftSet.fill(0);
		for (let taken = 0; taken <= last; taken++) {
			const code = this.#codes[first + taken * step]!;
			leftSet[code >>> 5]! |= 1 << (code & 31);
		}
	}
}
