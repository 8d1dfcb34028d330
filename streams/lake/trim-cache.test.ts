/** The bound of the Parquet cache. */
import {mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {trimCache} from './trim-cache.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 2);

function withCache(files: Readonly<Record<string, {readonly bytes: number; readonly hoursAgo: number}>>): string {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-trim-'));
	for (const [name, {bytes, hoursAgo}] of Object.entries(files)) {
		writeFileSync(path.join(folder, name), Buffer.alloc(bytes));
		utimesSync(path.join(folder, name), NOW / 1000, (NOW - hoursAgo * HOUR) / 1000);
	}

	return folder;
}

test('files read longest ago go first, and no more of them than must', async t => {
	const folder = withCache({
		'a.parquet': {bytes: 100, hoursAgo: 5},
		'b.parquet': {bytes: 100, hoursAgo: 9},
		'c.parquet': {bytes: 100, hoursAgo: 7},
		'd.parquet': {bytes: 100, hoursAgo: 2},
	});
	try {
		t.deepEqual(await trimCache(folder, {now: NOW, bytesMax: 400}), []);
		t.deepEqual(await trimCache(folder, {now: NOW, bytesMax: 399}), ['b.parquet']);
		t.deepEqual(await trimCache(folder, {now: NOW, bytesMax: 150}), ['c.parquet', 'a.parquet']);
		t.deepEqual(readdirSync(folder), ['d.parquet']);
	} finally {
		rmSync(folder, {recursive: true});
	}
});

test('what was used within the last hour stays, whatever the bound; what a killed fetch left goes, whatever the bound', async t => {
	const folder = withCache({
		'new.parquet': {bytes: 100, hoursAgo: 0.5},
		'new.part': {bytes: 100, hoursAgo: 0.5},
		'old.part': {bytes: 1, hoursAgo: 2},
	});
	try {
		t.deepEqual(await trimCache(folder, {now: NOW}), ['old.part']);
		t.deepEqual(await trimCache(folder, {now: NOW, bytesMax: 0}), []);
	} finally {
		rmSync(folder, {recursive: true});
	}
});

test('a cache that was never used has nothing to trim', async t => {
	t.deepEqual(await trimCache(path.join(os.tmpdir(), 'perennial-no-such-cache'), {now: NOW}), []);
});
