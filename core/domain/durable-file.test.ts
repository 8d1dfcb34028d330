import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {replaceFile, storageErrorOf, systemCodeOf, writeFileSynced} from './durable-file.ts';

const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-durable-'));

test.after.always(() => rm(directory, {recursive: true}));

test('replaceFile changes the whole contents and leaves nothing beside', async t => {
	const folder = await mkdtemp(path.join(directory, 'replace-'));
	const file = path.join(folder, 'file');
	await replaceFile(file, 'a long first text');
	// What a writer that was killed left behind.
	await writeFile(`${file}.tmp`, 'half of an even longer text that never came to be');
	await replaceFile(file, Buffer.from('second'));
	t.is(await readFile(file, 'utf8'), 'second');
	t.deepEqual(await readdir(folder), ['file']);
});

test('an exclusive write leaves an existing file as it is', async t => {
	const file = path.join(directory, 'exclusive');
	await writeFileSynced(file, 'first', {exclusive: true});
	const error = await t.throwsAsync(writeFileSynced(file, 'second', {exclusive: true}));
	t.is(systemCodeOf(error), 'EEXIST');
	t.is(await readFile(file, 'utf8'), 'first');
});

test('full disks and used-up quotas are STORAGE_FULL, everything else is a store that does not answer', t => {
	const expectations = {
		ENOSPC: 'STORAGE_FULL',
		EDQUOT: 'STORAGE_FULL',
		EACCES: 'OBJECT_STORE_UNAVAILABLE',
		EIO: 'OBJECT_STORE_UNAVAILABLE',
	} as const;
	for (const [code, expected] of Object.entries(expectations)) {
		const cause = Object.assign(new Error('no'), {code});
		const error = storageErrorOf(cause, '/some/file');
		t.is(error.code, expected);
		t.regex(error.message, new RegExp(`/some/file.*${code}`, 'v'));
		t.is(error.cause, cause);
	}
});
