/**
 * The sets of the teacher benchmark, by name.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {readCard} from './card-set.ts';
import {readGerman, readLendingClub, readSba, readUci} from './credit-sets.ts';
import {readElec2, readFlights, readNoaa} from './stream-sets.ts';
import type {TeacherSet, TeacherSetName} from './teacher-set.ts';

/** How a set is read, and the rows to learn from, to validate on and to test on that it must then have (of each fold). */
interface SetReader {
	readonly read: (directory: string) => Promise<TeacherSet>;
	readonly rows: readonly [number, number, number];
}

const READERS: Readonly<Record<TeacherSetName, SetReader>> = {
	lending_club: {read: readLendingClub, rows: [25_521, 8507, 8507]},
	sba: {read: readSba, rows: [13_384, 4462, 4462]},
	uci: {read: readUci, rows: [18_000, 6000, 6000]},
	german: {read: readGerman, rows: [640, 160, 200]},
	card: {read: readCard, rows: [90_588, 30_233, 279_777]},
	noaa: {read: readNoaa, rows: [10_895, 3632, 3632]},
	elec2: {read: readElec2, rows: [27_187, 9062, 9063]},
	flights: {read: readFlights, rows: [67_162, 44_775, 44_775]},
};

/**
 * Read a set. The same files give the same rows.
 *
 * Cost: one or two seconds; card takes about 15, and 1 GB of memory.
 *
 * @param dataDirectory - Where the files lie: ../shared/data beside the checkout.
 * @throws PerennialError - USAGE if its file is absent. AssertionError if it has other rows than the figures it is held against.
 */
export async function readTeacherSet(name: TeacherSetName, dataDirectory: string): Promise<TeacherSet> {
	const {read, rows} = READERS[name];
	const set = await read(dataDirectory);
	for (const {frame, trainRows, test} of set.folds) {
		assert.deepEqual([trainRows, frame.rowCount - trainRows, test.rowCount], rows, `${name} has other rows than the published figures`);
	}

	return set;
}
