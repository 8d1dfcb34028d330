/** A challenger on trial in a whole system: answers its share, is judged on outcomes, retired, proposed and approved. */
import assert from 'node:assert/strict';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import type {ChallengerView} from '../core/domain/index.ts';
import {createRng, drawNormal, sigmoid} from '../core/numerics/index.ts';
import {runSystem, type RunningSystem} from './running-system.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const MODEL = 'trial';
const SPEC = {
	name: MODEL,
	task: 'binary',
	entity: {field: 'card'},
	label: {field: 'bad'},
	features: [{name: 'amount', type: 'numeric'}],
	offline: {teacher: 'logistic-regression', minimumRows: 200, schedule: '0 3 1 1 *', window: 'P10D'},
	edge: {student: {hidden: [8]}, channels: []},
	challenger: {share: 0.3, labelsExpected: 300},
	gates: {minimumRows: 50, challengerMustWin: false, studentAucLossMax: 0.5, decisionFlipsMax: 1, logitErrorRatioMax: 1},
};
/** Either mistake costs the same. */
const POLICY = {
	cutoffs: [{at: 0.5, below: 'approve', above: 'decline'}],
	costs: [
		{outcome: 'approve', positive: 1, negative: 0},
		{outcome: 'decline', positive: 0, negative: 1},
	],
};

let running: RunningSystem;
let day = 0;
let drawn = 0;

/** A day of events and their labels; `sign` says which amounts are risky. Answered if asked for, else only sent. */
async function live(
	sign: 1 | -1,
	count: number,
	isAnswered: boolean,
): Promise<readonly {readonly card: string; readonly version: number}[]> {
	const {client} = running;
	const rng = createRng(day + 1);
	const now = START + day++ * 11 * DAY;
	await client.advance(now);
	const events = Array.from({length: count}, (_, index) => {
		const id = `e${drawn++}`;
		return {
			id,
			entity: `card-${drawn % 50}`,
			time: new Date(now - (count - index) * 1000).toISOString(),
			features: {amount: drawNormal(rng)},
		};
	});
	const answers = isAnswered ? await client.predict(MODEL, events) : [];
	if (!isAnswered) {
		await client.events(MODEL, events);
	}

	const observedAt = new Date(now).toISOString();
	await client.labels(
		MODEL,
		events.map(({id, features}) => ({
			id,
			value: rng() < sigmoid(sign * 3 * features.amount) ? 1 : 0,
			observedAt,
			...(!isAnswered && {}),
		})),
	);
	await client.advance(now + DAY);
	return answers.map((answer, index) => ({card: events[index]!.entity, version: 'version' in answer ? answer.version : -1}));
}

async function train(version: number): Promise<void> {
	const job = await runTraining();
	const {client} = running;
	for (let wait = 0; wait < 100 && (await client.model(MODEL)).champion?.version !== version; wait++) {
		await sleep(50);
	}

	assert.equal((await client.model(MODEL)).champion?.version, version, JSON.stringify(job));
}

async function runTraining(): Promise<Awaited<ReturnType<RunningSystem['client']['job']>>> {
	const {client} = running;
	let job = await client.askJob({kind: 'train', model: MODEL, reason: 'test'});
	while (job.endedAt === undefined) {
		await sleep(50);
		job = await client.job(job.id);
	}

	return job;
}

async function changeSpec(over: object): Promise<number> {
	const response = await fetch(`${running.url}/v1/models/${MODEL}`);
	const changed = await fetch(`${running.url}/v1/models/${MODEL}`, {
		method: 'PUT',
		headers: {'content-type': 'application/json', 'if-match': response.headers.get('etag')!},
		body: JSON.stringify({...SPEC, ...over}),
	});
	return changed.status;
}

async function ask(
	method: string,
	path: string,
): Promise<{status: number; body: ChallengerView & {readonly code?: string; readonly version?: number}}> {
	const response = await fetch(`${running.url}/v1/models/${MODEL}/${path}`, {method});
	return {status: response.status, body: (await response.json()) as never};
}

test.before(async () => {
	running = await runSystem({localWorkers: 1});
	await running.client.createModel(SPEC);
	await live(1, 600, false);
	await train(1);
	await live(-1, 600, false);
	await train(2);
});

test.after.always(async () => {
	await running.remove();
});

