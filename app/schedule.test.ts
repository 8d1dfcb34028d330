/** A model's schedule on the event clock: each tick once, late by the model's own share of the jitter, over restarts too. */
import test from 'ava';
import {EventClock, formatTime, MemoryLogger, parseSpec, type Job, type JobRequest} from '../core/domain/index.ts';
import {jitterOf, Schedule} from './schedule.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 1);

interface Scene {
	readonly clock: EventClock;
	/** When each job was asked for, and the tick it is for. */
	readonly asked: {readonly at: number; readonly asOf: number}[];
	readonly create: (name?: string) => Schedule;
	readonly late: number;
}

/** A daily schedule at 03:00 with an hour of jitter. */
function sceneOf(jitterMs: number): Scene {
	const clock = new EventClock(START);
	const asked: {at: number; asOf: number}[] = [];
	let lastTick: number | undefined;
	const create = (name = 'm'): Schedule =>
		new Schedule({
			spec: parseSpec({
				name,
				task: 'binary',
				label: {field: 'bad'},
				features: [{name: 'x', type: 'numeric'}],
				offline: {schedule: '0 3 * * *', minimumNewLabels: 0},
			}),
			clock,
			jitterMs,
			logger: new MemoryLogger(),
			lastTick: {
				get: async () => lastTick,
				async put(time) {
					lastTick = time;
				},
			},
			newLabels: async () => 1,
			async enqueue({asOf}: JobRequest) {
				asked.push({at: clock.now(), asOf});
				return {} as Job;
			},
			onSkip: async () => Promise.resolve(),
			endOffset: () => 1,
		});
	return {clock, asked, create, late: jitterOf('m', jitterMs)};
}

test('each tick is late by the same time, below the jitter, and its job still works as of the tick', async t => {
	const {clock, asked, create, late} = sceneOf(HOUR);
	t.true(late > 0 && late < HOUR);
	const schedule = create();
	await schedule.start();
	t.is(formatTime(schedule.nextAt!), formatTime(START + 3 * HOUR + late));
	await clock.advance(START + 3 * DAY);
	t.deepEqual(
		asked,
		[0, 1, 2].map(day => ({at: START + day * DAY + 3 * HOUR + late, asOf: START + day * DAY + 3 * HOUR})),
	);
});

test('a restart between a tick and its late start neither loses nor doubles it', async t => {
	const {clock, asked, create, late} = sceneOf(HOUR);
	const first = create();
	await first.start();
	await clock.advance(START + 3 * HOUR + late - 1);
	first.stop();
	t.deepEqual(asked, []);
	const second = create();
	await second.start();
	await clock.advance(START + 3 * HOUR + late);
	second.stop();
	await create().start();
	await clock.advance(START + DAY);
	t.deepEqual(asked, [{at: START + 3 * HOUR + late, asOf: START + 3 * HOUR}]);
});

test('ticks missed while the system was down are caught up once, at once; a jitter longer than the pause between ticks loses none', async t => {
	const {clock, asked, create} = sceneOf(HOUR);
	const first = create();
	await first.start();
	first.stop();
	await clock.advance(START + 5 * DAY);
	await create().start();
	t.deepEqual(asked, [{at: START + 5 * DAY, asOf: START + 4 * DAY + 3 * HOUR}]);

	const long = sceneOf(10 * DAY);
	t.true(long.late > DAY, 'this model is late by more than a day');
	await long.create().start();
	await long.clock.advance(START + 20 * DAY);
	t.deepEqual(
		long.asked.map(({asOf}) => asOf),
		Array.from(long.asked, (_, day) => START + day * DAY + 3 * HOUR),
	);
	t.true(long.asked.length >= 10);
});

test('without jitter a tick is on time, and the lateness of many models is spread over the jitter', t => {
	t.is(sceneOf(0).late, 0);
	const late = Array.from({length: 400}, (_, index) => jitterOf(`model-${index}`, HOUR)).toSorted((a, b) => a - b);
	t.true(late[0]! < HOUR / 20 && late.at(-1)! > HOUR * 0.95);
	t.true(Math.abs(late[200]! - HOUR / 2) < HOUR / 10);
});
