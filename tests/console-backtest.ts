/**
 * Back-tests of a model as GET /v1/models/:model/backtests lists them: one that has ended, one that failed.
 *
 * @module
 */
import type {Job} from '../core/domain/index.ts';

const ASKED = {
	kind: 'backtest',
	model: 'consumer-loan-default',
	trigger: 'manual',
	reason: 'asked for over REST',
	asOf: Date.UTC(2026, 9, 4),
	payload: {},
	priority: -50,
	attempt: 1,
	attemptsMax: 3,
	createdAt: Date.UTC(2026, 9, 4, 10),
	startedAt: Date.UTC(2026, 9, 4, 10, 1),
	endedAt: Date.UTC(2026, 9, 4, 10, 9),
} as const;

/** Newest first. */
export const SAMPLE_BACKTESTS: readonly Job[] = [
	{
		...ASKED,
		id: 'job-40',
		state: 'succeeded',
		progress: 1,
		message: 'done',
		result: {
			best: 'loop',
			metric: 'the share of the log loss of the base rate that is saved',
			labelRule: 'final after P60D',
			policies: {
				never: {skill: 0.151, decayPerMonth: 0.041, retrains: 1, promotions: 1, logLoss: 0.3412, auc: 0.741},
				monthly: {skill: 0.187, decayPerMonth: 0.017, retrains: 17, promotions: 17, logLoss: 0.3267, auc: 0.769},
				weekly: {skill: 0.19, decayPerMonth: 0.011, retrains: 74, promotions: 74, logLoss: 0.3255, auc: 0.772},
				loop: {skill: 0.196, decayPerMonth: 0.008, retrains: 76, promotions: 9, logLoss: 0.3231, auc: 0.775},
			},
		},
	},
	{
		...ASKED,
		id: 'job-31',
		state: 'failed',
		createdAt: Date.UTC(2026, 8, 1, 10),
		progress: 0,
		message: 'reading the log',
		error: {code: 'FRAME_TOO_SMALL', message: 'The log has 40 events with a label in this range; ask for a longer one.'},
	},
];
