/**
 * The row about who answers: tiers with a promise, and a challenger on trial.
 *
 * @module
 */
import {MODEL, ofModel, rateBy, soFar, type DashboardRow} from './dashboard-queries.ts';

/** The row. */
export const TIERS: DashboardRow = {
	title: 'Who answers',
	panels: [
		{
			title: 'Answers under a promise',
			kind: 'lines',
			unit: 'ops',
			width: 8,
			description: 'By why the student or the teacher gave them, a second; only models whose spec has tiers.',
			queries: rateBy('perennial_tier_routes_total', 'reason'),
		},
		{
			title: 'Agreement of student and teacher',
			kind: 'lines',
			unit: 'percentunit',
			width: 8,
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
			width: 8,
			description: 'Since the process started.',
			queries: [
				soFar('perennial_tier_widenings_total', 'bands widened'),
				soFar('perennial_teacher_failures_total', 'teacher could not be asked'),
			],
		},
		{
			title: 'The cache',
			kind: 'lines',
			unit: 'none',
			width: 6,
			description:
				'Answers by whether they came from it, and entries given up, since the process started; and what it holds. Only where a spec has one.',
			queries: [
				soFar('perennial_cache_lookups_total', '{{result}}'),
				soFar('perennial_cache_evictions_total', 'given up: {{cause}}'),
				ofModel('perennial_cache_entries', '{{model}} entries'),
			],
		},
		{
			title: 'Waiting for a person',
			kind: 'lines',
			unit: 'short',
			width: 6,
			description:
				'Answers that were referred and not reviewed yet, hours that the oldest waits, and reviews since the process started.',
			queries: [
				ofModel('perennial_referrals_open', '{{model}} open'),
				{expr: `perennial_referral_age_seconds{${MODEL}} / 3600`, legend: '{{model}} hours'},
				soFar('perennial_reviews_total', 'reviewed'),
			],
		},
		{
			title: 'Gain of the challenger',
			kind: 'lines',
			unit: 'none',
			width: 6,
			description:
				'Log loss, or cost where the spec judges by it, of the champion less that of the challenger, with limits that hold however often one looks.',
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
			width: 6,
			description: 'That the challenger was judged on, those left out, and verdicts since the process started.',
			queries: [
				ofModel('perennial_challenger_labels', '{{model}}'),
				ofModel('perennial_challenger_shed_labels', '{{model}} left out'),
				soFar('perennial_challenger_verdicts_total', '{{verdict}}'),
			],
		},
	],
};
