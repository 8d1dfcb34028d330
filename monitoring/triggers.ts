/**
 * From an alarm, a number of labels, a loss or an event to a retraining: what the spec's triggers allow, within their cool-down and their budget.
 *
 * @module
 */
import {addDuration, formatTime, type Alarm, type JobTrigger, type Millis, type ModelSpec} from '../core/domain/index.ts';

/** One trigger of a spec. */
export type RetrainTrigger = ModelSpec['offline']['triggers'][number];

/** A training that was asked for, for whatever reason, and whatever became of it. */
export interface PastTraining {
	/** On the clock of the model: event time in a replay. */
	readonly at: Millis;
	readonly trigger: JobTrigger;
}

/** Whether to retrain, and why or why not: a sentence for the record. */
export interface RetrainDecision {
	readonly retrain: boolean;
	readonly reason: string;
}

/** Quality as a trigger compares it. */
export interface TriggerQuality {
	readonly logLoss: number | null;
	readonly auc: number | null;
}

/** Something that may ask for a retraining. */
export type RetrainSignal =
	| {readonly on: 'drift'; readonly alarm: Pick<Alarm, 'state' | 'subject' | 'name' | 'message'>}
	/** Labels that came since the last training was asked for. */
	| {readonly on: 'volume'; readonly labels: number}
	/** What the live model is worth now, and what its report said when it was made. */
	| {readonly on: 'performance'; readonly now: TriggerQuality; readonly reported: TriggerQuality}
	/** A CloudEvent that somebody posted. */
	| {readonly on: 'event'; readonly type: string; readonly id: string};

/** What a decision depends on beside the signal. */
export interface RetrainContext {
	readonly triggers: readonly RetrainTrigger[];
	/** Trainings of the model, in any order; those after `now` count as at `now`. */
	readonly history: readonly PastTraining[];
	readonly now: Millis;
}

/** What counts as drift: a loss against the frozen model alone does not, since that says nothing about the world. */
const DRIFT_SUBJECTS: ReadonlySet<Alarm['subject']> = new Set(['feature', 'score', 'concept']);

/**
 * Decide whether an alarm starts a retraining. Pure.
 *
 * It does if the alarm is open and about drift, and one of the triggers allows it: no training of any kind was asked for within its cool-down
 * (a model that was just trained has seen the drift), and fewer than `budgetPerMonth` were asked for by drift within the last month, by the
 * calendar. An alarm that a person acknowledged is in that person's hands, and one that is resolved needs nothing.
 *
 * @example
 * const alarm = {state: 'open', subject: 'concept', name: 'student', message: 'The log loss of student has risen.'};
 * const triggers = [{on: 'drift', cooldown: 'P3D', budgetPerMonth: 4}];
 * decideRetrain(alarm, {triggers, history: [], now: Date.UTC(2026, 0, 9)}).retrain; //=> true
 * decideRetrain(alarm, {triggers, history: [{at: Date.UTC(2026, 0, 8), trigger: 'schedule'}], now: Date.UTC(2026, 0, 9)}).retrain; //=> false
 */
export function decideRetrain(
	alarm: Pick<Alarm, 'state' | 'subject' | 'name' | 'message'>,
	{triggers, history, now}: RetrainContext,
): RetrainDecision {
	const about = `the alarm about ${alarm.subject} ${alarm.name}`;
	if (alarm.state !== 'open') {
		return refuse(`${capitalised(about)} is ${alarm.state}.`);
	}

	if (!DRIFT_SUBJECTS.has(alarm.subject)) {
		return refuse(`${capitalised(about)} is not about drift.`);
	}

	const ofDrift = triggers.filter(({on}) => on === 'drift');
	if (ofDrift.length === 0) {
		return refuse(`The spec has no trigger on drift, so ${about} starts nothing.`);
	}

	return allow(ofDrift, {triggers, history, now}, `Drift: ${alarm.message}`, capitalised(about));
}

