/**
 * Online logistic regression on typed arrays: running standardisation, hashed categories, one AdaGrad step a label.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {
	bytesOf,
	PerennialError,
	type ClassIndex,
	type FeatureSchema,
	type LearnerDefinition,
	type LearnerShape,
	type OnlineLearner,
	type Scorer,
} from '../../core/domain/index.ts';
import {sigmoid, softmaxInPlace} from '../../core/numerics/index.ts';

/** Options of {@link LogisticRegression}. */
export interface LogisticRegressionOptions {
	/** First step size, > 0; each weight's own steps shrink as its gradients add up. */
	readonly learningRate?: number;
	/** Share of its past gradients that a weight forgets a label, so that it never stops following a moving world. */
	readonly forgetting?: number;
}

/** Numbers of weights for hashed categories; values of one hash share a weight. */
const BUCKETS = 1 << 12;
/** Standardised values are clipped to +/- this. */
const CLIP = 8;
/** The running mean and deviation follow at least this fast. */
const MOMENT_RATE_MIN = 1e-4;
/** Marks a snapshot of this learner; the last digit is its layout. */
const MAGIC = 0x4c_4f_47_01;
const HEADER = 4;

/** Where things stand in the state; all offsets count numbers. */
interface Layout {
	/** Row indices of numeric, boolean and text columns. */
	readonly numeric: Int32Array;
	/** Row indices of categorical columns. */
	readonly categorical: Int32Array;
	/** Weights of one output: values, missing flags, buckets, intercept. */
	readonly width: number;
	readonly means: number;
	readonly inverseDeviations: number;
	readonly weights: number;
	readonly parameterCount: number;
	readonly variances: number;
	readonly gradients: number;
	readonly stateCount: number;
}

function layoutOf({schema, outputCount}: LearnerShape): Layout {
	const indices = (isWanted: (type: FeatureSchema['columns'][number]['type']) => boolean): Int32Array =>
		Int32Array.from(schema.columns.flatMap(({type}, index) => (isWanted(type) ? [index] : [])));
	const numeric = indices(type => type !== 'categorical');
	const categorical = indices(type => type === 'categorical');
	const count = numeric.length;
	const width = 2 * count + (categorical.length > 0 ? BUCKETS : 0) + 1;
	const parameterCount = 2 * count + outputCount * width;
	return {
		numeric,
		categorical,
		width,
		means: 0,
		inverseDeviations: count,
		weights: 2 * count,
		parameterCount,
		variances: parameterCount,
		gradients: parameterCount + count,
		stateCount: parameterCount + count + outputCount * width,
	};
}

/** Bucket of a category: the same value of the same column always has the same. */
function bucketOf(column: number, code: number): number {
	let hash = Math.imul(code ^ Math.imul(column + 1, 0x9e37_79b1), 0x85eb_ca6b);
	hash ^= hash >>> 13;
	hash = Math.imul(hash, 0xc2b2_ae35);
	return (hash ^ (hash >>> 16)) & (BUCKETS - 1);
}

/**
 * Logistic regression (softmax for several classes) with one weight a feature, one for its absence, and one a hashed category.
 *
 * Numbers are standardised as they come, so units do not matter; heavy tails are clipped, not transformed.
 *
 * @remarks
 * Shape: a row of the schema -> 1 probability (binary, of class 1) or K. NaN is missing and counts as the mean.
 * Cost: O(columns x outputs) time a call and no allocation; 16 bytes a weight, {@link BUCKETS} weights an output for all categories together.
 * Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive Subgradient Methods", JMLR 12 (2011) 2121-2159; K. Weinberger et al., "Feature Hashing", ICML 2009.
 * @throws AssertionError - on a row of another width, a label outside the task, or a weight that is not positive.
 * @example
 * const schema = {version: 1, columns: [{name: 'amount', type: 'numeric'}]};
 * const learner = new LogisticRegression({schema, outputCount: 1});
 * for (let i = 0; i < 300; i++) learner.learnOne(Float64Array.of(i % 2 === 0 ? 10 : 20), i % 2);
 * const p = new Float64Array(1);
 * learner.predictOne(Float64Array.of(20), p);
 * p[0] > 0.9; //=> true
 */
