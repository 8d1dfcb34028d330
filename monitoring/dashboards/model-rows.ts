/**
 * Rows about models: is it right, has the world moved, what did the loop do.
 *
 * @module
 */
import {MODEL, BY_SERIES, ofModel, soFar, quantiles, type DashboardRow} from './dashboard-queries.ts';

/** The row. */
export const QUALITY: DashboardRow = {
	title: 'Is it right?',
	panels: [
		{
			title: 'AUC of what answers',
			kind: 'number',
			unit: 'none',
			width: 4,
			description: 'Newest window of event time that has labels.',
			queries: [ofModel('perennial_quality_auc', '{{model}}', ',series="loop"')],
		},
		{
			title: 'Better than never updated',
			kind: 'number',
			unit: 'none',
			width: 4,
			description: 'AUC of what answers minus that of the first version, which was never updated. Below zero, learning does harm.',
			queries: [
				{
					expr: `perennial_quality_auc{${MODEL},series="loop"} - ignoring (series) perennial_quality_auc{${MODEL},series="frozen"}`,
					legend: '{{model}}',
				},
			],
		},
		{
			title: 'AUC by series',
			kind: 'lines',
			unit: 'none',
			width: 16,
			description:
				'What answers, each tier beside it, and the model that was never updated. Until labels are final it is an estimate.',
			queries: [ofModel('perennial_quality_auc', BY_SERIES)],
		},
		{
			title: 'Log loss by series',
			kind: 'lines',
			unit: 'none',
			width: 8,
			description: 'Lower is better; in nats.',
			queries: [ofModel('perennial_quality_log_loss', BY_SERIES)],
		},
		{
			title: 'AUC over the newest matured labels',
			kind: 'lines',
			unit: 'none',
			width: 8,
			description: 'The newest 2,000 final labels, whatever their window.',
			queries: [ofModel('perennial_quality_rolling_auc', BY_SERIES)],
		},
		{
			title: 'Calibration',
			kind: 'lines',
			unit: 'percentunit',
			width: 4,
			description: 'Mean prediction minus share of positives: above zero the risk is overstated.',
			queries: [ofModel('perennial_quality_calibration', BY_SERIES)],
		},
		{
			title: 'Answers that have their label',
			kind: 'lines',
			unit: 'percentunit',
			width: 4,
			description: 'In the newest window with labels.',
			queries: [ofModel('perennial_quality_labelled_ratio', '{{model}}')],
		},
		{
			title: 'Gaps between protected groups',
			kind: 'lines',
			unit: 'percentunit',
			width: 24,
			description:
				'Between the two groups that are furthest apart, and how much of it is beyond chance. Only where a spec has protected features.',
			queries: [
				ofModel('perennial_fairness_gap_ratio', '{{model}} {{feature}} {{measure}}'),
				ofModel('perennial_fairness_gap_low_ratio', '{{model}} {{feature}} {{measure}} at least'),
			],
		},
	],
};

