/** Reading a log in a thread of its own. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {columnReaderOf, startColumnThread} from './column-reader.ts';
import {SqliteEventLogReader} from './event-log-reader.ts';
import {EventLogWriter} from './event-log-writer.ts';

function folderOf(): string {
	return mkdtempSync(path.join(os.tmpdir(), 'perennial-columns-'));
}

test('a thread reads what its caller would have read, range by range', async t => {
	const folder = folderOf();
	const file = path.join(folder, 'm.log.db');
	const writer = new EventLogWriter(file, {clock: {now: () => 5}});
	await writer.appendEvents(
		Array.from({length: 20}, (_, index) => ({
			id: `é${index}`,
			source: index < 10 ? 's' : 'other',
			time: index + 0.5,
			schemaVersion: index < 15 ? 1 : 2,
			row: Float64Array.of(index, Number.NaN),
			...(index % 2 === 0 && {entity: `card ${index}`}),
		})),
	);
	await writer.appendLabels([{id: 'é3', value: 1, observedAt: 40, channel: 'outcome', withdrawn: false}]);
	const reader = new SqliteEventLogReader(file);
	const thread = reader.columnThread();
	const here = columnReaderOf(reader.columns());
	try {
		const first = await thread.read(0, 12);
		t.is(first.events[0]!.offsets.length, 12);
		t.deepEqual(first, await here.read(0, 12));
		t.deepEqual(await thread.read(12, reader.endOffset()), await here.read(12, reader.endOffset()));
	} finally {
		await thread.close();
		reader.close();
		writer.close();
		rmSync(folder, {recursive: true});
	}
});

test('a log that cannot be read fails the question, and a thread that is closed answers no more', async t => {
	const folder = folderOf();
	const file = path.join(folder, 'm.log.db');
	writeFileSync(file, 'this is no database, although it is long enough to be taken for one at first sight');
	const thread = startColumnThread(file);
	try {
		await t.throwsAsync(async () => thread.read(0, 10), {message: /cannot be read: file is not a database/v});
		await thread.close();
		await t.throwsAsync(async () => thread.read(0, 10));
	} finally {
		rmSync(folder, {recursive: true});
	}
});
