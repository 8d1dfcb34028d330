/** Webhooks against a real receiver: what is told, signed how, again when, and that a restart loses nothing. */
import {createHmac} from 'node:crypto';
import {createServer, type IncomingHttpHeaders} from 'node:http';
import {mkdtempSync, rmSync} from 'node:fs';
import type {AddressInfo} from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {dataPathsOf} from '../app/config.ts';
import {WebhookSender} from '../app/services/webhook-sender.ts';
import {startSystem} from '../app/wire.ts';
import {MemoryLogger, type Webhook} from '../core/domain/index.ts';
import {openStore, SqlJobQueue, WebhookStore} from '../store/index.ts';
import {until} from './edge-scene.ts';
import {runSystem, SMALL_SPEC} from './running-system.ts';

interface Received {
	readonly headers: IncomingHttpHeaders;
	readonly text: string;
	readonly body: {readonly entity: string; readonly action: string; readonly data: Readonly<Record<string, unknown>>};
}

interface Receiver {
	readonly url: string;
	readonly received: Received[];
	/** What it answers from now on. */
	status: number;
}

async function startReceiver(t: ExecutionContext): Promise<Receiver> {
	const server = createServer((request, response) => {
		void request.toArray().then((chunks: Uint8Array[]) => {
			const text = Buffer.concat(chunks).toString();
			receiver.received.push({headers: request.headers, text, body: JSON.parse(text) as Received['body']});
			response.writeHead(receiver.status, {Location: receiver.url}).end('heard');
		});
	});
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	t.teardown(() => server.close());
	const receiver: Receiver = {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received: [], status: 200};
	return receiver;
}

async function untilEmpty(t: ExecutionContext, webhooks: WebhookStore): Promise<void> {
	const deadline = Date.now() + 8000;
	while ((await webhooks.next(1)).length > 0) {
		if (Date.now() > deadline) {
			t.fail('deliveries still wait');
			return;
		}

		await sleep(5);
	}
}

const webhookAt = (url: string): Webhook => ({
	id: 'w',
	name: 'w',
	description: '',
	url,
	events: ['model_version.created'],
	secret: 'shared',
	isActive: true,
	createdAt: 1,
	updatedAt: 1,
});

test('a system tells a webhook of what it asked for, signed, and of nothing else', async t => {
	const receiver = await startReceiver(t);
	const running = await runSystem();
	t.teardown(async () => running.remove());
	const call = async (method: string, route: string, body?: object): Promise<Record<string, unknown>> => {
		const response = await fetch(`${running.url}/api/2.0/mlflow/${route}`, {
			method,
			headers: {'content-type': 'application/json'},
			...(body && {body: JSON.stringify(body)}),
		});
		return {status: response.status, ...((await response.json()) as object)};
	};

	const events = [
		{entity: 'MODEL_VERSION', action: 'CREATED'},
		{entity: 'MODEL_VERSION_ALIAS', action: 'CREATED'},
	];
	const {webhook} = await call('POST', 'webhooks', {name: 'ci', url: receiver.url, events, secret: 'shared'});
	const {webhook_id: id} = webhook as {webhook_id: string};
	t.like(webhook, {name: 'ci', url: receiver.url, events, status: 'ACTIVE'});
	t.false('secret' in (webhook as object), 'a secret is never shown');
	t.deepEqual((await call('GET', 'webhooks'))['webhooks'], [webhook]);
	for (const bad of [{url: 'file:///etc/passwd'}, {events: [{entity: 'RUN', action: 'CREATED'}]}, {status: 'ASLEEP'}]) {
		t.like(await call('PATCH', `webhooks/${id}`, bad), {status: 400, error_code: 'INVALID_PARAMETER_VALUE'}, JSON.stringify(bad));
	}

	t.like(await call('POST', `webhooks/${id}/test`), {result: {success: true, response_status: 200, response_body: 'heard'}});
	await call('POST', 'registered-models/create', {name: 'm'});
	await call('POST', 'model-versions/create', {name: 'm', source: 's3://x', tags: [{key: 'k', value: 'v'}]});
	await call('POST', 'registered-models/alias', {name: 'm', alias: 'best', version: '1'});
	await until(t, 'both are told', () => receiver.received.length === 3);
	const told = receiver.received.slice(1).toSorted((a, b) => (a.body.entity < b.body.entity ? -1 : 1));
	t.like(told[0]!.body, {entity: 'model_version', action: 'created', data: {name: 'm', version: '1', source: 's3://x', tags: {k: 'v'}}});
	t.like(told[1]!.body, {entity: 'model_version_alias', action: 'created', data: {name: 'm', alias: 'best', version: '1'}});
	for (const {headers, text} of receiver.received) {
		const signed = `${headers['x-mlflow-delivery-id'] as string}.${headers['x-mlflow-timestamp'] as string}.${text}`;
		t.is(headers['x-mlflow-signature'], `v1,${createHmac('sha256', 'shared').update(signed).digest('base64')}`);
	}

	t.like(await call('PATCH', `webhooks/${id}`, {status: 'DISABLED'}), {status: 200, webhook: {status: 'DISABLED', events}});
	await call('POST', 'model-versions/create', {name: 'm', source: 's3://y'});
	t.like(await call('DELETE', `webhooks/${id}`), {status: 200});
	t.like(await call('GET', `webhooks/${id}`), {status: 404, error_code: 'RESOURCE_DOES_NOT_EXIST'});
	t.is(receiver.received.length, 3);
});

