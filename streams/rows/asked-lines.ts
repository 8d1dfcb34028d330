/**
 * What an NDJSON body asks to predict, in the fast way where a line allows it.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';
import {isAsked} from './event-fields.ts';
import {LineRows, type LineRowsOptions} from './line-rows.ts';

/** One thing to predict, its features already a row. */
export interface AskedRow {
	readonly id: string | undefined;
	readonly source: string | undefined;
	readonly entity: string | undefined;
	readonly time: Millis | undefined;
	/** Of the schema that the row is of. */
	readonly schemaVersion: number;
	readonly row: Float64Array;
}

/** Reads NDJSON bodies for one model. */
export class AskedLines {
	readonly #lines: LineRows;
	readonly #schemaVersion: number;

	constructor(options: Pick<LineRowsOptions, 'schema' | 'dictionary' | 'ignored'>) {
		this.#schemaVersion = options.schema.version;
		this.#lines = new LineRows({...options, isWhole: isAsked});
	}

	/**
	 * Every line that is not blank, in order.
	 *
	 * @param readLine - Reads and checks a line of any form.
	 */
	read<Other>(body: Uint8Array, readLine: (line: string) => Other): (AskedRow | Other)[] {
		const schemaVersion = this.#schemaVersion;
		return this.#lines.read<AskedRow | Other>(body, {
			readLine,
			toItem({id, source, entity, time}, row) {
				return {id, source, entity, time: Number.isNaN(time) ? undefined : time, schemaVersion, row};
			},
		});
	}
}
