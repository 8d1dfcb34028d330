/** Frames of random histories against naive ones; compaction and sweeping beside them; which files a window opens. */
import {mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {frameDigestOf, tierScores, type LogRecord, type TrainingFrame} from '../core/domain/index.ts';
import {createRng} from '../core/numerics/index.ts';
import {openDuckDb, quoteText} from '../core/runtimes/index.ts';
import {MemoryObjectStore} from '../registry/index.ts';
import {Lake, SqliteEventLogReader, type FrameRequest} from '../streams/index.ts';
import {compareFrames, drawHistory, drawRequest, HistoryLog} from './lake-histories.ts';

const DAY = 86_400_000;
const NAME = {tenant: 'default', name: 'm'};
const PARTITIONS = 'lake/default/m/partitions/';
const FILES = 'lake/default/m/files/';

interface World {
	readonly folder: string;
	readonly log: HistoryLog;
	readonly reader: SqliteEventLogReader;
	readonly objects: MemoryObjectStore;
	readonly lake: Lake;
}

async function inWorld(records: readonly LogRecord[], use: (world: World) => Promise<void>, partitionOffsetsMax = 10): Promise<void> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-lake-'));
	const log = new HistoryLog(path.join(folder, 'log.db'));
	log.append(records);
	const reader = new SqliteEventLogReader(log.file);
	const objects = new MemoryObjectStore();
	const lake = new Lake({objects, cacheDirectory: path.join(folder, 'cache'), threads: 1, partitionOffsetsMax});
	try {
		await use({folder, log, reader, objects, lake});
	} finally {
		reader.close();
		log.close();
		rmSync(folder, {recursive: true});
	}
}

/** Some requests of a history, all of its whole log. */
function requestsOf(seed: number, count: number, through: number): FrameRequest[] {
	const rng = createRng(seed);
	return Array.from({length: count}, () => ({...drawRequest(rng, through), through}));
}

async function digestsOf(requests: readonly FrameRequest[], cut: (request: FrameRequest) => Promise<TrainingFrame>): Promise<string[]> {
	const digests: string[] = [];
	for (const request of requests) {
		digests.push(frameDigestOf(await cut(request)));
	}

	return digests;
}

test('every column of every frame is that of a naive reading of the log', async t => {
	const {compared, different, rows} = await compareFrames(100, 7);
	t.is(compared, 100);
	t.is(different, 0);
	t.true(rows > 500, `${rows} rows say little`);
});

test('the files say what the log says, of events, labels and answers, before compaction and after', async t => {
	const records = drawHistory(createRng(14), 200);
	await inWorld(records, async ({folder, reader, objects, lake}) => {
		const [request] = requestsOf(15, 1, 200);
		await lake.seal(reader, request!);
		for (const isCompacted of [false, true]) {
			if (isCompacted) {
				await lake.compact(NAME, {smallOffsetsMax: 1000, mergeMin: 2, fileRowsMax: 40});
				await lake.sweep(NAME, {now: 0, graceMs: 0});
				await lake.sweep(NAME, {now: 0, graceMs: 0});
			}

			const place = path.join(folder, `files-${isCompacted}`);
			mkdirSync(place);
			for (const key of await objects.list(FILES)) {
				writeFileSync(path.join(place, path.basename(key)), (await objects.get(key))!);
			}

			t.deepEqual(
				await readLake(place, folder),
				records.map(record => inBrief(record)),
			);
		}
	});
});

/** Something of every column that frames do not show. */
function inBrief(record: LogRecord): unknown[] {
	switch (record.kind) {
		case 'event': {
			return [record.offset, record.source, record.id, record.entity ?? null, record.recordedAt];
		}

		case 'label': {
			return [record.offset, record.eventOffset, record.value, record.channel, record.observedAt];
		}

		case 'decision': {
			const [teacher = Number.NaN] = tierScores(record.scores, 'teacher', 1);
			return [record.offset, record.tier, record.outcome ?? null, record.version, Number.isNaN(teacher) ? null : teacher];
		}
	}
}

async function readLake(place: string, temporaryDirectory: string): Promise<unknown[]> {
	const analytics = await openDuckDb({threads: 1, temporaryDirectory});
	const files = quoteText(path.join(place, '*.parquet'));
	const {row} = await analytics.columns(`
		WITH every AS (SELECT * FROM read_parquet(${files}, union_by_name = true))
		SELECT CASE
			WHEN id IS NOT NULL THEN json_array(log_offset, source, id, entity, recorded_at)
			WHEN observed_at IS NOT NULL THEN json_array(log_offset, event, value, channel, observed_at)
			ELSE json_array(log_offset, tier, outcome, version, "p.teacher") END::VARCHAR AS row
		FROM every ORDER BY log_offset`);
	analytics.close();
	return (row ?? []).map(text => JSON.parse(String(text)) as unknown);
}

