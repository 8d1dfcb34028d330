/**
 * /v1/jobs: ask for work, follow it, cancel it.
 *
 * @module
 */
import {Router, json} from 'express';
import {z} from 'zod';
import {JOB_KINDS, PerennialError, type Job, type JobKind, type JobLine} from '../../core/domain/index.ts';
import {anyObject, pageSchema, responses, type RoutePaths} from '../openapi.ts';
import {parseQuery, type Page} from '../paging.ts';
import {openEventStream, type EventFeed} from '../server-sent-events.ts';

/** What these routes ask for. */
export interface JobDesk {
	/** @throws PerennialError - MODEL_NOT_FOUND, VERSION_NOT_FOUND. */
	ask(request: {
		readonly kind: JobKind;
		readonly model: string;
		readonly reason: string;
		readonly version?: number;
		readonly priority?: number;
		readonly key?: string;
	}): Promise<Job>;
	get(id: string): Promise<Job | undefined>;
	list(filter: {readonly model?: string; readonly limit: number; readonly before?: string}): Promise<Job[]>;
	cancel(id: string): Promise<Job>;
	retry(id: string): Promise<Job>;
	lines(id: string, after?: number): Promise<JobLine[]>;
}

const requestSchema = z.strictObject({
	kind: z.enum(JOB_KINDS),
	model: z.string().min(1),
	reason: z.string().min(1).max(1000).default('asked for over REST'),
	priority: z.int().min(-100).max(100).optional().meta({description: 'Higher goes first; 0 if absent, -50 for a back-test.'}),
	version: z.int().min(1).optional().meta({description: 'distill: the version whose teacher is distilled; the champion, if absent.'}),
});
const listSchema = z.object({
	model: z.string().optional(),
	limit: z.coerce.number().int().min(1).max(1000).default(100),
	pageToken: z.string().max(64).optional(),
});

const logSchema = z.object({after: z.coerce.number().int().min(0).default(0)});

/** Routes under /v1/jobs. */
export function jobRoutes(jobs: JobDesk, feed: EventFeed): Router {
	const router = Router();

	// POST / {kind, model} -> 202 Job. An Idempotency-Key makes a repeated request the same job.
	router.post('/', json(), async (request, response) => {
		const {version, priority, ...asked} = parseQuery(requestSchema, request.body);
		const key = request.get('idempotency-key');
		const job = await jobs.ask({
			...asked,
			...(version !== undefined && {version}),
			...(priority !== undefined && {priority}),
			...(key !== undefined && {key: `request:${key}`}),
		});
		response.status(202).location(`/v1/jobs/${job.id}`).json(job);
	});

	// GET / -> 200 page of Job, newest first.
	router.get('/', async (request, response) => {
		const {model, limit, pageToken} = parseQuery(listSchema, request.query);
		const items = await jobs.list({
			limit: limit + 1,
			...(model !== undefined && {model}),
			...(pageToken !== undefined && {before: pageToken}),
		});
		const page: Page<Job> = items.length > limit ? {items: items.slice(0, limit), nextPageToken: items[limit - 1]!.id} : {items};
		response.json(page);
	});

	// GET /:job -> 200 Job; 404 JOB_NOT_FOUND.
	router.get('/:job', async (request, response) => {
		response.json(await known(jobs, request.params.job));
	});

	// GET /:job/events -> 200 server-sent events: what it has said so far, then every change of the job.
	router.get('/:job/events', async (request, response) => {
		const job = await known(jobs, request.params.job);
		const lines = await jobs.lines(job.id);
		openEventStream(request, response, feed, {
			first: [...lines.map(line => ({type: 'line', data: line})), {type: 'job', data: job}],
			wants: ({type, data}) => type === 'job' && (data as Job).id === job.id,
		});
	});

	// GET /:job/log?after= -> 200 {items: JobLine[]}, oldest first; `after` is the id of the last line known. 404 JOB_NOT_FOUND.
	router.get('/:job/log', async (request, response) => {
		const {id} = await known(jobs, request.params.job);
		const {after} = parseQuery(logSchema, request.query);
		response.json({items: await jobs.lines(id, after)});
	});

	// POST /:job/retry -> 202 Job: one that failed or was cancelled goes back into the queue; any other stays as it is. 404 JOB_NOT_FOUND.
	router.post('/:job/retry', async (request, response) => {
		response.status(202).json(await jobs.retry(request.params.job));
	});

	// DELETE /:job -> 200 Job, cancelled if it had not ended; 404 JOB_NOT_FOUND.
	router.delete('/:job', async (request, response) => {
		response.json(await jobs.cancel(request.params.job));
	});

	return router;
}

async function known(jobs: JobDesk, id: string): Promise<Job> {
	const job = await jobs.get(id);
	if (!job) {
		throw new PerennialError('JOB_NOT_FOUND', `There is no job ${JSON.stringify(id)}; GET /v1/jobs lists those that exist.`);
	}

	return job;
}

const job = anyObject.meta({id: 'Job'});
const jobPath = z.object({job: z.string()});

/** These routes in the contract. */
export const jobPaths: RoutePaths = {
	'/v1/jobs': {
		get: {
			summary: 'List jobs',
			requestParams: {query: z.object({model: z.string().optional(), limit: z.int().optional(), pageToken: z.string().optional()})},
			responses: responses(200, 'Newest first.', pageSchema(job)),
		},
		post: {
			summary: 'Ask for a job',
			requestBody: {content: {'application/json': {schema: requestSchema}}},
			responses: responses(202, 'The job.', job),
		},
	},
	'/v1/jobs/{job}': {
		get: {summary: 'Read a job', requestParams: {path: jobPath}, responses: responses(200, 'The job.', job)},
		delete: {summary: 'Cancel a job', requestParams: {path: jobPath}, responses: responses(200, 'The job.', job)},
	},
	'/v1/jobs/{job}/log': {
		get: {
			summary: 'Read what a job has said',
			requestParams: {path: jobPath, query: z.object({after: z.int().optional()})},
			responses: responses(200, 'Lines, oldest first.', z.object({items: z.array(anyObject)})),
		},
	},
	'/v1/jobs/{job}/retry': {
		post: {
			summary: 'Put a failed or cancelled job back into the queue',
			requestParams: {path: jobPath},
			responses: responses(202, 'The job.', job),
		},
	},
	'/v1/jobs/{job}/events': {
		get: {
			summary: 'Follow a job',
			requestParams: {path: jobPath},
			responses: responses(200, 'Server-sent events.', z.string(), 'text/event-stream'),
		},
	},
};
