/**
 * ADWIN: a window over a series that is as long as its mean holds, and shrinks when the mean has changed.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {PerennialError} from '../../core/domain/index.ts';
import type {DetectedChange, DetectorDefinition, DetectorSnapshot, DriftDetector} from './detector.ts';

/** Slots of a row's ring; a power of two above {@link BUCKETS_MAX}. */
const SLOTS = 8;
/** Most buckets of one size: one more may stand in a row for a moment, and has a slot. */
const BUCKETS_MAX = SLOTS - 1;
/** Rows of buckets; row r holds buckets of 2^r values, so that this many are never filled in practice. At the bound, `update` throws. */
const ROWS_MAX = 40;
const BUCKET_SIZE = Float64Array.from({length: ROWS_MAX}, (_, row) => 2 ** row);

/** `paper`: after a detection the window keeps what came after the change. `river`: it is thrown away whole, as river 0.22 does. */
export type AdwinMode = 'paper' | 'river';

/** Options of {@link Adwin}; the defaults are those of MOA and river. */
export interface AdwinOptions {
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
 * Adaptive windowing over an exponential histogram.
 *
 * Values should lie in [0, 1] for the bound `delta` to be a proof; outside, only the variance term of the test scales with them.
 *
 * @remarks
 * Shape: one finite number per update.
 * Cost: O(1) amortised per update and O(log n) per test (one in `clock` updates), O(log n) memory for a window of n values.
 * Source: A. Bifet, R. Gavalda, "Learning from Time-Changing Data with Adaptive Windowing", SIAM SDM 2007, section 3.2 (ADWIN2).
 * @throws AssertionError - on a value that is not finite: cleaning is the intake's duty.
 * @example
 * const detector = new Adwin();
 * const series = Array.from({length: 400}, (_, index) => index < 200 ? 0 : 1);
 * series.findIndex(value => detector.update(value)); //=> 223
 * detector.change.before < detector.change.after; //=> true
 */
export class Adwin implements DriftDetector {
	readonly #delta: number;
	readonly #clock: number;
	readonly #bucketsMax: number;
	readonly #sideMin: number;
	readonly #graceCount: number;
	readonly #mode: AdwinMode;
	/** Sum of each bucket's values, and of their squared distances from its mean; row-major rings. */
	readonly #sums = new Float64Array(ROWS_MAX * SLOTS);
	readonly #squares = new Float64Array(ROWS_MAX * SLOTS);
	/** Slot of the oldest bucket of a row, and buckets in it. */
	readonly #heads = new Int32Array(ROWS_MAX);
	readonly #counts = new Int32Array(ROWS_MAX);
	#rowCount = 1;
	#width = 0;
	#sum = 0;
	#square = 0;
	#untilTest: number;
	#resetIsDue = false;
	#change: DetectedChange | undefined;

	constructor({delta = 0.002, clock = 32, bucketsMax = 5, sideMin = 5, graceCount = 10, mode = 'paper'}: AdwinOptions = {}) {
		assert(delta > 0 && delta < 1 && clock >= 1 && bucketsMax >= 2 && bucketsMax <= BUCKETS_MAX && sideMin >= 1 && graceCount >= 0);
		this.#delta = delta;
		this.#clock = clock;
		this.#bucketsMax = bucketsMax;
		this.#sideMin = sideMin;
		this.#graceCount = graceCount;
		this.#mode = mode;
		this.#untilTest = clock;
	}

	/** Values in the window. */
	get width(): number {
		return this.#width;
	}

	get mean(): number {
		return this.#sum / this.#width;
	}

	/** Sum of squared distances from the mean, over the window. */
	get squaredDeviation(): number {
		return this.#square;
	}

	get change(): DetectedChange | undefined {
		return this.#change;
	}

	update(value: number): boolean {
		assert(Number.isFinite(value), 'a value must be finite');
		if (this.#resetIsDue) {
			this.#reset();
		}

		this.#add(value);
		if (--this.#untilTest > 0) {
			return false;
		}

		this.#untilTest = this.#clock;
		return this.#width > this.#graceCount && this.#shrink();
	}

