import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {outputCountOf} from '../../core/domain/index.ts';
import {MemoryObjectStore} from '../../registry/index.ts';
import {Lake, SqliteEventLogReader} from '../../streams/index.ts';
import {drawLog, SCHEMAS, SPEC} from './draw-log.ts';

test('the log that is measured can be sealed and cut, and has corrected labels, missing values and every category', async t => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-bench-frames-'));
	const file = path.join(folder, 'log.db');
	const {dayEnds, start} = drawLog(file, 220_000);
	const reader = new SqliteEventLogReader(file);
	try {
		t.is(reader.endOffset(), dayEnds.at(-1)!);
		const lake = new Lake({objects: new MemoryObjectStore(), cacheDirectory: path.join(folder, 'cache')});
		const schema = SCHEMAS.get(1)!;
		const asOf = start + 12 * 86_400_000;
		const request = {
			spec: SPEC,
			specVersion: 1,
			schema,
			schemas: SCHEMAS,
			outputCount: outputCountOf(SPEC),
			asOf,
			through: reader.endOffset(),
		};
		const {rowCount, columns} = await lake.frame(reader, request);
		t.true(rowCount > 10_000, `${rowCount} rows`);
		const [first] = columns;
		t.true(first!.values.some(value => Number.isNaN(value)));
		t.deepEqual(
			columns.flatMap(column => (column.kind === 'categorical' ? [column.categories.length] : [])),
			[50, 7],
		);
		t.true(
			reader
				.columns()
				.labels(0, reader.endOffset())
				.revisions.some(revision => revision > 0),
		);
	} finally {
		reader.close();
		rmSync(folder, {recursive: true});
	}
});