test('removing all events and labels after the as-of time changes no frame', async t => {
	const records = drawHistory(createRng(3), 300);
	const requests = requestsOf(4, 5, 300);
	await inWorld(records, async whole => {
		for (const request of requests) {
			const past = records.filter(record => (record.kind === 'label' ? record.observedAt : record.time) <= request.asOf);
			await inWorld(past, async world => {
				t.is(
					frameDigestOf(await world.lake.frame(world.reader, request)),
					frameDigestOf(await whole.lake.frame(whole.reader, request)),
				);
			});
		}

		t.true(
			requests.some(({asOf}) => records.some(record => record.kind === 'event' && record.time > asOf)),
			'something was removed',
		);
	});
});

test('compaction and sweeping change no frame, and leave only what is referred to', async t =>
	inWorld(drawHistory(createRng(5), 400), async ({folder, reader, objects, lake}) => {
		const requests = requestsOf(6, 6, 400);
		await lake.seal(reader, requests[0]!);
		const before = await digestsOf(requests, async request => lake.rebuildFrame(request));
		const sealed = await objects.list(PARTITIONS);
		const files = await objects.list(FILES);
		t.is(await lake.compact(NAME, {smallOffsetsMax: 1000, mergeMin: 2, fileRowsMax: 50}), sealed.length);
		t.is((await objects.list(PARTITIONS)).length, sealed.length + 1, 'a reader that began before still finds all it knows');
		t.deepEqual(await lake.sweep(NAME, {now: 0}), []);
		t.deepEqual(await lake.sweep(NAME, {now: DAY - 1}), [], 'a day has not passed');
		t.deepEqual(await lake.sweep(NAME, {now: DAY}), sealed);
		t.deepEqual(new Set(await lake.sweep(NAME, {now: 3 * DAY})), new Set([]), 'files are seen without use only now');
		t.deepEqual(new Set(await lake.sweep(NAME, {now: 4 * DAY})), new Set(files));
		t.is((await objects.list(PARTITIONS)).length, 1);
		t.true((await objects.list(FILES)).length < files.length);
		rmSync(path.join(folder, 'cache'), {recursive: true});
		t.deepEqual(await digestsOf(requests, async request => lake.rebuildFrame(request)), before);
	}));

test('sealers, compactions, sweeps and readers at once: every frame is right, and the lake stays whole', async t =>
	inWorld(drawHistory(createRng(8), 300), async world => {
		const {folder, reader, objects} = world;
		const requests = requestsOf(9, 6, 300);
		const before = await digestsOf(requests, async request => world.lake.frame(reader, request));
		const shared = new MemoryObjectStore();
		const lakes = [7, 11, 16].map(
			(partitionOffsetsMax, index) =>
				new Lake({objects: shared, cacheDirectory: path.join(folder, `cache-${index}`), threads: 1, partitionOffsetsMax}),
		);
		const found = await Promise.all(
			lakes.map(async (lake, index) => {
				const digests: string[] = [];
				for (const request of requests) {
					digests.push(frameDigestOf(await lake.frame(reader, request)));
					await lake.compact(NAME, {smallOffsetsMax: 20 * (index + 1), mergeMin: 2, fileRowsMax: 30});
					await lake.sweep(NAME, {now: 0});
				}

				return digests;
			}),
		);
		t.deepEqual(found, [before, before, before]);
		t.true((await shared.list(PARTITIONS)).length > 0 && (await objects.list(PARTITIONS)).length > 0);
	}));

test('a window opens only the files that may hold its events and their labels', async t =>
	inWorld(drawHistory(createRng(10), 1000), async ({folder, reader, objects, lake}) => {
		const [drawn] = requestsOf(11, 1, 1000);
		const request = {...drawn!, spec: {...drawn!.spec, offline: {...drawn!.spec.offline, window: 'P6D'}}, asOf: 12 * DAY};
		await lake.seal(reader, request);
		const frame = await lake.rebuildFrame(request);
		const opened = readdirSync(path.join(folder, 'cache/parquet')).length;
		const all = (await objects.list(FILES)).length;
		t.true(frame.rowCount > 5, `${frame.rowCount} rows`);
		t.true(opened < all / 2, `${opened} of ${all} files`);
	}));

test('what a sealer left that was stopped is swept, what it stored again meanwhile is kept', async t =>
	inWorld(drawHistory(createRng(12), 100), async ({reader, objects, lake}) => {
		const [request] = requestsOf(13, 1, 100);
		await objects.put(`${FILES}${'0'.repeat(64)}.parquet`, Buffer.from('of nobody'));
		await lake.seal(reader, request!);
		const digest = frameDigestOf(await lake.rebuildFrame(request!));
		const count = (await objects.list(FILES)).length;
		t.deepEqual(await lake.sweep(NAME, {now: 0}), []);
		await objects.put('lake/default/m/sweep.json', Buffer.from('{"half'));
		t.deepEqual(await lake.sweep(NAME, {now: 2 * DAY}), [], 'a memory that cannot be read is no reason to remove anything');
		t.is((await lake.sweep(NAME, {now: 4 * DAY})).length, 1);
		t.is((await objects.list(FILES)).length, count - 1);
		t.is(frameDigestOf(await lake.rebuildFrame(request!)), digest);
	}));
