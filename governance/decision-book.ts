/**
 * One answer as a reviewer reads it: what was known, who answered, why, what every other tier would have said, and what came of it.
 *
 * @module
 */
import {
	canonicalJson,
	classNamesOf,
	digestOf,
	formatTime,
	outputCountOf,
	PerennialError,
	REFER,
	tierScores,
	TIERS,
	type CategoryDictionary,
	type DecisionRecord,
	type DecisionView,
	type EventLogReader,
	type EventRecord,
	type FeatureSchema,
	type LabelRecord,
	type Millis,
	type ModelSpec,
	type Offset,
	type ReferralQuery,
	type ReferralsWaiting,
	type Reviewed,
} from '../core/domain/index.ts';

/** Where answers stand that were referred to a person. */
export interface ReferralSource {
	list(query: ReferralQuery): Offset[];
	waiting(): ReferralsWaiting;
	reviewOf(decision: Offset): Reviewed | undefined;
}

/** Where reviews are written down. */
export interface ReviewSink {
	review(review: Omit<Reviewed, 'reviewedAt'> & {readonly decision: Offset}): Promise<'accepted' | 'reviewed' | 'unknown'>;
}

/** What a book reads and writes. */
export interface DecisionBookOptions {
	readonly spec: ModelSpec;
	readonly reader: EventLogReader & {labelsOf(event: Offset): LabelRecord[]; readonly referrals: ReferralSource};
	readonly writer: ReviewSink;
	readonly dictionary: Pick<CategoryDictionary, 'valueOf'>;
	/** Schemas by version. */
	readonly schemas: ReadonlyMap<number, FeatureSchema>;
	readonly decisionIdOf: (offset: Offset) => string;
}

/** Records read at a time. */
const PAGE_RECORDS = 500;
/** Wall time may step back by this much, set right by its server: a range is looked for this much further on both sides. */
const STEP_BACK_MS_MAX = 3_600_000;

/** Finds answers of one model. */
export class DecisionBook {
	readonly #options: DecisionBookOptions;

	constructor(options: DecisionBookOptions) {
		this.#options = options;
	}

	/** @throws PerennialError - DECISION_NOT_FOUND. */
	find(offset: Offset): DecisionView {
		const {reader, spec, decisionIdOf} = this.#options;
		const decision = reader.at(offset);
		const event = decision?.kind === 'decision' ? reader.at(decision.eventOffset) : undefined;
		if (decision?.kind !== 'decision' || event?.kind !== 'event') {
			throw new PerennialError(
				'DECISION_NOT_FOUND',
				`${spec.name} gave no answer with the id ${JSON.stringify(decisionIdOf(offset))}.`,
			);
		}

		return this.#view(decision, event);
	}

	/**
	 * Answers that were given in a range of time, oldest first, some at a time.
	 *
	 * Cost: finding the first is a binary search; then one look at each record of the range, of whatever kind.
	 */
	*pages({from, before}: {readonly from: Millis; readonly before: Millis}): Generator<DecisionView[]> {
		const {reader} = this.#options;
		let offset = this.#lastBefore(from - STEP_BACK_MS_MAX);
		for (;;) {
			const records = reader.read(offset, PAGE_RECORDS);
			const last = records.at(-1);
			if (!last) {
				return;
			}

			offset = last.offset;
			const views = records.flatMap(record => {
				const isAsked = record.kind === 'decision' && record.recordedAt >= from && record.recordedAt < before;
				return isAsked ? [this.find(record.offset)] : [];
			});
			if (views.length > 0) {
				yield views;
			}

			if (records[0]!.recordedAt > before + STEP_BACK_MS_MAX) {
				return;
			}
		}
	}

	/** How many referrals nobody has reviewed, and since when the oldest waits. */
	get waiting(): ReferralsWaiting {
		return this.#options.reader.referrals.waiting();
	}

	/** Answers that were referred to a person, newest first; `next` is the `before` of the page that follows. */
	referrals(query: ReferralQuery): {readonly items: readonly DecisionView[]; readonly next?: Offset} {
		const offsets = this.#options.reader.referrals.list(query);
		const items = offsets.map(offset => this.find(offset));
		return offsets.length < query.limit ? {items} : {items, next: offsets.at(-1)!};
	}

