/**
 * The guard in front of everything: who asks, may they, not too often, and is it written down. Rejected requests cost no parsing.
 *
 * @module
 */
import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http';
import {ACTIONS, PerennialError, type ApiKeyRecord, type AuditEntry, type CatalogueScope, type Logger} from '../../core/domain/index.ts';
import {isMlflowPath, toMlflowError} from '../mlflow/mlflow-error.ts';
import {PROBLEM_TYPE, requestIdOf, toProblem} from '../problem.ts';
import {accessOf, type Access} from './access.ts';
import {fromAuthorization} from './api-key.ts';
import type {KeyRing} from './key-ring.ts';
import type {RateLimiter} from './rate-limiter.ts';
import {isToken, type TokenVerifier} from './token-verifier.ts';

/** Where changes are written down. */
export interface AuditTrail {
	beginAudit(entry: Omit<AuditEntry, 'id' | 'status'>): Promise<number>;
	endAudit(id: number, status: number): Promise<void>;
}

/** Options of {@link createGuard}. */
export interface GuardOptions {
	/** Absent: everybody may do everything, and changes are written down all the same. */
	readonly keys?: Pick<KeyRing, 'find'>;
	/** Believes tokens of people beside keys; absent: only keys. */
	readonly tokens?: Pick<TokenVerifier, 'verify'>;
	readonly limiter: RateLimiter;
	readonly audit: AuditTrail;
	/** The tenant of a model; undefined if there is none of that name. */
	readonly tenantOf: (model: string) => Promise<string | undefined>;
	readonly now: () => number;
	readonly logger: Logger;
	/** Called after a request that went no further. */
	readonly onRefused: (refusal: {readonly method: string; readonly status: number}) => void;
}

/** Who asks where no keys are asked for. */
const ANYBODY: ApiKeyRecord = {
	id: 'anonymous',
	name: 'anonymous',
	digest: '',
	tenant: '*',
	models: ['*'],
	actions: ACTIONS,
	createdAt: 0,
	createdBy: 'system',
};

/** Who asked, where the guard let a request through: for the audit of what a route makes. */
const ACTOR = Symbol('actor');

/** Id of the key that a request came with; `anonymous` where no guard stands. */
export function actorOf(request: IncomingMessage): string {
	return (request as {[ACTOR]?: ApiKeyRecord})[ACTOR]?.id ?? 'anonymous';
}

/** Which models the key of a request is for; all where no guard stands. */
export function scopeOf(request: IncomingMessage): CatalogueScope {
	return (request as {[ACTOR]?: ApiKeyRecord})[ACTOR] ?? ANYBODY;
}

/** A listener that lets through what a key allows. */
export function createGuard(rest: RequestListener, options: GuardOptions): RequestListener {
	return (request, response) => {
		const access = accessOf(request.method ?? '', request.url ?? '');
		if (access.action === 'public') {
			rest(request, response);
			return;
		}

		const goOn = (key: ApiKeyRecord): void => {
			(request as {[ACTOR]?: ApiKeyRecord})[ACTOR] = key;
			const waitSeconds = options.keys ? options.limiter.take(key.id) : 0;
			if (waitSeconds > 0) {
				response.setHeader('Retry-After', Math.ceil(waitSeconds));
				throw new PerennialError(
					'RATE_LIMITED',
					'This key asks too often; wait as long as Retry-After says, or send more in one request.',
				);
			}

			checkScope(key, access);
			if (key.tenant === '*' && !access.isAudited) {
				rest(request, response);
				return;
			}

			void admit(key, access, {request, response}, options).then(
				() => {
					rest(request, response);
				},
				(error: unknown) => {
					refuse(request, response, error, options);
				},
			);
		};

		try {
			const who = options.keys ? whoAsks(request, options.keys, options.tokens) : ANYBODY;
			if (!(who instanceof Promise)) {
				goOn(who);
				return;
			}

			void who.then(goOn).catch((error: unknown) => {
				refuse(request, response, error, options);
			});
		} catch (error) {
			refuse(request, response, error, options);
		}
	};
}

/** Holds a request of another face to what its key allows. */
export type Authorize = (authorization: string | undefined, access: Access) => Promise<void>;

/**
 * The guard of faces that are not HTTP/1.1: the same keys, tokens, scopes and rates. Made for answers and for looking, which the audit leaves out.
 *
 * @returns Throws PerennialError - UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED.
 */
