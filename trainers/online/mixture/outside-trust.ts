/**
 * How far a mixture starts on an outside model that it has not heard yet: the less, the more it has learnt itself.
 *
 * @module
 */
import {PROBABILITY_MIN, probabilityOf} from '../../../core/numerics/index.ts';

/** Log loss saved against the base rate, in nats, after which the trust has fallen to a third. */
const GAIN_SCALE = 100;
/** Beyond this nothing is left of the trust, and a model that goes bad afterwards is soon distrusted. */
const GAIN_MAX = 10 * GAIN_SCALE;

const HEARD = 0;
const GAIN = 1;
const CLASSES = 2;

/**
 * Evidence that the own models know something: by how much their log loss was below that of the base rate, added up, while no label of a row with an answer
 * of the outside model has come.
 *
 * One that knows nothing begins on the outside model alone; one that has learnt for weeks takes it in as an equal. Rare events count for what they
 * tell, not by their number. Holds no state: numbers stand in the caller's array.
 *
 * @remarks
 * Shape: own probabilities and a label -> trust, 1 to 0.
 * Cost: one logarithm a label until the outside model is heard, none after that.
 * Source: the evidence is the log Bayes factor against the base rate; A. P. Dawid, "Present Position and Potential Developments: The Prequential
 * Approach", JRSS A 147, 1984.
 * @example
 * const trust = new OutsideTrust(1);
 * const state = new Float64Array(trust.parameterCount);
 * trust.reset(state, 0);
 * const before = trust.value(state, 0);
 * for (let i = 0; i < 1000; i++) trust.learn(state, 0, Float64Array.of(i % 2 === 0 ? 0.1 : 0.9), i % 2);
 * [before, trust.value(state, 0) < 0.01]; //=> [1, true]
 */
export class OutsideTrust {
	readonly parameterCount: number;

	constructor(outputCount: number) {
		this.parameterCount = CLASSES + Math.max(2, outputCount);
	}

	/** Write the starting numbers from `at` on. */
	reset(state: Float64Array, at: number): void {
		state.fill(0, at, at + CLASSES);
		state.fill(1, at + CLASSES, at + this.parameterCount);
	}

	/** True once the outside model was {@link hear heard}: the trust then counts for nothing any more. */
	isHeard(state: Float64Array, at: number): boolean {
		return state[at + HEARD] === 1;
	}

	/** A label of a row with an answer of the outside model has come. */
	hear(state: Float64Array, at: number): void {
		state[at + HEARD] = 1;
	}

	/** Trust in the outside model against an even share, by whole nats. */
	value(state: Float64Array, at: number): number {
		return Math.exp(-Math.floor(state[at + GAIN]!) / GAIN_SCALE);
	}

	/** Learn a label, given what the own models had said. True if the trust has changed by about a hundredth since this was last true. */
	learn(state: Float64Array, at: number, own: Float64Array, label: number): boolean {
		if (this.isHeard(state, at)) {
			return false;
		}

		let total = 0;
		for (let index = at + CLASSES; index < at + this.parameterCount; index++) {
			total += state[index]!;
		}

		const before = state[at + GAIN]!;
		const given = Math.max(PROBABILITY_MIN, probabilityOf(own, label));
		const after = Math.min(GAIN_MAX, Math.max(0, before + Math.log((given * total) / state[at + CLASSES + label]!)));
		state[at + GAIN] = after;
		state[at + CLASSES + label]!++;
		return Math.floor(after) !== Math.floor(before);
	}
}
