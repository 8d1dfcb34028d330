/**
 * DDM: the error rate against its best, in standard deviations.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {DetectedChange, DetectorDefinition, DetectorSnapshot, DriftDetector} from './detector.ts';
import {changeField, SnapshotFields} from './snapshot-fields.ts';

/** Options of {@link Ddm}; the defaults and meanings are river's. */
export interface DdmOptions {
	/** Values before the first test. */
	readonly warmStart?: number;
	/** Standard deviations above the best rate at which a warning begins. */
	readonly warningThreshold?: number;
	/** Standard deviations above the best rate at which a change is called. */
	readonly driftThreshold?: number;
}

/**
 * The drift detection method: calls rises of an error rate, never falls.
 *
 * For comparison with others' figures; no alarm to rely on: a series without any change gives 1 to 11 alarms in 10,000 values, the more the rarer
 * the errors are. The older side of a called change is the time up to the best rate.
 *
 * @remarks
 * Shape: one number in [0, 1] per update, 1 = error.
 * Cost: O(1) time and memory.
 * Source: J. Gama, P. Medas, G. Castillo, P. Rodrigues, "Learning with Drift Detection", SBIA 2004, section 3.
 * @throws AssertionError - on a value outside [0, 1], and on options out of range.
 * @example
 * const detector = new Ddm();
 * const series = Array.from({length: 400}, (_, index) => index < 200 ? Number(index % 10 === 0) : 1);
 * series.findIndex(value => detector.update(value)); //=> 209
 */
export class Ddm implements DriftDetector {
	readonly #warmStart: number;
	readonly #warningThreshold: number;
	readonly #driftThreshold: number;
	#count = 0;
	#sum = 0;
	#rate = 0;
	/** The best rate, its standard deviation, and the values it was reached with. */
	#best = Infinity;
	#bestDeviation = Infinity;
	#bestCount = 0;
	#bestSum = 0;
	#isWarning = false;
	#change: DetectedChange | undefined;

	constructor({warmStart = 30, warningThreshold = 2, driftThreshold = 3}: DdmOptions = {}) {
		assert(warmStart >= 1 && warningThreshold > 0 && driftThreshold >= warningThreshold, 'options in range');
		this.#warmStart = warmStart;
		this.#warningThreshold = warningThreshold;
		this.#driftThreshold = driftThreshold;
	}

	get mean(): number {
		return this.#count === 0 ? (this.#change?.after ?? Number.NaN) : this.#sum / this.#count;
	}

	get change(): DetectedChange | undefined {
		return this.#change;
	}

	/** True while the rate is above the lower of the two thresholds. */
	get isWarning(): boolean {
		return this.#isWarning;
	}

	update(value: number): boolean {
		assert(value >= 0 && value <= 1, 'a value must lie in [0, 1]');
		const count = ++this.#count;
		this.#sum += value;
		this.#rate += (value - this.#rate) / count;
		if (count <= this.#warmStart) {
			return false;
		}

		const rate = this.#rate;
		const deviation = Math.sqrt((rate * (1 - rate)) / count);
		if (rate + deviation <= this.#best + this.#bestDeviation) {
			this.#best = rate;
			this.#bestDeviation = deviation;
			this.#bestCount = count;
			this.#bestSum = this.#sum;
		}

		this.#isWarning = rate + deviation > this.#best + this.#warningThreshold * this.#bestDeviation;
		return rate + deviation > this.#best + this.#driftThreshold * this.#bestDeviation && this.#call();
	}

	snapshot(): DetectorSnapshot {
		const hasBest = this.#bestCount > 0;
		return {
			detector: 'ddm',
			warmStart: this.#warmStart,
			warningThreshold: this.#warningThreshold,
			driftThreshold: this.#driftThreshold,
			count: this.#count,
			sum: this.#sum,
			rate: this.#rate,
			best: hasBest ? [this.#best, this.#bestDeviation, this.#bestCount, this.#bestSum] : [],
			isWarning: Number(this.#isWarning),
			change: changeField(this.#change),
		};
	}

	/** The detector that made a snapshot. @throws PerennialError - CHECKPOINT_CORRUPT if it is none of {@link Ddm}'s. */
	static restore(snapshot: DetectorSnapshot): Ddm {
		const fields = new SnapshotFields(snapshot, 'ddm');
		const options = {
			warmStart: fields.number('warmStart'),
			warningThreshold: fields.number('warningThreshold'),
			driftThreshold: fields.number('driftThreshold'),
		};
		const detector = fields.build(() => new Ddm(options));
		detector.#count = fields.number('count');
		detector.#sum = fields.number('sum');
		detector.#rate = fields.number('rate');
		detector.#isWarning = fields.flag('isWarning');
		detector.#change = fields.change();
		const best = fields.list('best');
		if (best.length > 0) {
			const [rate, deviation, count, sum] = fields.list('best', 4);
			[detector.#best, detector.#bestDeviation, detector.#bestCount, detector.#bestSum] = [rate!, deviation!, count!, sum!];
		}

		return detector;
	}

	#call(): boolean {
		const before = this.#bestSum / this.#bestCount;
		this.#change = {before, after: (this.#sum - this.#bestSum) / (this.#count - this.#bestCount)};
		this.#count = 0;
		this.#sum = 0;
		this.#rate = 0;
		this.#best = Infinity;
		this.#bestDeviation = Infinity;
		this.#bestCount = 0;
		this.#bestSum = 0;
		this.#isWarning = false;
		return true;
	}
}

/** DDM with its defaults. */
export const definition: DetectorDefinition = {
	name: 'ddm',
	summary: 'Rise of an error rate above its best by three standard deviations; for comparison.',
	source: 'Gama, Medas, Castillo and Rodrigues 2004, SBIA',
	input: 'error',
	create: options => new Ddm(options),
	restore: snapshot => Ddm.restore(snapshot),
};
