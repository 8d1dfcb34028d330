/**
 * Answers: encode, score on every tier, route, record, reply. The record is durable before the reply leaves.
 *
 * @module
 */
import {
	CHAMPION,
	classNamesOf,
	ignoredFieldsOf,
	outputCountOf,
	parseTime,
	PerennialError,
	policyVersionOf,
	REFER,
	RowEncoder,
	tierPeak,
	tierScore,
	tierScores,
	type Clock,
	type DecisionRecord,
	type Fault,
	type FeatureSchema,
	type Logger,
	type MetricSink,
	type Millis,
	type ModelSpec,
	type Offset,
	type Tier,
	type TimeOrderedIds,
} from '../core/domain/index.ts';
import {logit} from '../core/numerics/index.ts';
import type {Answer, AnswerLog, Prediction, PredictionOutcome, PredictItem, Said} from './answer.ts';
import type {AnswerCache} from './answer-cache.ts';
import {CachedAnswers, type KeptAnswer} from './cached-answers.ts';
import type {Deployment} from './deployment.ts';
import type {DeploymentSet} from './deployment-set.ts';
import type {OnlineScorer} from './online-scorer.ts';
import {outcomeOf} from './policy.ts';
import {isInShare, type TierPromise} from './tier-promise.ts';
import type {TierRouter} from './tier-router.ts';
import {TierScoring} from './tier-scoring.ts';

/** Options of {@link Predictor}. */
export interface PredictorOptions {
	readonly spec: ModelSpec;
	readonly schema: FeatureSchema;
	readonly log: AnswerLog;
	readonly online: OnlineScorer;
	readonly deployments: DeploymentSet;
	readonly router: TierRouter;
	/** The channel of a challenger, and the share of entities that it answers now; absent: none. */
	readonly canary?: {readonly channel: string; readonly share: () => number};
	/** Answers are kept here where the tiers that give them say the same of the same row; whoever changes what is loaded empties it. */
	readonly cache?: AnswerCache<KeptAnswer>;
	readonly clock: Pick<Clock, 'now' | 'kind'>;
	readonly metrics: MetricSink;
	readonly logger: Logger;
	/** For events that come without an id. */
	readonly ids: TimeOrderedIds;
	/** The id under which an answer is found again. */
	readonly decisionIdOf: (offset: Offset) => string;
}

/** Source of events that were only ever asked about. */
export const PREDICT_SOURCE = 'predict';
/** An event may lie this far ahead of wall time: clocks differ, but not by days. In a replay whoever moves the clock answers for the times. */
const AHEAD_MS_MAX = 86_400_000;
const ID_LENGTH_MAX = 256;

interface Encoded {
	readonly id: string;
	readonly source: string;
	readonly entity?: string;
	readonly time: Millis;
	readonly row: Float64Array;
	readonly schemaVersion: number;
	readonly isNew: boolean;
}

/** Answers for one model under one schema. */
export class Predictor {
	readonly #options: PredictorOptions;
	readonly #encoder: RowEncoder;
	readonly #outputCount: number;
	readonly #classes: readonly string[];
	readonly #scoring: TierScoring;
	readonly #policyVersion: string;
	readonly #cached: CachedAnswers<Answer> | undefined;

