/**
 * A token bucket for each key: so many requests a second, with room for a burst.
 *
 * @module
 */

/** Options of {@link RateLimiter}. */
export interface RateLimiterOptions {
	/** Requests a second, in the long run; 0 for no limit. */
	readonly perSecond: number;
	/** Seconds of the rate that may come at once. */
	readonly burstSeconds?: number;
	/** A clock in milliseconds that never steps back. */
	readonly now: () => number;
}

/** Callers that are remembered; the one who has been away longest is forgotten first, and starts with a full bucket. */
const CALLERS_MAX = 10_000;

interface Bucket {
	tokens: number;
	at: number;
}

/**
 * Counts requests by caller. Cost: O(1) a request.
 *
 * @example
 * let now = 0;
 * const limiter = new RateLimiter({perSecond: 1, burstSeconds: 2, now: () => now});
 * [1, 2, 3].map(() => limiter.take('a')); //=> [0, 0, 1]
 * now = 1000;
 * limiter.take('a'); //=> 0
 */
export class RateLimiter {
	readonly #options: Required<RateLimiterOptions>;
	readonly #buckets = new Map<string, Bucket>();

	constructor({perSecond, burstSeconds = 2, now}: RateLimiterOptions) {
		this.#options = {perSecond, burstSeconds, now};
	}

	/** Take one request of a caller: 0 if it may pass, else the seconds after which the next may. */
	take(caller: string): number {
		const {perSecond, burstSeconds, now} = this.#options;
		if (perSecond === 0) {
			return 0;
		}

		const at = now();
		const most = Math.max(1, perSecond * burstSeconds);
		const bucket = this.#buckets.get(caller) ?? this.#open(caller, {tokens: most, at});
		bucket.tokens = Math.min(most, bucket.tokens + ((at - bucket.at) / 1000) * perSecond);
		bucket.at = at;
		if (bucket.tokens < 1) {
			return (1 - bucket.tokens) / perSecond;
		}

		bucket.tokens--;
		return 0;
	}

	#open(caller: string, bucket: Bucket): Bucket {
		if (this.#buckets.size >= CALLERS_MAX) {
			const [oldest] = [...this.#buckets].reduce((first, next) => (next[1].at < first[1].at ? next : first));
			this.#buckets.delete(oldest);
		}

		this.#buckets.set(caller, bucket);
		return bucket;
	}
}
