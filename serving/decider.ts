/**
 * From a recorded answer to a decision that a person can be told: the action, and the reasons for it in the codes of the policy.
 *
 * @module
 */
import {
	CHAMPION,
	PerennialError,
	policyVersionOf,
	tierScores,
	type CategoryDictionary,
	type DecisionRecord,
	type FeatureSchema,
	type ModelSpec,
} from '../core/domain/index.ts';
import type {AnswerLog} from './answer.ts';
import {contributionsOf} from './contributions.ts';
import type {DeploymentSet} from './deployment-set.ts';
import type {OnlineScorer} from './online-scorer.ts';

/** One reason. */
export interface ActionReason {
	readonly code: string;
	readonly feature: string;
	readonly text?: string;
	/** Log-odds that the feature added to the risk. */
	readonly logOdds: number;
}

/** What was decided. */
export interface PolicyDecision {
	readonly action: string;
	/** Version of the policy that gave the action. */
	readonly policy?: string;
	/** Why this tier answered. */
	readonly reason: string;
	/** What raised the risk most, largest first; none for the action of the lowest scores, or if what answered is no longer loaded. */
	readonly reasons: readonly ActionReason[];
}

/** Options of {@link Decider}. */
export interface DeciderOptions {
	readonly spec: ModelSpec;
	readonly schema: FeatureSchema;
	readonly log: Pick<AnswerLog, 'findEvent' | 'decisionOf'> & {readonly dictionary: Pick<CategoryDictionary, 'valueOf'>};
	readonly deployments: DeploymentSet;
	readonly online: OnlineScorer;
}

/** Explains answers of one model by its policy. */
export class Decider {
	readonly #options: DeciderOptions;
	readonly #policyVersion: string;

	constructor(options: DeciderOptions) {
		this.#options = options;
		this.#policyVersion = policyVersionOf(options.spec.policy);
	}

	/** @throws PerennialError - PARAMETER_INVALID for a model whose policy decides nothing. */
	checkPolicy(): void {
		const {name, policy} = this.#options.spec;
		if (policy.cutoffs.length === 0) {
			throw new PerennialError(
				'PARAMETER_INVALID',
				`${name} has no policy.cutoffs, so that it decides nothing; PUT /v1/models/${name} gives it some.`,
			);
		}
	}

	/**
	 * The decision on an event that was answered. Reasons are those of the tier that answered; an answer that an older version or policy gave has none.
	 *
	 * Cost: one call of that tier with as many rows as the event has features.
	 */
	async decide(id: string, source: string): Promise<PolicyDecision> {
		const {log} = this.#options;
		const event = log.findEvent(id, source);
		const decision = event && log.decisionOf(event.offset);
		if (!decision) {
			throw new PerennialError('DECISION_NOT_FOUND', `The event ${JSON.stringify(id)} of ${source} has no answer.`);
		}

		const {outcome, reason, policy} = decision;
		return {
			action: outcome ?? 'none',
			reason,
			...(policy !== undefined && {policy}),
			reasons: policy === this.#policyVersion ? await this.#reasons(decision, event.row) : [],
		};
	}

	async #reasons(decision: DecisionRecord, row: Float64Array): Promise<ActionReason[]> {
		const {spec, schema} = this.#options;
		const {cutoffs, reasons, reasonsMax} = spec.policy;
		const lowest = cutoffs.toSorted((a, b) => a.at - b.at)[0]!;
		const score = await this.#scorerOf(decision);
		if (decision.outcome === lowest.below || !score || row.length !== schema.columns.length) {
			return [];
		}

		const raising = (await contributionsOf(row, score)).filter(({logOdds}) => logOdds > 0).slice(0, reasonsMax);
		return raising.map(({column, logOdds}) => {
			const feature = schema.columns[column]!.name;
			const {code, text} = reasons.find(reason => reason.feature === feature) ?? {code: feature};
			return {code, feature, ...(text !== undefined && {text}), logOdds};
		});
	}

	/** The tier that answered, if its version is still loaded. */
	async #scorerOf({
		tier,
		version,
		channel,
		scores,
	}: DecisionRecord): Promise<((rows: readonly Float64Array[]) => Promise<ArrayLike<number>>) | undefined> {
		const {deployments, online, schema, log} = this.#options;
		if (tier === 'online') {
			const {expert = deployments.champion} = deployments;
			const heard = Number.isNaN(tierScores(scores, 'teacher', 1)[0]!)
				? undefined
				: expert?.scorer(deployments.expert ? 'expert' : 'teacher', schema, log.dictionary);
			return async rows => {
				const said = await heard?.(rows);
				return rows.map((row, index) => online.predictOne(row, said && Float64Array.of(said[index]!))[0]!);
			};
		}

		const deployment = channel === CHAMPION ? deployments.champion : await deployments.forChannel(channel);
		return deployment?.version === version && (tier === 'student' || tier === 'teacher')
			? deployment.scorer(tier, schema, log.dictionary)
			: undefined;
	}
}
