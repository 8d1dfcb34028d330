/**
 * Watches the job queue, whoever changes it: tells the live feed, keeps metrics and marks, and lets models see what a job has published.
 *
 * @module
 */
import {
	formatTime,
	type ChannelMove,
	type Job,
	type JobQueue,
	type Logger,
	type MetricSink,
	type WebhookEvent,
} from '../core/domain/index.ts';
import type {SettingStore} from '../store/index.ts';
import type {LiveFeed} from './live-feed.ts';
import type {ModelFleet} from './model-fleet.ts';

/** What a watch needs. */
export interface JobWatchOptions {
	readonly jobs: JobQueue;
	readonly feed: LiveFeed;
	readonly metrics: MetricSink;
	readonly logger: Logger;
	readonly fleet: ModelFleet;
	/** Where the channels of a tenant's model point. */
	readonly channelsOf: (tenant: string, model: string) => Promise<readonly ChannelMove[]>;
	/** Tells webhooks. */
	readonly announce: (event: WebhookEvent, data: object) => Promise<void>;
	/** Keeps which jobs were dealt with, over restarts. */
	readonly settings: Pick<SettingStore, 'get' | 'put'>;
	/** Longest time until a change made by another process is seen. */
	readonly pollMs?: number;
}

/** Jobs looked at in one go. */
const LOOK_MAX = 200;
/** Ended jobs remembered, so that each is dealt with once; more than are ever looked at in one go. The oldest are forgotten first. */
const ENDED_MAX = 2 * LOOK_MAX;
/** Setting under which they are remembered over restarts. */
const ENDED_KEY = 'jobs dealt with';

/** Result of a job that made a version. */
interface VersionResult {
	readonly outcome?: 'promoted' | 'trial' | 'refused' | 'skipped';
	readonly version?: number;
	readonly reason?: string;
	/** Kind of TensorFlow.js backend that it ran on. */
	readonly backend?: string;
}

/** Polls, or looks at once when told. */
export class JobWatch {
	readonly #options: JobWatchOptions;
	readonly #seen = new Map<string, string>();
	/** Not to be looked at again. */
	readonly #ended = new Set<string>();
	/** Of these, what could be done was done; the others are tried again at the next start. */
	readonly #dealtWith = new Set<string>();
	/** Of the newest training. */
	#backend: string | undefined;
	#backendAt = -Infinity;
	#waiters: (() => void)[] = [];
	#timer: NodeJS.Timeout | undefined;
	#looking: Promise<void> | undefined;
	#again = false;

	constructor(options: JobWatchOptions) {
		this.#options = options;
	}

