/**
 * What the dashboard shows, as data: rows of panels, each with its queries.
 *
 * @module
 */

/** One query and how its series are called. */
export interface PanelQuery {
	readonly expr: string;
	/** Grafana's legend format: labels in double braces. */
	readonly legend: string;
}

/** One panel. */
export interface PanelContent {
	readonly title: string;
	/** What it shows and how to read it. */
	readonly description: string;
	/** `lines` over time, `cells` of one colour a time, `number` for the newest value, `name` for what its labels say. */
	readonly kind: 'lines' | 'cells' | 'number' | 'name';
	/** Grafana's name of the unit. */
	readonly unit: string;
	/** Columns of 24. */
	readonly width: number;
	readonly queries: readonly PanelQuery[];
	/** Values from which colours change: wait, warn, alarm. */
	readonly steps?: readonly [number, number, number];
}

/** Panels under one heading. */
export interface DashboardRow {
	readonly title: string;
	readonly panels: readonly PanelContent[];
}

const MODEL = 'model=~"$model"';
const BY_SERIES = '{{model}} {{series}}';

/** The series of a family for the models that are shown. */
function ofModel(family: string, legend: string, labels = ''): PanelQuery {
	return {expr: `${family}{${MODEL}${labels}}`, legend};
}

/** A counter of rare things is shown as it stands: a rate would round them away, and miss the first. */
function soFar(counter: string, legend: string): PanelQuery {
	return ofModel(counter, `{{model}} ${legend}`);
}

/** Rate of a counter by model and one more label. */
function rateBy(counter: string, by: string): PanelQuery[] {
	return [{expr: `sum by (model, ${by}) (rate(${counter}{${MODEL}}[$__rate_interval]))`, legend: `{{model}} {{${by}}}`}];
}

/** Median and 99th percentile of a histogram. */
function quantiles(histogram: string, by: readonly string[], labels = ''): PanelQuery[] {
	return [0.5, 0.99].map(quantile => ({
		expr: `histogram_quantile(${quantile}, sum by (${by.join(', ')}, le) (rate(${histogram}_bucket${labels}[$__rate_interval])))`,
		legend: `${by.map(label => `{{${label}}}`).join(' ')} p${quantile * 100}`,
	}));
}

/** Restricts a metric that every Node.js process has to ours. */
function ofProcess(expr: string): PanelQuery[] {
	return [{expr: `${expr} and on (instance) perennial_build_info`, legend: '{{instance}}'}];
}

const QUALITY: DashboardRow = {
	title: 'Is it right?',
	panels: [
		{
			title: 'AUC of what answers', kind: 'number', unit: 'none', width: 4,
			description: 'Newest window of event time that has labels.',
			queries: [ofModel('perennial_quality_auc', '{{model}}', ',series="loop"')],
		},
		{
			title: 'Better than never updated', kind: 'number', unit: 'none', width: 4,
			description: 'AUC of what answers minus that of the first version, which was never updated. Below zero, learning does harm.',
			queries: [{
				expr: `perennial_quality_auc{${MODEL},series="loop"} - ignoring (series) perennial_quality_auc{${MODEL},series="frozen"}`,
				legend: '{{model}}',
			}],
		},
		{
			title: 'AUC by series', kind: 'lines', unit: 'none', width: 16,
			description: 'What answers, each tier beside it, and the model that was never updated. Until labels are final it is an estimate.',
			queries: [ofModel('perennial_quality_auc', BY_SERIES)],
		},
		{
			title: 'Log loss by series', kind: 'lines', unit: 'none', width: 8,
			description: 'Lower is better; in nats.',
			queries: [ofModel('perennial_quality_log_loss', BY_SERIES)],
		},
		{
			title: 'AUC over the newest matured labels', kind: 'lines', unit: 'none', width: 8,
			description: 'The newest 2,000 final labels, whatever their window.',
			queries: [ofModel('perennial_quality_rolling_auc', BY_SERIES)],
		},
		{
			title: 'Calibration', kind: 'lines', unit: 'percentunit', width: 4,
			description: 'Mean prediction minus share of positives: above zero the risk is overstated.',
			queries: [ofModel('perennial_quality_calibration', BY_SERIES)],
		},
		{
			title: 'Answers that have their label', kind: 'lines', unit: 'percentunit', width: 4,
			description: 'In the newest window with labels.',
			queries: [ofModel('perennial_quality_labelled_ratio', '{{model}}')],
		},
	],
};