/**
 * Decide whether a signal of any kind starts a retraining. Pure. Cool-down and budget hold as for {@link decideRetrain}: the cool-down runs from a training
 * of any kind, the budget counts those that the same kind of trigger asked for.
 *
 * @example
 * const triggers = [{on: 'volume', labels: 1000, cooldown: 'P1D', budgetPerMonth: 4}];
 * decideSignal({on: 'volume', labels: 1200}, {triggers, history: [], now: 0}); //=> {retrain: true, reason: 'Volume: 1200 new labels, 1000 are enough.'}
 * decideSignal({on: 'volume', labels: 900}, {triggers, history: [], now: 0}).retrain; //=> false
 */
export function decideSignal(signal: RetrainSignal, context: RetrainContext): RetrainDecision {
	if (signal.on === 'drift') {
		return decideRetrain(signal.alarm, context);
	}

	const reasons = context.triggers.map(trigger => reasonFor(trigger, signal));
	const wanted = context.triggers.filter((_, index) => reasons[index] !== undefined);
	return wanted.length === 0
		? refuse(`No trigger of the spec answers to ${describe(signal)}.`)
		: allow(
				wanted,
				context,
				reasons.find(reason => reason !== undefined)!,
				capitalised(describe(signal)),
			);
}

/** Why a trigger answers to a signal; undefined if it does not. */
function reasonFor(trigger: RetrainTrigger, signal: RetrainSignal): string | undefined {
	if (trigger.on === 'volume' && signal.on === 'volume') {
		return signal.labels >= trigger.labels ? `Volume: ${signal.labels} new labels, ${trigger.labels} are enough.` : undefined;
	}

	if (trigger.on === 'event' && signal.on === 'event') {
		return signal.type === trigger.type ? `Event: ${signal.type} ${signal.id}.` : undefined;
	}

	if (trigger.on === 'performance' && signal.on === 'performance') {
		const [now, reported] = [signal.now[trigger.metric], signal.reported[trigger.metric]];
		if (now === null || reported === null) {
			return undefined;
		}

		const worse = trigger.metric === 'auc' ? reported - now : now - reported;
		return worse > trigger.worseBy
			? `Performance: ${trigger.metric} is ${now.toFixed(4)}, and the report of the live version said ${reported.toFixed(4)}.`
			: undefined;
	}

	return undefined;
}

function describe(signal: RetrainSignal): string {
	switch (signal.on) {
		case 'volume': {
			return `${signal.labels} new labels`;
		}

		case 'event': {
			return `the event ${signal.type} ${signal.id}`;
		}

		case 'performance': {
			return 'the quality of the live version';
		}

		case 'drift': {
			return `the alarm about ${signal.alarm.subject} ${signal.alarm.name}`;
		}
	}
}

/** Yes, with the reason, if one of some triggers may ask now. */
function allow(triggers: readonly RetrainTrigger[], {history, now}: RetrainContext, reason: string, about: string): RetrainDecision {
	const obstacles = triggers.map(trigger => obstacleOf(trigger, history, now));
	return obstacles.includes(undefined)
		? {retrain: true, reason}
		: refuse(`${about} starts no retraining: ${[...new Set(obstacles)].join(' ')}`);
}

/** Why a trigger does not allow a retraining now; undefined if it does. */
function obstacleOf({on, cooldown, budgetPerMonth}: RetrainTrigger, history: readonly PastTraining[], now: Millis): string | undefined {
	const newest = history.reduce((latest, {at}) => Math.max(latest, at), -Infinity);
	if (newest > addDuration(now, cooldown, -1)) {
		return `the last training was asked for at ${formatTime(newest)}, within the cool-down of ${cooldown}.`;
	}

	const monthAgo = addDuration(now, 'P1M', -1);
	const spent = history.filter(({at, trigger}) => trigger === on && at > monthAgo).length;
	return spent >= budgetPerMonth
		? `${on} has asked for ${spent} trainings within a month, and the budget is ${budgetPerMonth}.`
		: undefined;
}

function refuse(reason: string): RetrainDecision {
	return {retrain: false, reason};
}

function capitalised(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
