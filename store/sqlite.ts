/**
 * Opening SQLite files the one way in which an acknowledged write survives a crash: write-ahead log, synchronous = FULL.
 *
 * @module
 */
import {DatabaseSync} from 'node:sqlite';
import {PerennialError, type Clock} from '../core/domain/index.ts';

/** Options of {@link openSqlite}. */
export interface SqliteOptions {
	/** Opens without a right to write; the file must exist. */
	readonly readOnly?: boolean;
	/** How long a statement waits for another process's write before it fails. */
	readonly busyMsMax?: number;
}

/**
 * Open a database file, made if absent.
 *
 * @throws PerennialError - STORAGE_FULL if there is no room for it.
 */
export function openSqlite(file: string, {readOnly = false, busyMsMax = 10_000}: SqliteOptions = {}): DatabaseSync {
	return rethrowStorage(() => {
		const database = new DatabaseSync(file, {readOnly, timeout: busyMsMax});
		if (!readOnly) {
			database.exec(
				'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864',
			);
		}

		return database;
	}, file);
}

/** SQLite's primary result codes that mean: no room, or no way to write. */
const FULL = 13;
const IO_ERROR = 10;
const READ_ONLY = 8;

/**
 * Run something that writes; a full disk becomes an error that says so.
 *
 * @throws PerennialError - STORAGE_FULL.
 */
export function rethrowStorage<Result>(work: () => Result, file: string): Result {
	try {
		return work();
	} catch (error) {
		const code = (error as {errcode?: number}).errcode ?? 0;
		const primary = code & 0xff;
		if (primary === FULL || primary === IO_ERROR || primary === READ_ONLY) {
			throw new PerennialError(
				'STORAGE_FULL',
				`${file} cannot be written (${error instanceof Error ? error.message : String(error)}); make room on its disk. Nothing of this request was stored.`,
				{cause: error},
			);
		}

		throw error;
	}
}

/** Wall time for rows that say when they were written. */
export type WallClock = Pick<Clock, 'now'>;
