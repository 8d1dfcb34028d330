/**
 * Cross-entropy and probabilities of logits in double precision: one output is a sigmoid's, several are a softmax's.
 *
 * @module
 */
import {sigmoid, softmaxInPlace} from '../../../core/numerics/index.ts';

/**
 * Cross-entropy of the logits [start, start + outputCount) and a class.
 *
 * @example
 * crossEntropyOf(Float64Array.of(0, 0), 0, 2, 1).toFixed(4); //=> '0.6931'
 */
export function crossEntropyOf(logits: Float64Array, start: number, outputCount: number, label: number): number {
	if (outputCount === 1) {
		const z = label === 1 ? -logits[start]! : logits[start]!;
		return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
	}

	let highest = -Infinity;
	for (let index = start; index < start + outputCount; index++) {
		highest = Math.max(highest, logits[index]!);
	}

	let total = 0;
	for (let index = start; index < start + outputCount; index++) {
		total += Math.exp(logits[index]! - highest);
	}

	return highest + Math.log(total) - logits[start + label]!;
}

/**
 * Probabilities of logits, row-major.
 *
 * @example
 * [...probabilitiesOfLogits(Float64Array.of(0, 0), 1)]; //=> [0.5, 0.5]
 */
export function probabilitiesOfLogits(logits: Float64Array, outputCount: number): Float64Array {
	if (outputCount === 1) {
		return logits.map(sigmoid);
	}

	const probabilities = logits.slice();
	for (let start = 0; start < probabilities.length; start += outputCount) {
		softmaxInPlace(probabilities, start, outputCount);
	}

	return probabilities;
}
