/**
 * A mixture that follows the best of several models, and a change of which that is.
 *
 * @module
 */

/** Least probability that a model is charged for: one wrong certainty never silences it for long. */
const CHARGED_MIN = 1e-3;

/** Options of {@link FixedShareHedge}. */
export interface FixedShareHedgeOptions {
	readonly armCount: number;
	readonly outputCount: number;
	/** Share of all mass that is dealt out evenly after each label: the price, and the speed, of following a change. */
	readonly share: number;
	/** Mass at the start, adding up to 1; absent: even. */
	readonly start?: readonly number[];
	/** The share is dealt out as the starting masses were, not evenly: what was believed first is believed again where nothing speaks against it. */
	readonly isDealtAsStarted?: boolean;
}

/**
 * Fixed-share Hedge on log loss: the mass of an arm is multiplied by the probability that it gave to the true class, then a share is dealt out.
 *
 * Holds no state of its own beside scratch: masses stand in the caller's numbers, so that one copy publishes a whole mixture.
 *
 * With starting mass m, after t labels (weights of 1) its total log loss is at most that of any one arm plus -ln m + t * -ln(1 - share), as long
 * as no arm gives a true class less than a thousandth: for less it is charged as for a thousandth, so that it comes back sooner.
 *
 * @remarks
 * Shape: probabilities arm by arm, `outputCount` each -> probabilities.
 * Cost: O(arms * outputs) a call; `armCount` numbers.
 * Source: M. Herbster, M. Warmuth, "Tracking the Best Expert", Machine Learning 32, 1998.
 * @example
 * const hedge = new FixedShareHedge({armCount: 2, outputCount: 1, share: 0.001});
 * const state = new Float64Array(hedge.parameterCount);
 * hedge.reset(state, 0);
 * for (let i = 0; i < 20; i++) hedge.learn(state, 0, Float64Array.of(0.9, 0.2), 1);
 * const p = new Float64Array(1);
 * hedge.predict(state, 0, Float64Array.of(0.9, 0.2), p, 0);
 * p[0] > 0.89; //=> true
 */
export class FixedShareHedge {
	readonly parameterCount: number;
	readonly #options: FixedShareHedgeOptions;

	constructor(options: FixedShareHedgeOptions) {
		this.parameterCount = options.armCount;
		this.#options = options;
	}

	/** Write the starting masses from `at` on. */
	reset(state: Float64Array, at: number): void {
		const {armCount, start} = this.#options;
		for (let arm = 0; arm < armCount; arm++) {
			state[at + arm] = start?.[arm] ?? 1 / armCount;
		}
	}

	/** The arms' probabilities, weighed by their masses, into `into` from `intoAt` on. */
	predict(state: Float64Array, at: number, arms: Float64Array, into: Float64Array, intoAt: number): void {
		const {armCount, outputCount} = this.#options;
		for (let output = 0; output < outputCount; output++) {
			let sum = 0;
			for (let arm = 0; arm < armCount; arm++) {
				sum += state[at + arm]! * arms[arm * outputCount + output]!;
			}

			into[intoAt + output] = sum;
		}
	}

	/** Learn a label, given what the arms had said. A weight is that many labels, a fraction too. */
	learn(state: Float64Array, at: number, arms: Float64Array, label: number, weight = 1): void {
		const {armCount, outputCount, share, start, isDealtAsStarted} = this.#options;
		let total = 0;
		for (let arm = 0; arm < armCount; arm++) {
			const base = arm * outputCount;
			const given = outputCount > 1 ? arms[base + label]! : label === 1 ? arms[base]! : 1 - arms[base]!;
			const charged = given > CHARGED_MIN ? given : CHARGED_MIN;
			const mass = state[at + arm]! * (weight === 1 ? charged : charged ** weight);
			state[at + arm] = mass;
			total += mass;
		}

		// A huge weight can leave no mass at all: the arms are then equal again.
		const kept = weight === 1 ? 1 - share : (1 - share) ** weight;
		const keep = total > 0 ? kept / total : 0;
		const dealt = total > 0 ? 1 - kept : 1;
		if (isDealtAsStarted) {
			for (let arm = 0; arm < armCount; arm++) {
				state[at + arm] = keep * state[at + arm]! + dealt * start![arm]!;
			}
		} else {
			const even = dealt * (1 / armCount);
			for (let arm = 0; arm < armCount; arm++) {
				state[at + arm] = keep * state[at + arm]! + even;
			}
		}
	}
}
