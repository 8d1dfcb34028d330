/**
 * Bernoulli CUSUM: the alarm for rates of rare events, with a stated false-alarm budget.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {DetectedChange, DetectorDefinition, DetectorSnapshot, DriftDetector} from './detector.ts';
import {changeField, SnapshotFields} from './snapshot-fields.ts';

/** Which changes are called. */
export type CusumDirection = 'rise' | 'fall' | 'both';

/** Options of {@link BernoulliCusum}. */
export interface BernoulliCusumOptions {
	/** The budget: mean number of values between two false alarms, both directions together; at least this many. */
	readonly falseAlarmInterval?: number;
	/** The rate to be found quickest is the usual rate times this (a rise) or divided by this (a fall); > 1. */
	readonly ratio?: number;
	readonly direction?: CusumDirection;
	/**
	 * Standard errors by which the usual rate is taken to be nearer to the changed one than was seen. With 2, the budget holds while few events are
	 * known, too: at most 0.9 % of new detectors call a change in their first thousand values; with 1 it is 6 %, with 0 up to 47 %.
	 */
	readonly caution?: number;
	/** A threshold in nats for each direction instead of the one that the budget gives. */
	readonly threshold?: number;
}

const DIRECTIONS = ['rise', 'fall', 'both'] as const;
/** The usual rate and what follows from it are reckoned anew when this share of values has been added. */
const REFRESH_SHARE = 1 / 16;
/** No rate is taken to be nearer to 0 or 1 than this; with it, the threshold is defined and steps are finite. */
const RATE_MARGIN = 1e-12;
/** Fixed-point steps to the threshold: it is right to 1e-4 from 0.4 nats on, and below that too high, which makes alarms rarer. */
const THRESHOLD_STEPS = 24;

/**
 * The threshold that keeps the mean number of values between false alarms at or above `falseAlarmInterval`, in nats.
 *
 * Solves (e^h - h - 1) / D = interval, where D is the mean step down of the log-likelihood ratio while nothing has changed. That is the run length
 * of a CUSUM without overshoot; a real one oversteps its bounds, which only makes alarms rarer: in simulations with known rates (p0 0.002 to 0.45,
 * ratios 1.5 to 3, h 3 to 6) the interval came out 1.2 to 1.8 times as long as asked for.
 *
 * Source: D. Siegmund, "Sequential Analysis", 1985, section 2.6; M. Reynolds, Z. Stoumbos, "A CUSUM Chart for Monitoring a Proportion When
 * Inspecting Continuously", J. Quality Technology 1999.
 *
 * @param p0 - Rate without a change, in (0, 1).
 * @param p1 - Rate after a change, in (0, 1), another one.
 * @example
 * cusumThreshold(0.002, 0.004, 137_267).toFixed(2); //=> '4.50'
 */
export function cusumThreshold(p0: number, p1: number, falseAlarmInterval: number): number {
	return thresholdOfSum(-(p0 * Math.log(p1 / p0) + (1 - p0) * Math.log((1 - p1) / (1 - p0))), falseAlarmInterval);
}

/** {@link cusumThreshold} for any log-likelihood ratio, from its mean step down without a change. */
export function thresholdOfSum(meanStepDown: number, falseAlarmInterval: number): number {
	let threshold = 1;
	for (let step = 0; step < THRESHOLD_STEPS; step++) {
		threshold = Math.log1p(falseAlarmInterval * meanStepDown + threshold);
	}

	return threshold;
}

/** One direction: its sum, the steps of the sum, and what was seen up to its last zero. */
class Side {
	readonly isRise: boolean;
	sum = 0;
	/** What a 1 and what a 0 add; 0 until a rate is known. */
	stepOfOne = 0;
	stepOfZero = 0;
	threshold = Infinity;
	/** Values, and ones among them, up to the last zero of the sum: what counts as usual. */
	count = 0;
	ones = 0;
	/** Values at which the steps are reckoned anew. */
	refreshAt = 1;

	constructor(isRise: boolean) {
		this.isRise = isRise;
	}

	clear(): void {
		this.sum = 0;
		this.stepOfOne = 0;
		this.stepOfZero = 0;
		this.threshold = Infinity;
		this.count = 0;
		this.ones = 0;
		this.refreshAt = 1;
	}