export function createAuthorize({
	keys,
	tokens,
	limiter,
	tenantOf,
}: Pick<GuardOptions, 'keys' | 'tokens' | 'limiter' | 'tenantOf'>): Authorize {
	return async (authorization, access) => {
		if (!keys || access.action === 'public') {
			return;
		}

		const key = await whoAsks({headers: {...(authorization !== undefined && {authorization})}}, keys, tokens);
		if (limiter.take(key.id) > 0) {
			throw new PerennialError('RATE_LIMITED', 'This key asks too often; wait a moment, or send more in one request.');
		}

		checkScope(key, access);
		const {model} = access;
		if (key.tenant !== '*' && model !== undefined && (await tenantOf(model)) !== key.tenant) {
			throw forbidden(`is for tenant ${key.tenant}, which has no model ${JSON.stringify(model)}`);
		}
	};
}

interface Asked {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
}

/** What is asked about is the key's to ask about, and a change is written down before it is made. */
async function admit(
	key: ApiKeyRecord,
	{model, isAudited}: Access,
	{request: asked, response}: Asked,
	{tenantOf, audit, now, logger}: GuardOptions,
): Promise<void> {
	if (key.tenant !== '*' && model !== undefined && (await tenantOf(model)) !== key.tenant) {
		throw forbidden(`is for tenant ${key.tenant}, which has no model ${JSON.stringify(model)}`);
	}

	if (isAudited) {
		const requestId = requestIdOf(asked);
		asked.headers['x-request-id'] = requestId;
		const [path = ''] = (asked.url ?? '').split('?', 1);
		const id = await audit.beginAudit({at: now(), actor: key.id, method: asked.method ?? '', path, request: requestId});
		response.once('close', () => {
			audit.endAudit(id, response.statusCode).catch((error: unknown) => {
				logger.error('the audit of a change could not be completed', {requestId, error});
			});
		});
	}
}

/** A key is found at once, a token takes a moment. @throws PerennialError - UNAUTHENTICATED, FORBIDDEN for a browser that another site sent. */
function whoAsks(
	request: Pick<IncomingMessage, 'headers'>,
	keys: Pick<KeyRing, 'find'>,
	tokens: Pick<TokenVerifier, 'verify'> | undefined,
): ApiKeyRecord | Promise<ApiKeyRecord> {
	const given = fromAuthorization(request.headers.authorization);
	if (!given) {
		throw new PerennialError(
			'UNAUTHENTICATED',
			'Send an API key: Authorization: Bearer <key>. docs/security.md says where keys come from.',
		);
	}

	const site = request.headers['sec-fetch-site'];
	if (given.isAmbient && site !== undefined && site !== 'same-origin' && site !== 'none') {
		throw forbidden('was sent by a browser on behalf of another site');
	}

	if (tokens && isToken(given.key)) {
		return tokens.verify(given.key);
	}

	const key = keys.find(given.key);
	if (!key) {
		throw new PerennialError('UNAUTHENTICATED', 'The API key is none of this system, or is revoked; ask for a new one.');
	}

	return key;
}

function checkScope({actions, models, tenant}: ApiKeyRecord, {action, model, isShared}: Access): void {
	if (action === 'public' || action === 'any') {
		return;
	}

	// Whoever may look may do what an edge does when it looks.
	const isAllowed = actions.includes(action) || (action === 'edge' && actions.includes('read') && model !== undefined);
	if (!isAllowed) {
		throw forbidden(`is for ${actions.join(', ')}; this needs ${action}`);
	}

	const isForAll = models.includes('*');
	if (model === undefined ? !isShared && !(isForAll && tenant === '*') : !isForAll && !models.includes(model)) {
		throw forbidden(
			model === undefined ? 'is for some models; this is about all' : `is for other models than ${JSON.stringify(model)}`,
		);
	}
}

function forbidden(why: string): PerennialError {
	return new PerennialError('FORBIDDEN', `The API key ${why}.`);
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown, {logger, onRefused}: GuardOptions): void {
	const requestId = requestIdOf(request);
	const problem = toProblem(error, requestId);
	if (problem.code === 'INTERNAL' || problem.status === 507) {
		logger.error('a request could not be checked', {requestId, error});
	}

	// What is left of the body is not worth reading.
	request.resume();
	onRefused({method: request.method ?? '', status: problem.status});
	const isProtocol = (request.url ?? '').startsWith('/v2');
	const isMlflow = isMlflowPath(request.url ?? '');
	const body = Buffer.from(
		JSON.stringify(
			isProtocol ? {error: `${problem.code}: ${problem.detail}`} : isMlflow ? toMlflowError(error, requestId).body : problem,
		),
	);
	response.writeHead(problem.status, {
		'Content-Type': isProtocol || isMlflow ? 'application/json' : PROBLEM_TYPE,
		'Content-Length': body.length,
		'X-Request-Id': requestId,
		...(problem.status === 401 && {
			'WWW-Authenticate': ['Bearer', 'Basic realm="Perennial: any name, the API key as password", charset="UTF-8"'],
		}),
	});
	response.end(body);
}
