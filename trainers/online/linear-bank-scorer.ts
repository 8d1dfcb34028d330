/**
 * What a bank of linear models and its scorer in another thread have in common: options, layout, and probabilities by published numbers.
 *
 * @module
 */
import type {LearnerShape} from '../../core/domain/index.ts';
import type {ExpertSetScorer} from './expert-set.ts';
import type {FeatureTransformOptions} from './feature-transform.ts';
import {LinearInputs, linearLayoutOf, type LinearLayout} from './linear-inputs.ts';
import {toProbabilities} from './probabilities.ts';

/**
 * Step sizes of an expert whose intercept moves faster than its weights. A shift of the base rate or of a threshold is a common change, and an
 * intercept alone is found in a few hundred labels where all weights together take thousands, or are followed at the price of their noise.
 */
export interface ShiftRate {
	readonly rate: number;
	readonly interceptRate: number;
}

/** Options of {@link LinearBank}. */
export interface LinearBankOptions extends FeatureTransformOptions {
	/** Step sizes of plain gradient descent whose steps are capped, one expert each. */
	readonly sgdRates: readonly number[];
	/** Gradient descent whose intercept has a step size of its own, one expert each; none by default. */
	readonly shiftRates?: readonly ShiftRate[];
	/** Step sizes of AdaGrad, one expert each. */
	readonly adaGradRates: readonly number[];
	/** Products of numbers and pairs of categories as further inputs; default false. */
	readonly isQuadratic?: boolean;
}

/** Where the numbers of a bank stand: those of scaling, then weights; AdaGrad's inverse roots and the memory of scaling follow. */
export interface BankLayout extends LinearLayout {
	/** Numbers of one input's weights: experts x outputs, gradient descent first. */
	readonly stride: number;
	readonly adaGradStride: number;
	readonly parameterCount: number;
	readonly stateCount: number;
}

/** The layout of a bank for a shape. */
export function bankLayoutOf(
	shape: LearnerShape,
	{sgdRates, shiftRates = [], adaGradRates, isQuadratic = false}: LinearBankOptions,
): BankLayout {
	const layout = linearLayoutOf(shape, {isQuadratic});
	const stride = (sgdRates.length + shiftRates.length + adaGradRates.length) * shape.outputCount;
	const adaGradStride = adaGradRates.length * shape.outputCount;
	const parameterCount = layout.transformCount + layout.width * stride;
	return {
		...layout,
		stride,
		adaGradStride,
		parameterCount,
		stateCount: parameterCount + layout.width * adaGradStride + layout.transformMemoryCount,
	};
}

/**
 * Logits of all experts into `into` from `to` on, then probabilities, and the logits into `logits` where it is given. Weights lie input by input, so that
 * one row touches few cache lines; sums of six slots at a time stay in registers, and in the last group the last slot may be reckoned several times.
 */
export function predictInputs(
	weights: Float64Array,
	{at, values, count}: LinearInputs,
	{stride, outputCount}: Pick<BankLayout, 'stride' | 'outputCount'>,
	into: Float64Array,
	to: number,
	logits: Float64Array | undefined,
): void {
	const last = stride - 1;
	for (let first = 0; first < stride; first += 6) {
		const second = first + 1 < last ? first + 1 : last;
		const third = first + 2 < last ? first + 2 : last;
		const fourth = first + 3 < last ? first + 3 : last;
		const fifth = first + 4 < last ? first + 4 : last;
		const sixth = first + 5 < last ? first + 5 : last;
		let one = 0;
		let two = 0;
		let three = 0;
		let four = 0;
		let five = 0;
		let six = 0;
		for (let index = 0; index < count; index++) {
			const from = Math.imul(at[index]!, stride);
			const value = values[index]!;
			one += weights[from + first]! * value;
			two += weights[from + second]! * value;
			three += weights[from + third]! * value;
			four += weights[from + fourth]! * value;
			five += weights[from + fifth]! * value;
			six += weights[from + sixth]! * value;
		}

		into[to + first] = one;
		into[to + second] = two;
		into[to + third] = three;
		into[to + fourth] = four;
		into[to + fifth] = five;
		into[to + sixth] = six;
	}

	toProbabilities(into, to, stride, outputCount, logits);
}

/** Scores rows with the parameters of a bank alone. */
export function bankScorerOf(shape: LearnerShape, options: LinearBankOptions): ExpertSetScorer {
	const layout = bankLayoutOf(shape, options);
	const inputs = new LinearInputs(layout);
	let latest = new Float64Array(0);
	let weights = latest;
	return (parameters, row, into, at, logits) => {
		if (latest !== parameters) {
			latest = parameters as Float64Array<ArrayBuffer>;
			weights = latest.subarray(layout.transformCount, layout.parameterCount);
		}

		inputs.encode(parameters, row);
		predictInputs(weights, inputs, layout, into, at, logits);
	};
}
