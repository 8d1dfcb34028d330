/**
 * Answers given a moment ago, kept for those who ask about the same features again.
 *
 * @module
 */
import {hash} from 'node:crypto';
import {addDuration, parseDuration, type Clock, type Duration, type MetricSink, type Millis, type ModelSpec} from '../core/domain/index.ts';

/** Options of {@link AnswerCache}. */
export interface AnswerCacheOptions extends NonNullable<NonNullable<ModelSpec['tiers']>['cache']> {
	readonly model: string;
	/** The system's time, by which answers grow old. */
	readonly clock: Pick<Clock, 'now'>;
	readonly metrics: MetricSink;
}

/** What an answer depends on. Two answers with the same are the same, as long as the tiers that gave them are deterministic. */
export interface AnswerKey {
	readonly channel: string;
	readonly version: number;
	/** Times that the bands of the version were fitted again. */
	readonly fit: number;
	/** Version of the policy. */
	readonly policy: string;
	readonly schemaVersion: number;
	/** Features as they were encoded. */
	readonly row: Float64Array;
}

/** Why an entry was given up. */
type Eviction = 'bound' | 'age' | 'change';

interface Entry<Kept> {
	readonly kept: Kept;
	readonly at: Millis;
}

/**
 * The text that a key is kept under: a digest of the row, and the rest as it is.
 *
 * @example
 * const key = {channel: 'champion', version: 3, fit: 0, policy: 'a1', schemaVersion: 1, row: Float64Array.of(1, Number.NaN)};
 * answerKeyOf(key) === answerKeyOf({...key, row: Float64Array.of(1, Number.NaN)}); //=> true
 * answerKeyOf(key) === answerKeyOf({...key, version: 4}); //=> false
 */
export function answerKeyOf({channel, version, fit, policy, schemaVersion, row}: AnswerKey): string {
	const bytes = new Uint8Array(row.buffer, row.byteOffset, row.byteLength);
	return `${channel} ${version} ${fit} ${policy} ${schemaVersion} ${hash('sha256', bytes, 'base64')}`;
}

/**
 * Keeps up to `entriesMax` answers; one more pushes out the one asked for least recently. None is given again that is older than `ageMax`.
 *
 * Cost: O(1) a call, and a digest of the row; some 300 bytes an entry beside what is kept.
 */
export class AnswerCache<Kept> {
	readonly #options: AnswerCacheOptions;
	readonly #ageMax: Duration;
	/** The one asked for least recently comes first. */
	readonly #entries = new Map<string, Entry<Kept>>();
	#generation = 0;

	constructor(options: AnswerCacheOptions) {
		this.#options = options;
		this.#ageMax = parseDuration(options.ageMax);
	}

	/** Answers that are kept. */
	get size(): number {
		return this.#entries.size;
	}

	/** Counts the times that {@link clear} was called: what was worked out under one generation is not kept under the next. */
	get generation(): number {
		return this.#generation;
	}

	/** What is kept under a key and is not too old; undefined otherwise. */
	find(key: string): Kept | undefined {
		const entry = this.#entries.get(key);
		const now = this.#options.clock.now();
		// An entry from after the clock's time was made before the clock was set back: its age is unknown.
		const isFresh = entry && entry.at <= now && now <= addDuration(entry.at, this.#ageMax);
		if (entry) {
			this.#entries.delete(key);
			if (isFresh) {
				this.#entries.set(key, entry);
			} else {
				this.#evicted('age', 1);
			}
		}

		this.#count(isFresh ? 'hit' : 'miss');
		return isFresh ? entry.kept : undefined;
	}

	/** Keep an answer, unless the cache was emptied since `generation`: it may be of what has gone. */
	keep(key: string, kept: Kept, generation: number): void {
		if (generation !== this.#generation) {
			return;
		}

		this.#entries.delete(key);
		this.#entries.set(key, {kept, at: this.#options.clock.now()});
		if (this.#entries.size > this.#options.entriesMax) {
			this.#entries.delete(this.#entries.keys().next().value!);
			this.#evicted('bound', 1);
		}

		this.#show();
	}

	/** An answer is worked out although one may be kept, because it is watched. */
	pass(): void {
		this.#count('watched');
	}

	/** Forget everything: whoever answers, or by what bands, is about to change. */
	clear(): void {
		this.#generation++;
		this.#evicted('change', this.#entries.size);
		this.#entries.clear();
		this.#show();
	}

	#count(result: 'hit' | 'miss' | 'watched'): void {
		this.#options.metrics.count('perennial_cache_lookups_total', {model: this.#options.model, result});
	}

	#evicted(cause: Eviction, count: number): void {
		if (count > 0) {
			this.#options.metrics.count('perennial_cache_evictions_total', {model: this.#options.model, cause}, count);
		}
	}

	#show(): void {
		this.#options.metrics.gauge('perennial_cache_entries', {model: this.#options.model}, this.#entries.size);
	}
}
