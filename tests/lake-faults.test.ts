/** What can go wrong with a lake: each fault has a defined result and a message that says what to do. */
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {digestOf, frameDigestOf, MemoryLogger, type EventRecord, type LabelRecord, type LogRecord} from '../core/domain/index.ts';
import {createRng} from '../core/numerics/index.ts';
import {FileObjectStore, MemoryObjectStore} from '../registry/index.ts';
import {Lake, SqliteEventLogReader, type FrameRequest} from '../streams/index.ts';
import {drawHistory, drawRequest, HistoryLog} from './lake-histories.ts';
import {mayMount, onSmallDisk} from './mount.ts';

const DAY = 86_400_000;
const PARTITIONS = 'lake/default/m/partitions/';
const SEALER = path.join(import.meta.dirname, 'lake-sealer-process.ts');

interface World {
	readonly folder: string;
	readonly log: HistoryLog;
	readonly reader: SqliteEventLogReader;
	readonly objects: MemoryObjectStore;
	readonly lake: Lake;
}

async function inWorld(records: readonly LogRecord[], use: (world: World) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-lake-faults-'));
	const log = new HistoryLog(path.join(folder, 'log.db'));
	log.append(records);
	const reader = new SqliteEventLogReader(log.file);
	const objects = new MemoryObjectStore();
	const lake = new Lake({objects, cacheDirectory: path.join(folder, 'cache'), threads: 1, partitionOffsetsMax: 10});
	try {
		await use({folder, log, reader, objects, lake});
	} finally {
		reader.close();
		log.close();
		rmSync(folder, {recursive: true});
	}
}

/** Of the first schema, all events that are two days old. */
function requestOf(through: number, asOf: number, window = 'all'): FrameRequest {
	const rng = createRng(1);
	for (;;) {
		const request = drawRequest(rng, through);
		if (request.schema.version === 1) {
			return {...request, through, asOf, spec: {...request.spec, offline: {...request.spec.offline, window}}};
		}
	}
}

const event = (offset: number, time: number, row = [offset, 1, 1]): EventRecord => ({
	kind: 'event',
	offset,
	source: 's',
	id: `e${offset}`,
	time,
	recordedAt: 0,
	schemaVersion: 1,
	row: Float64Array.from(row),
});
const label = (offset: number, eventOffset: number, observedAt: number, value = 1): LabelRecord => ({
	kind: 'label',
	offset,
	eventOffset,
	observedAt,
	recordedAt: 0,
	value,
	revision: offset,
	channel: 'outcome',
	withdrawn: false,
});

test('a partition that is missing in the middle is named by its first offset', async t =>
	inWorld(drawHistory(createRng(1), 50), async ({objects, lake, reader}) => {
		const request = requestOf(50, 30 * DAY);
		await lake.seal(reader, request);
		await objects.delete(`${PARTITIONS}000000000000021.json`);
		await t.throwsAsync(lake.rebuildFrame(request), {
			code: 'ARTIFACT_DIGEST_MISMATCH',
			message: /lake\/default\/m lacks the partition that begins at offset 21; restore it from a backup/v,
		});
	}));

test('a file that is missing, and a partition that cannot be read, are named', async t =>
	inWorld(drawHistory(createRng(1), 50), async ({objects, lake, reader}) => {
		const request = requestOf(50, 30 * DAY);
		await lake.seal(reader, request);
		for (const key of await objects.list('lake/default/m/files/')) {
			await objects.delete(key);
		}

		await t.throwsAsync(lake.rebuildFrame(request), {
			code: 'ARTIFACT_DIGEST_MISMATCH',
			message: /\.parquet in memory.* is missing; restore/v,
		});
		await objects.put(`${PARTITIONS}000000000000021.json`, Buffer.from('{"partitionVersion": 9'));
		await t.throwsAsync(lake.rebuildFrame(request), {
			code: 'ARTIFACT_DIGEST_MISMATCH',
			message: /021\.json in memory.* is no partition of this release/v,
		});
	}));

test('a lake that is sealed less far than a frame reads says so', async t =>
	inWorld(drawHistory(createRng(1), 50), async ({lake, reader}) => {
		await lake.seal(reader, requestOf(30, 30 * DAY));
		await t.throwsAsync(lake.rebuildFrame(requestOf(50, 30 * DAY)), {
			code: 'OBJECT_NOT_FOUND',
			message: /sealed up to offset 30, the frame reads up to 50; bring the log/v,
		});
	}));

test('a gap of a month: a window inside it has no rows, one behind it has those that came then', async t =>
	inWorld([event(1, DAY), label(2, 1, 2 * DAY), event(3, 40 * DAY), label(4, 3, 41 * DAY)], async ({lake, reader}) => {
		const rowsAt = async (day: number): Promise<number[]> => [...(await lake.frame(reader, requestOf(4, day * DAY, 'P10D'))).offsets];
		t.deepEqual(await rowsAt(5), [1]);
		t.deepEqual(await rowsAt(25), []);
		t.deepEqual(await rowsAt(45), [3]);
	}));

