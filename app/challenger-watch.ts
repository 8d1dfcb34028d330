/**
 * Keeps a challenger on trial while its channel points at another version than the champion's, and does with the verdict what the spec says.
 *
 * @module
 */
import {
	CHAMPION,
	outputCountOf,
	PerennialError,
	type CategoryDictionary,
	type ChallengerView,
	type ChannelMove,
	type Clock,
	type FeatureSchema,
	type Logger,
	type MetricSink,
	type ModelSpec,
} from '../core/domain/index.ts';
import {finalAfterOf} from '../monitoring/index.ts';
import type {Registry} from '../registry/index.ts';
import {ChallengerTrial, costOf, type Deployment, type DeploymentSet, type TrialLog} from '../serving/index.ts';

/** Options of {@link ChallengerWatch}. */
export interface ChallengerWatchOptions {
	readonly spec: ModelSpec;
	readonly schema: FeatureSchema;
	readonly deployments: DeploymentSet;
	readonly registry: Pick<Registry, 'currentOf' | 'moveChannel'>;
	readonly log: TrialLog;
	readonly dictionary: Pick<CategoryDictionary, 'valueOf'>;
	readonly clock: Pick<Clock, 'now'>;
	readonly metrics: MetricSink;
	readonly logger: Logger;
	/** Channels were moved to the challenger's version. */
	readonly onPromoted: (moves: readonly ChannelMove[]) => Promise<void>;
}

/** Between two looks at the log. */
const LOOK_MS = 50;
/** Records at a look, so that a trial that has much to read holds up no answer: 100 labels with their events take two milliseconds. */
const RECORDS_MAX = 100;
/** The same where somebody waits for all of them. */
const SETTLED_RECORDS_MAX = 2000;

interface Trial {
	readonly champion: number;
	readonly challenger: number;
	readonly trial: ChallengerTrial;
}

/** The trial of one model's challenger, if its spec has one. */
export class ChallengerWatch {
	readonly #options: ChallengerWatchOptions;
	#current: Trial | undefined;
	/** Verdict that was told, so that it is told once. */
	#told: 'better' | 'worse' | undefined;
	#timer: NodeJS.Timeout | undefined;
	#looking: Promise<void> | undefined;

	constructor(options: ChallengerWatchOptions) {
		this.#options = options;
	}

	/** Share of entities that the challenger answers now: none before its trial, and none once it is found worse. */
	get share(): number {
		const {challenger} = this.#options.spec;
		return challenger && this.#current && this.#current.trial.standing.verdict !== 'worse' ? challenger.share : 0;
	}

	/** How it stands. */
	get view(): ChallengerView {
		const {challenger} = this.#options.spec;
		const current = this.#current;
		if (!challenger || !current) {
			return {state: 'none', ...(challenger && {channel: challenger.channel})};
		}

		const {verdict, low, high, measures, ...standing} = current.trial.standing;
		return {
			state: verdict === 'undecided' ? 'running' : verdict === 'better' ? 'proposed' : 'retired',
			channel: challenger.channel,
			champion: current.champion,
			challenger: current.challenger,
			share: this.share,
			judgedBy: challenger.judgedBy,
			...standing,
			...limitsOf({low, high}),
			measures: Object.fromEntries(
				Object.entries(measures).map(([measure, {gain, low: least, high: most}]) => [
					measure,
					{gain, ...limitsOf({low: least, high: most})},
				]),
			),
		};
	}

