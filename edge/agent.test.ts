import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {digestOf, PerennialError, schemaDigestOf} from '../core/domain/index.ts';
import {answers, edgeScene, MODELS, until} from '../tests/edge-scene.ts';
import {linearBlobs, linearLogit} from '../tests/linear-runtime.ts';
import {manifestDraft} from '../tests/manifest-draft.ts';

test('follows the channel: pulls, swaps, reports; and the way back needs no download', async t => {
	const {server, agent, release, move, runtime} = await edgeScene(t);
	const edge = agent();
	await edge.start();
	t.deepEqual(edge.status(), {
		edge: 'till-4',
		model: 'loan-default',
		channel: 'edge-stable',
		state: 'starting',
		verified: false,
		bitEqual: false,
		predictions: 0,
	});
	await t.throwsAsync(edge.predict([{amount: 1}]), {instanceOf: PerennialError, code: 'MODEL_NOT_READY'});
	for (const version of [1, 2]) {
		await release(version - 1);
		await until(t, `version ${version} answers`, () => edge.status().version === version);
		await answers(t, edge, version);
	}

	await until(t, 'it was reported', () => server.reports.at(-1)?.predictions === 2);
	t.like(server.reports.at(-1), {edge: 'till-4', version: 2, state: 'serving', verified: true, bitEqual: true});
	t.true(server.reports.at(-1)!.latencyMicrosP99! >= server.reports.at(-1)!.latencyMicrosP50!);
	const blobs = (): number => server.requests.filter(request => request.includes('/blob')).length;
	t.is(blobs(), 4);
	await move(1);
	await until(t, 'it went back', () => edge.status().version === 1);
	await answers(t, edge, 1);
	t.is(blobs(), 4);
	t.is(runtime.open, 1, 'sessions of versions that do not answer are closed');
});

test('asks with the ETag, and an unchanged channel costs one 304 a poll', async t => {
	const {server, agent, release} = await edgeScene(t);
	await release(0);
	const edge = agent();
	await edge.start();
	await until(t, 'it answers', () => edge.status().version === 1);
	const before = server.requests.length;
	await until(t, 'it has polled on', () => server.requests.length > before + 20);
	t.true(server.unchanged >= 9);
	t.deepEqual([...new Set(server.requests.slice(before + 2))].toSorted(), [
		'/v1/edges/till-4/report',
		'/v1/models/loan-default/channels/edge-stable',
	]);
});

test('bytes may come from the object store: the edge follows, its key stays behind, and digests hold all the same', async t => {
	const {server, agent, release} = await edgeScene(t);
	const asked: (string | undefined)[] = [];
	let held: {bytes: Uint8Array; changed: boolean}[] = [];
	const bucket = createServer((request, response) => {
		asked.push(request.headers.authorization);
		const {bytes, changed} = held[Number(new URL(request.url!, 'http://bucket').searchParams.get('object'))]!;
		response.end(changed ? bytes.map(byte => byte ^ 1) : bytes);
	});
	bucket.listen(0, '127.0.0.1');
	await once(bucket, 'listening');
	t.teardown(() => {
		bucket.closeAllConnections();
		bucket.close();
	});
	const {port} = bucket.address() as AddressInfo;
	let changed = false;
	server.spoil = (request, response, {bytes}) => {
		if (!request.includes('/blob')) {
			return false;
		}

		held = [...held, {bytes, changed}];
		response.writeHead(307, {Location: `http://127.0.0.1:${port}/?object=${held.length - 1}`});
		response.end();
		return true;
	};
	await release(0);
	const edge = agent({key: 'secret-of-the-edge'});
	await edge.start();
	await until(t, 'it answers', () => edge.status().version === 1);
	await answers(t, edge, 1);
	t.true(asked.length > 0 && asked.every(authorization => authorization === undefined), asked.join(' '));
	changed = true;
	await release(1);
	await until(t, 'it is refused', () => edge.status().refusal?.code === 'ARTIFACT_DIGEST_MISMATCH');
	t.is(edge.status().version, 1);
});

test('a prediction in flight ends on the version it began on', async t => {
	const {agent, release, runtime} = await edgeScene(t);
	await release(0);
	const edge = agent();
	await edge.start();
	await until(t, 'it answers', () => edge.status().version === 1);
	const gate = Promise.withResolvers<void>();
	const ungated = runtime.gate;
	runtime.gate = gate.promise;
	const inFlight = edge.predict([{amount: 12, city: 'Lima'}]);
	runtime.gate = ungated;
	await release(1);
	await until(t, 'version 2 answers', () => edge.status().version === 2);
	await answers(t, edge, 2);
	t.is(runtime.open, 2, 'the old session waits for its run');
	gate.resolve();
	const {version, logits} = await inFlight;
	t.is(version, 1);
	t.is(logits[0], linearLogit(MODELS[0]!, 12, 2n));
	await until(t, 'the old session is closed', () => runtime.open === 1);
});