/** The row. */
export const DRIFT: DashboardRow = {
	title: 'Drift',
	panels: [
		{
			title: 'Inputs',
			kind: 'cells',
			unit: 'none',
			width: 16,
			steps: [0.1, 0.25, 0.5],
			description: 'Population stability index of each input against the training data of the live version.',
			queries: [ofModel('perennial_drift_feature_psi', '{{model}} {{feature}}')],
		},
		{
			title: 'Score, and the most drifted input',
			kind: 'lines',
			unit: 'none',
			width: 8,
			description: 'Against the threshold from which an alarm is raised.',
			queries: [
				ofModel('perennial_drift_score_psi', '{{model}} score'),
				{expr: `max by (model) (perennial_drift_feature_psi{${MODEL}})`, legend: '{{model}} inputs'},
				ofModel('perennial_drift_threshold_psi', '{{model}} threshold'),
			],
		},
		{
			title: 'Inputs by the tests that the spec names: chance',
			kind: 'lines',
			unit: 'none',
			width: 12,
			description:
				'Adjusted probability that an input (none: the score) differs by chance from the training data, and the level at which it counts.',
			queries: [
				ofModel('perennial_drift_probability', '{{model}} {{test}} {{feature}}'),
				ofModel('perennial_drift_level', '{{model}} {{test}} level'),
			],
		},
		{
			title: 'Inputs by the tests that the spec names: size',
			kind: 'lines',
			unit: 'none',
			width: 12,
			description: 'Statistic of each test; its meaning is that of the test.',
			queries: [ofModel('perennial_drift_statistic', '{{model}} {{test}} {{feature}}')],
		},
		{
			title: 'Accuracy and AUC before labels come',
			kind: 'lines',
			unit: 'none',
			width: 12,
			description: 'Of the live version, estimated from its scores alone; blind to a change of what leads to the outcome.',
			queries: [
				ofModel('perennial_estimate_accuracy', '{{model}} accuracy {{method}}'),
				ofModel('perennial_estimate_auc', '{{model}} AUC expected'),
			],
		},
		{
			title: 'Log loss before labels come, and whether probabilities can be relied on',
			kind: 'lines',
			unit: 'none',
			width: 12,
			description: 'The expected figures hold only while the second is 1: the probabilities were calibrated on the reference.',
			queries: [
				ofModel('perennial_estimate_log_loss', '{{model}} log loss expected'),
				ofModel('perennial_estimate_calibrated', '{{model}} calibrated'),
			],
		},
		{
			title: 'Alarms open',
			kind: 'lines',
			unit: 'none',
			width: 8,
			description: 'By what they are about; acknowledged ones included.',
			queries: [ofModel('perennial_alarms_open', '{{model}} {{subject}}')],
		},
		{
			title: 'Fields that explain open alarms',
			kind: 'lines',
			unit: 'percentunit',
			width: 8,
			description: 'Share of what moved in the inputs, times how much the live version leans on it; fields of the source.',
			queries: [ofModel('perennial_alarm_cause_share_ratio', '{{model}} {{field}}')],
		},
		{
			title: 'Alarms raised',
			kind: 'lines',
			unit: 'none',
			width: 8,
			description: 'Since the process started.',
			queries: [soFar('perennial_alarms_raised_total', '{{subject}}')],
		},
	],
};

/** The row. */
export const LOOP: DashboardRow = {
	title: 'The loop',
	panels: [
		{
			title: 'Retrainings asked for',
			kind: 'lines',
			unit: 'none',
			width: 8,
			description: 'By the schedule, by drift, or by a person, since the process started.',
			queries: [soFar('perennial_retrains_requested_total', '{{trigger}}')],
		},
		{
			title: 'Jobs',
			kind: 'lines',
			unit: 'none',
			width: 8,
			description: 'By the state they reached, since the process started.',
			queries: [{expr: 'perennial_jobs_total', legend: '{{kind}} {{state}}'}],
		},
		{
			title: 'Seconds a job takes',
			kind: 'lines',
			unit: 's',
			width: 8,
			description: 'Half of them take less than p50.',
			queries: quantiles('perennial_job_seconds', ['kind']),
		},
		{
			title: 'Versions',
			kind: 'lines',
			unit: 'none',
			width: 8,
			description: 'Promoted, put on trial, refused by a gate, or skipped, since the process started.',
			queries: [soFar('perennial_versions_total', '{{outcome}}')],
		},
		{
			title: 'Live versions',
			kind: 'lines',
			unit: 'none',
			width: 8,
			description: 'What each channel points at.',
			queries: [ofModel('perennial_live_version', '{{model}} {{channel}}')],
		},
		{
			title: 'Moves of channels',
			kind: 'lines',
			unit: 'none',
			width: 4,
			description: 'To another version, since the process started.',
			queries: [soFar('perennial_channel_moves_total', '{{channel}}')],
		},
		{
			title: 'Training runs on',
			kind: 'name',
			unit: 'none',
			width: 4,
			description: 'The backend of the newest training.',
			queries: [{expr: 'perennial_training_backend_info == 1', legend: '{{backend}}'}],
		},
	],
};
