/**
 * Every metric family of the system, declared once. A name that is not here throws where it is used; docs/metrics.md lists the same rows.
 *
 * @module
 */

/** One family. */
export interface MetricFamily {
	readonly name: string;
	readonly type: 'counter' | 'gauge' | 'histogram';
	/** What it says, with its unit. */
	readonly help: string;
	readonly labels: readonly string[];
	/** Upper bounds of a histogram's buckets, ascending. */
	readonly buckets?: readonly number[];
}

/** From 50 microseconds, where a cached answer lies, to a second, where a client has given up. */
const ANSWER_SECONDS = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
/** From a fast disk's fsync to one that stalls. */
const DISK_SECONDS = [0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];
const REQUEST_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
/** From a demonstration's job to half a day on a GPU. */
const JOB_SECONDS = [1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 43_200];

/** In the order in which documents and the exposition list them. */
export const FAMILIES = [
	{name: 'perennial_events_total', type: 'counter', labels: ['model', 'result'], help: 'Events that came in.'},
	{
		name: 'perennial_newest_event_timestamp_seconds',
		type: 'gauge',
		labels: ['model'],
		help: 'Event time of the newest event, seconds since 1970.',
	},
	{
		name: 'perennial_log_records_total',
		type: 'counter',
		labels: ['model'],
		help: 'Records that the log took: events, answers and labels.',
	},
	{
		name: 'perennial_log_append_seconds',
		type: 'histogram',
		labels: ['model'],
		help: 'Seconds from handing a batch to the log to its fsync.',
		buckets: DISK_SECONDS,
	},
	{name: 'perennial_labels_total', type: 'counter', labels: ['model', 'result'], help: 'Labels that came in.'},
	{name: 'perennial_labels_waiting', type: 'gauge', labels: ['model'], help: 'Labels that wait for their event.'},
	{
		name: 'perennial_labels_expired_total',
		type: 'counter',
		labels: ['model'],
		help: 'Labels that were given up, because their event did not come in time.',
	},
	{name: 'perennial_decisions_total', type: 'counter', labels: ['model', 'tier'], help: 'Answers given, by the tier that answered.'},
	{
		name: 'perennial_tier_routes_total',
		type: 'counter',
		labels: ['model', 'reason'],
		help: 'Answers under a promise of tiers, by why the student or the teacher gave them.',
	},
	{
		name: 'perennial_tier_agreement_ratio',
		type: 'gauge',
		labels: ['model'],
		help: "Share of watched answers of the live student whose outcome was its teacher's.",
	},
	{
		name: 'perennial_tier_agreement_low_ratio',
		type: 'gauge',
		labels: ['model'],
		help: 'Lower confidence bound of that share.',
	},
	{
		name: 'perennial_tier_widenings_total',
		type: 'counter',
		labels: ['model'],
		help: 'Times that bands around cut-offs became wider, because watched answers agreed less than promised.',
	},
	{
		name: 'perennial_cache_lookups_total',
		type: 'counter',
		labels: ['model', 'result'],
		help: 'Answers of a model with a cache, by whether they came from it.',
	},
	{name: 'perennial_cache_entries', type: 'gauge', labels: ['model'], help: 'Answers that a cache holds.'},
	{
		name: 'perennial_cache_evictions_total',
		type: 'counter',
		labels: ['model', 'cause'],
		help: 'Answers that a cache gave up, by why.',
	},
	{name: 'perennial_referrals_open', type: 'gauge', labels: ['model'], help: 'Answers that wait for a person; counted up to 100,000.'},
	{
		name: 'perennial_referral_age_seconds',
		type: 'gauge',
		labels: ['model'],
		help: 'Seconds that the oldest of them waits; NaN if none does.',
	},
	{name: 'perennial_reviews_total', type: 'counter', labels: ['model'], help: 'Referrals that a person has closed.'},
	{
		name: 'perennial_teacher_failures_total',
		type: 'counter',
		labels: ['model'],
		help: 'Times that a teacher was needed and could not be asked.',
	},
	{
		name: 'perennial_challenger_labels',
		type: 'gauge',
		labels: ['model'],
		help: 'Final labels that the challenger on trial was judged on.',
	},
	{
		name: 'perennial_challenger_gain',
		type: 'gauge',
		labels: ['model'],
		help: 'Mean loss of the champion less that of the challenger on those labels: log loss in nats, or cost where the spec judges by it.',
	},
	{
		name: 'perennial_challenger_gain_low',
		type: 'gauge',
		labels: ['model'],
		help: 'Lower limit of that gain, which holds however often one looks.',
	},
	{
		name: 'perennial_challenger_gain_high',
		type: 'gauge',
		labels: ['model'],
		help: 'Upper limit of that gain, which holds however often one looks.',
	},
	{
		name: 'perennial_challenger_shed_labels',
		type: 'gauge',
		labels: ['model'],
		help: 'Labels left out of the trial because too many waited to be final.',
	},
	{
		name: 'perennial_challenger_verdicts_total',
		type: 'counter',
		labels: ['model', 'verdict'],
		help: 'Challengers that were found better or worse.',
	},
	{
		name: 'perennial_predict_seconds',
		type: 'histogram',
		labels: ['model', 'tier'],
		help: 'Seconds from a request read to its answer ready.',
		buckets: ANSWER_SECONDS,
	},
	{
		name: 'perennial_http_requests_total',
		type: 'counter',
		labels: ['method', 'route', 'status'],
		help: 'HTTP requests answered, predictions left out.',
	},
	{
		name: 'perennial_http_request_seconds',
		type: 'histogram',
		labels: ['route'],
		help: 'Seconds of those requests.',
		buckets: REQUEST_SECONDS,
	},
	{
		name: 'perennial_inference_log_exchanges_total',
		type: 'counter',
		labels: ['model', 'result'],
		help: 'Requests with their responses for the log of both, by what became of them.',
	},
	{
		name: 'perennial_quota_used_ratio',
		type: 'gauge',
		labels: ['tenant', 'quota'],
		help: 'Share of a quota that its tenant has used in this day or month.',
	},
	{
		name: 'perennial_quota_refusals_total',
		type: 'counter',
		labels: ['tenant', 'quota'],
		help: 'Requests refused because a quota was used up.',
	},
	{
		name: 'perennial_learner_labels',
		type: 'gauge',
		labels: ['model'],
		help: 'Labels that the online learner has learnt since its beginning.',
	},
	{
		name: 'perennial_learner_checkpoint_bytes',
		type: 'gauge',
		labels: ['model'],
		help: 'Size of the newest checkpoint of a model, its monitors included.',
	},
	{
		name: 'perennial_learner_lag_records',
		type: 'gauge',
		labels: ['model'],
		help: 'Records of the log that the online learner has not read yet.',
	},
	{
		name: 'perennial_quality_auc',
		type: 'gauge',
		labels: ['model', 'series'],
		help: 'Area under the ROC curve in the newest window of event time that has labels.',
	},
	{name: 'perennial_quality_log_loss', type: 'gauge', labels: ['model', 'series'], help: 'Mean log loss in nats in that window.'},
	{
		name: 'perennial_quality_calibration',
		type: 'gauge',
		labels: ['model', 'series'],
		help: 'Mean prediction minus share of positives in that window (binary only).',
	},
	{
		name: 'perennial_quality_labelled_ratio',
		type: 'gauge',
		labels: ['model'],
		help: 'Share of the answers of that window that have their label.',
	},
	{
		name: 'perennial_quality_rolling_auc',
		type: 'gauge',
		labels: ['model', 'series'],
		help: 'Area under the ROC curve over the newest matured labels (binary only).',
	},
	{
		name: 'perennial_fairness_gap_ratio',
		type: 'gauge',
		labels: ['model', 'feature', 'measure'],
		help: 'Gap between the two groups of a protected feature that are furthest apart, in the newest window that tells it.',
	},
	{
		name: 'perennial_fairness_gap_low_ratio',
		type: 'gauge',
		labels: ['model', 'feature', 'measure'],
		help: 'Lower limit of that gap, beyond chance.',
	},
	{
		name: 'perennial_drift_feature_psi',
		type: 'gauge',
		labels: ['model', 'feature'],
		help: 'Population stability index of an input in the newest window, against the reference of the live version.',
	},
	{
		name: 'perennial_drift_score_psi',
		type: 'gauge',
		labels: ['model'],
		help: 'Population stability index of the live score in the newest window.',
	},
	{
		name: 'perennial_drift_threshold_psi',
		type: 'gauge',
		labels: ['model'],
		help: 'Index from which a feature or score counts as drifted.',
	},
	{
		name: 'perennial_drift_statistic',
		type: 'gauge',
		labels: ['model', 'test', 'feature'],
		help: 'How far an input (no feature: the score) is from the reference in the newest window, by a test that the spec names.',
	},
	{
		name: 'perennial_drift_probability',
		type: 'gauge',
		labels: ['model', 'test', 'feature'],
		help: 'Probability of that by chance, adjusted for all inputs.',
	},
	{
		name: 'perennial_drift_level',
		type: 'gauge',
		labels: ['model', 'test'],
		help: 'Adjusted probability at or below which an input counts as drifted.',
	},
	{
		name: 'perennial_estimate_accuracy',
		type: 'gauge',
		labels: ['model', 'method'],
		help: 'Accuracy of the live version in the newest window, estimated without labels.',
	},
	{
		name: 'perennial_estimate_auc',
		type: 'gauge',
		labels: ['model'],
		help: 'Area under the ROC curve of the live version in that window, expected from its probabilities (binary only).',
	},
	{
		name: 'perennial_estimate_log_loss',
		type: 'gauge',
		labels: ['model'],
		help: 'Log loss in nats of the live version in that window, expected from its probabilities (binary only).',
	},
	{
		name: 'perennial_estimate_calibrated',
		type: 'gauge',
		labels: ['model'],
		help: '1 if the probabilities of the live version were calibrated on its reference, so that expected figures can be relied on.',
	},
	{name: 'perennial_alarms_open', type: 'gauge', labels: ['model', 'subject'], help: 'Alarms that are open or acknowledged.'},
	{
		name: 'perennial_alarm_cause_share_ratio',
		type: 'gauge',
		labels: ['model', 'field'],
		help: 'How much of the open alarm that it explains best a field of the source explains; 0 while it explains none.',
	},
	{name: 'perennial_monitor_failures_total', type: 'counter', labels: ['model', 'monitor'], help: 'Records that a monitor failed on.'},
	{name: 'perennial_alarms_raised_total', type: 'counter', labels: ['model', 'subject'], help: 'Alarms that opened.'},
	{name: 'perennial_retrains_requested_total', type: 'counter', labels: ['model', 'trigger'], help: 'Trainings asked for.'},
	{name: 'perennial_jobs_total', type: 'counter', labels: ['kind', 'state'], help: 'Jobs that reached a state.'},
	{
		name: 'perennial_job_seconds',
		type: 'histogram',
		labels: ['kind'],
		help: 'Seconds from the start of an attempt to its end.',
		buckets: JOB_SECONDS,
	},
	{
		name: 'perennial_versions_total',
		type: 'counter',
		labels: ['model', 'outcome'],
		help: 'Trainings that ended, by what became of their version.',
	},
	{name: 'perennial_channel_moves_total', type: 'counter', labels: ['model', 'channel'], help: 'Moves of a channel to another version.'},
	{name: 'perennial_live_version', type: 'gauge', labels: ['model', 'channel'], help: 'Version that a channel points at.'},
	{
		name: 'perennial_training_backend_info',
		type: 'gauge',
		labels: ['backend'],
		help: '1 for the backend that the newest training ran on.',
	},
	{name: 'perennial_edge_agents', type: 'gauge', labels: ['model', 'state'], help: 'Edge agents by what they last said.'},
	{
		name: 'perennial_edge_agents_current',
		type: 'gauge',
		labels: ['model'],
		help: 'Edge agents that answer with the newest version of their channel.',
	},
	{
		name: 'perennial_edge_report_age_seconds',
		type: 'gauge',
		labels: ['model'],
		help: 'Seconds since the agent heard of least recently last reported.',
	},
	{name: 'perennial_edge_reports_total', type: 'counter', labels: ['model', 'state'], help: 'Reports of edge agents.'},
	{name: 'perennial_queue_depth', type: 'gauge', labels: ['queue'], help: 'What waits in a queue: jobs for a worker.'},
	{name: 'perennial_build_info', type: 'gauge', labels: ['version', 'commit', 'node'], help: '1 for the build that runs.'},
	{
		name: 'perennial_metric_series_dropped_total',
		type: 'counter',
		labels: ['family'],
		help: 'Measurements left out because their family had too many series.',
	},
] as const satisfies readonly MetricFamily[];

/** Name of a declared family. */
export type MetricFamilyName = (typeof FAMILIES)[number]['name'];
