/**
 * Rows about the machinery: serving, the online learner, the edge fleet, the process.
 *
 * @module
 */
import {MODEL, ofModel, soFar, rateBy, quantiles, ofProcess, type DashboardRow} from './dashboard-queries.ts';

/** The row. */
export const SERVING: DashboardRow = {
	title: 'Serving',
	panels: [
		{
			title: 'Events',
			kind: 'lines',
			unit: 'ops',
			width: 6,
			description: 'Accepted, duplicate and rejected events a second.',
			queries: rateBy('perennial_events_total', 'result'),
		},
		{
			title: 'Answers',
			kind: 'lines',
			unit: 'ops',
			width: 6,
			description: 'By the tier that answered, a second.',
			queries: rateBy('perennial_decisions_total', 'tier'),
		},
		{
			title: 'Seconds a prediction takes',
			kind: 'lines',
			unit: 's',
			width: 12,
			description: 'From the request read to the answer ready.',
			queries: quantiles('perennial_predict_seconds', ['model', 'tier'], `{${MODEL}}`),
		},
		{
			title: 'Records',
			kind: 'lines',
			unit: 'ops',
			width: 4,
			description: 'That the log took, a second.',
			queries: [{expr: `rate(perennial_log_records_total{${MODEL}}[$__rate_interval])`, legend: '{{model}}'}],
		},
		{
			title: 'Seconds an append takes',
			kind: 'lines',
			unit: 's',
			width: 8,
			description: 'Until the log is on the disk; until then nothing is acknowledged.',
			queries: quantiles('perennial_log_append_seconds', ['model'], `{${MODEL}}`),
		},
		{
			title: 'Seconds a request takes',
			kind: 'lines',
			unit: 's',
			width: 6,
			description: 'All routes but predictions.',
			queries: quantiles('perennial_http_request_seconds', ['route']),
		},
		{
			title: 'Requests that failed',
			kind: 'lines',
			unit: 'ops',
			width: 3,
			description: 'Answered with a status of 500 or above, a second.',
			queries: [
				{
					expr: 'sum by (route, status) (rate(perennial_http_requests_total{status=~"5.."}[$__rate_interval]))',
					legend: '{{route}} {{status}}',
				},
			],
		},
		{
			title: 'Queues',
			kind: 'lines',
			unit: 'none',
			width: 3,
			description: 'Jobs that wait for a worker.',
			queries: [{expr: 'perennial_queue_depth', legend: '{{queue}}'}],
		},
		{
			title: 'Quotas',
			kind: 'lines',
			unit: 'percentunit',
			width: 8,
			description: 'Share that each tenant has used of this day or month; above it requests are refused.',
			queries: [{expr: 'perennial_quota_used_ratio', legend: '{{tenant}} {{quota}}'}],
		},
		{
			title: 'Refused for a quota',
			kind: 'lines',
			unit: 'none',
			width: 8,
			description: 'Requests since the process started.',
			queries: [{expr: 'perennial_quota_refusals_total', legend: '{{tenant}} {{quota}}'}],
		},
		{
			title: 'Log of requests and responses',
			kind: 'lines',
			unit: 'ops',
			width: 8,
			description: 'Exchanges a second by what became of them; those lost or shed are missing at the receiver.',
			queries: rateBy('perennial_inference_log_exchanges_total', 'result'),
		},
	],
};

/** The row. */
export const LEARNER: DashboardRow = {
	title: 'Online learner',
	panels: [
		{
			title: 'Lag',
			kind: 'lines',
			unit: 'short',
			width: 6,
			description: 'Records of the log that it has not read yet.',
			queries: [ofModel('perennial_learner_lag_records', '{{model}}')],
		},
		{
			title: 'Labels learnt',
			kind: 'lines',
			unit: 'short',
			width: 4,
			description: 'Since its beginning; a fall is a restart from an older checkpoint.',
			queries: [ofModel('perennial_learner_labels', '{{model}}')],
		},
		{
			title: 'Labels',
			kind: 'lines',
			unit: 'ops',
			width: 4,
			description: 'Accepted, duplicate, rejected, and waiting for their event, a second.',
			queries: rateBy('perennial_labels_total', 'result'),
		},
		{
			title: 'Labels without an event',
			kind: 'lines',
			unit: 'short',
			width: 4,
			description: 'That wait for it, and that were given up since the process started.',
			queries: [ofModel('perennial_labels_waiting', '{{model}} waiting'), soFar('perennial_labels_expired_total', 'given up')],
		},
		{
			title: 'Checkpoint',
			kind: 'lines',
			unit: 'bytes',
			width: 3,
			description: 'Size of the newest.',
			queries: [ofModel('perennial_learner_checkpoint_bytes', '{{model}}')],
		},
		{
			title: 'Newest event',
			kind: 'number',
			unit: 'dateTimeAsIso',
			width: 3,
			description: 'Where event time stands.',
			queries: [{expr: `perennial_newest_event_timestamp_seconds{${MODEL}} * 1000`, legend: '{{model}}'}],
		},
	],
};

/** The row. */
export const EDGE: DashboardRow = {
	title: 'Edge',
	panels: [
		{
			title: 'Agents',
			kind: 'lines',
			unit: 'none',
			width: 8,
			description: 'By what they last said.',
			queries: [ofModel('perennial_edge_agents', '{{model}} {{state}}')],
		},
		{
			title: 'On the newest version',
			kind: 'number',
			unit: 'percentunit',
			width: 4,
			description: 'Share of all agents.',
			queries: [
				{
					expr: `perennial_edge_agents_current{${MODEL}} / on (model) sum by (model) (perennial_edge_agents{${MODEL}})`,
					legend: '{{model}}',
				},
			],
		},
		{
			title: 'Longest silence',
			kind: 'lines',
			unit: 's',
			width: 6,
			description: 'Since the agent heard of least recently reported.',
			queries: [ofModel('perennial_edge_report_age_seconds', '{{model}}')],
		},
		{
			title: 'Reports',
			kind: 'lines',
			unit: 'ops',
			width: 6,
			description: 'By the state they tell of, a second.',
			queries: rateBy('perennial_edge_reports_total', 'state'),
		},
	],
};

/** The row. */
export const PROCESS: DashboardRow = {
	title: 'Process',
	panels: [
		{
			title: 'Processor',
			kind: 'lines',
			unit: 'none',
			width: 6,
			description: 'Cores busy.',
			queries: ofProcess('rate(process_cpu_seconds_total[$__rate_interval])'),
		},
		{
			title: 'Memory',
			kind: 'lines',
			unit: 'bytes',
			width: 6,
			description: 'Resident set.',
			queries: ofProcess('process_resident_memory_bytes'),
		},
		{
			title: 'Event loop',
			kind: 'lines',
			unit: 's',
			width: 6,
			description: 'How late a timer comes, 99th percentile.',
			queries: ofProcess('nodejs_eventloop_lag_p99_seconds'),
		},
		{
			title: 'Build',
			kind: 'name',
			unit: 'none',
			width: 6,
			description: 'What runs.',
			queries: [{expr: 'perennial_build_info', legend: '{{version}} {{commit}} on Node {{node}}'}],
		},
	],
};
