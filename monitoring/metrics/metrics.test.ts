/** The sink exposes what it was told, in both forms; families, document and labels agree. */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {MemoryMetricSink, type Alarm, type DriftWindow, type EdgeStatus, type QualityWindow} from '../../core/domain/index.ts';
import {ROOT} from '../../tests/sources.ts';
import {FAMILIES, type MetricFamily} from './families.ts';
import {PrometheusMetricSink} from './prometheus-metric-sink.ts';
import {publishAlarms, publishDrift, publishEdges, publishQuality, publishRollingAuc} from './publish.ts';

const TEXT = 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const OPEN = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

async function linesOf(sink: PrometheusMetricSink, accept = TEXT): Promise<string[]> {
	const {body} = await sink.expose(accept);
	return body.split('\n');
}

test('counters add, gauges set, histograms count and sum', async t => {
	const sink = new PrometheusMetricSink({processMetrics: false});
	sink.count('perennial_decisions_total', {model: 'churn', tier: 'student'});
	sink.count('perennial_decisions_total', {tier: 'student', model: 'churn'}, 2);
	sink.gauge('perennial_learner_lag_records', {model: 'churn'}, 7);
	sink.gauge('perennial_learner_lag_records', {model: 'churn'}, 5);
	sink.gauge('perennial_quality_auc', {model: 'churn', series: 'loop'}, Number.NaN);
	sink.observe('perennial_predict_seconds', {model: 'churn', tier: 'student'}, 0.0003);
	sink.observe('perennial_predict_seconds', {model: 'churn', tier: 'student'}, 0.2);
	const lines = await linesOf(sink);
	for (const line of [
		'# TYPE perennial_decisions_total counter',
		'perennial_decisions_total{model="churn",tier="student"} 3',
		'perennial_learner_lag_records{model="churn"} 5',
		'perennial_quality_auc{model="churn",series="loop"} Nan',
		'perennial_predict_seconds_bucket{le="0.0005",model="churn",tier="student"} 1',
		'perennial_predict_seconds_bucket{le="+Inf",model="churn",tier="student"} 2',
		'perennial_predict_seconds_sum{model="churn",tier="student"} 0.2003',
	]) {
		t.true(lines.includes(line), line);
	}
});

test('both forms are given, in any order, and neither spoils the other', async t => {
	const sink = new PrometheusMetricSink();
	sink.count('perennial_events_total', {model: 'churn', result: 'accepted'});
	for (let round = 0; round < 2; round++) {
		const open = await sink.expose(OPEN);
		t.regex(open.contentType, /^application\/openmetrics-text; version=1\.0\.0/v);
		t.true(open.body.endsWith('# EOF\n'));
		t.true(open.body.includes('# TYPE perennial_events counter\nperennial_events_total{model="churn",result="accepted"} 1\n'));
		t.true(open.body.includes('# TYPE process_cpu_seconds counter\nprocess_cpu_seconds_total '));
		const plain = await sink.expose(TEXT);
		t.regex(plain.contentType, /^text\/plain; version=0\.0\.4/v);
		t.true(plain.body.includes('# TYPE perennial_events_total counter\nperennial_events_total{model="churn",result="accepted"} 1\n'));
		t.true(plain.body.includes('nodejs_eventloop_lag_seconds '));
		t.true(plain.body.includes('process_cpu_seconds_total '));
	}
});

test('the form follows the Accept header', async t => {
	const sink = new PrometheusMetricSink({processMetrics: false});
	const formOf = async (accept?: string): Promise<string> => (await sink.expose(accept)).contentType.split(';')[0]!;
	t.is(await formOf(), 'text/plain');
	t.is(await formOf('*/*'), 'text/plain');
	t.is(await formOf('text/html,application/xhtml+xml'), 'text/plain');
	t.is(await formOf('application/openmetrics-text'), 'application/openmetrics-text');
	t.is(await formOf('application/openmetrics-text;q=0'), 'text/plain');
	t.is(await formOf('application/openmetrics-text;q=0.3, text/plain;q=0.9'), 'text/plain');
	t.is(await formOf(OPEN), 'application/openmetrics-text');
});

