import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import {digestOf, EventClock, MemoryLogger, PerennialError, toManifestJson, type ErrorCode} from '../core/domain/index.ts';
import {createRng} from '../core/numerics/index.ts';
import {manifestDraft} from '../tests/manifest-draft.ts';
import {ROOT} from '../tests/sources.ts';
import {FileObjectStore} from './file/file-object-store.ts';
import {blobKey, ModelKeys} from './layout.ts';
import {MemoryObjectStore} from './memory/memory-object-store.ts';
import {Registry} from './registry.ts';
import type {BlobDraft} from './version-catalogue.ts';

const MODEL = 'loan-default';
const logger = new MemoryLogger();
const keys = new ModelKeys('default', MODEL);
const refused = {gates: [{gate: 'parity', passed: false, reason: 'Flips 3 % of decisions.', measured: {flips: 0.03}}], accepted: false};

function registryOver(store = new MemoryObjectStore(), clock = new EventClock(Date.UTC(2024, 0, 1))): Registry {
	return new Registry({store, clock, logger});
}

function blobsOf(content: string): BlobDraft[] {
	return [{role: 'student', mediaType: 'application/octet-stream', bytes: Buffer.from(content)}];
}

/** Expects a PerennialError with this code. */
const failing = (code: ErrorCode): {instanceOf: typeof PerennialError; code: ErrorCode} => ({instanceOf: PerennialError, code});

test('a published version is read back as it was, by another registry over the same store', async t => {
	const store = new MemoryObjectStore();
	const published = await registryOver(store).publish(manifestDraft('job-1'), blobsOf('student bytes'));
	const reader = registryOver(store);
	t.deepEqual(await reader.versions(MODEL), [1]);
	t.deepEqual(await reader.manifest(MODEL, 1), published);
	t.is(published.createdAt, '2024-01-01T00:00:00.000Z');
	t.deepEqual(Buffer.from(await reader.getBlob(published.blobs[0]!.digest)), Buffer.from('student bytes'));
	t.is(published.blobs[0]!.sizeBytes, 13);
	t.is(await reader.manifestDigest(MODEL, 1), digestOf(toManifestJson(published)));
	t.is((await reader.storedManifest(MODEL, 1)).text, toManifestJson(published));
	await reader.verify(MODEL, 1);
});

test('a reader with warm caches sees versions and moves of another process without a restart', async t => {
	const store = new MemoryObjectStore();
	const [writer, reader] = [registryOver(store), registryOver(store)];
	for (let version = 1; version <= 3; version++) {
		await writer.publish(manifestDraft(`job-${version}`), blobsOf(`student ${version}`));
		await writer.moveChannel({model: MODEL, channel: 'champion', version, reason: 'gate', by: 'gate'});
		t.is((await reader.versions(MODEL)).length, version);
		t.is((await reader.currentOf(MODEL, 'champion'))?.version, version);
		t.is((await reader.manifest(MODEL, version)).version, version);
	}
});

test('publishing again for the same job gives the version that exists', async t => {
	const registry = registryOver();
	const first = await registry.publish(manifestDraft('job-1'), blobsOf('one'));
	await registry.publish(manifestDraft('job-2'), blobsOf('two'));
	t.deepEqual(await registry.publish(manifestDraft('job-1'), blobsOf('one, trained again')), first);
	t.deepEqual(await registry.versions(MODEL), [1, 2]);
});

test('racing publishers each get their own number, racing attempts of one job the same', async t => {
	const store = new MemoryObjectStore();
	const jobs = Array.from({length: 24}, (_, index) => `job-${index % 8}`);
	const manifests = await Promise.all(jobs.map(job => registryOver(store).publish(manifestDraft(job), blobsOf(job))));
	t.deepEqual(await registryOver(store).versions(MODEL), [1, 2, 3, 4, 5, 6, 7, 8]);
	for (const [index, {version, lineage}] of manifests.entries()) {
		t.is(lineage.jobId, jobs[index]!);
		t.is(version, manifests[index % 8]!.version);
	}
});

