/** What edges and people ask of the registry over HTTP, of a whole system: channels as of a time, guarded moves, signatures, and an edge that checks them. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {dataPathsOf} from '../app/config.ts';
import {readRegistryTrust} from '../app/registry-trust.ts';
import {digestOf, openKeyList, openRecord, MemoryLogger, SystemClock} from '../core/domain/index.ts';
import {EdgeAgent} from '../edge/index.ts';
import {FileObjectStore, Registry} from '../registry/index.ts';
import {until} from './edge-scene.ts';
import {LinearRuntime, linearBlobs} from './linear-runtime.ts';
import {manifestDraft} from './manifest-draft.ts';
import {listOf, makeKeyPair} from './registry-keys.ts';
import {runSystem, SMALL_SPEC} from './running-system.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-rest-'));
const [root, signing] = [makeKeyPair(), makeKeyPair('p256')];
const keyListFile = path.join(folder, 'keys.json');
const signingKeyFile = path.join(folder, 'signing.pem');
writeFileSync(keyListFile, listOf(4, [signing], root));
writeFileSync(signingKeyFile, signing.privatePem);
const running = await runSystem({signingKeyFile, keyListFile});
const logger = new MemoryLogger();
const MODEL = SMALL_SPEC.name;

test.after.always(async () => {
	await running.remove();
	rmSync(folder, {recursive: true});
});

interface Answer {
	readonly status: number;
	readonly etag: string | null;
	readonly text: string;
	readonly body: Readonly<Record<string, unknown>>;
}

async function call(method: string, route: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
	const response = await fetch(`${running.url}${route}`, {
		method,
		cache: 'no-cache',
		headers: {'content-type': 'application/json', ...headers},
		...(body && {body: JSON.stringify(body)}),
	});
	const text = await response.text();
	return {
		status: response.status,
		etag: response.headers.get('etag'),
		text,
		body: text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>),
	};
}

test.serial(
	'channels as of a time; moves guarded by If-Match; signatures, records and keys; an edge that trusts the root follows',
	async t => {
		t.is((await call('POST', '/v1/models', SMALL_SPEC)).status, 201);
		const worker = new Registry({
			store: await FileObjectStore.open({directory: dataPathsOf(running.config).objects, logger}),
			clock: new SystemClock(),
			logger,
			trust: readRegistryTrust(running.config)!,
		});
		for (const version of [1, 2]) {
			await worker.publish(manifestDraft(`job-${version}`, {model: MODEL}), linearBlobs({weight: version, bias: 0}));
		}

		const channel = `/v1/models/${MODEL}/channels/edge-stable`;
		const move = async (version: number, ifMatch?: string): Promise<Answer> =>
			call('PUT', channel, {version, reason: 'a test'}, ifMatch === undefined ? {} : {'if-match': ifMatch});
		t.like(await call('GET', `${channel}/record`), {status: 404, body: {code: 'CHANNEL_NOT_FOUND'}});
		t.like(await move(1, '"0"'), {status: 200, etag: '"1"'});
		t.like(await move(2, '"0"'), {status: 412, body: {code: 'CHANNEL_MOVED'}});
		t.like(await move(2, 'one'), {status: 422, body: {code: 'PARAMETER_INVALID'}}, 'an unreadable guard guards nothing');
		const {body: clock} = await call('GET', '/v1/clock');
		const later = new Date(Date.parse(clock['now'] as string) + 86_400_000).toISOString();
		await call('PUT', '/v1/clock', {now: later});
		t.like(await move(2, '"1"'), {status: 200, etag: '"2"', body: {version: 2, at: later}});
		t.like(await call('GET', `${channel}?at=${clock['now'] as string}`), {status: 200, body: {version: 1}});
		t.like(await call('GET', `${channel}?at=${later}`), {status: 200, body: {version: 2}});
		t.like(await call('GET', `${channel}?at=1960-01-01T00:00:00Z`), {status: 404, body: {code: 'CHANNEL_NOT_FOUND'}});
		t.like(await call('GET', `${channel}?at=yesterday`), {status: 422});

		const keys = await call('GET', '/v1/signing-keys');
		t.is(openKeyList(Buffer.from(keys.text), root.publicKeys).version, 4);
		const record = await call('GET', `${channel}/record`);
		t.is(record.etag, `"${digestOf(record.text)}"`);
		t.like(openRecord(Buffer.from(record.text), signing.publicKeys), {keyListVersion: 4, move: {version: 2, sequence: 2}});
		t.is((await call('GET', `${channel}/record`, undefined, {'if-none-match': record.etag!})).status, 304);
		t.is((await call('GET', `/v1/models/${MODEL}/artifacts/1/signature`)).status, 200);
		t.like(await call('GET', `/v1/models/${MODEL}/artifacts/9/signature`), {status: 404, body: {code: 'VERSION_NOT_FOUND'}});
		t.is((await call('GET', `/v1/models/${MODEL}/artifacts/1/blob?role=bom`)).status, 200);

		const agent = new EdgeAgent({
			url: running.url,
			model: MODEL,
			channel: 'edge-stable',
			directory: path.join(folder, 'edge'),
			name: 'till-4',
			pollSeconds: 0.02,
			trust: {roots: root.publicKeys, graceMs: 0},
			loadSession: new LinearRuntime().load,
			logger,
			rng: () => 0.5,
		});
		await agent.start();
		t.teardown(() => agent.stop());
		await until(t, 'version 2 answers', () => agent.status().version === 2);
		await move(1);
		await until(t, 'version 1 answers', () => agent.status().version === 1);
		const seen = async (): Promise<Answer> => call('GET', '/v1/edges');
		let fleet = await seen();
		for (let tries = 0; tries < 100 && !fleet.text.includes('"version":1'); tries++) {
			fleet = await seen();
		}

		t.like((fleet.body['items'] as object[])[0], {edge: 'till-4', version: 1, signed: true, freshUntil: agent.status().freshUntil});
		await agent.stop();

		const told = new EdgeAgent({
			url: running.url,
			model: MODEL,
			channel: 'edge-stable',
			directory: path.join(folder, 'told'),
			name: 'till-5',
			pollSeconds: 3600,
			isToldOfMoves: true,
			trust: {roots: root.publicKeys, graceMs: 0},
			loadSession: new LinearRuntime().load,
			logger,
			rng: () => 1e-6,
		});
		await told.start();
		t.teardown(() => told.stop());
		await until(t, 'version 1 answers', () => told.status().version === 1);
		const stream = await fetch(`${running.url}${channel}/events`, {method: 'HEAD'});
		t.like(stream, {status: 200});
		for (const version of [2, 1]) {
			await move(version);
			await until(t, `version ${version} answers long before the next poll`, () => told.status().version === version);
		}

		t.like(await call('GET', '/v1/models/nobody/channels/edge-stable/events'), {status: 404, body: {code: 'MODEL_NOT_FOUND'}});
	},
);
