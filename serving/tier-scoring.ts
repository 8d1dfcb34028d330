/**
 * What the tiers say of rows: all of them, or, where a promise says whose answer counts, no more than are needed.
 *
 * @module
 */
import {
	hasCode,
	scoresWidth,
	tierIndex,
	tierScores,
	type CategoryDictionary,
	type FeatureSchema,
	type Logger,
	type MetricSink,
	type Tier,
} from '../core/domain/index.ts';
import type {Deployment, ServedRole} from './deployment.ts';
import type {DeploymentSet} from './deployment-set.ts';
import type {OnlineScorer} from './online-scorer.ts';
import {isWatched, type TierPromise, type TierRouteKind} from './tier-promise.ts';

/** Options of {@link TierScoring}. */
export interface TierScoringOptions {
	readonly model: string;
	readonly outputCount: number;
	readonly schema: FeatureSchema;
	readonly dictionary: Pick<CategoryDictionary, 'valueOf'>;
	readonly deployments: DeploymentSet;
	readonly online: OnlineScorer;
	readonly metrics: MetricSink;
	readonly logger: Logger;
	/** Share of answers that the teacher scores whoever answers; only asked for under a promise. */
	readonly watched: number;
}

/** One row's scores, as they stand in a decision record, and who answers it. */
export interface PromisedScores {
	readonly scores: Float64Array;
	readonly tier: Extract<Tier, 'student' | 'teacher'>;
	readonly reason: string;
	/** The teacher was needed and could not be asked: a person decides. */
	readonly isReferred: boolean;
}

/** A row with the id that says whether it is watched. */
export interface IdentifiedRow {
	readonly id: string;
	readonly row: Float64Array;
}

/** Scores rows on the tiers of one model. */
export class TierScoring {
	readonly #options: TierScoringOptions;

	constructor(options: TierScoringOptions) {
		this.#options = options;
	}

	/** Scores of every tier for every row. */
	async scoreAll(rows: readonly Float64Array[], deployment: Deployment | undefined): Promise<Float64Array[]> {
		const {deployments} = this.#options;
		const {champion, frozen, expert} = deployments;
		const [student, teacher, frozenScores] = await Promise.all([
			this.#run(deployment, 'student', rows),
			expert ? this.#run(expert, 'expert', rows) : this.#run(champion, 'teacher', rows),
			this.#run(frozen, 'teacher', rows),
		]);
		const all = this.#blank(rows.length);
		this.#put(all, 'student', student);
		this.#put(all, 'teacher', teacher);
		this.#put(all, 'frozen', frozenScores);
		this.#scoreOnline(rows, all);
		return all;
	}

	/**
	 * The student for every row; its teacher, and the model that was never updated, for watched rows; the teacher alone for those that the promise leaves to it.
	 * The online learner is scored beside, and hears the teacher where that was asked.
	 */
	async scorePromised(items: readonly IdentifiedRow[], deployment: Deployment, promise: TierPromise): Promise<PromisedScores[]> {
		const {schema, dictionary, watched, deployments} = this.#options;
		const rows = items.map(({row}) => row);
		const all = this.#blank(rows.length);
		this.#put(all, 'student', await this.#run(deployment, 'student', rows));
		const batch = deployment.encoder('student', schema, dictionary)(rows);
		const routes = all.map((scores, row) => promise.route(tierScores(scores, 'student', 1)[0]!, batch, row));
		const isSampled = items.map(({id}) => isWatched(id, watched));
		const asked = rows.keys().filter(row => isSampled[row]! || routes[row]!.tier === 'teacher');
		const sampled = rows.keys().filter(row => isSampled[row]!);
		const [failure] = await Promise.all([
			this.#askTeacher(deployment, rows, all, [...asked]),
			this.#askFrozen(deployments.frozen, rows, all, [...sampled]),
		]);
		this.#scoreOnline(rows, all);
		return all.map((scores, row) => {
			const {tier, kind, reason} = routes[row]!;
			const teacher = tierScores(scores, 'teacher', 1)[0]!;
			if (isSampled[row]! && !Number.isNaN(teacher)) {
				this.#learn(promise, tierScores(scores, 'student', 1)[0]!, teacher, tier);
			}

			const isReferred = tier === 'teacher' && Number.isNaN(teacher);
			this.#countRoute(isReferred ? 'referred' : kind);
			return isReferred
				? {scores, tier: 'student', reason: `${reason}; the teacher ${failure ?? 'gave no score'}, so a person decides`, isReferred}
				: {scores, tier, reason, isReferred};
		});
	}

