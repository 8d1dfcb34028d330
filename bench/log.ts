/**
 * The durable log: events acknowledged a second, each batch on disk before the next. The yardstick writes the same rows with plain inserts and
 * the same fsync in the same run: what is left is the price of offsets, de-duplication and the join.
 *
 * @module
 */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {createRng} from '../core/numerics/index.ts';
import {EventLogWriter, SqliteEventLogReader} from '../streams/index.ts';
import {median, row, type BenchDefinition} from './bench.ts';

const BATCH = 200;
const BATCHES = 250;
const COLUMNS = 20;
const ROUNDS = 5;

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'log',
	summary: 'the durable log: appends and reads, against plain inserts with the same fsync',
	async run({progress}) {
		const rounds: {readonly append: number; readonly plain: number; readonly read: number}[] = [];
		const rng = createRng(1);
		const rows = Array.from({length: BATCH}, () => Float64Array.from({length: COLUMNS}, () => rng()));
		for (let round = 1; round <= ROUNDS; round++) {
			progress(`round ${round} of ${ROUNDS}`);
			const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-bench-'));
			try {
				const file = path.join(directory, 'log.db');
				rounds.push({
					plain: perSecond(await insertPlainly(path.join(directory, 'plain.db'), rows)),
					append: perSecond(await appendEvents(file, rows)),
					read: perSecond(await readEvents(file)),
				});
			} finally {
				rmSync(directory, {recursive: true, force: true});
			}
		}

		const middle = (of: keyof (typeof rounds)[number]): number => median(rounds.map(round => round[of]));
		return [
			row('log.appended', middle('append'), 'perSecond'),
			row('log.read', middle('read'), 'perSecond'),
			row('yardstick.inserted', middle('plain'), 'perSecond'),
			row('log.appendRatio', median(rounds.map(({append, plain}) => append / plain)), 'ratio'),
			row('log.readRatio', median(rounds.map(({read, plain}) => read / plain)), 'ratio'),
		];
	},
};

function perSecond(seconds: number): number {
	return (BATCH * BATCHES) / seconds;
}

async function secondsOf(work: () => Promise<void> | void): Promise<number> {
	const started = performance.now();
	await work();
	return (performance.now() - started) / 1000;
}

function insertPlainly(file: string, rows: readonly Float64Array[]): Promise<number> {
	const database = new DatabaseSync(file);
	database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE event (at INTEGER PRIMARY KEY, id TEXT, data BLOB)');
	const insert = database.prepare('INSERT INTO event (id, data) VALUES (?, ?)');
	return secondsOf(() => {
		for (let batch = 0; batch < BATCHES; batch++) {
			database.exec('BEGIN');
			for (const [index, values] of rows.entries()) {
				insert.run(`${batch}-${index}`, new Uint8Array(values.buffer));
			}

			database.exec('COMMIT');
		}
	}).finally(() => {
		database.close();
	});
}

function appendEvents(file: string, rows: readonly Float64Array[]): Promise<number> {
	const writer = new EventLogWriter(file, {clock: {now: () => 0}});
	return secondsOf(async () => {
		for (let batch = 0; batch < BATCHES; batch++) {
			await writer.appendEvents(
				rows.map((values, index) => ({id: `${batch}-${index}`, source: 'bench', time: batch, schemaVersion: 1, row: values})),
			);
		}
	}).finally(() => {
		writer.close();
	});
}

function readEvents(file: string): Promise<number> {
	const reader = new SqliteEventLogReader(file);
	return secondsOf(() => {
		let offset = 0;
		for (let records = reader.read(offset, 500); records.length > 0; records = reader.read(offset, 500)) {
			offset = records.at(-1)!.offset;
		}
	}).finally(() => {
		reader.close();
	});
}
