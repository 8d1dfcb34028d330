/**
 * Score CUSUM: is the answer still worth what its probability says? Uses each probability, where other detectors see only right or wrong.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {sigmoid} from '../../core/numerics/index.ts';
import type {DetectedChange, DetectorDefinition, DetectorSnapshot, DriftDetector} from './detector.ts';
import {changeField, SnapshotFields} from './snapshot-fields.ts';

/** Options of {@link ScoreCusum}. */
export interface ScoreCusumOptions {
	/** The budget: mean number of values between two false alarms; at least this many. */
	readonly falseAlarmInterval?: number;
	/** Log-odds by which a level must be off to be found quickest; > 0. */
	readonly shift?: number;
	/** Factor on the slope of the log-odds at which lost discrimination is found quickest; in [0, 1). */
	readonly slopeLeft?: number;
	/** A threshold in nats instead of the one that the budget gives. */
	readonly threshold?: number;
}

/** Values before which nothing is called: what is usual must be known first. */
const WARM_UP = 300;
/** No probability counts as surer than this. */
const PROBABILITY_MIN = 1e-4;
/** Curvature of one value at least: a step of the filter is bounded where a label was held to be impossible. */
const WEIGHT_MIN = 0.01;
/** Standard errors by which usual answers are taken to be nearer to changed ones. */
const CAUTION = 2;
/** The threshold is reckoned anew when this share of values has been added. */
const REFRESH_SHARE = 1 / 16;
const THRESHOLD_STEPS = 24;
/** Share of the threshold up to which sums are calm. */
const CALM_SHARE = 0.25;
/** Values after which the usual answers are learnt no faster: a slow creep is not to be learnt as usual. */
const MEMORY_MAX = 20_000;

/** A line that turns the log-odds of a probability into those that they are worth. */
interface Recalibration {
	/** At `middle`. */
	readonly level: number;
	readonly slope: number;
	readonly levelVariance: number;
	readonly slopeVariance: number;
	readonly covariance: number;
	/** Mean of the log-odds. */
	readonly middle: number;
	/** Nats by which all three sums together step down on average while nothing changes. */
	readonly information: number;
}

const RECALIBRATION = ['level', 'slope', 'levelVariance', 'slopeVariance', 'covariance', 'middle', 'information'] as const;
/** Probabilities are worth what they say, give or take. */
const UNKNOWN: Recalibration = {level: 0, slope: 1, levelVariance: 4, slopeVariance: 0.25, covariance: 0, middle: 0, information: 0};

/**
 * Cumulative sums of the log-likelihood ratio of changed answers against the usual ones: the level of the log-odds higher, lower, or their slope
 * lost in part. The usual ones are a recalibration of the probabilities, so that a model need not be calibrated; what came since a sum went beyond a
 * quarter of the threshold does not count as usual until all are below it again. Usual answers are taken two standard
 * errors nearer to the changed ones than they look, which fades.
 *
 * A value is a label less its probability, which holds both: its sign is the label. The threshold is that of
 * a cumulative sum without overshoot, which only makes alarms rarer; after an alarm what is usual is learnt anew.
 *
 * @remarks
 * Shape: one number in [-1, 1] per update, label minus probability.
 * Cost: O(1) time and memory; two logarithms and four exponentials.
 * Source: G. Lorden, "Procedures for Reacting to a Change in Distribution", Annals of Mathematical Statistics 1971; D. Siegmund,
 * "Sequential Analysis", 1985; risk-adjusted: S. Steiner, R. Cook,
 * V. Farewell, T. Treasure, "Monitoring Surgical Performance Using Risk-adjusted Cumulative Sum Charts", Biostatistics 1, 2000.
 * @throws AssertionError - on a value outside [-1, 1], and on options out of range.
 * @example
 * const detector = new ScoreCusum({falseAlarmInterval: 10_000});
 * const series = Array.from({length: 3000}, (_, index) => (index % (index < 2000 ? 10 : 3) === 0 ? 0.9 : -0.1));
 * const at = series.findIndex(value => detector.update(value));
 * at >= 2000 && at < 2200; //=> true
 */
