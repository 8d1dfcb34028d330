/**
 * The mixture behind a stack: own models mixed and calibrated, then mixed with an outside model that may be absent, and calibrated again.
 *
 * @module
 */
import type {PortableMixture} from '../../../core/domain/index.ts';
import {OnlinePlatt} from '../platt.ts';
import {ExpertMixture} from './expert-mixture.ts';
import {OutsideTrust} from './outside-trust.ts';
import {OwnMixture, type OwnMixtureOptions} from './own-mixture.ts';

const OUTSIDE = 0;

/**
 * Two levels, so that a row without the outside model's score loses nothing: its own models answer alone, with weights learnt without it.
 *
 * The upper level starts on the outside model, the less so the more the own models had learnt when it was first heard. Only rows that have its score use
 * and teach the upper level; its weights are kept meanwhile.
 * Holds no state beside scratch: numbers stand in the caller's array from index 0 on.
 *
 * @remarks
 * Shape: probabilities of the own models, `outputCount` each, and of the outside model -> probabilities.
 * Cost: that of an {@link OwnMixture}, an {@link ExpertMixture} and two {@link OnlinePlatt}s.
 * Source: M. Herbster, M. Warmuth, "Tracking the Best Expert", Machine Learning 32, 1998.
 */
export class CalibratedMixture {
	readonly parameterCount: number;
	/** Numbers that {@link remember} writes. */
	readonly answerCount: number;
	readonly #outputCount: number;
	readonly #own: OwnMixture;
	readonly #whole: ExpertMixture;
	readonly #platt: OnlinePlatt;
	readonly #trust: OutsideTrust;
	readonly #wholeAt: number;
	readonly #wholePlattAt: number;
	readonly #trustAt: number;
	/** Scratch: what the own models say together; the same beside the outside model; what both say together. */
	readonly #ownSaid: Float64Array;
	readonly #arms: Float64Array;
	readonly #wholeSaid: Float64Array;

	constructor(options: OwnMixtureOptions) {
		const {outputCount} = options;
		this.#outputCount = outputCount;
		this.#own = new OwnMixture(options);
		this.#whole = new ExpertMixture({armCount: 2, outputCount, startOn: OUTSIDE});
		this.#platt = new OnlinePlatt(outputCount);
		this.#trust = new OutsideTrust(outputCount);
		this.#wholeAt = this.#own.parameterCount;
		this.#wholePlattAt = this.#wholeAt + this.#whole.parameterCount;
		this.#trustAt = this.#wholePlattAt + this.#platt.parameterCount;
		this.parameterCount = this.#trustAt + this.#trust.parameterCount;
		this.answerCount = this.#own.answerCount;
		this.#ownSaid = new Float64Array(outputCount);
		this.#arms = new Float64Array(2 * outputCount);
		this.#wholeSaid = new Float64Array(outputCount);
	}

	/** Write the starting numbers. */
	reset(state: Float64Array): void {
		this.#own.reset(state);
		this.#whole.reset(state, this.#wholeAt);
		this.#platt.reset(state, this.#wholePlattAt);
		this.#trust.reset(state, this.#trustAt);
	}

	/**
	 * Probabilities into `into`. `expert`: what the outside model said; absent, or no probabilities: it said nothing. `logits`: those of the own models, if
	 * they are known.
	 */
	predict(state: Float64Array, experts: Float64Array, expert: Float64Array | undefined, into: Float64Array, logits?: Float64Array): void {
		this.#own.predict(state, experts, this.#ownSaid, logits);
		if (expert === undefined || !areProbabilities(expert, this.#outputCount)) {
			for (let output = 0; output < this.#outputCount; output++) {
				into[output] = this.#ownSaid[output]!;
			}

			return;
		}

		for (let output = 0; output < this.#outputCount; output++) {
			this.#arms[output] = expert[output]!;
			this.#arms[this.#outputCount + output] = this.#ownSaid[output]!;
		}

		this.#whole.predict(state, this.#wholeAt, this.#arms, this.#wholeSaid);
		this.#platt.predict(state, this.#wholePlattAt, this.#wholeSaid, into);
	}

	/** What {@link predict} answers with where the outside model says nothing, as plain data. */
	describeOwn(state: Float64Array): Pick<PortableMixture, 'branches' | 'ways' | 'calibration'> {
		return this.#own.describe(state);
	}

	/** Write what is said about a row whose label is still to come from `at` on: {@link answerCount} numbers, for {@link learnRemembered}. */
	remember(state: Float64Array, experts: Float64Array, into: Float64Array, at: number, logits?: Float64Array): void {
		this.#own.predict(state, experts, this.#ownSaid, logits);
		this.#own.remember(state, experts, into, at);
	}

	/** Learn the label of the row that {@link predict} was last asked about, with the same arguments, by what the models say now. */
	learn(state: Float64Array, experts: Float64Array, expert: Float64Array | undefined, label: number, weight: number): void {
		if (expert !== undefined && areProbabilities(expert, this.#outputCount)) {
			this.#learnWhole(state, label, weight);
		} else if (this.#trust.learn(state, this.#trustAt, this.#ownSaid, label)) {
			this.#whole.startWithTrust(state, this.#wholeAt, this.#trust.value(state, this.#trustAt));
		}

		this.#own.learn(state, experts, label, weight);
	}

	/** Learn the same label by what {@link remember} had written at `at` when the row was asked about. `weight`: made smaller for the delay. */
	learnRemembered(state: Float64Array, answers: Float64Array, at: number, label: number, weight: number): void {
		this.#own.learnRemembered(state, answers, at, label, weight);
	}

	#learnWhole(state: Float64Array, label: number, weight: number): void {
		this.#trust.hear(state, this.#trustAt);
		this.#platt.learn(state, this.#wholePlattAt, this.#wholeSaid, label, weight);
		this.#whole.learn(state, this.#wholeAt, this.#arms, label, weight);
	}
}

/** True if all numbers lie in [0, 1], and those of several classes add up to about one. */
function areProbabilities(values: Float64Array, outputCount: number): boolean {
	let sum = 0;
	for (let output = 0; output < outputCount; output++) {
		const value = values[output]!;
		if (!(value >= 0 && value <= 1)) {
			return false;
		}

		sum += value;
	}

	return outputCount === 1 || (sum > 0.99 && sum < 1.01);
}