	snapshot(): DetectorSnapshot {
		const sums: number[] = [];
		const squares: number[] = [];
		const counts = [...this.#counts.subarray(0, this.#rowCount)];
		for (const [row, count] of counts.entries()) {
			for (let index = 0; index < count; index++) {
				const at = row * SLOTS + ((this.#heads[row]! + index) & BUCKETS_MAX);
				sums.push(this.#sums[at]!);
				squares.push(this.#squares[at]!);
			}
		}

		return {
			detector: 'adwin',
			mode: this.#mode,
			delta: this.#delta,
			clock: this.#clock,
			bucketsMax: this.#bucketsMax,
			sideMin: this.#sideMin,
			graceCount: this.#graceCount,
			width: this.#width,
			sum: this.#sum,
			square: this.#square,
			untilTest: this.#untilTest,
			resetIsDue: Number(this.#resetIsDue),
			counts,
			sums,
			squares,
			change: this.#change ? [this.#change.before, this.#change.after] : [],
		};
	}

	/** The detector that made a snapshot. @throws PerennialError - CHECKPOINT_CORRUPT if it is none of {@link Adwin}'s. */
	static restore(snapshot: DetectorSnapshot): Adwin {
		const number = (field: string): number => {
			const value = snapshot[field];
			return typeof value === 'number' && Number.isFinite(value) ? value : corrupt(field);
		};

		const list = (field: string): readonly number[] => {
			const value = snapshot[field];
			return Array.isArray(value) && value.every(item => Number.isFinite(item)) ? (value as readonly number[]) : corrupt(field);
		};

		const {detector, mode} = snapshot;
		if (detector !== 'adwin' || (mode !== 'paper' && mode !== 'river')) {
			return corrupt('detector');
		}

		const adwin = new Adwin({
			mode,
			delta: number('delta'),
			clock: number('clock'),
			bucketsMax: number('bucketsMax'),
			sideMin: number('sideMin'),
			graceCount: number('graceCount'),
		});
		adwin.#load(list('counts'), list('sums'), list('squares'));
		adwin.#width = number('width');
		adwin.#sum = number('sum');
		adwin.#square = number('square');
		adwin.#untilTest = number('untilTest');
		adwin.#resetIsDue = number('resetIsDue') === 1;
		const [before, after] = list('change');
		adwin.#change = before === undefined || after === undefined ? undefined : {before, after};
		return adwin;
	}

	#load(counts: readonly number[], sums: readonly number[], squares: readonly number[]): void {
		const bucketCount = counts.reduce((total, count) => total + count, 0);
		const fits =
			counts.length >= 1 &&
			counts.length <= ROWS_MAX &&
			counts.every(count => Number.isInteger(count) && count >= 0 && count <= BUCKETS_MAX);
		if (!fits || sums.length !== bucketCount || squares.length !== bucketCount) {
			corrupt('counts');
		}

		let bucket = 0;
		for (const [row, count] of counts.entries()) {
			this.#counts[row] = count;
			for (let index = 0; index < count; index++, bucket++) {
				this.#sums[row * SLOTS + index] = sums[bucket]!;
				this.#squares[row * SLOTS + index] = squares[bucket]!;
			}
		}

		this.#rowCount = counts.length;
	}

	#reset(): void {
		this.#heads.fill(0);
		this.#counts.fill(0);
		this.#rowCount = 1;
		this.#width = 0;
		this.#sum = 0;
		this.#square = 0;
		this.#untilTest = this.#clock;
		this.#resetIsDue = false;
	}

	#add(value: number): void {
		const count = this.#counts[0]!;
		const at = (this.#heads[0]! + count) & BUCKETS_MAX;
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

	/** Merge the two oldest buckets of each row that is over-full into one of the next row. */
	#compress(): void {
		const sums = this.#sums;
		const squares = this.#squares;
		const heads = this.#heads;
		const counts = this.#counts;
		for (let row = 0; counts[row]! > this.#bucketsMax; row++) {
			assert(row + 1 < ROWS_MAX, 'the window has room for every value');
			this.#rowCount = Math.max(this.#rowCount, row + 2);
			const head = heads[row]!;
			const first = row * SLOTS + head;
			const second = row * SLOTS + ((head + 1) & BUCKETS_MAX);
			const merged = (row + 1) * SLOTS + ((heads[row + 1]! + counts[row + 1]!) & BUCKETS_MAX);
			const size = BUCKET_SIZE[row]!;
			const distance = (sums[first]! - sums[second]!) / size;
			sums[merged] = sums[first]! + sums[second]!;
			squares[merged] = squares[first]! + squares[second]! + (size * distance * distance) / 2;
			heads[row] = (head + 2) & BUCKETS_MAX;
			counts[row]! -= 2;
			counts[row + 1]!++;
		}
	}

	/** Drop oldest buckets while some cut of the window has two sides whose means differ; true if any was dropped. */
	#shrink(): boolean {
		const {width, sum} = {width: this.#width, sum: this.#sum};
		while (this.#hasCut()) {
			this.#dropOldest();
		}

		if (this.#width === width) {
			return false;
		}

		this.#change = {before: (sum - this.#sum) / (width - this.#width), after: this.mean};
		this.#resetIsDue = this.#mode === 'river';
		return true;
	}

	/** The test of the paper at every border between buckets, oldest first; |difference| > sqrt(2 m v L) + 2/3 m L, without the root. */
	#hasCut(): boolean {
		const sideMin = this.#sideMin;
		const logarithm = Math.log((2 * Math.log(this.#width)) / this.#delta);
		const varianceTerm = 2 * (this.#square / this.#width) * logarithm;
		const rangeTerm = (2 / 3) * logarithm;
		let oldCount = 0;
		let oldSum = 0;
		let newCount = this.#width;
		let newSum = this.#sum;
		for (let row = this.#rowCount - 1; row >= 0; row--) {
			const size = BUCKET_SIZE[row]!;
			const head = this.#heads[row]!;
			for (let index = 0, count = this.#counts[row]!; index < count; index++) {
				const bucketSum = this.#sums[row * SLOTS + ((head + index) & BUCKETS_MAX)]!;
				oldCount += size;
				newCount -= size;
				oldSum += bucketSum;
				newSum -= bucketSum;
				if (newCount < sideMin) {
					return false;
				}

				if (oldCount >= sideMin) {
					const old = oldCount - sideMin + 1;
					const young = newCount - sideMin + 1;
					const inverse = (old + young) / (old * young);
					const excess = Math.abs(oldSum * newCount - newSum * oldCount) / (oldCount * newCount) - rangeTerm * inverse;
					if (excess > 0 && excess * excess > varianceTerm * inverse) {
						return true;
					}
				}
			}
		}

		return false;
	}

	#dropOldest(): void {
		const row = this.#rowCount - 1;
		const head = this.#heads[row]!;
		const size = BUCKET_SIZE[row]!;
		const bucketSum = this.#sums[row * SLOTS + head]!;
		this.#width -= size;
		this.#sum -= bucketSum;
		const distance = this.#sum / this.#width - bucketSum / size;
		this.#square -= this.#squares[row * SLOTS + head]! + (size * this.#width * distance * distance) / (size + this.#width);
		this.#heads[row] = (head + 1) & BUCKETS_MAX;
		this.#counts[row]!--;
		while (this.#rowCount > 1 && this.#counts[this.#rowCount - 1] === 0) {
			this.#rowCount--;
		}
	}
}

function corrupt(field: string): never {
	const message = `This is no snapshot of an ADWIN detector: ${field} does not fit. Restore an older checkpoint, or replay the log.`;
	throw new PerennialError('CHECKPOINT_CORRUPT', message);
}

/** ADWIN with its defaults. */
export const definition: DetectorDefinition = {
	name: 'adwin',
	summary: 'A window that is as long as the mean of the series holds.',
	source: 'Bifet and Gavalda 2007, SIAM SDM',
	create: () => new Adwin(),
	restore: snapshot => Adwin.restore(snapshot),
};
