/**
 * HDDM-A: two means of one series compared with Hoeffding's bound, cut where the older one was best.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {DetectedChange, DetectorDefinition, DetectorSnapshot, DriftDetector} from './detector.ts';
import {changeField, SnapshotFields} from './snapshot-fields.ts';

/** Options of {@link HddmA}; the defaults are river's, but for `isTwoSided`. */
export interface HddmAOptions {
	/** Bound on the probability of a false alarm in one test. */
	readonly driftConfidence?: number;
	/** The same for a warning; above `driftConfidence`. */
	readonly warningConfidence?: number;
	/** False: only rises are called. */
	readonly isTwoSided?: boolean;
}

/**
 * Drift detection by Hoeffding's bound on moving averages.
 *
 * No distribution is assumed but the range [0, 1], so that changes of rare events (0.2 % to 0.6 %) stay below the bound and are never called.
 * After a called change all values are forgotten.
 *
 * @remarks
 * Shape: one number in [0, 1] per update.
 * Cost: O(1) time and memory, some ten square roots.
 * Source: I. Frias-Blanco et al., "Online and Non-Parametric Drift Detection Methods Based on Hoeffding's Bounds", IEEE TKDE 2015, section 4 (A-test).
 * @throws AssertionError - on a value outside [0, 1], and on options out of range.
 * @example
 * const detector = new HddmA();
 * const series = Array.from({length: 400}, (_, index) => index < 200 ? 0 : 1);
 * series.findIndex(value => detector.update(value)); //=> 203
 * detector.change; //=> {before: 0, after: 1}
 */
export class HddmA implements DriftDetector {
	readonly #driftConfidence: number;
	readonly #warningConfidence: number;
	readonly #isTwoSided: boolean;
	/** -ln(driftConfidence) / 2, for the bound on one mean; ln(2 / confidence) / 2, for the bounds on a difference. */
	readonly #cutTerm: number;
	readonly #driftTerm: number;
	readonly #warningTerm: number;
	#count = 0;
	#mean = 0;
	/** Where the upper bound of the mean was lowest, and where its lower bound was highest. */
	#lowCount = 0;
	#lowMean = 0;
	#highCount = 0;
	#highMean = 0;
	#isWarning = false;
	#change: DetectedChange | undefined;

	constructor({driftConfidence = 0.001, warningConfidence = 0.005, isTwoSided = true}: HddmAOptions = {}) {
		assert(driftConfidence > 0 && driftConfidence <= warningConfidence && warningConfidence < 1, 'options in range');
		this.#driftConfidence = driftConfidence;
		this.#warningConfidence = warningConfidence;
		this.#isTwoSided = isTwoSided;
		this.#cutTerm = -Math.log(driftConfidence);
		this.#driftTerm = Math.log(2 / driftConfidence);
		this.#warningTerm = Math.log(2 / warningConfidence);
	}

	get mean(): number {
		return this.#count === 0 ? (this.#change?.after ?? Number.NaN) : this.#mean;
	}

	get change(): DetectedChange | undefined {
		return this.#change;
	}

	/** True while the means differ by more than the bound of a warning. */
	get isWarning(): boolean {
		return this.#isWarning;
	}

	update(value: number): boolean {
		assert(value >= 0 && value <= 1, 'a value must lie in [0, 1]');
		const count = ++this.#count;
		const mean = (this.#mean += (value - this.#mean) / count);
		const bound = Math.sqrt((1 / (2 * count)) * this.#cutTerm);
		if (count === 1 || this.#lowMean + Math.sqrt((1 / (2 * this.#lowCount)) * this.#cutTerm) >= mean + bound) {
			this.#lowCount = count;
			this.#lowMean = mean;
		}

		if (count === 1 || this.#highMean - Math.sqrt((1 / (2 * this.#highCount)) * this.#cutTerm) <= mean - bound) {
			this.#highCount = count;
			this.#highMean = mean;
		}

		const rise = mean - this.#lowMean;
		const fall = this.#highMean - mean;
		if (this.#exceeds(rise, this.#lowCount, this.#driftTerm)) {
			return this.#call(this.#lowCount, this.#lowMean);
		}

		if (this.#isTwoSided && this.#exceeds(fall, this.#highCount, this.#driftTerm)) {
			return this.#call(this.#highCount, this.#highMean);
		}

		this.#isWarning =
			this.#exceeds(rise, this.#lowCount, this.#warningTerm) ||
			(this.#isTwoSided && this.#exceeds(fall, this.#highCount, this.#warningTerm));
		return false;
	}

	snapshot(): DetectorSnapshot {
		return {
			detector: 'hddm-a',
			driftConfidence: this.#driftConfidence,
			warningConfidence: this.#warningConfidence,
			isTwoSided: Number(this.#isTwoSided),
			count: this.#count,
			mean: this.#mean,
			low: [this.#lowCount, this.#lowMean],
			high: [this.#highCount, this.#highMean],
			isWarning: Number(this.#isWarning),
			change: changeField(this.#change),
		};
	}

	/** The detector that made a snapshot. @throws PerennialError - CHECKPOINT_CORRUPT if it is none of {@link HddmA}'s. */
	static restore(snapshot: DetectorSnapshot): HddmA {
		const fields = new SnapshotFields(snapshot, 'hddm-a');
		const options = {
			driftConfidence: fields.number('driftConfidence'),
			warningConfidence: fields.number('warningConfidence'),
			isTwoSided: fields.flag('isTwoSided'),
		};
		const detector = fields.build(() => new HddmA(options));
		detector.#count = fields.number('count');
		detector.#mean = fields.number('mean');
		const [lowCount, lowMean] = fields.list('low', 2);
		[detector.#lowCount, detector.#lowMean] = [lowCount!, lowMean!];
		const [highCount, highMean] = fields.list('high', 2);
		[detector.#highCount, detector.#highMean] = [highCount!, highMean!];
		detector.#isWarning = fields.flag('isWarning');
		detector.#change = fields.change();
		return detector;
	}

	/** Whether the mean of all has moved away from that of the first `cutCount` by more than the bound. */
	#exceeds(difference: number, cutCount: number, term: number): boolean {
		if (cutCount === this.#count) {
			return false;
		}

		const share = ((this.#count - cutCount) / cutCount) * (1 / this.#count);
		return difference >= Math.sqrt((share / 2) * term);
	}

	#call(cutCount: number, before: number): true {
		const after = (this.#mean * this.#count - before * cutCount) / (this.#count - cutCount);
		this.#change = {before, after};
		this.#count = 0;
		this.#mean = 0;
		this.#isWarning = false;
		return true;
	}
}

/** HDDM-A with its defaults. */
export const definition: DetectorDefinition = {
	name: 'hddm-a',
	summary: 'Two means of a bounded series that differ by more than the bound of Hoeffding.',
	source: 'Frias-Blanco et al. 2015, IEEE TKDE 27:810-823',
	input: 'error',
	// The bound holds for each test of a side, and there are two at each value: their sum over the interval may reach 1.
	budget: falseAlarmInterval => ({driftConfidence: Math.min(0.001, 1 / (2 * falseAlarmInterval))}),
	create: options => new HddmA(options),
	restore: snapshot => HddmA.restore(snapshot),
};
