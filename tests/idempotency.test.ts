/** `Idempotency-Key` on a whole system: a change is made once, whoever asks again is told the same, and what went wrong leaves the key free. */
import test from 'ava';
import {gzipSync} from 'node:zlib';
import path from 'node:path';
import {openStore, SqlIdempotencyStore} from '../store/index.ts';
import {runSystem, SMALL_SPEC, type RunningSystem} from './running-system.ts';

const NOW = Date.UTC(2026, 0, 5);
const TIME = '2026-01-05T00:00:00Z';
const features = {amount: 12, city: 'Oslo', isNew: true};

let running: RunningSystem;

interface Answer {
	readonly status: number;
	readonly replayed: boolean;
	readonly retryAfter: string | null;
	readonly text: string;
	readonly code?: string;
}

async function ask(method: string, route: string, key: string | undefined, body?: unknown, more: RequestInit = {}): Promise<Answer> {
	const response = await fetch(`${running.url}${route}`, {
		method,
		...(body !== undefined && {body: JSON.stringify(body)}),
		...more,
		headers: {'content-type': 'application/json', ...(key !== undefined && {'idempotency-key': key}), ...(more.headers as object)},
	});
	const text = await response.text();
	const isProblem = (response.headers.get('content-type') ?? '').startsWith('application/problem+json');
	return {
		status: response.status,
		replayed: response.headers.get('idempotency-replayed') === 'true',
		retryAfter: response.headers.get('retry-after'),
		text,
		...(isProblem && {code: (JSON.parse(text) as {code: string}).code}),
	};
}

const jobs = async (): Promise<number> => (JSON.parse((await ask('GET', '/v1/jobs', undefined)).text) as {items: unknown[]}).items.length;

test.before(async () => {
	running = await runSystem({bodyBytesMax: 1 << 20});
	const {client} = running;
	await client.advance(NOW);
	await client.createModel(SMALL_SPEC);
	await client.events('small', [
		{id: 'first', time: TIME, features},
		{id: 'second', time: TIME, features: {...features, amount: -5}},
	]);
	await client.labels('small', [
		{id: 'first', value: 1, observedAt: TIME},
		{id: 'second', value: 0, observedAt: TIME},
	]);
	await client.advance(NOW);
});

test.after.always(async () => {
	await running.remove();
});

test.serial('asked twice, a model is registered once and both are told the same', async t => {
	const spec = {...SMALL_SPEC, name: 'twice'};
	const first = await ask('POST', '/v1/models', 'm1', spec);
	const second = await ask('POST', '/v1/models', 'm1', spec);
	t.is(first.status, 201);
	t.deepEqual(second, {...first, replayed: true});
	t.is((await ask('POST', '/v1/models', undefined, spec)).code, 'MODEL_EXISTS');
});

test.serial('a body that is compressed is the same body', async t => {
	const spec = {...SMALL_SPEC, name: 'packed'};
	const packed = {body: gzipSync(JSON.stringify(spec)), headers: {'content-encoding': 'gzip'}};
	t.deepEqual(
		[await ask('POST', '/v1/models', 'z1', undefined, packed), await ask('POST', '/v1/models', 'z1', undefined, packed)].map(
			({status, replayed}) => [status, replayed],
		),
		[
			[201, false],
			[201, true],
		],
	);
});

test.serial('one job, however often and however fast it is asked for', async t => {
	const before = await jobs();
	const order = {kind: 'train', model: 'small', reason: 'asked by hand'};
	const answers = await Promise.all(Array.from({length: 5}, async () => ask('POST', '/v1/jobs', 'j1', order)));
	t.is(answers.filter(({status, replayed}) => status < 300 && !replayed).length, 1);
	for (const {status, replayed, code, retryAfter} of answers) {
		t.true((status < 300 && code === undefined) || (code === 'IDEMPOTENCY_KEY_IN_USE' && retryAfter === '1'), `${status} ${replayed}`);
	}

	t.true((await ask('POST', '/v1/jobs', 'j1', order)).replayed);
	t.is(await jobs(), before + 1);
});

