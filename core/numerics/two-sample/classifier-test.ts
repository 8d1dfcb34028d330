/**
 * The classifier two-sample test: can a classifier learn to tell two samples of rows apart?
 *
 * @module
 */
import assert from 'node:assert/strict';
import {areaUnderRoc} from '../auc.ts';
import type {Interval} from '../bootstrap.ts';
import {chiSquareTail} from '../chi-square.ts';
import {sigmoid} from '../logistic.ts';
import {quantileSorted, sortedFinite} from '../quantiles.ts';
import {createRng, drawPermutation} from '../random.ts';
import {chiSquareQuantile} from './psi-null-quantile.ts';

/** Standardised values are clipped to +/- this. */
const CLIP = 8;
/** Inputs a column: the value, its square, and whether it is missing. */
const INPUTS = 3;

/** Options of {@link classifierTest}. */
export interface ClassifierTestOptions {
	/** Numbers a row. */
	readonly width: number;
	/** Coverage of the interval, two-sided. */
	readonly confidence?: number;
	/** Passes over the half that is learnt. */
	readonly epochs?: number;
	readonly seed?: number;
}

/** Outcome of {@link classifierTest}. */
export interface ClassifierTestResult {
	/** Area under the ROC curve on the half that was not learnt, 0.5 where nothing tells the samples apart, with its interval. */
	readonly area: Interval;
	/** One-sided probability of an area at least this large if both samples come from one distribution. */
	readonly probability: number;
}

/**
 * Fits a logistic regression on one half of the pooled rows to tell the samples apart, and tests its ranking of the other half.
 *
 * It sees shifts of means and of spread in each column, values that go missing, and sums of such; not a dependence between columns whose own
 * distributions stay. Numbers that are not finite are missing. Unlike a test a column, it is one test for all columns.
 *
 * @remarks
 * Shape: row-major samples of `width` numbers a row, at least 8 rows each.
 * Cost: O(rows width epochs), and a sort a column.
 * Source: D. Lopez-Paz, M. Oquab, "Revisiting Classifier Two-Sample Tests", ICLR 2017; interval: J. Hanley, B. McNeil, Radiology 1982.
 * @throws AssertionError - for fewer than 8 rows in a sample, or parts of rows.
 * @example
 * const first = Array.from({length: 400}, (_, index) => index % 10);
 * const second = first.map(value => value + 3);
 * classifierTest(first, second, {width: 1}).probability < 0.001; //=> true
 * classifierTest(first, first, {width: 1}).probability > 0.001; //=> true
 */
export function classifierTest(
	first: ArrayLike<number>,
	second: ArrayLike<number>,
	{width, confidence = 0.95, epochs = 5, seed = 1}: ClassifierTestOptions,
): ClassifierTestResult {
	const [n, m] = [first.length / width, second.length / width];
	assert(Number.isInteger(n) && Number.isInteger(m) && n >= 8 && m >= 8, 'whole rows, 8 or more in each sample');
	const inputs = standardised(first, second, width);
	const rng = createRng(seed);
	const learnt = new Uint8Array(n + m);
	for (const [start, count] of [
		[0, n],
		[n, m],
	] as const) {
		for (const row of drawPermutation(rng, count).subarray(0, count >> 1)) {
			learnt[start + row] = 1;
		}
	}

	const weights = new Float64Array(INPUTS * width + 1);
	const steps = new Float64Array(weights.length).fill(1);
	for (let epoch = 0; epoch < epochs; epoch++) {
		for (const row of drawPermutation(rng, n + m)) {
			if (learnt[row] === 1) {
				learn(inputs, row, row < n ? 0 : 1, weights, steps);
			}
		}
	}

	const tested = Array.from(learnt.keys()).filter(row => learnt[row] === 0);
	const area = areaUnderRoc(
		tested.map(row => logitOf(inputs, row, weights)),
		tested.map(row => (row < n ? 0 : 1)),
	);
	return judge(area, tested.filter(row => row < n).length, tested.filter(row => row >= n).length, confidence);
}

/** Interval and probability of an area found with `negatives` and `positives` rows. */
function judge(area: number, negatives: number, positives: number, confidence: number): ClassifierTestResult {
	const positivePairs = area / (2 - area) - area * area;
	const negativePairs = (2 * area * area) / (1 + area) - area * area;
	const variance = (area * (1 - area) + (positives - 1) * positivePairs + (negatives - 1) * negativePairs) / (positives * negatives);
	const reach = Math.sqrt(chiSquareQuantile(1 - confidence, 1) * variance);
	const z = (area - 0.5) / Math.sqrt((positives + negatives + 1) / (12 * positives * negatives));
	const tail = chiSquareTail(z * z, 1) / 2;
	return {
		area: {estimate: area, low: Math.max(0, area - reach), high: Math.min(1, area + reach)},
		probability: z > 0 ? tail : 1 - tail,
	};
}

/** Rows of inputs: distance from the median in halves of the interquartile range, its square, and a mark for missing values. */
function standardised(first: ArrayLike<number>, second: ArrayLike<number>, width: number): Float64Array {
	const values = new Float64Array(first.length + second.length);
	values.set(first);
	values.set(second, first.length);
	const inputs = new Float64Array(values.length * INPUTS);
	for (let column = 0; column < width; column++) {
		const sorted = sortedFinite(values.filter((_, index) => index % width === column));
		const centre = quantileSorted(sorted, 0.5);
		const range = quantileSorted(sorted, 0.75) - quantileSorted(sorted, 0.25);
		const spread = range > 0 ? range / 2 : Math.max(Math.abs(centre), 1);
		for (let index = column; index < values.length; index += width) {
			const distance = (values[index]! - centre) / spread;
			const value = Number.isNaN(distance) ? 0 : Math.max(-CLIP, Math.min(CLIP, distance));
			inputs[index * INPUTS] = value;
			inputs[index * INPUTS + 1] = (value * value) / CLIP;
			inputs[index * INPUTS + 2] = Number.isFinite(values[index]) ? 0 : 1;
		}
	}

	return inputs;
}

function logitOf(inputs: Float64Array, row: number, weights: Float64Array): number {
	const count = weights.length - 1;
	let sum = weights[count]!;
	for (let index = 0; index < count; index++) {
		sum += weights[index]! * inputs[row * count + index]!;
	}

	return sum;
}

/** One AdaGrad step. */
function learn(inputs: Float64Array, row: number, label: number, weights: Float64Array, squares: Float64Array): void {
	const count = weights.length - 1;
	const error = sigmoid(logitOf(inputs, row, weights)) - label;
	for (let index = 0; index <= count; index++) {
		const gradient = error * (index < count ? inputs[row * count + index]! : 1);
		squares[index]! += gradient * gradient;
		weights[index]! -= (0.3 * gradient) / Math.sqrt(squares[index]!);
	}
}
