/**
 * Reads a file under a spec, as a replay would, and says what it met.
 *
 * @module
 */
import {CategoryDictionary, featureSchemaOf, hasCode, messageOf, RowEncoder, type Fault, type ModelSpec} from '../../core/domain/index.ts';
import {readDatedRows} from '../sources/dated-rows.ts';

/** How a reading went. */
export interface Reading {
	readonly rows: number;
	readonly labels: number;
	/** Records that a replay would leave out. */
	readonly faults: number;
	/** False if the file cannot be replayed as it is. */
	readonly isReplayable: boolean;
	readonly notes: readonly {readonly column: string; readonly message: string}[];
}

const FAULT_NOTES_MAX = 5;

/** Read all of it. Records that do not fit are counted, and the first few are noted. */
export async function verifyReading(path: string, spec: ModelSpec): Promise<Reading> {
	const encoder = new RowEncoder(featureSchemaOf(spec, 1), new CategoryDictionary());
	const notes: {column: string; message: string}[] = [];
	let [rows, labels, faults, isReplayable] = [0, 0, 0, true];
	const note = (line: number, found: readonly Fault[]): void => {
		faults++;
		if (notes.length < FAULT_NOTES_MAX) {
			notes.push({column: found[0]!.path, message: `line ${line}: ${found[0]!.message}`});
		}
	};

	try {
		for await (const row of readDatedRows(path, spec, {
			onFault: fault => {
				note(fault.line, fault.faults);
			},
		})) {
			const found: Fault[] = [];
			encoder.encode(row.features, found);
			if (found.length > 0) {
				note(row.line, found);
			}

			rows++;
			labels += row.label ? 1 : 0;
		}
	} catch (error) {
		if (!hasCode(error, 'EVENT_INVALID')) {
			throw error;
		}

		isReplayable = false;
		notes.push({column: '', message: messageOf(error)});
	}

	return {rows, labels, faults, isReplayable, notes};
}
