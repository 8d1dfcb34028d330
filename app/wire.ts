/**
 * The only place that puts implementations behind ports: from a configuration to a running system.
 *
 * @module
 */
import {mkdirSync, readFileSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import path from 'node:path';
import {
	createAdmitted,
	createApp,
	createFront,
	startGrpcFace,
	type AppOptions,
	type GrpcFace,
	type OnAnswered,
	type TenantQuotas,
} from '../api/index.ts';
import {consoleHandler} from '../api/console/index.ts';
import {
	holdDirectory,
	PerennialError,
	SystemClock,
	TimeOrderedIds,
	type ChannelMove,
	type Clock,
	type Logger,
	type ObjectStore,
	type WebhookEvent,
} from '../core/domain/index.ts';
import {createOnnxRuntime} from '../core/runtimes/index.ts';
import {PrometheusMetricSink} from '../monitoring/index.ts';
import {Registry, type RegistryTrust} from '../registry/index.ts';
import {
	AccessStore,
	CatalogueStore,
	EdgeStore,
	ModelStore,
	MonitorStore,
	openStore,
	SettingStore,
	SqlIdempotencyStore,
	SqlJobQueue,
	WebhookStore,
	type Store,
} from '../store/index.ts';
import {Rollouts} from './rollouts.ts';
import {apiKeyOf, openAccess, type Access} from './access.ts';
import {codeCommit} from './code-commit.ts';
import {collectMetrics, measuredPredictions} from './collect-metrics.ts';
import {dataPathsOf, type Config} from './config.ts';
import {EventTime, restoreEventClock} from './event-time.ts';
import {InferenceLog} from './inference-log/inference-log.ts';
import {JobWatch} from './job-watch.ts';
import {KeptQuotas, type KeptQuotasParts} from './kept-quotas.ts';
import {LiveFeed} from './live-feed.ts';
import {LocalWorker} from './local-worker.ts';
import {ModelFleet} from './model-fleet.ts';
import {openObjectStore} from './object-store.ts';
import {readRegistryTrust} from './registry-trust.ts';
import {createServices, type SystemParts} from './services/services.ts';
import {WebhookSender} from './services/webhook-sender.ts';
import {LOCAL_OWNER} from './worker-order.ts';

/** A running system. */
export interface System {
	/** Where it answers, for instance `http://127.0.0.1:8080`. */
	readonly url: string;
	readonly config: Config;
	/** Key for everything, as it lies in the data directory; undefined if it was taken away. */
	readonly apiKey?: string;
	/** Where it answers over gRPC, if it does. */
	readonly grpcPort?: number;
	/** Put everything down in order: no request is cut off, each learner takes a checkpoint. */
	close(): Promise<void>;
}

/** Root of the project's files. */
const ROOT = path.join(import.meta.dirname, '..');
/** Time that open requests have to end when the system closes; live streams never end by themselves. */
const CLOSE_MS_MAX = 1000;

/** Release, as package.json has it. */
export const RELEASE: string = (JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {version: string}).version;

/**
 * Start a system.
 *
 * @throws PerennialError - DATA_DIRECTORY_HELD, PORT_TAKEN, STORAGE_FULL, OBJECT_STORE_UNAVAILABLE: each in one line, with the cure.
 */
export async function startSystem(config: Config, logger: Logger): Promise<System> {
	const undo: (() => Promise<void> | void)[] = [];
	const close = async (): Promise<void> => {
		for (const step of undo.splice(0).toReversed()) {
			await step();
		}
	};

	try {
		undo.push(holdDirectory(config.dataDirectory, 'choose another directory with PERENNIAL_DATA_DIRECTORY'));
		const server = await listen(config);
		undo.push(async () => closeServer(server));
		const store = await openStore(dataPathsOf(config).store);
		undo.push(async () => store.close());
		const grpcPort = await assemble(config, logger, {store, server, undo});
		const {address, port} = server.address() as AddressInfo;
		const apiKey = apiKeyOf(config);
		return {
			...(apiKey !== undefined && {apiKey}),
			...(grpcPort !== undefined && {grpcPort}),
			url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
			config,
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}

interface Foundations {
	readonly store: Store;
	readonly server: Server;
	/** Steps that close what was opened, oldest first. */
	readonly undo: (() => Promise<void> | void)[];
}

/** Everything that lives as long as the system, joined. Pushes onto `undo` what closes it. @returns The port of gRPC, if there is one. */
async function assemble(config: Config, logger: Logger, {store, server, undo}: Foundations): Promise<number | undefined> {
	const settings = new SettingStore(store.db);
	const clock: Clock = config.clock === 'event' ? await restoreEventClock(settings) : new SystemClock();
	const objects = await openObjectStore(config, logger);
	const registryOf = registriesOf(objects, {clock, logger, trust: readRegistryTrust(config)});
	const feed = new LiveFeed();
	const metrics = new PrometheusMetricSink();
	metrics.gauge('perennial_build_info', {version: RELEASE, commit: await codeCommit(ROOT), node: process.version}, 1);
	const onnx = createOnnxRuntime({threads: config.inferenceThreads, logger});
	undo.push(async () => onnx.close());
	const access = await openAccess({config, access: new AccessStore(store.db), models: new ModelStore(store.db), logger, metrics});
	const [models, monitors, edges] = [new ModelStore(store.db), new MonitorStore(store.db), new EdgeStore(store.db)];
	const jobs = new SqlJobQueue(store.db, {onChange: () => void watch.look()});
	const streamsDirectory = dataPathsOf(config).streams;
	mkdirSync(streamsDirectory, {recursive: true});
	const [catalogue, webhooks] = [new CatalogueStore(store.db), new WebhookStore(store.db)];
	const sender = new WebhookSender({store: webhooks, logger});
	const shared = {
		clock,
		logger,
		objects,
		metrics,
		feed,
		models,
		monitors,
		settings,
		jobs,
		registryOf,
		onnx,
		edges,
		catalogue,
		webhooks,
		sender,
		announce: async (event: WebhookEvent, data: object): Promise<void> => sender.emit(event, data),
		streamsDirectory,
	};
	const fleet = new ModelFleet({
		ids: new TimeOrderedIds(new SystemClock()),
		...shared,
		checkpointMs: config.checkpointSeconds * 1000,
		scheduleJitterMs: config.scheduleJitterSeconds * 1000,
		orphanMsMax: config.orphanDays * 86_400_000,
	});
	const channelsOf = async (tenant: string, model: string): Promise<ChannelMove[]> => registryOf(tenant).channels(model);
	const watch = new JobWatch({...shared, fleet, channelsOf});
	const eventTime = eventTimeOf({clock, settings, jobs, watch, fleet});
	await jobs.reclaim(owner => owner.startsWith(LOCAL_OWNER));
	undo.push(async () => fleet.stop());
	await fleet.start();
	await watch.start();
	undo.push(async () => watch.stop());
	const worker = startWorker(config, logger, () => void watch.look());
	undo.push(async () => worker?.stop());
	const {rollouts, grpc} = await serve(config, server, {
		...shared,
		quotas: await openQuotas(config, {settings, metrics, logger}, undo),
		...startInferenceLog(config, {fleet, metrics, logger}, undo),
		eventTime,
		fleet,
		access,
		idempotency: new SqlIdempotencyStore(store.db),
	});
	sender.start();
	undo.push(async () => sender.stop());
	rollouts.start();
	undo.push(async () => rollouts.stop());
	undo.push(async () => grpc?.close());
	undo.push(async () => closeServer(server));
	logger.info('the system is up', {release: RELEASE, clock: clock.kind, dataDirectory: config.dataDirectory});
	return grpc?.port;
}

/** One registry a tenant, made when it is first asked for. */
function registriesOf(
	objects: ObjectStore,
	{clock, logger, trust}: {readonly clock: Clock; readonly logger: Logger; readonly trust: RegistryTrust | undefined},
): (tenant: string) => Registry {
	const registries = new Map<string, Registry>();
	return tenant => {
		const registry = registries.get(tenant) ?? new Registry({store: objects, clock, logger, tenant, ...(trust && {trust})});
		registries.set(tenant, registry);
		return registry;
	};
}

interface TimedParts {
	readonly clock: Clock;
	readonly settings: SettingStore;
	readonly jobs: SqlJobQueue;
	readonly watch: JobWatch;
	readonly fleet: ModelFleet;
}

function eventTimeOf({clock, settings, jobs, watch, fleet}: TimedParts): EventTime {
	return new EventTime({
		clock,
		settings,
		jobs,
		nextJobChange: async () => watch.nextChange(),
		settle: async () => {
			await Promise.all((await fleet.all()).map(async runtime => runtime.settle()));
		},
		refresh: async () => {
			await Promise.all((await fleet.all()).map(async runtime => runtime.refresh()));
		},
	});
}

type ServedParts = Omit<
	SystemParts,
	'metrics' | 'exposeMetrics' | 'unready' | 'predictions' | 'keys' | 'errorCatalogueFile' | 'cacheDirectory' | 'rollouts'
> & {
	readonly metrics: PrometheusMetricSink;
	readonly access: Access;
	readonly idempotency: SqlIdempotencyStore;
	readonly onAnswered?: OnAnswered;
};

/** Counts of tenants, kept until the system closes. */
async function openQuotas(
	{quotas: limits = {}}: Config,
	parts: Omit<KeptQuotasParts, 'limits'>,
	undo: Foundations['undo'],
): Promise<TenantQuotas> {
	const kept = await KeptQuotas.open({...parts, limits});
	undo.push(async () => kept.stop());
	return kept.quotas;
}

/** Where it is asked for. */
function startInferenceLog(
	{inferenceLogUrl: url, inferenceLogShare: share}: Config,
	{fleet, metrics, logger}: Pick<ServedParts, 'fleet' | 'metrics' | 'logger'>,
	undo: Foundations['undo'],
): {readonly onAnswered?: OnAnswered} {
	if (url === undefined) {
		return {};
	}

	const log = new InferenceLog({url, share, metrics, logger, tenantOf: async model => (await fleet.get(model)).row.tenant});
	undo.push(async () => log.stop());
	return {
		onAnswered(exchange) {
			log.take(exchange);
		},
	};
}

/** Put the HTTP face in front of the parts. */
async function serve(
	config: Config,
	server: Server,
	parts: ServedParts,
): Promise<{readonly rollouts: Rollouts; readonly grpc: GrpcFace | undefined}> {
	const {fleet, metrics, logger, access, idempotency, onAnswered} = parts;
	const predictions = measuredPredictions(fleet, metrics, parts.quotas);
	const rollouts: Rollouts = new Rollouts({
		...parts,
		models: async () => (await parts.models.list()).filter(({state}) => state === 'active'),
		edges: async model => parts.edges.list(Date.now(), model),
		currentOf: async (model, channel) => parts.registryOf((await parts.models.get(model)).tenant).currentOf(model, channel),
		move: async (model, channel, order) => services.versions.moveChannel(model, channel, {...order, override: false, by: 'roll-out'}),
	});
	const services = createServices({
		...parts,
		rollouts,
		predictions,
		keys: access.desk,
		unready: async () => (await fleet.all()).flatMap(runtime => runtime.unready),
		exposeMetrics: async accept => {
			await collectMetrics(parts);
			const {contentType, body} = await metrics.expose(accept);
			return {mediaType: contentType, text: body};
		},
		errorCatalogueFile: path.join(ROOT, 'docs/errors.md'),
		cacheDirectory: dataPathsOf(config).cache,
	});
	const onRequest: AppOptions['onRequest'] = ({route, method, status, seconds}) => {
		metrics.count('perennial_http_requests_total', {route, method, status: String(status)});
		metrics.observe('perennial_http_request_seconds', {route}, seconds);
	};
	const shared = {logger, bodyBytesMax: config.bodyBytesMax, onRequest, ...(onAnswered && {onAnswered})};
	const app = createApp(services, {...shared, idempotency, version: RELEASE, ...(config.console && {console: await consoleHandler()})});
	server.on('request', access.guard(createAdmitted(createFront(app, {...shared, predictions}), shared)));
	const {host, grpcPort: port} = config;
	const face = {...shared, host, version: RELEASE, authorize: access.authorize};
	return {rollouts, grpc: port === undefined ? undefined : await startGrpcFace(services.inference, {...face, port})};
}

function startWorker(config: Config, logger: Logger, onChange: () => void): LocalWorker | undefined {
	if (config.localWorkers === 0) {
		return undefined;
	}

	const worker = new LocalWorker({config, logger, onChange});
	worker.start();
	return worker;
}

/** Take the port first: a second system should say so before it touches anything. */
async function listen({host, port}: Config): Promise<Server> {
	const server = createServer({keepAliveTimeout: 65_000, requestTimeout: 120_000});
	await new Promise<void>((resolve, reject) => {
		server.once('error', (error: NodeJS.ErrnoException) => {
			reject(
				error.code === 'EADDRINUSE'
					? new PerennialError(
							'PORT_TAKEN',
							`Port ${port} of ${host} is taken; stop what uses it, or choose another with PERENNIAL_PORT or PORT=.`,
							{cause: error},
						)
					: new PerennialError('CONFIG_INVALID', `Cannot listen on ${host}:${port}: ${error.message}.`, {cause: error}),
			);
		});
		server.listen(port, host, resolve);
	});
	return server;
}

async function closeServer(server: Server): Promise<void> {
	const closed = new Promise<void>(resolve => {
		server.close(() => {
			resolve();
		});
	});
	server.closeIdleConnections();
	const late = setTimeout(() => {
		server.closeAllConnections();
	}, CLOSE_MS_MAX);
	await closed;
	clearTimeout(late);
}