export class LogisticRegression implements OnlineLearner {
	readonly #shape: LearnerShape;
	readonly #layout: Layout;
	readonly #score: Scorer;
	readonly #learningRate: number;
	readonly #keep: number;
	readonly #state: Float64Array;
	/** Indices and values of the inputs of the row in hand that are not zero. */
	readonly #at: Int32Array;
	readonly #value: Float64Array;
	readonly #probabilities: Float64Array;
	#count = 0;

	constructor(shape: LearnerShape, {learningRate = 0.2, forgetting = 1e-4}: LogisticRegressionOptions = {}) {
		assert(learningRate > 0, 'learningRate must be > 0');
		assert(forgetting >= 0 && forgetting < 1, 'forgetting must be in [0, 1)');
		this.#shape = shape;
		this.#layout = layoutOf(shape);
		this.#score = scorerOf(shape);
		this.#learningRate = learningRate;
		this.#keep = 1 - forgetting;
		this.#state = new Float64Array(this.#layout.stateCount);
		const inputs = this.#layout.numeric.length + this.#layout.categorical.length + 1;
		this.#at = new Int32Array(inputs);
		this.#value = new Float64Array(inputs);
		this.#probabilities = new Float64Array(shape.outputCount);
	}

	get learntCount(): number {
		return this.#count;
	}

	get parameters(): Float64Array {
		return this.#state.subarray(0, this.#layout.parameterCount);
	}

	predictOne(row: Float64Array, into: Float64Array): void {
		this.#score(this.parameters, row, into);
	}

