/**
 * DuckDB: SQL over Parquet files and over columns in memory. Loaded on first use; 70 MB of native code that only jobs need.
 *
 * @module
 */
import type * as duckdbModule from '@duckdb/node-api';
import {PerennialError} from '../domain/index.ts';

/** A column to insert. */
export type InsertColumn =
	/** Numbers as they are; NaN stays NaN, so that no null is ever tested for on the way. */
	| {readonly name: string; readonly type: 'double'; readonly values: Float64Array}
	/** Texts; null is missing. */
	| {readonly name: string; readonly type: 'varchar'; readonly values: readonly (string | null)[]}
	/** Texts out of a list without repetitions; null is missing. Far cheaper than texts one by one. */
	| {
			readonly name: string;
			readonly type: 'category';
			readonly categories: readonly string[];
			readonly values: readonly (string | null)[];
	  };

/** An open database in memory. Queries are for one caller at a time; tables may be made while a query of that caller runs. */
export interface Analytics {
	/** Run statements. */
	run(sql: string): Promise<void>;
	/** Run a query; gives its columns by name. 64-bit integers become numbers. For small results. */
	columns(sql: string): Promise<Record<string, (number | string | boolean | null)[]>>;
	/** Run a query whose columns are all DOUBLE or INTEGER; null is NaN. Chunks are taken as they come: the result is in memory once. */
	numbers(sql: string): Promise<Record<string, Float64Array>>;
	/** Make a table of columns of one length. */
	createTable(name: string, columns: readonly InsertColumn[]): Promise<void>;
	close(): void;
}

/** Options of {@link openDuckDb}. */
export interface DuckDbOptions {
	readonly threads?: number;
	/** Memory DuckDB may use before it spills to `temporaryDirectory`. */
	readonly memoryBytesMax?: number;
	readonly temporaryDirectory: string;
}

/** DuckDB moves data in chunks of this many rows. */
const CHUNK_ROWS = 2048;

/**
 * Open a database in memory.
 *
 * @throws PerennialError - RUNTIME_UNAVAILABLE if DuckDB's native part cannot be loaded.
 */
export async function openDuckDb({threads = 2, memoryBytesMax = 1 << 30, temporaryDirectory}: DuckDbOptions): Promise<Analytics> {
	const duckdb = await load();
	const instance = await duckdb.DuckDBInstance.create(':memory:', {
		threads: String(threads),
		memory_limit: `${Math.round(memoryBytesMax / 1e6)}MB`,
		temp_directory: temporaryDirectory,
		preserve_insertion_order: 'true',
		autoinstall_known_extensions: 'false',
		autoload_known_extensions: 'false',
	});
	const connection = await instance.connect();
	// Appending holds a lock of its connection: with one of its own it can go on beside a query.
	const appending = await instance.connect();
	return {
		async run(sql) {
			await connection.run(sql);
		},
		async columns(sql) {
			const reader = await connection.runAndReadAll(sql);
			return Object.fromEntries(
				Object.entries(reader.getColumnsObjectJS()).map(([name, values]) => [
					name,
					values.map(value => (typeof value === 'bigint' ? Number(value) : (value as number | string | boolean | null))),
				]),
			);
		},
		async numbers(sql) {
			return collectNumbers(await connection.stream(sql));
		},
		async createTable(name, columns) {
			await appending.run(
				`CREATE TABLE ${quoteName(name)} (${columns.map(column => `${quoteName(column.name)} ${sqlTypeOf(column)}`).join(', ')})`,
			);
			appendColumns(duckdb, await appending.createAppender(name), columns);
		},
		close() {
			connection.closeSync();
			appending.closeSync();
			instance.closeSync();
		},
	};
}

function sqlTypeOf(column: InsertColumn): string {
	return column.type === 'category' ? `ENUM (${column.categories.map(category => quoteText(category)).join(', ')})` : column.type;
}

function appendColumns(duckdb: typeof duckdbModule, appender: duckdbModule.DuckDBAppender, columns: readonly InsertColumn[]): void {
	const types = columns.map(column =>
		column.type === 'category' ? duckdb.ENUM(column.categories) : column.type === 'double' ? duckdb.DOUBLE : duckdb.VARCHAR,
	);
	const rowCount = columns[0]?.values.length ?? 0;
	for (let start = 0; start < rowCount; start += CHUNK_ROWS) {
		const rows = Math.min(CHUNK_ROWS, rowCount - start);
		const chunk = duckdb.DuckDBDataChunk.create(types, rows);
		for (const [index, {values}] of columns.entries()) {
			const vector = chunk.getColumnVector(index);
			for (let row = 0; row < rows; row++) {
				vector.setItem(row, values[start + row]!);
			}

			vector.flush();
		}

		appender.appendDataChunk(chunk);
	}

	appender.closeSync();
}

/** Chunk by chunk into arrays that are joined at the end, one column after the other. */
async function collectNumbers(result: duckdbModule.DuckDBResult): Promise<Record<string, Float64Array>> {
	const names = result.columnNames();
	const parts: Float64Array[][] = names.map(() => []);
	for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
		for (const [index, list] of parts.entries()) {
			const vector = chunk.getColumnVector(index) as {getItem(row: number): number | null};
			list.push(Float64Array.from({length: chunk.rowCount}, (_, row) => vector.getItem(row) ?? Number.NaN));
		}
	}

	return Object.fromEntries(names.map((name, index) => [name, joined(parts[index]!.splice(0))]));
}

function joined(parts: readonly Float64Array[]): Float64Array {
	const whole = new Float64Array(parts.reduce((sum, {length}) => sum + length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}

	return whole;
}

/** A name as SQL writes it. */
export function quoteName(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL writes it. */
export function quoteText(text: string): string {
	return `'${text.replaceAll("'", "''")}'`;
}

async function load(): Promise<typeof duckdbModule> {
	try {
		return await import('@duckdb/node-api');
	} catch (error) {
		throw new PerennialError(
			'RUNTIME_UNAVAILABLE',
			'DuckDB cannot be loaded; run make setup, on Linux, macOS or Windows with x64 or arm64.',
			{cause: error},
		);
	}
}
