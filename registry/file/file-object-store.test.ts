import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, readdir, rm, utimes, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {MemoryLogger, PerennialError} from '../../core/domain/index.ts';
import {mayMount, onSmallDisk} from '../../tests/mount.ts';
import {FileObjectStore} from './file-object-store.ts';

const logger = new MemoryLogger();
const HOUR_MS = 3_600_000;

async function directoryOf(t: ExecutionContext): Promise<string> {
	const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-file-store-'));
	t.teardown(() => rm(directory, {recursive: true, force: true}));
	return directory;
}

test('opening removes temporary files older than an hour, and no younger ones', async t => {
	const directory = await directoryOf(t);
	const temporary = path.join(directory, 'temporary');
	await mkdir(temporary);
	const now = Date.now();
	for (const [name, ageMs] of [
		['old', HOUR_MS + 1000],
		['young', HOUR_MS - 60_000],
	] as const) {
		await writeFile(path.join(temporary, name), 'left behind');
		await utimes(path.join(temporary, name), (now - ageMs) / 1000, (now - ageMs) / 1000);
	}

	await FileObjectStore.open({directory, logger, clock: {now: () => now}});
	t.deepEqual(await readdir(temporary), ['young']);
});

test('leaves no temporary file behind, whether a put succeeds or is refused', async t => {
	const directory = await directoryOf(t);
	const store = await FileObjectStore.open({directory, logger});
	await store.put('object', Buffer.from('a'), {ifAbsent: true});
	await t.throwsAsync(store.put('object', Buffer.from('b'), {ifAbsent: true}));
	t.deepEqual(await readdir(path.join(directory, 'temporary')), []);
});

test('a name is either an object or a folder', async t => {
	const store = await FileObjectStore.open({directory: await directoryOf(t), logger});
	await store.put('a/b', Buffer.from('x'));
	for (const key of ['a', 'a/b/c']) {
		for (const ifAbsent of [true, false]) {
			await t.throwsAsync(
				store.put(key, Buffer.from('y'), {ifAbsent}),
				{instanceOf: PerennialError, code: 'PARAMETER_INVALID'},
				`${key} ${ifAbsent}`,
			);
		}
	}

	t.deepEqual(await store.list(''), ['a/b']);
});

test('a directory that cannot be made says so', async t => {
	const directory = await directoryOf(t);
	await writeFile(path.join(directory, 'file'), '');
	const error = await t.throwsAsync(FileObjectStore.open({directory: path.join(directory, 'file'), logger}), {
		instanceOf: PerennialError,
		code: 'OBJECT_STORE_UNAVAILABLE',
	});
	t.true(error.message.includes(path.join(directory, 'file')));
});

/** Puts objects of 100 kB into the store at argv[1] until one fails; then prints how many it put, the failure, and whether all are whole. */
const FILL = `
import {FileObjectStore} from ${JSON.stringify(path.join(import.meta.dirname, 'file-object-store.ts'))};
import {MemoryLogger} from ${JSON.stringify(path.join(import.meta.dirname, '../../core/domain/index.ts'))};
const store = await FileObjectStore.open({directory: process.argv[1], logger: new MemoryLogger()});
const bytes = Buffer.alloc(100_000, 'x');
let code;
let count = 0;
for (; code === undefined && count < 100; count++) {
	await store.put('object-' + count, bytes, {ifAbsent: true}).catch(error => { code = error.code; });
}

const keys = await store.list('');
const whole = await Promise.all(keys.map(async key => bytes.equals(await store.get(key))));
await store.delete(keys[0]);
await store.put('after', Buffer.from('room again'));
console.log(JSON.stringify({code, failedAt: count - 1, keys: keys.length, whole: whole.every(Boolean)}));
`;

(mayMount() ? test : test.skip)(
	'a full disk is STORAGE_FULL, harms nothing that is stored, and heals when there is room (needs the right to mount)',
	async t => {
		const directory = await directoryOf(t);
		const command = onSmallDisk(directory, '1m', [process.execPath, '--input-type=module-typescript', '--eval', FILL, directory]);
		const child = spawn('unshare', command, {stdio: ['ignore', 'pipe', 'inherit']});
		const [output] = await Promise.all([child.stdout.toArray(), once(child, 'close')]);
		const said = JSON.parse(Buffer.concat(output as Buffer[]).toString()) as {
			code: string;
			failedAt: number;
			keys: number;
			whole: boolean;
		};
		t.is(said.code, 'STORAGE_FULL');
		t.true(said.failedAt > 5 && said.failedAt < 12);
		t.is(said.keys, said.failedAt);
		t.true(said.whole);
	},
);
