/**
 * What the monitors found, as metrics.
 *
 * @module
 */
import type {
	Alarm,
	AlarmSubject,
	DriftWindow,
	EdgeStatus,
	MetricSink,
	Millis,
	QualitySeries,
	QualityWindow,
	SegmentWindow,
} from '../../core/domain/index.ts';

const SUBJECTS: readonly AlarmSubject[] = ['feature', 'score', 'concept', 'quality'];
const EDGE_STATES: readonly EdgeStatus['state'][] = ['starting', 'serving', 'refusing', 'silent'];

/** Publish the newest window that has labels; what cannot be said is NaN. */
export function publishQuality(metrics: MetricSink, model: string, {series, decisions, labelled}: QualityWindow): void {
	metrics.gauge('perennial_quality_labelled_ratio', {model}, labelled / decisions);
	for (const [name, {auc, logLoss, calibration}] of Object.entries(series)) {
		metrics.gauge('perennial_quality_auc', {model, series: name}, auc ?? Number.NaN);
		metrics.gauge('perennial_quality_log_loss', {model, series: name}, logLoss ?? Number.NaN);
		metrics.gauge('perennial_quality_calibration', {model, series: name}, calibration ?? Number.NaN);
	}
}

/** Publish the AUC over the newest matured labels. */
export function publishRollingAuc(metrics: MetricSink, model: string, series: QualitySeries, auc: number | null): void {
	metrics.gauge('perennial_quality_rolling_auc', {model, series}, auc ?? Number.NaN);
}

/**
 * Publish gaps between protected groups, each of the newest window that has it.
 *
 * @param shown - Feature and measure -> start of the window that is shown; kept by the caller.
 */
export function publishFairness(metrics: MetricSink, model: string, windows: readonly SegmentWindow[], shown: Map<string, string>): void {
	for (const {start, gaps} of windows) {
		for (const {feature, measure, value, low} of gaps) {
			const key = JSON.stringify([feature, measure]);
			if (start >= (shown.get(key) ?? '')) {
				shown.set(key, start);
				metrics.gauge('perennial_fairness_gap_ratio', {model, feature, measure}, value);
				metrics.gauge('perennial_fairness_gap_low_ratio', {model, feature, measure}, low);
			}
		}
	}
}

/** Publish the newest window of drift. */
export function publishDrift(metrics: MetricSink, model: string, {features, score, threshold, tests = {}, estimate}: DriftWindow): void {
	metrics.gauge('perennial_drift_threshold_psi', {model}, threshold);
	metrics.gauge('perennial_drift_score_psi', {model}, score ?? Number.NaN);
	if (estimate) {
		const {accuracy, weightedAccuracy, auc, logLoss, isCalibrated} = estimate;
		metrics.gauge('perennial_estimate_accuracy', {model, method: 'expected'}, accuracy ?? Number.NaN);
		metrics.gauge('perennial_estimate_accuracy', {model, method: 'weighted'}, weightedAccuracy ?? Number.NaN);
		metrics.gauge('perennial_estimate_auc', {model}, auc ?? Number.NaN);
		metrics.gauge('perennial_estimate_log_loss', {model}, logLoss ?? Number.NaN);
		metrics.gauge('perennial_estimate_calibrated', {model}, isCalibrated ? 1 : 0);
	}

	for (const [feature, psi] of Object.entries(features)) {
		metrics.gauge('perennial_drift_feature_psi', {model, feature}, psi ?? Number.NaN);
	}

	for (const [test, view] of Object.entries(tests)) {
		metrics.gauge('perennial_drift_level', {model, test}, view.level);
		for (const [feature, point] of [...Object.entries(view.features), ['', view.score] as const]) {
			const labels = {model, test, feature};
			metrics.gauge('perennial_drift_statistic', labels, point?.statistic ?? Number.NaN);
			metrics.gauge('perennial_drift_probability', labels, point?.probability ?? Number.NaN);
		}
	}
}

/** Publish how many alarms are live, by subject, and what each of the `fields` explains of them. */
export function publishAlarms(
	metrics: MetricSink,
	model: string,
	live: readonly Pick<Alarm, 'subject' | 'causes'>[],
	fields: Iterable<string> = [],
): void {
	const causes = live.flatMap(alarm => alarm.causes ?? []);
	for (const name of new Set(fields)) {
		const share = causes.reduce((most, cause) => (cause.field === name ? Math.max(most, cause.share) : most), 0);
		metrics.gauge('perennial_alarm_cause_share_ratio', {model, field: name}, share);
	}

	for (const subject of SUBJECTS) {
		metrics.gauge('perennial_alarms_open', {model, subject}, live.filter(alarm => alarm.subject === subject).length);
	}
}

/** Publish the fleet of one model. `newestVersion` answers what an agent should serve, by channel. */
export function publishEdges(
	metrics: MetricSink,
	model: string,
	edges: readonly EdgeStatus[],
	{
		newestVersion,
		now,
	}: {
		readonly newestVersion: (channel: string) => number | undefined;
		readonly now: Millis;
	},
): void {
	for (const state of EDGE_STATES) {
		metrics.gauge('perennial_edge_agents', {model, state}, edges.filter(edge => edge.state === state).length);
	}

	const current = edges.filter(({version, channel}) => version !== undefined && version === newestVersion(channel));
	metrics.gauge('perennial_edge_agents_current', {model}, current.length);
	const oldest = edges.reduce((time, {lastSeenAt}) => Math.min(time, Date.parse(lastSeenAt)), now);
	metrics.gauge('perennial_edge_report_age_seconds', {model}, (now - oldest) / 1000);
}
