/** Triggers of a spec: which signals start a training, once, within their limits. */
import test from 'ava';
import {EventClock, parseSpec, type Job, type JobRequest, type Manifest, type QualityWindow} from '../core/domain/index.ts';
import {RetrainTriggers} from './retrain-triggers.ts';

const DAY = 86_400_000;

const LIMITS = {cooldown: 'P1D', budgetPerMonth: 2};

/** Triggers over a list of jobs that knows keys, as the queue does. */
function scene(triggers: readonly object[], labels = 0): {desk: RetrainTriggers; jobs: Job[]; clock: EventClock} {
	const spec = parseSpec({
		name: 'loans',
		task: 'binary',
		label: {field: 'bad'},
		features: [{name: 'a', type: 'numeric'}],
		offline: {triggers},
	});
	const jobs: Job[] = [];
	const clock = new EventClock(100 * DAY);
	const desk = new RetrainTriggers({
		spec,
		clock,
		jobs: {list: async () => jobs},
		async enqueue(request: JobRequest) {
			const known = jobs.find(({key}) => key === request.key);
			const job = known ?? ({...request, id: `job-${jobs.length}`} as Job);
			if (!known) {
				jobs.push(job);
			}

			return job;
		},
		endOffset: () => 7,
		newLabels: async () => labels,
		reported: (): Manifest['metrics'] => ({studentLogLoss: 0.3, studentAuc: 0.8}),
	});
	return {desk, jobs, clock};
}

function windowOf(logLoss: number, auc: number): QualityWindow {
	const point = {logLoss, auc} as QualityWindow['series']['student'];
	const series = {student: point} as QualityWindow['series'];
	return {start: '2026-01-01T00:00:00Z', end: '2026-01-08T00:00:00Z', decisions: 900, labelled: 900, positives: 90, final: true, series};
}

test('an event of the named type starts a job that says why; another type does not; the cool-down and the budget hold', async t => {
	const {desk, jobs, clock} = scene([{on: 'event', type: 'org.acme.policy-changed', ...LIMITS}]);
	const ask = async (type: string, id: string): Promise<boolean> => (await desk.ask({on: 'event', type, id}, id)).retrain;
	t.false(await ask('org.acme.other', '1'));
	t.true(await ask('org.acme.policy-changed', '2'));
	t.is(jobs[0]!.reason, 'Event: org.acme.policy-changed 2.');
	t.is(jobs[0]!.trigger, 'event');
	t.false(await ask('org.acme.policy-changed', '3'), 'within the cool-down');
	await clock.advance(103 * DAY);
	t.true(await ask('org.acme.policy-changed', '4'));
	await clock.advance(106 * DAY);
	t.regex((await desk.ask({on: 'event', type: 'org.acme.policy-changed', id: '5'}, '5')).reason, /budget is 2/v);
	t.is(jobs.length, 2);
});

test('volume: enough new labels start a job, fewer do not', async t => {
	const few = scene([{on: 'volume', labels: 500, ...LIMITS}], 499);
	await few.desk.look([windowOf(0.3, 0.8)]);
	t.is(few.jobs.length, 0);
	const enough = scene([{on: 'volume', labels: 500, ...LIMITS}], 500);
	await enough.desk.look([windowOf(0.3, 0.8)]);
	t.deepEqual(
		enough.jobs.map(({trigger, reason}) => [trigger, reason]),
		[['volume', 'Volume: 500 new labels, 500 are enough.']],
	);
});

test('performance: worse than the report of the live version by more than the spec allows, in the metric that it names', async t => {
	for (const [metric, worseBy, logLoss, auc, jobsExpected] of [
		['logLoss', 0.05, 0.34, 0.5, 0],
		['logLoss', 0.05, 0.36, 0.8, 1],
		['auc', 0.05, 0.9, 0.76, 0],
		['auc', 0.05, 0.3, 0.7, 1],
	] as const) {
		const {desk, jobs} = scene([{on: 'performance', metric, worseBy, ...LIMITS}]);
		await desk.look([windowOf(logLoss, auc)]);
		t.is(jobs.length, jobsExpected, `${metric} ${logLoss} ${auc}`);
	}
});

test('a spec without a trigger of the kind starts nothing and says so', async t => {
	const {desk, jobs} = scene([{on: 'drift', ...LIMITS}], 9000);
	await desk.look([windowOf(2, 0.5)]);
	t.regex((await desk.ask({on: 'event', type: 'a', id: 'b'}, 'b')).reason, /no trigger on event/v);
	t.is(jobs.length, 0);
});
