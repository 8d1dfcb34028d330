/**
 * Takes jobs off the queue, one at a time, beats while it works, and reports under its fence.
 *
 * @module
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {
	hasCode,
	messageOf,
	PerennialError,
	type JobKind,
	type JobQueue,
	type JobResources,
	type LeasedJob,
	type Logger,
} from '../core/domain/index.ts';

/** What a handler gets. */
export interface JobContext {
	readonly job: LeasedJob;
	readonly logger: Logger;
	/** Say how far it is; throws if the job was cancelled or given to somebody else. Call it before anything that others can see. */
	report(progress: number, message: string): Promise<void>;
}

/** Does a job; gives its result. A PerennialError that a retry cannot cure ends the job at once. */
export type JobHandler = (context: JobContext) => Promise<Readonly<Record<string, unknown>>>;

/** Options of {@link runJobWorker}. */
export interface JobWorkerOptions {
	readonly queue: JobQueue;
	/** `local:<pid>` for a worker that the system started; anything unique otherwise. */
	readonly owner: string;
	readonly handlers: Readonly<Record<JobKind, JobHandler>>;
	readonly leaseMs: number;
	readonly logger: Logger;
	readonly signal: AbortSignal;
	/** How long it sleeps when there is nothing to do. */
	readonly idleMs?: number;
}

/** Watts that one busy core and one busy GPU draw, for an estimate of the energy: typical of servers, measured nowhere. */
const CORE_WATTS = 15;
const GPU_WATTS = 350;

/** Kinds of TensorFlow.js backends that run on a GPU; a job on one counts its wall time as GPU time, which is the most it can have used. */
const GPU_BACKENDS: ReadonlySet<unknown> = new Set(['gpu', 'webgpu']);

/** Codes of failures that the same work would meet again. */
const FINAL_CODES = new Set([
	'FRAME_TOO_SMALL',
	'TRAINING_DIVERGED',
	'SPEC_INVALID',
	'VERSION_NOT_FOUND',
	'MODEL_NOT_FOUND',
	'MODEL_RETIRED',
	'RUNTIME_UNAVAILABLE',
	'ARTIFACT_DIGEST_MISMATCH',
]);

/** Work until the signal aborts. */
export async function runJobWorker(options: JobWorkerOptions): Promise<void> {
	const {queue, owner, leaseMs, logger, signal, idleMs = 100} = options;
	while (!signal.aborted) {
		const job = await queue.lease(owner, leaseMs).catch((error: unknown) => {
			logger.error('the job queue does not answer; trying again', {error});
			return undefined;
		});
		await (job ? work(job, options) : sleep(idleMs));
	}
}

async function work(job: LeasedJob, {queue, handlers, leaseMs, logger, signal}: JobWorkerOptions): Promise<void> {
	const usedBy = measureResources();
	let progress = 0;
	let message = job.message;
	let lost: unknown;
	const beat = setInterval(() => {
		queue.heartbeat(job, leaseMs, progress, message).catch((error: unknown) => {
			lost = error;
		});
	}, leaseMs / 3);
	const report = async (nextProgress: number, nextMessage: string): Promise<void> => {
		progress = nextProgress;
		message = nextMessage;
		if (lost !== undefined) {
			throw lost;
		}

		signal.throwIfAborted();
		await queue.heartbeat(job, leaseMs, progress, message);
	};

	try {
		const result = await handlers[job.kind]({job, logger, report});
		await queue.complete(job, result, usedBy(GPU_BACKENDS.has(result['backend'])));
	} catch (error) {
		await giveUp(job, error, {queue, logger, signal, resources: usedBy(false)});
	} finally {
		clearInterval(beat);
	}
}

async function giveUp(
	job: LeasedJob,
	error: unknown,
	{queue, logger, signal, resources}: Pick<JobWorkerOptions, 'queue' | 'logger' | 'signal'> & {readonly resources: JobResources},
): Promise<void> {
	if (hasCode(error, 'JOB_LEASE_LOST')) {
		logger.warn('a job is no longer ours; its work is dropped', {job: job.id, attempt: job.attempt});
		return;
	}

	try {
		if (signal.aborted && !(error instanceof PerennialError)) {
			logger.info('a job is handed back, for its worker is being stopped', {job: job.id, kind: job.kind, attempt: job.attempt});
			await queue.release(job, `attempt ${job.attempt} was interrupted: its worker was stopped`, resources);
			return;
		}

		const code = error instanceof PerennialError ? error.code : 'INTERNAL';
		logger[code === 'INTERNAL' ? 'error' : 'warn']('a job failed', {job: job.id, kind: job.kind, attempt: job.attempt, code, error});
		await queue.fail(job, {code, message: messageOf(error)}, !FINAL_CODES.has(code), resources);
	} catch (failure) {
		logger.warn('the failure of a job could not be recorded; its lease will run out', {job: job.id, error: failure});
	}
}

/** What this process uses from now on: a worker does one job at a time, so that it is the job's. Memory is the peak of the process. */
function measureResources(): (onGpu: boolean) => JobResources {
	const started = performance.now();
	const cpu = process.cpuUsage();
	return onGpu => {
		const wallSeconds = (performance.now() - started) / 1000;
		const {user, system} = process.cpuUsage(cpu);
		const cpuSeconds = (user + system) / 1e6;
		const gpuSeconds = onGpu ? wallSeconds : 0;
		return {
			wallSeconds,
			cpuSeconds,
			gpuSeconds,
			peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
			energyJoules: cpuSeconds * CORE_WATTS + gpuSeconds * GPU_WATTS,
		};
	};
}
