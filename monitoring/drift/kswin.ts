/**
 * KSWIN: has the distribution of the newest values moved away from that of the values before them?
 *
 * @module
 */
import assert from 'node:assert/strict';
import {exactTail, sortedDistance} from '../../core/numerics/index.ts';
import type {DetectedChange, DetectorDefinition, DetectorSnapshot, DriftDetector} from './detector.ts';
import {changeField, SnapshotFields} from './snapshot-fields.ts';

/** Options of {@link Kswin}. */
export interface KswinOptions {
	/** Level of one test; there is a test at every value, so that a series without change meets it often. */
	readonly alpha?: number;
	/** Values kept; the bound of the window, the oldest one goes. */
	readonly windowCountMax?: number;
	/** Newest values that are compared with all older ones of the window. */
	readonly newestCount?: number;
}

/** Smallest distance of two distributions that is called a change, as in river. */
const DISTANCE_MIN = 0.1;
/** Bound of the window: the critical distance is found exactly, in O(window squared) time. */
const WINDOW_COUNT_MAX = 10_000;

/**
 * Kolmogorov-Smirnov windowing, without random numbers: river draws `newestCount` of the older values, this takes them all, which sees more and
 * gives the same answer each time. With `windowCountMax` = 2 `newestCount` both are the same test.
 *
 * Sees changes of shape that leave the mean alone; the means of both sides are then equal. The defaults are not those of river (level 0.005, newest
 * 30 of 100): a test at every value makes theirs 98 alarms in 100,000 normal values without change, ours 2; and 30 values cannot tell rates of
 * 10 % and 50 % apart at such a level.
 *
 * @remarks
 * Shape: one finite number per update.
 * Cost: O(window) time per update and memory, no allocation; O(window squared) once, for the critical distance.
 * Source: C. Raab, M. Heusinger, F. Schleif, "Reactive Soft Prototype Computing for Concept Drift Streams", Neurocomputing 2020, section 4.1.
 * @throws AssertionError - on a value that is not finite, and on options out of range.
 * @example
 * const detector = new Kswin();
 * const series = Array.from({length: 800}, (_, index) => index < 400 ? index % 7 : index % 7 + 3);
 * series.findIndex(value => detector.update(value)); //=> 459
 */
export class Kswin implements DriftDetector {
	readonly #alpha: number;
	readonly #windowCountMax: number;
	readonly #newestCount: number;
	/** Smallest distance whose probability is at most alpha. */
	readonly #distanceMin: number;
	/** The window as a ring in order of time, and its two sides in order of size. */
	readonly #ring: Float64Array;
	readonly #older: Float64Array;
	readonly #newest: Float64Array;
	#count = 0;
	#head = 0;
	#change: DetectedChange | undefined;

	constructor({alpha = 0.0001, windowCountMax = 300, newestCount = 100}: KswinOptions = {}) {
		assert(alpha > 0 && alpha < 1, 'alpha in (0, 1)');
		assert(
			newestCount >= 1 && windowCountMax > newestCount && windowCountMax <= WINDOW_COUNT_MAX,
			'both sides of the window have values',
		);
		assert(Number.isInteger(newestCount) && Number.isInteger(windowCountMax), 'whole numbers of values');
		this.#alpha = alpha;
		this.#windowCountMax = windowCountMax;
		this.#newestCount = newestCount;
		this.#distanceMin = Math.max(DISTANCE_MIN, criticalDistance(alpha, windowCountMax - newestCount, newestCount));
		this.#ring = new Float64Array(windowCountMax);
		this.#older = new Float64Array(windowCountMax - newestCount);
		this.#newest = new Float64Array(newestCount);
	}

	/** Mean of the newest values, at most `newestCount` of them. */
	get mean(): number {
		return this.#count === 0 ? (this.#change?.after ?? Number.NaN) : meanOf(this.#newest, Math.min(this.#count, this.#newestCount));
	}

	get change(): DetectedChange | undefined {
		return this.#change;
	}

