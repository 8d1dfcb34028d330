/**
 * How a linear model's weights move after a label: one step rule a function, each on the inputs of one row alone.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {LinearInputs} from './linear-inputs.ts';

/** Where a step reads and writes. Weights and memory lie input by input, outputs side by side. */
export interface StepTarget {
	readonly inputs: LinearInputs;
	readonly outputCount: number;
	readonly weights: Float64Array;
	/** {@link LinearOptimizer.memoryCount} numbers a weight, plane by plane. */
	readonly memory: Float64Array;
	/** Gradient of the loss by logit, weight of the row included: one number an output. */
	readonly errors: Float64Array;
}

/** A step rule. */
export interface LinearOptimizer {
	/** Numbers kept a weight, from 0 on. */
	readonly memoryCount: number;
	step(target: StepTarget): void;
	/** As {@link step}, for one output and a row whose inputs stand at the first positions in their order, and the intercept at the last. Not all have it. */
	stepDense?(target: StepTarget): void;
}

function stepIntercept(weights: Float64Array, from: number, errors: Float64Array, rate: number): void {
	for (let output = 0; output < errors.length; output++) {
		weights[from + output]! -= rate * errors[output]!;
	}
}

/** Options of {@link sgd}. */
export interface SgdOptions {
	/** Step size, > 0. */
	readonly learningRate: number;
	/** Step size of the intercept; default the learning rate. */
	readonly interceptLearningRate?: number;
	/** Pull of every weight in use towards 0, the intercept's excepted; default 0. */
	readonly l2?: number;
}

/** Stochastic gradient descent. Source: L. Bottou, "Online Learning and Stochastic Approximations", 1998. */
export function sgd({learningRate, interceptLearningRate = learningRate, l2 = 0}: SgdOptions): LinearOptimizer {
	assert(learningRate > 0 && interceptLearningRate >= 0 && l2 >= 0, 'rates must be > 0 and l2 >= 0');
	return {
		memoryCount: 0,
		step({inputs: {at, values, count}, outputCount, weights, errors}) {
			for (let index = 0; index < count; index++) {
				const isIntercept = index === count - 1;
				const rate = isIntercept ? interceptLearningRate : learningRate;
				for (let output = 0; output < outputCount; output++) {
					const place = at[index]! * outputCount + output;
					weights[place]! -= rate * (errors[output]! * values[index]! + (isIntercept ? 0 : l2 * weights[place]!));
				}
			}
		},
	};
}

/** Options of {@link adaGrad}. */
export interface AdaGradOptions {
	/** First step size, > 0; each weight's own steps shrink as its gradients add up. */
	readonly learningRate: number;
	/** If given, the intercept takes plain steps of this size. */
	readonly interceptLearningRate?: number;
	/** Share of its past gradients that a weight forgets a label in which its input occurs; default 0. */
	readonly forgetting?: number;
}

/** AdaGrad. Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive Subgradient Methods", JMLR 12 (2011) 2121-2159. */
export function adaGrad({learningRate, interceptLearningRate = 0, forgetting = 0}: AdaGradOptions): LinearOptimizer {
	assert(learningRate > 0 && interceptLearningRate >= 0, 'rates must be > 0');
	assert(forgetting >= 0 && forgetting < 1, 'forgetting must be in [0, 1)');
	const keep = 1 - forgetting;
	return {
		memoryCount: 1,
		step({inputs: {at, values, count}, outputCount, weights, memory, errors}) {
			const adaptive = interceptLearningRate > 0 ? count - 1 : count;
			for (let output = 0; output < outputCount; output++) {
				const error = errors[output]!;
				for (let index = 0; index < adaptive; index++) {
					const place = at[index]! * outputCount + output;
					const gradient = error * values[index]!;
					const sum = memory[place]! * keep + gradient * gradient;
					memory[place] = sum;
					weights[place]! -= (learningRate * gradient) / Math.sqrt(sum + 1e-8);
				}
			}

			if (adaptive < count) {
				stepIntercept(weights, at[adaptive]! * outputCount, errors, interceptLearningRate);
			}
		},
		stepDense({inputs: {values}, weights, memory, errors}) {
			const count = (weights.length - 1) / 2;
			const error = errors[0]!;
			for (let place = 0; place < count; place++) {
				const gradient = error * values[place]!;
				const sum = memory[place]! * keep + gradient * gradient;
				memory[place] = sum;
				weights[place]! -= (learningRate * gradient) / Math.sqrt(sum + 1e-8);
			}

			const last = 2 * count;
			if (interceptLearningRate > 0) {
				weights[last]! -= interceptLearningRate * error;
			} else {
				const sum = memory[last]! * keep + error * error;
				memory[last] = sum;
				weights[last]! -= (learningRate * error) / Math.sqrt(sum + 1e-8);
			}
		},
	};
}

/** Options of {@link ftrlProximal}. */
export interface FtrlOptions {
	/** Step size, > 0. */
	readonly alpha: number;
	/** Evens out the first steps, >= 0. */
	readonly beta: number;
	/** Weights whose gradients do not add up to this are 0. */
	readonly l1: number;
	/** Pull towards 0. */
	readonly l2: number;
	/** If given, the intercept takes plain steps of this size. */
	readonly interceptLearningRate?: number;
	/**
	 * As river computes it, for conformance: weights are those of the label before, and one whose gradients fall back below `l1` stays as it is.
	 * Default false: as in the paper.
	 */
	readonly isOneLate?: boolean;
}

/** FTRL-Proximal. Source: H. B. McMahan et al., "Ad Click Prediction: a View from the Trenches", KDD 2013, algorithm 1. */
export function ftrlProximal({alpha, beta, l1, l2, interceptLearningRate = 0, isOneLate = false}: FtrlOptions): LinearOptimizer {
	assert(alpha > 0 && beta >= 0 && l1 >= 0 && l2 >= 0 && interceptLearningRate >= 0, 'alpha must be > 0, beta, l1 and l2 >= 0');
	return {
		memoryCount: 2,
		step({inputs: {at, values, count}, outputCount, weights, memory, errors}) {
			const squares = weights.length;
			const adaptive = interceptLearningRate > 0 ? count - 1 : count;
			for (let index = 0; index < adaptive; index++) {
				for (let output = 0; output < outputCount; output++) {
					const place = at[index]! * outputCount + output;
					const gradient = errors[output]! * values[index]!;
					const old = memory[squares + place]!;
					const sum = old + gradient * gradient;
					const root = Math.sqrt(sum);
					const oldRoot = Math.sqrt(old);
					let z = memory[place]!;
					if (isOneLate && (z > l1 || z < -l1)) {
						weights[place] = -(z > l1 ? z - l1 : z + l1) / ((beta + oldRoot) / alpha + l2);
					}

					z += gradient - ((root - oldRoot) / alpha) * weights[place]!;
					memory[place] = z;
					memory[squares + place] = sum;
					if (!isOneLate) {
						weights[place] = -(z > l1 ? z - l1 : z < -l1 ? z + l1 : 0) / ((beta + root) / alpha + l2);
					}
				}
			}

			if (adaptive < count) {
				stepIntercept(weights, at[adaptive]! * outputCount, errors, interceptLearningRate);
			}
		},
	};
}
