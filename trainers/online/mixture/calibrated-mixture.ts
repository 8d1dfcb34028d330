/**
 * The mixture behind a stack: own models mixed and calibrated, then mixed with an outside model that may be absent, and calibrated again.
 *
 * @module
 */
import type {PortableMixture} from '../../../core/domain/index.ts';
import {OnlinePlatt} from '../platt.ts';
import {ExpertMixture} from './expert-mixture.ts';

const OUTSIDE = 0;

/**
 * Two levels, so that a row without the outside model's score loses nothing: its own models answer alone, with weights learnt without it.
 *
 * The upper level starts on the outside model. Only rows that have its score use and teach the upper level; its weights are kept meanwhile.
 * Holds no state beside scratch: numbers stand in the caller's array from index 0 on.
 *
 * @remarks
 * Shape: probabilities of the own models, `outputCount` each, and of the outside model -> probabilities.
 * Cost: that of two {@link ExpertMixture}s and two {@link OnlinePlatt}s.
 * Source: M. Herbster, M. Warmuth, "Tracking the Best Expert", Machine Learning 32, 1998.
 */
export class CalibratedMixture {
	readonly parameterCount: number;
	readonly #outputCount: number;
	readonly #own: ExpertMixture;
	readonly #whole: ExpertMixture;
	readonly #platt: OnlinePlatt;
	readonly #ownPlattAt: number;
	readonly #wholeAt: number;
	readonly #wholePlattAt: number;
	/** Scratch: what the own models say together; the same beside the outside model; what both say together. */
	readonly #ownSaid: Float64Array;
	readonly #arms: Float64Array;
	readonly #wholeSaid: Float64Array;

	/** @param expertCount - Own models, at least 1. */
	constructor(expertCount: number, outputCount: number) {
		this.#outputCount = outputCount;
		this.#own = new ExpertMixture({armCount: expertCount, outputCount});
		this.#whole = new ExpertMixture({armCount: 2, outputCount, startOn: OUTSIDE});
		this.#platt = new OnlinePlatt(outputCount);
		this.#ownPlattAt = this.#own.parameterCount;
		this.#wholeAt = this.#ownPlattAt + this.#platt.parameterCount;
		this.#wholePlattAt = this.#wholeAt + this.#whole.parameterCount;
		this.parameterCount = this.#wholePlattAt + this.#platt.parameterCount;
		this.#ownSaid = new Float64Array(outputCount);
		this.#arms = new Float64Array(2 * outputCount);
		this.#wholeSaid = new Float64Array(outputCount);
	}

	/** Write the starting numbers. */
	reset(state: Float64Array): void {
		this.#own.reset(state, 0);
		this.#platt.reset(state, this.#ownPlattAt);
		this.#whole.reset(state, this.#wholeAt);
		this.#platt.reset(state, this.#wholePlattAt);
	}

	/** Probabilities into `into`. `expert`: what the outside model said; absent, or no probabilities: it said nothing. */
	predict(state: Float64Array, experts: Float64Array, expert: Float64Array | undefined, into: Float64Array): void {
		this.#own.predict(state, 0, experts, this.#ownSaid);
		if (expert === undefined || !areProbabilities(expert, this.#outputCount)) {
			this.#platt.predict(state, this.#ownPlattAt, this.#ownSaid, into);
			return;
		}

		this.#platt.predict(state, this.#ownPlattAt, this.#ownSaid, this.#wholeSaid);
		for (let output = 0; output < this.#outputCount; output++) {
			this.#arms[output] = expert[output]!;
			this.#arms[this.#outputCount + output] = this.#wholeSaid[output]!;
		}

		this.#whole.predict(state, this.#wholeAt, this.#arms, this.#wholeSaid);
		this.#platt.predict(state, this.#wholePlattAt, this.#wholeSaid, into);
	}

	/** What {@link predict} answers with where the outside model says nothing, as plain data. */
	describeOwn(state: Float64Array): Pick<PortableMixture, 'stackings' | 'masses' | 'ways' | 'calibration'> {
		const calibration = this.#platt.describe(state, this.#ownPlattAt);
		return {...this.#own.describe(state, 0), ...(calibration && {calibration})};
	}

	/** Learn the label of the row that {@link predict} was last asked about, with the same arguments. */
	learn(state: Float64Array, experts: Float64Array, expert: Float64Array | undefined, label: number, weight: number): void {
		if (expert !== undefined && areProbabilities(expert, this.#outputCount)) {
			this.#platt.learn(state, this.#wholePlattAt, this.#wholeSaid, label, weight);
			this.#whole.learn(state, this.#wholeAt, this.#arms, label, weight);
		}

		this.#platt.learn(state, this.#ownPlattAt, this.#ownSaid, label, weight);
		this.#own.learn(state, 0, experts, label, weight);
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
