/**
 * DuckDB: SQL over Parquet files and over columns in memory. Loaded on first use; 70 MB of native code that only jobs need.
 *
 * @module
 */
import type * as duckdbModule from '@duckdb/node-api';
import {PerennialError} from '../domain/index.ts';

/** A column that queries may read. */
export type OfferedColumn =
	/** Numbers as they are; NaN stays NaN, so that no null is ever tested for on the way. */
	| {readonly name: string; readonly type: 'double'; readonly values: Float64Array}
	/** Texts; null is missing. */
	| {readonly name: string; readonly type: 'varchar'; readonly values: readonly (string | null)[]}
	/** Texts out of a list without repetitions, by their index; -1 is missing. Far cheaper than texts one by one. */
	| {readonly name: string; readonly type: 'category'; readonly categories: readonly string[]; readonly values: Int32Array};

/** Columns that stand behind a name in SQL. */
export interface Offer {
	/** What a query writes behind FROM. Its rows come in their order, as often as they are asked for. */
	readonly sql: string;
	/** Let go of the columns; queries over them must have ended. */
	withdraw(): void;
}

/** An open database in memory. Queries are for one caller at a time; columns may be offered while a query of that caller runs. */
export interface Analytics {
	/** Run statements. */
	run(sql: string): Promise<void>;
	/** Run a query; gives its columns by name. 64-bit integers become numbers. For small results. */
	columns(sql: string): Promise<Record<string, (number | string | boolean | null)[]>>;
	/** Run a query whose columns are all DOUBLE or INTEGER; null is NaN. Chunks are taken as they come: the result is in memory once. */
	numbers(sql: string): Promise<Record<string, Float64Array>>;
	/**
	 * Let queries read columns where they are: no table is made, a query takes them chunk by chunk. One part or several, below each other, each of
	 * columns of one length; all parts have the same names, types and categories.
	 */
	offer(parts: readonly (readonly OfferedColumn[])[]): Offer;
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
	const offers = new Map<number, Parts>();
	let offered = 0;
	connection.registerTableFunction(offerFunction(duckdb, offers));
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
		offer(parts) {
			const id = ++offered;
			offers.set(id, parts);
			return {
				sql: `offered(${id})`,
				withdraw() {
					offers.delete(id);
				},
			};
		},
		close() {
			connection.closeSync();
			instance.closeSync();
		},
	};
}

type Parts = readonly (readonly OfferedColumn[])[];

/** How far a query has read. */
interface Place {
	part: number;
	row: number;
}

/** `offered(id)` in SQL. One thread reads it: rows stay in order, and files made of them are the same from run to run. */
function offerFunction(duckdb: typeof duckdbModule, offers: ReadonlyMap<number, Parts>): duckdbModule.DuckDBTableFunction {
	return duckdb.DuckDBTableFunction.create({
		name: 'offered',
		parameterTypes: [duckdb.INTEGER],
		bindFunction(info) {
			const parts = offers.get(info.getParameter(0) as number);
			if (!parts?.[0]) {
				info.setError('these columns are not offered any more');
				return;
			}

			for (const column of parts[0]) {
				info.addResultColumn(column.name, typeOf(duckdb, column));
			}

			info.setBindData(parts);
			info.setCardinality(
				parts.reduce((sum, part) => sum + rowCountOf(part), 0),
				true,
			);
		},
		initFunction(info) {
			info.setMaxThreads(1);
			info.setInitData({part: 0, row: 0} satisfies Place);
		},
		mainFunction(info, chunk) {
			fillNext(chunk, info.bindData as Parts, info.initData as Place);
		},
	});
}

function typeOf(duckdb: typeof duckdbModule, column: OfferedColumn): duckdbModule.DuckDBType {
	return column.type === 'category' ? duckdb.ENUM(column.categories) : column.type === 'double' ? duckdb.DOUBLE : duckdb.VARCHAR;
}

function rowCountOf(part: readonly OfferedColumn[]): number {
	return part[0]?.values.length ?? 0;
}

/** The next rows; none says that there are no more. A chunk ends where a part does. */
function fillNext(chunk: duckdbModule.DuckDBDataChunk, parts: Parts, place: Place): void {
	while (place.part < parts.length && place.row >= rowCountOf(parts[place.part]!)) {
		place.part++;
		place.row = 0;
	}

	const part = parts[place.part];
	if (!part) {
		chunk.rowCount = 0;
		return;
	}

	const end = Math.min(place.row + CHUNK_ROWS, rowCountOf(part));
	chunk.rowCount = end - place.row;
	for (const [index, column] of part.entries()) {
		const vector = chunk.getColumnVector(index);
		fill(vector, column, place.row, end);
		vector.flush();
	}

	place.row = end;
}

function fill(vector: duckdbModule.DuckDBVector, column: OfferedColumn, start: number, end: number): void {
	switch (column.type) {
		case 'double': {
			itemsOf(vector).set(column.values.subarray(start, end));
			break;
		}

		case 'category': {
			const items = itemsOf(vector);
			for (let row = start; row < end; row++) {
				const code = column.values[row]!;
				if (code === -1) {
					vector.setItem(row - start, null);
				} else {
					items[row - start] = code;
				}
			}

			break;
		}

		case 'varchar': {
			for (let row = start; row < end; row++) {
				vector.setItem(row - start, column.values[row]!);
			}
		}
	}
}

/** The numbers behind a vector, all valid until said otherwise. The types hide them; setting one by one takes three times as long. */
function itemsOf(vector: duckdbModule.DuckDBVector): Float64Array | Uint8Array {
	return (vector as unknown as {readonly items: Float64Array | Uint8Array}).items;
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
