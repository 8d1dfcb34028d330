/** Triggers: who may start a retraining, how soon after another, and how often. */
import test from 'ava';
import fc from 'fast-check';
import type {Alarm} from '../core/domain/index.ts';
import {decideRetrain, type PastTraining, type RetrainDecision, type RetrainTrigger} from './triggers.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 2, 31, 12);
const TRIGGER: RetrainTrigger = {on: 'drift', cooldown: 'P3D', budgetPerMonth: 2};
const ALARM: Alarm = {
	id: 'alarm-1',
	model: 'churn',
	subject: 'concept',
	name: 'student',
	detector: 'adwin',
	state: 'open',
	openedAt: '2026-03-31T11:00:00.000Z',
	effect: 0.2,
	threshold: 0.1,
	message: 'The log loss of student has risen from 0.3 to 0.5.',
};

function decide(
	history: readonly PastTraining[],
	triggers: readonly RetrainTrigger[] = [TRIGGER],
	alarm: Partial<Alarm> = {},
): RetrainDecision {
	return decideRetrain({...ALARM, ...alarm}, {triggers, history, now: NOW});
}

test('an open alarm about drift retrains, and says why', t => {
	for (const subject of ['feature', 'score', 'concept'] as const) {
		t.deepEqual(decide([], [TRIGGER], {subject}), {retrain: true, reason: `Drift: ${ALARM.message}`});
	}
});

test("alarms that are not about drift, or in a person's hands, or over, do not", t => {
	t.false(decide([], [TRIGGER], {subject: 'quality'}).retrain);
	t.regex(decide([], [TRIGGER], {state: 'acknowledged'}).reason, /is acknowledged\.$/v);
	t.regex(decide([], [TRIGGER], {state: 'resolved'}).reason, /is resolved\.$/v);
	t.regex(decide([], []).reason, /no trigger/v);
});

test('the cool-down counts from any training, and ends to the millisecond', t => {
	for (const trigger of ['schedule', 'manual', 'drift'] as const) {
		t.false(decide([{at: NOW - 3 * DAY + 1, trigger}]).retrain);
		t.true(decide([{at: NOW - 3 * DAY, trigger}]).retrain);
	}

	t.regex(decide([{at: NOW - DAY, trigger: 'schedule'}]).reason, /2026-03-30T12:00:00\.000Z, within the cool-down of P3D/v);
});

test('the budget counts trainings by drift in the last calendar month', t => {
	const drift = (daysAgo: number): PastTraining => ({at: NOW - daysAgo * DAY, trigger: 'drift'});
	t.true(decide([drift(10)]).retrain);
	t.false(decide([drift(10), drift(20)]).retrain);
	t.regex(decide([drift(10), drift(20)]).reason, /2 trainings within a month, and the budget is 2/v);
	t.true(decide([drift(10), {at: NOW - 20 * DAY, trigger: 'schedule'}]).retrain, 'the schedule costs no budget');
	// A month before 31 March is 28 February.
	t.true(decide([drift(10), {at: Date.UTC(2026, 1, 28, 12), trigger: 'drift'}]).retrain);
	t.false(decide([drift(10), {at: Date.UTC(2026, 1, 28, 12) + 1, trigger: 'drift'}]).retrain);
});

test('one trigger that allows is enough; if none does, each says why', t => {
	const history: PastTraining[] = [{at: NOW - DAY, trigger: 'drift'}];
	t.true(decide(history, [TRIGGER, {on: 'drift', cooldown: 'PT6H', budgetPerMonth: 5}]).retrain);
	const {retrain, reason} = decide(history, [TRIGGER, {on: 'drift', cooldown: 'PT6H', budgetPerMonth: 1}]);
	t.false(retrain);
	t.regex(reason, /cool-down of P3D.*budget is 1/v);
});

test('within any month there are never more trainings by drift than the budget', t => {
	fc.assert(
		fc.property(
			fc.array(fc.integer({min: 1, max: 400}), {minLength: 20, maxLength: 200}),
			fc.integer({min: 1, max: 5}),
			(gaps, budgetPerMonth) => {
				const history: PastTraining[] = [];
				let now = NOW;
				for (const gap of gaps) {
					now += (gap * DAY) / 40;
					if (decideRetrain(ALARM, {triggers: [{on: 'drift', cooldown: 'PT1H', budgetPerMonth}], history, now}).retrain) {
						history.push({at: now, trigger: 'drift'});
					}
				}

				const crowded = history.filter(({at}, index) => (history[index + budgetPerMonth]?.at ?? Infinity) - at < 28 * DAY);
				t.deepEqual(crowded, []);
				t.true(history.length > 0);
			},
		),
		{seed: 1, numRuns: 50},
	);
});
