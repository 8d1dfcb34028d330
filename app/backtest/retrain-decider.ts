/**
 * When a policy trains again: its schedule, its detectors, the number of new labels, what its answers are worth; with cool-down, budget and a reason.
 *
 * @module
 */
import type {JobTrigger, Millis, ModelSpec} from '../../core/domain/index.ts';
import {Adwin, decideRetrain, decideSignal, type PastTraining, type RetrainTrigger} from '../../monitoring/index.ts';
import {createCron, type CronSchedule} from '../cron.ts';
import type {RetrainRule} from './policies.ts';
import {QualityWatch} from './quality-watch.ts';

const MONTHLY = '0 0 1 * *';

/** Where a spec names no trigger. */
const TRIGGER: RetrainTrigger = {on: 'drift', cooldown: 'P3D', budgetPerMonth: 4};

/** A loss counts for this much at most: one confident mistake is no drift. */
const LOSS_MAX = 5;

/** Decides for one policy. */
export class RetrainDecider {
	/** Times at which the detector called a rise. */
	readonly alarms: Millis[] = [];
	readonly #rule: RetrainRule;
	readonly #cron: CronSchedule | undefined;
	readonly #triggers: readonly RetrainTrigger[];
	readonly #minimumNewLabels: number;
	readonly #detector = new Adwin();
	readonly #past: PastTraining[] = [];
	#scheduledAt: Millis | undefined;
	#labelsAtTraining = 0;
	#firstRows = 0;
	#hasDrifted = false;
	/** What the spec's own triggers asked with, until the training ran. */
	#bySignal: JobTrigger | undefined;
	readonly #quality: QualityWatch;

	constructor(rule: RetrainRule, {offline, gates}: Pick<ModelSpec, 'offline' | 'gates'>) {
		this.#quality = new QualityWatch(gates.minimumRows);
		this.#rule = rule;
		this.#cron = rule.schedule && createCron(rule.schedule === 'spec' ? offline.schedule : MONTHLY, offline.timezone);
		this.#triggers = offline.triggers.some(({on}) => on === 'drift') ? offline.triggers : [...offline.triggers, TRIGGER];
		this.#minimumNewLabels = Math.max(1, offline.minimumNewLabels);
	}

	/**
	 * A label came.
	 *
	 * @param loss - Log loss of what had been answered, NaN if nothing had.
	 * @param score - Probability of class 1 in the answer; undefined where there are more than two classes.
	 */
	takeLabel(at: Millis, loss: number, {label, score}: {readonly label: number; readonly score: number | undefined}): void {
		if (!Number.isNaN(loss)) {
			this.#quality.take(loss, label, score);
		}

		if (
			!Number.isNaN(loss) &&
			this.#detector.update(Math.min(LOSS_MAX, loss)) &&
			this.#detector.change!.after > this.#detector.change!.before
		) {
			this.alarms.push(at);
			this.#hasDrifted = true;
		}
	}

	/**
	 * Why a training is due, if it is. A schedule that fired several times since is due once; one with too few new labels waits.
	 *
	 * @param labels - Labels until now that a training could learn from.
	 */
	due(now: Millis, labels: number): string | undefined {
		const added = labels - this.#labelsAtTraining;
		if (this.#cron && this.#scheduledAt !== undefined && this.#scheduledAt <= now) {
			this.#scheduledAt = this.#cron.next(now);
			if (added >= this.#minimumNewLabels) {
				return 'scheduled';
			}
		}

		const ofSpec = this.#rule.triggers ? this.#signalDue(added, now) : undefined;
		if (ofSpec !== undefined) {
			return ofSpec;
		}

		if (this.#rule.volume && added >= this.#firstRows && this.#firstRows > 0) {
			return `${added} new labels`;
		}

		return this.#rule.drift && this.#hasDrifted ? this.#driftDue(now) : undefined;
	}

	/** What the spec's own triggers on volume and performance say. */
	#signalDue(labels: number, now: Millis): string | undefined {
		const context = {triggers: this.#triggers, history: this.#past, now};
		const quality = this.#quality.takeNewest();
		for (const signal of [{on: 'volume', labels} as const, ...(quality ? [{on: 'performance', ...quality} as const] : [])]) {
			const {retrain, reason} = decideSignal(signal, context);
			if (retrain) {
				this.#bySignal = signal.on;
				return reason;
			}
		}

		return undefined;
	}

	/** A training ran. */
	trained(at: Millis, {rows, labels}: {readonly rows: number; readonly labels: number}): void {
		const trigger: JobTrigger = this.#bySignal ?? (this.#hasDrifted && this.#rule.drift ? 'drift' : 'schedule');
		this.#past.push({at, trigger});
		this.#scheduledAt ??= this.#cron?.next(at);
		this.#firstRows ||= rows;
		this.#labelsAtTraining = labels;
		this.#hasDrifted = false;
		this.#bySignal = undefined;
	}

	/** A new model answers: its quality is measured from here. */
	renewed(): void {
		this.#quality.restart();
	}

	#driftDue(now: Millis): string | undefined {
		const alarm = {state: 'open', subject: 'concept', name: 'loss', message: 'the log loss has risen'} as const;
		const {retrain, reason} = decideRetrain(alarm, {triggers: this.#triggers, history: this.#past, now});
		return retrain ? reason : undefined;
	}
}
