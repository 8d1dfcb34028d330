/**
 * Is the challenger better than the champion? Asked after every label, as often as anybody likes, without paying for having looked.
 *
 * @module
 */
import assert from 'node:assert/strict';

/** What is known so far. */
export interface SequentialStanding {
	readonly labels: number;
	/** Mean of (loss of the champion - loss of the challenger). */
	readonly gain: number;
	/** Limits of the true gain that hold at all times at once; infinite until there are labels enough. */
	readonly low: number;
	readonly high: number;
	/** `better` or `worse` from the first label at which the limits leave zero on one side; it never changes after that. */
	readonly verdict: 'undecided' | 'better' | 'worse';
	/** Labels at which the verdict fell. */
	readonly decidedAt?: number;
}

/** Options of {@link PairedSequentialTest}. */
export interface PairedSequentialTestOptions {
	/** Probability that the limits ever miss the true gain; a wrong `better` has half of it. */
	readonly errorMax?: number;
	/** Labels at which the limits are tightest: about as many as a decision should take. */
	readonly labelsExpected?: number;
	/** Labels of each class without which there are no limits: below, the mean of losses of a rare class is not yet normal. */
	readonly classLabelsMin?: number;
	/** Labels on which the losses differ, without which there are no limits: costs are equal wherever both decide alike, and a few that differ are not normal. */
	readonly differencesMin?: number;
}

/**
 * The asymptotic confidence sequence of a mean: a normal mixture martingale with the running variance.
 *
 * It holds for losses of any range, and tends to be exact as labels come; with few labels of one class it does not, which is what `classLabelsMin` is for.
 * Labels must come in an order that has nothing to do with their value, as matured outcomes do; the gain is the mean over the labels seen, so where it changes
 * over time the limits are about its average.
 *
 * @remarks
 * Shape: two losses and a class a label -> a gain with its limits.
 * Cost: O(1) time and memory a label.
 * Source: I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", Annals of
 * Statistics 52 (2024), theorem 2.2; the tuning is their appendix on the width at a chosen time.
 * @throws AssertionError - on a loss that is not finite: probabilities are kept off 0 and 1 by whoever scores them.
 * @example
 * const test = new PairedSequentialTest();
 * for (let i = 0; i < 2000; i++) test.learnOne(0.5 + (i % 3) * 0.1, 0.45 + (i % 2) * 0.1, i % 2);
 * test.value.verdict; //=> 'better'
 */
export class PairedSequentialTest {
	readonly #errorMax: number;
	readonly #mixture: number;
	readonly #classLabelsMin: number;
	readonly #differencesMin: number;
	readonly #classLabels = new Map<number, number>();
	#labels = 0;
	#differences = 0;
	#mean = 0;
	#squares = 0;
	#verdict: SequentialStanding['verdict'] = 'undecided';
	#decidedAt: number | undefined;

	constructor({errorMax = 0.05, labelsExpected = 5000, classLabelsMin = 50, differencesMin = 0}: PairedSequentialTestOptions = {}) {
		assert.ok(errorMax > 0 && errorMax < 1, 'errorMax lies between 0 and 1');
		this.#errorMax = errorMax;
		this.#mixture = mixtureOf(errorMax, labelsExpected);
		this.#classLabelsMin = classLabelsMin;
		this.#differencesMin = differencesMin;
	}

	/** What is known now. */
	get value(): SequentialStanding {
		const radius = this.#radius();
		return {
			labels: this.#labels,
			gain: this.#mean,
			low: this.#mean - radius,
			high: this.#mean + radius,
			verdict: this.#verdict,
			...(this.#decidedAt !== undefined && {decidedAt: this.#decidedAt}),
		};
	}

	/** Take one label: what champion and challenger lost on it, and its class. */
	learnOne(championLoss: number, challengerLoss: number, label: number): void {
		const gain = championLoss - challengerLoss;
		assert.ok(Number.isFinite(gain), 'losses are finite');
		this.#labels++;
		this.#differences += gain === 0 ? 0 : 1;
		this.#classLabels.set(label, (this.#classLabels.get(label) ?? 0) + 1);
		const delta = gain - this.#mean;
		this.#mean += delta / this.#labels;
		this.#squares += delta * (gain - this.#mean);
		if (this.#verdict === 'undecided' && Math.abs(this.#mean) > this.#radius()) {
			this.#verdict = this.#mean > 0 ? 'better' : 'worse';
			this.#decidedAt = this.#labels;
		}
	}

	#radius(): number {
		const isEnough =
			this.#classLabels.size > 1 &&
			[...this.#classLabels.values()].every(count => count >= this.#classLabelsMin) &&
			this.#differences >= this.#differencesMin;
		return isEnough ? radiusAt(this.#labels, Math.sqrt(this.#squares / this.#labels), this.#errorMax, this.#mixture) : Infinity;
	}
}

/**
 * Labels at which the limits are as far from the mean as the gain is large: by then a challenger of this gain is found out at least every second time.
 *
 * @param deviation - Standard deviation of the paired differences.
 * @example
 * labelsToDecide(0.01, 0.1) < labelsToDecide(0.005, 0.1); //=> true
 */
export function labelsToDecide(
	gain: number,
	deviation: number,
	{errorMax = 0.05, labelsExpected = 5000}: Pick<PairedSequentialTestOptions, 'errorMax' | 'labelsExpected'> = {},
): number {
	const mixture = mixtureOf(errorMax, labelsExpected);
	let [low, high] = [1, 2 ** 50];
	while (low < high) {
		const middle = Math.floor((low + high) / 2);
		if (radiusAt(middle, deviation, errorMax, mixture) > gain) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}

	return low;
}

/** Variance of the mixture that makes the limits tightest at `labels`. */
function mixtureOf(errorMax: number, labels: number): number {
	const bits = -2 * Math.log(errorMax);
	return (bits + Math.log(bits + 1)) / labels;
}

function radiusAt(labels: number, deviation: number, errorMax: number, mixture: number): number {
	const scaled = labels * mixture + 1;
	return deviation * Math.sqrt(((2 * scaled) / (labels * labels * mixture)) * Math.log(Math.sqrt(scaled) / errorMax));
}
