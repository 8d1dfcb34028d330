/** What is referred waits for a person: listed, closed once, by whom it may be, on record, and still so after a restart. */
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {PerennialClient} from '../app/replay/client.ts';
import {startSystem} from '../app/wire.ts';
import {MemoryLogger, type AuditEntry, type DecisionView} from '../core/domain/index.ts';
import {runSystem, SMALL_SPEC} from './running-system.ts';

const NOW = Date.UTC(2026, 0, 5);
const iso = (time: number): string => new Date(time).toISOString();
const features = {amount: 12, city: 'Oslo', isNew: true};
/** Whatever is asked is referred. */
const SPEC = {...SMALL_SPEC, policy: {cutoffs: [{at: 0.0001, below: 'approve', above: 'refer'}]}};

interface Page {
	readonly items: DecisionView[];
	readonly nextPageToken?: string;
}

/** Whatever a route may answer with. */
type Body = DecisionView & Page & {readonly code: string; readonly detail: string; readonly id: string; readonly key: string};

function callerOf(url: string, key?: string) {
	return async (method: string, path: string, body?: unknown): Promise<{readonly status: number; readonly body: Body}> => {
		const response = await fetch(`${url}${path}`, {
			method,
			headers: {'Content-Type': 'application/json', ...(key !== undefined && {Authorization: `Bearer ${key}`})},
			...(body !== undefined && {body: JSON.stringify(body)}),
		});
		return {status: response.status, body: (await response.json()) as Body};
	};
}

async function refer(client: PerennialClient, ids: readonly string[]): Promise<string[]> {
	const answers = await client.predict(
		'small',
		ids.map((id, index) => ({id, time: iso(NOW), features: {...features, amount: index}})),
	);
	return answers.map(answer => ('decisionId' in answer ? answer.decisionId : JSON.stringify(answer)));
}

async function teach(client: PerennialClient): Promise<void> {
	await client.advance(NOW);
	await client.createModel(SPEC);
	await client.events('small', [
		{id: 'first', time: iso(NOW), features},
		{id: 'second', time: iso(NOW), features: {...features, amount: -5}},
	]);
	await client.labels('small', [
		{id: 'first', value: 1, observedAt: iso(NOW)},
		{id: 'second', value: 0, observedAt: iso(NOW)},
	]);
	await client.advance(NOW);
}

test('referrals are listed newest first, page by page, and closed once; all of it survives a restart', async t => {
	const running = await runSystem();
	let system = running.system;
	try {
		await teach(running.client);
		const ids = await refer(running.client, ['a', 'b', 'c']);
		const call = callerOf(running.url);
		const first = await call('GET', '/v1/models/small/referrals?limit=2');
		t.deepEqual(
			first.body.items.map(({decisionId}) => decisionId),
			[ids[2], ids[1]],
		);
		const second = await call('GET', `/v1/models/small/referrals?limit=2&pageToken=${first.body.nextPageToken!}`);
		t.deepEqual(
			second.body.items.map(({decisionId}) => decisionId),
			[ids[0]],
		);
		t.is(second.body.nextPageToken, undefined);
		await running.client.advance(NOW + 90_000);
		t.regex(await running.client.metrics(), /perennial_referrals_open\{model="small"\} 3\n/v);
		t.regex(await running.client.metrics(), /perennial_referral_age_seconds\{model="small"\} 90\n/v);

		const path = `/v1/decisions/${ids[1]!}/review`;
		for (const body of [{action: 'refer', reason: 'x'}, {action: 'approve', reason: ' '}, {action: 'approve'}]) {
			t.is((await call('POST', path, body)).status, 422, JSON.stringify(body));
		}

		const said = {action: 'decline', reason: 'income could not be proved'};
		const closed = await call('POST', path, said);
		t.is(closed.status, 200);
		t.deepEqual(closed.body.review, {...said, by: 'anonymous', reviewedAt: iso(NOW + 90_000)});
		t.is(closed.body.outcome, 'refer');
		const again = await call('POST', path, {action: 'approve', reason: 'another opinion'});
		t.is(again.status, 412);
		t.regex(again.body.detail, /was reviewed by anonymous .*: decline/v);
		t.is((await call('POST', '/v1/decisions/d-small-1/review', said)).status, 404);

		await system.close();
		system = await startSystem(running.config, new MemoryLogger());
		const later = callerOf(system.url);
		t.deepEqual((await later('GET', `/v1/decisions/${ids[1]!}`)).body.review, closed.body.review);
		const states = await Promise.all(
			['open', 'closed', 'all'].map(async state => (await later('GET', `/v1/models/small/referrals?state=${state}`)).body.items),
		);
		t.deepEqual(
			states.map(items => items.map(({event}) => event.id)),
			[['c', 'a'], ['b'], ['c', 'b', 'a']],
		);
		t.is((await later('GET', '/v1/models/small/referrals?state=gone')).status, 422);
	} finally {
		await system.close();
		await running.remove();
	}
});

test('an answer that was not referred cannot be reviewed', async t => {
	const running = await runSystem();
	try {
		await running.client.advance(NOW);
		await teach(running.client);
		const spec = {...SPEC, policy: {cutoffs: [{at: 0.9999, below: 'approve', above: 'refer'}]}};
		const call = callerOf(running.url);
		await fetch(`${running.url}/v1/models/small`, {
			method: 'PUT',
			headers: {'Content-Type': 'application/json', 'If-Match': '"1"'},
			body: JSON.stringify(spec),
		});
		const [id] = await refer(running.client, ['calm']);
		const {status, body} = await call('POST', `/v1/decisions/${id!}/review`, {action: 'approve', reason: 'fine'});
		t.is(status, 412);
		t.regex(body.detail, /was not referred to a person; its outcome is approve/v);
		t.deepEqual((await call('GET', '/v1/models/small/referrals')).body.items, []);
	} finally {
		await running.remove();
	}
});

test('only who may operate the model closes a referral, under their own name, and the audit has it', async t => {
	const running = await runSystem({authentication: 'keys'});
	try {
		const owner = running.system.apiKey!;
		await teach(new PerennialClient(running.url, owner));
		const [id] = await refer(new PerennialClient(running.url, owner), ['a']);
		const asOwner = callerOf(running.url, owner);
		const makeKey = async (name: string, scope: object): Promise<{id: string; key: string}> =>
			(await asOwner('POST', '/v1/keys', {name, ...scope})).body;
		const reader = await makeKey('reader', {actions: ['read']});
		const stranger = await makeKey('stranger', {actions: ['operate'], models: ['other']});
		const reviewer = await makeKey('reviewer', {actions: ['read', 'operate'], models: ['small']});
		const said = {action: 'approve', reason: 'known customer'};
		for (const {key} of [reader, stranger]) {
			t.is((await callerOf(running.url, key)('POST', `/v1/decisions/${id!}/review`, said)).status, 403);
		}

		t.is((await callerOf(running.url, reader.key)('GET', '/v1/models/small/referrals')).status, 200);
		const {status, body} = await callerOf(running.url, reviewer.key)('POST', `/v1/decisions/${id!}/review`, said);
		t.is(status, 200);
		t.is(body.review?.by, reviewer.id);
		// The status follows when the answer is sent.
		let entry: AuditEntry | undefined;
		while (entry?.status === undefined) {
			await sleep(20);
			entry = ((await asOwner('GET', '/v1/audit')).body.items as readonly unknown[] as AuditEntry[]).find(
				({path}) => path === `/v1/decisions/${id!}/review`,
			);
		}

		t.like(entry, {actor: reviewer.id, status: 200});
	} finally {
		await running.remove();
	}
});