const DRIFT: DashboardRow = {
	title: 'Drift',
	panels: [
		{
			title: 'Inputs', kind: 'cells', unit: 'none', width: 16, steps: [0.1, 0.25, 0.5],
			description: 'Population stability index of each input against the training data of the live version.',
			queries: [ofModel('perennial_drift_feature_psi', '{{model}} {{feature}}')],
		},
		{
			title: 'Score, and the most drifted input', kind: 'lines', unit: 'none', width: 8,
			description: 'Against the threshold from which an alarm is raised.',
			queries: [
				ofModel('perennial_drift_score_psi', '{{model}} score'),
				{expr: `max by (model) (perennial_drift_feature_psi{${MODEL}})`, legend: '{{model}} inputs'},
				ofModel('perennial_drift_threshold_psi', '{{model}} threshold'),
			],
		},
		{
			title: 'Alarms open', kind: 'lines', unit: 'none', width: 12,
			description: 'By what they are about; acknowledged ones included.',
			queries: [ofModel('perennial_alarms_open', '{{model}} {{subject}}')],
		},
		{
			title: 'Alarms raised', kind: 'lines', unit: 'none', width: 12,
			description: 'Since the process started.',
			queries: [soFar('perennial_alarms_raised_total', '{{subject}}')],
		},
	],
};

const LOOP: DashboardRow = {
	title: 'The loop',
	panels: [
		{
			title: 'Retrainings asked for', kind: 'lines', unit: 'none', width: 8,
			description: 'By the schedule, by drift, or by a person, since the process started.',
			queries: [soFar('perennial_retrains_requested_total', '{{trigger}}')],
		},
		{
			title: 'Jobs', kind: 'lines', unit: 'none', width: 8,
			description: 'By the state they reached, since the process started.',
			queries: [{expr: 'perennial_jobs_total', legend: '{{kind}} {{state}}'}],
		},
		{
			title: 'Seconds a job takes', kind: 'lines', unit: 's', width: 8,
			description: 'Half of them take less than p50.',
			queries: quantiles('perennial_job_seconds', ['kind']),
		},
		{
			title: 'Versions', kind: 'lines', unit: 'none', width: 8,
			description: 'Promoted, refused by a gate, or skipped, since the process started.',
			queries: [soFar('perennial_versions_total', '{{outcome}}')],
		},
		{
			title: 'Live versions', kind: 'lines', unit: 'none', width: 8,
			description: 'What each channel points at.',
			queries: [ofModel('perennial_live_version', '{{model}} {{channel}}')],
		},
		{
			title: 'Moves of channels', kind: 'lines', unit: 'none', width: 4,
			description: 'To another version, since the process started.',
			queries: [soFar('perennial_channel_moves_total', '{{channel}}')],
		},
		{
			title: 'Training runs on', kind: 'name', unit: 'none', width: 4,
			description: 'Fallback: a faster backend was asked for.',
			queries: [{expr: 'perennial_training_backend_info', legend: '{{backend}}, fallback: {{fallback}}'}],
		},
	],
};

const SERVING: DashboardRow = {
	title: 'Serving',
	panels: [
		{
			title: 'Events', kind: 'lines', unit: 'ops', width: 6,
			description: 'Accepted, duplicate and rejected events a second.',
			queries: rateBy('perennial_events_total', 'result'),
		},
		{
			title: 'Answers', kind: 'lines', unit: 'ops', width: 6,
			description: 'By the tier that answered, a second.',
			queries: rateBy('perennial_decisions_total', 'tier'),
		},
		{
			title: 'Seconds a prediction takes', kind: 'lines', unit: 's', width: 12,
			description: 'From the request read to the answer ready.',
			queries: quantiles('perennial_predict_seconds', ['model', 'tier'], `{${MODEL}}`),
		},
		{
			title: 'Records', kind: 'lines', unit: 'ops', width: 4,
			description: 'That the log took, a second.',
			queries: [{expr: `rate(perennial_log_records_total{${MODEL}}[$__rate_interval])`, legend: '{{model}}'}],
		},
		{
			title: 'Seconds an append takes', kind: 'lines', unit: 's', width: 8,
			description: 'Until the log is on the disk; until then nothing is acknowledged.',
			queries: quantiles('perennial_log_append_seconds', ['model'], `{${MODEL}}`),
		},
		{
			title: 'Seconds a request takes', kind: 'lines', unit: 's', width: 6,
			description: 'All routes but predictions.',
			queries: quantiles('perennial_http_request_seconds', ['route']),
		},
		{
			title: 'Requests that failed', kind: 'lines', unit: 'ops', width: 3,
			description: 'Answered with a status of 500 or above, a second.',
			queries: [{expr: 'sum by (route, status) (rate(perennial_http_requests_total{status=~"5.."}[$__rate_interval]))', legend: '{{route}} {{status}}'}],
		},
		{
			title: 'Queues', kind: 'lines', unit: 'none', width: 3,
			description: 'What waits inside the process.',
			queries: [{expr: 'perennial_queue_depth', legend: '{{queue}}'}],
		},
	],
};