	update(value: number): boolean {
		assert(Number.isFinite(value), 'a value must be finite');
		this.#add(value);
		if (this.#count < this.#windowCountMax || sortedDistance(this.#older, this.#newest) < this.#distanceMin) {
			return false;
		}

		this.#change = {before: meanOf(this.#older, this.#older.length), after: meanOf(this.#newest, this.#newestCount)};
		this.#count = 0;
		this.#head = 0;
		return true;
	}

	snapshot(): DetectorSnapshot {
		return {
			detector: 'kswin',
			alpha: this.#alpha,
			windowCountMax: this.#windowCountMax,
			newestCount: this.#newestCount,
			window: Array.from({length: this.#count}, (_, index) => this.#ring[(this.#head + index) % this.#windowCountMax]!),
			change: changeField(this.#change),
		};
	}

	/** The detector that made a snapshot. @throws PerennialError - CHECKPOINT_CORRUPT if it is none of {@link Kswin}'s. */
	static restore(snapshot: DetectorSnapshot): Kswin {
		const fields = new SnapshotFields(snapshot, 'kswin');
		const options = {
			alpha: fields.number('alpha'),
			windowCountMax: fields.number('windowCountMax'),
			newestCount: fields.number('newestCount'),
		};
		const detector = fields.build(() => new Kswin(options));
		const window = fields.list('window');
		if (window.length > options.windowCountMax) {
			fields.refuse('window');
		}

		for (const value of window) {
			detector.#add(value);
		}

		detector.#change = fields.change();
		return detector;
	}

	#add(value: number): void {
		const size = this.#windowCountMax;
		const newestCount = this.#newestCount;
		const olderCount = Math.max(0, this.#count - newestCount);
		if (this.#count < newestCount) {
			insert(this.#newest, this.#count, value);
		} else {
			const crossing = this.#ring[(this.#head + olderCount) % size]!;
			if (this.#count === size) {
				replace(this.#older, olderCount, this.#ring[this.#head]!, crossing);
			} else {
				insert(this.#older, olderCount, crossing);
			}

			replace(this.#newest, newestCount, crossing, value);
		}

		this.#ring[(this.#head + this.#count) % size] = value;
		if (this.#count === size) {
			this.#head = (this.#head + 1) % size;
		} else {
			this.#count++;
		}
	}
}

/** Smallest distance between samples of n and m whose probability is at most alpha; above 1 if there is none. */
function criticalDistance(alpha: number, n: number, m: number): number {
	let low = 0;
	let high = n * m + 1;
	while (low + 1 < high) {
		const middle = (low + high) >> 1;
		if (middle <= n * m && exactTail(middle / (n * m), n, m) > alpha) {
			low = middle;
		} else {
			high = middle;
		}
	}

	return (high - 0.5) / (n * m);
}

/** Put a value into the sorted first `count` numbers. */
function insert(sorted: Float64Array, count: number, value: number): void {
	let at = count;
	for (; at > 0 && sorted[at - 1]! > value; at--) {
		sorted[at] = sorted[at - 1]!;
	}

	sorted[at] = value;
}

/** Take one value out of the sorted first `count` numbers, and put another in. */
function replace(sorted: Float64Array, count: number, old: number, value: number): void {
	let at = 0;
	while (sorted[at] !== old) {
		at++;
	}

	for (; at + 1 < count; at++) {
		sorted[at] = sorted[at + 1]!;
	}

	insert(sorted, count - 1, value);
}

function meanOf(values: Float64Array, count: number): number {
	let sum = 0;
	for (let index = 0; index < count; index++) {
		sum += values[index]!;
	}

	return sum / count;
}

/** KSWIN with its defaults. */
export const definition: DetectorDefinition = {
	name: 'kswin',
	summary: 'The distribution of the newest values against that of the window before them.',
	source: 'Raab, Heusinger and Schleif 2020, Neurocomputing 416',
	input: 'loss',
	// One test at each value: the sum of their levels over the interval may reach 1.
	budget: falseAlarmInterval => ({alpha: Math.min(0.0001, 1 / falseAlarmInterval)}),
	create: options => new Kswin(options),
	restore: snapshot => Kswin.restore(snapshot),
};
