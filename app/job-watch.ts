/**
 * Watches the job queue, whoever changes it: tells the live feed, keeps metrics and marks, and lets models see what a job has published.
 *
 * @module
 */
import {formatTime, type ChannelMove, type Job, type JobQueue, type Logger, type MetricSink} from '../core/domain/index.ts';
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
	/** Longest time until a change made by another process is seen. */
	readonly pollMs?: number;
}

/** Jobs looked at in one go. */
const LOOK_MAX = 200;
/** Ended jobs remembered, so that each is dealt with once. */
const ENDED_MAX = 5000;

/** Result of a job that made a version. */
interface VersionResult {
	readonly outcome?: 'promoted' | 'refused' | 'skipped';
	readonly version?: number;
	readonly reason?: string;
	/** Kind of TensorFlow.js backend that it ran on. */
	readonly backend?: string;
}

/** Polls, or looks at once when told. */
export class JobWatch {
	readonly #options: JobWatchOptions;
	readonly #seen = new Map<string, string>();
	readonly #ended = new Set<string>();
	/** Of the newest training. */
	#backend: string | undefined;
	#waiters: (() => void)[] = [];
	#timer: NodeJS.Timeout | undefined;
	#looking: Promise<void> | undefined;
	#again = false;

	constructor(options: JobWatchOptions) {
		this.#options = options;
	}

	/** Begin: jobs that ended while the system was down are dealt with first. */
	async start(): Promise<void> {
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
			if (this.#ended.has(job.id) || this.#seen.get(job.id) === mark) {
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
		this.#seen.delete(job.id);
		this.#ended.add(job.id);
		if (this.#ended.size > ENDED_MAX) {
			this.#ended.delete(this.#ended.values().next().value!);
		}

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
	}

	/** Let the model see what its job has made. */
	async #show(job: Job): Promise<void> {
		const {fleet, feed, metrics, logger, channelsOf} = this.#options;
		const {outcome, version, reason, backend} = (job.result ?? {}) as VersionResult;
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

		if (backend !== undefined && backend !== this.#backend) {
			if (this.#backend !== undefined) {
				metrics.gauge('perennial_training_backend_info', {backend: this.#backend}, 0);
			}

			metrics.gauge('perennial_training_backend_info', {backend}, 1);
			this.#backend = backend;
		}

		if (version !== undefined) {
			feed.publish('version', {model: job.model, version});
			for (const move of await channelsOf(runtime.row.tenant, job.model)) {
				if (move.version === version) {
					feed.publish('channel', move);
				}
			}
		}

		feed.publish('model', await fleet.summary(runtime.row));
	}
}
