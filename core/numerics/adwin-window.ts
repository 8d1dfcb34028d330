/**
 * The window of ADWIN: as long as the mean of a series holds, shorter when it has changed. The arithmetic alone, for detectors and learners.
 *
 * @module
 */
import assert from 'node:assert/strict';

/** Most buckets of one size: one more may stand in a row for a moment. */
const BUCKETS_MAX = 7;
/** Rows of buckets; row r holds buckets of 2^r values, so that this many are never filled in practice. At the bound, `update` throws. */
const ROWS_MAX = 40;
const BUCKET_SIZE = Float64Array.from({length: ROWS_MAX}, (_, row) => 2 ** row);
/** Room for the buckets of all rows. */
const CAPACITY = ROWS_MAX * BUCKETS_MAX + 1;
/** Share of the cheap test's threshold below which rounding cannot hide a cut. */
const ROUNDING_SHARE = 0.99;
/** Growth of the window after which its logarithm is taken anew. */
const LEAST_WIDTH_RATIO = 1.02;
/** Numbers of a packed window before those of its rows. */
const HEADER = 8;

/** `paper`: after a detection the window keeps what came after the change. `river`: the next value finds it empty, as in river 0.22. */
export type AdwinMode = 'paper' | 'river';

/** Options of {@link AdwinWindow}; the defaults are those of MOA and river. */
export interface AdwinWindowOptions {
	/** Bound on the probability of a false alarm in one test. */
	readonly delta?: number;
	/** Values between two tests. */
	readonly clock?: number;
	/** Buckets of one size before the two oldest merge, 2 to 7: more are finer and dearer. */
	readonly bucketsMax?: number;
	/** Least values on either side of a cut. */
	readonly sideMin?: number;
	/** Values before the first test. */
	readonly graceCount?: number;
	readonly mode?: AdwinMode;
}

/**
 * Adaptive windowing over an exponential histogram, on typed arrays; an update allocates nothing.
 *
 * Values should lie in [0, 1] for the bound `delta` to be a proof; outside, only the variance term of the test scales with them.
 *
 * @remarks
 * Shape: one finite number per update; a packed window is at most 8 + 40 * 15 numbers.
 * Cost: O(1) amortised per update and O(log n) per test (one in `clock` updates); 7 KiB.
 * Source: A. Bifet, R. Gavalda, "Learning from Time-Changing Data with Adaptive Windowing", SIAM SDM 2007, section 3.2 (ADWIN2).
 * @throws AssertionError - on options outside their range, or a value that is not finite.
 * @example
 * const window = new AdwinWindow();
 * const series = Array.from({length: 400}, (_, index) => index < 200 ? 0 : 1);
 * series.findIndex(value => window.update(value)); //=> 223
 * window.meanBefore < window.mean; //=> true
 */
export class AdwinWindow {
	readonly #delta: number;
	readonly #clock: number;
	readonly #bucketsMax: number;
	readonly #sideMin: number;
	readonly #graceCount: number;
	readonly #isReset: boolean;
	/**
	 * Values in each bucket, their sum, and that of their squared distances from its mean. Oldest first, without gaps: a test then is one straight
	 * loop, and a merge moves a handful of numbers a row.
	 */
	readonly #sizes = new Float64Array(CAPACITY);
	readonly #sums = new Float64Array(CAPACITY);
	readonly #squares = new Float64Array(CAPACITY);
	/** Buckets of each size. */
	readonly #counts = new Int32Array(ROWS_MAX);
	#bucketCount = 0;
	#rowCount = 1;
	#width = 0;
	#sum = 0;
	#square = 0;
	#untilTest: number;
	#resetIsDue = false;
	/** A width not above that of the window, and its term L; found anew when it is needed, and no part of the state. */
	#leastWidth = Infinity;
	#leastLogarithm = 0;
	#meanBefore = Number.NaN;
	#meanAfter = Number.NaN;

	constructor({delta = 0.002, clock = 32, bucketsMax = 5, sideMin = 5, graceCount = 10, mode = 'paper'}: AdwinWindowOptions = {}) {
		assert(delta > 0 && delta < 1 && clock >= 1 && bucketsMax >= 2 && bucketsMax <= BUCKETS_MAX && sideMin >= 1 && graceCount >= 0);
		this.#delta = delta;
		this.#clock = clock;
		this.#bucketsMax = bucketsMax;
		this.#sideMin = sideMin;
		this.#graceCount = graceCount;
		this.#isReset = mode === 'river';
		this.#untilTest = clock;
	}

	/** Values in the window. */
	get width(): number {
		return this.#width;
	}

	/** NaN for an empty window. */
	get mean(): number {
		return this.#sum / this.#width;
	}

	/** Sum of squared distances from the mean, over the window. */
	get squaredDeviation(): number {
		return this.#square;
	}

