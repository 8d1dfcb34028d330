/**
 * How the student stands against the online learner on labels as they come in: what routing goes by.
 *
 * @module
 */
import {tierScores, type ClassIndex} from '../core/domain/index.ts';
import {logLossOf} from '../core/numerics/index.ts';

/** The standing as plain data, sent from the thread that reads labels to the one that routes. */
export interface Standing {
	/** Discounted mean of (log loss of the student - log loss of the online learner) on labels that both had scored. */
	readonly difference: number;
	/** Standard error of that mean. */
	readonly standardError: number;
	/** Labels behind it, after discounting. */
	readonly effectiveCount: number;
}

/** Nothing known. */
export const NO_STANDING: Standing = {difference: 0, standardError: Infinity, effectiveCount: 0};

/** Labels after which an old label counts half. */
const HALF_LIFE = 1000;
const KEEP = 0.5 ** (1 / HALF_LIFE);

/**
 * Exponentially weighted mean and variance of the paired difference in log loss.
 *
 * Cost: O(1) a label. Source: weighted moments as in D. West, CACM 22 (1979) 532-535.
 *
 * @example
 * const standing = new TierStanding(1);
 * for (let i = 0; i < 200; i++) standing.learnOne(Float64Array.of(0.9, 0.6, NaN, NaN), 1);
 * standing.value.difference > 0.4; //=> true
 */
export class TierStanding {
	readonly #outputCount: number;
	/** Weight, mean, sum of squared deviations, sum of squared weights. */
	readonly #state = new Float64Array(4);

	constructor(outputCount: number) {
		this.#outputCount = outputCount;
	}

	get value(): Standing {
		const [weight, mean, squares, weightSquares] = this.#state as unknown as [number, number, number, number];
		if (weight === 0) {
			return NO_STANDING;
		}

		const effectiveCount = (weight * weight) / weightSquares;
		return {
			difference: mean,
			standardError: effectiveCount > 1 ? Math.sqrt(squares / weight / (effectiveCount - 1)) : Infinity,
			effectiveCount,
		};
	}

	/** Take one label and the scores of its decision; ignored unless both tiers had scored. */
	learnOne(scores: Float64Array, label: ClassIndex): void {
		const student = tierScores(scores, 'student', this.#outputCount);
		const online = tierScores(scores, 'online', this.#outputCount);
		if (Number.isNaN(student[0]!) || Number.isNaN(online[0]!)) {
			return;
		}

		const value = logLossOf(student, label) - logLossOf(online, label);
		const state = this.#state;
		const weight = state[0]! * KEEP + 1;
		const delta = value - state[1]!;
		const mean = state[1]! + delta / weight;
		state[2] = state[2]! * KEEP + delta * (value - mean);
		state[0] = weight;
		state[1] = mean;
		state[3] = state[3]! * KEEP * KEEP + 1;
	}

	/** All state. */
	snapshot(): Uint8Array {
		return new Uint8Array(this.#state.slice().buffer);
	}

	/** Inverse of {@link snapshot}. */
	restore(bytes: Uint8Array): void {
		this.#state.set(new Float64Array(bytes.slice().buffer));
	}
}
