/**
 * Logits and probabilities.
 *
 * @module
 */

/**
 * 1 / (1 + e^-x), without overflow at either end.
 *
 * @example
 * sigmoid(0); //=> 0.5
 * sigmoid(-1000); //=> 0
 */
export function sigmoid(x: number): number {
	if (x >= 0) {
		return 1 / (1 + Math.exp(-x));
	}

	const e = Math.exp(x);
	return e / (1 + e);
}

/** ln(p / (1 - p)), with p kept `margin` away from 0 and 1. */
export function logit(p: number, margin = 1e-6): number {
	const inside = Math.min(1 - margin, Math.max(margin, p));
	return Math.log(inside / (1 - inside));
}

/** Softmax of `count` logits in place, from `start` on. */
export function softmaxInPlace(values: Float32Array | Float64Array, start = 0, count = values.length): void {
	let highest = -Infinity;
	for (let index = start; index < start + count; index++) {
		highest = Math.max(highest, values[index]!);
	}

	let sum = 0;
	for (let index = start; index < start + count; index++) {
		const e = Math.exp(values[index]! - highest);
		values[index] = e;
		sum += e;
	}

	for (let index = start; index < start + count; index++) {
		values[index]! /= sum;
	}
}

/** Probability that a prediction gave to a class: binary predictions hold only that of class 1. */
export function probabilityOf(probabilities: ArrayLike<number>, label: number): number {
	return probabilities.length > 1 ? probabilities[label]! : label === 1 ? probabilities[0]! : 1 - probabilities[0]!;
}

/** Floor under a probability before its logarithm: a wrong certainty costs at most 13.8. */
export const PROBABILITY_MIN = 1e-6;

/** -ln of the probability given to the true class, bounded by {@link PROBABILITY_MIN}. */
export function logLossOf(probabilities: ArrayLike<number>, label: number): number {
	return -Math.log(Math.max(PROBABILITY_MIN, probabilityOf(probabilities, label)));
}
