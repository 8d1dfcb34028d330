/**
 * A row of the job table as a job.
 *
 * @module
 */
import type {Selectable} from 'kysely';
import type {Job, JobKind, JobResources, JobState, JobTrigger} from '../core/domain/index.ts';
import type {JobsTable} from './tables.ts';

/** A job as the queue's port gives it. */
export function fromJobRow(row: Selectable<JobsTable>): Job {
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
		priority: row.priority,
		progress: row.progress,
		message: row.message,
		...(row.dedupe_key !== null && {key: row.dedupe_key}),
		...(row.started_at !== null && {startedAt: row.started_at}),
		...(row.ended_at !== null && {endedAt: row.ended_at}),
		...(row.resources !== null && {resources: JSON.parse(row.resources) as JobResources}),
		...(row.result !== null && {result: JSON.parse(row.result) as Record<string, unknown>}),
		...(row.error !== null && {error: JSON.parse(row.error) as {code: string; message: string}}),
	};
}

/** What two attempts used together. */
export function addResources(before: JobResources | undefined, now: JobResources): JobResources {
	return before
		? {
				wallSeconds: before.wallSeconds + now.wallSeconds,
				cpuSeconds: before.cpuSeconds + now.cpuSeconds,
				gpuSeconds: before.gpuSeconds + now.gpuSeconds,
				peakMemoryBytes: Math.max(before.peakMemoryBytes, now.peakMemoryBytes),
				energyJoules: before.energyJoules + now.energyJoules,
			}
		: now;
}
