/**
 * What the routes ask for, out of the parts of a running system.
 *
 * @module
 */
import {readFileSync} from 'node:fs';
import {
	CHAMPION,
	formatTime,
	PerennialError,
	type Clock,
	type JobQueue,
	type Logger,
	type MetricSink,
	type ObjectStore,
} from '../../core/domain/index.ts';
import type {Services, TenantQuotas} from '../../api/index.ts';
import {decisionLines, decisionParquet} from '../../governance/index.ts';
import type {Registry} from '../../registry/index.ts';
import type {CatalogueStore, EdgeStore, ModelStore, MonitorStore, WebhookStore} from '../../store/index.ts';
import {fromLabelRequest} from '../../streams/index.ts';
import type {LiveFeed} from '../live-feed.ts';
import type {ModelFleet} from '../model-fleet.ts';
import type {EventTime} from '../event-time.ts';
import type {Rollouts} from '../rollouts.ts';
import type {MeasuredPredictions} from '../collect-metrics.ts';
import {CatalogueService} from './catalogue-service.ts';
import type {WebhookSender} from './webhook-sender.ts';
import {BACKTEST_PRIORITY, backtestService} from './backtest-service.ts';
import {decideService} from './decide-service.ts';
import {inferenceService} from './inference-service.ts';
import {findDecided, reviewService} from './review-service.ts';

/** The parts. */
export interface SystemParts {
	readonly clock: Clock;
	readonly eventTime: EventTime;
	readonly fleet: ModelFleet;
	readonly models: ModelStore;
	readonly monitors: MonitorStore;
	readonly edges: EdgeStore;
	readonly rollouts: Pick<Rollouts, 'look' | 'standing'>;
	readonly catalogue: CatalogueStore;
	readonly webhooks: WebhookStore;
	readonly sender: WebhookSender;
	readonly jobs: JobQueue;
	readonly objects: ObjectStore;
	readonly registryOf: (tenant: string) => Registry;
	readonly feed: LiveFeed;
	readonly metrics: MetricSink;
	readonly exposeMetrics: Services['system']['metrics'];
	readonly logger: Logger;
	/** What is not ready, in words. */
	readonly unready: () => Promise<string[]>;
	readonly predictions: MeasuredPredictions;
	readonly quotas: TenantQuotas;
	readonly keys: Services['keys'];
	readonly errorCatalogueFile: string;
	/** For files on their way out. */
	readonly cacheDirectory: string;
}

/** Services over the parts. */
export function createServices(parts: SystemParts): Services {
	const versions = versionService(parts);
	return {
		models: modelService(parts),
		events: eventService(parts),
		versions,
		catalogue: new CatalogueService({
			...parts,
			moveChannel: versions.moveChannel,
			emit: async (event, data) => parts.sender.emit(event, data),
		}),
		webhooks: webhookService(parts),
		jobs: jobService(parts),
		backtests: backtestService(parts),
		triggers: triggerService(parts),
		monitor: monitorService(parts),
		edges: edgeService(parts),
		rollouts: rolloutService(parts),
		system: systemService(parts),
		inference: inferenceService(parts),
		decisions: decisionService(parts),
		decide: decideService(parts),
		challengers: {
			challenger: async model => (await parts.fleet.get(model)).challenger.view,
			promoteChallenger: async (model, by) => (await parts.fleet.get(model)).challenger.promote(by),
		},
		reviews: reviewService(parts),
		quotas: {standings: () => parts.quotas.standings()},
		keys: parts.keys,
	};
}

function webhookService({webhooks, sender}: SystemParts): Services['webhooks'] {
	return {
		list: async () => webhooks.list(),
		find: async id => webhooks.find(id),
		put: async webhook => webhooks.put(webhook),
		delete: async id => webhooks.delete(id),
		test: async (webhook, event) => sender.test(webhook, event),
	};
}

