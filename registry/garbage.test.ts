import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {setImmediate as turn, setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {EventClock, MemoryLogger, PerennialError, SystemClock, type Digest} from '../core/domain/index.ts';
import {createRng} from '../core/numerics/index.ts';
import {manifestDraft} from '../tests/manifest-draft.ts';
import {ROOT} from '../tests/sources.ts';
import {FileObjectStore} from './file/file-object-store.ts';
import {collectGarbage, type GarbageReport} from './garbage.ts';
import {BLOBS, blobKey, GARBAGE, ModelKeys} from './layout.ts';
import {MemoryObjectStore} from './memory/memory-object-store.ts';
import {Registry} from './registry.ts';
import type {RetentionRules} from './retention.ts';
import type {BlobDraft} from './version-catalogue.ts';

const MODEL = 'loan-default';
const DAY = 86_400_000;
const logger = new MemoryLogger();
const EVERYTHING: RetentionRules = {newest: 1, ageMs: 0, historyMs: 0};

function registryOver(store: MemoryObjectStore | FileObjectStore = new MemoryObjectStore(), clock = new EventClock()): Registry {
	return new Registry({store, clock, logger});
}

function blobsOf(...contents: string[]): BlobDraft[] {
	const roles = ['student', 'teacher', 'report'] as const;
	return contents.map((content, index) => ({role: roles[index]!, mediaType: 'application/octet-stream', bytes: Buffer.from(content)}));
}

async function collect(store: MemoryObjectStore | FileObjectStore, now: number, graceMs = DAY): Promise<GarbageReport> {
	return collectGarbage({store, logger, now, graceMs});
}

test('bytes that nothing refers to go after two graces, not before; what versions share stays', async t => {
	const store = new MemoryObjectStore();
	const registry = registryOver(store);
	await registry.publish(manifestDraft('job-1'), blobsOf('shared', 'teacher'));
	const orphan = await registry.putBlob(Buffer.from('of a publisher that was killed'));
	t.like(await collect(store, 0), {condemned: 1, setAside: 0});
	t.like(await collect(store, DAY - 1), {condemned: 1, setAside: 0});
	t.truthy(await store.head(blobKey(orphan)));
	t.like(await collect(store, DAY), {condemned: 1, setAside: 1, removed: 0});
	t.falsy(await store.head(blobKey(orphan)));
	t.is(
		Buffer.from(await registry.getBlob(orphan)).toString(),
		'of a publisher that was killed',
		'a reader finds the copy, and puts it back',
	);
	t.like(await collect(store, DAY + 1), {condemned: 1, setAside: 0});
	await collect(store, 2 * DAY + 1);
	t.like(await collect(store, 3 * DAY + 1), {removed: 1, removedBytes: 30});
	await t.throwsAsync(registry.getBlob(orphan), {instanceOf: PerennialError, code: 'OBJECT_NOT_FOUND'});
	t.deepEqual(await store.list(GARBAGE), []);
	await registry.verify(MODEL, 1);
});

test('a version that comes to refer to condemned bytes saves them, at every step', async t => {
	for (const runs of [1, 2, 3]) {
		const store = new MemoryObjectStore();
		const registry = registryOver(store);
		await registry.putBlob(Buffer.from('student'));
		for (let run = 0; run < runs; run++) {
			await collect(store, run * DAY);
		}

		await registry.publish(manifestDraft('job-1'), blobsOf('student'));
		for (let run = runs; run < 6; run++) {
			await collect(store, run * DAY);
			await registry.verify(MODEL, 1);
		}

		t.deepEqual(await store.list(GARBAGE), []);
	}
});

test('nothing is removed while a manifest cannot be read', async t => {
	const store = new MemoryObjectStore();
	await registryOver(store).publish(manifestDraft('job-1'), blobsOf('student'));
	await store.put(new ModelKeys('default', MODEL).manifest(1), Buffer.from('{'));
	const blobs = await store.list(BLOBS);
	await t.throwsAsync(collect(store, 0, 0), {code: 'MANIFEST_INVALID'});
	t.deepEqual(await store.list(BLOBS), blobs);
});

test('publishers that race with collectors without any grace lose nothing, whatever the order of their steps', async t => {
	for (let seed = 1; seed <= 12; seed++) {
		const rng = createRng(seed);
		const store = new MemoryObjectStore();
		for (const method of ['put', 'get', 'head', 'list', 'delete'] as const) {
			const plain = MemoryObjectStore.prototype[method] as (...parameters: unknown[]) => Promise<unknown>;
			Object.assign(store, {
				async [method](...parameters: unknown[]) {
					for (let turns = Math.floor(rng() * 4); turns > 0; turns--) {
						await turn();
					}

					return plain.apply(store, parameters);
				},
			});
		}

		const done = new AbortController();
		const collector = (async () => {
			for (let run = 0; !done.signal.aborted; run++) {
				await collect(store, run, 0);
			}
		})();
		await Promise.all(
			Array.from({length: 4}, async (_, publisher) => {
				for (let step = 0; step < 6; step++) {
					await registryOver(store).publish(
						manifestDraft(`job-${publisher}-${step}`),
						blobsOf(`shared ${step}`, `own ${publisher} ${step}`),
					);
				}
			}),
		);
		done.abort();
		await collector;
		const registry = registryOver(store);
		for (const version of await registry.versions(MODEL)) {
			await registry.verify(MODEL, version);
		}

		t.is((await registry.versions(MODEL)).length, 24);
	}
});

test('retention keeps what channels point at or pointed at in time, the newest, the young, and what they were distilled from', async t => {
	const store = new MemoryObjectStore();
	const clock = new EventClock(0);
	const registry = registryOver(store, clock);
	for (let version = 1; version <= 8; version++) {
		const parent = version === 6 ? {parent: 2} : {};
		await registry.publish(
			manifestDraft(`job-${version}`, parent),
			blobsOf(`student ${version}`, `teacher ${version}`, `report ${version}`),
		);
	}

	const move = {model: MODEL, reason: 'test', by: 'test'};
	for (const [channel, version, at] of [
		['champion', 1, 0],
		['champion', 3, 10 * DAY],
		['champion', 4, 20 * DAY],
		['edge-stable', 6, 0],
	] as const) {
		await clock.advance(Math.max(clock.now(), at));
		await registry.moveChannel({...move, channel, version, at});
	}

	await clock.advance(25 * DAY);
	const rules = {newest: 1, ageMs: 5 * DAY, historyMs: 10 * DAY};
	t.deepEqual(await registry.retire(MODEL, rules, 4 * DAY, true), [], 'all are young');
	t.deepEqual(await registry.retire(MODEL, {...rules, historyMs: Infinity}, 30 * DAY, true), [5, 7], '3 and 1 were live once');
	t.deepEqual(await registry.retire(MODEL, rules, 30 * DAY), [1, 5, 7]);
	t.deepEqual(await registry.retire(MODEL, rules, 30 * DAY), []);
	t.deepEqual(await registry.retired(MODEL), [1, 5, 7]);
	for (let run = 0; run < 3; run++) {
		await collect(store, run * DAY);
	}

	t.deepEqual(await registry.versions(MODEL), [1, 2, 3, 4, 5, 6, 7, 8], 'numbers are never given again');
	for (const version of [2, 3, 4, 6, 8]) {
		await registry.verify(MODEL, version);
	}

	const {blobs} = await registry.manifest(MODEL, 5);
	const kept = await Promise.all(blobs.map(async ({role, digest}) => [role, (await store.head(blobKey(digest))) !== undefined]));
	t.deepEqual(Object.fromEntries(kept), {student: false, teacher: false, report: true, bom: true});
	await t.throwsAsync(registry.moveChannel({...move, channel: 'champion', version: 5}), {
		code: 'VERSION_NOT_FOUND',
		message: /rules of retention/v,
	});
	t.is((await registry.asOf(MODEL, 'champion', 5 * DAY))?.version, 1, 'history is never lost');
});

test('a channel that moves to a version while it is retired wins', async t => {
	for (let seed = 1; seed <= 30; seed++) {
		const rng = createRng(seed);
		const store = new MemoryObjectStore();
		for (const version of [1, 2, 3]) {
			await registryOver(store).publish(manifestDraft(`job-${version}`), blobsOf(`student ${version}`));
		}

		const later = async <Result>(work: () => Promise<Result>): Promise<Result> => {
			for (let turns = Math.floor(rng() * 12); turns > 0; turns--) {
				await turn();
			}

			return work();
		};
		const move = {model: MODEL, channel: 'champion', version: 1, reason: 'test', by: 'test'};
		const [moved] = await Promise.allSettled([
			later(async () => registryOver(store).moveChannel(move)),
			later(async () => registryOver(store).retire(MODEL, EVERYTHING, DAY)),
		]);
		const retired = await registryOver(store).retired(MODEL);
		t.is(retired.includes(1), moved.status === 'rejected', `seed ${seed}: retired or live, never both`);
	}
});

test('publishers and collectors killed with SIGKILL at random moments, 50 times, leave every version whole', async t => {
	const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-collect-'));
	t.teardown(() => rm(directory, {recursive: true}));
	const rng = createRng(5);
	const graceMs = 1500;
	for (let round = 0; round < 25; round++) {
		const children = ['publish', 'collect'].map(action =>
			spawn(
				process.execPath,
				[
					path.join(ROOT, 'tests/registry-publisher.ts'),
					directory,
					`round-${round}`,
					action,
					action === 'collect' ? String(graceMs) : '10000',
				],
				{stdio: ['ignore', 'pipe', 'inherit']},
			),
		);
		await Promise.all(children.map(async child => once(child.stdout, 'data')));
		await Promise.all(
			children.map(async child => {
				const exited = once(child, 'exit');
				await sleep(rng() * 250);
				child.kill('SIGKILL');
				await exited;
			}),
		);
	}

	const store = await FileObjectStore.open({directory, logger});
	const registry = new Registry({store, clock: new SystemClock(), logger});
	const versions = await registry.versions(MODEL);
	t.true(versions.length > 25, `${versions.length} versions`);
	for (const version of versions) {
		await registry.verify(MODEL, version);
	}

	const blobs = (await store.list(BLOBS)).length;
	const now = Date.now();
	for (let run = 0; run < 4; run++) {
		await collect(store, now + run * 10 * graceMs, graceMs);
	}

	const referred = new Set<Digest>();
	for (const version of versions) {
		await registry.verify(MODEL, version);
		for (const {digest} of (await registry.manifest(MODEL, version)).blobs) {
			referred.add(digest);
		}
	}

	t.deepEqual(await store.list(BLOBS), [...referred].map(digest => blobKey(digest)).toSorted(), 'what is left is referred to');
	t.deepEqual(await store.list(GARBAGE), []);
	t.log(`${versions.length} versions, ${blobs - referred.size} blobs of killed publishers collected`);
});