test.serial('a key is for one request: another body or another route is refused', async t => {
	const spec = {...SMALL_SPEC, name: 'other'};
	t.is((await ask('POST', '/v1/models', 'o1', spec)).status, 201);
	const changed = await ask('POST', '/v1/models', 'o1', {...spec, name: 'changed'});
	t.is(changed.code, 'IDEMPOTENCY_KEY_REUSED');
	t.is((await ask('POST', '/v1/jobs', 'o1', spec)).code, 'IDEMPOTENCY_KEY_REUSED');
	t.is((await ask('GET', '/v1/models/changed', undefined)).status, 404);
});

test.serial('what was refused changed nothing, and leaves its key free', async t => {
	const spec = {...SMALL_SPEC, name: 'mended'};
	t.is((await ask('POST', '/v1/models', 'f1', {...spec, task: 'guess'})).code, 'SPEC_INVALID');
	t.is((await ask('POST', '/v1/models', 'f1', spec)).status, 201);
});

test.serial('the text of an API key is not kept to be shown again', async t => {
	const order = {name: 'till', actions: ['predict']};
	const first = await ask('POST', '/v1/keys', 'k1', order);
	t.is(first.status, 201);
	const again = await ask('POST', '/v1/keys', 'k1', order);
	t.is(again.code, 'IDEMPOTENCY_KEY_IN_USE');
	t.regex(again.text, /holds a secret/v);
	t.is((JSON.parse((await ask('GET', '/v1/keys', undefined)).text) as {items: {name: string}[]}).items.length, 1);
});

test.serial('an answer without a body is given again without one', async t => {
	const {id} = JSON.parse((await ask('POST', '/v1/keys', undefined, {name: 'gone', actions: ['read']})).text) as {id: string};
	t.is((await ask('DELETE', `/v1/keys/${id}`, 'd1')).status, 204);
	t.deepEqual(await ask('DELETE', `/v1/keys/${id}`, 'd1'), {status: 204, replayed: true, retryAfter: null, text: ''});
});

test.serial('a process that died in the middle: the client is told to look', async t => {
	const store = await openStore(path.join(running.config.dataDirectory, 'perennial.db'));
	await new SqlIdempotencyStore(store.db).begin({actor: 'anonymous', key: 'lost', route: 'POST /v1/models', at: Date.now()}, 0);
	await store.close();
	const answer = await ask('POST', '/v1/models', 'lost', {...SMALL_SPEC, name: 'lost'});
	t.is(answer.code, 'IDEMPOTENCY_KEY_IN_USE');
	t.regex(answer.text, /not known whether the change was made/v);
});

test.serial('a key that is too long, or no key, is refused by name; reading needs none', async t => {
	const answer = await ask('POST', '/v1/models', 'x'.repeat(201), SMALL_SPEC);
	t.is(answer.code, 'PARAMETER_INVALID');
	t.regex(answer.text, /Idempotency-Key/v);
	t.is((await ask('POST', '/v1/models/small/predict', 'a b', {features})).code, 'PARAMETER_INVALID');
	t.is((await ask('GET', '/v1/models', 'm1')).status, 200);
});

test.serial('a prediction under a key is answered once: one, a batch and lines', async t => {
	const decisionOf = ({text}: Answer): string[] => [...text.matchAll(/"decisionId":"(?<id>[^"]+)"/gv)].map(({groups}) => groups!['id']!);
	const predict = async (key: string, body: unknown, more?: RequestInit): Promise<Answer> =>
		ask('POST', '/v1/models/small/predict', key, body, more);
	const one = decisionOf(await predict('p1', {features}));
	t.is(one.length, 1);
	t.deepEqual(decisionOf(await predict('p1', {features})), one);
	t.is((await predict('p1', {features: {...features, amount: 13}})).code, 'EVENT_CONFLICT');
	const many = {instances: [{features}, {id: 'mine', features}, {features}]};
	const three = decisionOf(await predict('p2', many));
	t.is(new Set(three).size, 3);
	t.deepEqual(decisionOf(await predict('p2', many)), three);
	const lines = {
		body: `${JSON.stringify({features})}\n${JSON.stringify({features})}\n`,
		headers: {'content-type': 'application/x-ndjson'},
	};
	const two = decisionOf(await predict('p3', undefined, lines));
	t.is(new Set(two).size, 2);
	t.deepEqual(decisionOf(await predict('p3', undefined, lines)), two);
});