function modelService({fleet, monitors, models, catalogue}: SystemParts): Services['models'] {
	return {
		list: async () => fleet.list(),
		describe: async name => fleet.describe(name),
		async create(spec) {
			const name = typeof spec === 'object' && spec !== null && 'name' in spec ? String(spec.name) : '';
			if ((await catalogue.findModel(name))?.isExternal) {
				const message = `Model ${JSON.stringify(name)} is registered by an MLflow client, without a spec; choose another name, or delete that one first.`;
				throw new PerennialError('MODEL_EXISTS', message, {details: {name}});
			}

			return fleet.create(spec);
		},
		update: async (name, spec, expectedVersion) => fleet.update(name, spec, expectedVersion),
		retire: async name => fleet.retire(name),
		async marks(name) {
			await models.get(name);
			return monitors.marks(name);
		},
	};
}

function eventService({fleet, metrics, quotas}: SystemParts): Services['events'] {
	return {
		async takeEvents(model, request) {
			const runtime = await fleet.get(model);
			const {tenant} = runtime.row;
			quotas.take(tenant, 0);
			const receipt = await runtime.intake.takeRequest(request);
			quotas.add(tenant, receipt.accepted + receipt.duplicate + receipt.rejected.length);
			countResults(metrics, 'perennial_events_total', model, {
				accepted: receipt.accepted,
				duplicate: receipt.duplicate,
				rejected: receipt.rejected.length,
			});
			return receipt;
		},
		async takeLabels(model, request) {
			const runtime = await fleet.get(model);
			const labels = fromLabelRequest(request);
			quotas.take(runtime.row.tenant, labels.length);
			const receipt = await runtime.intake.takeLabels(labels);
			countResults(metrics, 'perennial_labels_total', model, {
				accepted: receipt.accepted,
				duplicate: receipt.duplicate,
				waiting: receipt.waiting,
				rejected: receipt.rejected.length,
			});
			return receipt;
		},
	};
}

function countResults(metrics: MetricSink, family: string, model: string, results: Readonly<Record<string, number>>): void {
	for (const [result, amount] of Object.entries(results)) {
		if (amount > 0) {
			metrics.count(family, {model, result}, amount);
		}
	}
}

function versionService({fleet, models, registryOf, clock, feed, metrics, sender}: SystemParts): Services['versions'] {
	const registryFor = async (model: string): Promise<Registry> => registryOf((await models.get(model)).tenant);
	return {
		async versions(model) {
			const registry = await registryFor(model);
			const moves = await registry.channels(model);
			const manifests = await Promise.all((await registry.versions(model)).map(async version => registry.manifest(model, version)));
			return manifests
				.map(manifest => ({
					...manifest,
					channels: moves.filter(({version}) => version === manifest.version).map(({channel}) => channel),
				}))
				.toReversed();
		},
		async manifest(model, version) {
			return (await registryFor(model)).storedManifest(model, version);
		},
		blob: async (model, digest) => (await registryFor(model)).getBlob(digest),
		blobUrl: async (model, digest) => (await registryFor(model)).blobUrl(digest),
		channels: async model => (await registryFor(model)).channels(model),
		async channel(model, channel, at) {
			const registry = await registryFor(model);
			const move = at === undefined ? await registry.currentOf(model, channel) : await registry.asOf(model, channel, at);
			if (!move) {
				throw new PerennialError(
					'CHANNEL_NOT_FOUND',
					`Channel ${JSON.stringify(channel)} of ${model} ${at === undefined ? 'has never pointed at a version' : `pointed at nothing at ${formatTime(at)}`}.`,
				);
			}

			return move;
		},
		signature: async (model, version) => (await registryFor(model)).signature(model, version),
		async record(model, channel) {
			const record = await (await registryFor(model)).channelRecord(model, channel);
			if (record === undefined) {
				throw new PerennialError(
					'CHANNEL_NOT_FOUND',
					`Channel ${JSON.stringify(channel)} of ${model} has never pointed at a version.`,
				);
			}

			return record;
		},
		keyList: () => registryOf('default').keyList,
		history: async (model, channel) => (await registryFor(model)).historyOf(model, channel),
		async moveChannel(model, channel, {version, reason, override, expectedSequence, by = 'rest'}) {
			const registry = await registryFor(model);
			const move = await registry.moveChannel({
				model,
				channel,
				version,
				reason,
				override,
				by,
				at: clock.now(),
				...(expectedSequence !== undefined && {expectedSequence}),
			});
			feed.publish('channel', move);
			await sender.emit('model_version_alias.created', {name: model, alias: channel, version: String(version)});
			metrics.count('perennial_channel_moves_total', {model, channel});
			const runtime = await fleet.get(model);
			await runtime.refresh();
			if (channel === CHAMPION) {
				await runtime.mark({at: move.at, kind: 'promoted', version, reason});
			}

			return move;
		},
	};
}

