/**
 * One answer as a reviewer reads it: what was known, who answered, why, what every other tier would have said, and what came of it.
 *
 * @module
 */
import {
	classNamesOf,
	formatTime,
	outputCountOf,
	PerennialError,
	tierScores,
	TIERS,
	type CategoryDictionary,
	type DecisionRecord,
	type EventLogReader,
	type EventRecord,
	type FeatureSchema,
	type LabelRecord,
	type ModelSpec,
	type Offset,
	type Tier,
} from '../core/domain/index.ts';

/** The record of one answer. */
export interface DecisionView {
	readonly decisionId: string;
	readonly model: string;
	readonly event: {
		readonly id: string;
		readonly source: string;
		readonly entity?: string;
		readonly time: string;
		readonly schemaVersion: number;
	};
	/** Feature -> value as it was scored; null is missing. */
	readonly features: Readonly<Record<string, string | number | boolean | null>>;
	readonly decidedAt: string;
	readonly tier: Tier;
	readonly version: number;
	readonly channel: string;
	readonly reason: string;
	readonly outcome?: string;
	/** Tier -> class -> probability; null where it could not score. */
	readonly scores: Readonly<Record<Tier, Readonly<Record<string, number>> | null>>;
	/** Labels that came since, newest last. */
	readonly labels: readonly {
		readonly value: string;
		readonly observedAt: string;
		readonly revision: number;
		readonly channel: string;
		readonly withdrawn: boolean;
	}[];
}

/** What a book reads. */
export interface DecisionBookOptions {
	readonly spec: ModelSpec;
	readonly reader: EventLogReader & {labelsOf(event: Offset): LabelRecord[]};
	readonly dictionary: Pick<CategoryDictionary, 'valueOf'>;
	/** Schemas by version. */
	readonly schemas: ReadonlyMap<number, FeatureSchema>;
	readonly decisionIdOf: (offset: Offset) => string;
}

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

		const {tier, version, channel, reason, outcome} = decision;
		return {
			decisionId: decisionIdOf(offset),
			model: spec.name,
			features: this.#features(event),
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
			scores: this.#scores(decision),
			labels: this.#labels(event.offset),
		};
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