	learnOne(row: Float64Array, label: ClassIndex, weight = 1): void {
		const {outputCount, schema} = this.#shape;
		assert.equal(row.length, schema.columns.length, 'the row is of another schema');
		assert(Number.isInteger(label) && label >= 0 && label < Math.max(2, outputCount), 'the label is outside the task');
		assert(weight > 0, 'weight must be > 0');
		this.#count++;
		const inputs = this.#gather(row);
		const {width, weights, gradients} = this.#layout;
		for (let output = 0; output < outputCount; output++) {
			let logit = 0;
			for (let index = 0; index < inputs; index++) {
				logit += this.#state[weights + output * width + this.#at[index]!]! * this.#value[index]!;
			}

			this.#probabilities[output] = logit;
		}

		toProbabilities(this.#probabilities, outputCount);
		for (let output = 0; output < outputCount; output++) {
			const error = (this.#probabilities[output]! - (outputCount === 1 ? label : label === output ? 1 : 0)) * weight;
			for (let index = 0; index < inputs; index++) {
				const at = output * width + this.#at[index]!;
				const gradient = error * this.#value[index]!;
				const sum = this.#state[gradients + at]! * this.#keep + gradient * gradient;
				this.#state[gradients + at] = sum;
				this.#state[weights + at]! -= (this.#learningRate * gradient) / Math.sqrt(sum + 1e-8);
			}
		}
	}

	snapshot(): Uint8Array {
		const all = new Float64Array(HEADER + this.#state.length);
		all.set([MAGIC, this.#count, this.#layout.stateCount, this.#shape.outputCount]);
		all.set(this.#state, HEADER);
		return bytesOf(all);
	}

	/** Inverse of {@link snapshot}. @throws PerennialError - CHECKPOINT_CORRUPT. */
	static restore(shape: LearnerShape, snapshot: Uint8Array, options: LogisticRegressionOptions = {}): LogisticRegression {
		const learner = new LogisticRegression(shape, options);
		const {stateCount} = learner.#layout;
		const all = snapshot.byteLength % 8 === 0 ? new Float64Array(snapshot.slice().buffer) : new Float64Array(0);
		if (all[0] !== MAGIC || all[2] !== stateCount || all[3] !== shape.outputCount || all.length !== HEADER + stateCount) {
			throw new PerennialError('CHECKPOINT_CORRUPT', 'These bytes are no snapshot of a logistic regression of this shape.');
		}

		learner.#count = all[1]!;
		learner.#state.set(all.subarray(HEADER));
		return learner;
	}

	/** Move the running moments to this row, and list its inputs; gives their number. */
	#gather(row: Float64Array): number {
		const {numeric, categorical, means, inverseDeviations, variances, width} = this.#layout;
		const state = this.#state;
		const rate = Math.max(1 / this.#count, MOMENT_RATE_MIN);
		let inputs = 0;
		for (let index = 0; index < numeric.length; index++) {
			const value = row[numeric[index]!]!;
			if (!Number.isFinite(value)) {
				this.#at[inputs] = numeric.length + index;
				this.#value[inputs++] = 1;
				continue;
			}

			const mean = state[means + index]!;
			const nextMean = mean + (value - mean) * rate;
			const variance = state[variances + index]! + ((value - mean) * (value - nextMean) - state[variances + index]!) * rate;
			state[means + index] = nextMean;
			state[variances + index] = variance;
			state[inverseDeviations + index] = variance > 0 ? 1 / Math.sqrt(variance) : 0;
			this.#at[inputs] = index;
			this.#value[inputs++] = clip((value - nextMean) * state[inverseDeviations + index]!);
		}

		for (let index = 0; index < categorical.length; index++) {
			const code = row[categorical[index]!]!;
			if (code > 0) {
				this.#at[inputs] = 2 * numeric.length + bucketOf(index, code);
				this.#value[inputs++] = 1;
			}
		}

		this.#at[inputs] = width - 1;
		this.#value[inputs++] = 1;
		return inputs;
	}
}

function clip(value: number): number {
	return value > CLIP ? CLIP : value < -CLIP ? -CLIP : value;
}

function toProbabilities(logits: Float64Array, outputCount: number): void {
	if (outputCount === 1) {
		logits[0] = sigmoid(logits[0]!);
	} else {
		softmaxInPlace(logits, 0, outputCount);
	}
}

/** Scores rows with the parameters alone. */
function scorerOf(shape: LearnerShape): Scorer {
	const {numeric, categorical, means, inverseDeviations, weights, width} = layoutOf(shape);
	const {outputCount} = shape;
	return (parameters, row, into) => {
		for (let output = 0; output < outputCount; output++) {
			const base = weights + output * width;
			let logit = parameters[base + width - 1]!;
			for (let index = 0; index < numeric.length; index++) {
				const value = row[numeric[index]!]!;
				logit += Number.isFinite(value)
					? parameters[base + index]! * clip((value - parameters[means + index]!) * parameters[inverseDeviations + index]!)
					: parameters[base + numeric.length + index]!;
			}

			for (let index = 0; index < categorical.length; index++) {
				const code = row[categorical[index]!]!;
				if (code > 0) {
					logit += parameters[base + 2 * numeric.length + bucketOf(index, code)]!;
				}
			}

			into[output] = logit;
		}

		toProbabilities(into, outputCount);
	};
}

/** How the learner is listed and built. */
export const definition: LearnerDefinition = {
	name: 'logistic-regression',
	summary: 'Linear model with running standardisation and hashed categories; one AdaGrad step a label.',
	source: 'Duchi, Hazan, Singer 2011, JMLR 12:2121-2159',
	create: shape => new LogisticRegression(shape),
	restore: (shape, snapshot) => LogisticRegression.restore(shape, snapshot),
	parameterCount: shape => layoutOf(shape).parameterCount,
	scorer: shape => scorerOf(shape),
};
