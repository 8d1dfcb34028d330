import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {openDuckDb, quoteText, type OfferedColumn} from './duckdb.ts';

/** More rows than a chunk of DuckDB has; missing ones only in the first chunk and in the last. */
const ROWS = 5000;
const isMissing = (row: number): boolean => row < 10 || row === ROWS - 1;

function partOf(from: number): OfferedColumn[] {
	const rows = Array.from({length: ROWS}, (_, row) => row);
	return [
		{name: 'number', type: 'double', values: Float64Array.from(rows, row => from + row)},
		{name: 'text', type: 'varchar', values: rows.map(row => (isMissing(row) ? null : `row ${from + row}, longer than twelve bytes ✓`))},
		{
			name: 'word',
			type: 'category',
			categories: Array.from({length: 300}, (_, index) => `word ${index}`),
			values: Int32Array.from(rows, row => (isMissing(row) ? -1 : row % 300)),
		},
	];
}

test('columns are read where they are: every value, missing ones, part after part, in order, as often as asked for', async t => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-duckdb-'));
	const analytics = await openDuckDb({temporaryDirectory: folder});
	try {
		const both = analytics.offer([partOf(0), partOf(ROWS)]);
		const one = analytics.offer([partOf(7)]);
		const read = async (): Promise<Record<string, unknown[]>> => {
			const file = path.join(folder, 'rows.parquet');
			await analytics.run(
				`COPY (SELECT number, text, word::VARCHAR AS word FROM ${both.sql}) TO ${quoteText(file)} (FORMAT parquet)`,
			);
			return analytics.columns(`SELECT * FROM read_parquet(${quoteText(file)})`);
		};

		const rows = Array.from({length: 2 * ROWS}, (_, row) => row);
		const expected = {
			number: rows,
			text: rows.map(row => (isMissing(row % ROWS) ? null : `row ${row}, longer than twelve bytes ✓`)),
			word: rows.map(row => (isMissing(row % ROWS) ? null : `word ${(row % ROWS) % 300}`)),
		};
		t.deepEqual(await read(), expected);
		t.deepEqual(await read(), expected);
		t.deepEqual(await analytics.columns(`SELECT min(number) AS low, count(text) AS texts FROM ${one.sql}`), {
			low: [7],
			texts: [ROWS - 11],
		});
		t.deepEqual((await analytics.columns(`SELECT number FROM ${one.sql} UNION ALL SELECT number FROM ${both.sql}`))['number'], [
			...rows.slice(0, ROWS).map(row => row + 7),
			...rows,
		]);
		both.withdraw();
		await t.throwsAsync(read, {message: /not offered any more/v});
	} finally {
		analytics.close();
		rmSync(folder, {recursive: true});
	}
});
