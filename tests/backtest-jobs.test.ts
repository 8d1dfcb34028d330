/** Back-tests of a model's own log, over HTTP and through the worker; and triggers fired by events of other systems. */
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import type {Job} from '../core/domain/index.ts';
import {createRng, drawNormal} from '../core/numerics/index.ts';
import {runSystem, type RunningSystem} from './running-system.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const EVENTS = 1200;
/** No training falls due in a test without a worker. */
const YEARLY = '0 0 1 1 *';
const iso = (time: number): string => new Date(time).toISOString();

const SPEC = {
	name: 'orders',
	task: 'binary',
	label: {field: 'bad', delay: {fixed: 'P1D'}, maturity: 'P2D'},
	features: [
		{name: 'amount', type: 'numeric'},
		{name: 'city', type: 'categorical'},
	],
	online: {learners: ['logistic-regression']},
	offline: {
		minimumRows: 100,
		minimumNewLabels: 50,
		triggers: [{on: 'event', type: 'shop.rules-changed', cooldown: 'P3D', budgetPerMonth: 2}],
	},
	monitors: {window: 'P7D'},
} as const;

interface Answer {
	readonly status: number;
	readonly headers: Headers;
	readonly text: string;
	readonly body: Record<string, unknown>;
}

async function call({url}: RunningSystem, method: string, path: string, body?: unknown): Promise<Answer> {
	const response = await fetch(`${url}${path}`, {
		method,
		...(body !== undefined && {headers: {'content-type': 'application/json'}, body: JSON.stringify(body)}),
	});
	const text = await response.text();
	const isJson = response.headers.get('content-type')?.includes('json');
	return {status: response.status, headers: response.headers, text, body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {}};
}

/** Forty days of orders: those of large amounts go bad, in one city more than in the other. */
async function fill({client}: RunningSystem, schedule = '0 3 * * 1'): Promise<void> {
	const rng = createRng(1);
	await client.advance(START);
	await client.createModel({...SPEC, offline: {...SPEC.offline, schedule}});
	const events = Array.from({length: EVENTS}, (_, index) => {
		const features = {amount: drawNormal(rng), city: rng() < 0.5 ? 'Oslo' : 'Bergen'};
		return {id: `o${index}`, time: START + Math.floor((index * 40 * DAY) / EVENTS), features};
	});
	await client.events(
		'orders',
		events.map(({time, ...event}) => ({...event, time: iso(time)})),
	);
	await client.labels(
		'orders',
		events.map(({id, time, features}) => ({
			id,
			value: features.amount + (features.city === 'Oslo' ? 1 : 0) + drawNormal(rng) > 1 ? 1 : 0,
			observedAt: iso(time + DAY),
		})),
	);
	await client.advance(START + 45 * DAY);
}

async function ended(system: RunningSystem, path: string): Promise<Job> {
	for (;;) {
		const job = (await call(system, 'GET', path)).body as unknown as Job;
		if (job.endedAt !== undefined) {
			return job;
		}

		await sleep(50);
	}
}

test.serial('a back-test is asked for, runs in the worker, and leaves a report that is listed and read', async t => {
	t.timeout(120_000);
	const system = await runSystem({localWorkers: 1});
	try {
		await fill(system);
		const asked = await call(system, 'POST', '/v1/models/orders/backtests', {
			policies: ['never', 'weekly'],
			from: iso(START + DAY),
			until: iso(START + 39 * DAY),
			start: 0.3,
			window: 'P5D',
		});
		t.is(asked.status, 202, asked.text);
		t.is(asked.body['kind'], 'backtest');
		t.true((asked.body['priority'] as number) < 0);
		const place = asked.headers.get('location')!;
		const job = await ended(system, place);
		t.is(job.state, 'succeeded', JSON.stringify(job.error));
		const result = job.result as {policies: Record<string, {skill: number; retrains: number}>; events: number; from: string};
		t.deepEqual(Object.keys(result.policies), ['never', 'weekly']);
		t.true(result.policies['never']!.skill > 0.5, `skill ${result.policies['never']!.skill}`);
		t.true(result.policies['weekly']!.retrains >= 2);
		t.is(result.policies['never']!.retrains, 0);
		t.is(result.events, EVENTS * (38 / 40) + 1);
		t.is(result.from, iso(START + DAY));

		const list = (await call(system, 'GET', '/v1/models/orders/backtests')).body['items'] as Job[];
		t.deepEqual(
			list.map(({id}) => id),
			[job.id],
		);
		const whole = await call(system, 'GET', `${place}/report.json`);
		t.is(
			(whole.body['policies'] as Record<string, {windows: unknown[]}>)['weekly']!.windows.length,
			(whole.body['windows'] as unknown[]).length,
		);
		const page = await call(system, 'GET', `${place}/report.html`);
		t.is(page.status, 200);
		t.regex(page.headers.get('content-type')!, /text\/html/v);
		t.regex(page.headers.get('content-security-policy')!, /default-src 'none'/v);
		t.regex(page.text, /<h1>Back-test of orders<\/h1>/v);

		// A failed one leaves no mark on the model: nothing of its own was refused.
		const short = await call(system, 'POST', '/v1/models/orders/backtests', {until: iso(START + 2 * DAY)});
		const failed = await ended(system, short.headers.get('location')!);
		t.is(failed.error?.code, 'FRAME_TOO_SMALL');
		t.is(failed.attempt, 1);
		t.deepEqual((await call(system, 'GET', `${short.headers.get('location')!}/report.html`)).body['code'], 'OBJECT_NOT_FOUND');
	} finally {
		await system.remove();
	}
});