test('every prediction during twenty swaps is wholly of one version', async t => {
	const {agent, release, move} = await edgeScene(t);
	await release(0);
	await release(1);
	const edge = agent({pollSeconds: 0.001});
	await edge.start();
	await until(t, 'it answers', () => edge.status().version === 2);
	const done = new AbortController();
	const asking = (async () => {
		const seen = new Set<number>();
		while (!done.signal.aborted) {
			const {version, logits} = await edge.predict([{amount: 1, city: 'Oslo'}, {amount: 2}, {city: 'Bergen'}]);
			t.deepEqual(
				[...logits],
				[
					[1, 1n],
					[2, 0n],
					[Number.NaN, 0n],
				].map(([amount, city]) => linearLogit(MODELS[version - 1]!, amount as number, city as bigint)),
			);
			seen.add(version);
			await sleep(0);
		}

		return seen;
	})();
	for (let swap = 0; swap < 20; swap++) {
		const version = 1 + (swap % 2);
		await move(version);
		await until(t, 'it swapped', () => edge.status().version === version);
	}

	done.abort();
	t.is((await asking).size, 2);
});

const LYING_SCHEMA = {
	version: 1,
	digest: digestOf('another'),
	columns: [
		{name: 'amount', type: 'numeric'},
		{name: 'city', type: 'categorical'},
	],
} as const;

for (const [name, code, over] of [
	['other golden outputs', 'ARTIFACT_GOLDEN_MISMATCH', {blobs: linearBlobs(MODELS[1]!, MODELS[2])}],
	[
		'golden rows that cannot be run',
		'MANIFEST_INVALID',
		{blobs: [linearBlobs(MODELS[1]!)[0]!, {role: 'golden', mediaType: 'application/json', bytes: Buffer.from('{}')}]},
	],
	['no golden rows at all', 'MANIFEST_INVALID', {blobs: linearBlobs(MODELS[1]!).slice(0, 1)}],
	["a schema digest that is not its schema's", 'ARTIFACT_SCHEMA_MISMATCH', {draft: {featureSchema: LYING_SCHEMA}}],
	[
		'a student that takes unknown features',
		'ARTIFACT_SCHEMA_MISMATCH',
		{draft: {studentInput: {numeric: ['amount', 'height'], categorical: []}}},
	],
] as const) {
	test(`refuses a version with ${name}, says why, keeps the last good one, and does not try again until the channel moves`, async t => {
		const {server, agent, registry, release, move, directory} = await edgeScene(t);
		await release(0);
		const edge = agent();
		await edge.start();
		await until(t, 'it answers', () => edge.status().version === 1);
		await registry.publish(
			manifestDraft('bad', 'draft' in over ? (structuredClone(over.draft) as object) : {}),
			'blobs' in over ? over.blobs : linearBlobs(MODELS[1]!),
		);
		await move(2);
		await until(t, 'it refused', () => server.reports.at(-1)?.state === 'refusing');
		t.like(server.reports.at(-1), {version: 1, verified: true, refusal: {version: 2, code}});
		await answers(t, edge, 1);
		const tries = server.requests.filter(request => request.includes('/artifacts/2')).length;
		const polls = server.requests.length;
		await until(t, 'it has polled on', () => server.requests.length > polls + 10);
		t.is(server.requests.filter(request => request.includes('/artifacts/2')).length, tries);
		await release(2);
		await until(t, 'version 3 is refused or answers', () => edge.status().version === 3);
		t.is(edge.status().refusal, undefined);
		t.like(JSON.parse(await readFile(path.join(directory, 'current'), 'utf8')), {version: 3});
	});
}

test('refuses versions of another feature schema than the one it is told to take', async t => {
	const {server, agent, release} = await edgeScene(t);
	await release(0);
	const other = agent({schemaDigest: schemaDigestOf({columns: [{name: 'amount', type: 'numeric'}]})});
	await other.start();
	await until(t, 'it refused', () => server.reports.at(-1)?.refusal?.code === 'ARTIFACT_SCHEMA_MISMATCH');
	await other.stop();
	const same = agent({schemaDigest: manifestDraft('any').featureSchema.digest});
	await same.start();
	await until(t, 'it answers', () => same.status().version === 1);
	await answers(t, same, 1);
});

test('a directory has one agent', async t => {
	const {agent} = await edgeScene(t);
	await agent().start();
	await t.throwsAsync(agent().start(), {instanceOf: PerennialError, code: 'DATA_DIRECTORY_HELD'});
});

test('features that do not fit are refused with every fault', async t => {
	const {agent, release} = await edgeScene(t);
	await release(0);
	const edge = agent();
	await edge.start();
	await until(t, 'it answers', () => edge.status().version === 1);
	const error = await t.throwsAsync(edge.predict([{amount: 1}, {amount: 'much', colour: 'red'}]), {
		instanceOf: PerennialError,
		code: 'EVENT_INVALID',
	});
	t.deepEqual(
		error.faults.map(({path: where, code}) => [where, code]),
		[
			['instances[1].features.amount', 'FIELD_TYPE'],
			['instances[1].features.colour', 'FIELD_UNKNOWN'],
		],
	);
	t.is(edge.status().predictions, 0);
});
