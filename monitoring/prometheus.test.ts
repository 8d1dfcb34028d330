/** Rules, exposition and dashboard against a real Prometheus and its promtool. */
import {execFile, spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {accessSync, constants} from 'node:fs';
import {copyFile, mkdtemp, rm, writeFile} from 'node:fs/promises';
import http from 'node:http';
import type {AddressInfo} from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {TIERS} from '../core/domain/index.ts';
import {DASHBOARD_ROWS, PROMOTION_QUERY} from './dashboards/dashboard-rows.ts';
import {PrometheusMetricSink} from './metrics/prometheus-metric-sink.ts';
import {rulesYaml} from './rules/perennial-rules.ts';

const run = promisify(execFile);

function isOnPath(program: string): boolean {
	return (process.env['PATH'] ?? '').split(path.delimiter).some(folder => {
		try {
			accessSync(path.join(folder, program), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}

const withPromtool = isOnPath('promtool') ? test : test.skip;
const withPrometheus = isOnPath('prometheus') ? test : test.skip;
const promtoolNote = isOnPath('promtool') ? '' : ' (skipped: promtool is not on the PATH; Debian has it in the package prometheus)';
const prometheusNote = isOnPath('prometheus') ? '' : ' (skipped: prometheus is not on the PATH; Debian has it in the package prometheus)';

async function temporaryFolder(t: ExecutionContext): Promise<string> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'perennial-prometheus-'));
	t.teardown(async () => rm(folder, {recursive: true, force: true}));
	return folder;
}

/** What a busy process would have measured since the last call: every family, every label. */
function measure(sink: PrometheusMetricSink, round: number): void {
	for (const model of ['churn', 'fraud']) {
		for (const [result, amount] of [
			['accepted', 50],
			['duplicate', 1],
			['rejected', 1],
		] as const) {
			sink.count('perennial_events_total', {model, result}, amount);
		}

		for (const result of ['accepted', 'duplicate', 'waiting']) {
			sink.count('perennial_labels_total', {model, result}, 5);
		}

		for (const tier of ['online', 'student', 'teacher']) {
			sink.count('perennial_decisions_total', {model, tier}, 20);
			sink.observe('perennial_predict_seconds', {model, tier}, 0.0004 + round / 1e5);
		}

		for (const series of ['loop', ...TIERS]) {
			for (const family of [
				'perennial_quality_auc',
				'perennial_quality_log_loss',
				'perennial_quality_calibration',
				'perennial_quality_rolling_auc',
			]) {
				sink.gauge(family, {model, series}, series === 'teacher' ? Number.NaN : 0.8);
			}
		}

		for (const feature of ['age', 'a "quoted" name', 'città']) {
			sink.gauge('perennial_drift_feature_psi', {model, feature}, 0.1);
			sink.gauge('perennial_drift_statistic', {model, test: 'ks', feature}, 0.05);
			sink.gauge('perennial_drift_probability', {model, test: 'ks', feature}, 0.6);
			sink.gauge('perennial_drift_level', {model, test: 'ks'}, 0.01);
		}

		for (const method of ['expected', 'weighted']) {
			sink.gauge('perennial_estimate_accuracy', {model, method}, 0.8);
		}

		for (const [family, value] of [
			['perennial_newest_event_timestamp_seconds', 1.7e9 + round],
			['perennial_labels_waiting', 3],
			['perennial_learner_lag_records', 12],
			['perennial_learner_labels', 40 * round],
			['perennial_learner_checkpoint_bytes', 1e6],
			['perennial_quality_labelled_ratio', 0.7],
			['perennial_drift_score_psi', 0.05],
			['perennial_drift_threshold_psi', 0.25],
			['perennial_estimate_auc', 0.8],
			['perennial_estimate_log_loss', 0.4],
			['perennial_estimate_calibrated', 1],
			['perennial_edge_agents_current', 1],
			['perennial_edge_report_age_seconds', 4],
			['perennial_tier_agreement_ratio', 0.998],
			['perennial_tier_agreement_low_ratio', 0.996],
			['perennial_referrals_open', 4],
			['perennial_referral_age_seconds', 7200],
			['perennial_challenger_labels', 900],
			['perennial_challenger_gain', 0.001],
			['perennial_challenger_gain_low', -0.002],
			['perennial_challenger_gain_high', 0.004],
			['perennial_challenger_shed_labels', 0],
		] as const) {
			sink.gauge(family, {model}, value);
		}

		for (const reason of ['band', 'promised', 'watched']) {
			sink.count('perennial_tier_routes_total', {model, reason}, 7);
		}

		sink.count('perennial_tier_widenings_total', {model});
		sink.count('perennial_reviews_total', {model});
		for (const result of ['hit', 'miss', 'watched']) {
			sink.count('perennial_cache_lookups_total', {model, result}, 3);
		}

		sink.count('perennial_cache_evictions_total', {model, cause: 'age'});
		sink.gauge('perennial_cache_entries', {model}, 120);
		sink.count('perennial_inference_log_exchanges_total', {model, result: 'delivered'});
		sink.gauge('perennial_fairness_gap_ratio', {model, feature: 'region', measure: 'selected'}, 0.1);
		sink.gauge('perennial_fairness_gap_low_ratio', {model, feature: 'region', measure: 'selected'}, 0.05);
		sink.gauge('perennial_quota_used_ratio', {tenant: model, quota: 'rowsPerMonth'}, 0.4);
		sink.count('perennial_quota_refusals_total', {tenant: model, quota: 'rowsPerMonth'});
		sink.count('perennial_teacher_failures_total', {model}, 0);
		sink.count('perennial_challenger_verdicts_total', {model, verdict: 'better'});
		sink.observe('perennial_log_append_seconds', {model}, 0.002);
		sink.count('perennial_log_records_total', {model}, 100);
		sink.count('perennial_labels_expired_total', {model}, 0);
		sink.count('perennial_edge_reports_total', {model, state: 'serving'}, 2);
		sink.gauge('perennial_alarms_open', {model, subject: 'feature'}, 1);
		sink.gauge('perennial_alarm_cause_share_ratio', {model, field: 'amount'}, 0.8);
		sink.count('perennial_alarms_raised_total', {model, subject: 'feature'});
		sink.count('perennial_retrains_requested_total', {model, trigger: 'drift'});
		sink.count('perennial_versions_total', {model, outcome: 'promoted'});
		sink.count('perennial_channel_moves_total', {model, channel: 'champion'});
		sink.gauge('perennial_live_version', {model, channel: 'champion'}, round);
		sink.gauge('perennial_edge_agents', {model, state: 'serving'}, 2);
	}

	sink.count('perennial_jobs_total', {kind: 'train', state: 'succeeded'});
	sink.observe('perennial_job_seconds', {kind: 'train'}, 12);
	sink.count('perennial_http_requests_total', {method: 'GET', route: '/v1/models/:model', status: '503'});
	sink.observe('perennial_http_request_seconds', {route: '/v1/models/:model'}, 0.01);
	sink.gauge('perennial_training_backend_info', {backend: 'wasm'}, 1);
	sink.gauge('perennial_queue_depth', {queue: 'jobs'}, round % 5);
	sink.gauge('perennial_build_info', {version: '0.1.0', commit: 'abc', node: process.version}, 1);
	sink.count('perennial_metric_series_dropped_total', {family: 'perennial_drift_feature_psi'}, 0);
}

withPromtool(`promtool accepts the rules${promtoolNote}`, async t => {
	const folder = await temporaryFolder(t);
	await writeFile(path.join(folder, 'perennial-rules.yaml'), rulesYaml());
	await writeFile(
		path.join(folder, 'other.yaml'),
		rulesYaml({
			labelSilence: '30d',
			aucBelowFrozenMax: 0.2,
			learnerLagRecordsMax: 1,
			predictSecondsMax: 2,
			rejectedShareMax: 0.5,
			edgeSilenceSecondsMax: 60,
		}),
	);
	const {stdout} = await run('promtool', ['check', 'rules', '--lint-fatal', 'perennial-rules.yaml', 'other.yaml'], {cwd: folder});
	t.regex(stdout, /SUCCESS: \d+ rules found/v);
});

withPromtool(`each alert is raised by the series that should raise it, and by no others${promtoolNote}`, async t => {
	const folder = await temporaryFolder(t);
	await writeFile(path.join(folder, 'perennial-rules.yaml'), rulesYaml());
	await copyFile(path.join(import.meta.dirname, 'rules/perennial-rules.unit.yaml'), path.join(folder, 'unit.yaml'));
	const {stdout} = await run('promtool', ['test', 'rules', 'unit.yaml'], {cwd: folder});
	t.true(stdout.includes('SUCCESS'));
	// A rule that is wrong must make the same unit tests fail: they are no formality.
	await writeFile(path.join(folder, 'perennial-rules.yaml'), rulesYaml({learnerLagRecordsMax: 100}));
	await t.throwsAsync(run('promtool', ['test', 'rules', 'unit.yaml'], {cwd: folder}));
});

withPromtool(`promtool finds no fault in the exposition${promtoolNote}`, async t => {
	const sink = new PrometheusMetricSink({processMetrics: false});
	measure(sink, 1);
	const {body} = await sink.expose();
	const child = spawn('promtool', ['check', 'metrics'], {stdio: ['pipe', 'pipe', 'pipe']});
	const output: string[] = [];
	for (const stream of [child.stdout, child.stderr]) {
		stream.on('data', (chunk: Buffer) => {
			output.push(String(chunk));
		});
	}

	child.stdin.end(body);
	const [code] = (await once(child, 'close')) as [number];
	t.is(code, 0, output.join(''));
	t.is(output.join(''), '');
});

/** A server that measures a little more on every scrape, and counts the forms it was asked for. */
async function startTarget(t: ExecutionContext): Promise<{readonly port: number; readonly forms: Set<string>}> {
	const sink = new PrometheusMetricSink();
	const forms = new Set<string>();
	let round = 0;
	const server = http.createServer((request, response) => {
		measure(sink, ++round);
		void sink.expose(request.headers.accept).then(({contentType, body}) => {
			forms.add(contentType.split(';')[0]!);
			response.setHeader('content-type', contentType);
			response.end(body);
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(async () => {
		server.closeAllConnections();
		server.close();
	});
	return {port: (server.address() as AddressInfo).port, forms};
}

async function freePort(): Promise<number> {
	const server = http.createServer();
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}

interface Answer {
	readonly status: string;
	readonly error?: string;
	readonly data?: {
		readonly result: readonly {readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string]}[];
	};
}

/** Start Prometheus on a folder of its own. @returns How to ask it. */
async function startPrometheus(t: ExecutionContext, targetPort: number): Promise<(query: string) => Promise<Answer>> {
	const folder = await temporaryFolder(t);
	const port = await freePort();
	await writeFile(path.join(folder, 'perennial-rules.yaml'), rulesYaml());
	await writeFile(
		path.join(folder, 'prometheus.yaml'),
		[
			'global: {scrape_interval: 400ms, scrape_timeout: 400ms, evaluation_interval: 400ms}',
			'rule_files: [perennial-rules.yaml]',
			`scrape_configs: [{job_name: perennial, static_configs: [{targets: ['127.0.0.1:${targetPort}']}]}]`,
		].join('\n'),
	);
	const options = [
		'--config.file=prometheus.yaml',
		'--storage.tsdb.path=data',
		`--web.listen-address=127.0.0.1:${port}`,
		'--log.level=error',
	];
	const child: ChildProcess = spawn('prometheus', options, {cwd: folder, stdio: 'ignore'});
	const closed = once(child, 'close');
	t.teardown(async () => {
		child.kill('SIGKILL');
		await closed;
	});
	return async query => {
		const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`);
		return (await response.json()) as Answer;
	};
}

/** Ask until there is an answer with a number in it; Prometheus needs a second to start and some scrapes for a rate. */
async function askUntilAnswered(ask: (query: string) => Promise<Answer>, query: string, deadline: number): Promise<Answer | undefined> {
	let last: Answer | undefined;
	while (Date.now() < deadline) {
		try {
			last = await ask(query);
			if (last.status !== 'success' || last.data?.result.some(({value}) => value[1] !== 'NaN')) {
				return last;
			}
		} catch (error) {
			last = {status: 'unreachable', error: String(error)};
		}

		await sleep(200);
	}

	return last;
}

withPrometheus(`every query of the dashboard finds series in a real Prometheus${prometheusNote}`, async t => {
	const target = await startTarget(t);
	const ask = await startPrometheus(t, target.port);
	const deadline = Date.now() + 30_000;
	t.is((await askUntilAnswered(ask, 'rate(perennial_events_total[5s]) > 0', deadline))?.status, 'success');
	const panels = DASHBOARD_ROWS.flatMap(row => row.panels);
	const queries = [
		...panels.flatMap(({title, queries: own}) => own.map(({expr}) => [title, expr] as const)),
		['Promotions', PROMOTION_QUERY] as const,
	];
	t.true(queries.length > 35);
	for (const [title, expr] of queries) {
		const answer = await askUntilAnswered(ask, expr.replaceAll('$__rate_interval', '5s').replaceAll('$model', '.*'), deadline);
		t.is(answer?.status, 'success', `${title}: ${answer?.error}`);
		t.true(
			answer?.data?.result.some(({value}) => value[1] !== 'NaN'),
			`${title} finds nothing: ${expr}`,
		);
	}

	t.is((await ask('perennial_no_such_family')).data?.result.length, 0, 'a query for nothing finds nothing: the check above can fail');
	t.deepEqual([...target.forms], ['application/openmetrics-text'], 'Prometheus asks for OpenMetrics and reads it');
	const quoted = await ask('perennial_drift_feature_psi{feature="a \\"quoted\\" name"}');
	t.is(quoted.data?.result.length, 2);
	const up = await ask('up{job="perennial"}');
	t.is(up.data?.result[0]?.value[1], '1');
	for (const rule of [
		'perennial:events:rate5m',
		'perennial:quality_auc:above_frozen',
		'ALERTS{alertname="PerennialDriftAlarmOpen",alertstate="firing"}',
	]) {
		const answer = await askUntilAnswered(ask, rule, deadline);
		t.true((answer?.data?.result.length ?? 0) > 0, rule);
	}
});
