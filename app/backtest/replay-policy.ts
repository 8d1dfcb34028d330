/**
 * One policy over a history, in event time: every event is answered with what the policy had then, and nothing that came later.
 *
 * @module
 */
import {type LearnerDefinition, type Millis, type OnlineLearner, type TrainingFrame} from '../../core/domain/index.ts';
import {logLossOf} from '../../core/numerics/index.ts';
import {rowOf, type History} from './history.ts';
import {guard, type Verdict} from './guard.ts';
import type {Policy} from './policies.ts';
import {RetrainDecider} from './retrain-decider.ts';
import {Routing} from './routing.ts';
import {countUntil, labelOrderOf, labelTimesOf, type TrainedModel, type TrainedModels} from './trained-models.ts';

/** What happens between two looks at the clock. */
const DAY = 86_400_000;

/** One training of a policy. */
export interface TrainingEvent {
	readonly at: Millis;
	/** Why it ran, in words. */
	readonly reason: string;
	readonly rows: number;
	/** Whether its model went live. */
	readonly isLive: boolean;
	/** Why it did or did not. */
	readonly verdict: string;
}

/** What became of a policy. */
export interface PolicyRun {
	readonly policy: Policy;
	/** Probabilities, `outputCount` a row; NaN before the start. */
	readonly scores: Float64Array;
	readonly trainings: readonly TrainingEvent[];
	/** Times at which a detector called a rise of the loss. */
	readonly alarms: readonly Millis[];
	/** CPU seconds of its trainings, whether another policy had asked for the same ones or not, and of its online learner. */
	readonly trainingSeconds: number;
	readonly onlineSeconds: number;
}

/** What a replay needs. */
export interface ReplayOptions {
	readonly history: History;
	readonly models: TrainedModels;
	readonly learner: LearnerDefinition;
	/** First row that is answered; the first training is at its time. */
	readonly start: number;
	readonly onRow?: (row: number) => Promise<void> | void;
}

/** Replay a policy. Cost: its trainings, the scoring of each row by the model of the day, and its online learner once over the history. */
export async function replayPolicy(policy: Policy, options: ReplayOptions): Promise<PolicyRun> {
	const replay = new PolicyReplay(policy, options);
	return replay.run();
}

class PolicyReplay {
	readonly #policy: Policy;
	readonly #options: ReplayOptions;
	readonly #history: History;
	readonly #scores: Float64Array;
	readonly #labelAt: Float64Array;
	readonly #order: Int32Array;
	readonly #learner: OnlineLearner | undefined;
	readonly #routing: Routing;
	readonly #decider: RetrainDecider;
	readonly #trainings: TrainingEvent[] = [];
	/** What the teacher said, for the label to come; NaN where it said nothing. */
	readonly #teacherScores: Float64Array;
	/** The same of the teacher that the online learner hears of. */
	readonly #expertScores: Float64Array;
	/** When labels count as new for the decider, and in which order. */
	readonly #newAt: Float64Array;
	readonly #newOrder: Int32Array;
	readonly #row: Float64Array;
	readonly #answer: Float64Array;
	/** What may answer alone, and what the online learner hears of: the same unless a gate stands between them. */
	#live: TrainedModel | undefined;
	#expert: TrainedModel | undefined;
	#learnt = 0;
	#trainingSeconds = 0;
	#onlineSeconds = 0;

	constructor(policy: Policy, options: ReplayOptions) {
		const {history, learner} = options;
		const {schema, outputCount, rowCount, spec} = history;
		this.#policy = policy;
		this.#options = options;
		this.#history = history;
		this.#scores = new Float64Array(rowCount * outputCount).fill(Number.NaN);
		this.#teacherScores = new Float64Array(rowCount * outputCount).fill(Number.NaN);
		this.#expertScores = new Float64Array(rowCount * outputCount).fill(Number.NaN);
		this.#labelAt = labelTimesOf(history, policy.labels);
		this.#order = labelOrderOf(history, policy.labels);
		const counted = this.#unfinal === 'exclude' ? policy.labels : 'known';
		this.#newAt = labelTimesOf(history, counted);
		this.#newOrder = labelOrderOf(history, counted);
		this.#learner = policy.online && learner.create({schema, outputCount, seed: spec.offline.seed});
		this.#routing = new Routing(outputCount);
		this.#decider = new RetrainDecider(policy.retrain ?? {}, spec);
		this.#row = new Float64Array(schema.columns.length);
		this.#answer = new Float64Array(outputCount);
	}

	async run(): Promise<PolicyRun> {
		const {history, start, onRow} = this.#options;
		const {times, rowCount} = history;
		this.#warmUp(start);
		const startTime = times[start]!;
		if (this.#policy.retrain) {
			await this.#train(startTime, 'the first training', true);
		}

		let [from, now] = [start, startTime];
		while (from < rowCount) {
			now += DAY * Math.max(1, Math.ceil((times[from]! - now) / DAY));
			const to = firstAfter(times, from, now);
			await this.#answerRows(from, to);
			this.#takeLabels(now);
			await onRow?.(to);
			from = to;
			const reason = this.#decider.due(now, this.#newLabels(now));
			if (reason !== undefined && from < rowCount) {
				await this.#train(now, reason, false);
			}
		}

		return {
			policy: this.#policy,
			scores: this.#scores,
			trainings: this.#trainings,
			alarms: this.#decider.alarms,
			trainingSeconds: this.#trainingSeconds,
			onlineSeconds: this.#onlineSeconds,
		};
	}

