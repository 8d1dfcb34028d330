/**
 * Every failure a caller can act on. A code is an API: it never changes its meaning, and docs/errors.md says cause and cure of each.
 *
 * @module
 */

/** Code -> HTTP status and title. One row a code; tests/tidy.test.ts holds docs/errors.md to it. */
export const ERROR_CODES = {
	ARTIFACT_DIGEST_MISMATCH: {status: 502, title: 'Artifact bytes do not match their digest'},
	ARTIFACT_GOLDEN_MISMATCH: {status: 502, title: 'Artifact gives other outputs than its golden ones'},
	ARTIFACT_SCHEMA_MISMATCH: {status: 409, title: 'Artifact was made for another feature schema'},
	ARTIFACT_UNSTABLE: {status: 502, title: 'Version ended the process that tried it, or stopped giving its golden outputs'},
	BODY_MALFORMED: {status: 400, title: 'Request body cannot be read'},
	BODY_TOO_LARGE: {status: 413, title: 'Request body is too large'},
	CHANNEL_MOVED: {status: 412, title: 'Channel was moved by somebody else'},
	CHANNEL_NOT_FOUND: {status: 404, title: 'Channel not found'},
	CHANNEL_RECORD_EXPIRED: {status: 502, title: 'Signed channel record has expired'},
	CHANNEL_ROLLED_BACK: {status: 502, title: 'Signed channel record is older than one already seen'},
	CHECKPOINT_CORRUPT: {status: 500, title: 'Checkpoint bytes do not match their digest'},
	CLOCK_IS_WALL_TIME: {status: 409, title: 'The clock is wall time'},
	CLOCK_RUNS_BACKWARDS: {status: 409, title: 'The clock never runs backwards'},
	CONFIG_INVALID: {status: 500, title: 'Configuration is invalid'},
	DATA_DIRECTORY_HELD: {status: 500, title: 'Data directory is held by another process'},
	DECISION_NOT_FOUND: {status: 404, title: 'Decision not found'},
	EVENT_CONFLICT: {status: 409, title: 'Event id is known with other contents'},
	EVENT_INVALID: {status: 422, title: 'Event failed validation'},
	FIELD_REQUIRED: {status: 422, title: 'Required field is missing'},
	FIELD_TYPE: {status: 422, title: 'Field has the wrong type'},
	FIELD_UNKNOWN: {status: 422, title: 'Field is not in the model spec'},
	FORBIDDEN: {status: 403, title: 'The API key does not allow this'},
	FRAME_TOO_SMALL: {status: 422, title: 'Training frame cannot carry a model'},
	GATE_REFUSED: {status: 412, title: 'A gate refused the version'},
	IDEMPOTENCY_KEY_IN_USE: {status: 409, title: 'Idempotency key is in use'},
	IDEMPOTENCY_KEY_REUSED: {status: 422, title: 'Idempotency key was used for another request'},
	IDENTITY_PROVIDER_UNAVAILABLE: {status: 503, title: 'Identity provider does not answer'},
	INTERNAL: {status: 500, title: 'Internal error'},
	JOB_LEASE_LOST: {status: 409, title: 'Job lease was lost'},
	JOB_NOT_FOUND: {status: 404, title: 'Job not found'},
	LABEL_AMBIGUOUS: {status: 422, title: 'Label matches events of several sources'},
	LABEL_INVALID: {status: 422, title: 'Label failed validation'},
	MANIFEST_INVALID: {status: 502, title: 'Manifest is invalid'},
	MEDIA_TYPE_UNSUPPORTED: {status: 415, title: 'Media type is not supported'},
	METHOD_NOT_ALLOWED: {status: 405, title: 'Method is not allowed here'},
	MODEL_EXISTS: {status: 409, title: 'Model exists already'},
	MODEL_NOT_FOUND: {status: 404, title: 'Model not found'},
	MODEL_NOT_READY: {status: 503, title: 'Model cannot answer yet'},
	MODEL_RETIRED: {status: 410, title: 'Model is retired'},
	OBJECT_EXISTS: {status: 412, title: 'Object exists already'},
	OBJECT_NOT_FOUND: {status: 404, title: 'Object not found'},
	OBJECT_STORE_UNAVAILABLE: {status: 503, title: 'Object store does not answer'},
	OVERLOADED: {status: 503, title: 'Too much is being asked'},
	PARAMETER_INVALID: {status: 422, title: 'Parameter failed validation'},
	PORT_TAKEN: {status: 500, title: 'Port is taken'},
	PRECONDITION_FAILED: {status: 412, title: 'Precondition failed'},
	PRECONDITION_REQUIRED: {status: 428, title: 'Precondition required'},
	RATE_LIMITED: {status: 429, title: 'Too many requests'},
	REGISTRY_UNAVAILABLE: {status: 503, title: 'Registry does not answer'},
	ROUTE_NOT_FOUND: {status: 404, title: 'No such route'},
	RUNTIME_UNAVAILABLE: {status: 500, title: 'Runtime cannot be loaded'},
	SIGNATURE_INVALID: {status: 502, title: 'Signature does not hold'},
	SPEC_INVALID: {status: 422, title: 'Model spec is invalid'},
	STORAGE_FULL: {status: 507, title: 'Storage is full'},
	TIME_INVALID: {status: 422, title: 'Time cannot be read'},
	TRAINING_DIVERGED: {status: 422, title: 'Training diverged'},
	UNAUTHENTICATED: {status: 401, title: 'API key missing or unknown'},
	USAGE: {status: 400, title: 'Wrong use'},
	VERSION_NOT_FOUND: {status: 404, title: 'Version not found'},
} as const;

/** One of the codes above. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** One fault among several in one input: where, which, and what to do about it. */
export interface Fault {
	/** Dotted path into the input, such as `features[2].type`; empty for the whole. */
	readonly path: string;
	readonly code: ErrorCode;
	readonly message: string;
}

/** Options of {@link PerennialError}. */
export interface PerennialErrorOptions {
	/** Facts a program can read; never personal data. */
	readonly details?: Readonly<Record<string, unknown>>;
	/** All faults found, where the input had several. */
	readonly faults?: readonly Fault[];
	readonly cause?: unknown;
}

/** An expected failure: bad input, a missing thing, a remote that said no. Broken contracts of our own use node:assert. */
export class PerennialError extends Error {
	override readonly name = 'PerennialError';
	readonly code: ErrorCode;
	readonly details: Readonly<Record<string, unknown>>;
	readonly faults: readonly Fault[];

	constructor(code: ErrorCode, message: string, options: PerennialErrorOptions = {}) {
		super(message, options.cause === undefined ? undefined : {cause: options.cause});
		this.code = code;
		this.details = options.details ?? {};
		this.faults = options.faults ?? [];
	}

	/** HTTP status of the code. */
	get status(): number {
		return ERROR_CODES[this.code].status;
	}
}

/** True if `error` is a {@link PerennialError} with this code. */
export function hasCode(error: unknown, code: ErrorCode): error is PerennialError {
	return error instanceof PerennialError && error.code === code;
}

/** The message of anything thrown, on one line. */
export function messageOf(error: unknown): string {
	const text = error instanceof Error ? error.message : String(error);
	return text.split('\n', 1)[0] ?? '';
}
