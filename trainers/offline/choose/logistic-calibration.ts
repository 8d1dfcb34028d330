/**
 * Logistic regression on logits: the weights of a blend, and Platt scaling, are the same small convex problem.
 *
 * @module
 */
import {cholesky, inverseFromCholesky} from '../../../core/numerics/index.ts';
import {crossEntropyOf, probabilitiesOfLogits} from './logit-loss.ts';

/** Rows used at most, the newest: more say nothing new about so few numbers. */
export const CALIBRATION_ROWS_MAX = 20_000;

/** Strength of the pull of weights towards where they start: as much as the labels say in about ten rows. */
const PULL = 10;

/** Holds the intercepts of several outputs, of which only differences matter. */
const RIDGE = 1e-6;

const STEPS_MAX = 50;
const HALVINGS_MAX = 30;
const TOLERANCE = 1e-10;

/** Logits of several models on the same rows, and what happened. All row-major, `outputCount` a row. */
export interface LogitSet {
	readonly parts: readonly Float64Array[];
	readonly labels: ArrayLike<number>;
	readonly outputCount: number;
	/** One a row, of mean 1; absent: all count 1. */
	readonly weights?: Float64Array | undefined;
}

/** A blend: weights of the parts and an intercept an output. */
export interface LogitBlend {
	readonly weights: Float64Array;
	readonly intercepts: Float64Array;
}

/**
 * Logistic regression of the outcome on the logits of some models, with weights of at least 0 and a free intercept an output, by penalised maximum
 * likelihood. With one part this is Platt scaling; with several their weights, relative to each other, say how to blend them, while their sum and
 * the intercepts are a scaling of the whole.
 *
 * The penalty pulls weights towards equal ones that add up to 1, and matters for few rows only.
 *
 * Cost: a handful of Newton steps, each one pass over at most 20,000 rows (the newest): 10 ms for three parts.
 * Source: L. Breiman, "Stacked Regressions", 1996 (weights that are not negative); J. Platt, "Probabilistic Outputs for Support Vector Machines",
 * 1999; C. Guo et al., "On Calibration of Modern Neural Networks", 2017 (several outputs).
 *
 * @example
 * const logits = Float64Array.from({length: 1000}, (_, row) => (row % 2 === 0 ? 4 : -4));
 * const labels = Int32Array.from({length: 1000}, (_, row) => (row % 10 < 2 ? row % 2 : 1 - (row % 2)));
 * const {weights} = fitLogits({parts: [logits], labels, outputCount: 1});
 * (4 * weights[0]).toFixed(1) === Math.log(4).toFixed(1); //=> true
 */
export function fitLogits(set: LogitSet): LogitBlend {
	const from = Math.max(0, set.labels.length - CALIBRATION_ROWS_MAX);
	const {outputCount} = set;
	const problem = {
		parts: set.parts.map(part => part.subarray(from * outputCount)),
		labels: Int32Array.from(set.labels).subarray(from),
		outputCount,
		weights: set.weights?.subarray(from),
	};
	let current: LogitBlend = {
		weights: new Float64Array(set.parts.length).fill(1 / set.parts.length),
		intercepts: new Float64Array(outputCount),
	};
	let loss = penalisedLoss(problem, current);
	for (let count = 0; count < STEPS_MAX; count++) {
		const next = improve(problem, current, loss);
		const gain = loss - next.loss;
		current = next.blend;
		loss = next.loss;
		if (gain < TOLERANCE) {
			break;
		}
	}

	return current;
}

/**
 * Logits of a blend.
 *
 * @example
 * [...blendLogits([Float64Array.of(1), Float64Array.of(3)], {weights: Float64Array.of(0.5, 0.5), intercepts: Float64Array.of(1)})]; //=> [3]
 */
export function blendLogits(parts: readonly Float64Array[], {weights, intercepts}: LogitBlend): Float64Array {
	const outputCount = intercepts.length;
	const sums = Float64Array.from({length: parts[0]!.length}, (_, index) => intercepts[index % outputCount]!);
	for (const [at, logits] of parts.entries()) {
		const weight = weights[at]!;
		for (let index = 0; index < sums.length; index++) {
			sums[index]! += weight * logits[index]!;
		}
	}

	return sums;
}

/** Mean cross-entropy and the pulls: what is made smallest. */
function penalisedLoss({parts, labels, outputCount, weights}: LogitSet, blend: LogitBlend): number {
	const logits = blendLogits(parts, blend);
	let sum = 0;
	for (let row = 0; row < labels.length; row++) {
		sum += (weights?.[row] ?? 1) * crossEntropyOf(logits, row * outputCount, outputCount, labels[row]!);
	}

	const pull = blend.weights.reduce((total, weight) => total + (weight - 1 / parts.length) ** 2, 0);
	const ridge = blend.intercepts.reduce((total, intercept) => total + intercept ** 2, 0);
	return (sum + (PULL * pull + RIDGE * labels.length * ridge) / 2) / Math.max(1, labels.length);
}

