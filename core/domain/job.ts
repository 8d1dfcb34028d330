/**
 * Jobs: work that outlives a request. The queue is a port; a worker leases a job, beats while it works, and completes it under its fence.
 *
 * @module
 */
import type {Millis} from './clock.ts';

/** What a job does. */
export const JOB_KINDS = ['train', 'distill', 'backtest'] as const;

/** One of {@link JOB_KINDS}. */
export type JobKind = (typeof JOB_KINDS)[number];

/** queued -> running -> succeeded | failed | cancelled; back to queued when a lease runs out or an attempt fails with tries left. */
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** Why a job was asked for. */
export type JobTrigger = 'schedule' | 'drift' | 'volume' | 'performance' | 'event' | 'manual';

/** What is asked for. */
export interface JobRequest {
	readonly kind: JobKind;
	readonly model: string;
	readonly trigger: JobTrigger;
	/** In words, for the record. */
	readonly reason: string;
	/** Event time as of which the job works. */
	readonly asOf: Millis;
	/** Kind-specific input. */
	readonly payload: Readonly<Record<string, unknown>>;
	/** A second request with the same key is the first one. */
	readonly key?: string;
	/** Higher goes first; default 0. */
	readonly priority?: number;
}

/** What the attempts of a job used, summed; memory is the highest. */
export interface JobResources {
	readonly wallSeconds: number;
	readonly cpuSeconds: number;
	readonly gpuSeconds: number;
	readonly peakMemoryBytes: number;
	/** Estimate: CPU and GPU seconds times the watts that the configuration says one of each draws. */
	readonly energyJoules: number;
}

/** One thing that a job said. */
export interface JobLine {
	/** Rises from line to line. */
	readonly id: number;
	readonly attempt: number;
	/** Wall time. */
	readonly at: Millis;
	readonly text: string;
}

/** A job as the queue knows it. */
export interface Job extends JobRequest {
	readonly id: string;
	readonly state: JobState;
	/** Attempts begun, this one included. Also the fencing token: only the newest attempt may report or complete. */
	readonly attempt: number;
	readonly attemptsMax: number;
	/** Wall time. */
	readonly createdAt: Millis;
	readonly startedAt?: Millis;
	readonly endedAt?: Millis;
	/** Share done, 0..1, and what is being done. */
	readonly progress: number;
	readonly message: string;
	/** Kind-specific output. */
	readonly result?: Readonly<Record<string, unknown>>;
	/** What its ended attempts used. */
	readonly resources?: JobResources;
	/** Why the last attempt failed. */
	readonly error?: {readonly code: string; readonly message: string};
}

/** A job in the hands of a worker. */
export interface LeasedJob extends Job {
	readonly owner: string;
}

/** The job queue. Any number of processes may use one. Leases run on wall time. */
export interface JobQueue {
	/** Ask for work. With a known `key`, gives the job that has it, whatever its state. */
	enqueue(request: JobRequest): Promise<Job>;
	/**
	 * Take the queued job of the highest priority, the oldest of those, or one whose lease ran out; undefined if there is none that may run now:
	 * a job waits after an attempt that failed, and while as many of its kind run as may at once.
	 */
	lease(owner: string, leaseMs: number): Promise<LeasedJob | undefined>;
	/** Keep the lease and say how far it is. @throws PerennialError - JOB_LEASE_LOST if another attempt has begun or the job was cancelled. */
	heartbeat(job: LeasedJob, leaseMs: number, progress: number, message: string): Promise<void>;
	/** @throws PerennialError - JOB_LEASE_LOST; the result is then not taken. */
	complete(job: LeasedJob, result: Readonly<Record<string, unknown>>, resources?: JobResources): Promise<void>;
	/**
	 * Back into the queue while tries are left and `retry` is true, after a pause that doubles from failure to failure; else failed, where it
	 * stays until somebody calls {@link JobQueue.retry}. @throws PerennialError - JOB_LEASE_LOST.
	 */
	fail(job: LeasedJob, error: {readonly code: string; readonly message: string}, retry: boolean, resources?: JobResources): Promise<void>;
	/**
	 * Hand a job back that cannot be ended here, because its worker is being stopped: it may be taken again at once, and the attempt does not
	 * count. @throws PerennialError - JOB_LEASE_LOST.
	 */
	release(job: LeasedJob, reason: string, resources?: JobResources): Promise<void>;
	/** Jobs leased by owners that `isGone` says are gone go back into the queue at once. */
	reclaim(isGone: (owner: string) => boolean): Promise<number>;
	/** @throws PerennialError - JOB_NOT_FOUND. */
	cancel(id: string): Promise<Job>;
	/** A failed or cancelled job goes back into the queue with all its tries; any other stays as it is. @throws PerennialError - JOB_NOT_FOUND. */
	retry(id: string): Promise<Job>;
	/** What a job has said after a line, oldest first. */
	lines(id: string, after?: number): Promise<JobLine[]>;
	get(id: string): Promise<Job | undefined>;
	/** Newest first. */
	list(filter?: {
		readonly model?: string;
		readonly kinds?: readonly JobKind[];
		readonly states?: readonly JobState[];
		readonly limit?: number;
		readonly before?: string;
	}): Promise<Job[]>;
}
