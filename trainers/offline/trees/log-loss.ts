/**
 * Log loss on logits: where boosting starts, its derivatives, and its value.
 *
 * @module
 */

/** Rows of a class count as at least this many: a class without rows gets a finite logit. */
const CLASS_ROWS_MIN = 0.5;

/** What a loss is taken against. */
export interface WeightedLabels {
	/** Class indices. */
	readonly labels: ArrayLike<number>;
	readonly outputCount: number;
	/** One a row; absent: all count 1. */
	readonly weights?: Float64Array;
}

/** Gradient and second derivative of each row, in pairs, one list an output. */
export type Derivatives = readonly Float32Array[];

/**
 * Logits before the first tree: those of the class shares among the labels.
 *
 * @example
 * [...baseLogits([0, 1, 1, 1], 1)].map(value => value.toFixed(3)); //=> ['1.099']
 * [...baseLogits([0, 1], 2)].map(value => value.toFixed(3)); //=> ['-0.693', '-0.693']
 */
export function baseLogits(labels: ArrayLike<number>, outputCount: number, weights?: Float64Array): Float64Array {
	const counts = new Float64Array(Math.max(2, outputCount));
	for (let row = 0; row < labels.length; row++) {
		counts[labels[row]!]! += weights?.[row] ?? 1;
	}

	const total = counts.reduce((sum, count) => sum + count, 0);
	const shares = counts.map(count => Math.max(count, CLASS_ROWS_MIN) / total);
	return outputCount === 1 ? Float64Array.of(Math.log(shares[1]! / shares[0]!)) : shares.map(share => Math.log(share));
}

/**
 * Mean log loss of rows [from, to), by their weights; NaN for none.
 *
 * @param logits - Rows x outputs.
 * @example
 * meanLogitLoss(Float64Array.of(0, 0), {labels: [0, 1], outputCount: 1}, 0, 2).toFixed(4); //=> '0.6931'
 */
export function meanLogitLoss(logits: Float64Array, {labels, outputCount, weights}: WeightedLabels, from: number, to: number): number {
	let [sum, total] = [0, 0];
	for (let row = from; row < to; row++) {
		const weight = weights?.[row] ?? 1;
		total += weight;
		sum +=
			weight *
			(outputCount === 1
				? binaryLoss(logits[row]!, labels[row]!)
				: softmaxLoss(logits, row * outputCount, outputCount, labels[row]!));
	}

	return sum / total;
}

/**
 * Derivatives of the log loss of rows [0, rowCount) into `target`, times the weights; gives their mean log loss. Of several outputs the second derivatives are
 * stretched by K / (K - 1), as the K logits of a row move together.
 */
export function deriveLogLoss(target: Derivatives, logits: Float64Array, truth: WeightedLabels, rowCount: number): number {
	return truth.outputCount === 1 ? deriveBinary(target[0]!, logits, truth, rowCount) : deriveSoftmax(target, logits, truth, rowCount);
}

function deriveBinary(pairs: Float32Array, logits: Float64Array, {labels, weights}: WeightedLabels, rowCount: number): number {
	let [sum, total] = [0, 0];
	for (let row = 0; row < rowCount; row++) {
		const label = labels[row]!;
		const weight = weights?.[row] ?? 1;
		const value = logits[row]!;
		const e = Math.exp(-Math.abs(value));
		const p = value >= 0 ? 1 / (1 + e) : e / (1 + e);
		pairs[2 * row] = weight * (p - label);
		pairs[2 * row + 1] = (weight * e) / ((1 + e) * (1 + e));
		sum += weight * (Math.log1p(e) + (value > 0 === (label === 1) ? 0 : Math.abs(value)));
		total += weight;
	}

	return sum / total;
}

function deriveSoftmax(
	target: Derivatives,
	logits: Float64Array,
	{labels, outputCount, weights}: WeightedLabels,
	rowCount: number,
): number {
	const stretch = outputCount / (outputCount - 1);
	const exponentials = new Float64Array(outputCount);
	let [sum, weightSum] = [0, 0];
	for (let row = 0; row < rowCount; row++) {
		const at = row * outputCount;
		const weight = weights?.[row] ?? 1;
		let highest = -Infinity;
		for (let output = 0; output < outputCount; output++) {
			highest = Math.max(highest, logits[at + output]!);
		}

		let total = 0;
		for (let output = 0; output < outputCount; output++) {
			exponentials[output] = Math.exp(logits[at + output]! - highest);
			total += exponentials[output]!;
		}

		for (let output = 0; output < outputCount; output++) {
			const p = exponentials[output]! / total;
			target[output]![2 * row] = weight * (p - (labels[row] === output ? 1 : 0));
			target[output]![2 * row + 1] = weight * stretch * p * (1 - p);
		}

		sum += weight * (Math.log(total) + highest - logits[at + labels[row]!]!);
		weightSum += weight;
	}

	return sum / weightSum;
}

function binaryLoss(logit: number, label: number): number {
	return Math.log1p(Math.exp(-Math.abs(logit))) + (logit > 0 === (label === 1) ? 0 : Math.abs(logit));
}

function softmaxLoss(logits: Float64Array, at: number, outputCount: number, label: number): number {
	let highest = -Infinity;
	for (let output = 0; output < outputCount; output++) {
		highest = Math.max(highest, logits[at + output]!);
	}

	let total = 0;
	for (let output = 0; output < outputCount; output++) {
		total += Math.exp(logits[at + output]! - highest);
	}

	return Math.log(total) + highest - logits[at + label]!;
}
