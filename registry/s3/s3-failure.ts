/**
 * What an S3 server meant by its no: whether to try again, and what a person should do about it.
 *
 * @module
 */
import {messageOf, PerennialError, systemCodeOf} from '../../core/domain/index.ts';

/** absent, exists: an answer. again: may heal by itself. full, denied, misconfigured: only a person can help. */
export type S3Verdict = 'absent' | 'exists' | 'again' | 'full' | 'denied' | 'misconfigured';

const VERDICTS: Readonly<Record<string, S3Verdict>> = {
	NoSuchKey: 'absent',
	NotFound: 'absent',
	PreconditionFailed: 'exists',
	ConditionalRequestConflict: 'again',
	RequestTimeout: 'again',
	RequestTimeTooSkewed: 'again',
	SlowDown: 'again',
	Throttling: 'again',
	InsufficientStorage: 'full',
	QuotaExceeded: 'full',
	XMinioStorageFull: 'full',
	CredentialsProviderError: 'denied',
	ExpiredToken: 'denied',
	InvalidAccessKeyId: 'denied',
	InvalidToken: 'denied',
	SignatureDoesNotMatch: 'denied',
	NoSuchBucket: 'misconfigured',
};

const CURES: Readonly<Record<Exclude<S3Verdict, 'absent' | 'exists'>, string>> = {
	again: 'check that the endpoint is right and that the server runs; the next call tries again',
	full: 'make room in the bucket or raise its quota',
	denied: 'check the access key, the secret key and the bucket policy: reading, writing, listing and deleting are needed',
	misconfigured: 'check the name of the bucket, the region and the endpoint, and create the bucket if it is missing',
};

/** The SDK corrects its clock by the server's answer, so one more try is worth it; if that does not help, somebody must. */
const SKEW_CURE = 'set the clock of this machine, or of the server: they are more than a quarter of an hour apart';

interface SdkError {
	readonly name?: unknown;
	readonly $metadata?: {readonly httpStatusCode?: number};
}

/** HTTP status of an answer, undefined if there was none. */
function statusOf(error: unknown): number | undefined {
	return (error as SdkError | null)?.$metadata?.httpStatusCode;
}

/** Classify what a call of the SDK threw. */
export function verdictOf(error: unknown): S3Verdict {
	const known = VERDICTS[nameOf(error)];
	if (known !== undefined) {
		return known;
	}

	const status = statusOf(error);
	switch (status) {
		case undefined:
		case 408:
		case 429: {
			return 'again';
		}

		case 401:
		case 403: {
			return 'denied';
		}

		case 404: {
			return 'absent';
		}

		case 412: {
			return 'exists';
		}

		case 507: {
			return 'full';
		}

		default: {
			return status >= 500 && status !== 501 ? 'again' : 'misconfigured';
		}
	}
}

/**
 * The failure as callers see it: names the store, the operation, the server's code and the cure.
 *
 * The cause keeps the server's sentence alone: the SDK's own error holds the request with its authorization header.
 */
export function s3ErrorOf(
	error: unknown,
	{store, operation, attempts}: {readonly store: string; readonly operation: string; readonly attempts: number},
): PerennialError {
	const verdict = verdictOf(error);
	const name = nameOf(error);
	const status = statusOf(error);
	const said = `${name}${status === undefined ? '' : `, HTTP ${status}`}, after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
	const cure =
		name === 'RequestTimeTooSkewed' ? SKEW_CURE : CURES[verdict === 'absent' || verdict === 'exists' ? 'misconfigured' : verdict];
	return new PerennialError(
		verdict === 'full' ? 'STORAGE_FULL' : 'OBJECT_STORE_UNAVAILABLE',
		`${store} does not ${operation} (${said}): ${cure}.`,
		{
			details: {operation, s3Code: name, ...(status === undefined ? {} : {status})},
			cause: new Error(messageOf(error)),
		},
	);
}

/** The server's code, or the network's; only if it looks like one, as the server may say anything. */
function nameOf(error: unknown): string {
	const systemCode = systemCodeOf(error);
	const {name} = (error ?? {}) as SdkError;
	const text = systemCode !== '' ? systemCode : typeof name === 'string' ? name : '';
	return /^[A-Za-z][\w.\-]{0,60}$/v.test(text) ? text : 'UnreadableAnswer';
}