test('what is not declared throws', t => {
	const sink = new PrometheusMetricSink({processMetrics: false});
	t.throws(
		() => {
			sink.count('perennial_no_such_total', {});
		},
		{message: /not declared/v},
	);
	t.throws(
		() => {
			sink.count('perennial_learner_lag_records', {model: 'churn'});
		},
		{message: /no counter/v},
	);
	t.throws(
		() => {
			sink.gauge('perennial_events_total', {model: 'churn', result: 'accepted'}, 1);
		},
		{message: /no gauge/v},
	);
	t.throws(
		() => {
			sink.observe('perennial_live_version', {model: 'churn', channel: 'champion'}, 1);
		},
		{message: /no histogram/v},
	);
	for (const labels of [{}, {model: 'churn'}, {model: 'churn', result: 'accepted', customer: '17'}]) {
		t.throws(
			() => {
				sink.count('perennial_events_total', labels);
			},
			{message: /labels of perennial_events_total|not included in initial labelset/v},
		);
	}
});

test('series beyond the bound are left out and counted; known ones go on', async t => {
	const sink = new PrometheusMetricSink({processMetrics: false, seriesMax: 50});
	for (let index = 0; index < 60; index++) {
		sink.gauge('perennial_drift_feature_psi', {model: 'churn', feature: `f${index}`}, index);
	}

	sink.gauge('perennial_drift_feature_psi', {model: 'churn', feature: 'f3'}, 0.5);
	const lines = await linesOf(sink);
	t.is(lines.filter(line => line.startsWith('perennial_drift_feature_psi{')).length, 50);
	t.true(lines.includes('perennial_drift_feature_psi{model="churn",feature="f3"} 0.5'));
	t.true(lines.includes('perennial_metric_series_dropped_total{family="perennial_drift_feature_psi"} 10'));
});

test('what is forgotten is gone from every family, and may come back', async t => {
	const sink = new PrometheusMetricSink({processMetrics: false, seriesMax: 2});
	for (const model of ['churn', 'fraud']) {
		sink.count('perennial_events_total', {model, result: 'accepted'});
		sink.gauge('perennial_live_version', {model, channel: 'champion'}, 3);
		sink.observe('perennial_predict_seconds', {model, tier: 'student'}, 0.001);
	}

	sink.forget({model: 'churn'});
	const body = (await linesOf(sink)).join('\n');
	t.false(body.includes('churn'));
	t.true(body.includes('perennial_predict_seconds_count{model="fraud",tier="student"} 1'));
	sink.count('perennial_events_total', {model: 'churn', result: 'accepted'});
	t.true((await linesOf(sink)).includes('perennial_events_total{model="churn",result="accepted"} 1'));
});

test('label values with quotes, backslashes and line feeds are escaped', async t => {
	const sink = new PrometheusMetricSink({processMetrics: false});
	sink.gauge('perennial_drift_feature_psi', {model: 'churn', feature: 'a"b\\c\nd'}, 1);
	t.true((await linesOf(sink)).includes('perennial_drift_feature_psi{model="churn",feature="a\\"b\\\\c\\nd"} 1'));
});

test('families are named and typed by the rules', t => {
	t.is(new Set(FAMILIES.map(({name}) => name)).size, FAMILIES.length);
	for (const {name, type, help, labels, buckets} of FAMILIES as readonly MetricFamily[]) {
		t.is(type === 'counter', name.endsWith('_total'), name);
		t.is(type === 'histogram', buckets !== undefined, name);
		t.true(type !== 'histogram' || name.endsWith('_seconds'), name);
		t.deepEqual(
			[...(buckets ?? [])],
			[...(buckets ?? [])].toSorted((a, b) => a - b),
			name,
		);
		t.regex(help, /^[A-Z1].*\.$/v, name);
		t.true(
			labels.every(label => /^[a-z]+$/v.test(label)),
			name,
		);
	}
});

test('docs/metrics.md has the row of every family, in order, and a bound for every label', t => {
	const document = readFileSync(path.join(ROOT, 'docs/metrics.md'), 'utf8');
	const code = (text: string): string => `\`${text}\``;
	const rows = (FAMILIES as readonly MetricFamily[]).map(
		({name, type, labels, help}) => `| ${code(name)} | ${type} | ${labels.map(label => code(label)).join(', ')} | ${help} |`,
	);
	t.true(document.includes(rows.join('\n')), 'copy the rows from here');
	const [, , bounds = ''] = document.split('\n## ');
	for (const label of new Set(FAMILIES.flatMap(({labels}): readonly string[] => labels))) {
		t.true(bounds.includes(`\`${label}\``), label);
	}
});