	/** Mean of what the last detection dropped; NaN if there was none. */
	get meanBefore(): number {
		return this.#meanBefore;
	}

	/** Mean of what the last detection kept; NaN if there was none. */
	get meanAfter(): number {
		return this.#meanAfter;
	}

	/** Take in a value; true if the window was found to have changed, and was shortened. */
	update(value: number): boolean {
		assert(Number.isFinite(value), 'a value must be finite');
		if (this.#resetIsDue) {
			this.#empty();
		}

		this.#add(value);
		if (--this.#untilTest > 0) {
			return false;
		}

		this.#untilTest = this.#clock;
		return this.#width > this.#graceCount && this.#shrink();
	}

	/** Back to the state of a new window, the last detection forgotten too. */
	reset(): void {
		this.#empty();
		this.#meanBefore = Number.NaN;
		this.#meanAfter = Number.NaN;
	}

	/** All state as numbers: a header, the buckets of each row, then sum and square of each bucket, oldest first. Equal states give equal numbers. */
	pack(): Float64Array {
		const counts = this.#counts.subarray(0, this.#rowCount);
		const packed = new Float64Array(HEADER + this.#rowCount + 2 * counts.reduce((total, count) => total + count, 0));
		packed.set([this.#rowCount, this.#width, this.#sum, this.#square, this.#untilTest, Number(this.#resetIsDue)]);
		packed.set([this.#meanBefore, this.#meanAfter], HEADER - 2);
		packed.set(counts, HEADER);
		let to = HEADER + this.#rowCount;
		let end = this.#bucketCount;
		for (const count of counts) {
			for (let at = end - count; at < end; at++) {
				packed[to++] = this.#sums[at]!;
				packed[to++] = this.#squares[at]!;
			}

			end -= count;
		}

		return packed;
	}

	/** Inverse of {@link pack}, into a window of equal options; false, with nothing changed, if these are no numbers of a window. */
	unpack(packed: Float64Array): boolean {
		const rowCount = packed[0]!;
		if (!(Number.isInteger(rowCount) && rowCount >= 1 && rowCount <= ROWS_MAX && packed.length >= HEADER + rowCount)) {
			return false;
		}

		const counts = packed.subarray(HEADER, HEADER + rowCount);
		const values = packed.subarray(HEADER + rowCount);
		const isFit =
			counts.every(count => Number.isInteger(count) && count >= 0 && count <= this.#bucketsMax) &&
			values.length === 2 * counts.reduce((total, count) => total + count, 0) &&
			counts.reduce((total, count, row) => total + count * BUCKET_SIZE[row]!, 0) === packed[1] &&
			packed[4]! >= 1 &&
			packed[4]! <= this.#clock &&
			packed.every((value, index) => index === HEADER - 2 || index === HEADER - 1 || Number.isFinite(value));
		if (isFit) {
			this.#load(packed, counts, values);
		}

		return isFit;
	}

	#load(packed: Float64Array, counts: Float64Array, values: Float64Array): void {
		this.#counts.fill(0);
		this.#counts.set(counts);
		this.#bucketCount = values.length / 2;
		let from = 0;
		let end = this.#bucketCount;
		for (const [row, count] of counts.entries()) {
			for (let at = end - count; at < end; at++) {
				this.#sizes[at] = BUCKET_SIZE[row]!;
				this.#sums[at] = values[from++]!;
				this.#squares[at] = values[from++]!;
			}

			end -= count;
		}

		this.#rowCount = packed[0]!;
		this.#width = packed[1]!;
		this.#sum = packed[2]!;
		this.#square = packed[3]!;
		this.#untilTest = packed[4]!;
		this.#resetIsDue = packed[5] === 1;
		this.#meanBefore = packed[HEADER - 2]!;
		this.#meanAfter = packed[HEADER - 1]!;
	}

	#empty(): void {
		this.#counts.fill(0);
		this.#bucketCount = 0;
		this.#rowCount = 1;
		this.#width = 0;
		this.#sum = 0;
		this.#square = 0;
		this.#untilTest = this.#clock;
		this.#resetIsDue = false;
	}

	#add(value: number): void {
		const count = this.#counts[0]!;
		const at = this.#bucketCount++;
		this.#sizes[at] = 1;
		this.#sums[at] = value;
		this.#squares[at] = 0;
		this.#counts[0] = count + 1;
		const width = ++this.#width;
		if (width > 1) {
			const distance = value - this.#sum / (width - 1);
			this.#square += ((width - 1) * distance * distance) / width;
		}

		this.#sum += value;
		if (count === this.#bucketsMax) {
			this.#compress();
		}
	}

	/** Merge the two oldest buckets of each row that is over-full into the newest one of the next row, which stands just before them. */
	#compress(): void {
		const sums = this.#sums;
		const counts = this.#counts;
		let first = this.#bucketCount - counts[0]!;
		for (let row = 0; counts[row]! > this.#bucketsMax; row++) {
			assert(row + 1 < ROWS_MAX, 'the window has room for every value');
			this.#rowCount = Math.max(this.#rowCount, row + 2);
			const size = BUCKET_SIZE[row]!;
			const distance = (sums[first]! - sums[first + 1]!) / size;
			this.#sizes[first] = 2 * size;
			sums[first] = sums[first]! + sums[first + 1]!;
			this.#squares[first] = this.#squares[first]! + this.#squares[first + 1]! + (size * distance * distance) / 2;
			this.#close(first + 1);
			counts[row]! -= 2;
			counts[row + 1]!++;
			first -= counts[row + 1]! - 1;
		}
	}

	/** Take a bucket out of the row of all. */
	#close(gap: number): void {
		const sizes = this.#sizes;
		const sums = this.#sums;
		const squares = this.#squares;
		const last = --this.#bucketCount;
		for (let at = gap; at < last; at++) {
			sizes[at] = sizes[at + 1]!;
			sums[at] = sums[at + 1]!;
			squares[at] = squares[at + 1]!;
		}
	}

	/** Drop oldest buckets while some cut of the window has two sides whose means differ; true if any was dropped. */
	#shrink(): boolean {
		if (!this.#hasCut()) {
			return false;
		}

		const width = this.#width;
		const sum = this.#sum;
		do {
			this.#dropOldest();
		} while (this.#hasCut());

		this.#meanBefore = (sum - this.#sum) / (width - this.#width);
		this.#meanAfter = this.mean;
		this.#resetIsDue = this.#isReset;
		return true;
	}

	/**
	 * The test of the paper at every border between buckets, oldest first: |difference of means| > sqrt(2 m v L) + 2/3 m L.
	 *
	 * Since m >= 1/n0 + 1/n1, the square of width * n0 * n1 * difference must exceed 2 v L width * n0 * n1: two multiplications and no division
	 * sort out nearly every border. L grows with the width, so that one of a slightly shorter window sorts out no cut. The exact test is
	 * kept out of this loop, where a call within costs more than the loop (307 against 180 ns an update at clock 1, 200,000 values).
	 */
	#hasCut(): boolean {
		const sizes = this.#sizes;
		const sums = this.#sums;
		const width = this.#width;
		const sum = this.#sum;
		if (width < this.#leastWidth || width > LEAST_WIDTH_RATIO * this.#leastWidth) {
			this.#leastWidth = width;
			this.#leastLogarithm = this.#logarithm();
		}

		const least = 2 * this.#square * this.#leastLogarithm * ROUNDING_SHARE;
		const last = this.#bucketCount - 1;
		let oldCount = 0;
		let oldSum = 0;
		let at = 0;
		for (; at < last; at++) {
			oldSum += sums[at]!;
			oldCount += sizes[at]!;
			const distance = oldSum * width - sum * oldCount;
			if (distance * distance > least * oldCount * (width - oldCount)) {
				break;
			}
		}

		return at < last && this.#hasCutFrom(at, oldCount, oldSum);
	}

