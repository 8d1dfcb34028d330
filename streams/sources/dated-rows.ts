/**
 * Files as dated events with labels, in order of event time: what a replay sends.
 *
 * @module
 */
import {PerennialError, summaryOf, type Fault, type Millis, type ModelSpec} from '../../core/domain/index.ts';
import {findColumns} from './column-places.ts';
import {openCsv} from './csv.ts';
import {ReorderBuffer} from './reorder-buffer.ts';
import {rowConverter, type ReplayRow} from './row-converter.ts';

/** A record that cannot be read as the spec asks. */
export interface RowFault {
	readonly line: number;
	readonly faults: readonly Fault[];
}

/** Options of {@link readDatedRows}. */
export interface DatedRowsOptions {
	/** Rows held back to put them in order of time; a row that lies further out of order is an error. */
	readonly reorderMax?: number;
	/** Called for a record that cannot be read, which is then left out. Absent: the first such record is an error. */
	readonly onFault?: (fault: RowFault) => void;
}

/**
 * Rows of a file in order of event time; ties stay in file order.
 *
 * Numeric and boolean fields may be written as missing (see field-values.ts); categorical values lose white space around them. Columns that the
 * spec does not name, or excludes, are left out. With time format `row`, record k (from 0) happens k hours after 2000-01-01T00:00:00Z.
 * A label that a file says was known before its event counts as known at the event.
 *
 * Cost: one pass, about 10 microseconds a record of 20 fields; memory for `reorderMax` rows.
 *
 * @throws PerennialError - SPEC_INVALID if the file lacks columns; EVENT_INVALID, with the line, for a record that cannot be read or lies further out
 * of order than `reorderMax` rows; USAGE and EVENT_INVALID as {@link openCsv}.
 */
export async function* readDatedRows(path: string, spec: ModelSpec, options: DatedRowsOptions = {}): AsyncGenerator<ReplayRow, undefined> {
	const {reorderMax = 10_000, onFault} = options;
	const file = await openCsv(path);
	try {
		const convert = rowConverter(spec, findColumns(spec, file.header, path));
		const buffer = new ReorderBuffer<ReplayRow>(reorderMax);
		let newest = -Infinity;
		let index = 0;
		for await (const record of file.records) {
			const faults: Fault[] = [];
			const row = convert(record, index++, faults);
			if (faults.length > 0) {
				refuse(path, {line: record.line, faults}, onFault);
				continue;
			}

			const next = buffer.push(row);
			if (next) {
				newest = checkOrder(next, newest, {path, reorderMax});
				yield next;
			}
		}

		for (const next of buffer.drain()) {
			newest = checkOrder(next, newest, {path, reorderMax});
			yield next;
		}
	} finally {
		file.close();
	}
}

function refuse(path: string, fault: RowFault, onFault: DatedRowsOptions['onFault']): void {
	const {line, faults} = fault;
	if (!onFault) {
		throw new PerennialError('EVENT_INVALID', `${path}, line ${line}: ${summaryOf(faults)} Correct it, or the spec.`, {
			faults,
			details: {path, line},
		});
	}

	onFault(fault);
}

function checkOrder({time, line}: ReplayRow, newest: Millis, {path, reorderMax}: {path: string; reorderMax: number}): Millis {
	if (time < newest) {
		const problem = `the row is older than rows more than ${reorderMax} lines before it`;
		throw new PerennialError('EVENT_INVALID', `${path}, line ${line}: ${problem}; sort the file by its event time.`, {
			details: {path, line},
		});
	}

	return time;
}