test('windows, alarms and edges become gauges of declared families', async t => {
	const point = {auc: 0.8, logLoss: 0.3, rows: 90, calibration: 0.01};
	const quality: QualityWindow = {
		start: '',
		end: '',
		decisions: 100,
		labelled: 90,
		positives: 9,
		final: false,
		series: {
			loop: point,
			online: point,
			student: point,
			teacher: {auc: null, logLoss: null, rows: 0, calibration: null},
			frozen: {...point, auc: 0.7},
		},
	};
	const drift: DriftWindow = {
		start: '',
		end: '',
		rows: 500,
		referenceVersion: 2,
		features: {age: 0.4, income: null},
		missing: {},
		score: null,
		threshold: 0.25,
		estimate: {
			rows: 500,
			accuracy: 0.8,
			accuracyMargin: 0.03,
			auc: null,
			logLoss: 0.4,
			weightedAccuracy: 0.75,
			calibrationError: 0.04,
			isCalibrated: false,
		},
	};
	const edge: EdgeStatus = {
		edge: 'e1',
		model: 'churn',
		channel: 'edge-stable',
		version: 4,
		state: 'serving',
		verified: true,
		bitEqual: true,
		lastSeenAt: '2026-01-01T00:00:00.000Z',
		predictions: 1,
	};
	const silent: EdgeStatus = {...edge, edge: 'e2', version: 3, state: 'silent', lastSeenAt: '2025-12-31T23:00:00.000Z'};
	const causes = [{field: 'amount', share: 0.8, features: ['amount'], moved: 1, of: 1}];
	const alarms: Pick<Alarm, 'subject' | 'causes'>[] = [{subject: 'feature'}, {subject: 'feature'}, {subject: 'concept', causes}];
	const memory = new MemoryMetricSink();
	const sink = new PrometheusMetricSink({processMetrics: false});
	for (const metrics of [memory, sink]) {
		publishQuality(metrics, 'churn', quality);
		publishRollingAuc(metrics, 'churn', 'loop', null);
		publishDrift(metrics, 'churn', drift);
		publishAlarms(metrics, 'churn', alarms, ['amount', 'age']);
		publishEdges(metrics, 'churn', [edge, silent], {newestVersion: () => 4, now: Date.parse('2026-01-01T00:00:10Z')});
	}

	const expected: Readonly<Record<string, number>> = {
		'perennial_quality_auc{model="churn",series="frozen"}': 0.7,
		'perennial_quality_auc{model="churn",series="teacher"}': Number.NaN,
		'perennial_quality_labelled_ratio{model="churn"}': 0.9,
		'perennial_quality_rolling_auc{model="churn",series="loop"}': Number.NaN,
		'perennial_drift_feature_psi{feature="age",model="churn"}': 0.4,
		'perennial_drift_feature_psi{feature="income",model="churn"}': Number.NaN,
		'perennial_drift_score_psi{model="churn"}': Number.NaN,
		'perennial_estimate_accuracy{method="expected",model="churn"}': 0.8,
		'perennial_estimate_accuracy{method="weighted",model="churn"}': 0.75,
		'perennial_estimate_auc{model="churn"}': Number.NaN,
		'perennial_estimate_log_loss{model="churn"}': 0.4,
		'perennial_estimate_calibrated{model="churn"}': 0,
		'perennial_alarms_open{model="churn",subject="feature"}': 2,
		'perennial_alarms_open{model="churn",subject="score"}': 0,
		'perennial_alarm_cause_share_ratio{field="amount",model="churn"}': 0.8,
		'perennial_alarm_cause_share_ratio{field="age",model="churn"}': 0,
		'perennial_edge_agents{model="churn",state="silent"}': 1,
		'perennial_edge_agents_current{model="churn"}': 1,
		'perennial_edge_report_age_seconds{model="churn"}': 3610,
	};
	for (const [series, value] of Object.entries(expected)) {
		t.is(memory.values.get(series), value, series);
	}

	t.true((await linesOf(sink)).includes('perennial_edge_report_age_seconds{model="churn"} 3610'));
});
