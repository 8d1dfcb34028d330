/**
 * Moments of samples.
 *
 * @module
 */

/** Mean, standard deviation (of the population) and skewness of the finite values; zeros where undefined. */
export interface Moments {
	readonly count: number;
	readonly mean: number;
	readonly deviation: number;
	readonly skewness: number;
}

/**
 * Moments of the finite values, in two passes.
 *
 * @param weights - How much each value counts; absent: all count 1. `count` is then the sum of the weights.
 * @example
 * const {count, mean, deviation} = momentsOf([1, 3, NaN]);
 * [count, mean, deviation]; //=> [2, 2, 1]
 */
export function momentsOf(values: ArrayLike<number>, weights?: ArrayLike<number>): Moments {
	let count = 0;
	let sum = 0;
	for (let index = 0; index < values.length; index++) {
		const value = values[index]!;
		if (Number.isFinite(value)) {
			const weight = weights?.[index] ?? 1;
			count += weight;
			sum += weight * value;
		}
	}

	if (count === 0) {
		return {count, mean: 0, deviation: 0, skewness: 0};
	}

	const mean = sum / count;
	let second = 0;
	let third = 0;
	for (let index = 0; index < values.length; index++) {
		const value = values[index]!;
		if (Number.isFinite(value)) {
			const weight = weights?.[index] ?? 1;
			const difference = value - mean;
			second += weight * difference * difference;
			third += weight * difference * difference * difference;
		}
	}

	const deviation = Math.sqrt(second / count);
	return {count, mean, deviation, skewness: deviation === 0 ? 0 : third / count / deviation ** 3};
}
