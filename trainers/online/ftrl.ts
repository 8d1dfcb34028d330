/**
 * FTRL-Proximal: logistic regression for sparse hashed features whose unneeded weights stay exactly zero.
 *
 * @module
 */
import type {LearnerDefinition, LearnerShape, OnlineLearner} from '../../core/domain/index.ts';
import type {FeatureTransformOptions} from './feature-transform.ts';
import {LinearModel, linearParameterCount, linearScorerOf} from './linear-model.ts';
import {ftrlProximal, type FtrlOptions} from './linear-optimizers.ts';
import {describeLinear} from './portable/linear.ts';

/** Options of {@link FtrlRegression}; defaults: alpha 0.1, beta 1, l1 0.01, l2 0. */
export interface FtrlRegressionOptions extends FeatureTransformOptions, Partial<FtrlOptions> {}

/** Marks a snapshot of this learner; the last digit is its layout. */
const MAGIC = 0x46_54_52_01;

/**
 * Logistic regression (softmax for several classes) by follow the regularised leader: steps shrink by each weight's own gradients, and a category that
 * says nothing keeps weight 0.
 *
 * Rare categories learn as fast as common ones. It follows a moving world more slowly than AdaGrad with forgetting.
 *
 * @remarks
 * Shape: a row of the schema -> 1 probability (binary, of class 1) or K. NaN is missing and has a weight of its own.
 * Cost: O(columns x outputs) time a call and no allocation; 24 bytes a weight, 4,096 weights an output for all categories together.
 * Source: H. B. McMahan et al., "Ad Click Prediction: a View from the Trenches", KDD 2013, algorithm 1.
 * @throws AssertionError - on a row of another width, a label outside the task, or a weight that is not positive.
 * @example
 * const schema = {version: 1, columns: [{name: 'merchant', type: 'categorical'}]};
 * const learner = new FtrlRegression({schema, outputCount: 1});
 * for (let i = 0; i < 5000; i++) learner.learnOne(Float64Array.of(1 + (i % 10)), i % 10 === 3 ? 1 : 0);
 * const p = new Float64Array(1);
 * learner.predictOne(Float64Array.of(4), p);
 * p[0] > 0.5; //=> true
 */
export class FtrlRegression extends LinearModel implements OnlineLearner {
	constructor(shape: LearnerShape, options: FtrlRegressionOptions = {}) {
		super(shape, ftrlProximal({alpha: 0.1, beta: 1, l1: 0.01, l2: 0, ...options}), options);
	}

	snapshot(): Uint8Array {
		return this.pack(MAGIC);
	}

	/** Inverse of {@link snapshot}. @throws PerennialError - CHECKPOINT_CORRUPT. */
	static restore(shape: LearnerShape, snapshot: Uint8Array, options: FtrlRegressionOptions = {}): FtrlRegression {
		const learner = new FtrlRegression(shape, options);
		learner.unpack(MAGIC, snapshot);
		return learner;
	}
}

/** How the learner is listed and built. */
export const definition: LearnerDefinition = {
	name: 'ftrl',
	summary: 'Linear model for sparse hashed features; weights that carry nothing stay zero.',
	source: 'McMahan et al. 2013, KDD',
	create: shape => new FtrlRegression(shape),
	restore: (shape, snapshot) => FtrlRegression.restore(shape, snapshot),
	parameterCount: linearParameterCount,
	scorer: linearScorerOf,
	describe: (shape, parameters) => describeLinear(shape, parameters),
};
