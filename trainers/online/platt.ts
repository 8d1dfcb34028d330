/**
 * Online calibration: a slope and an intercept on the logits of a model, used only while they help.
 *
 * @module
 */
import type {PortableMixture} from '../../core/domain/index.ts';
import {PROBABILITY_MIN, probabilityOf} from '../../core/numerics/index.ts';
import {toLogits} from './mixture/logits.ts';
import {toProbabilities} from './probabilities.ts';

/** Step size, and pull of each step back towards the identity. */
const RATE = 0.01;
const PULL = 1e-4;
/** The slope stays within these: a calibration never turns an order round. */
const SLOPE_MIN = 0.05;
const SLOPE_MAX = 20;
/** Share of the gain's mean and variance that the newest label makes up. */
const DISCOUNT = 1e-3;
/** Labels that the gain must have been watched for. */
const WATCHED_MIN = 500;
/** It is used once its gain is this many standard errors above nothing, and until the gain is gone. */
const ERRORS_MIN = 3;

const SLOPE = 0;
const USED = 1;
const GAIN = 2;
const GAIN_SQUARE = 3;
const WATCHED = 4;
const INTERCEPTS = 5;

/**
 * Platt scaling, learnt label by label (several classes: one slope for the centred log-probabilities and one intercept a class).
 *
 * What it gives is the model's own probability until the calibrated one has had the lower discounted log loss by three standard errors, and again
 * once it has not: so it costs nothing where the model is calibrated. Holds no state beside scratch: numbers stand in the caller's array.
 *
 * @remarks
 * Shape: `outputCount` probabilities -> as many.
 * Cost: one logarithm and one exponential an output; 5 + `outputCount` numbers.
 * Source: J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999; multi-class: C. Guo et al., "On Calibration of Modern Neural
 * Networks", ICML 2017.
 * @example
 * const platt = new OnlinePlatt(1);
 * const state = new Float64Array(platt.parameterCount);
 * platt.reset(state, 0);
 * const p = new Float64Array(1);
 * for (let i = 0; i < 20_000; i++) {
 *   platt.predict(state, 0, Float64Array.of(0.99), p);
 *   platt.learn(state, 0, Float64Array.of(0.99), i % 4 === 0 ? 0 : 1, 1);
 * }
 * platt.predict(state, 0, Float64Array.of(0.99), p);
 * Math.abs(p[0] - 0.75) < 0.05; //=> true
 */
export class OnlinePlatt {
	readonly parameterCount: number;
	readonly #outputCount: number;
	/** Scratch: logits of the model, and calibrated probabilities. */
	readonly #logits: Float64Array;
	readonly #calibrated: Float64Array;

	/** @param outputCount - 1 for binary, K for several classes. */
	constructor(outputCount: number) {
		this.#outputCount = outputCount;
		this.#logits = new Float64Array(outputCount);
		this.#calibrated = new Float64Array(outputCount);
		this.parameterCount = INTERCEPTS + outputCount;
	}

	/** Write the identity from `at` on. */
	reset(state: Float64Array, at: number): void {
		state.fill(0, at, at + this.parameterCount);
		state[at + SLOPE] = 1;
	}

	/** Probabilities into `into`, which may be `model`. */
	predict(state: Float64Array, at: number, model: Float64Array, into: Float64Array): void {
		const isUsed = state[at + USED] === 1;
		if (isUsed) {
			this.#calibrate(state, at, model);
		}

		const from = isUsed ? this.#calibrated : model;
		for (let output = 0; output < this.#outputCount; output++) {
			into[output] = from[output]!;
		}
	}

	/** Slope and intercepts, as plain data; undefined while they are not used. */
	describe(state: Float64Array, at: number): PortableMixture['calibration'] {
		return state[at + USED] === 1
			? {slope: state[at + SLOPE]!, intercepts: state.slice(at + INTERCEPTS, at + INTERCEPTS + this.#outputCount)}
			: undefined;
	}

	/** Learn a label, given what the model had said. */
	learn(state: Float64Array, at: number, model: Float64Array, label: number, weight: number): void {
		const outputs = this.#outputCount;
		this.#calibrate(state, at, model);
		this.#watch(state, at, model, label);
		let norm = 1;
		for (let output = 0; output < outputs; output++) {
			norm += this.#logits[output]! * this.#logits[output]!;
		}

		const step = (RATE * weight) / (1 + RATE * weight * norm * 0.25);
		let slope = state[at + SLOPE]!;
		slope -= PULL * (slope - 1);
		for (let output = 0; output < outputs; output++) {
			const target = outputs === 1 ? label : output === label ? 1 : 0;
			const move = step * (this.#calibrated[output]! - target);
			slope -= move * this.#logits[output]!;
			state[at + INTERCEPTS + output] = state[at + INTERCEPTS + output]! * (1 - PULL) - move;
		}

		state[at + SLOPE] = slope < SLOPE_MIN ? SLOPE_MIN : slope > SLOPE_MAX ? SLOPE_MAX : slope;
	}

	#calibrate(state: Float64Array, at: number, model: Float64Array): void {
		toLogits(model, 0, 1, this.#outputCount, this.#logits, 0);
		for (let output = 0; output < this.#outputCount; output++) {
			this.#calibrated[output] = state[at + SLOPE]! * this.#logits[output]! + state[at + INTERCEPTS + output]!;
		}

		toProbabilities(this.#calibrated, 0, this.#outputCount, this.#outputCount);
	}

	/** Follow by how much the calibrated log loss was lower, and decide whether it is used. */
	#watch(state: Float64Array, at: number, model: Float64Array, label: number): void {
		const gain = Math.log(chargedOf(this.#calibrated, label) / chargedOf(model, label));
		const watched = state[at + WATCHED]! + 1;
		const share = Math.max(1 / watched, DISCOUNT);
		const mean = state[at + GAIN]! + (gain - state[at + GAIN]!) * share;
		const square = state[at + GAIN_SQUARE]! + (gain * gain - state[at + GAIN_SQUARE]!) * share;
		state[at + WATCHED] = watched;
		state[at + GAIN] = mean;
		state[at + GAIN_SQUARE] = square;
		// A discounted mean has the variance of one of 2 / share values.
		const error = Math.sqrt(Math.max(0, square - mean * mean) * Math.max(share / 2, 1 / watched));
		if (watched < WATCHED_MIN || mean <= 0) {
			state[at + USED] = 0;
		} else if (mean > ERRORS_MIN * error) {
			state[at + USED] = 1;
		}
	}
}

/** Probability given to the true class, as log loss counts it. */
function chargedOf(probabilities: Float64Array, label: number): number {
	return Math.max(PROBABILITY_MIN, probabilityOf(probabilities, label));
}