	/** Begin: jobs that ended while the system was down are dealt with first. One is dealt with twice only if we died right after. */
	async start(): Promise<void> {
		for (const id of (await this.#options.settings.get<string[]>(ENDED_KEY)) ?? []) {
			this.#ended.add(id);
			this.#dealtWith.add(id);
		}

		await this.#look();
		const {pollMs = 250} = this.#options;
		this.#timer = setInterval(() => {
			void this.look();
		}, pollMs);
		this.#timer.unref();
	}

	/** Something has changed: look now. */
	async look(): Promise<void> {
		if (this.#looking) {
			this.#again = true;
			await this.#looking;
			return;
		}

		this.#looking = this.#lookUntilQuiet();
		await this.#looking;
	}

	/** Resolves when a change has been seen and dealt with. */
	async nextChange(): Promise<void> {
		await new Promise<void>(resolve => {
			this.#waiters.push(resolve);
		});
	}

	/** No more looks. */
	async stop(): Promise<void> {
		clearInterval(this.#timer);
		await this.#looking;
	}

	async #lookUntilQuiet(): Promise<void> {
		try {
			do {
				this.#again = false;
				await this.#look();
			} while (this.#again);
		} catch (error) {
			this.#options.logger.error('the job queue cannot be read; trying again', {error});
		} finally {
			this.#looking = undefined;
		}
	}

	async #look(): Promise<void> {
		let changed = false;
		for (const job of (await this.#options.jobs.list({limit: LOOK_MAX})).toReversed()) {
			const mark = `${job.state} ${job.attempt} ${job.progress} ${job.message}`;
			if (this.#ended.has(job.id)) {
				this.#noteBackend(job);
				continue;
			}

			if (this.#seen.get(job.id) === mark) {
				continue;
			}

			changed = true;
			this.#seen.set(job.id, mark);
			this.#options.feed.publish('job', job);
			if (job.endedAt !== undefined) {
				await this.#end(job);
			}
		}

		if (changed) {
			for (const wake of this.#waiters.splice(0)) {
				wake();
			}
		}
	}

	async #end(job: Job): Promise<void> {
		const {metrics, logger} = this.#options;
		this.#noteBackend(job);
		this.#seen.delete(job.id);
		remember(this.#ended, job.id);
		metrics.count('perennial_jobs_total', {kind: job.kind, state: job.state});
		metrics.observe('perennial_job_seconds', {kind: job.kind}, (job.endedAt! - (job.startedAt ?? job.createdAt)) / 1000);
		logger.info('a job has ended', {
			job: job.id,
			kind: job.kind,
			model: job.model,
			state: job.state,
			result: job.result,
			error: job.error,
		});
		await this.#show(job);
		remember(this.#dealtWith, job.id);
		await this.#options.settings.put(ENDED_KEY, [...this.#dealtWith]);
	}

	/** Which backend the newest training ran on, for the metric that says so. */
	#noteBackend({endedAt, result}: Job): void {
		const {backend} = (result ?? {}) as VersionResult;
		if (backend === undefined || endedAt! < this.#backendAt) {
			return;
		}

		this.#backendAt = endedAt!;
		if (backend === this.#backend) {
			return;
		}

		const {metrics} = this.#options;
		if (this.#backend !== undefined) {
			metrics.gauge('perennial_training_backend_info', {backend: this.#backend}, 0);
		}

		metrics.gauge('perennial_training_backend_info', {backend}, 1);
		this.#backend = backend;
	}

	/** Let the model see what its job has made. */
	async #show(job: Job): Promise<void> {
		const {fleet, feed, metrics, logger, channelsOf, announce} = this.#options;
		const {outcome, version, reason} = (job.result ?? {}) as VersionResult;
		const runtime = await fleet.get(job.model).catch((error: unknown) => {
			logger.debug('a job of a model that runs no more has ended', {job: job.id, error});
			return undefined;
		});
		if (!runtime) {
			return;
		}

		await runtime.refresh();
		if (outcome !== undefined) {
			await runtime.mark({
				at: formatTime(job.asOf),
				kind: outcome,
				reason: reason ?? job.message,
				...(version !== undefined && {version}),
			});
			metrics.count('perennial_versions_total', {model: job.model, outcome});
		} else if (job.state === 'failed' && job.kind !== 'backtest') {
			await runtime.mark({at: formatTime(job.asOf), kind: 'refused', reason: job.error?.message ?? 'the job failed'});
		}

		if (version !== undefined) {
			feed.publish('version', {model: job.model, version});
			const of = {name: job.model, version: String(version)};
			await announce('model_version.created', {
				...of,
				source: `/v1/models/${job.model}/artifacts/${version}`,
				run_id: job.id,
				tags: {},
				description: reason ?? '',
			});
			for (const move of await channelsOf(runtime.row.tenant, job.model)) {
				if (move.version === version) {
					feed.publish('channel', move);
					await announce('model_version_alias.created', {...of, alias: move.channel});
				}
			}
		}

		feed.publish('model', await fleet.summary(runtime.row));
	}
}

function remember(jobs: Set<string>, id: string): void {
	jobs.add(id);
	if (jobs.size > ENDED_MAX) {
		jobs.delete(jobs.values().next().value!);
	}
}