	/** The exact test from a border on, the one after bucket `at`. */
	#hasCutFrom(at: number, oldCount: number, oldSum: number): boolean {
		const logarithm = this.#logarithm();
		for (let bucket = at; this.#width - oldCount >= this.#sideMin; bucket++) {
			if (oldCount >= this.#sideMin && this.#isCut(oldCount, oldSum, logarithm)) {
				return true;
			}

			oldSum += this.#sums[bucket + 1]!;
			oldCount += this.#sizes[bucket + 1]!;
		}

		return false;
	}

	#logarithm(): number {
		return Math.log((2 * Math.log(this.#width)) / this.#delta);
	}

	#isCut(oldCount: number, oldSum: number, logarithm: number): boolean {
		const newCount = this.#width - oldCount;
		const old = oldCount - this.#sideMin + 1;
		const young = newCount - this.#sideMin + 1;
		const inverse = (old + young) / (old * young);
		const difference = Math.abs(oldSum * newCount - (this.#sum - oldSum) * oldCount) / (oldCount * newCount);
		const excess = difference - (2 / 3) * logarithm * inverse;
		return excess > 0 && excess * excess > 2 * (this.#square / this.#width) * logarithm * inverse;
	}

	#dropOldest(): void {
		const row = this.#rowCount - 1;
		const size = this.#sizes[0]!;
		const bucketSum = this.#sums[0]!;
		this.#width -= size;
		this.#sum -= bucketSum;
		const distance = this.#sum / this.#width - bucketSum / size;
		this.#square -= this.#squares[0]! + (size * this.#width * distance * distance) / (size + this.#width);
		this.#close(0);
		this.#counts[row]!--;
		while (this.#rowCount > 1 && this.#counts[this.#rowCount - 1] === 0) {
			this.#rowCount--;
		}
	}
}