export class ScoreCusum implements DriftDetector {
	readonly #options: {falseAlarmInterval: number; shift: number; slopeLeft: number; threshold: number | undefined};
	#threshold: number;
	/** What the threshold was last reckoned from, 0 before; and the values at which it is reckoned anew. */
	#information = 0;
	#refreshAt = WARM_UP;
	/** Level up, level down, slope lost. */
	#sums: [number, number, number] = [0, 0, 0];
	/** What counts as usual, and what is learnt from all values: the former is the latter at the last calm time. */
	#usual: Recalibration = UNKNOWN;
	#learnt: Recalibration = UNKNOWN;
	#count = 0;
	#sum = 0;
	/** Values and their sum up to the last calm time. */
	#calm = {count: 0, sum: 0};
	#change: DetectedChange | undefined;

	constructor({falseAlarmInterval = 100_000, shift = 0.5, slopeLeft = 0.5, threshold}: ScoreCusumOptions = {}) {
		assert(
			falseAlarmInterval >= 1 && Number.isFinite(falseAlarmInterval) && shift > 0 && slopeLeft >= 0 && slopeLeft < 1,
			'options in range',
		);
		assert(threshold === undefined || threshold > 0, 'a threshold above 0');
		this.#options = {falseAlarmInterval, shift, slopeLeft, threshold};
		this.#threshold = this.#thresholdOf();
	}

	/** Mean since the newest called change. */
	get mean(): number {
		return this.#count === 0 ? (this.#change?.after ?? Number.NaN) : this.#sum / this.#count;
	}

	get change(): DetectedChange | undefined {
		return this.#change;
	}