	/** Numbers that the future depends on; steps and threshold follow from the counts of the last refresh. */
	numbers(): readonly number[] {
		return [this.sum, this.stepOfOne, this.stepOfZero, this.count, this.ones, this.refreshAt];
	}
}

/**
 * Cumulative sum of the log-likelihood ratio of a changed rate against the usual one, for rises, falls or both.
 *
 * The usual rate needs no setting: it is that of all values up to the last time the sum was 0, so that the values that are under suspicion never
 * count as usual, and is taken two standard errors nearer to the change than it looks, which fades as events come. So the budget holds from the
 * first value on, and a change in the first values goes unseen. After an alarm everything is forgotten and the usual rate is learnt anew. A rate that creeps is
 * learnt as usual; use ADWIN or a fixed reference beside it.
 *
 * Values between 0 and 1 are taken as parts of an event; the budget holds for them too, since the likelihood ratio is convex.
 *
 * @remarks
 * Shape: one number in [0, 1] per update.
 * Cost: O(1) time and memory; no logarithm but when 1/16 more values have come.
 * Source: M. Reynolds, Z. Stoumbos, "A CUSUM Chart for Monitoring a Proportion When Inspecting Continuously", J. Quality Technology 1999; budget:
 * G. Lorden, "Procedures for Reacting to a Change in Distribution", Annals of Mathematical Statistics 1971.
 * @throws AssertionError - on a value outside [0, 1], and on options out of range.
 * @example
 * const detector = new BernoulliCusum({falseAlarmInterval: 100_000});
 * const series = Array.from({length: 4000}, (_, index) => Number(index % (index < 2000 ? 50 : 10) === 0));
 * series.findIndex(value => detector.update(value)); //=> 2160
 * detector.change.after > 4 * detector.change.before; //=> true
 */
export class BernoulliCusum implements DriftDetector {
	readonly #falseAlarmInterval: number;
	readonly #ratio: number;
	readonly #direction: CusumDirection;
	readonly #caution: number;
	readonly #fixedThreshold: number | undefined;
	readonly #watchesRise: boolean;
	readonly #watchesFall: boolean;
	readonly #rise = new Side(true);
	readonly #fall = new Side(false);
	#count = 0;
	#ones = 0;
	#change: DetectedChange | undefined;

	constructor({falseAlarmInterval = 100_000, ratio = 2, direction = 'both', caution = 2, threshold}: BernoulliCusumOptions = {}) {
		assert(falseAlarmInterval >= 1 && Number.isFinite(falseAlarmInterval) && ratio > 1 && Number.isFinite(ratio), 'options in range');
		assert(caution >= 0 && (threshold === undefined || threshold > 0), 'a caution of 0 or more, a threshold above 0');
		this.#falseAlarmInterval = falseAlarmInterval;
		this.#ratio = ratio;
		this.#direction = direction;
		this.#caution = caution;
		this.#fixedThreshold = threshold;
		this.#watchesRise = direction !== 'fall';
		this.#watchesFall = direction !== 'rise';
	}

	/** Mean since the newest called change. */
	get mean(): number {
		return this.#count === 0 ? (this.#change?.after ?? Number.NaN) : this.#ones / this.#count;
	}

	get change(): DetectedChange | undefined {
		return this.#change;
	}