test('events that come a day late stand where they belong, from whichever partition', async t => {
	const records: LogRecord[] = [];
	for (let offset = 1; offset < 60; offset += 2) {
		const late = offset % 7 === 0 ? DAY : 0;
		records.push(event(offset, (offset * DAY) / 10 - late), label(offset + 1, offset, (offset * DAY) / 10));
	}

	await inWorld(records, async ({lake, reader}) => {
		const {times, rowCount} = await lake.frame(reader, requestOf(60, 30 * DAY));
		t.is(rowCount, 30);
		t.deepEqual(
			[...times],
			[...times].toSorted((a, b) => a - b),
		);
	});
});

test('a label that is corrected after it was used: the old frame stays what it was, a new one has the correction', async t =>
	inWorld([event(1, DAY), label(2, 1, 2 * DAY, 1)], async ({log, lake, reader}) => {
		const before = frameDigestOf(await lake.frame(reader, requestOf(2, 5 * DAY)));
		log.append([label(3, 1, 6 * DAY, 0)]);
		const after = await lake.frame(reader, requestOf(3, 7 * DAY));
		t.deepEqual([...after.labels], [0]);
		t.is(frameDigestOf(await lake.rebuildFrame(requestOf(2, 5 * DAY))), before);
		t.is(frameDigestOf(await lake.rebuildFrame(requestOf(3, 5 * DAY))), before, 'known later than the as-of time');
	}));

test('two sealers of one log: one holds for each offset, and both end with the same lake', async t =>
	inWorld(drawHistory(createRng(2), 200), async ({folder, lake, reader}) => {
		const request = requestOf(200, 30 * DAY);
		const expected = frameDigestOf(await lake.frame(reader, request));
		const objects = new MemoryObjectStore();
		const racers = [3, 7, 20].map(
			(partitionOffsetsMax, index) =>
				new Lake({objects, cacheDirectory: path.join(folder, `racer-${index}`), threads: 1, partitionOffsetsMax}),
		);
		await Promise.all(racers.map(async racer => racer.seal(reader, request)));
		for (const racer of racers) {
			t.is(frameDigestOf(await racer.rebuildFrame(request)), expected);
		}
	}));

test('kill -9 while sealing: nothing half-written is visible, and the next sealer ends with the same frame', async t =>
	inWorld(drawHistory(createRng(3), 400), async ({folder, log, lake, reader}) => {
		const request = requestOf(400, 30 * DAY);
		const expected = frameDigestOf(await lake.frame(reader, request));
		const directory = path.join(folder, 'objects');
		const rng = createRng(4);
		let kills = 0;
		for (let isSealed = false; !isSealed;) {
			const child = spawn(process.execPath, [SEALER, log.file, directory, path.join(folder, 'child-cache'), '8'], {
				stdio: ['ignore', 'pipe', 'inherit'],
			});
			const exit = once(child, 'exit');
			await once(child.stdout, 'data');
			await Promise.race([exit, sleep(kills < 6 ? 20 + rng() * 250 : 60_000)]);
			isSealed = child.exitCode === 0;
			child.kill('SIGKILL');
			await exit;
			kills += isSealed ? 0 : 1;
			await checkWhole(directory);
		}

		t.true(kills > 0, 'something was stopped');
		const objects = await FileObjectStore.open({directory, logger: new MemoryLogger()});
		const later = new Lake({objects, cacheDirectory: path.join(folder, 'later'), threads: 1});
		t.is(frameDigestOf(await later.rebuildFrame(request)), expected);

		/** Every file that a visible partition names is there, whole. */
		async function checkWhole(place: string): Promise<void> {
			const store = await FileObjectStore.open({directory: place, logger: new MemoryLogger()});
			for (const key of await store.list(PARTITIONS)) {
				const {files} = JSON.parse(Buffer.from((await store.get(key))!).toString()) as {files: {digest: string}[]};
				for (const {digest} of files) {
					t.is(digestOf((await store.get(`lake/default/m/files/${digest.slice(7)}.parquet`))!), digest as `sha256:${string}`);
				}
			}
		}
	}));

const canMount = mayMount();
const testWithDisk = canMount ? test : test.skip;
for (const full of ['objects', 'child-cache']) {
	testWithDisk(
		`a full disk under ${full} while sealing is STORAGE_FULL; with room the next sealer ends well${canMount ? '' : ' (skipped: may not mount)'}`,
		async t =>
			inWorld(drawHistory(createRng(5), 3000), async ({folder, log, lake, reader}) => {
				const request = requestOf(3000, 30 * DAY);
				const [directory, cache] = [path.join(folder, 'objects'), path.join(folder, 'child-cache')];
				mkdirSync(directory);
				mkdirSync(cache);
				const small = onSmallDisk(path.join(folder, full), '16k', [process.execPath, SEALER, log.file, directory, cache, '1500']);
				const {stdout, stderr} = spawnSync('unshare', small, {encoding: 'utf8'});
				t.regex(stdout, /^sealing\nSTORAGE_FULL: /v, stderr);
				t.deepEqual(readdirSync(cache), [], 'nothing is left behind');
				const {stdout: again} = spawnSync(process.execPath, [SEALER, log.file, directory, cache, '1500'], {encoding: 'utf8'});
				t.is(again, 'sealing\nsealed\n');
				const objects = await FileObjectStore.open({directory, logger: new MemoryLogger()});
				const later = new Lake({objects, cacheDirectory: path.join(folder, 'later'), threads: 1});
				t.is(frameDigestOf(await later.rebuildFrame(request)), frameDigestOf(await lake.frame(reader, request)));
			}),
	);
}