test('a publisher that dies before or after any of its writes leaves no half version, and its retry publishes once', async t => {
	for (const dies of ['before', 'after'] as const) {
		for (let fatal = 1; fatal <= 3; fatal++) {
			const store = new MemoryObjectStore();
			const dying = new MemoryObjectStore();
			let writes = 0;
			dying.put = async (key, bytes, options) => {
				const isFatal = ++writes === fatal;
				if (!isFatal || dies === 'after') {
					await store.put(key, bytes, options);
				}

				if (writes >= fatal) {
					throw new PerennialError('OBJECT_STORE_UNAVAILABLE', 'The process died here.');
				}
			};
			const blobs = [...blobsOf('student'), {role: 'golden', mediaType: 'application/json', bytes: Buffer.from('{}')} as const];
			await t.throwsAsync(registryOver(dying).publish(manifestDraft('job-1'), blobs));
			const registry = registryOver(store);
			for (const version of await registry.versions(MODEL)) {
				await registry.verify(MODEL, version);
			}

			await registry.publish(manifestDraft('job-1'), blobs);
			t.deepEqual(await registry.versions(MODEL), [1], `died ${dies} write ${fatal}`);
			await registry.verify(MODEL, 1);
		}
	}
});

test('a damaged blob is never handed out, and publishing its bytes again heals it', async t => {
	const store = new MemoryObjectStore();
	const registry = registryOver(store);
	const {
		blobs: [blob],
	} = await registry.publish(manifestDraft('job-1'), blobsOf('student bytes'));
	await store.put(blobKey(blob!.digest), Buffer.from('student bytez'));
	await t.throwsAsync(registry.getBlob(blob!.digest), failing('ARTIFACT_DIGEST_MISMATCH'));
	await t.throwsAsync(registry.verify(MODEL, 1), failing('ARTIFACT_DIGEST_MISMATCH'));
	await registry.putBlob(Buffer.from('student bytes'));
	await t.notThrowsAsync(registry.verify(MODEL, 1));
	await store.delete(blobKey(blob!.digest));
	await t.throwsAsync(registry.getBlob(blob!.digest), failing('OBJECT_NOT_FOUND'));
});

test('a manifest that is not what its key says is refused', async t => {
	const store = new MemoryObjectStore();
	await registryOver(store).publish(manifestDraft('job-1'), blobsOf('one'));
	const text = (await registryOver(store).storedManifest(MODEL, 1)).text;
	const damaged: [string, Uint8Array][] = [
		['another version', Buffer.from(text.replace('"version": 1,\n\t"createdAt"', '"version": 2,\n\t"createdAt"'))],
		['another model', Buffer.from(text.replace('"loan-default"', '"loan-defaulu"'))],
		['cut off', Buffer.from(text.slice(0, 300))],
		['no UTF-8', Buffer.concat([Buffer.from(text), Buffer.from([0xff])])],
	];
	for (const [name, bytes] of damaged) {
		await store.put(keys.manifest(1), bytes);
		await t.throwsAsync(registryOver(store).manifest(MODEL, 1), failing('MANIFEST_INVALID'), name);
	}

	await t.throwsAsync(registryOver(store).manifest(MODEL, 2), failing('VERSION_NOT_FOUND'));
});

test('a damaged manifest keeps nobody from publishing', async t => {
	const store = new MemoryObjectStore();
	await registryOver(store).publish(manifestDraft('job-1'), blobsOf('one'));
	await registryOver(store).publish(manifestDraft('job-2'), blobsOf('two'));
	await store.put(keys.manifest(1), Buffer.from('{'));
	t.is((await registryOver(store).publish(manifestDraft('job-2'), blobsOf('two'))).version, 2);
	t.is((await registryOver(store).publish(manifestDraft('job-1'), blobsOf('one'))).version, 3);
});

test('a draft that makes no manifest is refused and leaves no version', async t => {
	const registry = registryOver();
	await t.throwsAsync(registry.publish(manifestDraft('job-1', {classes: ['only one']}), blobsOf('one')), failing('MANIFEST_INVALID'));
	await t.throwsAsync(registry.publish(manifestDraft('job-1', {model: '../escape'}), blobsOf('one')), failing('PARAMETER_INVALID'));
	t.deepEqual(await registry.versions(MODEL), []);
});

