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
import {labelOrderOf, labelTimesOf, type TrainedModel, type TrainedModels} from './trained-models.ts';

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
	readonly onRow?: (row: number) => void;
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
	readonly #row: Float64Array;
	readonly #answer: Float64Array;
	#live: TrainedModel | undefined;
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
		this.#labelAt = labelTimesOf(history, policy.labels);
		this.#order = labelOrderOf(history, policy.labels);
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
			onRow?.(to);
			from = to;
			const reason = this.#decider.due(now);
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
		const teacher = await this.#live?.score(from, to);
		const started = process.cpuUsage();
		for (let row = from; row < to; row++) {
			const said = teacher?.subarray((row - from) * outputCount, (row - from + 1) * outputCount);
			const place = row * outputCount;
			if (said) {
				this.#teacherScores.set(said, place);
			}

			this.#takeLabels(times[row]!);
			this.#scores.set(this.#answerOf(row, said), place);
		}

		this.#onlineSeconds += this.#learner ? secondsSince(started) : 0;
	}

	#answerOf(row: number, teacher: Float64Array | undefined): Float64Array {
		if (!this.#learner) {
			return teacher ?? this.#routing.baseRates;
		}

		const expert = this.#policy.online === 'with-teacher' ? teacher : undefined;
		rowOf(this.#history, row, this.#row);
		this.#learner.rememberOne?.(row, this.#row);
		this.#learner.predictOne(this.#row, this.#answer, expert);
		if (!this.#policy.guarded) {
			return this.#answer;
		}

		this.#routing.keep(row, this.#answer);
		return this.#routing.prefersTeacher(teacher !== undefined) ? teacher! : this.#answer;
	}

	/** Labels that came by `now`, in their order: to the learner, the standing of the tiers, and the detectors. */
	#takeLabels(now: Millis): void {
		const {labels, outputCount} = this.#history;
		for (; this.#learnt < this.#order.length; this.#learnt++) {
			const row = this.#order[this.#learnt]!;
			const at = this.#labelAt[row]!;
			if (at > now) {
				return;
			}

			const label = labels[row]!;
			const place = row * outputCount;
			const teacher = this.#teacherScores.subarray(place, place + outputCount);
			this.#learner?.learnOne(
				rowOf(this.#history, row, this.#row),
				label,
				1,
				this.#policy.online === 'with-teacher' ? teacher : undefined,
				undefined,
				row,
			);
			this.#routing.learn(row, teacher, label);
			const said = this.#scores.subarray(place, place + outputCount);
			this.#decider.takeLabel(at, Number.isNaN(said[0]!) ? Number.NaN : logLossOf(said, label));
		}
	}

	async #train(at: Millis, reason: string, isFirst: boolean): Promise<void> {
		const {models, history} = this.#options;
		const {guarded, labels} = this.#policy;
		const unfinal = this.#policy.unfinal === 'spec' ? history.spec.label.unfinal : (this.#policy.unfinal ?? 'exclude');
		const frame = unfinal === 'exclude' ? models.frameOf(models.rowsFor({asOf: at, labels}), at) : await models.completed(at, unfinal);
		const outcome: Verdict = guarded
			? await guard({history, models, frame, at, champion: this.#live})
			: await this.#trainUngated(frame, at, isFirst);
		const {model} = outcome;
		this.#decider.trained(at, frame.rowCount);
		this.#trainingSeconds += outcome.tried?.cpuSeconds ?? 0;
		this.#trainings.push({
			at,
			reason,
			rows: frame.rowCount,
			isLive: model !== undefined,
			verdict: outcome.verdict,
		});
		this.#live = model ?? this.#live;
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
