/**
 * The own models of a stack in one answer, judged by what they say when labels come and by what they had said when they were asked.
 *
 * @module
 */
import type {PortableBranch, PortableMixture} from '../../../core/domain/index.ts';
import {OnlinePlatt} from '../platt.ts';
import {ArmCalibration, KNOT_FIRST, KNOT_STEP} from './arm-calibration.ts';
import {ExpertMixture, WAYS} from './expert-mixture.ts';
import {FixedShareHedge} from './fixed-share-hedge.ts';

/** Share dealt out after each label among the prompt mixture and the ways of the late one, and what the prompt one starts with. */
const SHARE = 0.005;
const START_MASS = 0.9;
const JUDGED = 1 + WAYS;

/** Options of {@link OwnMixture}. */
export interface OwnMixtureOptions {
	/** Own models, at least 1. */
	readonly expertCount: number;
	readonly outputCount: number;
	/** A curve for each model; one output alone, ignored for several. Default false. */
	readonly hasCurves?: boolean;
}

/**
 * Two mixtures of the same models. The prompt one learns from what they say when a label comes; they have then learnt the labels of rows in between. The
 * late one learns from what they had said when they were asked. A Hedge on the prompt one and the late one's ways, judged by what these had said, decides
 * which to believe; it starts on the prompt one.
 *
 * Where labels come a day late, a model that follows every move looks good when its label comes and was of no use when it was asked; where models are
 * still young, what they said long ago says little of what they know now. While no label was ever late, the prompt mixture answers alone, and the late one
 * costs nothing. Steps of what learns late are made smaller by the root of the number of labels that were under way.
 * Holds no state beside scratch: numbers stand in the caller's array from index 0 on.
 *
 * @remarks
 * Shape: probabilities of the models, `outputCount` each -> probabilities.
 * Cost: that of an {@link ExpertMixture} and an {@link OnlinePlatt}; of two where labels are late.
 * Source: P. Joulani, A. Gyorgy, C. Szepesvari, "Online Learning under Delayed Feedback", ICML 2013; M. Zinkevich, J. Langford, A. Smola, "Slow Learners
 * are Fast", NIPS 2009 (steps by the root of the delay); M. Herbster, M. Warmuth, "Tracking the Best Expert", Machine Learning 32, 1998.
 */
export class OwnMixture {
	readonly parameterCount: number;
	/** Numbers that {@link remember} writes. */
	readonly answerCount: number;
	readonly #expertCount: number;
	readonly #outputCount: number;
	readonly #mixtures: {readonly prompt: ExpertMixture; readonly late: ExpertMixture};
	readonly #between: FixedShareHedge;
	readonly #platt: OnlinePlatt;
	readonly #curves: ArmCalibration | undefined;
	/** Where numbers stand; the prompt mixture's at 0. `isLate`: 1 once a label was learnt late. */
	readonly #at: Readonly<Record<'late' | 'between' | 'platt' | 'curves' | 'lateCurves' | 'isLate', number>>;
	/** Scratch: the models' answers through the curves, what was remembered, what both mixtures' ways say, and what they say together. */
	readonly #arms: Float64Array;
	readonly #lateArms: Float64Array;
	readonly #remembered: Float64Array;
	readonly #ways: Float64Array;
	readonly #prompt: Float64Array;
	readonly #said: Float64Array;
	readonly #spare: Float64Array;

