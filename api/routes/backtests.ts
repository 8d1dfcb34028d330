/**
 * /v1/models/:model/backtests: replay the model's own history under several policies, as a job, and read the reports.
 *
 * @module
 */
import {Router, json} from 'express';
import {z} from 'zod';
import {isDuration, type Job} from '../../core/domain/index.ts';
import {anyObject, modelPath, pageQuery, pageSchema, responses, type RoutePaths} from '../openapi.ts';
import {parseQuery, type Page} from '../paging.ts';
import {REPORT_HEADERS} from '../report/training-report-page.ts';

/** What is asked for. Times in milliseconds. */
export interface BacktestOrder {
	readonly policies?: readonly string[];
	readonly from?: number;
	readonly until?: number;
	readonly window?: string;
	readonly start?: number;
	readonly rows?: number;
	readonly missCost?: number;
	readonly reason: string;
	/** A second order with the same key is the first one. */
	readonly key?: string;
}

/** What these routes ask for. All throw MODEL_NOT_FOUND. */
export interface BacktestDesk {
	/** @throws PerennialError - PARAMETER_INVALID for a policy that there is not. */
	ask(model: string, order: BacktestOrder): Promise<Job>;
	/** Newest first. */
	list(model: string, page: {readonly limit: number; readonly before?: string}): Promise<Job[]>;
	/** @throws PerennialError - JOB_NOT_FOUND. */
	get(model: string, id: string): Promise<Job>;
	/** @throws PerennialError - JOB_NOT_FOUND; OBJECT_NOT_FOUND while there is no report. */
	report(model: string, id: string, form: 'json' | 'page'): Promise<Uint8Array>;
}

const time = z.iso.datetime({offset: true}).optional();
const orderSchema = z
	.strictObject({
		policies: z.array(z.string()).min(1).max(20).optional().meta({description: 'Names of policies; all, if absent.'}),
		from: time.meta({description: 'Events from this time on; from the first, if absent.'}),
		until: time.meta({description: 'Events up to this time; to the newest, if absent. Labels that came later count all the same.'}),
		window: z
			.string()
			.refine(text => isDuration(text), 'must be an ISO 8601 duration such as P30D')
			.optional()
			.meta({description: 'Length of a window; monitors.window of the spec, if absent.'}),
		start: z
			.number()
			.min(0)
			.max(0.95)
			.optional()
			.meta({description: 'Share of the events before the first training, at least; 0.25 if absent.'}),
		rows: z
			.int()
			.min(100)
			.max(100_000)
			.optional()
			.meta({description: 'Newest rows that one training takes, at most; 20000 if absent.'}),
		missCost: z
			.number()
			.min(1e-3)
			.max(1e6)
			.optional()
			.meta({description: 'What a missed positive costs, where a false alarm costs 1; 10 if absent.'}),
		reason: z.string().min(1).max(1000).default('asked for over REST'),
	})
	.refine(({from, until}) => from === undefined || until === undefined || Date.parse(from) < Date.parse(until), {
		path: ['until'],
		message: 'must be after from',
	});
const listSchema = z.object({limit: z.coerce.number().int().min(1).max(1000).default(100), pageToken: z.string().max(64).optional()});

/** Routes under /v1/models. */
export function backtestRoutes(backtests: BacktestDesk): Router {
	const router = Router();

	// POST /:model/backtests -> 202 Job, to be followed and cancelled under /v1/jobs. An Idempotency-Key makes a repeated request the same job.
	router.post('/:model/backtests', json(), async (request, response) => {
		const {model} = request.params;
		const {from, until, policies, window, start, rows, missCost, reason} = parseQuery(orderSchema, request.body ?? {});
		const key = request.get('idempotency-key');
		const job = await backtests.ask(model, {
			reason,
			...(policies && {policies}),
			...(from !== undefined && {from: Date.parse(from)}),
			...(until !== undefined && {until: Date.parse(until)}),
			...(window !== undefined && {window}),
			...(start !== undefined && {start}),
			...(rows !== undefined && {rows}),
			...(missCost !== undefined && {missCost}),
			...(key !== undefined && {key: `request:${key}`}),
		});
		response.status(202).location(`/v1/models/${model}/backtests/${job.id}`).json(job);
	});

	// GET /:model/backtests -> 200 page of Job, newest first; the result of one that has ended has the figures of each policy.
	router.get('/:model/backtests', async (request, response) => {
		const {limit, pageToken} = parseQuery(listSchema, request.query);
		const items = await backtests.list(request.params.model, {limit: limit + 1, ...(pageToken !== undefined && {before: pageToken})});
		const page: Page<Job> = items.length > limit ? {items: items.slice(0, limit), nextPageToken: items[limit - 1]!.id} : {items};
		response.json(page);
	});

	// GET /:model/backtests/:id -> 200 Job; 404 JOB_NOT_FOUND.
	router.get('/:model/backtests/:id', async (request, response) => {
		response.json(await backtests.get(request.params.model, request.params.id));
	});

	// GET /:model/backtests/:id/report.json -> 200 the whole report, windows and trainings too; 404 OBJECT_NOT_FOUND until it is there.
	router.get('/:model/backtests/:id/report.json', async (request, response) => {
		response.type('json').send(Buffer.from(await backtests.report(request.params.model, request.params.id, 'json')));
	});

	// GET /:model/backtests/:id/report.html -> 200 the same as a page; 404 OBJECT_NOT_FOUND until it is there.
	router.get('/:model/backtests/:id/report.html', async (request, response) => {
		const bytes = await backtests.report(request.params.model, request.params.id, 'page');
		response.set(REPORT_HEADERS).type('html').send(Buffer.from(bytes));
	});

	return router;
}

const job = anyObject.meta({description: 'The job; `result.policies` has the figures of each policy once it has succeeded.'});
const path = z.object({model: z.string(), id: z.string()});

/** These routes in the contract. */
export const backtestPaths: RoutePaths = {
	'/v1/models/{model}/backtests': {
		get: {
			summary: 'List back-tests',
			requestParams: {path: modelPath, query: pageQuery},
			responses: responses(200, 'Newest first.', pageSchema(job)),
		},
		post: {
			summary: "Replay the model's own history under several policies",
			requestParams: {path: modelPath},
			requestBody: {content: {'application/json': {schema: orderSchema}}},
			responses: responses(202, 'The job.', job),
		},
	},
	'/v1/models/{model}/backtests/{id}': {
		get: {summary: 'Read a back-test', requestParams: {path}, responses: responses(200, 'The job.', job)},
	},
	'/v1/models/{model}/backtests/{id}/report.json': {
		get: {summary: 'Read the report of a back-test', requestParams: {path}, responses: responses(200, 'The report.', anyObject)},
	},
	'/v1/models/{model}/backtests/{id}/report.html': {
		get: {
			summary: 'Read the report of a back-test as a page',
			requestParams: {path},
			responses: responses(200, 'A page.', z.string(), 'text/html'),
		},
	},
};
