/**
 * Online learners, by name. To add one: write a file beside this one, then add its line below; the laws in checks.ts then run on it.
 *
 * @module
 */
import type {LearnerDefinition} from '../../core/domain/index.ts';
import {definition as logisticRegression} from './logistic-regression.ts';

export {LogisticRegression, type LogisticRegressionOptions} from './logistic-regression.ts';

/** In the order in which docs and the console list them. */
export const LEARNERS: readonly LearnerDefinition[] = [logisticRegression];
