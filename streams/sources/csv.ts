/**
 * CSV files as streams: RFC 4180 with a header line, UTF-8, plain or gzip'ed. What a field means is the business of dated-rows.ts.
 *
 * @module
 */
import {createReadStream} from 'node:fs';
import {open} from 'node:fs/promises';
import {pipeline, Transform, type TransformCallback} from 'node:stream';
import {createGunzip} from 'node:zlib';
import {CsvError, parse, type Info, type Parser} from 'csv-parse';
import {messageOf, PerennialError} from '../../core/domain/index.ts';

/** One record of a file. */
export interface CsvRecord {
	/** Line of the file on which the record ends; the header is line 1. Names the record: no two records share one. */
	readonly line: number;
	/** Fields in the order of the header; the empty text is a missing value. */
	readonly values: readonly string[];
}

/** An open file: its header has been read. */
export interface CsvFile {
	readonly path: string;
	/** Names of the columns, without white space around them; the k-th is called `column_<k>` where the file gives it no name. */
	readonly header: readonly string[];
	/** Records in file order. Can be gone through once; leaving the loop closes the file. */
	readonly records: AsyncIterable<CsvRecord>;
	/** Closes the file; needed only where `records` is not gone through. */
	close(): void;
}

/** Longest record, in characters: beyond it the file is refused, since most likely a quotation mark is never closed. */
const RECORD_LENGTH_MAX = 4 * 1024 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * Open a CSV file. A gzip'ed one is known by its first bytes, not by its name.
 *
 * Cost: about a fifth of a microsecond a field; memory does not grow with the file. Empty lines are skipped. White space is kept.
 *
 * @throws PerennialError - USAGE if the file cannot be opened; EVENT_INVALID if it has no usable header. `records` throws EVENT_INVALID, with the
 * line, on a record with more or fewer fields than the header, broken quotation, broken gzip, and bytes that are not UTF-8.
 */
export async function openCsv(path: string): Promise<CsvFile> {
	const parser = parse({
		bom: true,
		info: true,
		skip_empty_lines: true,
		record_delimiter: ['\r\n', '\n'],
		max_record_size: RECORD_LENGTH_MAX,
	});
	const stages = (await isGzip(path)) ? [createGunzip(), utf8Check(), parser] : [utf8Check(), parser];
	pipeline([createReadStream(path), ...stages], error => {
		if (error) {
			parser.destroy(error);
		}
	});
	const records = recordsOf(parser, path);
	const first = await records.next();
	if (first.done) {
		throw new PerennialError('EVENT_INVALID', `${path} is empty; its first line must name the columns.`);
	}

	const header = first.value.values.map((name, index) => name.trim() || `column_${index + 1}`);
	try {
		checkHeader(header, path);
	} catch (error) {
		parser.destroy();
		throw error;
	}

	return {
		path,
		header,
		records,
		close: () => {
			parser.destroy();
		},
	};
}

async function isGzip(path: string): Promise<boolean> {
	try {
		const handle = await open(path);
		try {
			const {buffer} = await handle.read(Buffer.alloc(GZIP_MAGIC.length), 0, GZIP_MAGIC.length, 0);
			return GZIP_MAGIC.every((byte, index) => buffer[index] === byte);
		} finally {
			await handle.close();
		}
	} catch (error) {
		throw new PerennialError('USAGE', `${path} cannot be read (${messageOf(error)}); give the path of a CSV file.`, {cause: error});
	}
}

async function* recordsOf(parser: Parser, path: string): AsyncGenerator<CsvRecord, undefined> {
	let line = 0;
	try {
		for await (const {record, info} of parser as AsyncIterable<{record: string[]; info: Info}>) {
			line = info.lines;
			yield {line, values: record};
		}
	} catch (error) {
		throw readingError(error, path, line);
	}
}

/** Passes bytes through and fails on those that are no UTF-8: a parser would put U+FFFD in their place, silently. */
function utf8Check(): Transform {
	const decoder = new TextDecoder('utf-8', {fatal: true});
	const check = (bytes: Buffer | undefined, done: TransformCallback): void => {
		try {
			decoder.decode(bytes, {stream: bytes !== undefined});
			done(null, bytes);
		} catch (error) {
			done(new NotUtf8Error('not UTF-8', {cause: error}));
		}
	};

	return new Transform({
		transform(bytes: Buffer, _encoding, done) {
			check(bytes, done);
		},
		flush(done) {
			check(undefined, done);
		},
	});
}

class NotUtf8Error extends Error {}

/** What went wrong, where, and what to do about it. `line` is the last that was read well. */
function readingError(error: unknown, path: string, line: number): PerennialError {
	const code = error instanceof Error && 'code' in error ? String(error.code) : '';
	const refuse = (at: number, text: string): PerennialError =>
		new PerennialError('EVENT_INVALID', `${path}, ${text}`, {cause: error, details: {path, line: at}});
	if (error instanceof NotUtf8Error) {
		return refuse(
			line + 1,
			`after line ${line}: bytes that are not UTF-8; convert the file, for instance with iconv -f latin1 -t utf8.`,
		);
	}

	if (code.startsWith('Z_')) {
		return refuse(line + 1, `after line ${line}: the gzip data is damaged or cut short (${messageOf(error)}); fetch the file again.`);
	}

	if (error instanceof CsvError) {
		const at = Number(error['lines'] ?? line + 1);
		return refuse(at, `line ${at}: ${csvCure(error)}`);
	}

	return new PerennialError('USAGE', `${path} cannot be read (${messageOf(error)}); give the path of a readable CSV file.`, {
		cause: error,
	});
}

function csvCure(error: CsvError): string {
	if (error.code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH') {
		return 'the record has another number of fields than the header; quote fields that contain commas or line breaks.';
	}

	return error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE'
		? 'a quotation mark is opened and never closed; write a quotation mark inside a quoted field twice.'
		: `a quotation mark stands in the wrong place (${error.code}); quote the whole field, and write quotation marks inside it twice.`;
}

function checkHeader(header: readonly string[], path: string): void {
	const refuse = (text: string): PerennialError =>
		new PerennialError('EVENT_INVALID', `${path}, line 1: ${text}`, {details: {path, line: 1}});
	if (header.length === 1 && /[;\t\|]/v.test(header[0]!)) {
		throw refuse('the header has one column, and semicolons, tabs or bars in it; separate columns by commas.');
	}

	const repeated = header.find((name, index) => header.indexOf(name) !== index);
	if (repeated !== undefined) {
		throw refuse(`the header names ${JSON.stringify(repeated)} twice; column names must differ.`);
	}

	if (header.every(name => /^[+\-]?[\d.]+$/v.test(name))) {
		throw refuse('the header is a row of numbers; the first line must name the columns.');
	}
}
