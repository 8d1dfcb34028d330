/**
 * The job queue on SQL: a lease table. Every change of a job's state is one statement under its fence, so that no two workers hold one attempt.
 *
 * @module
 */
import {randomUUID} from 'node:crypto';
import {sql, type Kysely, type Selectable} from 'kysely';
import {
	PerennialError,
	type Job,
	type JobKind,
	type JobLine,
	type JobQueue,
	type JobRequest,
	type JobResources,
	type LeasedJob,
} from '../core/domain/index.ts';
import {backoffMs, type Rng} from '../core/numerics/index.ts';
import {hasRunOut, mayRun} from './job-conditions.ts';
import {keepJobLine} from './job-log.ts';
import {addResources, fromJobRow} from './job-row.ts';
import type {WallClock} from './sqlite.ts';
import type {JobsTable, Tables} from './tables.ts';

/** Options of {@link SqlJobQueue}. */
export interface SqlJobQueueOptions {
	/** Attempts after which a job has failed for good. */
	readonly attemptsMax?: number;
	/** Wall time; leases run on it. */
	readonly clock?: WallClock;
	/** Jobs of a kind that may run at once, over all workers; default: any number. */
	readonly runningMax?: Readonly<Partial<Record<JobKind, number>>>;
	/** First pause after a failed attempt, in milliseconds; it doubles from attempt to attempt. */
	readonly pauseMs?: number;
	/** Of the pauses; a number in [0, 1). */
	readonly rng?: Rng;
	/** Called after a job of this process has changed; for live views. */
	readonly onChange?: (job: Job) => void;
}

/** Jobs listed at once, at most. */
const LIST_MAX = 1000;
/** Longest pause after a failed attempt. */
const PAUSE_MS_MAX = 600_000;

/** A {@link JobQueue} over the store. */
export class SqlJobQueue implements JobQueue {
	readonly #db: Kysely<Tables>;
	readonly #attemptsMax: number;
	readonly #clock: WallClock;
	readonly #runningMax: Readonly<Partial<Record<JobKind, number>>>;
	readonly #pauseMs: number;
	readonly #rng: Rng;
	readonly #onChange: (job: Job) => void;

	constructor(db: Kysely<Tables>, options: SqlJobQueueOptions = {}) {
		const {attemptsMax = 3, clock = {now: () => Date.now()}, runningMax = {}, pauseMs = 1000, rng = Math.random} = options;
		this.#db = db;
		this.#attemptsMax = attemptsMax;
		this.#clock = clock;
		this.#runningMax = runningMax;
		this.#pauseMs = pauseMs;
		this.#rng = rng;
		this.#onChange = options.onChange ?? (() => undefined);
	}

	async enqueue(request: JobRequest): Promise<Job> {
		const id = randomUUID();
		await this.#db
			.insertInto('jobs')
			.values({
				id,
				kind: request.kind,
				model: request.model,
				trigger: request.trigger,
				reason: request.reason,
				as_of: request.asOf,
				payload: JSON.stringify(request.payload),
				dedupe_key: request.key ?? null,
				state: 'queued',
				attempt: 0,
				attempts_max: this.#attemptsMax,
				owner: null,
				lease_until: null,
				created_at: this.#clock.now(),
				started_at: null,
				ended_at: null,
				progress: 0,
				message: 'waiting for a worker',
				result: null,
				error: null,
				priority: request.priority ?? 0,
				not_before: 0,
				resources: null,
			})
			.onConflict(conflict => conflict.column('dedupe_key').doNothing())
			.execute();
		const row = await (
			request.key === undefined
				? this.#db.selectFrom('jobs').selectAll().where('id', '=', id)
				: this.#db.selectFrom('jobs').selectAll().where('dedupe_key', '=', request.key)
		).executeTakeFirstOrThrow();
		return this.#changed(row);
	}