test('a channel moves to accepted versions; to others only with an override, which stays on record', async t => {
	const registry = registryOver();
	await registry.publish(manifestDraft('job-1'), blobsOf('one'));
	await registry.publish(manifestDraft('job-2', refused), blobsOf('two'));
	const move = {model: MODEL, channel: 'champion', reason: 'test', by: 'gate'};
	t.is(await registry.currentOf(MODEL, 'champion'), undefined);
	t.deepEqual(await registry.moveChannel({...move, version: 1}), {...move, version: 1, sequence: 1, at: '2024-01-01T00:00:00.000Z'});
	const error = await t.throwsAsync(registry.moveChannel({...move, version: 2}), failing('GATE_REFUSED'));
	t.regex(error.message, /parity: Flips 3 % of decisions\./v);
	await t.throwsAsync(registry.moveChannel({...move, version: 3, override: true}), failing('VERSION_NOT_FOUND'));
	t.is((await registry.moveChannel({...move, version: 2, override: true})).overridden, true);
	t.is((await registry.moveChannel({...move, version: 2, override: true})).sequence, 2, 'moving to where it stands writes nothing');
	await registry.moveChannel({...move, channel: 'a-b', version: 1});
	await registry.moveChannel({...move, channel: 'a', version: 1});
	t.deepEqual(
		(await registry.channels(MODEL)).map(({channel, version}) => [channel, version]),
		[
			['a', 1],
			['a-b', 1],
			['champion', 2],
		],
	);
});

test('of racing moves that expect the same sequence exactly one wins; without an expectation all come to pass', async t => {
	const store = new MemoryObjectStore();
	const registry = registryOver(store);
	const versions = Array.from({length: 10}, (_, index) => index + 1);
	for (const version of versions) {
		await registry.publish(manifestDraft(`job-${version}`), blobsOf(`${version}`));
	}

	const move = {model: MODEL, channel: 'champion', reason: 'race', by: 'test'};
	const outcomes = await Promise.allSettled(
		versions.map(version => registryOver(store).moveChannel({...move, version, expectedSequence: 0})),
	);
	t.is(outcomes.filter(({status}) => status === 'fulfilled').length, 1);
	t.true(outcomes.every(outcome => outcome.status === 'fulfilled' || (outcome.reason as PerennialError).code === 'CHANNEL_MOVED'));
	t.is((await registry.historyOf(MODEL, 'champion')).length, 1);
	await t.throwsAsync(registry.moveChannel({...move, version: 2, expectedSequence: 0}), failing('CHANNEL_MOVED'));

	await Promise.all(versions.map(version => registryOver(store).moveChannel({...move, channel: 'free', version})));
	const history = await registry.historyOf(MODEL, 'free');
	t.deepEqual(
		history.map(({sequence}) => sequence),
		versions,
	);
	t.deepEqual(
		history.map(({version}) => version).toSorted((a, b) => a - b),
		versions,
	);
});

test('a damaged record of a move is an error, never a guess', async t => {
	const store = new MemoryObjectStore();
	await registryOver(store).publish(manifestDraft('job-1'), blobsOf('one'));
	await registryOver(store).moveChannel({model: MODEL, channel: 'champion', version: 1, reason: 'test', by: 'test'});
	const record = await store.get(keys.move('champion', 1));
	for (const text of ['{', '{}', Buffer.from(record!).toString().replace('champion', 'shadow')]) {
		await store.put(keys.move('champion', 1), Buffer.from(text));
		await t.throwsAsync(registryOver(store).currentOf(MODEL, 'champion'), failing('MANIFEST_INVALID'));
	}
});

test('history and asOf agree with a plain list of moves, whatever the times claimed', async t => {
	const store = new MemoryObjectStore();
	for (let version = 1; version <= 4; version++) {
		await registryOver(store).publish(manifestDraft(`job-${version}`), blobsOf(`${version}`));
	}

	let run = 0;
	const moves = fc.array(fc.record({version: fc.integer({min: 1, max: 4}), at: fc.integer({min: 0, max: 50})}), {
		minLength: 1,
		maxLength: 12,
	});
	await fc.assert(
		fc.asyncProperty(moves, async asked => {
			const registry = registryOver(store);
			const channel = `channel-${run++}`;
			const model: {version: number; at: number}[] = [];
			for (const {version, at} of asked) {
				await registry.moveChannel({model: MODEL, channel, version, reason: 'property', by: 'test', at});
				const last = model.at(-1);
				if (last?.version !== version) {
					model.push({version, at: Math.max(at, last?.at ?? 0)});
				}
			}

			const history = (await registry.historyOf(MODEL, channel)).map(({sequence, version, at}) => ({
				sequence,
				version,
				at: Date.parse(at),
			}));
			t.deepEqual(
				history,
				model.map((move, index) => ({sequence: index + 1, ...move})),
			);
			t.is((await registry.currentOf(MODEL, channel))?.version, model.at(-1)!.version);
			for (let time = -1; time <= 51; time++) {
				t.is((await registry.asOf(MODEL, channel, time))?.version, model.findLast(({at}) => at <= time)?.version);
			}
		}),
		{seed: 1, numRuns: 40},
	);
});