	/** Look on from now on, until {@link stop}. */
	start(): void {
		if (!this.#options.spec.challenger) {
			return;
		}

		this.#timer = setInterval(() => {
			if (this.#looking) {
				return;
			}

			this.look(RECORDS_MAX).catch((error: unknown) => {
				this.#options.logger.error('the trial of a challenger cannot go on; it is tried again', {
					model: this.#options.spec.name,
					error,
				});
			});
		}, LOOK_MS);
		this.#timer.unref();
	}

	/** Look no more. */
	stop(): void {
		clearInterval(this.#timer);
	}

	/** See where the channels point: another pair of versions is another trial. */
	async refresh(): Promise<void> {
		const {spec, deployments, registry} = this.#options;
		const {challenger} = spec;
		const {champion} = deployments;
		if (!challenger || deployments.isUnloaded) {
			return;
		}

		const move = await registry.currentOf(spec.name, challenger.channel);
		const rival = move && champion && move.version !== champion.version ? await deployments.forChannel(challenger.channel) : undefined;
		if (!move || !champion || rival?.version !== move.version) {
			this.#current = undefined;
			return;
		}

		if (this.#current?.champion !== champion.version || this.#current.challenger !== rival.version) {
			const since = Math.max(Date.parse(move.at), Date.parse(deployments.championSince ?? move.at));
			this.#current = {champion: champion.version, challenger: rival.version, trial: this.#trialOf(champion, rival, since)};
			this.#told = undefined;
		}
	}

	/** Read on, up to so many records, and act on the verdict if there is one. One at a time: a call during another waits, and then looks itself. */
	async look(recordsMax: number): Promise<void> {
		while (this.#looking) {
			await this.#looking;
		}

		this.#looking = this.#lookOnce(recordsMax).finally(() => {
			this.#looking = undefined;
		});
		await this.#looking;
	}

	async #lookOnce(recordsMax: number): Promise<void> {
		const current = this.#current;
		if (!current) {
			return;
		}

		await current.trial.look(this.#options.clock.now(), recordsMax);
		this.#publish(current);
		const {verdict} = current.trial.standing;
		if (verdict !== 'undecided' && this.#told === undefined && current === this.#current) {
			this.#told = verdict;
			await this.#act(verdict, current);
		}
	}

	/** Everything in the log now has been looked at when this resolves. */
	async settle(): Promise<void> {
		let before: number;
		let lag = Infinity;
		do {
			before = lag;
			await this.look(SETTLED_RECORDS_MAX);
			lag = this.#current?.trial.standing.verdict === 'undecided' ? this.#current.trial.standing.lag : 0;
		} while (lag > 0 && lag < before);
	}

	/**
	 * A person approves the proposal: the champion's channel and those of the edges move to the challenger.
	 *
	 * @throws PerennialError - PRECONDITION_FAILED while nothing is proposed.
	 */
	async promote(by: string): Promise<ChannelMove> {
		const current = this.#current;
		if (current?.trial.standing.verdict !== 'better') {
			const {name} = this.#options.spec;
			throw new PerennialError(
				'PRECONDITION_FAILED',
				`${name} has no challenger that is proved better; PUT /v1/models/${name}/channels/${CHAMPION} moves the channel all the same.`,
			);
		}

		return this.#promote(current, by);
	}

	#trialOf(champion: Deployment, challenger: Deployment, since: number): ChallengerTrial {
		const {spec, schema, log, dictionary} = this.#options;
		const {errorMax, labelsExpected, judgedBy} = spec.challenger!;
		const {policy} = spec;
		return new ChallengerTrial({
			judgedBy,
			costOf: policy.costs && ((probability, label) => costOf(probability, label, policy)!),
			log,
			since,
			errorMax,
			labelsExpected,
			finalAfter: finalAfterOf(spec.label),
			schemaVersion: schema.version,
			outputCount: outputCountOf(spec),
			async score(rows) {
				const [ours, theirs] = await Promise.all(
					[champion, challenger].map(async deployment => deployment.scorer('student', schema, dictionary)(rows)),
				);
				return {champion: ours!, challenger: theirs!};
			},
		});
	}

	async #act(verdict: 'better' | 'worse', current: Trial): Promise<void> {
		const {spec, metrics, logger} = this.#options;
		metrics.count('perennial_challenger_verdicts_total', {model: spec.name, verdict});
		logger.info('a challenger is judged on outcomes', {model: spec.name, verdict, ...this.view});
		if (verdict === 'better' && spec.challenger!.promotion === 'automatic') {
			await this.#promote(current, 'challenger-trial');
		}
	}

	async #promote({champion, challenger, trial}: Trial, by: string): Promise<ChannelMove> {
		const {spec, registry, clock, onPromoted} = this.#options;
		const {labels, gain, low} = trial.standing;
		const measure = spec.challenger!.judgedBy === 'cost' ? 'mean cost' : 'log loss';
		const reason =
			`On ${labels} labels the ${measure} of version ${challenger} is ${gain.toFixed(5)} lower than that of version ${champion}, ` +
			`at least ${low.toFixed(5)} however often one looked.`;
		const moves: ChannelMove[] = [];
		const {channels, rollout} = spec.edge;
		// The first ring; app/rollouts.ts moves the others.
		for (const channel of [CHAMPION, ...(rollout ? channels.slice(0, 1) : channels)]) {
			moves.push(await registry.moveChannel({model: spec.name, channel, version: challenger, reason, by, at: clock.now()}));
		}

		await onPromoted(moves);
		return moves[0]!;
	}

	#publish({trial}: Trial): void {
		const {spec, metrics} = this.#options;
		const {labels, gain, low, high, shed} = trial.standing;
		metrics.gauge('perennial_challenger_labels', {model: spec.name}, labels);
		metrics.gauge('perennial_challenger_gain', {model: spec.name}, labels === 0 ? Number.NaN : gain);
		metrics.gauge('perennial_challenger_gain_low', {model: spec.name}, low);
		metrics.gauge('perennial_challenger_gain_high', {model: spec.name}, high);
		metrics.gauge('perennial_challenger_shed_labels', {model: spec.name}, shed);
	}
}

/** Infinite limits are none: JSON has no infinity. */
function limitsOf({low, high}: {readonly low: number; readonly high: number}): {low: number | null; high: number | null} {
	return {low: Number.isFinite(low) ? low : null, high: Number.isFinite(high) ? high : null};
}
