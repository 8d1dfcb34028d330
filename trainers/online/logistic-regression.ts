/**
 * Online logistic regression on typed arrays: scaling chosen by the data, hashed categories, one step a label.
 *
 * @module
 */
import type {LearnerDefinition, LearnerShape, OnlineLearner} from '../../core/domain/index.ts';
import type {FeatureTransformOptions} from './feature-transform.ts';
import {LinearModel, linearParameterCount, linearScorerOf} from './linear-model.ts';
import {adaGrad, sgd, type AdaGradOptions, type SgdOptions} from './linear-optimizers.ts';
import {describeLinear} from './portable/linear.ts';

/**
 * Options of {@link LogisticRegression}. The optimizer is AdaGrad with rate 0.2 and forgetting 1e-4 unless said otherwise.
 * `transform: 'plain'` scales by exact running moments, which move before the step: what other stream libraries' scaler pipelines do.
 */
export interface LogisticRegressionOptions extends FeatureTransformOptions, Partial<AdaGradOptions>, Partial<SgdOptions> {
	/** Default `adagrad`. */
	readonly optimizer?: 'adagrad' | 'sgd';
}

/** Marks a snapshot of this learner; the last digit is its layout. */
const MAGIC = 0x4c_4f_47_02;

/**
 * Logistic regression (softmax for several classes) with one weight a feature, one for its absence, and one a hashed category.
 *
 * Numbers are brought to scale as they come, so units do not matter; each column's transform is the one that the labels favour.
 *
 * @remarks
 * Shape: a row of the schema -> 1 probability (binary, of class 1) or K. NaN is missing and has a weight of its own.
 * Cost: O(columns x outputs) time a call and no allocation; 16 bytes a weight, 4,096 weights an output for all categories together.
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
export class LogisticRegression extends LinearModel implements OnlineLearner {
	constructor(shape: LearnerShape, options: LogisticRegressionOptions = {}) {
		const {optimizer = 'adagrad'} = options;
		super(
			shape,
			optimizer === 'sgd' ? sgd({learningRate: 0.01, ...options}) : adaGrad({learningRate: 0.2, forgetting: 1e-4, ...options}),
			options,
		);
	}

	snapshot(): Uint8Array {
		return this.pack(MAGIC);
	}

	/** Inverse of {@link snapshot}. @throws PerennialError - CHECKPOINT_CORRUPT. */
	static restore(shape: LearnerShape, snapshot: Uint8Array, options: LogisticRegressionOptions = {}): LogisticRegression {
		const learner = new LogisticRegression(shape, options);
		learner.unpack(MAGIC, snapshot);
		return learner;
	}
}

/** How the learner is listed and built. */
export const definition: LearnerDefinition = {
	name: 'logistic-regression',
	summary: 'Linear model with scaling chosen by the data and hashed categories; one AdaGrad step a label.',
	source: 'Duchi, Hazan, Singer 2011, JMLR 12:2121-2159',
	create: shape => new LogisticRegression(shape),
	restore: (shape, snapshot) => LogisticRegression.restore(shape, snapshot),
	parameterCount: linearParameterCount,
	scorer: linearScorerOf,
	describe: (shape, parameters) => describeLinear(shape, parameters),
};
