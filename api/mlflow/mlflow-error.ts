/**
 * MLflow's own form of an error: `{error_code, message}`, with the status that its clients expect.
 *
 * @module
 */
import type {ErrorCode} from '../../core/domain/index.ts';
import {toProblem} from '../problem.ts';

/** An error as MLflow's clients read it. */
export interface MlflowError {
	readonly status: number;
	readonly body: {readonly error_code: string; readonly message: string};
}

const INVALID = ['INVALID_PARAMETER_VALUE', 400] as const;
const ABSENT = ['RESOURCE_DOES_NOT_EXIST', 404] as const;
const DENIED = ['PERMISSION_DENIED', 403] as const;
const UNAVAILABLE = ['TEMPORARILY_UNAVAILABLE', 503] as const;

const CODES: Partial<Readonly<Record<ErrorCode, readonly [string, number]>>> = {
	BODY_MALFORMED: INVALID,
	BODY_TOO_LARGE: INVALID,
	MEDIA_TYPE_UNSUPPORTED: INVALID,
	PARAMETER_INVALID: INVALID,
	// MLflow answers an alias that points nowhere so, and its clients tell it by that.
	CHANNEL_NOT_FOUND: INVALID,
	MODEL_EXISTS: ['RESOURCE_ALREADY_EXISTS', 400],
	MODEL_NOT_FOUND: ABSENT,
	OBJECT_NOT_FOUND: ABSENT,
	VERSION_NOT_FOUND: ABSENT,
	ROUTE_NOT_FOUND: ['ENDPOINT_NOT_FOUND', 404],
	FORBIDDEN: DENIED,
	GATE_REFUSED: DENIED,
	METHOD_NOT_ALLOWED: DENIED,
	UNAUTHENTICATED: ['UNAUTHENTICATED', 401],
	RATE_LIMITED: ['REQUEST_LIMIT_EXCEEDED', 429],
	CHANNEL_MOVED: ['ABORTED', 409],
	OBJECT_STORE_UNAVAILABLE: UNAVAILABLE,
	REGISTRY_UNAVAILABLE: UNAVAILABLE,
};

/** True if a path is one of MLflow's. */
export function isMlflowPath(url: string): boolean {
	return /^\/(?:ajax-)?api\/\d\.\d\/mlflow\//v.test(url);
}

/**
 * The MLflow form of anything thrown; what is not known becomes INTERNAL_ERROR, without its text.
 *
 * @param requestId - Under which the log has more.
 */
export function toMlflowError(error: unknown, requestId: string): MlflowError {
	const {code, detail} = toProblem(error, requestId);
	const [name, status] = CODES[code] ?? ['INTERNAL_ERROR', 500];
	return {status, body: {error_code: name, message: detail}};
}