function jobService({jobs, fleet, clock}: SystemParts): Services['jobs'] {
	return {
		async ask({kind, model, reason, version, priority, key}) {
			const runtime = await fleet.get(model);
			return jobs.enqueue({
				kind,
				model,
				reason,
				trigger: 'manual',
				asOf: clock.now(),
				payload: {throughOffset: runtime.endOffset, ...(version !== undefined && {version})},
				priority: priority ?? (kind === 'backtest' ? BACKTEST_PRIORITY : 0),
				...(key !== undefined && {key}),
			});
		},
		get: async id => jobs.get(id),
		list: async filter => jobs.list(filter),
		cancel: async id => jobs.cancel(id),
		retry: async id => jobs.retry(id),
		lines: async (id, after) => jobs.lines(id, after),
	};
}

function triggerService({fleet}: SystemParts): Services['triggers'] {
	return {
		async fire(model, {type, source, id}) {
			const runtime = await fleet.get(model);
			return runtime.triggers.ask({on: 'event', type, id: `${source} ${id}`}, `${model}:${source}:${id}`);
		},
	};
}

function monitorService({monitors, models, fleet}: SystemParts): Services['monitor'] {
	const known = async <Result>(model: string, read: () => Promise<Result>): Promise<Result> => {
		await models.get(model);
		return read();
	};

	return {
		quality: async model => known(model, async () => monitors.quality(model)),
		drift: async model => known(model, async () => monitors.drift(model)),
		segments: async model => known(model, async () => monitors.segments(model)),
		alarms: async model => known(model, async () => monitors.alarms(model)),
		acknowledge: async (model, alarm) => (await fleet.get(model)).acknowledge(alarm),
	};
}

function edgeService({edges, models, feed, metrics, rollouts}: SystemParts): Services['edges'] {
	return {
		async report(status) {
			await models.get(status.model);
			const kept = await edges.put(status, Date.now());
			feed.publish('edge', kept);
			metrics.count('perennial_edge_reports_total', {model: status.model, state: status.state});
			void rollouts.look(status.model);
			return kept;
		},
		list: async () => edges.list(Date.now()),
	};
}

function rolloutService({models, rollouts}: SystemParts): Services['rollouts'] {
	return {
		async rollout(model) {
			const {spec} = await models.get(model);
			if (!spec.edge.rollout) {
				throw new PerennialError(
					'OBJECT_NOT_FOUND',
					`${model} has no roll-out: its edge channels move at once; edge.rollout in its spec changes that.`,
				);
			}

			const {rings, step} = await rollouts.standing(model, spec);
			return {
				rings: rings.map(({channel, move, edges}) => ({
					channel,
					...(move && {version: move.version, since: move.at}),
					answering: edges.filter(({state, version}) => state === 'serving' && version === move?.version).length,
					refusing: edges.filter(({refusal}) => refusal !== undefined && refusal.version === move?.version).length,
				})),
				step,
			};
		},
	};
}

function decisionService({fleet, cacheDirectory}: SystemParts): Services['decisions'] {
	return {
		async exportDecisions(model, range, format) {
			const {decisions} = await fleet.get(model);
			return format === 'parquet' ? decisionParquet(decisions, range, cacheDirectory) : decisionLines(decisions, range);
		},
	};
}

function systemService({
	clock,
	eventTime,
	fleet,
	feed,
	exposeMetrics,
	logger,
	unready,
	errorCatalogueFile,
}: SystemParts): Services['system'] {
	return {
		feed,
		unready,
		errorCatalogue: readFileSync(errorCatalogueFile, 'utf8'),
		metrics: exposeMetrics,
		clock: () => ({kind: clock.kind, now: formatTime(clock.now())}),
		async advance(time) {
			await eventTime.advance(time);
			feed.publish('clock', {kind: clock.kind, now: formatTime(clock.now())});
		},
		async decision(id) {
			const {runtime, offset} = await findDecided({fleet, logger}, id);
			return runtime.decisions.find(offset);
		},
	};
}
