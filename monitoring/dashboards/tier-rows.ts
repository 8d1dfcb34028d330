/**
 * The row about who answers: tiers with a promise, and a challenger on trial.
 *
 * @module
 */
import {ofModel, rateBy, soFar, type DashboardRow} from './dashboard-queries.ts';

/** The row. */
export const TIERS: DashboardRow = {
	title: 'Who answers',
	panels: [
		{
			title: 'Answers under a promise',
			kind: 'lines',
			unit: 'ops',
			width: 6,
			description: 'By why the student or the teacher gave them, a second; only models whose spec has tiers.',
			queries: rateBy('perennial_tier_routes_total', 'reason'),
		},
		{
			title: 'Agreement of student and teacher',
			kind: 'lines',
			unit: 'percentunit',
			width: 6,
			description: 'Share of watched answers of the student with the outcome of its teacher, and its lower bound.',
			queries: [
				ofModel('perennial_tier_agreement_ratio', '{{model}}'),
				ofModel('perennial_tier_agreement_low_ratio', '{{model}} at least'),
			],
		},
		{
			title: 'Promises widened, teachers that failed',
			kind: 'lines',
			unit: 'none',
			width: 4,
			description: 'Since the process started.',
			queries: [
				soFar('perennial_tier_widenings_total', 'bands widened'),
				soFar('perennial_teacher_failures_total', 'teacher could not be asked'),
			],
		},
		{
			title: 'Gain of the challenger',
			kind: 'lines',
			unit: 'none',
			width: 5,
			description: 'Log loss of the champion less that of the challenger, with limits that hold however often one looks.',
			queries: [
				ofModel('perennial_challenger_gain', '{{model}}'),
				ofModel('perennial_challenger_gain_low', '{{model}} low'),
				ofModel('perennial_challenger_gain_high', '{{model}} high'),
			],
		},
		{
			title: 'Labels of the trial',
			kind: 'lines',
			unit: 'short',
			width: 3,
			description: 'That the challenger was judged on, those left out, and verdicts since the process started.',
			queries: [
				ofModel('perennial_challenger_labels', '{{model}}'),
				ofModel('perennial_challenger_shed_labels', '{{model}} left out'),
				soFar('perennial_challenger_verdicts_total', '{{verdict}}'),
			],
		},
	],
};