	update(value: number): boolean {
		assert(value >= 0 && value <= 1, 'a value must lie in [0, 1]');
		this.#count++;
		this.#ones += value;
		return (this.#watchesRise && this.#add(this.#rise, value)) || (this.#watchesFall && this.#add(this.#fall, value));
	}

	snapshot(): DetectorSnapshot {
		return {
			detector: 'bernoulli-cusum',
			falseAlarmInterval: this.#falseAlarmInterval,
			ratio: this.#ratio,
			direction: this.#direction,
			caution: this.#caution,
			fixedThreshold: this.#fixedThreshold === undefined ? [] : [this.#fixedThreshold],
			count: this.#count,
			ones: this.#ones,
			rise: this.#rise.numbers(),
			riseThreshold: finite(this.#rise.threshold),
			fall: this.#fall.numbers(),
			fallThreshold: finite(this.#fall.threshold),
			change: changeField(this.#change),
		};
	}

	/** The detector that made a snapshot. @throws PerennialError - CHECKPOINT_CORRUPT if it is none of {@link BernoulliCusum}'s. */
	static restore(snapshot: DetectorSnapshot): BernoulliCusum {
		const fields = new SnapshotFields(snapshot, 'bernoulli-cusum');
		const [threshold] = fields.list('fixedThreshold');
		const options = {
			falseAlarmInterval: fields.number('falseAlarmInterval'),
			ratio: fields.number('ratio'),
			direction: fields.oneOf('direction', DIRECTIONS),
			caution: fields.number('caution'),
			...(threshold === undefined ? {} : {threshold}),
		};
		const detector = fields.build(() => new BernoulliCusum(options));
		detector.#count = fields.number('count');
		detector.#ones = fields.number('ones');
		for (const side of [detector.#rise, detector.#fall]) {
			const name = side.isRise ? 'rise' : 'fall';
			const numbers = fields.list(name, 6);
			[side.sum, side.stepOfOne, side.stepOfZero] = [numbers[0]!, numbers[1]!, numbers[2]!];
			[side.count, side.ones, side.refreshAt] = [numbers[3]!, numbers[4]!, numbers[5]!];
			side.threshold = fields.list(`${name}Threshold`)[0] ?? Infinity;
		}

		detector.#change = fields.change();
		return detector;
	}

	#add(side: Side, value: number): boolean {
		const sum = side.sum + side.stepOfZero + value * (side.stepOfOne - side.stepOfZero);
		if (sum > 0) {
			side.sum = sum;
			return sum > side.threshold && this.#call(side);
		}

		side.sum = 0;
		side.count = this.#count;
		side.ones = this.#ones;
		if (this.#count >= side.refreshAt) {
			this.#refresh(side);
		}

		return false;
	}

	/** Steps and threshold from what is usual now. */
	#refresh(side: Side): void {
		const {count, ones, isRise} = side;
		side.refreshAt = count + Math.max(1, Math.floor(count * REFRESH_SHARE));
		const error = this.#caution * Math.sqrt(ones + 1);
		const p0 = isRise
			? Math.min((ones + 1 + error) / (count + 1), 1 - RATE_MARGIN)
			: Math.max((ones - error) / (count + 1), RATE_MARGIN);
		const p1 = isRise ? Math.min(this.#ratio * p0, (1 + p0) / 2) : p0 / this.#ratio;
		side.stepOfOne = Math.log(p1 / p0);
		side.stepOfZero = Math.log1p((p0 - p1) / (1 - p0));
		const interval = this.#direction === 'both' ? 2 * this.#falseAlarmInterval : this.#falseAlarmInterval;
		side.threshold = this.#fixedThreshold ?? cusumThreshold(p0, p1, interval);
	}

	#call({count, ones}: Side): true {
		const before = count === 0 ? 0 : ones / count;
		this.#change = {before, after: (this.#ones - ones) / (this.#count - count)};
		this.#count = 0;
		this.#ones = 0;
		this.#rise.clear();
		this.#fall.clear();
		return true;
	}
}

/** A threshold as a field of a snapshot: nothing while there is none. */
function finite(threshold: number): readonly number[] {
	return threshold === Infinity ? [] : [threshold];
}

/** The Bernoulli CUSUM with its defaults: at most one false alarm in 100,000 values. */
export const definition: DetectorDefinition = {
	name: 'bernoulli-cusum',
	summary: 'Cumulative log-likelihood ratio of a doubled or halved rate, with a stated budget of false alarms.',
	source: 'Reynolds and Stoumbos 1999, Journal of Quality Technology 31:87-108',
	// Misses are the rare events among errors: at a base rate of 0.5 %, false alarms of the model hide them in the rate of all errors.
	input: 'miss',
	budget: falseAlarmInterval => ({falseAlarmInterval: Math.max(100_000, falseAlarmInterval)}),
	create: options => new BernoulliCusum(options),
	restore: snapshot => BernoulliCusum.restore(snapshot),
};