	/** The online learner has seen what came before the start, as it would have in production. */
	#warmUp(start: number): void {
		this.#takeLabels(this.#history.times[start]!);
	}

	async #answerRows(from: number, to: number): Promise<void> {
		const {times, outputCount} = this.#history;
		this.#teacherScores.set((await this.#live?.score(from, to)) ?? [], from * outputCount);
		this.#expertScores.set((await this.#expert?.score(from, to)) ?? [], from * outputCount);
		const started = process.cpuUsage();
		for (let row = from; row < to; row++) {
			this.#takeLabels(times[row]!);
			this.#scores.set(this.#answerOf(row), row * outputCount);
		}

		this.#onlineSeconds += this.#learner ? secondsSince(started) : 0;
	}

	#answerOf(row: number): Float64Array {
		const teacher = this.#live && this.#saidOf(this.#teacherScores, row);
		if (!this.#learner) {
			return teacher ?? this.#routing.baseRates;
		}

		rowOf(this.#history, row, this.#row);
		this.#learner.rememberOne?.(row, this.#row);
		this.#learner.predictOne(this.#row, this.#answer, this.#expertOf(row));
		if (!this.#policy.guarded) {
			return this.#answer;
		}

		this.#routing.keep(row, this.#answer);
		return this.#routing.prefersTeacher(teacher !== undefined) ? teacher! : this.#answer;
	}

	/** What the online learner hears about a row; NaN where there was no teacher. */
	#expertOf(row: number): Float64Array | undefined {
		return this.#policy.online === 'with-teacher' ? this.#saidOf(this.#expertScores, row) : undefined;
	}

	#saidOf(scores: Float64Array, row: number): Float64Array {
		const {outputCount} = this.#history;
		return scores.subarray(row * outputCount, (row + 1) * outputCount);
	}

	/** Labels that came by `now`, in their order: to the learner, the standing of the tiers, and the detectors. */
	#takeLabels(now: Millis): void {
		const {labels} = this.#history;
		for (; this.#learnt < this.#order.length; this.#learnt++) {
			const row = this.#order[this.#learnt]!;
			const at = this.#labelAt[row]!;
			if (at > now) {
				return;
			}

			const label = labels[row]!;
			this.#learner?.learnOne(rowOf(this.#history, row, this.#row), label, 1, this.#expertOf(row), undefined, row);
			this.#routing.learn(row, this.#saidOf(this.#teacherScores, row), label);
			const said = this.#saidOf(this.#scores, row);
			const loss = Number.isNaN(said[0]!) ? Number.NaN : logLossOf(said, label);
			this.#decider.takeLabel(at, loss, {label, score: said.length === 1 ? said[0] : undefined});
		}
	}

	async #train(at: Millis, reason: string, isFirst: boolean): Promise<void> {
		const {models, history} = this.#options;
		const {guarded, labels} = this.#policy;
		const unfinal = this.#unfinal;
		const frame = unfinal === 'exclude' ? models.frameOf(models.rowsFor({asOf: at, labels}), at) : await models.completed(at, unfinal);
		const outcome: Verdict = guarded
			? await guard({history, models, frame, at, champion: this.#live})
			: await this.#trainUngated(frame, at, isFirst);
		const {model} = outcome;
		const whole = guarded && (await models.trainFrame(frame, at));
		this.#decider.trained(at, {rows: frame.rowCount, labels: this.#newLabels(at)});
		this.#trainingSeconds += (outcome.tried?.cpuSeconds ?? 0) + (whole?.cpuSeconds ?? 0);
		if (outcome.model || isFirst) {
			this.#decider.renewed();
		}

		this.#trainings.push({
			at,
			reason,
			rows: frame.rowCount,
			isLive: model !== undefined,
			verdict: outcome.verdict,
		});
		this.#live = model ?? this.#live;
		this.#expert = (guarded ? whole : model) ?? this.#expert;
	}

	/** What trainings make of labels that are not final. */
	get #unfinal(): 'exclude' | 'survive' | 'ipw' {
		const {unfinal = 'exclude'} = this.#policy;
		return unfinal === 'spec' ? this.#history.spec.label.unfinal : unfinal;
	}

	/** Labels so far that a training could learn from. */
	#newLabels(now: Millis): number {
		return countUntil(this.#newOrder, this.#newAt, now);
	}

	async #trainUngated(frame: TrainingFrame, at: Millis, isFirst: boolean): Promise<Verdict> {
		const model = await this.#options.models.trainFrame(frame, at);
		return model
			? {model, tried: model, verdict: isFirst ? 'the first model' : 'goes live ungated'}
			: {verdict: 'the rows cannot carry a teacher'};
	}
}

/** First row at or after a time, from a row on. */
function firstAfter(times: Float64Array, from: number, time: Millis): number {
	let row = from;
	while (row < times.length && times[row]! < time) {
		row++;
	}

	return row;
}

function secondsSince(started: NodeJS.CpuUsage): number {
	const {user, system} = process.cpuUsage(started);
	return (user + system) / 1e6;
}
