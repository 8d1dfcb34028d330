/**
 * The system's own routes: health, metrics, clock, live stream, decisions, error catalogue.
 *
 * @module
 */
import {Router, json} from 'express';
import {z} from 'zod';
import {anyObject, responses, timeText, type RoutePaths} from '../openapi.ts';
import {parseQuery} from '../paging.ts';
import {openEventStream, type EventFeed} from '../server-sent-events.ts';

/** What these routes ask for. */
export interface SystemFace {
	/** What is not ready to serve, in words; empty if all is. */
	unready(): Promise<readonly string[]>;
	metrics(accept: string): Promise<{readonly mediaType: string; readonly text: string}>;
	clock(): {readonly kind: 'wall' | 'event'; readonly now: string};
	/** Move event time on; resolves when everything due by then is done. @throws PerennialError - CLOCK_IS_WALL_TIME, CLOCK_RUNS_BACKWARDS. */
	advance(time: number): Promise<void>;
	/** @throws PerennialError - DECISION_NOT_FOUND. */
	decision(id: string): Promise<object>;
	readonly feed: EventFeed;
	/** docs/errors.md. */
	readonly errorCatalogue: string;
}

const clockSchema = z.strictObject({now: z.iso.datetime({offset: true})});

/** Routes under /. */
export function systemRoutes(system: SystemFace): Router {
	const router = Router();

	// GET /health/live -> 200 as long as the process answers.
	router.get('/health/live', (_request, response) => {
		response.json({status: 'live'});
	});

	// GET /health/ready -> 200 ready; 503 with what is not.
	router.get('/health/ready', async (_request, response) => {
		const missing = await system.unready();
		response.status(missing.length === 0 ? 200 : 503).json({status: missing.length === 0 ? 'ready' : 'not ready', missing});
	});

	// GET /metrics -> 200 Prometheus text or OpenMetrics, by Accept.
	router.get('/metrics', async (request, response) => {
		const {mediaType, text} = await system.metrics(request.get('accept') ?? '');
		response.set('Content-Type', mediaType).end(text);
	});

	// GET /errors -> 200 the catalogue that `type` of a problem points into.
	router.get('/errors', (_request, response) => {
		response.type('text/markdown').send(system.errorCatalogue);
	});

	// GET /v1/clock -> 200 {kind, now}.
	router.get('/v1/clock', (_request, response) => {
		response.json(system.clock());
	});

	// PUT /v1/clock {now} -> 200 {kind, now} once everything due is done; 409 CLOCK_IS_WALL_TIME or CLOCK_RUNS_BACKWARDS.
	router.put('/v1/clock', json(), async (request, response) => {
		await system.advance(Date.parse(parseQuery(clockSchema, request.body).now));
		response.json(system.clock());
	});

	// GET /v1/decisions/:decision -> 200 the record of one answer; 404 DECISION_NOT_FOUND.
	router.get('/v1/decisions/:decision', async (request, response) => {
		response.json(await system.decision(request.params.decision));
	});

	// GET /v1/stream -> 200 server-sent events: everything the console shows live.
	router.get('/v1/stream', (request, response) => {
		openEventStream(request, response, system.feed, {first: [{type: 'clock', data: system.clock()}]});
	});

	return router;
}

const clock = z.object({kind: z.enum(['wall', 'event']), now: timeText});
const status = z.object({status: z.string(), missing: z.array(z.string()).optional()});

/** These routes in the contract. */
export const systemPaths: RoutePaths = {
	'/health/live': {get: {summary: 'The process answers', responses: responses(200, 'It does.', status)}},
	'/health/ready': {get: {summary: 'Able to serve', responses: responses(200, 'It is; 503 names what is missing.', status)}},
	'/metrics': {
		get: {summary: 'Metrics', responses: responses(200, 'Prometheus text, or OpenMetrics if asked for.', z.string(), 'text/plain')},
	},
	'/v1/clock': {
		get: {summary: 'What time it is here', responses: responses(200, 'The clock.', clock)},
		put: {
			summary: 'Move event time on (replay only)',
			requestBody: {content: {'application/json': {schema: clockSchema}}},
			responses: responses(200, 'Everything due by then is done.', clock),
		},
	},
	'/v1/decisions/{decision}': {
		get: {
			summary: 'The record of one answer',
			requestParams: {path: z.object({decision: z.string()})},
			responses: responses(200, 'The record.', anyObject),
		},
	},
	'/v1/stream': {
		get: {
			summary: 'Everything live',
			responses: responses(200, 'Server-sent events; resumable by Last-Event-ID.', z.string(), 'text/event-stream'),
		},
	},
};
