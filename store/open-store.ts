/**
 * Opens the relational store and brings its tables up to date.
 *
 * @module
 */
import type {DatabaseSync, SQLInputValue, StatementSync} from 'node:sqlite';
import {Kysely, SqliteDialect, type SqliteDatabase} from 'kysely';
import {Migrator} from 'kysely/migration';
import {PerennialError} from '../core/domain/index.ts';
import {MIGRATIONS} from './migrations/index.ts';
import {openSqlite, rethrowStorage} from './sqlite.ts';
import type {Tables} from './tables.ts';

/** The store: queries through `db`. */
export interface Store {
	readonly db: Kysely<Tables>;
	close(): Promise<void>;
}

/**
 * Open the store in a file and migrate it. Any number of processes may have it open.
 *
 * @throws PerennialError - STORAGE_FULL; CONFIG_INVALID if the file was written by a newer release.
 */
export async function openStore(file: string): Promise<Store> {
	const database = openSqlite(file);
	const db = new Kysely<Tables>({dialect: new SqliteDialect({database: toKyselyDatabase(database, file)})});
	const migrator = new Migrator({db, provider: {getMigrations: async () => MIGRATIONS}});
	const {error} = await migrator.migrateToLatest();
	if (error !== undefined) {
		await db.destroy();
		throw new PerennialError('CONFIG_INVALID', `${file} cannot be brought up to date; it may belong to a newer release.`, {
			cause: error,
		});
	}

	return {db, close: async () => db.destroy()};
}

/** Statements kept prepared, by their text; when it is reached, all are let go and prepared again when they are asked for. */
const STATEMENTS_MAX = 500;

/** What Kysely's SQLite dialect asks of a driver, on node:sqlite. */
function toKyselyDatabase(database: DatabaseSync, file: string): SqliteDatabase {
	const statements = new Map<string, {readonly statement: StatementSync; readonly reader: boolean}>();
	return {
		close: () => {
			database.close();
		},
		prepare(sql) {
			let prepared = statements.get(sql);
			if (!prepared) {
				if (statements.size === STATEMENTS_MAX) {
					statements.clear();
				}

				const fresh = database.prepare(sql);
				prepared = {statement: fresh, reader: fresh.columns().length > 0};
				statements.set(sql, prepared);
			}

			const {statement, reader} = prepared;
			const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[];
			return {
				reader,
				all: parameters => rethrowStorage(() => statement.all(...values(parameters)), file),
				run: parameters => rethrowStorage(() => statement.run(...values(parameters)), file),
				// A statement that is being read from row by row must not be begun again by somebody else.
				iterate: parameters => database.prepare(sql).iterate(...values(parameters)),
			};
		},
	};
}
