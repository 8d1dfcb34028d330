/**
 * The tier in front of all others: equal features are answered from memory where the answer cannot have changed, and every such answer is recorded as its own.
 *
 * @module
 */
import {CHAMPION, type FeatureSchema, type Offset} from '../core/domain/index.ts';
import type {Said} from './answer.ts';
import {answerKeyOf, type AnswerCache} from './answer-cache.ts';
import type {Deployment} from './deployment.ts';
import {isWatched} from './tier-promise.ts';
import type {IdentifiedRow, TierScoring} from './tier-scoring.ts';

/** What is kept of an answer. */
export interface KeptAnswer extends Said {
	readonly decisionId: string;
}

/** Options of {@link CachedAnswers}. */
export interface CachedAnswersOptions {
	readonly cache: AnswerCache<KeptAnswer>;
	readonly scoring: Pick<TierScoring, 'scoreAgain'>;
	readonly schema: FeatureSchema;
	/** Version of the policy. */
	readonly policy: string;
	/** Share of the champion's answers that are scored whatever is kept. */
	readonly watched: number;
	readonly decisionIdOf: (offset: Offset) => string;
}

/** How rows are answered that nothing is kept of, and what an answer is made of. */
export interface Answering<Item, Answer> {
	readonly deployment: Deployment;
	readonly channel: string;
	score(items: readonly Item[]): Promise<Answer[]>;
	toAnswer(item: Item, said: Said): Answer;
}

/** Looks up before anything is scored, and keeps what was recorded. For tiers that say the same of the same row as long as they are loaded. */
export class CachedAnswers<Answer extends Said> {
	readonly #options: CachedAnswersOptions;
	/** Where answers are kept once they are recorded. */
	readonly #places = new WeakMap<Answer, {readonly key: string; readonly generation: number}>();

	constructor(options: CachedAnswersOptions) {
		this.#options = options;
	}

	/** Answers in the order of the items. A watched item is scored, whatever is kept. */
	async decide<Item extends IdentifiedRow>(
		items: readonly Item[],
		{deployment, channel, score, toAnswer}: Answering<Item, Answer>,
	): Promise<Answer[]> {
		const {cache, scoring} = this.#options;
		const {generation} = cache;
		const keys = items.map(({row}) => this.#keyOf(row, deployment, channel));
		const kept = items.map(({id}, index) => this.#find(id, keys[index]!, channel));
		const missing = items.keys().filter(index => !kept[index]);
		const places = [...missing];
		const scored = places.length === 0 ? [] : await score(places.map(index => items[index]!));
		for (const [at, answer] of scored.entries()) {
			if (!answer.isReferred) {
				this.#places.set(answer, {key: keys[places[at]!]!, generation});
			}
		}

		return items.map((item, index) => {
			const before = kept[index];
			if (!before) {
				return scored.shift()!;
			}

			const {decisionId, ...said} = before;
			const scores = scoring.scoreAgain(item.row, said.scores);
			return toAnswer(item, {...said, scores, reason: `${said.reason}; from the cache, as in ${decisionId}`});
		});
	}

	/** Keep an answer that is on record. One that came from the cache, or from before it was emptied, is not kept. */
	keep(answer: Answer, offset: Offset): void {
		const place = this.#places.get(answer);
		if (place) {
			const {tier, version, channel, reason, scores} = answer;
			const decisionId = this.#options.decisionIdOf(offset);
			this.#options.cache.keep(place.key, {tier, version, channel, reason, scores, decisionId}, place.generation);
		}
	}

	#keyOf(row: Float64Array, {version, promise}: Deployment, channel: string): string {
		const {policy, schema} = this.#options;
		return answerKeyOf({channel, version, fit: promise?.widened ?? 0, policy, schemaVersion: schema.version, row});
	}

	#find(id: string, key: string, channel: string): KeptAnswer | undefined {
		const {cache, watched} = this.#options;
		if (channel === CHAMPION && isWatched(id, watched)) {
			cache.pass();
			return undefined;
		}

		return cache.find(key);
	}
}