test.serial('no challenger: nothing is on trial, and there is nothing to approve', async t => {
	t.like(await ask('GET', 'challenger'), {status: 200, body: {state: 'none', channel: 'challenger'}});
	t.like(await ask('POST', 'challenger/promote'), {status: 412, body: {code: 'PRECONDITION_FAILED'}});
});

test.serial('a worse challenger answers its share of entities, always the same ones, until outcomes retire it', async t => {
	await running.client.moveChannel(MODEL, 'challenger', {version: 1, reason: 'test'});
	t.like(await ask('GET', 'challenger'), {body: {state: 'running', champion: 2, challenger: 1, share: 0.3, labels: 0}});
	const answers = await live(-1, 500, true);
	const byCard = Map.groupBy(answers, ({card}) => card);
	const versions = [...byCard.values()].map(own => new Set(own.map(({version}) => version)));
	t.true(
		versions.every(({size}) => size === 1),
		'an entity is answered by one version',
	);
	const share = versions.filter(own => own.has(1)).length / versions.length;
	t.true(share > 0.1 && share < 0.5, `${share}`);
	const {body} = await ask('GET', 'challenger');
	t.like(body, {state: 'retired', share: 0});
	t.true(body.gain! < 0 && body.high! < 0, JSON.stringify(body));
	const after = await live(-1, 100, true);
	t.true(after.every(({version}) => version === 2));
});

test.serial('a better challenger is proposed, and goes live when a person approves it', async t => {
	const {client} = running;
	await client.moveChannel(MODEL, 'challenger', {version: 2, reason: 'test'});
	t.is((await ask('GET', 'challenger')).body.state, 'none', 'it is the champion itself');
	await client.moveChannel(MODEL, 'champion', {version: 1, reason: 'test'});
	t.like(await ask('GET', 'challenger'), {body: {state: 'running', champion: 1, challenger: 2}});
	await live(-1, 500, true);
	t.is((await ask('GET', 'challenger')).body.state, 'proposed');
	t.is((await client.model(MODEL)).champion?.version, 1, 'nobody has approved it');
	const {status, body} = await ask('POST', 'challenger/promote');
	t.is(status, 200);
	t.is(body.version, 2);
	t.is((await client.model(MODEL)).champion?.version, 2);
	t.is((await ask('GET', 'challenger')).body.state, 'none');
	t.regex(await client.metrics(), /perennial_challenger_verdicts_total\{model="trial",verdict="better"\} 1/v);
});

test.serial('where the spec says so a challenger that costs less goes live by itself, after the model was started again', async t => {
	const {client} = running;
	await client.moveChannel(MODEL, 'champion', {version: 1, reason: 'test'});
	await live(-1, 60, true);
	t.is(await changeSpec({policy: POLICY, challenger: {...SPEC.challenger, promotion: 'automatic', judgedBy: 'cost'}}), 200);
	await client.advance(START + day * 11 * DAY - 5 * DAY);
	const {body} = await ask('GET', 'challenger');
	t.like(body, {labels: 60, judgedBy: 'cost'}, 'what the log had was read again');
	t.deepEqual(Object.keys(body.measures!), ['logLoss', 'cost']);
	await live(-1, 500, true);
	t.is((await client.model(MODEL)).champion?.version, 2);
	const [newest] = (await client.history(MODEL, 'champion')).slice(-1);
	t.like(newest, {version: 2, by: 'challenger-trial'});
	t.regex(newest!.reason, /^On \d+ labels the mean cost of version 2 is 0\.\d+ lower than that of version 1/v);
});

test.serial('where the spec says so a training puts its version on trial, and the champion stays', async t => {
	const {client} = running;
	t.is(await changeSpec({challenger: {...SPEC.challenger, newVersions: 'trial'}}), 200);
	await live(1, 600, false);
	const {result} = await runTraining();
	t.like(result, {outcome: 'trial', version: 3});
	for (let wait = 0; wait < 100 && (await ask('GET', 'challenger')).body.state === 'none'; wait++) {
		await sleep(50);
	}

	t.like((await ask('GET', 'challenger')).body, {state: 'running', champion: 2, challenger: 3});
	t.is((await client.model(MODEL)).champion?.version, 2);
	t.regex(await client.metrics(), /perennial_versions_total\{model="trial",outcome="trial"\} 1/v);
});
