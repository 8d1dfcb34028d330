/**
 * What logistic regression and FTRL have in common: inputs, logits, snapshots, a scorer.
 *
 * @module
 */
import type {ClassIndex, LearnerShape, Scorer} from '../../core/domain/index.ts';
import {softmaxInPlace} from '../../core/numerics/index.ts';
import {FeatureTransforms, type FeatureTransformOptions} from './feature-transform.ts';
import {packState, unpackState} from './learner-state.ts';
import {isDenseLayout, predictDense} from './linear-dense.ts';
import {assertLesson, LinearInputs, linearLayoutOf, type LinearLayout} from './linear-inputs.ts';
import type {LinearOptimizer, StepTarget} from './linear-optimizers.ts';

/** Numbers that a linear model of this shape publishes. */
export function linearParameterCount(shape: LearnerShape): number {
	const {transformCount, width} = linearLayoutOf(shape);
	return transformCount + width * shape.outputCount;
}

/** Probabilities of a row into `into`, by parameters of the layout with `outputCount` weights a position behind those of scaling. */
function predictRow(
	inputs: LinearInputs,
	{transformCount, outputCount}: LinearLayout,
	parameters: Float64Array,
	row: Float64Array,
	into: Float64Array,
): void {
	inputs.encode(parameters, row);
	const {at, values, count} = inputs;
	if (outputCount === 1) {
		let logit = 0;
		for (let index = 0; index < count; index++) {
			logit += parameters[transformCount + at[index]!]! * values[index]!;
		}

		// The sigmoid is written out: a fraction that is passed on may be allocated, and one in memory makes the next row wait for it.
		const e = Math.exp(-Math.abs(logit));
		into[0] = (logit < 0 ? e : 1) / (1 + e);
		return;
	}

	for (let output = 0; output < outputCount; output++) {
		let logit = 0;
		for (let index = 0; index < count; index++) {
			logit += parameters[transformCount + at[index]! * outputCount + output]! * values[index]!;
		}

		into[output] = logit;
	}

	softmaxInPlace(into, 0, outputCount);
}

/** A generalised linear model with one weight an input and output, moved by a {@link LinearOptimizer}. */
export class LinearModel {
	readonly #shape: LearnerShape;
	readonly #optimizer: LinearOptimizer;
	readonly #layout: LinearLayout;
	readonly #isDense: boolean;
	readonly #inputs: LinearInputs;
	readonly #transforms: FeatureTransforms;
	readonly #state: Float64Array;
	readonly #weights: Float64Array;
	readonly #errors: Float64Array;
	readonly #target: StepTarget;
	/** Scaling moves before the step and not after it: as in pipelines that update their scaler first. */
	readonly #scalesFirst: boolean;
	readonly parameters: Float64Array;
	#count = 0;

	protected constructor(shape: LearnerShape, optimizer: LinearOptimizer, {transform = 'automatic'}: FeatureTransformOptions) {
		const layout = linearLayoutOf(shape);
		const {transformCount, width, numeric, classCount} = layout;
		const {outputCount} = shape;
		const weights = width * outputCount;
		const parameterCount = transformCount + weights;
		const memoryAt = parameterCount + optimizer.memoryCount * weights;
		this.#shape = shape;
		this.#optimizer = optimizer;
		this.#layout = layout;
		this.#isDense = isDenseLayout(layout) && transform !== 'plain' && optimizer.stepDense !== undefined;
		this.#inputs = new LinearInputs(layout);
		this.#state = new Float64Array(memoryAt + layout.transformMemoryCount);
		this.parameters = this.#state.subarray(0, parameterCount);
		this.#weights = this.#state.subarray(transformCount, parameterCount);
		this.#errors = new Float64Array(outputCount);
		this.#transforms = new FeatureTransforms(numeric, classCount, this.parameters, this.#state.subarray(memoryAt), {transform});
		this.#scalesFirst = transform === 'plain';
		this.#target = {
			inputs: this.#inputs,
			outputCount,
			weights: this.#weights,
			memory: this.#state.subarray(parameterCount, memoryAt),
			errors: this.#errors,
		};
	}

	/** Labels learnt so far. */
	get learntCount(): number {
		return this.#count;
	}

	/** Weight of each position and output, as the layout of linear inputs orders them; a view. */
	get weights(): Float64Array {
		return this.#weights;
	}

	/** Probabilities into `into`. */
	predictOne(row: Float64Array, into: Float64Array): void {
		predictRow(this.#inputs, this.#layout, this.parameters, row, into);
	}

	/** One step; `before` receives the prediction just before it. */
	learnOne(row: Float64Array, label: ClassIndex, weight = 1, _expert?: Float64Array, before?: Float64Array): void {
		assertLesson(this.#shape, row, label, weight);
		this.#count++;
		const {numeric, transformCount} = this.#layout;
		if (this.#isDense && predictDense(this.parameters, transformCount, numeric, row, this.#inputs, this.#errors)) {
			this.#learnDense(row, label, weight, before);
		} else {
			this.#learn(row, label, weight, before);
		}
	}

	/** The short way of a row whose answer {@link predictDense} has just given. */
	#learnDense(row: Float64Array, label: ClassIndex, weight: number, before: Float64Array | undefined): void {
		const errors = this.#errors;
		const p = errors[0]!;
		if (before) {
			before[0] = p;
		}

		errors[0] = (p - label) * weight;
		this.#optimizer.stepDense!(this.#target);
		this.#transforms.learnOne(row, label, weight);
	}

	#learn(row: Float64Array, label: ClassIndex, weight: number, before: Float64Array | undefined): void {
		const {outputCount} = this.#shape;
		this.predictOne(row, this.#errors);
		if (before) {
			for (let output = 0; output < outputCount; output++) {
				before[output] = this.#errors[output]!;
			}
		}

		if (this.#scalesFirst) {
			this.#transforms.learnOne(row, label, weight);
			this.predictOne(row, this.#errors);
		}

		for (let output = 0; output < outputCount; output++) {
			this.#errors[output] = (this.#errors[output]! - (outputCount === 1 ? label : label === output ? 1 : 0)) * weight;
		}

		this.#optimizer.step(this.#target);
		if (!this.#scalesFirst) {
			this.#transforms.learnOne(row, label, weight);
		}
	}

	/** Bytes of all state under a learner's own mark. */
	protected pack(magic: number): Uint8Array {
		return packState(magic, this.#shape.outputCount, this.#count, this.#state);
	}

	/** Take the state of {@link pack}. @throws PerennialError - CHECKPOINT_CORRUPT. */
	protected unpack(magic: number, snapshot: Uint8Array): void {
		this.#count = unpackState(snapshot, magic, this.#shape.outputCount, this.#state);
	}
}

/** Scores rows with the parameters alone, as {@link LinearModel.predictOne}. */
export function linearScorerOf(shape: LearnerShape): Scorer {
	const layout = linearLayoutOf(shape);
	const inputs = new LinearInputs(layout);
	return (parameters, row, into) => {
		predictRow(inputs, layout, parameters, row, into);
	};
}
