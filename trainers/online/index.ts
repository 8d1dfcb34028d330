/**
 * Online learners, by name. To add one: write a file beside this one, then add its line below; the laws in checks.ts then run on it.
 *
 * @module
 */
import type {LearnerDefinition} from '../../core/domain/index.ts';
import {definition as forest, largeDefinition as largeForest} from './adaptive-random-forest.ts';
import {definition as ftrl} from './ftrl.ts';
import {definition as hoeffdingTree} from './hoeffding-tree.ts';
import {definition as linearMixture} from './linear-mixture.ts';
import {definition as logisticRegression} from './logistic-regression.ts';
import {definition as stack} from './stack.ts';

export {DivergenceGuard, type DivergenceGuardOptions} from './divergence-guard.ts';
export {LogisticRegression, type LogisticRegressionOptions} from './logistic-regression.ts';
export {MixedLearner, mixtureOf} from './mixed-learner.ts';

/** In the order in which docs and the console list them; the first is the default of a spec. */
export const LEARNERS: readonly LearnerDefinition[] = [stack, linearMixture, logisticRegression, ftrl, hoeffdingTree, forest, largeForest];
