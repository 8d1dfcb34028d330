/**
 * The answers of a stretch of time as a file: NDJSON, one record a line as GET /v1/decisions/:d shows it, or Parquet, flat.
 *
 * @module
 */
import {createReadStream} from 'node:fs';
import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import path from 'node:path';
import {setImmediate as nextTurn} from 'node:timers/promises';
import {storageErrorOf, type DecisionView, type Millis} from '../core/domain/index.ts';
import {openDuckDb, quoteText, type Analytics} from '../core/runtimes/index.ts';
import type {DecisionBook} from './decision-book.ts';

/** From, and before. */
export interface TimeRange {
	readonly from: Millis;
	readonly before: Millis;
}

/** Rows that are put into a Parquet file at a time. */
const PARQUET_ROWS = 10_000;

/** The records of a range, oldest first, a line each. Reads as it is read: memory is that of one page. */
export async function* decisionLines(book: DecisionBook, range: TimeRange): AsyncGenerator<string> {
	for (const views of book.pages(range)) {
		yield views.map(view => `${JSON.stringify(view)}\n`).join('');
		// Predictions are answered between two pages.
		await nextTurn();
	}
}

/**
 * The records of a range as one Parquet file, written whole before its first byte comes.
 *
 * @param directory - For the file, which is removed afterwards, and for what DuckDB spills.
 * @throws PerennialError - STORAGE_FULL, RUNTIME_UNAVAILABLE.
 */
export async function* decisionParquet(book: DecisionBook, range: TimeRange, directory: string): AsyncGenerator<Uint8Array> {
	await mkdir(directory, {recursive: true}).catch((error: unknown) => {
		throw storageErrorOf(error, directory);
	});
	const folder = await mkdtemp(path.join(directory, 'decisions-'));
	try {
		const file = path.join(folder, 'decisions.parquet');
		const analytics = await openDuckDb({temporaryDirectory: folder});
		try {
			await writeParquet(analytics, book, range, file);
		} catch (error) {
			throw storageErrorOf(error, file);
		} finally {
			analytics.close();
		}

		yield* createReadStream(file) as AsyncIterable<Uint8Array>;
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}

type Cell = string | null;

interface Column {
	readonly name: string;
	readonly sql: 'VARCHAR' | 'DOUBLE' | 'BIGINT' | 'TIMESTAMP';
	readonly of: (view: DecisionView) => string | number | null;
}

/** Columns of the Parquet file. Those that depend on the model's features and classes are JSON. */
const COLUMNS: readonly Column[] = [
	{name: 'decision_id', sql: 'VARCHAR', of: view => view.decisionId},
	{name: 'model', sql: 'VARCHAR', of: view => view.model},
	{name: 'decided_at', sql: 'TIMESTAMP', of: view => view.decidedAt},
	{name: 'event_source', sql: 'VARCHAR', of: view => view.event.source},
	{name: 'event_id', sql: 'VARCHAR', of: view => view.event.id},
	{name: 'entity', sql: 'VARCHAR', of: view => view.event.entity ?? null},
	{name: 'event_time', sql: 'TIMESTAMP', of: view => view.event.time},
	{name: 'schema_version', sql: 'BIGINT', of: view => view.event.schemaVersion},
	{name: 'feature_digest', sql: 'VARCHAR', of: view => view.featureDigest},
	{name: 'tier', sql: 'VARCHAR', of: view => view.tier},
	{name: 'version', sql: 'BIGINT', of: view => view.version},
	{name: 'channel', sql: 'VARCHAR', of: view => view.channel},
	{name: 'reason', sql: 'VARCHAR', of: view => view.reason},
	{name: 'class', sql: 'VARCHAR', of: view => view.class},
	{name: 'probability', sql: 'DOUBLE', of: view => view.probability},
	{name: 'outcome', sql: 'VARCHAR', of: view => view.outcome ?? null},
	{name: 'label', sql: 'VARCHAR', of: view => newestLabel(view)?.value ?? null},
	{name: 'label_observed_at', sql: 'TIMESTAMP', of: view => newestLabel(view)?.observedAt ?? null},
	{name: 'features', sql: 'VARCHAR', of: view => JSON.stringify(view.features)},
	{name: 'scores', sql: 'VARCHAR', of: view => JSON.stringify(view.scores)},
];

async function writeParquet(analytics: Analytics, book: DecisionBook, range: TimeRange, file: string): Promise<void> {
	await analytics.run(`CREATE TABLE decisions (${COLUMNS.map(({name, sql}) => `${name} ${sql}`).join(', ')})`);
	let rows: DecisionView[] = [];
	const flush = async (): Promise<void> => {
		const part = analytics.offer([
			COLUMNS.map(({name, of}) => ({name, type: 'varchar' as const, values: rows.map((view): Cell => textOf(of(view)))})),
		]);
		await analytics.run(
			`INSERT INTO decisions SELECT ${COLUMNS.map(({name, sql}) => `CAST(${name} AS ${sql})`).join(', ')} FROM ${part.sql}`,
		);
		part.withdraw();
		rows = [];
	};

	for (const views of book.pages(range)) {
		rows.push(...views);
		if (rows.length >= PARQUET_ROWS) {
			await flush();
		} else {
			await nextTurn();
		}
	}

	if (rows.length > 0) {
		await flush();
	}

	await analytics.run(`COPY decisions TO ${quoteText(file)} (FORMAT parquet, COMPRESSION zstd)`);
}

function textOf(value: string | number | null): Cell {
	return value === null ? null : String(value);
}

function newestLabel({labels}: DecisionView): DecisionView['labels'][number] | undefined {
	const newest = labels.at(-1);
	return newest?.withdrawn ? undefined : newest;
}
