/**
 * From an alarm to a retraining: what the spec's triggers allow, within their cool-down and their budget.
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

/** What counts as drift: a loss against the frozen model alone does not, since that says nothing about the world. */
const DRIFT_SUBJECTS: ReadonlySet<Alarm['subject']> = new Set(['feature', 'score', 'concept']);

/**
 * Decide whether an alarm starts a retraining. Pure.
 *
 * It does if the alarm is open and about drift, and one of the triggers allows it: no training of any kind was asked for within its cool-down
 * (a model that was just trained has seen the drift), and fewer than `budgetPerMonth` were asked for by drift within the last month, by the
 * calendar. An alarm that a person acknowledged is in that person's hands, and one that is resolved needs nothing.
 *
 * @param history - Trainings of the model, in any order; those after `now` count as at `now`.
 * @example
 * const alarm = {state: 'open', subject: 'concept', name: 'student', message: 'The log loss of student has risen.'};
 * const triggers = [{on: 'drift', cooldown: 'P3D', budgetPerMonth: 4}];
 * decideRetrain(alarm, {triggers, history: [], now: Date.UTC(2026, 0, 9)}).retrain; //=> true
 * decideRetrain(alarm, {triggers, history: [{at: Date.UTC(2026, 0, 8), trigger: 'schedule'}], now: Date.UTC(2026, 0, 9)}).retrain; //=> false
 */
export function decideRetrain(
	alarm: Pick<Alarm, 'state' | 'subject' | 'name' | 'message'>,
	{
		triggers,
		history,
		now,
	}: {
		readonly triggers: readonly RetrainTrigger[];
		readonly history: readonly PastTraining[];
		readonly now: Millis;
	},
): RetrainDecision {
	const about = `the alarm about ${alarm.subject} ${alarm.name}`;
	if (alarm.state !== 'open') {
		return refuse(`${capitalised(about)} is ${alarm.state}.`);
	}

	if (!DRIFT_SUBJECTS.has(alarm.subject)) {
		return refuse(`${capitalised(about)} is not about drift.`);
	}

	if (triggers.length === 0) {
		return refuse(`The spec has no trigger on drift, so ${about} starts nothing.`);
	}

	const obstacles = triggers.map(trigger => obstacleOf(trigger, history, now));
	const allowing = triggers[obstacles.indexOf(undefined)];
	return allowing
		? {retrain: true, reason: `Drift: ${alarm.message}`}
		: refuse(`${capitalised(about)} starts no retraining: ${[...new Set(obstacles)].join(' ')}`);
}

/** Why a trigger does not allow a retraining now; undefined if it does. */
function obstacleOf({cooldown, budgetPerMonth}: RetrainTrigger, history: readonly PastTraining[], now: Millis): string | undefined {
	const newest = history.reduce((latest, {at}) => Math.max(latest, at), -Infinity);
	if (newest > addDuration(now, cooldown, -1)) {
		return `the last training was asked for at ${formatTime(newest)}, within the cool-down of ${cooldown}.`;
	}

	const monthAgo = addDuration(now, 'P1M', -1);
	const spent = history.filter(({at, trigger}) => trigger === 'drift' && at > monthAgo).length;
	return spent >= budgetPerMonth
		? `drift has asked for ${spent} trainings within a month, and the budget is ${budgetPerMonth}.`
		: undefined;
}

function refuse(reason: string): RetrainDecision {
	return {retrain: false, reason};
}

function capitalised(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