	constructor({expertCount, outputCount, hasCurves = false}: OwnMixtureOptions) {
		const make = (): ExpertMixture => new ExpertMixture({armCount: expertCount, outputCount});
		this.#expertCount = expertCount;
		this.#outputCount = outputCount;
		this.#mixtures = {prompt: make(), late: make()};
		this.#between = new FixedShareHedge({
			armCount: JUDGED,
			outputCount,
			share: SHARE,
			isDealtAsStarted: true,
			start: [START_MASS, ...Array.from({length: WAYS}, () => (1 - START_MASS) / WAYS)],
		});
		this.#platt = new OnlinePlatt(outputCount);
		this.#curves = hasCurves && outputCount === 1 ? new ArmCalibration(expertCount) : undefined;
		const platt = this.#mixtures.prompt.parameterCount;
		const late = platt + this.#platt.parameterCount;
		const between = late + platt;
		const curves = between + this.#between.parameterCount;
		const curveCount = this.#curves?.parameterCount ?? 0;
		this.#at = {platt, late, between, curves, lateCurves: curves + curveCount, isLate: curves + 2 * curveCount};
		this.parameterCount = this.#at.isLate + 1;
		this.answerCount = (expertCount + JUDGED) * outputCount;
		this.#arms = new Float64Array(expertCount * outputCount);
		this.#lateArms = new Float64Array(expertCount * outputCount);
		this.#remembered = new Float64Array(expertCount * outputCount);
		this.#ways = new Float64Array(JUDGED * outputCount);
		this.#prompt = new Float64Array(outputCount);
		this.#said = new Float64Array(outputCount);
		this.#spare = new Float64Array(outputCount);
	}

	/** Write the starting numbers. */
	reset(state: Float64Array): void {
		const {late, between, platt, curves, lateCurves, isLate} = this.#at;
		this.#mixtures.prompt.reset(state, 0);
		this.#mixtures.late.reset(state, late);
		this.#between.reset(state, between);
		this.#platt.reset(state, platt);
		this.#curves?.reset(state, curves);
		this.#curves?.reset(state, lateCurves);
		state[isLate] = 0;
	}

	/** Probabilities into `into`. `logits`: those of the models, if they are known; ignored where there are curves. */
	predict(state: Float64Array, experts: Float64Array, into: Float64Array, logits?: Float64Array): void {
		const arms = this.#bend(state, this.#at.curves, experts, this.#arms);
		this.#mixtures.prompt.predict(state, 0, arms, this.#prompt, this.#curves ? undefined : logits);
		let said = this.#prompt;
		if (state[this.#at.isLate] === 1) {
			this.#sayBoth(state, experts);
			this.#between.predict(state, this.#at.between, this.#ways, this.#said, 0);
			said = this.#said;
		}

		this.#platt.predict(state, this.#at.platt, said, into);
	}

	/** Learn the label of the row that {@link predict} was last asked about, by what the models say now. */
	learn(state: Float64Array, experts: Float64Array, label: number, weight: number): void {
		if (state[this.#at.isLate] === 0) {
			this.#platt.learn(state, this.#at.platt, this.#prompt, label, weight);
		}

		this.#mixtures.prompt.learn(state, 0, this.#curves ? this.#arms : experts, label, weight);
		this.#curves?.learn(state, this.#at.curves, experts, label, weight);
	}

	/** Write what is said about the row that {@link predict} was last asked about from `at` on: {@link answerCount} numbers. */
	remember(state: Float64Array, experts: Float64Array, into: Float64Array, at: number): void {
		if (state[this.#at.isLate] === 0) {
			this.#sayBoth(state, experts);
		}

		const count = this.#expertCount * this.#outputCount;
		for (let index = 0; index < count; index++) {
			into[at + index] = experts[index]!;
		}

		for (let index = 0; index < this.#ways.length; index++) {
			into[at + count + index] = this.#ways[index]!;
		}
	}

	/** Learn a label by what {@link remember} had written. `weight`: that of the label, made smaller for a delay. */
	learnRemembered(state: Float64Array, answers: Float64Array, at: number, label: number, weight: number): void {
		const {late, between, platt, lateCurves, isLate} = this.#at;
		const count = this.#remembered.length;
		for (let index = 0; index < count; index++) {
			this.#remembered[index] = answers[at + index]!;
		}

		for (let index = 0; index < this.#ways.length; index++) {
			this.#ways[index] = answers[at + count + index]!;
		}

		this.#between.predict(state, between, this.#ways, this.#said, 0);
		this.#platt.learn(state, platt, this.#said, label, weight);
		this.#between.learn(state, between, this.#ways, label, weight);
		const arms = this.#bend(state, lateCurves, this.#remembered, this.#lateArms);
		this.#mixtures.late.predict(state, late, arms, this.#spare);
		this.#mixtures.late.learn(state, late, arms, label, weight);
		this.#curves?.learn(state, lateCurves, this.#remembered, label, weight);
		state[isLate] = 1;
	}

	/** What {@link predict} answers with, as plain data; a copy. */
	describe(state: Float64Array): Pick<PortableMixture, 'branches' | 'ways' | 'calibration'> {
		const {late, between, platt, curves, lateCurves, isLate} = this.#at;
		const calibration = this.#platt.describe(state, platt);
		const prompt = this.#describeBranch(this.#mixtures.prompt, state, {at: 0, curves});
		if (state[isLate] === 0) {
			return {branches: [prompt.branch], ways: prompt.ways, ...(calibration && {calibration})};
		}

		const {branch} = this.#describeBranch(this.#mixtures.late, state, {at: late, curves: lateCurves});
		const ways = [...prompt.ways.map(way => way * state[between]!), ...state.subarray(between + 1, between + JUDGED)];
		return {branches: [prompt.branch, branch], ways: Float64Array.from(ways), ...(calibration && {calibration})};
	}

	#describeBranch(
		mixture: ExpertMixture,
		state: Float64Array,
		{at, curves}: {readonly at: number; readonly curves: number},
	): {branch: PortableBranch; ways: Float64Array} {
		const {ways, ...branch} = mixture.describe(state, at);
		const values = this.#curves?.describe(state, curves);
		return {branch: {...branch, ...(values && {curves: {first: KNOT_FIRST, step: KNOT_STEP, values}})}, ways};
	}

	/** What the models said, through the curves that stand at a place if there are any; `into` is scratch. */
	#bend(state: Float64Array, at: number, experts: Float64Array, into: Float64Array): Float64Array {
		if (!this.#curves) {
			return experts;
		}

		this.#curves.predict(state, at, experts, into);
		return into;
	}

	/** What the ways of both mixtures say, into scratch, after the prompt one has been asked. */
	#sayBoth(state: Float64Array, experts: Float64Array): void {
		const {late} = this.#mixtures;
		const arms = this.#bend(state, this.#at.lateCurves, experts, this.#lateArms);
		late.predict(state, this.#at.late, arms, this.#spare);
		for (let output = 0; output < this.#outputCount; output++) {
			this.#ways[output] = this.#prompt[output]!;
		}

		for (let index = 0; index < late.ways.length; index++) {
			this.#ways[this.#outputCount + index] = late.ways[index]!;
		}
	}
}
