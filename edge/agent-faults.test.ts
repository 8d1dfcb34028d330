import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {digestOf, EventClock} from '../core/domain/index.ts';
import {createRng} from '../core/numerics/index.ts';
import type {ArtifactServer} from '../tests/artifact-server.ts';
import {answers, edgeScene, MODELS, until} from '../tests/edge-scene.ts';
import {linearBlobs, linearFile} from '../tests/linear-runtime.ts';
import {manifestDraft} from '../tests/manifest-draft.ts';

for (const [name, spoil] of [
	['wrong bytes under the right ETag', bytes => bytes.map((byte, index) => (index === 5 ? byte ^ 1 : byte))],
	['too few bytes', bytes => bytes.slice(0, -1)],
	['too many bytes', bytes => Buffer.concat([bytes, bytes])],
] as [string, (bytes: Uint8Array) => Uint8Array][]) {
	for (const part of ['role=student', 'role=golden', 'artifacts/2']) {
		test(`${name} (${part}): tried again, then left alone for a while; the version in use stays`, async t => {
			const {server, agent, release} = await edgeScene(t);
			await release(0);
			const edge = agent({clock: new EventClock(Date.now())});
			await edge.start();
			await until(t, 'it answers', () => edge.status().version === 1);
			let spoiled = 0;
			server.spoil = (request, response, {headers, bytes}) => {
				if (!request.endsWith(part)) {
					return false;
				}

				spoiled++;
				response.writeHead(200, headers);
				response.end(spoil(bytes));
				return true;
			};
			await release(1);
			await until(t, 'it tried three times', () => spoiled === 3);
			await until(t, 'it refused', () => server.reports.at(-1)?.refusal?.code === 'ARTIFACT_DIGEST_MISMATCH');
			const polls = server.requests.length;
			await until(t, 'it has polled on', () => server.requests.length > polls + 6);
			t.is(spoiled, 3);
			await answers(t, edge, 1);
		});
	}
}

test('damage on the way, a cut connection, 500s and a slow server heal by themselves', async t => {
	const {server, agent, release} = await edgeScene(t);
	await release(0);
	const edge = agent({timeoutMs: 100});
	await edge.start();
	await until(t, 'it answers', () => edge.status().version === 1);
	const faults: ArtifactServer['spoil'][] = [
		(_request, response) => {
			response.writeHead(500);
			response.end('no');
			return true;
		},
		() => true,
		(_request, response, {headers, bytes}) => {
			response.writeHead(200, {...headers, 'Content-Length': String(bytes.length)});
			response.write(bytes.subarray(0, 10));
			setImmediate(() => response.destroy());
			return true;
		},
		(_request, response, {headers, bytes}) => {
			response.writeHead(200, headers);
			response.end(bytes.map(byte => byte ^ 255));
			return true;
		},
	];
	let spoiled = 0;
	server.spoil = (request, response, answer) =>
		request.includes('artifacts/2') && spoiled < faults.length && faults[spoiled++]!(request, response, answer);
	await release(1);
	await until(t, 'version 2 answers', () => edge.status().version === 2);
	t.is(spoiled, faults.length);
	t.is(edge.status().state, 'serving');
	await answers(t, edge, 2);
});

test('a manifest of another model or version is refused', async t => {
	const {server, agent, registry, release} = await edgeScene(t);
	await release(0);
	const foreign = await registry.publish(manifestDraft('foreign', {model: 'other-model'}), linearBlobs(MODELS[1]!));
	await release(1);
	await release(2);
	for (const [{text: bytes}, expected] of [
		[await registry.storedManifest('loan-default', 2), /manifest of version 2 for version 3/v],
		[await registry.storedManifest('other-model', foreign.version), /one of model other-model/v],
	] as const) {
		server.spoil = (request, response) => {
			if (!request.endsWith('/artifacts/3')) {
				return false;
			}

			response.writeHead(200, {'X-Manifest-Digest': digestOf(bytes)});
			response.end(bytes);
			return true;
		};
		const edge = agent();
		await edge.start();
		await until(t, 'it refused', () => edge.status().refusal !== undefined);
		t.is(edge.status().refusal?.code, 'MANIFEST_INVALID');
		t.regex(edge.status().refusal!.message, expected);
		await edge.stop();
	}
});

test('without the registry it answers from disk, and goes on asking', async t => {
	const {server, agent, release, directory} = await edgeScene(t);
	await release(0);
	const first = agent();
	await first.start();
	await until(t, 'it answers', () => first.status().version === 1);
	await server.stop();
	await answers(t, first, 1);
	await first.stop();

	const second = agent();
	await second.start();
	t.is(second.status().version, 1, 'at once, with no network');
	await answers(t, second, 1);
	t.is(JSON.parse(await readFile(path.join(directory, 'current'), 'utf8')).version, 1);
});