const LEARNER: DashboardRow = {
	title: 'Online learner',
	panels: [
		{
			title: 'Lag', kind: 'lines', unit: 'short', width: 6,
			description: 'Records of the log that it has not read yet.',
			queries: [ofModel('perennial_learner_lag_records', '{{model}}')],
		},
		{
			title: 'Labels learnt', kind: 'lines', unit: 'short', width: 4,
			description: 'Since its beginning; a fall is a restart from an older checkpoint.',
			queries: [ofModel('perennial_learner_labels', '{{model}}')],
		},
		{
			title: 'Labels', kind: 'lines', unit: 'ops', width: 4,
			description: 'Accepted, duplicate, rejected, and waiting for their event, a second.',
			queries: rateBy('perennial_labels_total', 'result'),
		},
		{
			title: 'Labels without an event', kind: 'lines', unit: 'short', width: 4,
			description: 'That wait for it, and that were given up since the process started.',
			queries: [ofModel('perennial_labels_waiting', '{{model}} waiting'), soFar('perennial_labels_expired_total', 'given up')],
		},
		{
			title: 'Checkpoint', kind: 'lines', unit: 'bytes', width: 3,
			description: 'Size of the newest.',
			queries: [ofModel('perennial_learner_checkpoint_bytes', '{{model}}')],
		},
		{
			title: 'Newest event', kind: 'number', unit: 'dateTimeAsIso', width: 3,
			description: 'Where event time stands.',
			queries: [{expr: `perennial_newest_event_timestamp_seconds{${MODEL}} * 1000`, legend: '{{model}}'}],
		},
	],
};

const EDGE: DashboardRow = {
	title: 'Edge',
	panels: [
		{
			title: 'Agents', kind: 'lines', unit: 'none', width: 8,
			description: 'By what they last said.',
			queries: [ofModel('perennial_edge_agents', '{{model}} {{state}}')],
		},
		{
			title: 'On the newest version', kind: 'number', unit: 'percentunit', width: 4,
			description: 'Share of all agents.',
			queries: [{expr: `perennial_edge_agents_current{${MODEL}} / on (model) sum by (model) (perennial_edge_agents{${MODEL}})`, legend: '{{model}}'}],
		},
		{
			title: 'Longest silence', kind: 'lines', unit: 's', width: 6,
			description: 'Since the agent heard of least recently reported.',
			queries: [ofModel('perennial_edge_report_age_seconds', '{{model}}')],
		},
		{
			title: 'Reports', kind: 'lines', unit: 'ops', width: 6,
			description: 'By the state they tell of, a second.',
			queries: rateBy('perennial_edge_reports_total', 'state'),
		},
	],
};

const PROCESS: DashboardRow = {
	title: 'Process',
	panels: [
		{
			title: 'Processor', kind: 'lines', unit: 'none', width: 6,
			description: 'Cores busy.',
			queries: ofProcess('rate(process_cpu_seconds_total[$__rate_interval])'),
		},
		{
			title: 'Memory', kind: 'lines', unit: 'bytes', width: 6,
			description: 'Resident set.',
			queries: ofProcess('process_resident_memory_bytes'),
		},
		{
			title: 'Event loop', kind: 'lines', unit: 's', width: 6,
			description: 'How late a timer comes, 99th percentile.',
			queries: ofProcess('nodejs_eventloop_lag_p99_seconds'),
		},
		{
			title: 'Build', kind: 'name', unit: 'none', width: 6,
			description: 'What runs.',
			queries: [{expr: 'perennial_build_info', legend: '{{version}} {{commit}} on Node {{node}}'}],
		},
	],
};

/** From top to bottom. */
export const DASHBOARD_ROWS: readonly DashboardRow[] = [QUALITY, DRIFT, LOOP, SERVING, LEARNER, EDGE, PROCESS];

/** Marks on every panel: when another version went live. */
export const PROMOTION_QUERY = `changes(perennial_live_version{${MODEL},channel="champion"}[$__rate_interval]) > 0`;

/** Where the variable `model` finds its values. */
export const MODEL_VALUES_QUERY = 'label_values(perennial_events_total, model)';
