/**
 * The events of an NDJSON body, in the fast way where a line allows it.
 *
 * @module
 */
import type {CategoryDictionary, Fault, FeatureSchema, Millis} from '../../core/domain/index.ts';
import type {EventAppend} from '../log/appends.ts';
import type {EventLineScannerOptions} from './event-line-scanner.ts';
import {LineRows} from './line-rows.ts';

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

/** Source of plain events that name none. */
const PLAIN_SOURCE = 'http';

/** Reads NDJSON bodies for one model. What comes out is what {@link LineEventsOptions.readLine} gives, line by line. */
export class LineEvents {
	readonly #options: LineEventsOptions;
	readonly #lines: LineRows;

	constructor(options: LineEventsOptions) {
		this.#options = options;
		this.#lines = new LineRows(options);
	}

	/** Every line that is not blank, in order. @throws PerennialError - as {@link LineEventsOptions.checkCount}. */
	read(body: Uint8Array): CheckedEvent[] {
		const {schema, now, timeMax, checkCount, readLine} = this.#options;
		return this.#lines.read<CheckedEvent>(body, {
			checkCount,
			readLine,
			isTaken: scanner => !(scanner.time > timeMax()),
			toItem({id, source = PLAIN_SOURCE, entity, time}, row) {
				return {
					id: id!,
					source,
					time: Number.isNaN(time) ? now() : time,
					schemaVersion: schema.version,
					row,
					...(entity !== undefined && {entity}),
				};
			},
		});
	}
}
