/**
 * One answer from several models: two stackings and a Hedge, and a Hedge over those three.
 *
 * @module
 */
import type {PortableBranch} from '../../../core/domain/index.ts';
import {FixedShareHedge} from './fixed-share-hedge.ts';
import {toLogits} from './logits.ts';
import {OnlineStacking} from './online-stacking.ts';

/** Step sizes of the two stackings: one that settles, one that follows. */
const RATES = [0.002, 0.02] as const;
/** Share dealt out after each label among the models, and among the three ways to mix them. */
const MODEL_SHARE = 0.001;
const WAY_SHARE = 0.005;
/** Ways to mix: the stackings, then the Hedge. */
export const WAYS = RATES.length + 1;
/** Starting mass of the model that a mixture starts on, and of the Hedge among its ways. */
const START_MASS = 0.99;

/** Options of {@link ExpertMixture}. */
export interface ExpertMixtureOptions {
	readonly armCount: number;
	readonly outputCount: number;
	/** Arm that the mixture starts on: at first it says what this one says. Absent: it starts on the average of all. */
	readonly startOn?: number;
}

/**
 * Mixes models, and learns how.
 *
 * Holds no state beside scratch: all numbers stand in the caller's array, so that one copy publishes them.
 *
 * Started on an arm, its total log loss over t labels is at most that of this arm plus 0.021 + 0.0061 t, the bounds of the two Hedges added up (and
 * on their condition, that nobody gives a true class less than a thousandth). What is usually paid is a small part of it.
 *
 * @remarks
 * Shape: probabilities arm by arm, `outputCount` each -> probabilities.
 * Cost: one logarithm an arm and output unless logits are given, about 8 multiplications an arm and output to predict, as many to learn.
 * Source: M. Herbster, M. Warmuth, "Tracking the Best Expert", Machine Learning 32, 1998; D. Wolpert, "Stacked Generalization", 1992.
 * @example
 * const mixture = new ExpertMixture({armCount: 2, outputCount: 1, startOn: 0});
 * const state = new Float64Array(mixture.parameterCount);
 * mixture.reset(state, 0);
 * const p = new Float64Array(1);
 * mixture.predict(state, 0, Float64Array.of(0.8, 0.5), p);
 * p[0].toFixed(2); //=> '0.80'
 */
export class ExpertMixture {
	readonly parameterCount: number;
	readonly #outputCount: number;
	readonly #armCount: number;
	readonly #stackings: readonly OnlineStacking[];
	readonly #hedge: FixedShareHedge;
	readonly #top: FixedShareHedge;
	readonly #startOn: number;
	/** Scratch: logits of the arms; and those of the row that {@link predict} was last asked about, these or given ones. */
	readonly #logits: Float64Array;
	#latest: Float64Array;
	/** What each way made of the row that {@link predict} was last asked about, `outputCount` each. */
	readonly ways: Float64Array;

	constructor({armCount, outputCount, startOn}: ExpertMixtureOptions) {
		const on = startOn;
		const one = on === undefined ? {} : {start: Array.from({length: armCount}, (_, arm) => (arm === on ? 1 : 0))};
		const mass =
			on === undefined
				? {}
				: {start: Array.from({length: armCount}, (_, arm) => (arm === on ? START_MASS : (1 - START_MASS) / (armCount - 1)))};
		const top = on === undefined ? {} : {start: [...RATES.map(() => (1 - START_MASS) / RATES.length), START_MASS]};
		this.#armCount = armCount;
		this.#outputCount = outputCount;
		this.#stackings = RATES.map(rate => new OnlineStacking({armCount, outputCount, rate, ...one}));
		this.#hedge = new FixedShareHedge({armCount, outputCount, share: MODEL_SHARE, ...mass});
		this.#top = new FixedShareHedge({armCount: WAYS, outputCount, share: WAY_SHARE, ...top});
		this.#logits = new Float64Array(armCount * outputCount);
		this.#latest = this.#logits;
		this.#startOn = startOn ?? -1;
		this.ways = new Float64Array(WAYS * outputCount);
		this.parameterCount = RATES.length * this.#stackings[0]!.parameterCount + this.#hedge.parameterCount + this.#top.parameterCount;
	}

	/** Write the starting numbers from `at` on. */
	reset(state: Float64Array, at: number): void {
		let next = at;
		for (const part of [...this.#stackings, this.#hedge, this.#top]) {
			part.reset(state, next);
			next += part.parameterCount;
		}
	}

	/**
	 * Start again, with this much trust, 0 to 1, in the arm that it starts on: 1 is as {@link reset} has it, 0 is the average of all. Which of the ways is
	 * believed stays as it is.
	 */
	startWithTrust(state: Float64Array, at: number, trust: number): void {
		const even = (1 - trust) / this.#armCount;
		let next = at;
		for (let part = 0; part < RATES.length; part++) {
			for (let arm = 0; arm < this.#armCount; arm++) {
				state[next + arm] = even + (arm === this.#startOn ? trust : 0);
			}

			next += this.#stackings[part]!.parameterCount;
		}

		for (let arm = 0; arm < this.#armCount; arm++) {
			const mass = arm === this.#startOn ? START_MASS : (1 - START_MASS) / (this.#armCount - 1);
			state[next + arm] = even + trust * mass;
		}
	}

	/** The mixture's probabilities into `into`. `logits`: those of the arms, if they are known; to be left alone until {@link learn}. */
	predict(state: Float64Array, at: number, arms: Float64Array, into: Float64Array, logits?: Float64Array): void {
		const {ways} = this;
		if (logits) {
			this.#latest = logits;
		} else {
			this.#latest = this.#logits;
			toLogits(arms, 0, this.#armCount, this.#outputCount, this.#logits, 0);
		}

		let next = at;
		for (let way = 0; way < RATES.length; way++) {
			const stacking = this.#stackings[way]!;
			stacking.predict(state, next, this.#latest, ways, way * this.#outputCount);
			next += stacking.parameterCount;
		}

		this.#hedge.predict(state, next, arms, ways, RATES.length * this.#outputCount);
		this.#top.predict(state, next + this.#hedge.parameterCount, ways, into, 0);
	}

	/** The numbers that stand from `at` on, as plain data; copies. */
	describe(state: Float64Array, at: number): PortableBranch & {readonly ways: Float64Array} {
		let next = at;
		const take = (count: number): Float64Array => {
			next += count;
			return state.slice(next - count, next);
		};

		const stackings = RATES.map(() => ({weights: take(this.#armCount), intercepts: take(this.#outputCount)}));
		return {stackings, masses: take(this.#armCount), ways: take(WAYS)};
	}

	/** Learn the label of the row that {@link predict} was last asked about, with the same arms and state. */
	learn(state: Float64Array, at: number, arms: Float64Array, label: number, weight: number): void {
		let next = at;
		for (let way = 0; way < RATES.length; way++) {
			const stacking = this.#stackings[way]!;
			stacking.learn(state, next, this.#latest, this.ways, way * this.#outputCount, label, weight);
			next += stacking.parameterCount;
		}

		this.#hedge.learn(state, next, arms, label, weight);
		this.#top.learn(state, next + this.#hedge.parameterCount, this.ways, label, weight);
	}
}
