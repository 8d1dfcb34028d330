import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {gzipSync} from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import {PerennialError} from '../../core/domain/index.ts';
import {openCsv, type CsvRecord} from './csv.ts';

const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-csv-'));
test.after.always(() => rm(directory, {recursive: true}));

let count = 0;
async function fileOf(content: string | Uint8Array): Promise<string> {
	const file = path.join(directory, `${count++}.csv`);
	await writeFile(file, content);
	return file;
}

async function readAll(file: string): Promise<{header: readonly string[]; records: CsvRecord[]}> {
	const {header, records} = await openCsv(file);
	const read: CsvRecord[] = [];
	for await (const record of records) {
		read.push(record);
	}

	return {header, records: read};
}

function quote(text: string): string {
	return `"${text.replaceAll('"', '""')}"`;
}

test('reads header, quoted fields, empty fields and line numbers', async t => {
	const file = await fileOf('\uFEFFname , amount\r\n"Dupont, ""Jo""",12\n\n"two\nlines",\n');
	t.deepEqual(await readAll(file), {
		header: ['name', 'amount'],
		records: [
			{line: 2, values: ['Dupont, "Jo"', '12']},
			{line: 5, values: ['two\nlines', '']},
		],
	});
});

test('knows gzip by its first bytes, not by its name', async t => {
	const file = await fileOf(gzipSync('a,b\n1,2\n'));
	t.deepEqual((await readAll(file)).records, [{line: 2, values: ['1', '2']}]);
});

test('a column without a name is named after its place', async t => {
	t.deepEqual((await readAll(await fileOf(',a\n0,1\n'))).header, ['column_1', 'a']);
});

test('a header alone is a file without records', async t => {
	t.deepEqual((await readAll(await fileOf('a,b'))).records, []);
});

test('whatever is written quoted is read back', async t => {
	await fc.assert(
		fc.asyncProperty(fc.array(fc.tuple(fc.string({unit: 'grapheme'}), fc.string()), {maxLength: 20}), async rows => {
			const file = await fileOf(['a,b', ...rows.map(row => row.map(quote).join(','))].join('\n'));
			t.deepEqual(
				(await readAll(file)).records.map(({values}) => values),
				rows,
			);
		}),
		{seed: 1, numRuns: 50},
	);
});

const damaged = gzipSync(
	Array.from({length: 20_000}, (_, index) => `${index},${(index * 7919) % 1000}`)
		.join('\n')
		.replace(/^/v, 'a,b\n'),
);
const broken: Record<string, {content: string | Uint8Array; code: string; message: RegExp}> = {
	'an empty file': {content: '', code: 'EVENT_INVALID', message: /is empty.*must name the columns/v},
	'a ragged record': {content: 'a,b\n1,2\n1,2,3\n', code: 'EVENT_INVALID', message: /line 3: .*another number of fields.*quote fields/v},
	'a short record': {content: 'a,b\n1\n', code: 'EVENT_INVALID', message: /line 2: .*another number of fields/v},
	'an open quotation mark': {content: 'a,b\n1,"2\n3,4\n', code: 'EVENT_INVALID', message: /never closed.*twice/v},
	'a misplaced quotation mark': {
		content: 'a,b\n1,"2"3\n',
		code: 'EVENT_INVALID',
		message: /line 2: a quotation mark stands in the wrong place/v,
	},
	semicolons: {content: 'a;b\n1;2\n', code: 'EVENT_INVALID', message: /line 1: .*separate columns by commas/v},
	'a repeated name': {content: 'a,b,a\n1,2,3\n', code: 'EVENT_INVALID', message: /line 1: .*"a" twice/v},
	'no header': {content: '1,2.5\n3,4\n', code: 'EVENT_INVALID', message: /line 1: .*must name the columns/v},
	'gzip data cut short': {
		content: damaged.subarray(0, damaged.length - 20),
		code: 'EVENT_INVALID',
		message: /gzip data is damaged or cut short.*fetch the file again/v,
	},
	'gzip data with another checksum': {
		content: damaged.with(damaged.length - 8, damaged.at(-8)! ^ 0xff),
		code: 'EVENT_INVALID',
		message: /gzip data is damaged/v,
	},
	'gzip data that is not gzip': {content: Uint8Array.of(0x1f, 0x8b, 0, 0, 0), code: 'EVENT_INVALID', message: /gzip data is damaged/v},
	'Latin-1': {content: Buffer.from('a,b\n1,Zürich\n', 'latin1'), code: 'EVENT_INVALID', message: /not UTF-8; convert the file/v},
	'UTF-8 cut inside a character': {content: Buffer.from('a,b\n1,Zü').subarray(0, -1), code: 'EVENT_INVALID', message: /not UTF-8/v},
};

for (const [name, {content, code, message}] of Object.entries(broken)) {
	test(`refuses ${name}`, async t => {
		const file = await fileOf(content);
		const error = await t.throwsAsync(readAll(file), {instanceOf: PerennialError, code, message});
		t.true(error?.message.includes(file));
	});
}

test('refuses a file that is not there, and a directory', async t => {
	await t.throwsAsync(openCsv(path.join(directory, 'none.csv')), {
		instanceOf: PerennialError,
		code: 'USAGE',
		message: /none\.csv cannot be read.*give the path/v,
	});
	await t.throwsAsync(openCsv(directory), {instanceOf: PerennialError, code: 'USAGE', message: /cannot be read/v});
});

test('refuses a record longer than the bound instead of holding the whole file', async t => {
	await t.throwsAsync(readAll(await fileOf(`a,b\n1,"${'x'.repeat(4_300_000)}`)), {code: 'EVENT_INVALID', message: /never closed/v});
});

test('leaving the loop early, or closing unread, closes the file', async t => {
	const file = await fileOf(`a\n${'1\n'.repeat(100_000)}`);
	const {records} = await openCsv(file);
	for await (const {line} of records) {
		t.is(line, 2);
		break;
	}

	const unread = await openCsv(file);
	unread.close();
	await t.throwsAsync(
		async () => {
			for await (const record of unread.records) {
				t.fail(String(record.line));
			}
		},
		{code: 'USAGE', message: /cannot be read/v},
	);
});
