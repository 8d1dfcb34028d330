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
	type JobQueue,
	type JobRequest,
	type JobState,
	type JobTrigger,
	type LeasedJob,
} from '../core/domain/index.ts';
import type {WallClock} from './sqlite.ts';
import type {JobsTable, Tables} from './tables.ts';

/** Options of {@link SqlJobQueue}. */
export interface SqlJobQueueOptions {
	/** Attempts after which a job has failed for good. */
	readonly attemptsMax?: number;
	/** Wall time; leases run on it. */
	readonly clock?: WallClock;
	/** Called after a job of this process has changed; for live views. */
	readonly onChange?: (job: Job) => void;
}

/** Jobs listed at once, at most. */
const LIST_MAX = 1000;

/** A {@link JobQueue} over the store. */
export class SqlJobQueue implements JobQueue {
	readonly #db: Kysely<Tables>;
	readonly #attemptsMax: number;
	readonly #clock: WallClock;
	readonly #onChange: (job: Job) => void;

	constructor(
		db: Kysely<Tables>,
		{attemptsMax = 3, clock = {now: () => Date.now()}, onChange = () => undefined}: SqlJobQueueOptions = {},
	) {
		this.#db = db;
		this.#attemptsMax = attemptsMax;
		this.#clock = clock;
		this.#onChange = onChange;
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
					.where(where =>
						where.or([
							where('state', '=', 'queued'),
							where.and([where('state', '=', 'running'), where('lease_until', '<', now)]),
						]),
					)
					.orderBy('created_at')
					.orderBy('id')
					.limit(1),
			)
			.returningAll()
			.executeTakeFirst();
		return row ? {...this.#changed(row), owner} : undefined;
	}

	async heartbeat(job: LeasedJob, leaseMs: number, progress: number, message: string): Promise<void> {
		await this.#underFence(job, {lease_until: this.#clock.now() + leaseMs, progress, message});
	}

	async complete(job: LeasedJob, result: Readonly<Record<string, unknown>>): Promise<void> {
		await this.#underFence(job, {
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

	async fail(job: LeasedJob, error: {readonly code: string; readonly message: string}, retry: boolean): Promise<void> {
		const again = retry && job.attempt < job.attemptsMax;
		await this.#underFence(job, {
			state: again ? 'queued' : 'failed',
			owner: null,
			lease_until: null,
			ended_at: again ? null : this.#clock.now(),
			error: JSON.stringify(error),
			message: again ? `attempt ${job.attempt} failed, will be tried again: ${error.message}` : error.message,
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
		if (row) {
			return this.#changed(row);
		}

		const job = await this.get(id);
		if (!job) {
			throw new PerennialError('JOB_NOT_FOUND', `There is no job ${JSON.stringify(id)}; GET /v1/jobs lists those that exist.`);
		}

		return job;
	}

	async get(id: string): Promise<Job | undefined> {
		const row = await this.#db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
		return row && fromJobRow(row);
	}

	async list({
		model,
		states,
		limit = 100,
		before,
	}: {readonly model?: string; readonly states?: readonly JobState[]; readonly limit?: number; readonly before?: string} = {}): Promise<
		Job[]
	> {
		let query = this.#db
			.selectFrom('jobs')
			.selectAll()
			.orderBy(sql`rowid`, 'desc')
			.limit(Math.min(limit, LIST_MAX));
		if (model !== undefined) {
			query = query.where('model', '=', model);
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
			.where('state', '=', 'running')
			.where('lease_until', '<', now)
			.whereRef('attempt', '>=', 'attempts_max')
			.returningAll()
			.execute();
		for (const row of rows) {
			this.#changed(row);
		}
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

		this.#changed(row);
	}

	#changed(row: Selectable<JobsTable>): Job {
		const job = fromJobRow(row);
		this.#onChange(job);
		return job;
	}
}

function fromJobRow(row: Selectable<JobsTable>): Job {
	return {
		id: row.id,
		kind: row.kind as JobKind,
		model: row.model,
		trigger: row.trigger as JobTrigger,
		reason: row.reason,
		asOf: row.as_of,
		payload: JSON.parse(row.payload) as Record<string, unknown>,
		state: row.state as JobState,
		attempt: row.attempt,
		attemptsMax: row.attempts_max,
		createdAt: row.created_at,
		progress: row.progress,
		message: row.message,
		...(row.dedupe_key !== null && {key: row.dedupe_key}),
		...(row.started_at !== null && {startedAt: row.started_at}),
		...(row.ended_at !== null && {endedAt: row.ended_at}),
		...(row.result !== null && {result: JSON.parse(row.result) as Record<string, unknown>}),
		...(row.error !== null && {error: JSON.parse(row.error) as {code: string; message: string}}),
	};
}
