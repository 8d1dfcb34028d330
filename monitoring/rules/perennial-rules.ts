/**
 * Alert and recording rules for Prometheus, built from the declared families.
 *
 * @module
 */
import {stringify} from 'yaml';
import type {MetricFamilyName} from '../metrics/families.ts';

/** Where the alerts begin. */
export interface RuleOptions {
	/** Records that the online learner may be behind. */
	readonly learnerLagRecordsMax?: number;
	/** Time without any label, while answers are given, after which something is wrong with the labels; a PromQL duration. */
	readonly labelSilence?: string;
	/** AUC by which what answers may be worse than the model that is never updated. */
	readonly aucBelowFrozenMax?: number;
	/** Seconds within which 99 % of predictions are answered. */
	readonly predictSecondsMax?: number;
	/** Share of events that may be rejected. */
	readonly rejectedShareMax?: number;
	/** Seconds that an edge agent may be silent. */
	readonly edgeSilenceSecondsMax?: number;
}

/** One rule, as Prometheus reads it. */
export interface Rule {
	readonly record?: string;
	readonly alert?: string;
	readonly expr: string;
	readonly for?: string;
	readonly labels?: Readonly<Record<string, string>>;
	readonly annotations?: Readonly<Record<string, string>>;
}

/** A file of rules, as Prometheus reads it. */
export interface RuleFile {
	readonly groups: readonly {readonly name: string; readonly rules: readonly Rule[]}[];
}

/** Series of a family, for use in an expression; the family must be declared. */
function series(family: MetricFamilyName, labels = ''): string {
	return labels === '' ? family : `${family}{${labels}}`;
}

/** A counter went up within `window`; `increase` alone misses the first time, since the series is born at 1. */
function wentUp(counter: string, window: string): string {
	return `increase(${counter}[${window}]) > 0 or (${counter} unless ${counter} offset ${window}) > 0`;
}

interface AlertText {
	readonly expr: string;
	/** How long the expression must hold. */
	readonly wait?: string;
	readonly summary: string;
	readonly cure: string;
}

function alert(name: string, severity: 'page' | 'warn' | 'info', {expr, wait = '0m', summary, cure}: AlertText): Rule {
	return {alert: name, expr, for: wait, labels: {severity}, annotations: {summary, description: cure}};
}

const RECORDED: readonly Rule[] = [
	{record: 'perennial:events:rate5m', expr: `sum by (model, result) (rate(${series('perennial_events_total')}[5m]))`},
	{record: 'perennial:decisions:rate5m', expr: `sum by (model, tier) (rate(${series('perennial_decisions_total')}[5m]))`},
	{
		record: 'perennial:predict_seconds:p99_5m',
		expr: 'histogram_quantile(0.99, sum by (model, tier, le) (rate(perennial_predict_seconds_bucket[5m])))',
	},
	{
		record: 'perennial:quality_auc:above_frozen',
		expr: `${series('perennial_quality_auc', 'series="loop"')} - ignoring (series) ${series('perennial_quality_auc', 'series="frozen"')}`,
	},
	{record: 'perennial:drift_feature_psi:max', expr: `max by (model) (${series('perennial_drift_feature_psi')})`},
];

/**
 * All rules.
 *
 * Severities: `page` wakes somebody, `warn` is for the next working day, `info` is for the record.
 */
export function perennialRules(options: RuleOptions = {}): RuleFile {
	return {
		groups: [
			{name: 'perennial-recorded', rules: RECORDED},
			{name: 'perennial-serving', rules: servingAlerts(options)},
			{name: 'perennial-learning', rules: learningAlerts(options)},
		],
	};
}

/** The rules as a file that Prometheus loads. The same options give the same text. */
export function rulesYaml(options: RuleOptions = {}): string {
	const yaml = stringify(perennialRules(options), {lineWidth: 0, aliasDuplicateObjects: false});
	return `# Made by Perennial from its metric families; change the options, not this file.\n${yaml}`;
}

