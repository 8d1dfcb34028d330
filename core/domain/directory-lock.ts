/**
 * One process owns a directory. The lock is the operating system's on a file, so that it goes with the process, however that ends.
 *
 * @module
 */
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {storageErrorOf} from './durable-file.ts';
import {PerennialError} from './errors.ts';

/** SQLite's result code for a lock that somebody else has. */
const BUSY = 5;

/**
 * Hold a directory, made if absent.
 *
 * @param cure - What to do if somebody else has it, as the end of a sentence that begins with "stop that one, or".
 * @returns Lets it go.
 * @throws PerennialError - DATA_DIRECTORY_HELD, with the process that has it; STORAGE_FULL or OBJECT_STORE_UNAVAILABLE if it cannot be used at all.
 */
export function holdDirectory(directory: string, cure: string): () => void {
	const holder = path.join(directory, 'lock.pid');
	let database: DatabaseSync | undefined;
	try {
		mkdirSync(directory, {recursive: true});
		database = new DatabaseSync(path.join(directory, 'lock.db'), {timeout: 0});
		database.exec('PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
		writeFileSync(holder, `${process.pid}\n`);
	} catch (error) {
		database?.close();
		if (((error as {errcode?: number}).errcode ?? 0) % 256 === BUSY) {
			throw new PerennialError(
				'DATA_DIRECTORY_HELD',
				`${directory} is in use by process ${readHolder(holder)}; stop that one, or ${cure}.`,
				{cause: error},
			);
		}

		throw storageErrorOf(error, directory);
	}

	const held = database;
	return () => {
		held.close();
	};
}

function readHolder(file: string): string {
	try {
		return readFileSync(file, 'utf8').trim();
	} catch (error) {
		return `unknown (${error instanceof Error ? error.message : String(error)})`;
	}
}