	constructor(options: PredictorOptions) {
		const {spec, schema, log, cache} = options;
		this.#options = options;
		this.#encoder = new RowEncoder(schema, log.dictionary, {ignored: ignoredFieldsOf(spec)});
		this.#outputCount = outputCountOf(spec);
		this.#classes = classNamesOf(spec);
		this.#policyVersion = policyVersionOf(spec.policy);
		this.#scoring = new TierScoring({
			...options,
			model: spec.name,
			outputCount: this.#outputCount,
			dictionary: log.dictionary,
			watched: spec.tiers?.watched ?? 0,
		});
		this.#cached =
			cache &&
			new CachedAnswers({
				...options,
				cache,
				scoring: this.#scoring,
				policy: this.#policyVersion,
				watched: spec.tiers?.watched ?? 0,
			});
	}

	/** Why no tier can score yet, in words; undefined if one can. */
	get unready(): string | undefined {
		const {spec, online, deployments} = this.#options;
		return online.isReady || deployments.champion
			? undefined
			: `${spec.name} has learnt nothing yet and has no version; send labelled events first`;
	}

	/**
	 * Answer a batch, item by item: a bad item has faults and leaves the others alone.
	 *
	 * @throws PerennialError - CHANNEL_NOT_FOUND, MODEL_NOT_READY if no tier can score yet, STORAGE_FULL.
	 */
	async predict(items: readonly PredictItem[], channel = CHAMPION): Promise<PredictionOutcome[]> {
		const outcomes: (PredictionOutcome | undefined)[] = Array.from({length: items.length});
		const fresh: {readonly index: number; readonly encoded: Encoded}[] = [];
		const nextId = this.#options.ids.series();
		for (const [index, item] of items.entries()) {
			const encoded = this.#encode(item, nextId);
			// An id that was made here a moment ago is known to nobody.
			const known = 'faults' in encoded ? encoded : item.id === undefined ? undefined : this.#findKnown(encoded);
			if (known) {
				outcomes[index] = known;
			} else {
				fresh.push({index, encoded: encoded as Encoded});
			}
		}

		if (fresh.length > 0) {
			const answered = await this.#answer(
				fresh.map(({encoded}) => encoded),
				channel,
			);
			for (const [at, {index}] of fresh.entries()) {
				outcomes[index] = answered[at]!;
			}
		}

		return outcomes as PredictionOutcome[];
	}

	/** @throws PerennialError - MODEL_NOT_READY for a row of another schema than is served now. */
	#encode(item: PredictItem, nextId: () => string): Encoded | {readonly faults: Fault[]} {
		const {id, source, entity, time} = item;
		const faults: Fault[] = [];
		const row = 'row' in item ? this.#checkedRow(item) : this.#encoder.encode(item.features, faults);
		const {clock} = this.#options;
		const now = clock.now();
		let at = now;
		if (time !== undefined) {
			try {
				at = parseTime(time);
			} catch (error) {
				faults.push({path: 'time', code: 'TIME_INVALID', message: (error as PerennialError).message});
			}
		}

		if (clock.kind === 'wall' && at > now + AHEAD_MS_MAX) {
			faults.push({
				path: 'time',
				code: 'TIME_INVALID',
				message: `lies more than a day after the clock, which stands at ${new Date(now).toISOString()}`,
			});
		}

		if (!('row' in item) && row.every(value => Number.isNaN(value)) && faults.length === 0) {
			faults.push({path: 'features', code: 'FIELD_REQUIRED', message: 'has no feature of this model; give at least one'});
		}

		for (const [name, text] of [
			['id', id],
			['source', source],
			['entity', entity],
		] as const) {
			if (text !== undefined && (text.length === 0 || text.length > ID_LENGTH_MAX)) {
				faults.push({path: name, code: 'EVENT_INVALID', message: `must have 1 to ${ID_LENGTH_MAX} characters`});
			}
		}

		return faults.length > 0
			? {faults}
			: {
					id: id ?? nextId(),
					isNew: id === undefined,
					schemaVersion: this.#options.schema.version,
					source: source ?? PREDICT_SOURCE,
					time: at,
					row,
					...(entity !== undefined && {entity}),
				};
	}

	#checkedRow({row, schemaVersion}: {readonly row: Float64Array; readonly schemaVersion: number}): Float64Array {
		if (schemaVersion !== this.#options.schema.version) {
			throw new PerennialError(
				'MODEL_NOT_READY',
				`The features of ${this.#options.spec.name} were changed while this was read; ask again.`,
			);
		}

		return row;
	}

	/** The answer an id had before; or a fault if the id is known with other features. */
	#findKnown({id, source, row}: Encoded): PredictionOutcome | undefined {
		const {log} = this.#options;
		const event = log.findEvent(id, source);
		if (!event) {
			return undefined;
		}

		if (event.row.length !== row.length || event.row.some((value, index) => !Object.is(value, row[index]))) {
			return {
				faults: [
					{
						path: 'id',
						code: 'EVENT_CONFLICT',
						message: `${JSON.stringify(id)} of ${source} is known with other features; use a new id`,
					},
				],
			};
		}

		const decision = log.decisionOf(event.offset);
		return decision && {prediction: this.#toPrediction(id, decision.offset, decision)};
	}

	async #answer(items: readonly Encoded[], channel: string): Promise<PredictionOutcome[]> {
		const {deployments, log, spec} = this.#options;
		const deployment = await deployments.forChannel(channel);
		if (channel !== CHAMPION && !deployment) {
			throw new PerennialError(
				'CHANNEL_NOT_FOUND',
				`Channel ${JSON.stringify(channel)} of ${spec.name} points at no version; PUT /v1/models/${spec.name}/channels/${channel} moves it.`,
			);
		}

		const answers =
			channel === CHAMPION ? await this.#decideWithCanary(items, deployment) : await this.#decide(items, deployment, channel);
		const outcomes = await log.appendDecisions(answers);
		return outcomes.map(({offset, status}, index) => {
			if (status === 'duplicate') {
				// Asked for twice at once: the first stands.
				return this.#findKnown(items[index]!)!;
			}

			const answer = answers[index]!;
			this.#cached?.keep(answer, offset);
			return {prediction: this.#toPrediction(answer.event.id, offset, answer)};
		});
	}

	/** Entities of the challenger's share always go to it; the others to the champion. Answers in the order of the items. */
	async #decideWithCanary(items: readonly Encoded[], deployment: Deployment | undefined): Promise<Answer[]> {
		const {canary, deployments} = this.#options;
		const share = canary?.share() ?? 0;
		const rival = canary && share > 0 ? deployments.loaded(canary.channel) : undefined;
		if (!canary || !rival) {
			return this.#decide(items, deployment, CHAMPION);
		}

		const isCanary = items.map(({entity, id}) => isInShare(`canary ${entity ?? id}`, share));
		const [ours, theirs] = await Promise.all([
			this.#decideSome(
				items.filter((_, index) => !isCanary[index]!),
				deployment,
				CHAMPION,
			),
			this.#decideSome(
				items.filter((_, index) => isCanary[index]!),
				rival,
				canary.channel,
			),
		]);
		return isCanary.map(is => (is ? theirs : ours).shift()!);
	}

	async #decideSome(items: readonly Encoded[], deployment: Deployment | undefined, channel: string): Promise<Answer[]> {
		return items.length === 0 ? [] : this.#decide(items, deployment, channel);
	}

	/** From the cache where the tier that answers is deterministic: not the online learner, whose answer moves with every label. */
	async #decide(items: readonly Encoded[], deployment: Deployment | undefined, channel: string): Promise<Answer[]> {
		const isRepeatable = deployment && (channel !== CHAMPION || deployment.promise);
		return this.#cached && isRepeatable
			? this.#cached.decide(items, {
					deployment,
					channel,
					score: async missing => this.#score(missing, deployment, channel),
					toAnswer: (item, said) => this.#toAnswer(item, said),
				})
			: this.#score(items, deployment, channel);
	}

	/** Who answers what. */
	async #score(items: readonly Encoded[], deployment: Deployment | undefined, channel: string): Promise<Answer[]> {
		if (channel === CHAMPION && deployment?.promise) {
			return this.#decidePromised(items, deployment, deployment.promise);
		}

		const {deployments, spec, router} = this.#options;
		const scores = await this.#scoring.scoreAll(
			items.map(({row}) => row),
			deployment,
		);
		const has = (tier: Tier): boolean => !Number.isNaN(tierScore(scores[0]!, tier, this.#outputCount));
		const {tier, reason} =
			channel === CHAMPION
				? router.route({hasStudent: has('student'), hasOnline: has('online')})
				: {
						tier: 'student' as const,
						reason:
							this.#options.canary?.channel === channel
								? `version ${deployment!.version} is on trial as ${channel}`
								: `channel ${channel} was asked for`,
					};
		if (!has(tier)) {
			throw new PerennialError(
				'MODEL_NOT_READY',
				`${spec.name} has learnt nothing yet and has no version; send labelled events first.`,
			);
		}

		const heard = (deployments.expert ?? deployments.champion)?.version;
		const version = tier === 'student' ? deployment!.version : (deployments.champion?.version ?? 0);
		const why = tier === 'online' && heard !== undefined ? `${reason}; it hears the teacher of version ${heard}` : reason;
		return items.map((item, index) => this.#toAnswer(item, {tier, version, channel, reason: why, scores: scores[index]!}));
	}

	async #decidePromised(items: readonly Encoded[], deployment: Deployment, promise: TierPromise): Promise<Answer[]> {
		const decided = await this.#scoring.scorePromised(items, deployment, promise);
		return decided.map(({scores, tier, reason, isReferred}, index) => {
			const answer = this.#toAnswer(items[index]!, {tier, version: deployment.version, channel: CHAMPION, reason, scores});
			return isReferred ? {...answer, isReferred, outcome: REFER} : answer;
		});
	}

	#toAnswer(item: Encoded, said: Said): Answer {
		const {spec} = this.#options;
		const outcome = this.#outputCount === 1 ? outcomeOf(tierScore(said.scores, said.tier, 1), spec.policy) : undefined;
		return outcome === undefined ? {event: item, ...said} : {event: item, ...said, outcome, policy: this.#policyVersion};
	}

	#toPrediction(
		id: string,
		offset: Offset,
		decision: Pick<DecisionRecord, 'tier' | 'version' | 'channel' | 'outcome' | 'scores'>,
	): Prediction {
		const {tier, version, channel, outcome, scores} = decision;
		const probability = tierPeak(scores, tier, this.#outputCount);
		return {
			id,
			decisionId: this.#options.decisionIdOf(offset),
			score: logit(probability, 1e-12),
			probability,
			tier,
			version,
			channel,
			...(outcome !== undefined && {outcome}),
			...(this.#outputCount > 1 && this.#toClasses(tierScores(scores, tier, this.#outputCount), probability)),
		};
	}

	#toClasses(probabilities: Float64Array, highest: number): Pick<Prediction, 'class' | 'probabilities'> {
		return {
			class: this.#classes[probabilities.indexOf(highest)]!,
			probabilities: Object.fromEntries(this.#classes.map((name, index) => [name, probabilities[index]!])),
		};
	}
}