	update(value: number): boolean {
		assert(value >= -1 && value <= 1, 'a label less its probability');
		this.#count++;
		this.#sum += value;
		const label = value > 0 ? 1 : 0;
		const probability = Math.min(1 - PROBABILITY_MIN, Math.max(PROBABILITY_MIN, label - value));
		const logit = Math.log(probability / (1 - probability));
		this.#watch(logit, label);
		if (this.#count >= WARM_UP && Math.max(...this.#sums) > this.#threshold) {
			return this.#call();
		}

		this.#learnt = this.#learnOne(logit, label);
		if (Math.max(...this.#sums) <= CALM_SHARE * this.#threshold) {
			this.#usual = this.#learnt;
			this.#calm = {count: this.#count, sum: this.#sum};
			this.#refresh();
		}

		return false;
	}

	snapshot(): DetectorSnapshot {
		const {falseAlarmInterval, shift, slopeLeft, threshold} = this.#options;
		return {
			detector: 'score-cusum',
			falseAlarmInterval,
			shift,
			slopeLeft,
			fixedThreshold: threshold === undefined ? [] : [threshold],
			sums: [...this.#sums],
			usual: RECALIBRATION.map(name => this.#usual[name]),
			learnt: RECALIBRATION.map(name => this.#learnt[name]),
			counts: [this.#count, this.#sum, this.#calm.count, this.#calm.sum, this.#information, this.#refreshAt],
			change: changeField(this.#change),
		};
	}

	/** The detector that made a snapshot. @throws PerennialError - CHECKPOINT_CORRUPT if it is none of {@link ScoreCusum}'s. */
	static restore(snapshot: DetectorSnapshot): ScoreCusum {
		const fields = new SnapshotFields(snapshot, 'score-cusum');
		const [threshold] = fields.list('fixedThreshold');
		const options = {
			falseAlarmInterval: fields.number('falseAlarmInterval'),
			shift: fields.number('shift'),
			slopeLeft: fields.number('slopeLeft'),
			...(threshold === undefined ? {} : {threshold}),
		};
		const detector = fields.build(() => new ScoreCusum(options));
		const [up, down, lost] = fields.list('sums', 3);
		const [count, sum, calmCount, calmSum, information, refreshAt] = fields.list('counts', 6);
		const recalibration = (field: string): Recalibration => {
			const numbers = fields.list(field, RECALIBRATION.length);
			return Object.fromEntries(RECALIBRATION.map((name, index) => [name, numbers[index]!])) as unknown as Recalibration;
		};

		detector.#sums = [up!, down!, lost!];
		detector.#usual = recalibration('usual');
		detector.#learnt = recalibration('learnt');
		[detector.#count, detector.#sum, detector.#calm] = [count!, sum!, {count: calmCount!, sum: calmSum!}];
		[detector.#information, detector.#refreshAt] = [information!, refreshAt!];
		detector.#threshold = detector.#thresholdOf();
		detector.#change = fields.change();
		return detector;
	}

	#watch(logit: number, label: number): void {
		if (this.#count <= WARM_UP) {
			return;
		}

		const {level, slope, levelVariance, slopeVariance, middle} = this.#usual;
		const {shift, slopeLeft} = this.#options;
		const x = logit - middle;
		const [levelError, slopeError] = [CAUTION * Math.sqrt(levelVariance), CAUTION * Math.sqrt(slopeVariance)];
		const [higher, lower] = [level + levelError + slope * x, level - levelError + slope * x];
		const flatter = Math.max(0, slope - slopeError);
		this.#add(0, higher, higher + shift, label);
		this.#add(1, lower, lower - shift, label);
		this.#add(2, level + flatter * x, level + slopeLeft * flatter * x, label);
	}

	#refresh(): void {
		if (this.#count >= this.#refreshAt) {
			this.#refreshAt = this.#count + Math.floor(this.#count * REFRESH_SHARE);
			this.#information = this.#usual.information;
			this.#threshold = this.#thresholdOf();
		}
	}

	/** That of sums which step down by so much on average, from the mean number of values between false alarms. */
	#thresholdOf(): number {
		const {falseAlarmInterval, threshold} = this.#options;
		if (threshold !== undefined || this.#information === 0) {
			return threshold ?? Math.log(this.#sums.length * falseAlarmInterval);
		}

		let solved = 1;
		for (let step = 0; step < THRESHOLD_STEPS; step++) {
			solved = Math.log1p(falseAlarmInterval * this.#information + solved);
		}

		return solved;
	}

	/** A step of the extended Kalman filter of a logistic regression in two numbers. */
	#learnOne(logit: number, label: number): Recalibration {
		const [before, count] = [this.#learnt, this.#count];
		const {shift, slopeLeft} = this.#options;
		const x = logit - before.middle;
		const p = sigmoid(before.level + before.slope * x);
		const weight = Math.max(p * (1 - p), WEIGHT_MIN);
		const a = before.levelVariance + before.covariance * x;
		const b = before.covariance + before.slopeVariance * x;
		const gain = 1 / (1 / weight + a + b * x);
		const error = (label - p) / weight;
		const slope = before.slope + b * gain * error;
		// The level is that at the mean of the log-odds of the first values, so that it and the slope hardly depend on each other.
		const moved = count <= WARM_UP ? (logit - before.middle) / count : 0;
		const fading = count > MEMORY_MAX ? 1 + 1 / MEMORY_MAX : 1;
		const information = weight * (shift ** 2 + ((1 - slopeLeft) * before.slope * x) ** 2 / 2);
		return {
			level: before.level + a * gain * error + slope * moved,
			slope,
			levelVariance: (before.levelVariance - a * a * gain) * fading,
			slopeVariance: (before.slopeVariance - b * b * gain) * fading,
			covariance: (before.covariance - a * b * gain) * fading,
			middle: before.middle + moved,
			information: before.information + (information - before.information) / Math.min(count, MEMORY_MAX),
		};
	}

	#add(at: 0 | 1 | 2, usual: number, changed: number, label: number): void {
		this.#sums[at] = Math.max(0, this.#sums[at] + logLikelihood(changed, label) - logLikelihood(usual, label));
	}

	#call(): true {
		const {count, sum} = this.#calm;
		this.#change = {before: count === 0 ? 0 : sum / count, after: (this.#sum - sum) / (this.#count - count)};
		this.#count = 0;
		this.#sum = 0;
		this.#calm = {count: 0, sum: 0};
		this.#sums = [0, 0, 0];
		this.#information = 0;
		this.#refreshAt = WARM_UP;
		this.#threshold = this.#thresholdOf();
		this.#usual = UNKNOWN;
		this.#learnt = UNKNOWN;
		return true;
	}
}

function logLikelihood(logit: number, label: number): number {
	const signed = label === 1 ? logit : -logit;
	return signed > 0 ? -Math.log1p(Math.exp(-signed)) : signed - Math.log1p(Math.exp(signed));
}

/** The score CUSUM with its defaults: at most one false alarm in 100,000 values. */
export const definition: DetectorDefinition = {
	name: 'score-cusum',
	summary: 'Cumulative log-likelihood ratio of answers whose level is off, or whose slope is lost, against their usual calibration.',
	source: 'Lorden 1971, Annals of Mathematical Statistics 42; Steiner, Cook, Farewell and Treasure 2000, Biostatistics 1',
	input: 'residual',
	budget: falseAlarmInterval => ({falseAlarmInterval: Math.max(100_000, falseAlarmInterval)}),
	create: options => new ScoreCusum(options),
	restore: snapshot => ScoreCusum.restore(snapshot),
};
