/**
 * CSV files whose bytes depend on nothing but their contents.
 *
 * @module
 */
import {createHash, type Hash} from 'node:crypto';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';
import {gzip} from 'node:zlib';
import {formatTime, type Digest, type Millis} from '../../core/domain/index.ts';

/** A field: undefined is missing. */
export type Field = string | number | boolean | undefined;

/** A file that was written. */
export interface WrittenFile {
	readonly name: string;
	readonly rows: number;
	/** Digest of the text, before gzip: the same on every machine. */
	readonly contentDigest: Digest;
}

const compress = promisify(gzip);
const LEVEL = 6;
/** Byte of the gzip header that names the operating system; 255 means unknown. */
const OPERATING_SYSTEM_AT = 9;
/** Text gathered before it is turned into bytes. */
const CHUNK_LENGTH = 1 << 16;

/** Gathers rows and writes them as one gzip'ed file. */
export class CsvArchive {
	readonly #name: string;
	readonly #columns: readonly string[];
	readonly #hash: Hash = createHash('sha256');
	readonly #chunks: Buffer[] = [];
	#text: string;
	#rows = 0;

	/** @param name - File name, with `.csv.gz`. */
	constructor(name: string, columns: readonly string[]) {
		this.#name = name;
		this.#columns = columns;
		this.#text = `${columns.join(',')}\n`;
	}

	/** Add a row; every column needs its field, undefined if missing. */
	add(row: Readonly<Record<string, Field>>): void {
		this.#text += `${this.#columns.map(column => fieldText(row[column])).join(',')}\n`;
		this.#rows++;
		if (this.#text.length > CHUNK_LENGTH) {
			this.#flush();
		}
	}

	/** Write the file into a directory that exists; one of the same name is replaced. */
	async write(directory: string): Promise<WrittenFile> {
		this.#flush();
		const bytes = await compress(Buffer.concat(this.#chunks), {level: LEVEL});
		bytes[OPERATING_SYSTEM_AT] = 255;
		await writeFile(path.join(directory, this.#name), bytes);
		return {name: this.#name, rows: this.#rows, contentDigest: `sha256:${this.#hash.digest('hex')}`};
	}

	#flush(): void {
		const chunk = Buffer.from(this.#text);
		this.#hash.update(chunk);
		this.#chunks.push(chunk);
		this.#text = '';
	}
}

function fieldText(field: Field): string {
	const text = field === undefined ? '' : String(field);
	return /[",\n\r]/v.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 3339 in whole seconds. */
export function timeText(time: Millis): string {
	return `${formatTime(time).slice(0, 19)}Z`;
}

/** A calendar day. */
export function dayText(time: Millis): string {
	return formatTime(time).slice(0, 10);
}
