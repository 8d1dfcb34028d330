/**
 * The events of an NDJSON body, in the fast way where a line allows it.
 *
 * @module
 */
import type {CategoryDictionary, Fault, FeatureSchema, Millis} from '../../core/domain/index.ts';
import type {EventAppend} from '../log/appends.ts';
import {EventLineScanner, type EventLineScannerOptions} from './event-line-scanner.ts';

/** What a line is: an event, or why it is none. */
export type CheckedEvent = EventAppend | {readonly faults: readonly Fault[]};

/** Options of {@link LineEvents}. */
export interface LineEventsOptions extends EventLineScannerOptions {
	readonly schema: FeatureSchema;
	readonly dictionary: CategoryDictionary;
	/** The time of an event that names none. */
	readonly now: () => Millis;
	/** The latest time that an event may name. */
	readonly timeMax: () => Millis;
	/** Items that one body may have, checked before any is read. @throws PerennialError - above the bound. */
	readonly checkCount: (count: number) => void;
	/** Reads and checks a line of any form. */
	readonly readLine: (line: string, index: number) => CheckedEvent;
}

const LINE_FEED = 0x0a;
const OPEN = 0x7b;

/** Reads NDJSON bodies for one model. What comes out is what {@link LineEventsOptions.readLine} gives, line by line. */
export class LineEvents {
	readonly #options: LineEventsOptions;
	readonly #scanner: EventLineScanner;
	readonly #categorical: readonly number[];

	constructor(options: LineEventsOptions) {
		const {schema} = options;
		this.#options = options;
		this.#scanner = new EventLineScanner(schema, options);
		this.#categorical = schema.columns.flatMap(({type}, index) => (type === 'categorical' ? [index] : []));
	}

	/** Every line that is not blank, in order. @throws PerennialError - as {@link LineEventsOptions.checkCount}. */
	read(body: Uint8Array): CheckedEvent[] {
		const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
		const lines = linesOf(bytes);
		this.#options.checkCount(lines.length / 2);
		this.#scanner.open(bytes);
		try {
			return Array.from({length: lines.length / 2}, (_, index) =>
				this.#readLine(bytes, index, lines[2 * index]!, lines[2 * index + 1]!),
			);
		} finally {
			this.#scanner.close();
		}
	}

	#readLine(bytes: Buffer, index: number, start: number, end: number): CheckedEvent {
		const {readLine, now, timeMax, schema} = this.#options;
		const scanner = this.#scanner;
		if (!scanner.scan(start, end) || scanner.time > timeMax()) {
			return readLine(bytes.toString('utf8', start, end), index);
		}

		const {id, source, entity, time} = scanner;
		const row = scanner.row.slice();
		for (const column of this.#categorical) {
			if (row[column] === 0) {
				row[column] = this.#codeOf(schema.columns[column]!.name, scanner.categoryAt(column));
			}
		}

		return {
			id,
			source,
			time: Number.isNaN(time) ? now() : time,
			schemaVersion: schema.version,
			row,
			...(entity !== undefined && {entity}),
		};
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
