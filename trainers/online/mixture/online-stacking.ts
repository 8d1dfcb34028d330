/**
 * A mixture that weighs the logits of several models, learnt as a logistic regression on them.
 *
 * @module
 */
import {toProbabilities} from '../probabilities.ts';

/** Options of {@link OnlineStacking}. */
export interface OnlineStackingOptions {
	readonly armCount: number;
	readonly outputCount: number;
	/** Step size, > 0. */
	readonly rate: number;
	/** Weights at the start; absent: the average of all arms. */
	readonly start?: readonly number[];
}

/**
 * Stacking in logit space, online: one weight an arm and one intercept an output, a capped gradient step a label.
 *
 * For several classes the inputs are log-probabilities less their mean over the classes, and all classes share an arm's weight. Holds no state of
 * its own: weights stand in the caller's numbers, so that one copy publishes a whole mixture.
 *
 * @remarks
 * Shape: logits arm by arm, `outputCount` each -> probabilities.
 * Cost: O(arms * outputs) a call; `armCount + outputCount` numbers.
 * Source: D. Wolpert, "Stacked Generalization", Neural Networks 5, 1992; step cap: N. Karampatziakis, J. Langford, "Online Importance Weight
 * Aware Updates", UAI 2011.
 * @example
 * const stacking = new OnlineStacking({armCount: 2, outputCount: 1, rate: 0.02});
 * const state = new Float64Array(stacking.parameterCount);
 * stacking.reset(state, 0);
 * const p = new Float64Array(1);
 * stacking.predict(state, 0, Float64Array.of(2, 0), p, 0);
 * p[0].toFixed(3); //=> '0.731'
 */
export class OnlineStacking {
	readonly parameterCount: number;
	readonly #options: OnlineStackingOptions;

	constructor(options: OnlineStackingOptions) {
		this.parameterCount = options.armCount + options.outputCount;
		this.#options = options;
	}

	/** Write the starting weights from `at` on. */
	reset(state: Float64Array, at: number): void {
		const {armCount, outputCount, start} = this.#options;
		for (let arm = 0; arm < armCount; arm++) {
			state[at + arm] = start?.[arm] ?? 1 / armCount;
		}

		state.fill(0, at + armCount, at + armCount + outputCount);
	}

	/** Probabilities into `into` from `intoAt` on. */
	predict(state: Float64Array, at: number, logits: Float64Array, into: Float64Array, intoAt: number): void {
		const {armCount, outputCount} = this.#options;
		for (let output = 0; output < outputCount; output++) {
			let sum = state[at + armCount + output]!;
			for (let arm = 0; arm < armCount; arm++) {
				sum += state[at + arm]! * logits[arm * outputCount + output]!;
			}

			into[intoAt + output] = sum;
		}

		toProbabilities(into, intoAt, outputCount, outputCount);
	}

	/** Learn a label, given the logits and what {@link predict} made of them, which stands in `said` from `saidAt` on. */
	learn(state: Float64Array, at: number, logits: Float64Array, said: Float64Array, saidAt: number, label: number, weight = 1): void {
		const {armCount, outputCount, rate} = this.#options;
		let norm = 1;
		for (let index = 0; index < armCount * outputCount; index++) {
			norm += logits[index]! * logits[index]!;
		}

		const step = (rate * weight) / (1 + rate * weight * norm * 0.25);
		for (let output = 0; output < outputCount; output++) {
			const target = outputCount === 1 ? label : output === label ? 1 : 0;
			const move = step * (said[saidAt + output]! - target);
			for (let arm = 0; arm < armCount; arm++) {
				state[at + arm]! -= move * logits[arm * outputCount + output]!;
			}

			state[at + armCount + output]! -= move;
		}
	}
}
