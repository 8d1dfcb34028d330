/**
 * An answer on record, as GET /v1/decisions/:id gives it: a loan that a student scored, and whose label was corrected later.
 *
 * @module
 */
import {digestOf, type DecisionView} from '../core/domain/index.ts';

/** The answer. */
export const SAMPLE_DECISION: DecisionView = {
	decisionId: 'd-consumer-loan-default-2n9c',
	model: 'consumer-loan-default',
	event: {
		id: 'application-90412',
		source: 'branch-north',
		entity: 'customer-5521',
		time: '2026-07-14T09:26:00.000Z',
		schemaVersion: 1,
	},
	features: {
		annual_income: 41_200,
		loan_amount: 12_500,
		debt_to_income: 0.31,
		employment_length: null,
		purpose: 'debt consolidation',
		home_ownership: 'rent',
		inquiries_6m: 3,
	},
	featureDigest: digestOf('the features above'),
	decidedAt: '2026-07-14T09:26:00.000Z',
	tier: 'student',
	version: 5,
	channel: 'champion',
	reason: 'the student answers unless the online learner beats it',
	outcome: 'refer',
	class: 'default',
	probability: 0.214,
	scores: {online: {default: 0.187}, student: {default: 0.214}, teacher: {default: 0.209}, frozen: null},
	labels: [
		{value: 'paid', observedAt: '2026-08-20T00:00:00.000Z', revision: 0, channel: 'outcome', withdrawn: false},
		{value: 'default', observedAt: '2026-09-02T00:00:00.000Z', revision: 1, channel: 'outcome', withdrawn: false},
	],
};
