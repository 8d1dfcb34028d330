/**
 * The objective of a logistic regression: mean log loss and a quadratic penalty on the coefficients.
 *
 * @module
 */
import {softmaxInPlace, sigmoid, type Objective} from '../../../core/numerics/index.ts';
import {crossEntropySum} from '../network/fit-targets.ts';
import type {InputMatrix} from '../network/input-matrix.ts';

/** Where coefficients lie in a vector: for each output its numbers, then for each category its values (everything else first); then the biases. */
export interface LinearLayout {
	readonly outputCount: number;
	readonly numericWidth: number;
	/** Of each category: its values and one. */
	readonly levelCounts: readonly number[];
	/** Coefficients of one output, without its bias. */
	readonly width: number;
	readonly size: number;
}

/** Lay out the coefficients. */
export function linearLayoutOf(outputCount: number, numericWidth: number, levelCounts: readonly number[]): LinearLayout {
	const width = levelCounts.reduce((sum, count) => sum + count, numericWidth);
	return {outputCount, numericWidth, levelCounts, width, size: outputCount * (width + 1)};
}

/** Logits of rows [from, to), row-major. */
export function linearLogits(layout: LinearLayout, theta: Float64Array, matrix: InputMatrix, from: number, to: number): Float64Array {
	const {outputCount, width} = layout;
	const logits = new Float64Array((to - from) * outputCount);
	for (let output = 0; output < outputCount; output++) {
		const bias = theta[outputCount * width + output]!;
		for (let row = from; row < to; row++) {
			logits[(row - from) * outputCount + output] = bias + productOf(layout, theta, output * width, matrix, row);
		}
	}

	return logits;
}

function productOf(
	{numericWidth, levelCounts}: LinearLayout,
	theta: Float64Array,
	start: number,
	{numeric, ids}: InputMatrix,
	row: number,
): number {
	let sum = 0;
	const at = row * numericWidth;
	for (let column = 0; column < numericWidth; column++) {
		sum += theta[start + column]! * numeric[at + column]!;
	}

	let first = start + numericWidth;
	for (let category = 0; category < levelCounts.length; category++) {
		sum += theta[first + ids[category]![row]!]!;
		first += levelCounts[category]!;
	}

	return sum;
}

/** Which rows an objective is taken over, and how strong its penalty is. */
export interface ObjectiveOptions {
	readonly rowCount: number;
	/** Inverse of the penalty, over the sum of the losses: scikit-learn's C. */
	readonly inverseRegularization: number;
	/** One a row; absent: all count 1. */
	readonly weights?: ArrayLike<number> | undefined;
}

/**
 * Mean log loss of rows [0, rowCount) + |coefficients|^2 / (2 C rowCount), where a row counts by its weight. Biases are not penalised.
 *
 * Cost: O(rows x (numbers + categories) x outputs) a call.
 */
export function linearObjective(
	layout: LinearLayout,
	matrix: InputMatrix,
	targets: Float32Array,
	{rowCount, inverseRegularization, weights}: ObjectiveOptions,
): Objective {
	const {outputCount, width} = layout;
	const total = weightSum(weights, 0, rowCount);
	const penalty = 1 / (inverseRegularization * total);
	return (theta, gradient) => {
		const logits = linearLogits(layout, theta, matrix, 0, rowCount);
		let value = crossEntropySum(logits, targets, outputCount, weights) / total;
		const errors = errorsOf(logits, targets, outputCount);
		gradient.fill(0);
		for (let output = 0; output < outputCount; output++) {
			for (let row = 0; row < rowCount; row++) {
				const error = (errors[row * outputCount + output]! * (weights?.[row] ?? 1)) / total;
				gradient[outputCount * width + output]! += error;
				addRow(layout, gradient, output * width, matrix, row, error);
			}
		}

		for (let index = 0; index < outputCount * width; index++) {
			value += (penalty * theta[index]! ** 2) / 2;
			gradient[index]! += penalty * theta[index]!;
		}

		return value;
	};
}

/** Add to a gradient what each row's error, of a single output, says about the coefficients and the bias. */
export function addLinearGradient(layout: LinearLayout, gradient: Float64Array, matrix: InputMatrix, errors: Float64Array): void {
	for (const [row, error] of errors.entries()) {
		gradient[layout.width]! += error;
		addRow(layout, gradient, 0, matrix, row, error);
	}
}

/** Sum of the weights of rows [from, to): their number where there are no weights. */
export function weightSum(weights: ArrayLike<number> | undefined, from: number, to: number): number {
	let sum = 0;
	for (let row = from; row < to; row++) {
		sum += weights?.[row] ?? 1;
	}

	return sum;
}

/** Probabilities less targets, in place of the logits. */
function errorsOf(logits: Float64Array, targets: Float32Array, outputCount: number): Float64Array {
	for (let start = 0; start < logits.length; start += outputCount) {
		if (outputCount === 1) {
			logits[start] = sigmoid(logits[start]!);
		} else {
			softmaxInPlace(logits, start, outputCount);
		}
	}

	for (let index = 0; index < logits.length; index++) {
		logits[index]! -= targets[index]!;
	}

	return logits;
}

function addRow(
	{numericWidth, levelCounts}: LinearLayout,
	gradient: Float64Array,
	start: number,
	{numeric, ids}: InputMatrix,
	row: number,
	error: number,
): void {
	const at = row * numericWidth;
	for (let column = 0; column < numericWidth; column++) {
		gradient[start + column]! += error * numeric[at + column]!;
	}

	let first = start + numericWidth;
	for (let category = 0; category < levelCounts.length; category++) {
		gradient[first + ids[category]![row]!]! += error;
		first += levelCounts[category]!;
	}
}
