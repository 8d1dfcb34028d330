/**
 * One model, running: its log, its thread, its loaded versions, its predictor and its schedule, joined.
 *
 * @module
 */
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {
	blobOf,
	featureSchemaOf,
	formatTime,
	outputCountOf,
	PerennialError,
	type Alarm,
	type ChannelMove,
	type FeatureSchema,
	type Job,
	type JobRequest,
	type LogCounts,
	type QualitySeries,
} from '../core/domain/index.ts';
import {DecisionBook} from '../governance/index.ts';
import {fromReferenceJson, publishDrift, publishRollingAuc} from '../monitoring/index.ts';
import {
	AnswerCache,
	Decider,
	OnlineScorer,
	Predictor,
	recallPromise,
	TierRouter,
	type Deployment,
	type DeploymentSet,
	type KeptAnswer,
} from '../serving/index.ts';
import type {ModelRow, MonitorStore} from '../store/index.ts';
import {decisionIdOf, EventLogWriter, Intake, SqliteEventLogReader, type LogCommit} from '../streams/index.ts';
import {answerLogOf} from './answer-log.ts';
import {ChallengerWatch} from './challenger-watch.ts';
import {deploymentsOf} from './deployments-of.ts';
import {learnerOf} from './learner-of.ts';
import {ModelThread, type ModelThreadSink} from './model-thread.ts';
import {RetrainTriggers} from './retrain-triggers.ts';
import type {RuntimeServices} from './runtime-services.ts';
import {Schedule} from './schedule.ts';
import {ShownWindows} from './shown-windows.ts';

/** Trainings looked at when an alarm asks for another. */
const HISTORY_MAX = 200;

/** Records of the log, the newest, that a promise is told of at a start; older watched answers are forgotten. */
const RECALLED_MAX = 20_000;

/** File of a model's log. */
export function logFileOf(directory: string, {tenant, name}: {readonly tenant: string; readonly name: string}): string {
	return path.join(directory, `${tenant}.${name}.log.db`);
}

/** What the store remembers of a model. */
interface Remembered {
	/** By version. */
	readonly schemas: ReadonlyMap<number, FeatureSchema>;
	/** Ids of alarms that people have seen. */
	readonly acknowledged: readonly string[];
}

/** A running model. */
export class ModelRuntime {
	readonly row: ModelRow;
	readonly schema: FeatureSchema;
	readonly intake: Intake;
	readonly predictor: Predictor;
	readonly decider: Decider;
	readonly deployments: DeploymentSet;
	readonly decisions: DecisionBook;
	readonly schedule: Schedule;
	readonly triggers: RetrainTriggers;
	readonly challenger: ChallengerWatch;
	readonly #services: RuntimeServices;
	readonly #writer: EventLogWriter;
	readonly #reader: SqliteEventLogReader;
	readonly #thread: ModelThread;
	readonly #router = new TierRouter();
	#followed = 0;
	readonly #shown: ShownWindows;

