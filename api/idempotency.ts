/**
 * `Idempotency-Key`: whoever does not know whether a change was made asks again under the same key, and is told what was answered the first time.
 *
 * @module
 */
import {createHash, type Hash} from 'node:crypto';
import type {RequestHandler, Response} from 'express';
import type {IncomingMessage} from 'node:http';
import {PerennialError, type IdempotencyStore, type IdempotentAnswer, type IdempotentRequest, type Logger} from '../core/domain/index.ts';
import {readBody} from './body.ts';
import {actorOf} from './security/index.ts';

/** Options of {@link idempotent}. */
export interface IdempotencyOptions {
	readonly store: IdempotencyStore;
	readonly now: () => number;
	readonly bodyBytesMax: number;
	readonly logger: Logger;
}

/** How long a key is known. */
const KEPT_MS = 86_400_000;
/** An answer above this is not kept; asked again, the request is refused with the reason. */
const ANSWER_BYTES_MAX = 1 << 20;
const KEY = /^[\x21-\x7e]{1,200}$/v;
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Headers of an answer that mean something when it is given again. */
const HEADERS = ['content-type', 'etag', 'location'];
/** Name in `response.locals`: true where an answer holds a secret, which is shown once and not kept. */
export const SECRET = 'isSecret';

/**
 * The key of a request; undefined without one.
 *
 * @throws PerennialError - PARAMETER_INVALID.
 */
export function idempotencyKeyOf({headers}: Pick<IncomingMessage, 'headers'>): string | undefined {
	const key = headers['idempotency-key'];
	if (key !== undefined && (typeof key !== 'string' || !KEY.test(key))) {
		throw new PerennialError(
			'PARAMETER_INVALID',
			'Idempotency-Key must have 1 to 200 visible ASCII characters, such as those of a UUID.',
		);
	}

	return key;
}

/**
 * Makes changes idempotent where the client sends a key. An answer is kept before it leaves, if it is a success; after any other nothing was changed, and the
 * key is free again. A key belongs to one API key, one route and one body.
 *
 * Cost: three writes to the store for a request with a key; none without.
 *
 * @throws PerennialError - PARAMETER_INVALID; IDEMPOTENCY_KEY_REUSED for another request; IDEMPOTENCY_KEY_IN_USE while the first is under way, and where its
 * answer is not known.
 */
export function idempotent({store, now, bodyBytesMax, logger}: IdempotencyOptions): RequestHandler {
	const underWay = new Set<string>();
	return async (request, response, next) => {
		const key = SAFE.has(request.method) ? undefined : idempotencyKeyOf(request);
		if (key === undefined) {
			next();
			return;
		}

		const asked: IdempotentRequest = {actor: actorOf(request), key, route: `${request.method} ${request.originalUrl}`, at: now()};
		const name = `${asked.actor} ${key}`;
		const known = await store.begin(asked, asked.at - KEPT_MS);
		if (known) {
			await repeat(response, {asked, known, isUnderWay: underWay.has(name), digest: async () => digestOfBody(request, bodyBytesMax)});
			return;
		}

		underWay.add(name);
		const body = watchBody(request);
		keepAnswer(response, async answer => {
			try {
				await (answer ? store.finish(asked, {...answer, bodyDigest: body.digest('hex')}) : store.release(asked));
			} catch (error) {
				// The change is made, and the key stays taken: asked again, the client is told to look.
				logger.error('the answer to a request with an idempotency key could not be kept', {route: asked.route, error});
			} finally {
				underWay.delete(name);
			}
		});
		next();
	};
}

interface Repeated {
	readonly asked: IdempotentRequest;
	readonly known: IdempotentRequest & {readonly answer?: IdempotentAnswer};
	readonly isUnderWay: boolean;
	readonly digest: () => Promise<string>;
}

async function repeat(response: Response, {asked, known, isUnderWay, digest}: Repeated): Promise<void> {
	if (known.route !== asked.route || (known.answer && known.answer.bodyDigest !== (await digest()))) {
		throw new PerennialError(
			'IDEMPOTENCY_KEY_REUSED',
			`Idempotency-Key ${JSON.stringify(asked.key)} was sent with another request (${known.route}); use a new key for each.`,
		);
	}

	const {answer} = known;
	if (!answer) {
		response.set('Retry-After', '1');
		throw inUse(
			isUnderWay
				? 'The first request under this key is still being answered; ask again in a moment.'
				: 'The process ended while it answered the first request under this key, so that it is not known whether the change was made; ' +
						'look whether it was, and use a new key if it was not.',
		);
	}

	if (!answer.body) {
		throw inUse(
			'The change was made, and its answer is not kept: it holds a secret, or is too large. Read what was made, or make another under a new key.',
		);
	}

	response
		.status(answer.status)
		.set({...answer.headers, 'Idempotency-Replayed': 'true'})
		.end(answer.body);
}

function inUse(message: string): PerennialError {
	return new PerennialError('IDEMPOTENCY_KEY_IN_USE', message);
}

async function digestOfBody(request: IncomingMessage, bytesMax: number): Promise<string> {
	// As it came over the wire, which is what the first was digested as.
	const {'content-encoding': _, ...headers} = request.headers;
	const body = await readBody(Object.assign(request, {headers}), bytesMax);
	return createHash('sha256').update(body).digest('hex');
}

/** Digests the body as whoever handles the request reads it. */
function watchBody(request: IncomingMessage): Hash {
	const hash = createHash('sha256');
	const emit = request.emit.bind(request);
	request.emit = (event: string | symbol, ...values: unknown[]): boolean => {
		if (event === 'data') {
			hash.update(values[0] as Uint8Array);
		}

		return emit(event, ...values);
	};

	return hash;
}

/** Calls `settle` with the answer before it leaves; with nothing if it is no success. */
function keepAnswer(response: Response, settle: (answer: Omit<IdempotentAnswer, 'bodyDigest'> | undefined) => Promise<void>): void {
	const end = response.end.bind(response);
	const keep = (body: Uint8Array): Omit<IdempotentAnswer, 'bodyDigest'> | undefined => {
		const status = response.statusCode;
		const headers = Object.fromEntries(
			HEADERS.flatMap(name => {
				const value = response.get(name);
				return value === undefined ? [] : [[name, value]];
			}),
		);
		const isKept = response.locals[SECRET] !== true && body.length <= ANSWER_BYTES_MAX;
		return status < 300 ? {status, headers, ...(isKept && {body})} : undefined;
	};

	response.end = (chunk?: unknown, ...more: unknown[]): Response => {
		const isText = typeof chunk === 'string';
		const body = isText ? Buffer.from(chunk) : chunk instanceof Uint8Array ? chunk : new Uint8Array(0);
		response.end = end;
		const callback = [chunk, ...more].find(value => typeof value === 'function') as (() => void) | undefined;
		const leave = async (): Promise<void> => {
			await settle(response.headersSent ? undefined : keep(body));
			end(body.length === 0 ? undefined : body, callback);
		};

		void leave();
		return response;
	};
}
