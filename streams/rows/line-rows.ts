/**
 * The lines of an NDJSON body as rows of one schema, in the fast way where a line allows it.
 *
 * @module
 */
import type {CategoryDictionary, FeatureSchema} from '../../core/domain/index.ts';
import {EventLineScanner, type EventLineScannerOptions} from './event-line-scanner.ts';

/** Options of {@link LineRows}. */
export interface LineRowsOptions extends EventLineScannerOptions {
	readonly schema: FeatureSchema;
	readonly dictionary: CategoryDictionary;
}

/** What a line becomes. */
export interface LineReading<Item> {
	/** Lines of the body, checked before any is read. @throws PerennialError - above the bound. */
	readonly checkCount?: (count: number) => void;
	/** Whether a line that was scanned can be taken as it is; default: yes. */
	readonly isTaken?: (scanner: EventLineScanner) => boolean;
	/** A line that was taken, with a row of its own. */
	readonly toItem: (scanner: EventLineScanner, row: Float64Array) => Item;
	/** Reads and checks a line of any form. */
	readonly readLine: (line: string, index: number) => Item;
}

const LINE_FEED = 0x0a;
const OPEN = 0x7b;

/** Reads NDJSON bodies for one model. */
export class LineRows {
	readonly #options: LineRowsOptions;
	readonly #scanner: EventLineScanner;
	readonly #categorical: readonly number[];

	constructor(options: LineRowsOptions) {
		const {schema} = options;
		this.#options = options;
		this.#scanner = new EventLineScanner(schema, options);
		this.#categorical = schema.columns.flatMap(({type}, index) => (type === 'categorical' ? [index] : []));
	}

	/** Every line that is not blank, in order. @throws PerennialError - as {@link LineReading.checkCount}. */
	read<Item>(body: Uint8Array, reading: LineReading<Item>): Item[] {
		const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
		const lines = linesOf(bytes);
		reading.checkCount?.(lines.length / 2);
		this.#scanner.open(bytes);
		try {
			return Array.from({length: lines.length / 2}, (_, index) =>
				this.#readLine(bytes, reading, index, [lines[2 * index]!, lines[2 * index + 1]!]),
			);
		} finally {
			this.#scanner.close();
		}
	}

	#readLine<Item>(
		bytes: Buffer,
		{isTaken, toItem, readLine}: LineReading<Item>,
		index: number,
		[start, end]: readonly [number, number],
	): Item {
		const scanner = this.#scanner;
		if (!scanner.scan(start, end) || isTaken?.(scanner) === false) {
			return readLine(bytes.toString('utf8', start, end), index);
		}

		const row = scanner.row.slice();
		for (const column of this.#categorical) {
			if (row[column] === 0) {
				row[column] = this.#codeOf(this.#options.schema.columns[column]!.name, scanner.categoryAt(column));
			}
		}

		return toItem(scanner, row);
	}

	/** A word cut out of the body would keep all of the body alive: what is new to the dictionary, and so stays, is copied. */
	#codeOf(feature: string, word: string): number {
		const {dictionary} = this.#options;
		return dictionary.findCode(feature, word) || dictionary.codeOf(feature, Buffer.from(word, 'latin1').toString('latin1'));
	}
}

/** Start and end of every line that is not blank, one after the other. */
function linesOf(bytes: Buffer): number[] {
	const lines: number[] = [];
	for (let start = 0; start < bytes.length;) {
		const feed = bytes.indexOf(LINE_FEED, start);
		const end = feed === -1 ? bytes.length : feed;
		if (bytes[start] === OPEN || bytes.toString('utf8', start, end).trim() !== '') {
			lines.push(start, end);
		}

		start = end + 1;
	}

	return lines;
}
