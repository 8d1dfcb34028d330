/** Quotas of tenants in a whole system: what is refused, with which headers, who sees what, and that a restart forgets nothing. */
import test from 'ava';
import {PerennialClient} from '../app/replay/client.ts';
import {startSystem} from '../app/wire.ts';
import {MemoryLogger} from '../core/domain/index.ts';
import {runSystem, SMALL_SPEC} from './running-system.ts';

const NOW = Date.UTC(2026, 0, 5);
const time = new Date(NOW).toISOString();
const features = {amount: 12, city: 'Oslo', isNew: true};

interface Standing {
	readonly tenant: string;
	readonly quota: string;
	readonly limit: number;
	readonly used: number;
}

async function post(
	url: string,
	path: string,
	body: unknown,
): Promise<{readonly status: number; readonly headers: Headers; readonly body: unknown}> {
	const response = await fetch(`${url}${path}`, {
		method: 'POST',
		headers: {'Content-Type': 'application/json'},
		body: JSON.stringify(body),
	});
	return {status: response.status, headers: response.headers, body: await response.json()};
}

async function standings(url: string, key?: string): Promise<readonly Standing[]> {
	const response = await fetch(`${url}/v1/quotas`, {headers: key === undefined ? {} : {Authorization: `Bearer ${key}`}});
	return ((await response.json()) as {items: Standing[]}).items;
}

/** Two models of two tenants, each with two labelled events: 4 rows in 2 requests. */
async function teach(client: PerennialClient): Promise<void> {
	await client.advance(NOW);
	for (const [name, tenant] of [
		['small', 'acme'],
		['other', 'other'],
	] as const) {
		await client.createModel({...SMALL_SPEC, name, tenant});
		await client.events(name, [
			{id: 'first', time, features},
			{id: 'second', time, features: {...features, amount: -5}},
		]);
		await client.labels(name, [
			{id: 'first', value: 1, observedAt: time},
			{id: 'second', value: 0, observedAt: time},
		]);
	}

	await client.advance(NOW);
}

test('what a tenant has left is kept to by every route, said in headers, and not forgotten by a restart', async t => {
	const quotas = {acme: {rowsPerMonth: 10, requestsPerDay: 1000}, '*': {rowsPerMonth: 1000}};
	const running = await runSystem({quotas});
	let {system} = running;
	const rowsOf = async (tenant: string): Promise<number | undefined> =>
		(await standings(system.url)).find(one => one.tenant === tenant && one.quota === 'rowsPerMonth')?.used;
	try {
		await teach(running.client);
		t.is(await rowsOf('acme'), 4);
		const predict = async (count: number) =>
			post(system.url, '/v1/models/small/predict', {instances: Array.from({length: count}, () => ({features}))});
		t.is((await predict(5)).status, 200);
		const refused = await predict(2);
		t.is(refused.status, 429);
		t.like(refused.body, {code: 'RATE_LIMITED', quota: 'rowsPerMonth', limit: 10, remaining: 1});
		const seconds = Number(refused.headers.get('retry-after'));
		t.true(seconds > 0 && seconds <= 31 * 86_400, String(seconds));
		t.is(refused.headers.get('ratelimit'), `"rowsPerMonth";r=1;t=${seconds}`);
		t.regex(refused.headers.get('ratelimit-policy')!, /^"rowsPerMonth";q=10;w=(?:2419200|2505600|2592000|2678400)$/v);
		t.is((await predict(1)).status, 200);
		t.is(await rowsOf('acme'), 10);

		const tensor = {name: 'amount', shape: [1], datatype: 'FP64', data: [1]};
		for (const [path, body] of [
			['/v2/models/small/infer', {inputs: [tensor]}],
			['/v1/decide', {model: 'small', event: {features}}],
			['/v1/models/small/labels', {id: 'first', value: 1, observedAt: time, revision: 1}],
		] as const) {
			const {status, headers} = await post(system.url, path, body);
			t.is(status, 429, path);
			t.truthy(headers.get('retry-after'), path);
			t.truthy(headers.get('ratelimit'), path);
		}

		await t.throwsAsync(running.client.events('small', [{id: 'third', time, features}]), {code: 'RATE_LIMITED'});
		t.is((await post(system.url, '/v1/models/other/predict', {features})).status, 200);
		t.regex(await running.client.metrics(), /perennial_quota_refusals_total\{tenant="acme",quota="rowsPerMonth"\} 5\n/v);
		t.regex(await running.client.metrics(), /perennial_quota_used_ratio\{tenant="acme",quota="rowsPerMonth"\} 1\n/v);

		await system.close();
		system = await startSystem(running.config, new MemoryLogger());
		t.is(await rowsOf('acme'), 10);
		t.is((await predict(1)).status, 429);
	} finally {
		await system.close();
		await running.remove();
	}
});

test('a key of one tenant sees the quotas of that tenant alone', async t => {
	const running = await runSystem({quotas: {'*': {rowsPerMonth: 1000}}, authentication: 'keys'});
	try {
		const owner = running.system.apiKey!;
		await teach(new PerennialClient(running.url, owner));
		const response = await fetch(`${running.url}/v1/keys`, {
			method: 'POST',
			headers: {'Content-Type': 'application/json', Authorization: `Bearer ${owner}`},
			body: JSON.stringify({name: 'acme', tenant: 'acme', actions: ['read']}),
		});
		const {key} = (await response.json()) as {key: string};
		t.deepEqual(
			(await standings(running.url, key)).map(({tenant}) => tenant),
			['acme'],
		);
		t.deepEqual(
			(await standings(running.url, owner)).map(({tenant}) => tenant),
			['acme', 'other'],
		);
	} finally {
		await running.remove();
	}
});
