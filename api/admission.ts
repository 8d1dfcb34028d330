/**
 * Who is let in: above what can be answered soon a request is refused at once, while a client can still go elsewhere, and not put in a line that only grows.
 *
 * @module
 */
import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http';
import {ERROR_CODES} from '../core/domain/index.ts';
import {PROBLEM_TYPE, problemOf, requestIdOf} from './problem.ts';

/** Options of {@link Admission}. */
export interface AdmissionOptions {
	/** Requests that are open, at most. */
	readonly requestsMax?: number;
	/** Bytes of bodies of open requests, at most; one request is always let in. */
	readonly bytesMax?: number;
	/** What a body of unknown length counts as. */
	readonly bodyBytesMax: number;
}

/** What comes in masses, and is refused where there is too much of it. */
const DATA = /^\/v1\/models\/[^\/]+\/(?:predict|events|labels)(?:\?.*)?$|^\/v2\/models\/.+\/infer(?:\?.*)?$/v;
const DETAIL = 'As many requests are being answered as can be soon; ask again in a second, or send more events in fewer requests.';
/** After so long a refused client should ask again: a line of {@link AdmissionOptions.requestsMax} is answered well within it. */
const RETRY_AFTER_SECONDS = 1;

/**
 * Counts open requests and the bytes they may hold, so that memory and waiting are bounded whatever is sent.
 *
 * @example
 * const admission = new Admission({requestsMax: 1, bodyBytesMax: 1000});
 * const leave = admission.enter({headers: {'content-length': '10'}});
 * [admission.open, admission.enter({headers: {}})]; //=> [1, undefined]
 * leave?.();
 * admission.open; //=> 0
 */
export class Admission {
	readonly #requestsMax: number;
	readonly #bytesMax: number;
	readonly #bodyBytesMax: number;
	/** When a connection was last refused. */
	readonly #refusedAt = new WeakMap<object, number>();
	#open = 0;
	#bytes = 0;

	constructor({requestsMax = 512, bytesMax = 256 << 20, bodyBytesMax}: AdmissionOptions) {
		this.#requestsMax = requestsMax;
		this.#bytesMax = bytesMax;
		this.#bodyBytesMax = bodyBytesMax;
	}

	/** Requests that were let in and have not left. */
	get open(): number {
		return this.#open;
	}

	/** Let a request in. @returns To be called once, when it is answered; undefined if there is no room. */
	enter({headers}: Pick<IncomingMessage, 'headers'>): (() => void) | undefined {
		const length = Number(headers['content-length'] ?? Number.NaN);
		// A body that is larger than it may be is refused by whoever reads it, and read no further than that.
		const bytes = length <= this.#bodyBytesMax ? length : this.#bodyBytesMax;
		if (this.#open >= this.#requestsMax || (this.#open > 0 && this.#bytes + bytes > this.#bytesMax)) {
			return undefined;
		}

		this.#open++;
		this.#bytes += bytes;
		return () => {
			this.#open--;
			this.#bytes -= bytes;
		};
	}

	/**
	 * How long to keep a request for which there is no room before it is looked at again, and then refused. A connection is refused at once, and after that as
	 * often as it was told to ask: saying no costs a good part of an answer, so that those who do not wait would take the time of those who are let in.
	 *
	 * @param now - Milliseconds of a clock that never runs backwards.
	 */
	waitMs(connection: object, now: number): number {
		const last = this.#refusedAt.get(connection) ?? -Infinity;
		return Math.max(0, last + RETRY_AFTER_SECONDS * 1000 - now);
	}

	/** A connection is refused now. */
	noteRefused(connection: object, now: number): void {
		this.#refusedAt.set(connection, now);
	}
}

/** Options of {@link createAdmitted}. */
export interface AdmittedOptions extends AdmissionOptions {
	/** Called after each refusal. */
	readonly onRequest: (request: {
		readonly route: string;
		readonly method: string;
		readonly status: number;
		readonly seconds: number;
	}) => void;
}

/** A listener that lets answers, events and labels through to `rest` as {@link Admission} says, and everything else. */
export function createAdmitted(rest: RequestListener, {onRequest, ...options}: AdmittedOptions): RequestListener {
	const admission = new Admission(options);
	const isLetIn = (request: IncomingMessage, response: ServerResponse): boolean => {
		const leave = admission.enter(request);
		if (leave) {
			response.once('close', leave);
			rest(request, response);
		}

		return leave !== undefined;
	};
	const letInOrRefuse = (request: IncomingMessage, response: ServerResponse): void => {
		if (!isLetIn(request, response)) {
			admission.noteRefused(request.socket, performance.now());
			refuse(request, response);
			onRequest({route: 'overloaded', method: 'POST', status: response.statusCode, seconds: 0});
		}
	};
	return (request, response) => {
		if (request.method !== 'POST' || !DATA.test(request.url ?? '')) {
			rest(request, response);
			return;
		}

		if (isLetIn(request, response)) {
			return;
		}

		const waitMs = admission.waitMs(request.socket, performance.now());
		if (waitMs === 0) {
			letInOrRefuse(request, response);
			return;
		}

		const timer = setTimeout(() => {
			letInOrRefuse(request, response);
		}, waitMs);
		response.once('close', () => {
			clearTimeout(timer);
		});
	};
}

/** Say no for as little as it can cost: nothing is read, parsed or scored. */
function refuse(request: IncomingMessage, response: ServerResponse): void {
	const requestId = requestIdOf(request);
	const isProtocol = request.url!.startsWith('/v2/');
	const body = Buffer.from(JSON.stringify(isProtocol ? {error: `OVERLOADED: ${DETAIL}`} : problemOf('OVERLOADED', DETAIL, requestId)));
	request.resume();
	response.writeHead(ERROR_CODES.OVERLOADED.status, {
		'Content-Type': isProtocol ? 'application/json' : PROBLEM_TYPE,
		'Content-Length': body.length,
		'Retry-After': RETRY_AFTER_SECONDS,
		'X-Request-Id': requestId,
	});
	response.end(body);
}
