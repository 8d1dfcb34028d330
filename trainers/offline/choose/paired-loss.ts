/**
 * Log losses row by row, and whether one model's are lower than another's by more than the noise.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {crossEntropyOf} from './logit-loss.ts';

/** A mean difference in log loss (first - second) on the same rows. */
export interface PairedDifference {
	readonly mean: number;
	readonly standardError: number;
}

/**
 * Cross-entropy of each row, times its weight: with weights of mean 1 their mean is the weighted mean. Logits are row-major, `outputCount` a row.
 *
 * @param weights - One a row; absent: all count 1.
 * @example
 * [...lossesOf(Float64Array.of(0, 0), [1, 0], 1)].map(loss => loss.toFixed(4)); //=> ['0.6931', '0.6931']
 */
export function lossesOf(logits: Float64Array, labels: ArrayLike<number>, outputCount: number, weights?: Float64Array): Float64Array {
	return Float64Array.from(
		{length: labels.length},
		(_, row) => (weights?.[row] ?? 1) * crossEntropyOf(logits, row * outputCount, outputCount, labels[row]!),
	);
}

/**
 * Compare two models on the same rows.
 *
 * @example
 * const {mean, standardError} = pairedDifference(Float64Array.of(1, 2, 3), Float64Array.of(2, 3, 4));
 * [mean, standardError]; //=> [-1, 0]
 */
export function pairedDifference(first: Float64Array, second: Float64Array): PairedDifference {
	assert.equal(first.length, second.length, 'both are measured on the same rows');
	const count = first.length;
	let sum = 0;
	let squares = 0;
	for (let row = 0; row < count; row++) {
		const difference = first[row]! - second[row]!;
		sum += difference;
		squares += difference * difference;
	}

	const mean = sum / count;
	const variance = Math.max(0, squares / count - mean * mean);
	return {mean, standardError: Math.sqrt(variance / Math.max(1, count - 1))};
}

/** True if the first model's loss is lower by more than so many standard errors. */
export function isLower({mean, standardError}: PairedDifference, standardErrors: number): boolean {
	return mean < -standardErrors * standardError;
}

/** Mean of the losses. */
export function meanOf(values: Float64Array): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** `0.4102 against 0.4133, difference -0.0031 ± 0.0009`. */
export function describeDifference(first: Float64Array, second: Float64Array): string {
	const {mean, standardError} = pairedDifference(first, second);
	return `${meanOf(first).toFixed(4)} against ${meanOf(second).toFixed(4)}, difference ${signed(mean)} ± ${standardError.toFixed(4)}`;
}

function signed(value: number): string {
	return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4)}`;
}