interface Publisher {
	readonly child: ChildProcess;
	/** What it said so far. */
	readonly lines: string[];
	readonly exited: Promise<unknown>;
}

function startPublisher(directory: string, name: string, action: 'publish' | 'move', count: number): Publisher {
	const program = path.join(ROOT, 'tests/registry-publisher.ts');
	const child = spawn(process.execPath, [program, directory, name, action, String(count)], {stdio: ['ignore', 'pipe', 'inherit']});
	const lines: string[] = [];
	readline.createInterface({input: child.stdout}).on('line', line => lines.push(line));
	return {child, lines, exited: once(child, 'close')};
}

test('two processes publish and move at once: numbers without gaps, each version whole', async t => {
	const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-race-'));
	t.teardown(() => rm(directory, {recursive: true}));
	const publishers = ['a', 'b'].map(name => startPublisher(directory, name, 'publish', 15));
	await Promise.all(publishers.map(({exited}) => exited));
	const registry = new Registry({store: await FileObjectStore.open({directory, logger}), clock: new EventClock(), logger});
	const versions = await registry.versions(MODEL);
	t.deepEqual(
		versions,
		Array.from({length: 30}, (_, index) => index + 1),
	);
	t.deepEqual(publishers.flatMap(({lines}) => lines.slice(1)).toSorted(), versions.map(version => `published ${version}`).toSorted());
	for (const version of versions) {
		await registry.verify(MODEL, version);
	}

	const movers = ['a', 'b'].map(name => startPublisher(directory, name, 'move', 15));
	await Promise.all(movers.map(({exited}) => exited));
	const history = await registry.historyOf(MODEL, 'champion');
	t.deepEqual(
		history.map(({sequence}) => sequence),
		history.map((_, index) => index + 1),
	);
	t.true(history.every(({version}, index) => version !== history[index - 1]?.version));
});

test('a publisher killed with SIGKILL at random moments, 24 times, leaves no half version', async t => {
	const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-kill-'));
	t.teardown(() => rm(directory, {recursive: true}));
	const rng = createRng(7);
	const acknowledged = new Set<number>();
	for (let round = 0; round < 24; round++) {
		const {child, lines, exited} = startPublisher(directory, `round-${round}`, 'publish', 10_000);
		while (lines.length === 0) {
			await sleep(1);
		}

		await sleep(rng() * 200);
		child.kill('SIGKILL');
		await exited;
		for (const line of lines.slice(1)) {
			acknowledged.add(Number(line.split(' ')[1]));
		}
	}

	const registry = new Registry({store: await FileObjectStore.open({directory, logger}), clock: new EventClock(), logger});
	const versions = await registry.versions(MODEL);
	t.deepEqual(
		versions,
		versions.map((_, index) => index + 1),
	);
	t.true(versions.length > 0 && acknowledged.size > 0, 'the publishers came to publish');
	const jobs = new Set<string>();
	for (const version of versions) {
		await registry.verify(MODEL, version);
		jobs.add((await registry.manifest(MODEL, version)).lineage.jobId);
	}

	t.is(jobs.size, versions.length, 'no job published twice');
	t.deepEqual(
		[...acknowledged].filter(version => !versions.includes(version)),
		[],
		'what was acknowledged is there',
	);
	t.log(
		`${versions.length} versions, ${acknowledged.size} acknowledged, ${(await readdir(path.join(directory, 'temporary'))).length} temporary files left`,
	);
});

test('a damaged file is found by verify', async t => {
	const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-rot-'));
	t.teardown(() => rm(directory, {recursive: true}));
	const registry = new Registry({store: await FileObjectStore.open({directory, logger}), clock: new EventClock(), logger});
	const {
		blobs: [blob],
	} = await registry.publish(manifestDraft('job-1'), blobsOf('student bytes'));
	const file = path.join(directory, 'objects', blobKey(blob!.digest));
	const bytes = await readFile(file);
	bytes[3]! ^= 1;
	await writeFile(file, bytes);
	await t.throwsAsync(registry.verify(MODEL, 1), failing('ARTIFACT_DIGEST_MISMATCH'));
});
