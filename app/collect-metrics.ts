/**
 * Metrics that are read off the system when somebody scrapes, and the measurement of predictions.
 *
 * @module
 */
import type {PredictionService, TenantQuotas} from '../api/index.ts';
import type {PredictionOutcome} from '../serving/index.ts';
import type {Clock, JobQueue, MetricSink, Tier} from '../core/domain/index.ts';
import {publishAlarms, publishEdges} from '../monitoring/index.ts';
import type {Registry} from '../registry/index.ts';
import type {EdgeStore, MonitorStore} from '../store/index.ts';
import {gatherPredictions} from './gathered-predictions.ts';
import type {ModelFleet} from './model-fleet.ts';

/** What is read. */
export interface CollectOptions {
	readonly fleet: ModelFleet;
	readonly monitors: MonitorStore;
	readonly edges: EdgeStore;
	readonly jobs: Pick<JobQueue, 'list'>;
	readonly registryOf: (tenant: string) => Registry;
	readonly metrics: MetricSink;
	readonly clock: Pick<Clock, 'now'>;
	readonly quotas: TenantQuotas;
}

/** Waiting jobs are counted up to this many. */
const QUEUED_MAX = 1000;

/** Set every gauge that has no event of its own. */
export async function collectMetrics({fleet, monitors, edges, jobs, registryOf, metrics, clock, quotas}: CollectOptions): Promise<void> {
	for (const {tenant, quota, limit, used} of quotas.standings()) {
		metrics.gauge('perennial_quota_used_ratio', {tenant, quota}, used / limit);
	}

	const now = Date.now();
	metrics.gauge('perennial_queue_depth', {queue: 'jobs'}, (await jobs.list({states: ['queued'], limit: QUEUED_MAX})).length);
	for (const runtime of await fleet.all()) {
		const {name, tenant} = runtime.row;
		const [alarms, agents, moves] = await Promise.all([
			monitors.alarms(name),
			edges.list(now, name),
			registryOf(tenant).channels(name),
		]);
		metrics.gauge('perennial_labels_waiting', {model: name}, runtime.counts.orphans);
		metrics.gauge('perennial_learner_lag_records', {model: name}, runtime.lag);
		metrics.gauge('perennial_newest_event_timestamp_seconds', {model: name}, (runtime.newestEventAt ?? Number.NaN) / 1000);
		const {number, oldestAt = Number.NaN} = runtime.decisions.waiting;
		metrics.gauge('perennial_referrals_open', {model: name}, number);
		metrics.gauge('perennial_referral_age_seconds', {model: name}, (clock.now() - oldestAt) / 1000);
		publishAlarms(
			metrics,
			name,
			alarms.filter(({state}) => state !== 'resolved'),
			runtime.row.spec.features.map(({name: feature, source = feature}) => source),
		);
		publishEdges(metrics, name, agents, {now, newestVersion: channel => moves.find(move => move.channel === channel)?.version});
		for (const {channel, version} of moves) {
			metrics.gauge('perennial_live_version', {model: name, channel}, version);
		}
	}
}

/** As the hot path asks for it, with answers in full. */
export interface MeasuredPredictions extends PredictionService {
	predict(...asked: Parameters<PredictionService['predict']>): Promise<PredictionOutcome[]>;
}

/** Predictions of the fleet, held to the quotas of their tenants, counted and timed by the tier that answered. */
export function measuredPredictions(fleet: ModelFleet, metrics: MetricSink, quotas: TenantQuotas): MeasuredPredictions {
	const predict = gatherPredictions(async (model, items, channel) => (await fleet.get(model)).predictor.predict(items, channel));
	return {
		readLines: async (model, body, readLine) => (await fleet.get(model)).intake.readAsked(body, readLine),
		async predict(model, items, channel) {
			quotas.take((await fleet.get(model)).row.tenant, items.length);
			const started = performance.now();
			const outcomes = await predict(model, items, channel);
			const answered = new Map<Tier, number>();
			for (const outcome of outcomes) {
				if ('prediction' in outcome) {
					const {tier} = outcome.prediction;
					answered.set(tier, (answered.get(tier) ?? 0) + 1);
				}
			}

			for (const [tier, count] of answered) {
				metrics.count('perennial_decisions_total', {model, tier}, count);
				metrics.observe('perennial_predict_seconds', {model, tier}, (performance.now() - started) / 1000);
			}

			return outcomes;
		},
	};
}
