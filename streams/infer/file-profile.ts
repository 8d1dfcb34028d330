/**
 * A file, read once: facts of every column over all records, and a random sample of records for what lies between columns.
 *
 * @module
 */
import {PerennialError} from '../../core/domain/index.ts';
import {createRng, drawInteger} from '../../core/numerics/index.ts';
import {openCsv} from '../sources/csv.ts';
import {ColumnProfile} from './column-profile.ts';

/** What {@link profileFile} found. */
export interface FileProfile {
	readonly path: string;
	readonly rows: number;
	readonly columns: readonly ColumnProfile[];
	/** Records drawn at random, all if there are no more than {@link SAMPLE_MAX}; in file order. */
	readonly sample: readonly (readonly string[])[];
}

/** Records kept in the sample; each record of a longer file is kept with the same probability. */
export const SAMPLE_MAX = 20_000;
const PROGRESS_EVERY = 20_000;
const SEED = 1;

/**
 * Read a file.
 *
 * Cost: one pass, about a microsecond a field; memory for the sample and for the different values of each column, both bounded.
 *
 * @param onProgress - Called with the records read so far.
 * @throws PerennialError - USAGE and EVENT_INVALID as openCsv; EVENT_INVALID if there are no records.
 */
export async function profileFile(path: string, onProgress: (records: number) => void = () => undefined): Promise<FileProfile> {
	const {header, records} = await openCsv(path);
	const columns = header.map((name, index) => new ColumnProfile(name, index));
	const sample: {row: number; values: readonly string[]}[] = [];
	const rng = createRng(SEED);
	let rows = 0;
	for await (const {values} of records) {
		for (const column of columns) {
			column.add(values[column.index]!);
		}

		// Algorithm R (Vitter 1985).
		const place = rows < SAMPLE_MAX ? rows : drawInteger(rng, rows + 1);
		if (place < SAMPLE_MAX) {
			sample[place] = {row: rows, values};
		}

		rows++;
		if (rows % PROGRESS_EVERY === 0) {
			onProgress(rows);
		}
	}

	if (rows === 0) {
		throw new PerennialError('EVENT_INVALID', `${path} has a header and no records; a spec cannot be guessed from it.`);
	}

	return {path, rows, columns, sample: sample.sort((a, b) => a.row - b.row).map(({values}) => values)};
}
