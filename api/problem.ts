/**
 * RFC 9457 problem details: the only error body of the HTTP face. Made here and nowhere else.
 *
 * @module
 */
import {randomUUID} from 'node:crypto';
import type {IncomingMessage} from 'node:http';
import {ERROR_CODES, PerennialError, type ErrorCode, type Fault} from '../core/domain/index.ts';

/** A problem body. */
export interface Problem {
	readonly type: string;
	readonly title: string;
	readonly status: number;
	readonly code: ErrorCode;
	readonly detail: string;
	/** `urn:request:<id>`: under which the log has more. */
	readonly instance: string;
	/** All faults found, where the input had several. */
	readonly errors?: readonly Fault[];
	readonly [extension: string]: unknown;
}

/** Media type of a problem. */
export const PROBLEM_TYPE = 'application/problem+json';

/**
 * A problem body for anything thrown. What is not a {@link PerennialError} becomes a bare 500: its text stays in the log.
 *
 * @param requestId - Goes out as `instance`, so that an operator can find the log line.
 */
export function toProblem(error: unknown, requestId: string): Problem {
	const known = fromFramework(error);
	if (!known) {
		return problemOf('INTERNAL', 'Something failed that should not; the log has it under the instance below.', requestId);
	}

	return {...known.details, ...problemOf(known.code, known.message, requestId), ...(known.faults.length > 0 && {errors: known.faults})};
}

/** A problem body for faults of one item. The status is that of the first fault. */
export function problemOfFaults(faults: readonly Fault[], requestId: string): Problem {
	const [first] = faults;
	const code = first?.code ?? 'EVENT_INVALID';
	const detail =
		faults.length === 1
			? `${first!.path === '' ? 'The item' : first!.path} ${first!.message}.`
			: `${faults.length} faults, the first: ${first?.path ?? ''} ${first?.message ?? ''}.`;
	return {...problemOf(code, detail, requestId), errors: faults};
}

/** The request's own id if it has a sane one, else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
	const given = request.headers['x-request-id'];
	return typeof given === 'string' && /^[\w.\-]{1,128}$/v.test(given) ? given : randomUUID();
}

/** A problem body for a code. */
export function problemOf(code: ErrorCode, detail: string, requestId: string): Problem {
	const {status, title} = ERROR_CODES[code];
	return {type: `/errors#${code}`, title, status, code, detail, instance: `urn:request:${requestId}`};
}

/** Errors of body parsers and routers, in our own words. */
function fromFramework(error: unknown): PerennialError | undefined {
	if (error instanceof PerennialError) {
		return error;
	}

	const {type, status} = (typeof error === 'object' && error !== null ? error : {}) as {type?: string; status?: number};
	switch (type) {
		case 'entity.too.large': {
			return new PerennialError('BODY_TOO_LARGE', 'The body is larger than this route takes.');
		}

		case 'entity.parse.failed': {
			return new PerennialError('BODY_MALFORMED', `The body is no JSON: ${error instanceof Error ? error.message : ''}.`);
		}

		case 'encoding.unsupported':
		case 'charset.unsupported': {
			return new PerennialError(
				'MEDIA_TYPE_UNSUPPORTED',
				error instanceof Error ? `${error.message}.` : 'The encoding is not supported.',
			);
		}

		case undefined:
		default: {
			return status !== undefined && status >= 400 && status < 500
				? new PerennialError('BODY_MALFORMED', error instanceof Error ? `${error.message}.` : 'The request cannot be read.')
				: undefined;
		}
	}
}
