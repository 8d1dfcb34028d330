/**
 * /v1/keys and /v1/audit: who may ask, and who changed what.
 *
 * @module
 */
import {Router, json, type Request} from 'express';
import {z} from 'zod';
import {ACTIONS, formatTime, type ApiKeyRecord, type ApiKeyScope, type AuditEntry} from '../../core/domain/index.ts';
import {SECRET} from '../idempotency.ts';
import {anyObject, pageSchema, responses, timeText, type RoutePaths} from '../openapi.ts';
import {parseQuery} from '../paging.ts';

/** What these routes ask for. */
export interface KeyDesk {
	createKey(name: string, scope: ApiKeyScope, createdBy: string): Promise<ApiKeyRecord & {readonly key: string}>;
	/** @throws PerennialError - OBJECT_NOT_FOUND. */
	revokeKey(id: string): Promise<void>;
	listKeys(): Promise<Omit<ApiKeyRecord, 'digest'>[]>;
	/** Newest first. */
	audit(page: {readonly limit: number; readonly before?: number | undefined}): Promise<AuditEntry[]>;
}

const scopeSchema = z.strictObject({
	name: z.string().min(1).max(128).meta({description: 'Who or what it is for.'}),
	tenant: z.string().min(1).max(128).default('*').meta({description: 'A tenant, or * for all.'}),
	models: z.array(z.string().min(1).max(128)).min(1).max(1000).default(['*']).meta({description: 'Names of models, or * for all.'}),
	actions: z.array(z.enum(ACTIONS)).min(1),
});
const auditSchema = z.object({
	limit: z.coerce.number().int().min(1).max(1000).default(100),
	pageToken: z.coerce.number().int().min(1).optional(),
});

/** Routes under /v1. */
export function keyRoutes(desk: KeyDesk, actorOf: (request: Request) => string): Router {
	const router = Router();

	// POST /keys {name, actions, tenant?, models?} -> 201 the key; its text is shown here and never again.
	router.post('/keys', json(), async (request, response) => {
		const {name, ...scope} = parseQuery(scopeSchema, request.body);
		const {digest: _, ...key} = await desk.createKey(name, scope, actorOf(request));
		response.locals[SECRET] = true;
		response.status(201).set('Cache-Control', 'no-store').json(shown(key));
	});

	// GET /keys -> 200 every key, revoked ones too, without its text.
	router.get('/keys', async (_request, response) => {
		response.json({items: (await desk.listKeys()).map(key => shown(key))});
	});

	// DELETE /keys/:key -> 204 revoked from the next request on; 404 OBJECT_NOT_FOUND.
	router.delete('/keys/:key', async (request, response) => {
		await desk.revokeKey(request.params.key);
		response.status(204).end();
	});

	// GET /audit -> 200 page of changes, newest first.
	router.get('/audit', async (request, response) => {
		const {limit, pageToken} = parseQuery(auditSchema, request.query);
		const items = await desk.audit({limit, before: pageToken});
		response.json({
			items: items.map(entry => ({...entry, at: formatTime(entry.at)})),
			...(items.length === limit && {nextPageToken: String(items.at(-1)!.id)}),
		});
	});

	return router;
}

function shown({createdAt, revokedAt, ...key}: Omit<ApiKeyRecord, 'digest'>): object {
	return {...key, createdAt: formatTime(createdAt), ...(revokedAt !== undefined && {revokedAt: formatTime(revokedAt)})};
}

const keySchema = scopeSchema.extend({id: z.string(), createdAt: timeText, createdBy: z.string(), revokedAt: timeText.optional()});

/** These routes in the contract. */
export const keyPaths: RoutePaths = {
	'/v1/keys': {
		get: {summary: 'API keys', responses: responses(200, 'Without their text.', z.object({items: z.array(keySchema)}))},
		post: {
			summary: 'Make an API key',
			requestBody: {content: {'application/json': {schema: scopeSchema}}},
			responses: responses(201, 'The key; its text is shown here and never again.', keySchema.extend({key: z.string()})),
		},
	},
	'/v1/keys/{key}': {
		delete: {summary: 'Revoke an API key', requestParams: {path: z.object({key: z.string()})}, responses: responses(204, 'Revoked.')},
	},
	'/v1/audit': {
		get: {
			summary: 'Changes, by whom',
			requestParams: {query: z.object({limit: z.int().optional(), pageToken: z.string().optional()})},
			responses: responses(200, 'Newest first.', pageSchema(anyObject)),
		},
	},
};
