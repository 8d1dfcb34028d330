import {rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {EventClock, PerennialError} from '../core/domain/index.ts';
import {answers, edgeScene, MODELS, until} from '../tests/edge-scene.ts';
import {linearBlobs} from '../tests/linear-runtime.ts';
import {manifestDraft} from '../tests/manifest-draft.ts';
import {listOf, makeKeyPair, signingRegistry, trustIn, trustWithList} from '../tests/registry-keys.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const pair = makeKeyPair();

function trusting(clock: EventClock, graceMs = DAY): {trust: {roots: typeof pair.publicKeys; graceMs: number}; clock: EventClock} {
	return {trust: {roots: pair.publicKeys, graceMs}, clock};
}

test('takes what a trusted key signed, asks with the ETag, says so, and comes back with it without the network', async t => {
	const clock = new EventClock(Date.now());
	const {server, agent, release, directory} = await edgeScene(t, trustIn(pair, {clock}));
	await release(0);
	const first = agent(trusting(clock));
	await first.start();
	await until(t, 'version 1 answers', () => first.status().version === 1);
	await release(1);
	await until(t, 'version 2 answers', () => first.status().version === 2);
	await answers(t, first, 2);
	await until(t, 'it was reported', () => server.reports.at(-1)?.version === 2);
	t.like(server.reports.at(-1), {signed: true, freshUntil: first.status().freshUntil});
	const unchanged = server.unchanged;
	await until(t, 'it has polled on', () => server.unchanged > unchanged + 3);
	t.false(
		server.requests.some(request => request.endsWith('/channels/edge-stable')),
		'unsigned words are not asked for',
	);
	await first.stop();
	await server.stop();

	const second = agent(trusting(clock));
	await second.start();
	await answers(t, second, 2);
	await second.stop();

	await rm(path.join(directory, 'slots', 'b', 'signature.json'));
	const third = agent(trusting(clock));
	await third.start();
	await answers(t, third, 1);
});

test('a registry that signs nothing, or with another key, gets no version onto the edge', async t => {
	const unsigned = await edgeScene(t);
	await unsigned.release(0);
	const clock = new EventClock(Date.now());
	const waiting = unsigned.agent(trusting(clock));
	await waiting.start();
	await until(t, 'it asked twice', () => unsigned.server.requests.filter(request => request.endsWith('/record')).length >= 2);
	t.is(waiting.status().version, undefined);

	const stranger = await edgeScene(t, trustIn(makeKeyPair(), {clock}));
	await stranger.release(0);
	const refusing = stranger.agent(trusting(clock));
	await refusing.start();
	await until(t, 'it refused', () => stranger.server.reports.at(-1)?.refusal?.code === 'SIGNATURE_INVALID');
	t.regex(refusing.status().refusal!.message, /it is signed by [\da-f]{16}, and trusted are [\da-f]{16}/v);
	await t.throwsAsync(refusing.predict([{amount: 1}]), {instanceOf: PerennialError, code: 'MODEL_NOT_READY'});
});

test('a replayed record moves nothing back, and a frozen registry is left when the grace has passed', async t => {
	const clock = new EventClock(Date.now());
	const {server, agent, release} = await edgeScene(t, trustIn(pair, {clock, recordMs: HOUR}));
	await release(0);
	const edge = agent(trusting(clock, HOUR));
	let old: {headers: Readonly<Record<string, string>>; bytes: Uint8Array} | undefined;
	server.spoil = (request, _response, answer) => {
		if (request.endsWith('/record')) {
			old ??= answer;
		}

		return false;
	};
	await edge.start();
	await until(t, 'version 1 answers', () => edge.status().version === 1);
	await release(1);
	await until(t, 'version 2 answers', () => edge.status().version === 2);
	server.spoil = (request, response) => {
		if (!request.endsWith('/record')) {
			return false;
		}

		response.writeHead(200, {...old!.headers, ETag: '"replayed"'});
		response.end(old!.bytes);
		return true;
	};
	await release(2);
	await until(t, 'it refused', () => server.reports.at(-1)?.refusal?.code === 'CHANNEL_ROLLED_BACK');
	await answers(t, edge, 2);
	await clock.advance(clock.now() + 2 * HOUR - 1);
	await answers(t, edge, 2);
	await clock.advance(clock.now() + HOUR);
	await t.throwsAsync(edge.predict([{amount: 1}]), {code: 'MODEL_NOT_READY', message: /expired at .* and its grace ended at/v});
	t.is(edge.status().refusal?.code, 'CHANNEL_RECORD_EXPIRED');
	server.spoil = undefined;
	await until(t, 'version 3 answers', () => edge.status().version === 3);
	await answers(t, edge, 3);
	t.is(edge.status().refusal, undefined);
});

test('changed bytes, manifests and signatures on the way are refused, whatever headers say', async t => {
	const clock = new EventClock(Date.now());
	const {server, agent, release, move, directory} = await edgeScene(t, trustIn(pair, {clock}));
	const edge = agent(trusting(clock));
	let changed = 0;
	const changeNext = (target: string, times: number): void => {
		let left = times;
		server.spoil = (request, response, {headers, bytes}) => {
			if (left === 0 || !request.endsWith(target)) {
				return false;
			}

			left--;
			changed++;
			const position = (changed * 7) % bytes.length;
			response.writeHead(200, headers);
			response.end(bytes.map((byte, index) => (index === position ? byte ^ (1 << (changed % 8)) : byte)));
			return true;
		};
	};

	const isAnswering = async (version: number): Promise<void> => {
		await until(t, `version ${version} answers`, () => edge.status().version === version && edge.status().refusal === undefined);
		await answers(t, edge, version);
	};

	const isRefusing = async (version: number, code: string): Promise<void> => {
		await until(t, `version ${version} is refused`, () => edge.status().refusal?.version === version);
		t.is(edge.status().refusal!.code, code);
	};

	await release(0);
	await edge.start();
	await isAnswering(1);

	for (const [index, target] of [
		[1, 'role=student'],
		[2, 'artifacts/3'],
	] as const) {
		changeNext(target, 2);
		await release(index);
		await isAnswering(index + 1);
	}

	t.is(changed, 4, 'what was damaged twice on the way was asked for a third time');

	changeNext('role=golden', 3);
	await release(3);
	await isRefusing(4, 'ARTIFACT_DIGEST_MISMATCH');
	await until(t, 'all was changed', () => changed === 7);
	const polls = server.unchanged;
	await until(t, 'it has polled on', () => server.unchanged > polls + 3);
	t.is(edge.status().refusal?.version, 4, 'what was damaged three times is left alone for a while');
	await answers(t, edge, 3);
	await clock.advance(clock.now() + MINUTE);
	await isAnswering(4);

	await move(3);
	await isAnswering(3);
	await rm(path.join(directory, 'slots'), {recursive: true});
	changeNext('artifacts/4/signature', 1);
	await move(4);
	await isAnswering(4);
	t.is(changed, 8, 'its signature was changed on the way');

	changeNext('edge-stable/record', 3);
	await move(3);
	await isAnswering(3);
	t.is(changed, 11, 'the record was changed on the way');
});

test('a version that stays damaged is asked for at growing pauses, and refused as long', async t => {
	const clock = new EventClock(Date.now());
	const {server, agent, release} = await edgeScene(t, trustIn(pair, {clock}));
	await release(0);
	const edge = agent({...trusting(clock), rng: () => 0.5});
	await edge.start();
	await until(t, 'version 1 answers', () => edge.status().version === 1);
	let changed = 0;
	server.spoil = (request, response, {headers, bytes}) => {
		if (!request.endsWith('artifacts/2/signature')) {
			return false;
		}

		changed++;
		response.writeHead(200, headers);
		response.end(bytes.map(byte => byte ^ 1));
		return true;
	};
	await release(1);
	for (const [transfers, pauseMs] of [
		[3, MINUTE / 2],
		[4, MINUTE],
		[5, 2 * MINUTE],
	] as const) {
		await until(t, `it was asked for ${transfers} times`, () => changed === transfers);
		// The poll after tells that the refusal is noted: the pause counts from there.
		const pollsOn = async (count: number): Promise<void> => {
			const polls = server.unchanged;
			await until(t, 'it has polled on', () => server.unchanged > polls + count);
		};
		await pollsOn(1);
		await clock.advance(clock.now() + pauseMs - 1);
		await pollsOn(2);
		t.is(changed, transfers);
		t.like(edge.status().refusal, {version: 2, code: 'SIGNATURE_INVALID'});
		await clock.advance(clock.now() + 1);
	}

	server.spoil = undefined;
	await clock.advance(clock.now() + HOUR);
	await until(t, 'version 2 answers', () => edge.status().version === 2);
});

test('a new key list reaches a running edge, and the version it has is signed by the new key when it starts next', async t => {
	const [root, first, second] = [makeKeyPair(), makeKeyPair(), makeKeyPair()] as const;
	const clock = new EventClock(Date.now());
	const signing = trustIn(first, {clock});
	const before = trustWithList(first, listOf(1, [first], root), signing);
	const {store, server, agent, release} = await edgeScene(t, before);
	await release(0);
	const trust = {roots: root.publicKeys, graceMs: DAY};
	const edge = agent({trust, clock});
	await edge.start();
	await until(t, 'version 1 answers', () => edge.status().version === 1);
	const rotated = signingRegistry(trustWithList(second, listOf(2, [first, second], root), signing), store, clock);
	server.serve(rotated);
	await rotated.publish(manifestDraft('rotated'), linearBlobs(MODELS[1]!));
	await rotated.moveChannel({model: 'loan-default', channel: 'edge-stable', version: 2, reason: 'test', by: 'test'});
	await until(t, 'version 2 answers', () => edge.status().version === 2);
	await edge.stop();
	await server.stop();
	const offline = agent({trust, clock});
	await offline.start();
	await answers(t, offline, 2);
});

test('an agent that begins to ask for signatures takes nothing from before', async t => {
	const clock = new EventClock(Date.now());
	const {agent, release, server, directory} = await edgeScene(t, trustIn(pair, {clock}));
	await release(0);
	const credulous = agent();
	await credulous.start();
	await until(t, 'version 1 answers', () => credulous.status().version === 1);
	await credulous.stop();
	server.spoil = (_request, response) => {
		response.writeHead(503);
		response.end();
		return true;
	};
	const edge = agent(trusting(clock));
	await edge.start();
	t.is(edge.status().version, undefined);
	server.spoil = undefined;
	await until(t, 'it answers', () => edge.status().version === 1);
	await answers(t, edge, 1);
	await edge.stop();
	await writeFile(path.join(directory, 'trust.json'), 'rubbish');
	const forgetful = agent(trusting(clock));
	await forgetful.start();
	await until(t, 'it answers again', () => forgetful.status().freshUntil !== undefined);
	await answers(t, forgetful, 1);
});