	private constructor(row: ModelRow, {schemas, acknowledged}: Remembered, services: RuntimeServices) {
		const {spec} = row;
		const {clock, logger, streamsDirectory} = services;
		this.row = row;
		this.#services = services;
		this.#shown = new ShownWindows(services.metrics, row.name);
		this.schema = schemas.get(row.schemaVersion)!;
		mkdirSync(streamsDirectory, {recursive: true});
		const logFile = logFileOf(streamsDirectory, row);
		this.#writer = new EventLogWriter(logFile, {
			clock,
			orphanMsMax: services.orphanMsMax,
			onCommit: commit => {
				this.#committed(commit);
			},
		});
		this.#reader = new SqliteEventLogReader(logFile);
		const definition = learnerOf(row);
		const online = new OnlineScorer(definition, {schema: this.schema, outputCount: outputCountOf(spec)});
		this.#thread = new ModelThread({
			spec,
			schema: this.schema,
			schemas,
			learner: definition.name,
			logFile,
			checkpointFile: logFile.replace('.log.db', '.checkpoints.db'),
			checkpointMs: services.checkpointMs,
			parameters: online.memory,
			acknowledged,
			logger,
			sink: this.#sink,
			onDead: error => {
				logger.error('a learner has stopped for good; restart the process', {model: spec.name, error});
			},
		});
		const cache =
			spec.tiers?.cache && new AnswerCache<KeptAnswer>({...spec.tiers.cache, model: spec.name, clock, metrics: services.metrics});
		this.deployments = deploymentsOf(row, {...services, onChange: () => cache?.clear()});
		this.intake = new Intake({spec, schema: this.schema, writer: this.#writer, reader: this.#reader, clock});
		const log = answerLogOf(this.#writer, this.#reader);
		this.decider = new Decider({spec, schema: this.schema, log, deployments: this.deployments, online});
		this.challenger = new ChallengerWatch({
			...services,
			spec,
			schema: this.schema,
			deployments: this.deployments,
			registry: services.registryOf(row.tenant),
			log: this.#reader,
			dictionary: this.#writer.dictionary,
			onPromoted: async move => this.#promoted(move),
		});
		this.predictor = new Predictor({
			...(cache && {cache}),
			...(spec.challenger && {canary: {channel: spec.challenger.channel, share: () => this.challenger.share}}),
			spec,
			schema: this.schema,
			online,
			deployments: this.deployments,
			router: this.#router,
			metrics: services.metrics,
			logger,
			clock,
			ids: services.ids,
			log,
			decisionIdOf: offset => decisionIdOf(spec.name, offset),
		});
		this.decisions = new DecisionBook({
			spec,
			reader: this.#reader,
			writer: this.#writer,
			dictionary: this.#writer.dictionary,
			schemas,
			decisionIdOf: offset => decisionIdOf(spec.name, offset),
		});
		this.triggers = new RetrainTriggers({
			spec,
			clock,
			jobs: services.jobs,
			enqueue: async request => this.#enqueue(request),
			endOffset: () => this.#writer.endOffset,
			newLabels: async () => this.#newLabels(),
			reported: () => this.deployments.champion?.manifest.metrics,
		});
		this.schedule = new Schedule({
			spec,
			clock,
			logger,
			jitterMs: services.scheduleJitterMs,
			enqueue: async request => this.#enqueue(request),
			endOffset: () => this.#writer.endOffset,
			newLabels: async () => this.#newLabels(),
			lastTick: {
				get: async () => services.settings.get(`schedule:${spec.name}`),
				put: async time => services.settings.put(`schedule:${spec.name}`, time),
			},
			onSkip: async (time, reason) => this.mark({at: formatTime(time), kind: 'skipped', reason}),
		});
	}

	/** Bring a model up: its log is read on, its versions are loaded, its schedule runs. */
	static async start(row: ModelRow, services: RuntimeServices): Promise<ModelRuntime> {
		const schemas = new Map(
			(await services.models.schemas(row.name)).map(({spec, schemaVersion}) => [schemaVersion, featureSchemaOf(spec, schemaVersion)]),
		);
		const acknowledged = (await services.monitors.alarms(row.name)).filter(({state}) => state === 'acknowledged').map(({id}) => id);
		const runtime = new ModelRuntime(row, {schemas, acknowledged}, services);
		await runtime.refresh();
		await runtime.#thread.settle(services.clock.now());
		await runtime.schedule.start();
		runtime.challenger.start();
		return runtime;
	}

	/** What the log holds. */
	get counts(): LogCounts {
		return this.#reader.counts();
	}

	/** Offset of the newest record. */
	get endOffset(): number {
		return this.#writer.endOffset;
	}

	/** Time of the newest event; undefined before the first. */
	get newestEventAt(): number | undefined {
		for (const record of this.#reader.read(Math.max(0, this.#writer.endOffset - 50), 50).toReversed()) {
			if (record.kind === 'event') {
				return record.time;
			}
		}

		return undefined;
	}

	/** Records of the log that the learner has not said to have read. */
	get lag(): number {
		return Math.max(0, this.#writer.endOffset - this.#thread.offset);
	}

	/** What is not ready, in words. */
	get unready(): string[] {
		return this.#thread.isAlive ? [] : [`the learner of ${this.row.name} has stopped`];
	}

	/** Everything in the log now has been learnt from and judged when this resolves. */
	async settle(): Promise<void> {
		await this.#thread.settle(this.#services.clock.now());
		await this.challenger.settle();
	}

	/** Look where the channels point; load and follow what is new. */
	async refresh(): Promise<void> {
		await this.deployments.refresh();
		const {champion} = this.deployments;
		if (champion && champion.version !== this.#followed) {
			await this.#follow(champion);
		}

		await this.challenger.refresh();
	}

	/** Keep a mark of what was decided, and tell everybody, once. */
	async mark(mark: Parameters<MonitorStore['addMark']>[1]): Promise<void> {
		if (await this.#services.monitors.addMark(this.row.name, mark)) {
			this.#services.feed.publish('mark', {model: this.row.name, mark});
		}
	}

	/** A person has seen an alarm. */
	async acknowledge(id: string): Promise<Alarm> {
		const {monitors, clock} = this.#services;
		this.#thread.acknowledge(id);
		await this.#thread.settle(clock.now());
		const alarm = await monitors.alarm(this.row.name, id);
		if (!alarm) {
			throw new PerennialError(
				'OBJECT_NOT_FOUND',
				`${this.row.name} has no alarm ${JSON.stringify(id)}; GET /v1/models/${this.row.name}/monitor/alarms lists them.`,
			);
		}

		return alarm;
	}

	/** Read what is there, take a checkpoint, free everything. */
	async stop(): Promise<void> {
		this.schedule.stop();
		this.challenger.stop();
		await this.#thread.stop();
		this.#writer.close();
		this.#reader.close();
		await this.deployments.close();
	}

	async #follow({version, manifest, promise}: Deployment): Promise<void> {
		const registry = this.#services.registryOf(this.row.tenant);
		const bytes = await registry.getBlob(blobOf(manifest, 'reference').digest);
		this.#thread.follow(version, fromReferenceJson(Buffer.from(bytes).toString()));
		this.#followed = version;
		const {tiers} = this.row.spec;
		if (promise && tiers) {
			const newest = this.#reader.read(Math.max(0, this.#writer.endOffset - RECALLED_MAX), RECALLED_MAX);
			recallPromise(promise, newest, {version, watched: tiers.watched});
		}
	}

	/** @param moves - Of one promotion, the champion's first. */
	async #promoted(moves: readonly ChannelMove[]): Promise<void> {
		const {feed, metrics, announce} = this.#services;
		for (const move of moves) {
			metrics.count('perennial_channel_moves_total', {model: move.model, channel: move.channel});
			feed.publish('channel', move);
			await announce('model_version_alias.created', {name: move.model, alias: move.channel, version: String(move.version)});
		}

		await this.refresh();
		const {at, version, reason} = moves[0]!;
		await this.mark({at, kind: 'promoted', version, reason});
	}

	#committed({records, seconds, orphansExpired}: LogCommit): void {
		const {metrics} = this.#services;
		metrics.observe('perennial_log_append_seconds', {model: this.row.name}, seconds);
		metrics.count('perennial_log_records_total', {model: this.row.name}, records);
		metrics.count('perennial_labels_expired_total', {model: this.row.name}, orphansExpired);
		this.#thread.ring();
	}

	readonly #sink: ModelThreadSink = async message => {
		const {monitors, feed, metrics} = this.#services;
		const model = this.row.name;
		switch (message.type) {
			case 'quality': {
				await monitors.putQuality(model, message.windows);
				for (const window of message.windows) {
					feed.publish('quality', {model, window});
				}

				this.#shown.quality(message.windows);
				await this.triggers.look(message.windows);
				break;
			}

			case 'drift': {
				await monitors.putDrift(model, [message.window]);
				feed.publish('drift', {model, window: message.window});
				publishDrift(metrics, model, message.window);
				break;
			}

			case 'segments': {
				await monitors.putSegments(model, message.windows);
				this.#shown.segments(message.windows);
				break;
			}

			case 'alarm': {
				await this.#takeAlarm(message.alarm);
				break;
			}

			case 'failure': {
				metrics.count('perennial_monitor_failures_total', {model, monitor: message.monitor}, message.count);
				break;
			}

			case 'standing': {
				this.#router.update(message.standing);
				for (const [series, auc] of Object.entries(message.rollingAuc)) {
					publishRollingAuc(metrics, model, series as QualitySeries, auc);
				}

				break;
			}

			case 'progress': {
				metrics.gauge('perennial_learner_labels', {model}, message.learnt);
				metrics.gauge('perennial_learner_checkpoint_bytes', {model}, message.checkpointBytes);
				break;
			}
		}
	};

	async #takeAlarm(alarm: Alarm): Promise<void> {
		const {monitors, feed, metrics} = this.#services;
		const isNew = (await monitors.alarm(alarm.model, alarm.id)) === undefined;
		await monitors.putAlarm(alarm);
		feed.publish('alarm', alarm);
		if (isNew) {
			metrics.count('perennial_alarms_raised_total', {model: alarm.model, subject: alarm.subject});
		}

		if (isNew && alarm.state === 'open') {
			await this.triggers.ask({on: 'drift', alarm}, alarm.id);
		}
	}

	async #enqueue(request: JobRequest): Promise<Job> {
		const {jobs, metrics} = this.#services;
		metrics.count('perennial_retrains_requested_total', {model: request.model, trigger: request.trigger});
		return jobs.enqueue(request);
	}

	/** Labels that came since the newest training was asked for. */
	async #newLabels(): Promise<number> {
		const {jobs} = this.#services;
		const newest = (await jobs.list({model: this.row.name, limit: HISTORY_MAX})).find(({kind}) => kind === 'train');
		const before = newest?.payload['throughOffset'];
		return typeof before === 'number' ? this.#reader.labelsAfter(before) : this.counts.labels;
	}
}
