/**
 * The default learner: linear models, quadratic models and a forest, mixed with the weekly teacher and calibrated.
 *
 * @module
 */
import type {LearnerDefinition} from '../../core/domain/index.ts';
import {definition as forest} from './adaptive-random-forest.ts';
import {linearBank, quadraticBank} from './linear-bank.ts';
import {mixtureOf} from './mixed-learner.ts';
import {singleExpert} from './single-expert.ts';

/** How the learner is listed and built. */
export const definition: LearnerDefinition = mixtureOf(
	[linearBank, quadraticBank, singleExpert(forest)],
	{
		name: 'stack',
		summary:
			'The default: linear and quadratic models and a forest, mixed with the weekly teacher, on which it starts, and calibrated.',
		source: 'Wolpert 1992, Neural Networks 5:241-259; Herbster, Warmuth 1998, Machine Learning 32:151-178; Gomes 2017, Machine Learning 106:1469-1495',
	},
	{hasCurves: true},
);