test('a version that a job has published is told once, also when the job ended while the system was down', async t => {
	const receiver = await startReceiver(t);
	const running = await runSystem();
	let system: {close(): Promise<void>} = running.system;
	t.teardown(async () => {
		await system.close();
		rmSync(running.config.dataDirectory, {recursive: true, force: true});
	});
	await running.client.createModel(SMALL_SPEC);
	await fetch(`${running.url}/api/2.0/mlflow/webhooks`, {
		method: 'POST',
		headers: {'content-type': 'application/json'},
		body: JSON.stringify({name: 'ci', url: receiver.url, events: [{entity: 'MODEL_VERSION', action: 'CREATED'}]}),
	});
	const endJob = async (version: number): Promise<void> => {
		const store = await openStore(dataPathsOf(running.config).store);
		const queue = new SqlJobQueue(store.db, {});
		await queue.enqueue({kind: 'train', model: 'small', trigger: 'manual', reason: 'a test', asOf: 0, payload: {}});
		const job = (await queue.lease('a worker elsewhere', 60_000))!;
		await queue.complete(job, {outcome: 'refused', version, reason: `reason ${version}`});
		await store.close();
	};
	await endJob(1);
	await until(t, 'the first is told', () => receiver.received.length === 1);
	t.like(receiver.received[0]!.body, {
		entity: 'model_version',
		action: 'created',
		data: {name: 'small', version: '1', source: '/v1/models/small/artifacts/1', description: 'reason 1'},
	});
	await system.close();
	await endJob(2);
	system = await startSystem(running.config, running.logger);
	await until(t, 'the second is told', () => receiver.received.length > 1);
	await system.close();
	system = await startSystem(running.config, running.logger);
	await endJob(3);
	await until(t, 'the third is told', () => receiver.received.length > 2);
	t.deepEqual(
		receiver.received.map(({body}) => body.data['version']),
		['1', '2', '3'],
	);
});

test('a delivery that fails is tried again after a restart, under its id, and once only when it is heard', async t => {
	const receiver = await startReceiver(t);
	const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-webhooks-'));
	t.teardown(() => {
		rmSync(directory, {recursive: true});
	});
	const logger = new MemoryLogger();
	const first = await openStore(path.join(directory, 'store.db'));
	const webhooks = new WebhookStore(first.db);
	await webhooks.put(webhookAt(receiver.url));
	const before = new WebhookSender({store: webhooks, logger, pauseMs: 100});
	before.start();
	receiver.status = 503;
	await before.emit('model_version.created', {name: 'm', version: '1'});
	await before.emit('registered_model.created', {name: 'm'});
	await until(t, 'it is tried', () => receiver.received.length > 0);
	await before.stop();
	await first.close();

	const failed = receiver.received.length;
	receiver.status = 200;
	const second = await openStore(path.join(directory, 'store.db'));
	t.teardown(async () => second.close());
	const after = new WebhookSender({store: new WebhookStore(second.db), logger, pauseMs: 100});
	after.start();
	t.teardown(async () => after.stop());
	await until(t, 'it is heard', () => receiver.received.length > failed);
	await untilEmpty(t, new WebhookStore(second.db));
	t.is(receiver.received.length, failed + 1);
	t.is(new Set(receiver.received.map(({headers}) => headers['x-mlflow-delivery-id'])).size, 1);
});

test('a receiver that refuses, or sends elsewhere, is not asked again; one that never answers is given up in the end', async t => {
	const receiver = await startReceiver(t);
	const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-webhooks-'));
	const store = await openStore(path.join(directory, 'store.db'));
	const webhooks = new WebhookStore(store.db);
	const logger = new MemoryLogger();
	const sender = new WebhookSender({store: webhooks, logger, pauseMs: 1});
	t.teardown(async () => {
		await sender.stop();
		await store.close();
		rmSync(directory, {recursive: true});
	});
	await webhooks.put(webhookAt(receiver.url));
	for (const [status, attempts] of [
		[400, 1],
		[307, 1],
		[500, 8],
	] as const) {
		receiver.received.length = 0;
		receiver.status = status;
		await sender.emit('model_version.created', {name: 'm', version: '1'});
		await untilEmpty(t, webhooks);
		t.is(receiver.received.length, attempts, String(status));
	}
});

test('a full queue lets the oldest go', async t => {
	const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-webhooks-'));
	const store = await openStore(path.join(directory, 'store.db'));
	t.teardown(async () => {
		await store.close();
		rmSync(directory, {recursive: true});
	});
	const webhooks = new WebhookStore(store.db);
	const batch = (from: number, count: number): {id: string; webhook: string; payload: string}[] =>
		Array.from({length: count}, (_, index) => ({id: String(from + index), webhook: 'w', payload: '{}'}));
	t.is(await webhooks.enqueue(batch(0, 5000)), 0);
	t.is(await webhooks.enqueue(batch(5000, 5000)), 0);
	t.is(await webhooks.enqueue(batch(10_000, 3)), 3);
	t.is((await webhooks.next(1))[0]!.id, '3');
});