for (const file of ['student.onnx', 'golden.json', 'manifest.json', 'manifest.sha256']) {
	for (const damage of ['a flipped bit', 'a cut-off end', 'nothing left'] as const) {
		test(`after ${damage} in ${file} of the current slot it starts on the other one, reports it, and heals when it can`, async t => {
			const {server, agent, release, directory} = await edgeScene(t);
			await release(0);
			const first = agent();
			await first.start();
			await until(t, 'version 1 answers', () => first.status().version === 1);
			await release(1);
			await until(t, 'version 2 answers', () => first.status().version === 2);
			await first.stop();
			const damaged = path.join(directory, 'slots', 'b', file);
			const bytes = await readFile(damaged);
			const flipped = bytes.map((byte, index) => (index === 9 ? byte ^ 2 : byte));
			await (damage === 'nothing left'
				? rm(damaged)
				: writeFile(damaged, damage === 'a flipped bit' ? flipped : bytes.subarray(0, -20)));

			let isDown = true;
			server.spoil = (request, response) => {
				if (isDown && !request.includes('report')) {
					response.writeHead(503);
					response.end();
				}

				return isDown && !request.includes('report');
			};
			const second = agent();
			await second.start();
			t.is(second.status().version, 1);
			await answers(t, second, 1);
			await until(t, 'it was reported', () => server.reports.at(-1)?.refusal?.version === 2);
			t.is(JSON.parse(await readFile(path.join(directory, 'current'), 'utf8')).slot, 'a');
			isDown = false;
			await until(t, 'version 2 is back', () => second.status().version === 2);
			t.is(second.status().state, 'serving');
			await answers(t, second, 2);
		});
	}
}

test('with both slots and the pointer damaged it pulls anew', async t => {
	const {agent, release, directory} = await edgeScene(t);
	await release(0);
	await release(1);
	await mkdir(path.join(directory, 'slots', 'a'), {recursive: true});
	await mkdir(path.join(directory, 'slots', 'b'), {recursive: true});
	await writeFile(path.join(directory, 'current'), '{"slot":"a","ver');
	await writeFile(path.join(directory, 'slots', 'a', 'manifest.sha256'), 'rubbish');
	await writeFile(path.join(directory, 'slots', 'b', 'student.onnx'), linearFile(MODELS[3]!));
	const edge = agent();
	await edge.start();
	t.is(edge.status().version, undefined);
	await until(t, 'it answers', () => edge.status().version === 2);
	await answers(t, edge, 2);
});

test('with the pointer damaged it answers from a slot that proves itself', async t => {
	const {agent, release, directory, server} = await edgeScene(t);
	await release(0);
	const first = agent();
	await first.start();
	await until(t, 'it answers', () => first.status().version === 1);
	await first.stop();
	await server.stop();
	await writeFile(path.join(directory, 'current'), '');
	const second = agent();
	await second.start();
	await answers(t, second, 1);
});

test('twenty random bit flips anywhere on disk never make it answer with a damaged version', async t => {
	const {agent, release, directory} = await edgeScene(t);
	await release(0);
	await release(1);
	const rng = createRng(3);
	const files = [
		'current',
		...['a', 'b'].flatMap(slot =>
			['student.onnx', 'golden.json', 'manifest.json', 'manifest.sha256'].map(file => path.join('slots', slot, file)),
		),
	];
	const first = agent();
	await first.start();
	await until(t, 'it answers', () => first.status().version === 2);
	await first.stop();
	for (let round = 0; round < 20; round++) {
		const file = path.join(directory, files[Math.floor(rng() * files.length)]!);
		const bytes = await readFile(file).catch(() => Buffer.of(0));
		bytes[Math.floor(rng() * bytes.length)]! ^= 1 << Math.floor(rng() * 8);
		await mkdir(path.dirname(file), {recursive: true});
		await writeFile(file, bytes);
		const edge = agent();
		await edge.start();
		const {version} = edge.status();
		if (version !== undefined) {
			await answers(t, edge, version);
		}

		await until(t, 'version 2 answers', () => edge.status().version === 2);
		await answers(t, edge, 2);
		await edge.stop();
	}
});

test('what stops giving its golden outputs is loaded anew; where that does not help, the version before answers within a poll', async t => {
	const {server, agent, release, runtime} = await edgeScene(t);
	await release(0);
	const edge = agent();
	await edge.start();
	await until(t, 'it answers', () => edge.status().version === 1);
	await release(1);
	await until(t, 'version 2 answers', () => edge.status().version === 2);
	const loads = runtime.loads;
	runtime.spoilOpen();
	await until(t, 'it was loaded anew', () => runtime.loads > loads);
	await until(t, 'the spoilt session is closed', () => runtime.open === 1);
	await answers(t, edge, 2);
	t.is(edge.status().refusal, undefined);
	runtime.spoiled = linearFile(MODELS[1]!);
	runtime.spoilOpen();
	await until(t, 'version 1 answers', () => edge.status().version === 1);
	await answers(t, edge, 1);
	await until(t, 'it was told', () => server.reports.at(-1)?.refusal?.code === 'ARTIFACT_GOLDEN_MISMATCH');
	const polls = server.requests.length;
	await until(t, 'it has polled on', () => server.requests.length > polls + 6);
	t.is(edge.status().version, 1, 'the channel still points at what has failed');
});