/** One Newton step, halved until it helps; weights that it would take below 0 are held there and the rest is solved again. */
function improve(problem: LogitSet, current: LogitBlend, loss: number): {readonly blend: LogitBlend; readonly loss: number} {
	const {gradient, hessian} = slopesOf(problem, current);
	const held = new Set<number>();
	for (const [at, weight] of current.weights.entries()) {
		if (weight === 0 && gradient[at]! >= 0) {
			held.add(at);
		}
	}

	const step = newtonStep(gradient, hessian, held);
	for (let halving = 0, share = 1; halving < HALVINGS_MAX; halving++, share /= 2) {
		const blend = {
			weights: current.weights.map((weight, at) => Math.max(0, weight + share * step[at]!)),
			intercepts: current.intercepts.map((intercept, output) => intercept + share * step[current.weights.length + output]!),
		};
		const next = penalisedLoss(problem, blend);
		if (next < loss) {
			return {blend, loss: next};
		}
	}

	return {blend: current, loss};
}

/** -H⁻¹ g over the numbers that are free; 0 for those that are held. */
function newtonStep(gradient: Float64Array, hessian: Float64Array, held: ReadonlySet<number>): Float64Array {
	const size = gradient.length;
	const free = Array.from({length: size}, (_, at) => at).filter(at => !held.has(at));
	const matrix = Float64Array.from({length: free.length ** 2}, (_, index) => {
		const [row, column] = [free[Math.floor(index / free.length)]!, free[index % free.length]!];
		return hessian[row * size + column]! + (row === column ? RIDGE : 0);
	});
	const inverse = inverseFromCholesky(cholesky(matrix, free.length), free.length);
	const step = new Float64Array(size);
	for (const [row, at] of free.entries()) {
		step[at] = -free.reduce((sum, other, column) => sum + inverse[row * free.length + column]! * gradient[other]!, 0);
	}

	return step;
}

/** First and second derivatives of the penalised loss: the weights first, then the intercepts; the second row-major. */
function slopesOf(
	{parts, labels, outputCount, weights}: LogitSet,
	blend: LogitBlend,
): {readonly gradient: Float64Array; readonly hessian: Float64Array} {
	const rows = Math.max(1, labels.length);
	const count = parts.length;
	const size = count + outputCount;
	const gradient = new Float64Array(size);
	const hessian = new Float64Array(size * size);
	const probabilities = probabilitiesOfLogits(blendLogits(parts, blend), outputCount);
	const row = new Float64Array(size * outputCount);
	const means = new Float64Array(size);
	for (let index = 0; index < labels.length; index++) {
		const start = index * outputCount;
		row.fill(0);
		means.fill(0);
		const weight = weights?.[index] ?? 1;
		for (let output = 0; output < outputCount; output++) {
			const probability = probabilities[start + output]!;
			const error = probability - ((outputCount === 1 ? labels[index] === 1 : labels[index] === output) ? 1 : 0);
			for (let at = 0; at < size; at++) {
				const input = at < count ? parts[at]![start + output]! : at - count === output ? 1 : 0;
				row[at * outputCount + output] = input;
				means[at]! += probability * input;
				gradient[at]! += (weight * error * input) / rows;
			}
		}

		addCurvature(hessian, {row, means, probabilities, start, outputCount, share: weight / rows});
	}

	for (let at = 0; at < count; at++) {
		gradient[at]! += (PULL * (blend.weights[at]! - 1 / count)) / rows;
		hessian[at * size + at]! += PULL / rows;
	}

	for (let at = count; at < size; at++) {
		gradient[at]! += RIDGE * blend.intercepts[at - count]!;
		hessian[at * size + at]! += RIDGE;
	}

	return {gradient, hessian};
}

interface CurvatureRow {
	/** Inputs of one row: numbers x outputs. */
	readonly row: Float64Array;
	/** Their means under the probabilities. */
	readonly means: Float64Array;
	readonly probabilities: Float64Array;
	readonly start: number;
	readonly outputCount: number;
	/** The row's weight over the number of rows. */
	readonly share: number;
}

/** The covariance of a row's inputs under its probabilities; for one output, p (1 - p) times their product. */
function addCurvature(hessian: Float64Array, {row, means, probabilities, start, outputCount, share}: CurvatureRow): void {
	const size = means.length;
	for (let first = 0; first < size; first++) {
		for (let second = 0; second <= first; second++) {
			let sum = -means[first]! * means[second]!;
			for (let output = 0; output < outputCount; output++) {
				sum += probabilities[start + output]! * row[first * outputCount + output]! * row[second * outputCount + output]!;
			}

			hessian[first * size + second]! += sum * share;
			if (first !== second) {
				hessian[second * size + first]! += sum * share;
			}
		}
	}
}