test.serial('what cannot be replayed is named; event time does not wait for a back-test; a cancelled one stays so', async t => {
	const system = await runSystem();
	try {
		await fill(system, YEARLY);
		const post = async (body: unknown): Promise<Answer> => call(system, 'POST', '/v1/models/orders/backtests', body);
		const fieldOf = ({status, body}: Answer): unknown[] => [status, (body['errors'] as {path: string}[] | undefined)?.[0]?.path];
		t.deepEqual(fieldOf(await post({policies: ['hourly']})), [422, 'policies']);
		t.deepEqual(fieldOf(await post({window: 'a week'})), [422, 'window']);
		t.deepEqual(fieldOf(await post({from: iso(START), until: iso(START)})), [422, 'until']);
		t.is((await call(system, 'POST', '/v1/models/none/backtests', {})).body['code'], 'MODEL_NOT_FOUND');

		const {headers, body} = await post({});
		const place = headers.get('location')!;
		await system.client.advance(START + 46 * DAY);
		t.is((await call(system, 'GET', place)).body['state'], 'queued');
		t.is((await call(system, 'DELETE', `/v1/jobs/${String(body['id'])}`)).status, 200);
		t.is((await call(system, 'GET', place)).body['state'], 'cancelled');
		t.is((await call(system, 'GET', `/v1/models/orders/backtests/none`)).body['code'], 'JOB_NOT_FOUND');
	} finally {
		await system.remove();
	}
});

test.serial('a running back-test that is cancelled ends without a report, and the worker goes on', async t => {
	t.timeout(120_000);
	const system = await runSystem({localWorkers: 1});
	try {
		await fill(system);
		const long = await call(system, 'POST', '/v1/models/orders/backtests', {window: 'P1D'});
		const place = long.headers.get('location')!;
		let job = long.body as unknown as Job;
		while (job.state === 'queued' || (job.state === 'running' && job.progress < 0.06)) {
			await sleep(20);
			job = (await call(system, 'GET', place)).body as unknown as Job;
		}

		t.is(job.state, 'running');
		await call(system, 'DELETE', `/v1/jobs/${job.id}`);
		const next = await call(system, 'POST', '/v1/models/orders/backtests', {policies: ['never'], window: 'P7D'});
		t.is((await ended(system, next.headers.get('location')!)).state, 'succeeded');
		t.is((await call(system, 'GET', place)).body['state'], 'cancelled');
		t.is((await call(system, 'GET', `${place}/report.json`)).status, 404);
	} finally {
		await system.remove();
	}
});

test.serial('an event of another system starts a training; budget, cool-down and bad bodies are said', async t => {
	const system = await runSystem();
	try {
		await fill(system, YEARLY);
		const cloudEvent = {specversion: '1.0', type: 'shop.rules-changed', source: '/shop', id: 'change-1'};
		const fire = async (body: unknown): Promise<Answer> => call(system, 'POST', '/v1/models/orders/triggers', body);
		const first = await fire(cloudEvent);
		t.is(first.status, 202, first.text);
		t.true(first.body['retrain']);
		const job = first.body['job'] as Job;
		t.is(job.trigger, 'event');
		t.regex(job.reason, /shop\.rules-changed/v);
		t.is((await call(system, 'GET', `/v1/jobs/${job.id}`)).body['state'], 'queued');

		const early = await fire({...cloudEvent, id: 'change-2'});
		t.is(early.status, 200);
		t.false(early.body['retrain']);
		t.regex(early.body['reason'] as string, /P3D/v);
		await call(system, 'DELETE', `/v1/jobs/${job.id}`);
		for (const day of [50, 55]) {
			await system.client.advance(START + day * DAY);
			const answer = await fire({...cloudEvent, id: `change-day-${day}`});
			t.is(answer.body['retrain'], day === 50, answer.text);
			const started = answer.body['job'] as Job | undefined;
			await (started && call(system, 'DELETE', `/v1/jobs/${started.id}`));
			if (day === 55) {
				t.regex(answer.body['reason'] as string, /budget|month/iv);
			}
		}

		const other = await fire({...cloudEvent, type: 'shop.opened', id: 'o'});
		t.is(other.status, 200);
		t.regex(other.body['reason'] as string, /shop\.opened/v);
		const {type: _, ...untyped} = cloudEvent;
		const bad = await fire(untyped);
		t.is(bad.status, 422);
		t.deepEqual(
			(bad.body['errors'] as {path: string}[]).map(({path}) => path),
			['type'],
		);
		t.is((await fire({...cloudEvent, specversion: '0.3'})).status, 422);
		t.is((await call(system, 'POST', '/v1/models/none/triggers', cloudEvent)).body['code'], 'MODEL_NOT_FOUND');
	} finally {
		await system.remove();
	}
});