function servingAlerts({predictSecondsMax = 0.1, rejectedShareMax = 0.05, edgeSilenceSecondsMax = 900}: RuleOptions): Rule[] {
	return [
		alert('PerennialDown', 'page', {
			expr: `absent(${series('perennial_build_info')})`,
			wait: '5m',
			summary: 'No Perennial process is scraped.',
			cure: 'See whether the process runs and whether Prometheus reaches its /metrics.',
		}),
		alert('PerennialPredictionsSlow', 'page', {
			expr: `perennial:predict_seconds:p99_5m > ${predictSecondsMax}`,
			wait: '10m',
			summary:
				'One in a hundred predictions of {{ $labels.model }} by {{ $labels.tier }} takes {{ $value | humanizeDuration }} or longer.',
			cure: 'Look at the load and at the latency of the tiers; a smaller student or fewer instances a request are cheaper.',
		}),
		alert('PerennialTeacherUnavailable', 'page', {
			expr: `increase(${series('perennial_teacher_failures_total')}[5m]) > 0`,
			wait: '1m',
			summary: 'The teacher of {{ $labels.model }} cannot be asked; what its student does not promise is referred.',
			cure: 'The log names the error; POST /v2/repository/models/{{ $labels.model }}/load loads the version again.',
		}),
		alert('PerennialEventsRejected', 'warn', {
			expr: `sum by (model) (perennial:events:rate5m{result="rejected"}) / sum by (model) (perennial:events:rate5m) > ${rejectedShareMax}`,
			wait: '10m',
			summary: '{{ $value | humanizePercentage }} of the events of {{ $labels.model }} are rejected.',
			cure: 'The answers to the sender name the fields; the source or the spec has changed.',
		}),
		alert('PerennialEdgeSilent', 'warn', {
			expr: `${series('perennial_edge_agents', 'state="silent"')} > 0 or ${series('perennial_edge_report_age_seconds')} > ${edgeSilenceSecondsMax}`,
			wait: '5m',
			summary: 'Edge agents of {{ $labels.model }} are silent.',
			cure: 'They go on answering with the version they have. GET /v1/edges says which; see their network and their log.',
		}),
		alert('PerennialEdgeRefuses', 'page', {
			expr: `${series('perennial_edge_agents', 'state="refusing"')} > 0`,
			wait: '5m',
			summary: '{{ $value }} edge agents of {{ $labels.model }} refuse the newest version.',
			cure: 'They go on answering with the version before. GET /v1/edges says why; do not roll out further until the reason is known.',
		}),
		alert('PerennialMetricSeriesDropped', 'info', {
			expr: wentUp(series('perennial_metric_series_dropped_total'), '1h'),
			summary: 'The family {{ $labels.family }} has too many series; new ones are left out.',
			cure: 'A label of it is not bounded, or a model has very many features.',
		}),
	];
}

function learningAlerts({learnerLagRecordsMax = 10_000, labelSilence = '1d', aucBelowFrozenMax = 0.01}: RuleOptions): Rule[] {
	const came = (counter: string): string => `sum by (model) (increase(${counter}[${labelSilence}])) > 0`;
	return [
		alert('PerennialLearnerBehind', 'warn', {
			expr: `${series('perennial_learner_lag_records')} > ${learnerLagRecordsMax}`,
			wait: '10m',
			summary: 'The online learner of {{ $labels.model }} is {{ $value }} records behind.',
			cure: 'It learns slower than events come, or it stands still: see the log of its worker.',
		}),
		alert('PerennialNoLabels', 'warn', {
			expr: `${came(series('perennial_decisions_total'))} unless ${came(series('perennial_labels_total', 'result=~"accepted|waiting"'))}`,
			wait: '1h',
			summary: `{{ $labels.model }} answers, but no label has come for ${labelSilence}.`,
			cure: 'Without labels nothing is learnt and quality cannot be known. See the source of the labels.',
		}),
		alert('PerennialDriftAlarmOpen', 'warn', {
			expr: `${series('perennial_alarms_open', 'subject=~"feature|score|concept"')} > 0`,
			summary: '{{ $value }} alarms about {{ $labels.subject }} drift of {{ $labels.model }} are open.',
			cure:
				'{{ with printf "topk(3, perennial_alarm_cause_share_ratio{model=%q} > 0)" $labels.model | query }}Best explained by' +
				'{{ range . }} {{ .Labels.field }} ({{ .Value | humanizePercentage }}){{ end }}. {{ end }}' +
				'GET /v1/models/{{ $labels.model }}/monitor/alarms says about what. A trigger of the spec may have asked for a training already.',
		}),
		alert('PerennialMonitorFailing', 'warn', {
			expr: wentUp(series('perennial_monitor_failures_total'), '1h'),
			summary: 'The monitor of {{ $labels.monitor }} of {{ $labels.model }} has failed on records.',
			cure: 'Answers and learning go on, but its figures lack those records. The log of the process has the error.',
		}),
		alert('PerennialQualityBelowFrozen', 'page', {
			expr: `perennial:quality_auc:above_frozen < -${aucBelowFrozenMax}`,
			wait: '1h',
			summary:
				'{{ $labels.model }} is worse than its first version, which was never updated: the AUC differs by {{ $value | printf "%.3f" }}.',
			cure: 'Learning does harm. Move the channel back to an older version and look at the newest labels.',
		}),
		alert('PerennialJobFailed', 'warn', {
			expr: wentUp(series('perennial_jobs_total', 'state="failed"'), '1h'),
			summary: 'A {{ $labels.kind }} job failed.',
			cure: 'GET /v1/jobs says which and why. The version that is live stays live.',
		}),
	];
}