	/**
	 * Close a referral, durably, once.
	 *
	 * @throws PerennialError - DECISION_NOT_FOUND; PRECONDITION_FAILED for an answer that was not referred, or was reviewed before.
	 */
	async review(offset: Offset, review: Omit<Reviewed, 'reviewedAt'>): Promise<DecisionView> {
		const {decisionId, outcome} = this.find(offset);
		const status = await this.#options.writer.review({decision: offset, ...review});
		const view = this.find(offset);
		if (status === 'accepted') {
			return view;
		}

		const why = view.review
			? `was reviewed by ${view.review.by} at ${view.review.reviewedAt}: ${view.review.action}`
			: `was not referred to a person; its outcome is ${outcome ?? 'none'}`;
		throw new PerennialError('PRECONDITION_FAILED', `${decisionId} ${why}.`);
	}

	/** Offset of a record that was taken before a time, 0 if there is none. */
	#lastBefore(time: Millis): Offset {
		const {reader} = this.#options;
		let [low, high] = [0, reader.endOffset()];
		while (low < high) {
			const middle = Math.ceil((low + high) / 2);
			if (reader.at(middle)!.recordedAt < time) {
				low = middle;
			} else {
				high = middle - 1;
			}
		}

		return low;
	}

	#view(decision: DecisionRecord, event: EventRecord): DecisionView {
		const {spec, decisionIdOf} = this.#options;
		const {tier, version, channel, reason, outcome, policy} = decision;
		const features = this.#features(event);
		const review = outcome === REFER ? this.#options.reader.referrals.reviewOf(decision.offset) : undefined;
		return {
			decisionId: decisionIdOf(decision.offset),
			model: spec.name,
			features,
			featureDigest: digestOf(canonicalJson(features)),
			decidedAt: formatTime(decision.recordedAt),
			tier,
			version,
			channel,
			reason,
			event: {
				id: event.id,
				source: event.source,
				time: formatTime(event.time),
				schemaVersion: event.schemaVersion,
				...(event.entity !== undefined && {entity: event.entity}),
			},
			...(outcome !== undefined && {outcome}),
			...(policy !== undefined && {policy}),
			...(review && {review: {...review, reviewedAt: formatTime(review.reviewedAt)}}),
			...this.#answer(decision),
			scores: this.#scores(decision),
			labels: this.#labels(event.offset),
		};
	}

	#answer({scores, tier}: DecisionRecord): Pick<DecisionView, 'class' | 'probability'> {
		const {spec} = this.#options;
		const outputs = outputCountOf(spec);
		const classes = outputs === 1 ? classNamesOf(spec).slice(1) : classNamesOf(spec);
		const probabilities = tierScores(scores, tier, outputs);
		const best = probabilities.indexOf(Math.max(...probabilities));
		return {class: classes[best]!, probability: probabilities[best]!};
	}

	#features({row, schemaVersion}: EventRecord): DecisionView['features'] {
		const schema = this.#options.schemas.get(schemaVersion);
		return Object.fromEntries(
			(schema?.columns ?? []).map(({name, type}, index) => {
				const value = row[index]!;
				const shown = Number.isNaN(value)
					? null
					: type === 'categorical'
						? (this.#options.dictionary.valueOf(name, value) ?? null)
						: type === 'boolean'
							? value === 1
							: value;
				return [name, shown];
			}),
		);
	}

	#scores({scores}: DecisionRecord): DecisionView['scores'] {
		const {spec} = this.#options;
		const outputs = outputCountOf(spec);
		const classes = outputs === 1 ? classNamesOf(spec).slice(1) : classNamesOf(spec);
		return Object.fromEntries(
			TIERS.map(tier => {
				const probabilities = tierScores(scores, tier, outputs);
				return [
					tier,
					Number.isNaN(probabilities[0]!)
						? null
						: Object.fromEntries(classes.map((name, index) => [name, probabilities[index]!])),
				];
			}),
		) as DecisionView['scores'];
	}

	#labels(event: Offset): DecisionView['labels'] {
		const classes = classNamesOf(this.#options.spec);
		return this.#options.reader.labelsOf(event).map(({value, observedAt, revision, channel, withdrawn}) => ({
			value: classes[value] ?? String(value),
			observedAt: formatTime(observedAt),
			revision,
			channel,
			withdrawn,
		}));
	}
}
