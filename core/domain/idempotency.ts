/**
 * Idempotency keys: a change that is asked for twice under one key is made once, and answered the same.
 *
 * @module
 */
import type {Millis} from './clock.ts';

/** Who asked for what under a key. */
export interface IdempotentRequest {
	/** Id of the API key; two of them never share an idempotency key. */
	readonly actor: string;
	readonly key: string;
	/** Method and path. */
	readonly route: string;
	readonly at: Millis;
}

/** The answer that was given, kept to be given again. */
export interface IdempotentAnswer {
	/** Digest of the body that was sent. */
	readonly bodyDigest: string;
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	/** Absent where it is not kept: it holds a secret, or is too large. */
	readonly body?: Uint8Array;
}

/** Where keys are kept. */
export interface IdempotencyStore {
	/** Take a key, durably; gives what stands there if it is taken already. Keys taken before `expiredBefore` are forgotten. */
	begin(
		request: IdempotentRequest,
		expiredBefore: Millis,
	): Promise<(IdempotentRequest & {readonly answer?: IdempotentAnswer}) | undefined>;
	/** Keep the answer of a key that was taken. */
	finish(request: IdempotentRequest, answer: IdempotentAnswer): Promise<void>;
	/** Let a key go: nothing was changed under it. */
	release(request: IdempotentRequest): Promise<void>;
}
