/** Housekeeping of the lake at the end of a training job. */
import {mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {MemoryLogger, parseSpec, type LeasedJob} from '../../core/domain/index.ts';
import {MemoryObjectStore} from '../../registry/index.ts';
import {ModelStore, openStore} from '../../store/index.ts';
import {Lake} from '../../streams/index.ts';
import {keepLake} from './keep-lake.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const SPEC = parseSpec({name: 'm', task: 'binary', label: {field: 'bad'}, features: [{name: 'x', type: 'numeric'}]});
const LEFT = `lake/${SPEC.tenant}/m/files/left-by-a-killed-sealer.parquet`;

interface Scene {
	readonly objects: MemoryObjectStore;
	readonly cache: string;
	readonly logger: MemoryLogger;
	/** The end of a training job at a time. */
	readonly endJob: (now: number) => Promise<void>;
}

async function inScene(use: (scene: Scene) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-keep-lake-'));
	const store = await openStore(path.join(folder, 'store.db'));
	const models = new ModelStore(store.db);
	const objects = new MemoryObjectStore();
	const logger = new MemoryLogger();
	const lake = new Lake({objects, cacheDirectory: folder, cacheBytesMax: 100});
	const cache = path.join(folder, 'parquet');
	const job = {id: 'j', kind: 'train', model: 'm'} as LeasedJob;
	try {
		await models.create(SPEC, 0);
		mkdirSync(cache);
		await use({objects, cache, logger, endJob: async now => keepLake({job, logger}, {lake, models, clock: {now: () => now}})});
	} finally {
		await store.close();
		rmSync(folder, {recursive: true});
	}
}

test('what nothing refers to leaves the lake with the first job that ends a day after it was seen so', async t =>
	inScene(async ({objects, endJob}) => {
		await objects.put(LEFT, Buffer.from('half'));
		await endJob(START);
		await endJob(START + DAY - 1);
		t.truthy(await objects.get(LEFT), 'a sealer may still be at it');
		await endJob(START + DAY);
		t.is(await objects.get(LEFT), undefined);
	}));

test('the cache keeps within its bound, the file that was read last stays', async t =>
	inScene(async ({cache, endJob}) => {
		for (const [name, at] of [
			['old.parquet', START],
			['new.parquet', START + 1000],
		] as const) {
			writeFileSync(path.join(cache, name), Buffer.alloc(60));
			utimesSync(path.join(cache, name), at / 1000, at / 1000);
		}

		await endJob(START + DAY);
		t.deepEqual(readdirSync(cache), ['new.parquet']);
	}));

test('a lake that is not whole loses nothing, and the training job ends well all the same', async t =>
	inScene(async ({objects, logger, endJob}) => {
		await objects.put(LEFT, Buffer.from('half'));
		await objects.put(`lake/${SPEC.tenant}/m/partitions/000000000000001.json`, Buffer.from('damaged'));
		await endJob(START);
		await endJob(START + 2 * DAY);
		t.truthy(await objects.get(LEFT));
		t.true(logger.lines.some(({level, message}) => level === 'warn' && message.includes('could not be swept')));
	}));
