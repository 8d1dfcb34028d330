/**
 * One process owns a data directory. The lock is one of the operating system's on a file, so that it goes with the process, however that ends.
 *
 * @module
 */
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {PerennialError} from '../core/domain/index.ts';

/** SQLite's result code for a lock that somebody else has. */
const BUSY = 5;

/** A held data directory. */
export class DataDirectoryLock {
	readonly #database: DatabaseSync;

	private constructor(database: DatabaseSync) {
		this.#database = database;
	}

	/**
	 * Hold a directory, made if absent.
	 *
	 * @throws PerennialError - DATA_DIRECTORY_HELD, with the process that has it.
	 */
	static acquire(directory: string): DataDirectoryLock {
		mkdirSync(directory, {recursive: true});
		const database = new DatabaseSync(path.join(directory, 'lock.db'), {timeout: 0});
		const holder = path.join(directory, 'lock.pid');
		try {
			database.exec('PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
		} catch (error) {
			database.close();
			if (((error as {errcode?: number}).errcode ?? 0) % 256 !== BUSY) {
				throw error;
			}

			throw new PerennialError('DATA_DIRECTORY_HELD', `${directory} is in use by process ${readHolder(holder)}; stop that one, or choose another directory with PERENNIAL_DATA_DIRECTORY.`, {cause: error});
		}

		writeFileSync(holder, `${process.pid}\n`);
		return new DataDirectoryLock(database);
	}

	release(): void {
		this.#database.close();
	}
}

function readHolder(file: string): string {
	try {
		return readFileSync(file, 'utf8').trim();
	} catch (error) {
		return `unknown (${error instanceof Error ? error.message : String(error)})`;
	}
}
