/**
 * DuckDB: SQL over Parquet files and over columns in memory. Loaded on first use; 70 MB of native code that only jobs need.
 *
 * @module
 */
import type * as duckdbModule from '@duckdb/node-api';
import {PerennialError} from '../domain/index.ts';

/** Types of columns that go in and out. */
export type ColumnType = 'double' | 'bigint' | 'varchar';

/** A column to insert; null is missing. */
export interface InsertColumn {
	readonly name: string;
	readonly type: ColumnType;
	readonly values: ArrayLike<number | string | null>;
}

/** An open database in memory. Not for use by several callers at once. */
export interface Analytics {
	/** Run statements. */
	run(sql: string): Promise<void>;
	/** Run a query; gives its columns by name. 64-bit integers become numbers. */
	columns(sql: string): Promise<Record<string, (number | string | boolean | null)[]>>;
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
	const types = {double: duckdb.DOUBLE, bigint: duckdb.BIGINT, varchar: duckdb.VARCHAR};
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
		async createTable(name, columns) {
			await connection.run(
				`CREATE TABLE ${quoteName(name)} (${columns.map(column => `${quoteName(column.name)} ${column.type}`).join(', ')})`,
			);
			const appender = await connection.createAppender(name);
			const rowCount = columns[0]?.values.length ?? 0;
			for (let start = 0; start < rowCount; start += CHUNK_ROWS) {
				const rows = Math.min(CHUNK_ROWS, rowCount - start);
				const chunk = duckdb.DuckDBDataChunk.create(
					columns.map(({type}) => types[type]),
					rows,
				);
				for (const [index, {type, values}] of columns.entries()) {
					chunk.setColumnValues(
						index,
						Array.from({length: rows}, (_, row) => toDuckValue(values[start + row] ?? null, type)),
					);
				}

				appender.appendDataChunk(chunk);
			}

			appender.closeSync();
		},
		close() {
			connection.closeSync();
			instance.closeSync();
		},
	};
}

/** A name as SQL writes it. */
export function quoteName(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL writes it. */
export function quoteText(text: string): string {
	return `'${text.replaceAll("'", "''")}'`;
}

function toDuckValue(value: number | string | null, type: ColumnType): number | string | bigint | null {
	return value === null || (typeof value === 'number' && Number.isNaN(value)) ? null : type === 'bigint' ? BigInt(value) : value;
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