	/** Scores that were given to the same row before, with what the online learner says of it now: it learns on. */
	scoreAgain(row: Float64Array, before: Float64Array): Float64Array {
		const scores = before.slice();
		this.#scoreOnline([row], [scores]);
		return scores;
	}

	#blank(count: number): Float64Array[] {
		return Array.from({length: count}, () => new Float64Array(scoresWidth(this.#options.outputCount)).fill(Number.NaN));
	}

	async #run(from: Deployment | undefined, role: ServedRole, rows: readonly Float64Array[]): Promise<Float32Array | undefined> {
		const {schema, dictionary} = this.#options;
		return from?.scorer(role, schema, dictionary)(rows);
	}

	/** Values of the rows named, or of all, into their places. */
	#put(all: readonly Float64Array[], tier: Tier, values: Float32Array | undefined, places: readonly number[] = [...all.keys()]): void {
		const {outputCount} = this.#options;
		if (!values) {
			return;
		}

		const start = tierIndex(tier) * outputCount;
		for (const [at, place] of places.entries()) {
			for (let output = 0; output < outputCount; output++) {
				all[place]![start + output] = values[at * outputCount + output]!;
			}
		}
	}

	#scoreOnline(rows: readonly Float64Array[], all: readonly Float64Array[]): void {
		const {online, outputCount} = this.#options;
		const [from, into] = [tierIndex('teacher') * outputCount, tierIndex('online') * outputCount];
		const [said, heard] = [new Float64Array(outputCount), new Float64Array(outputCount)];
		for (const [index, scores] of all.entries()) {
			for (let output = 0; output < outputCount; output++) {
				heard[output] = scores[from + output]!;
			}

			online.predictInto(rows[index]!, said, heard);
			for (let output = 0; output < outputCount; output++) {
				scores[into + output] = said[output]!;
			}
		}
	}

	/**
	 * Why the teacher did not answer, undefined if it did. It may be gone while its student answers on: that is what the promise is for.
	 *
	 * @throws PerennialError - MODEL_NOT_READY while too many runs wait: whoever asks again a moment later has no need of a person.
	 */
	async #askTeacher(
		deployment: Deployment,
		rows: readonly Float64Array[],
		all: readonly Float64Array[],
		places: readonly number[],
	): Promise<string | undefined> {
		const {model, logger, metrics} = this.#options;
		try {
			await this.#ask(deployment, 'teacher', rows, all, places);
			return undefined;
		} catch (error) {
			if (hasCode(error, 'MODEL_NOT_READY')) {
				throw error;
			}

			metrics.count('perennial_teacher_failures_total', {model});
			logger.error('the teacher cannot be asked; its student answers what it promised, the rest is referred', {model, error});
			return 'cannot be asked';
		}
	}

	/** The first version is asked for comparison alone: no answer fails because it is gone. */
	async #askFrozen(
		frozen: Deployment | undefined,
		rows: readonly Float64Array[],
		all: readonly Float64Array[],
		places: readonly number[],
	): Promise<void> {
		try {
			await this.#ask(frozen, 'frozen', rows, all, places);
		} catch (error) {
			const {model, logger} = this.#options;
			logger.warn('the first version cannot be asked; watched answers lack its score', {model, error});
		}
	}

	/** The teacher of a version for the rows at some places, as the scores of a tier. */
	async #ask(
		from: Deployment | undefined,
		tier: 'teacher' | 'frozen',
		rows: readonly Float64Array[],
		all: readonly Float64Array[],
		places: readonly number[],
	): Promise<void> {
		if (places.length > 0) {
			const asked = places.map(place => rows[place]!);
			this.#put(all, tier, await this.#run(from, 'teacher', asked), places);
		}
	}

	#learn(promise: TierPromise, student: number, teacher: number, tier: 'student' | 'teacher'): void {
		const {model, logger, metrics} = this.#options;
		const hasWidened = promise.learnOne(student, teacher, tier);
		const {watched, equal, low} = promise.live;
		metrics.gauge('perennial_tier_agreement_ratio', {model}, watched === 0 ? Number.NaN : equal / watched);
		metrics.gauge('perennial_tier_agreement_low_ratio', {model}, low);
		if (hasWidened) {
			metrics.count('perennial_tier_widenings_total', {model});
			logger.warn('watched answers agree less than promised; the bands around the cut-offs are wider now', {
				model,
				band: promise.band,
			});
		}
	}

	#countRoute(reason: TierRouteKind | 'referred'): void {
		this.#options.metrics.count('perennial_tier_routes_total', {model: this.#options.model, reason});
	}
}
