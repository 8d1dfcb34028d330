/** Who may do what: keys and their scopes on a whole system, the limit, the audit, and that nothing of a key is kept. */
import {existsSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {accessOf} from '../api/security/access.ts';
import {createGuard, KeyRing, RateLimiter} from '../api/index.ts';
import {PerennialClient} from '../app/replay/client.ts';
import {ACTIONS, type Action} from '../core/domain/index.ts';
import {runSystem, SMALL_SPEC, type RunningSystem} from './running-system.ts';

let running: RunningSystem;
let first: string;
const NOW = Date.UTC(2026, 0, 5);
const TIME = '2026-01-05T00:00:00Z';
const features = {amount: 12, city: 'Oslo', isNew: true};

interface Answer {
	readonly status: number;
	readonly headers: Headers;
	readonly text: string;
	readonly body: Record<string, unknown>;
}

async function call(
	method: string,
	url: string,
	{key, body, headers = {}}: {key?: string; body?: unknown; headers?: Record<string, string>} = {},
): Promise<Answer> {
	const response = await fetch(`${running.url}${url}`, {
		method,
		headers: {
			...(key !== undefined && {authorization: `Bearer ${key}`}),
			...(body !== undefined && {'content-type': 'application/json'}),
			...headers,
		},
		...(body !== undefined && {body: JSON.stringify(body)}),
	});
	const text = await response.text();
	return {
		status: response.status,
		headers: response.headers,
		text,
		body: text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : {},
	};
}

async function makeKey(scope: {
	readonly actions: readonly Action[];
	readonly models?: readonly string[];
	readonly tenant?: string;
}): Promise<string> {
	const {status, body} = await call('POST', '/v1/keys', {key: first, body: {name: 'test', ...scope}});
	if (status !== 201) {
		throw new Error(JSON.stringify(body));
	}

	return body['key'] as string;
}

test.before(async () => {
	running = await runSystem({authentication: 'keys'});
	first = readFileSync(path.join(running.config.dataDirectory, 'api-key'), 'utf8').trim();
	const client = new PerennialClient(running.url, first);
	await client.advance(NOW);
	await client.createModel(SMALL_SPEC);
	await client.createModel({...SMALL_SPEC, name: 'other', tenant: 'acme'});
	const events = [
		{id: 'first', time: TIME, features},
		{id: 'second', time: TIME, features: {...features, amount: -5}},
	];
	for (const model of ['small', 'other']) {
		await client.events(model, events);
		await client.labels(model, [
			{id: 'first', value: 1, observedAt: TIME},
			{id: 'second', value: 0, observedAt: TIME},
		]);
	}

	await client.advance(NOW);
});

test.after.always(async () => {
	await running.remove();
});

test.serial('without a key nothing but health, errors and the contract is answered', async t => {
	for (const url of ['/health/live', '/health/ready', '/v2/health/live', '/v2/health/ready', '/v2', '/errors', '/openapi.json']) {
		t.is((await call('GET', url)).status, 200, url);
	}

	const {body: document} = await call('GET', '/openapi.json');
	for (const [route, methods] of Object.entries(document['paths'] as Record<string, object>)) {
		const url = route.replaceAll(/\{\w+\}/gv, 'small');
		for (const method of Object.keys(methods)) {
			if (accessOf(method.toUpperCase(), url).action !== 'public') {
				const {status, text, headers} = await call(method.toUpperCase(), url);
				t.is(status, 401, `${method} ${url}`);
				t.true(text.includes('UNAUTHENTICATED'));
				t.regex(headers.get('www-authenticate') ?? '', /Bearer.*Basic/v);
			}
		}
	}

	t.is((await call('GET', '/nothing')).status, 401);
	t.is((await call('GET', '/v1/models', {key: 'nonsense'})).status, 401);
	t.is((await call('GET', '/v1/models', {key: `${first.slice(0, -1)}${first.endsWith('A') ? 'B' : 'A'}`})).status, 401);
});

test.serial('each action opens its routes and no others', async t => {
	const asked: Readonly<Record<Exclude<Action, 'admin'>, readonly [string, string, unknown?]>> = {
		read: ['GET', '/v1/models/small'],
		predict: ['POST', '/v1/models/small/predict', {features}],
		write: ['POST', '/v1/models/small/labels', [{id: 'first', value: 1, observedAt: TIME}]],
		operate: ['POST', '/v2/repository/models/small/load', {}],
		manage: ['PUT', '/v1/models/small', SMALL_SPEC],
		edge: [
			'POST',
			'/v1/edges/e1/report',
			{model: 'small', channel: 'c', state: 'starting', verified: false, bitEqual: false, predictions: 0},
		],
	};
	for (const action of ACTIONS) {
		const key = await makeKey({actions: [action]});
		for (const [needed, [method, url, body]] of Object.entries(asked)) {
			const {status} = await call(method, url, {key, ...(body !== undefined && {body})});
			t.is(status === 403, needed !== action, `${action}: ${method} ${url} answers ${status}`);
		}

		t.is((await call('GET', '/v1/keys', {key})).status, action === 'admin' ? 200 : 403);
		t.is((await call('GET', '/v1/KEYS', {key})).status === 403, action !== 'admin');
	}
});

test.serial('a key for one model, or one tenant, opens nothing of another, and nothing that is about all', async t => {
	for (const scope of [{models: ['other']}, {tenant: 'acme'}]) {
		const key = await makeKey({actions: ['read', 'predict', 'manage', 'operate', 'edge'], ...scope});
		t.is((await call('GET', '/v1/models/other', {key})).status, 200);
		const answer = await call('POST', '/v1/models/other/predict', {key, body: {features}});
		t.is(answer.status, 200);
		t.is((await call('GET', `/v1/decisions/${String(answer.body['decisionId'])}`, {key})).status, 200);
		t.is((await call('POST', '/v1/decide', {key, body: {model: 'other', event: {features}}})).status, 200);
		t.is((await call('POST', '/v1/decide', {key, body: {model: 'small', event: {features}}})).status, 403);
		const small = await call('POST', '/v1/models/small/predict', {key: first, body: {features}});
		for (const [method, url] of [
			['GET', `/v1/decisions/${String(small.body['decisionId'])}`],
			['GET', '/v1/models/small'],
			['GET', '/v1/models/%73mall'],
			['POST', '/v1/models/small/predict'],
			['POST', '/v2/models/small/infer'],
			['GET', '/v1/models/none'],
			['GET', '/v1/models'],
			['POST', '/v1/models'],
			['GET', '/v1/jobs'],
			['GET', '/v1/stream'],
			['GET', '/metrics'],
			['POST', '/v2/repository/index'],
			['GET', '/v1/models/small/channels/champion'],
		] as const) {
			t.is((await call(method, url, {key, ...(method === 'POST' && {body: {features}})})).status, 403, `${method} ${url}`);
		}
	}
});

test.serial('a revoked key opens nothing; the text of a key is kept nowhere', async t => {
	const key = await makeKey({actions: ['read']});
	const [, id] = key.split('_');
	t.is((await call('GET', '/v1/models', {key})).status, 200);
	t.is((await call('DELETE', `/v1/keys/${id}`, {key: first})).status, 204);
	t.is((await call('GET', '/v1/models', {key})).status, 401);
	t.is((await call('DELETE', `/v1/keys/${id}`, {key: first})).status, 404);
	const {text} = await call('GET', '/v1/keys', {key: first});
	t.true(text.includes(id!));
	t.false(text.includes('digest'));
	const secret = key.split('_').slice(2).join('_');
	const {dataDirectory} = running.config;
	for (const file of ['perennial.db', 'perennial.db-wal'].map(name => path.join(dataDirectory, name)).filter(file => existsSync(file))) {
		t.false(readFileSync(file).includes(secret), file);
	}

	t.false(JSON.stringify(running.logger).includes(secret));
	t.is(statSync(path.join(dataDirectory, 'api-key')).mode & 0o777, 0o600);
});

test.serial('a browser: the key as password; on behalf of another site it changes nothing', async t => {
	const authorization = `Basic ${Buffer.from(`anyone:${first}`).toString('base64')}`;
	const put = async (site: string): Promise<number> =>
		(await call('POST', '/v1/models/small/predict', {body: {features}, headers: {authorization, 'sec-fetch-site': site}})).status;
	t.is(await put('same-origin'), 200);
	t.is(await put('cross-site'), 403);
	t.is(await put('same-site'), 403);
});

test.serial('every change is in the audit, with who and what became of it; data and looking are not', async t => {
	const key = await makeKey({actions: ['manage', 'read', 'predict']});
	const [, id] = key.split('_');
	await call('PUT', '/v1/models/small/channels/champion', {
		key,
		body: {version: 9, reason: 'try it'},
		headers: {'x-request-id': 'audited'},
	});
	await call('GET', '/v1/models/small', {key});
	await call('POST', '/v1/models/small/predict', {key, body: {features}});
	await call('DELETE', '/v1/jobs/none', {key});
	const {body} = await call('GET', '/v1/audit?limit=1000', {key: first});
	const entries = (body['items'] as Record<string, unknown>[]).filter(({actor}) => actor === id);
	t.like(entries, [{method: 'PUT', path: '/v1/models/small/channels/champion', request: 'audited', status: 404}]);
	t.is(entries.length, 1);
	const page = await call('GET', '/v1/audit?limit=1', {key: first});
	const next = await call('GET', `/v1/audit?limit=1&pageToken=${String(page.body['nextPageToken'])}`, {key: first});
	t.true((next.body['items'] as {id: number}[])[0]!.id < (page.body['items'] as {id: number}[])[0]!.id);
});

test.serial('a key that asks too often waits as long as it is told; another key does not', async t => {
	const store = {keys: async () => Promise.resolve([]), addKey: async () => Promise.resolve(), revokeKey: async () => Promise.resolve()};
	const ring = await KeyRing.open(store, () => 0);
	const scope = {tenant: '*', models: ['*'], actions: ['predict' as const]};
	const [one, two] = [await ring.create('one', scope, 'test'), await ring.create('two', scope, 'test')];
	let now = 0;
	const passed: string[] = [];
	const refused: number[] = [];
	const guard = createGuard(
		request => {
			passed.push(request.headers.authorization!);
		},
		{
			keys: ring,
			limiter: new RateLimiter({perSecond: 10, burstSeconds: 1, now: () => now}),
			audit: {
				beginAudit: async () => Promise.reject(new Error('predictions are not audited')),
				endAudit: async () => Promise.reject(new Error('predictions are not audited')),
			},
			tenantOf: async () => Promise.resolve(undefined),
			now: () => 0,
			logger: running.logger,
			onRefused: ({status}) => {
				refused.push(status);
			},
		},
	);
	const ask = (key: string): Map<string, unknown> => {
		const headers = new Map<string, unknown>();
		const request = {
			method: 'POST',
			url: '/v1/models/small/predict',
			headers: {authorization: `Bearer ${key}`},
			resume: () => undefined,
		};
		const response = {
			setHeader: (name: string, value: unknown) => headers.set(name, value),
			writeHead: () => undefined,
			end: () => undefined,
		};
		guard(request as unknown as Parameters<typeof guard>[0], response as unknown as Parameters<typeof guard>[1]);
		return headers;
	};

	for (let index = 0; index < 10; index++) {
		ask(one.key);
	}

	t.is(passed.length, 10);
	t.is(ask(one.key).get('Retry-After'), 1);
	t.deepEqual(refused, [429]);
	ask(two.key);
	t.is(passed.length, 11);
	now = 100;
	ask(one.key);
	t.is(passed.length, 12);
	t.deepEqual(refused, [429]);
});
