/**
 * /v1/edges: what edge agents say of themselves.
 *
 * @module
 */
import {Router, json} from 'express';
import {z} from 'zod';
import type {EdgeStatus} from '../../core/domain/index.ts';
import {anyObject, pageQuery, pageSchema, responses, type RoutePaths} from '../openapi.ts';
import {pageOf, parseQuery} from '../paging.ts';

/** What these routes ask for. */
export interface EdgeFleet {
	/** @throws PerennialError - MODEL_NOT_FOUND. */
	report(status: Omit<EdgeStatus, 'lastSeenAt'>): Promise<EdgeStatus>;
	list(): Promise<EdgeStatus[]>;
}

const reportSchema = z.strictObject({
	edge: z.string().min(1).max(128).optional(),
	model: z.string(),
	channel: z.string(),
	version: z.int().min(1).optional(),
	state: z.enum(['starting', 'serving', 'refusing', 'silent']),
	verified: z.boolean(),
	bitEqual: z.boolean(),
	signed: z.boolean().optional(),
	freshUntil: z.iso.datetime().optional(),
	predictions: z.int().min(0),
	latencyMicrosP50: z.number().min(0).optional(),
	latencyMicrosP99: z.number().min(0).optional(),
	refusal: z.strictObject({version: z.int(), code: z.string().max(64), message: z.string().max(1000)}).optional(),
});

/** Routes under /v1/edges. */
export function edgeRoutes(edges: EdgeFleet): Router {
	const router = Router();

	// GET / -> 200 page of EdgeStatus.
	router.get('/', async (request, response) => {
		response.json(pageOf(await edges.list(), request.query, ({edge, model}) => `${edge} ${model}`));
	});

	// POST /:edge/report -> 200 EdgeStatus; 404 MODEL_NOT_FOUND; 422 PARAMETER_INVALID.
	router.post('/:edge/report', json(), async (request, response) => {
		const {edge} = parseQuery(z.object({edge: z.string().regex(/^[\w.\-]{1,128}$/v)}), request.params);
		response.json(await edges.report({...parseQuery(reportSchema, request.body), edge} as Omit<EdgeStatus, 'lastSeenAt'>));
	});

	return router;
}

/** These routes in the contract. */
export const edgePaths: RoutePaths = {
	'/v1/edges': {
		get: {
			summary: 'The edge fleet',
			requestParams: {query: pageQuery},
			responses: responses(200, 'Agents by name.', pageSchema(anyObject)),
		},
	},
	'/v1/edges/{edge}/report': {
		post: {
			summary: 'An agent reports',
			requestParams: {path: z.object({edge: z.string()})},
			requestBody: {content: {'application/json': {schema: reportSchema}}},
			responses: responses(200, 'The report as kept.', anyObject),
		},
	},
};
