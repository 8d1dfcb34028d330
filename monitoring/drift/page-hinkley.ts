/**
 * Page-Hinkley: the sum of distances from the running mean, and how far it has come from its extreme.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {DetectedChange, DetectorDefinition, DetectorSnapshot, DriftDetector} from './detector.ts';
import {changeField, SnapshotFields} from './snapshot-fields.ts';

/** Which changes are called. */
export type PageHinkleyDirection = 'rise' | 'fall' | 'both';

/** Options of {@link PageHinkley}; the defaults and meanings are river's. */
export interface PageHinkleyOptions {
	/** Values before the first test. */
	readonly countMin?: number;
	/** Change of the mean that is let pass, in units of the series. */
	readonly delta?: number;
	/** Summed distance at which a change is called, in units of the series. */
	readonly threshold?: number;
	/** Share of the sum that is kept at each value, in (0, 1]. */
	readonly alpha?: number;
	readonly direction?: PageHinkleyDirection;
}

const DIRECTIONS = ['rise', 'fall', 'both'] as const;

/**
 * The Page-Hinkley test for a rise, a fall or both.
 *
 * It knows no false-alarm budget: `threshold` must fit the scale of the series, and the default of 50 never finds a rate that goes
 * from 0.2 % to 0.6 %. For that, take the Bernoulli CUSUM. The change is dated to the extreme of the sum.
 *
 * @remarks
 * Shape: one finite number per update.
 * Cost: O(1) time and memory.
 * Source: E. Page, "Continuous Inspection Schemes", Biometrika 1954; D. Hinkley, "Inference About the Change-Point from Cumulative Sum Tests", 1971.
 * @throws AssertionError - on a value that is not finite, and on options out of range.
 * @example
 * const detector = new PageHinkley({threshold: 10});
 * const series = Array.from({length: 400}, (_, index) => index < 200 ? 0 : 1);
 * series.findIndex(value => detector.update(value)); //=> 210
 * detector.change; //=> {before: 0, after: 1}
 */
export class PageHinkley implements DriftDetector {
	readonly #countMin: number;
	readonly #delta: number;
	readonly #threshold: number;
	readonly #alpha: number;
	readonly #direction: PageHinkleyDirection;
	#count = 0;
	#sum = 0;
	#mean = 0;
	/** The sum of distances that a rise drives up, and its lowest value; where that stood: values and their sum. */
	#rise = 0;
	#riseMin = 0;
	#riseCount = 0;
	#riseSum = 0;
	/** The same for a fall, with the highest value. */
	#fall = 0;
	#fallMax = 0;
	#fallCount = 0;
	#fallSum = 0;
	#change: DetectedChange | undefined;

	constructor({countMin = 30, delta = 0.005, threshold = 50, alpha = 0.9999, direction = 'both'}: PageHinkleyOptions = {}) {
		assert(countMin >= 1 && delta >= 0 && threshold > 0 && alpha > 0 && alpha <= 1, 'options in range');
		this.#countMin = countMin;
		this.#delta = delta;
		this.#threshold = threshold;
		this.#alpha = alpha;
		this.#direction = direction;
	}

	/** Mean since the change was dated that was called last; of all values, before there was one. */
	get mean(): number {
		return this.#count === 0 ? (this.#change?.after ?? Number.NaN) : this.#sum / this.#count;
	}

	get change(): DetectedChange | undefined {
		return this.#change;
	}

	update(value: number): boolean {
		assert(Number.isFinite(value), 'a value must be finite');
		this.#count++;
		this.#sum += value;
		this.#mean += (value - this.#mean) / this.#count;
		const distance = value - this.#mean;
		this.#rise = this.#alpha * this.#rise + distance - this.#delta;
		this.#fall = this.#alpha * this.#fall + distance + this.#delta;
		if (this.#count === 1 || this.#rise < this.#riseMin) {
			this.#riseMin = this.#rise;
			this.#riseCount = this.#count;
			this.#riseSum = this.#sum;
		}

		if (this.#count === 1 || this.#fall > this.#fallMax) {
			this.#fallMax = this.#fall;
			this.#fallCount = this.#count;
			this.#fallSum = this.#sum;
		}

		if (this.#count < this.#countMin) {
			return false;
		}

		if (this.#direction !== 'fall' && this.#rise - this.#riseMin > this.#threshold) {
			return this.#call(this.#riseCount, this.#riseSum);
		}

		return this.#direction !== 'rise' && this.#fallMax - this.#fall > this.#threshold && this.#call(this.#fallCount, this.#fallSum);
	}

	snapshot(): DetectorSnapshot {
		return {
			detector: 'page-hinkley',
			countMin: this.#countMin,
			delta: this.#delta,
			threshold: this.#threshold,
			alpha: this.#alpha,
			direction: this.#direction,
			count: this.#count,
			sum: this.#sum,
			mean: this.#mean,
			rise: [this.#rise, this.#riseMin, this.#riseCount, this.#riseSum],
			fall: [this.#fall, this.#fallMax, this.#fallCount, this.#fallSum],
			change: changeField(this.#change),
		};
	}

	/** The detector that made a snapshot. @throws PerennialError - CHECKPOINT_CORRUPT if it is none of {@link PageHinkley}'s. */
	static restore(snapshot: DetectorSnapshot): PageHinkley {
		const fields = new SnapshotFields(snapshot, 'page-hinkley');
		const options = {
			countMin: fields.number('countMin'),
			delta: fields.number('delta'),
			threshold: fields.number('threshold'),
			alpha: fields.number('alpha'),
			direction: fields.oneOf('direction', DIRECTIONS),
		};
		const detector = fields.build(() => new PageHinkley(options));
		detector.#count = fields.number('count');
		detector.#sum = fields.number('sum');
		detector.#mean = fields.number('mean');
		const rise = fields.list('rise', 4);
		[detector.#rise, detector.#riseMin, detector.#riseCount, detector.#riseSum] = [rise[0]!, rise[1]!, rise[2]!, rise[3]!];
		const fall = fields.list('fall', 4);
		[detector.#fall, detector.#fallMax, detector.#fallCount, detector.#fallSum] = [fall[0]!, fall[1]!, fall[2]!, fall[3]!];
		detector.#change = fields.change();
		return detector;
	}

	#call(count: number, sum: number): true {
		this.#change = {before: sum / count, after: (this.#sum - sum) / (this.#count - count)};
		this.#count = 0;
		this.#sum = 0;
		this.#mean = 0;
		this.#rise = 0;
		this.#fall = 0;
		return true;
	}
}

/** Page-Hinkley with its defaults. */
export const definition: DetectorDefinition = {
	name: 'page-hinkley',
	summary: 'Summed distance from the running mean, for a rise or a fall.',
	source: 'Page 1954, Biometrika 41',
	input: 'error',
	create: options => new PageHinkley(options),
	restore: snapshot => PageHinkley.restore(snapshot),
};
