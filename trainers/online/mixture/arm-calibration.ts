/**
 * A calibration curve for each model of a mixture, before they are mixed.
 *
 * @module
 */

/** Knots of a curve. */
export const KNOT_COUNT = 33;
/** Logit of the first knot; answers beyond the first and the last are taken as those there. */
export const KNOT_FIRST = -8;
/** Logits from knot to knot. */
export const KNOT_STEP = 0.5;
/**
 * Labels of the rarer class at a knot after which old ones are forgotten, and those that the identity counts for at the start. Counted in the rarer class
 * that the knot itself expects, so that a curve is as sure of a thousandth as of a half.
 */
const HORIZON = 250;
const PRIOR = 5;

/**
 * Curves that say what share of rows was positive where a model gave this probability: straight between knots, learnt label by label.
 *
 * Linear models cannot say that a tenth of all labels is noise: far from their boundary they grow ever surer. Such a model has the best order and a poor log
 * loss, by which mixtures weigh; through its curve it is worth what it knows. A curve starts as the identity. Holds no state beside scratch: numbers
 * stand in the caller's array. For one output alone.
 *
 * @remarks
 * Shape: a probability an arm -> as many.
 * Cost: one logarithm an arm and call; 66 numbers an arm.
 * Source: B. Zadrozny, C. Elkan, "Obtaining Calibrated Probability Estimates from Decision Trees and Naive Bayesian Classifiers", ICML 2001 (binned).
 * @example
 * const calibration = new ArmCalibration(1);
 * const state = new Float64Array(calibration.parameterCount);
 * calibration.reset(state, 0);
 * const p = new Float64Array(1);
 * for (let i = 0; i < 2000; i++) calibration.learn(state, 0, Float64Array.of(0.99), i % 10 === 0 ? 0 : 1, 1);
 * calibration.predict(state, 0, Float64Array.of(0.99), p);
 * p[0].toFixed(1); //=> '0.9'
 */
export class ArmCalibration {
	readonly parameterCount: number;
	readonly #armCount: number;
	/** Scratch: the knot below an answer, and how far it lies on the way to the next. */
	readonly #place = new Float64Array(2);

	readonly #countsMax: Float64Array;

	constructor(armCount: number) {
		this.#armCount = armCount;
		this.#countsMax = Float64Array.from(
			{length: KNOT_COUNT},
			(_, knot) => HORIZON * (1 + Math.exp(Math.abs(KNOT_FIRST + knot * KNOT_STEP))),
		);
		this.parameterCount = 2 * armCount * KNOT_COUNT;
	}

	/** Write identities from `at` on: the values of all knots, arm by arm, then how many labels each stands for. */
	reset(state: Float64Array, at: number): void {
		const count = this.#armCount * KNOT_COUNT;
		for (let knot = 0; knot < count; knot++) {
			const p = 1 / (1 + Math.exp(-KNOT_FIRST - (knot % KNOT_COUNT) * KNOT_STEP));
			state[at + knot] = p;
			state[at + count + knot] = PRIOR / Math.min(p, 1 - p);
		}
	}

	/** What the arms say, calibrated, into `into`. */
	predict(state: Float64Array, at: number, arms: Float64Array, into: Float64Array): void {
		for (let arm = 0; arm < this.#armCount; arm++) {
			this.#find(arms[arm]!);
			const knot = at + arm * KNOT_COUNT + this.#place[0]!;
			const share = this.#place[1]!;
			into[arm] = (1 - share) * state[knot]! + share * state[knot + 1]!;
		}
	}

	/** Learn a label, given what the arms had said. */
	learn(state: Float64Array, at: number, arms: Float64Array, label: number, weight: number): void {
		const counts = this.#armCount * KNOT_COUNT;
		for (let arm = 0; arm < this.#armCount; arm++) {
			this.#find(arms[arm]!);
			const knot = at + arm * KNOT_COUNT + this.#place[0]!;
			const share = this.#place[1]!;
			for (let side = 0; side < 2; side++) {
				const gain = weight * (side === 0 ? 1 - share : share);
				const count = state[knot + side + counts]! + gain;
				state[knot + side]! += (gain / count) * (label - state[knot + side]!);
				state[knot + side + counts] = Math.min(count, this.#countsMax[this.#place[0]! + side]!);
			}
		}
	}

	/** Values of the knots from `at` on, arm by arm; a copy. */
	describe(state: Float64Array, at: number): Float64Array {
		return state.slice(at, at + this.#armCount * KNOT_COUNT);
	}

	/** A number that is no probability counts as one that says nothing. */
	#find(given: number): void {
		const p = Number.isNaN(given) ? 0.5 : Math.min(1 - 1e-6, Math.max(1e-6, given));
		const logit = Math.min(7.999_999, Math.max(-8, Math.log(p / (1 - p))));
		const place = (logit + 8) * 2;
		const knot = Math.floor(place);
		this.#place[0] = knot;
		this.#place[1] = place - knot;
	}
}
