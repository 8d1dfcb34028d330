/**
 * A version whose bytes, manifest or signature arrived changed: the fault may lie in the registry, or in whatever stands between and may go away.
 *
 * @module
 */
import {hasCode, type Clock} from '../core/domain/index.ts';
import {backoffMs, type Rng} from '../core/numerics/index.ts';

/** Transfers that are tried again as any failure is; after so many, the pauses grow. */
const TRANSFERS_MAX = 3;
/** Pauses then: up to a minute at first, up to an hour at last. A damaged version costs its size each time. */
const PAUSE = {baseMs: 60_000, capMs: 3_600_000};

/** What a version is known by here. */
interface Version {
	readonly version: number;
}

/** Says when a version that arrived damaged is worth another try, so that nobody who damages a few transfers keeps an edge on an old version for good. */
export class DamagedTransfers<Target extends Version> {
	readonly #clock: Pick<Clock, 'now'>;
	readonly #rng: Rng;
	#target: Target | undefined;
	#transfers = 0;
	#notBefore = 0;

	constructor(clock: Pick<Clock, 'now'>, rng: Rng) {
		this.#clock = clock;
		this.#rng = rng;
	}

	/**
	 * A version was refused.
	 *
	 * @returns True if it may be the way's fault and should be tried again at once; else {@link DamagedTransfers.due} says when, if ever.
	 */
	add(target: Target, error: unknown): boolean {
		if (!hasCode(error, 'ARTIFACT_DIGEST_MISMATCH') && !hasCode(error, 'SIGNATURE_INVALID')) {
			this.clear();
			return false;
		}

		this.#transfers = this.#target?.version === target.version ? this.#transfers + 1 : 1;
		this.#target = target;
		const pauses = this.#transfers - TRANSFERS_MAX + 1;
		this.#notBefore = this.#clock.now() + (pauses > 0 ? backoffMs(pauses, this.#rng, PAUSE) : 0);
		return pauses <= 0;
	}

	/** Another version was settled. */
	clear(): void {
		this.#target = undefined;
	}

	/** What to try again now. */
	get due(): Target | undefined {
		return this.#clock.now() >= this.#notBefore ? this.#target : undefined;
	}
}
