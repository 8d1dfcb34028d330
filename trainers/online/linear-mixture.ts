/**
 * The linear models alone, mixed: for many features, or where a forest costs too much.
 *
 * @module
 */
import type {LearnerDefinition} from '../../core/domain/index.ts';
import {linearBank, quadraticBank} from './linear-bank.ts';
import {mixtureOf} from './mixed-learner.ts';

/** How the learner is listed and built. */
export const definition: LearnerDefinition = mixtureOf([linearBank, quadraticBank], {
	name: 'linear-bank',
	summary: 'Linear and quadratic models with many step sizes, mixed and calibrated; takes in the weekly teacher.',
	source: 'Wolpert 1992, Neural Networks 5:241-259; Herbster, Warmuth 1998, Machine Learning 32:151-178',
});