	async lease(owner: string, leaseMs: number): Promise<LeasedJob | undefined> {
		const now = this.#clock.now();
		await this.#buryExhausted(now);
		const row = await this.#db
			.updateTable('jobs')
			.set(eb => ({
				state: 'running',
				owner,
				lease_until: now + leaseMs,
				attempt: eb('attempt', '+', 1),
				started_at: now,
				progress: 0,
				message: 'started',
			}))
			.where('id', '=', eb =>
				eb
					.selectFrom('jobs')
					.select('id')
					.where(where => mayRun(where, now, this.#runningMax))
					.orderBy('priority', 'desc')
					.orderBy('created_at')
					.orderBy('id')
					.limit(1),
			)
			.returningAll()
			.executeTakeFirst();
		return row ? {...(await this.#said(row)), owner} : undefined;
	}

	async heartbeat(job: LeasedJob, leaseMs: number, progress: number, message: string): Promise<void> {
		await this.#underFence(job, {lease_until: this.#clock.now() + leaseMs, progress, message});
	}

	async complete(job: LeasedJob, result: Readonly<Record<string, unknown>>, resources?: JobResources): Promise<void> {
		await this.#underFence(job, {
			...used(job, resources),
			state: 'succeeded',
			owner: null,
			lease_until: null,
			ended_at: this.#clock.now(),
			progress: 1,
			message: 'done',
			result: JSON.stringify(result),
			error: null,
		});
	}

	async fail(
		job: LeasedJob,
		error: {readonly code: string; readonly message: string},
		retry: boolean,
		resources?: JobResources,
	): Promise<void> {
		const again = retry && job.attempt < job.attemptsMax;
		// Attempts that a process took with it raised both numbers: they were no failures.
		const failures = Math.max(1, job.attempt - (job.attemptsMax - this.#attemptsMax));
		const pause = backoffMs(failures, this.#rng, {baseMs: this.#pauseMs, capMs: PAUSE_MS_MAX});
		await this.#underFence(job, {
			...used(job, resources),
			not_before: again ? Math.ceil(this.#clock.now() + pause) : 0,
			state: again ? 'queued' : 'failed',
			owner: null,
			lease_until: null,
			ended_at: again ? null : this.#clock.now(),
			error: JSON.stringify(error),
			message: again ? `attempt ${job.attempt} failed, will be tried again: ${error.message}` : error.message,
		});
	}

	async release(job: LeasedJob, reason: string, resources?: JobResources): Promise<void> {
		await this.#underFence(job, {
			...used(job, resources),
			attempts_max: job.attemptsMax + 1,
			not_before: 0,
			state: 'queued',
			owner: null,
			lease_until: null,
			message: reason,
		});
	}

	async reclaim(isGone: (owner: string) => boolean): Promise<number> {
		const running = await this.#db.selectFrom('jobs').selectAll().where('state', '=', 'running').execute();
		let count = 0;
		for (const job of running.filter(({owner}) => owner !== null && isGone(owner))) {
			// The attempt ended with the process around it, through no fault of the job: it does not count.
			const row = await this.#db
				.updateTable('jobs')
				.set(eb => ({lease_until: 0, message: 'its worker is gone', attempts_max: eb('attempts_max', '+', 1)}))
				.where('id', '=', job.id)
				.where('attempt', '=', job.attempt)
				.where('state', '=', 'running')
				.returningAll()
				.executeTakeFirst();
			count += row ? 1 : 0;
		}

		return count;
	}

	async cancel(id: string): Promise<Job> {
		const row = await this.#db
			.updateTable('jobs')
			.set({state: 'cancelled', owner: null, lease_until: null, ended_at: this.#clock.now(), message: 'cancelled'})
			.where('id', '=', id)
			.where('state', 'in', ['queued', 'running'])
			.returningAll()
			.executeTakeFirst();
		return row ? this.#said(row) : this.#known(id);
	}

	async retry(id: string): Promise<Job> {
		const row = await this.#db
			.updateTable('jobs')
			.set(eb => ({
				state: 'queued',
				ended_at: null,
				error: null,
				not_before: 0,
				attempts_max: eb('attempt', '+', this.#attemptsMax),
				message: 'waiting for a worker, once more',
			}))
			.where('id', '=', id)
			.where('state', 'in', ['failed', 'cancelled'])
			.returningAll()
			.executeTakeFirst();
		return row ? this.#said(row) : this.#known(id);
	}

	async lines(id: string, after = 0): Promise<JobLine[]> {
		return this.#db
			.selectFrom('job_lines')
			.select(['id', 'attempt', 'at', 'text'])
			.where('job', '=', id)
			.where('id', '>', after)
			.orderBy('id')
			.execute();
	}

	async get(id: string): Promise<Job | undefined> {
		const row = await this.#db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
		return row && fromJobRow(row);
	}

	async list({model, kinds, states, limit = 100, before}: Parameters<JobQueue['list']>[0] = {}): Promise<Job[]> {
		let query = this.#db
			.selectFrom('jobs')
			.selectAll()
			.orderBy(sql`rowid`, 'desc')
			.limit(Math.min(limit, LIST_MAX));
		if (model !== undefined) {
			query = query.where('model', '=', model);
		}

		if (kinds !== undefined) {
			query = query.where('kind', 'in', kinds);
		}

		if (states !== undefined) {
			query = query.where('state', 'in', states);
		}

		if (before !== undefined) {
			query = query.where(sql<number>`rowid`, '<', eb =>
				eb
					.selectFrom('jobs')
					.select(sql<number>`rowid`.as('rowid'))
					.where('id', '=', before),
			);
		}

		return (await query.execute()).map(row => fromJobRow(row));
	}

	/** A job whose last attempt lost its worker will not run again: it has failed. */
	async #buryExhausted(now: number): Promise<void> {
		const rows = await this.#db
			.updateTable('jobs')
			.set({
				state: 'failed',
				owner: null,
				lease_until: null,
				ended_at: now,
				message: 'its worker was lost in every attempt',
				error: JSON.stringify({code: 'JOB_LEASE_LOST', message: 'Its worker was lost in every attempt.'}),
			})
			.where(where => hasRunOut(where, now))
			.whereRef('attempt', '>=', 'attempts_max')
			.returningAll()
			.execute();
		for (const row of rows) {
			await this.#said(row);
		}
	}

	async #known(id: string): Promise<Job> {
		const job = await this.get(id);
		if (!job) {
			throw new PerennialError('JOB_NOT_FOUND', `There is no job ${JSON.stringify(id)}; GET /v1/jobs lists those that exist.`);
		}

		return job;
	}

	async #underFence(job: LeasedJob, change: Partial<Selectable<JobsTable>>): Promise<void> {
		const row = await this.#db
			.updateTable('jobs')
			.set(change)
			.where('id', '=', job.id)
			.where('attempt', '=', job.attempt)
			.where('owner', '=', job.owner)
			.where('state', '=', 'running')
			.returningAll()
			.executeTakeFirst();
		if (!row) {
			throw new PerennialError(
				'JOB_LEASE_LOST',
				`Attempt ${job.attempt} of job ${job.id} no longer holds the job; its result is not taken.`,
			);
		}

		await (row.message === job.message && row.state === 'running' ? this.#changed(row) : this.#said(row));
	}

	/** Keep what a job says as a line of its log. */
	async #said(row: Selectable<JobsTable>): Promise<Job> {
		await keepJobLine(this.#db, {job: row.id, attempt: row.attempt, at: this.#clock.now(), text: row.message});
		return this.#changed(row);
	}

	#changed(row: Selectable<JobsTable>): Job {
		const job = fromJobRow(row);
		this.#onChange(job);
		return job;
	}
}

function used(job: LeasedJob, resources: JobResources | undefined): {readonly resources?: string} {
	return resources ? {resources: JSON.stringify(addResources(job.resources, resources))} : {};
}
