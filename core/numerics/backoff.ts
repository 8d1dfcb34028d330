/**
 * How long to wait before the next try of something that failed.
 *
 * @module
 */
import type {Rng} from './random.ts';

/** Bounds of the wait. */
export interface BackoffOptions {
	/** Longest wait after the first failure. */
	readonly baseMs: number;
	/** Longest wait after any. */
	readonly capMs: number;
}

/**
 * Exponential back-off with full jitter: uniform in [0, min(cap, base x 2^(failures - 1))), so that many clients never return in step.
 *
 * Source: M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
 *
 * @param failures - Failures in a row, from 1.
 * @example
 * backoffMs(1, () => 0.5, {baseMs: 100, capMs: 1000}); //=> 50
 * backoffMs(9, () => 0.5, {baseMs: 100, capMs: 1000}); //=> 500
 */
export function backoffMs(failures: number, rng: Rng, {baseMs, capMs}: BackoffOptions): number {
	return rng() * Math.min(capMs, baseMs * 2 ** (failures - 1));
}
