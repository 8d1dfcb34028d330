/**
 * Reading a log file, in any thread or process, while one writer appends to it.
 *
 * @module
 */
import type {DatabaseSync, StatementSync} from 'node:sqlite';
import {
	CategoryDictionary,
	type CategoryEntry,
	type DecisionRecord,
	type EventLogReader,
	type EventRecord,
	type LabelRecord,
	type LogCounts,
	type LogRecord,
	type Offset,
} from '../../core/domain/index.ts';
import {openSqlite} from '../../store/index.ts';
import {startColumnThread, type ColumnReader} from './column-reader.ts';
import {SqliteLogColumns} from './log-columns.ts';
import type {LogColumns} from './log-range.ts';
import {EventKeys} from './event-keys.ts';
import {LogRows} from './log-rows.ts';
import {fromLogRow, type LogRow} from './log-tables.ts';
import {ReferralReader} from './referrals.ts';

/** Reads one log file; never sees half a transaction. */
export class SqliteEventLogReader implements EventLogReader {
	/** Answers that were referred to a person. */
	readonly referrals: ReferralReader;
	readonly #file: string;
	readonly #database: DatabaseSync;
	readonly #end: StatementSync;
	readonly #rows: LogRows;
	readonly #keys: EventKeys;
	readonly #decided: StatementSync;
	readonly #labels: StatementSync;
	/** Answers among the records read last, by event: whoever reads an event asks for its answer next, and it stands right behind. */
	readonly #answers = new Map<Offset, DecisionRecord>();

	/** @param file - An existing log file. */
	constructor(file: string) {
		this.#file = file;
		this.#database = openSqlite(file, {readOnly: true});
		this.referrals = new ReferralReader(this.#database);
		this.#end = this.#database.prepare('SELECT max(at) AS at FROM log');
		this.#rows = new LogRows(this.#database);
		this.#keys = new EventKeys(this.#database);
		this.#decided = this.#database.prepare('SELECT log.* FROM decided JOIN log ON log.at = decided.at WHERE decided.event = ?');
		this.#labels = this.#database.prepare('SELECT * FROM log WHERE ref = ? AND kind = 3 ORDER BY at');
	}

	endOffset(): Offset {
		return (this.#end.get() as {at: number | null}).at ?? 0;
	}

	read(offset: Offset, limit: number): LogRecord[] {
		const records = this.#rows.read(offset, limit);
		this.#answers.clear();
		for (const record of records) {
			if (record.kind === 'decision') {
				this.#answers.set(record.eventOffset, record);
			}
		}

		return records;
	}

	at(offset: Offset): LogRecord | undefined {
		return this.#rows.at(offset);
	}

	/** The event at an offset; undefined if another kind of record stands there. */
	eventAt(offset: Offset): EventRecord | undefined {
		const record = this.at(offset);
		return record?.kind === 'event' ? record : undefined;
	}

	/** The answer that was given to an event, if any. */
	decisionOf(event: Offset): DecisionRecord | undefined {
		const answer = this.#answers.get(event);
		if (answer) {
			return answer;
		}

		const row = this.#decided.get(event) as unknown as LogRow | undefined;
		return row ? (fromLogRow(row) as DecisionRecord) : this.#rows.answerInBlock(event);
	}

	/** Events with this id, one for each source that used it. */
	eventsNamed(id: string): EventRecord[] {
		return this.#keys.find(id).map(({at}) => this.at(at) as EventRecord);
	}

	/** Labels of an event, oldest first. */
	labelsOf(event: Offset): LabelRecord[] {
		return (this.#labels.all(event) as unknown as LogRow[]).map(row => fromLogRow(row) as LabelRecord);
	}

	/** Labels after an offset. Cost: O(records after it). */
	labelsAfter(offset: Offset): number {
		return (this.#database.prepare('SELECT count(*) AS number FROM log WHERE at > ? AND kind = 3').get(offset) as {number: number})
			.number;
	}

	counts(): LogCounts {
		return countsOf(this.#database);
	}

	/** Codes of all categorical values so far. */
	dictionary(): CategoryDictionary {
		return dictionaryOf(this.#database);
	}

	/** Ranges of the log as columns, for sealing. */
	columns(): LogColumns {
		return new SqliteLogColumns(this.#database);
	}

	/** The same, read in a thread of its own; see {@link startColumnThread}. */
	columnThread(): ColumnReader {
		return startColumnThread(this.#file);
	}

	close(): void {
		this.#database.close();
	}
}

/** What a log file holds; kept up to date by its writer. */
export function countsOf(database: DatabaseSync): LogCounts {
	const rows = database.prepare('SELECT kind, number FROM counts').all() as unknown as {kind: string; number: number}[];
	const numberOf = (kind: string): number => rows.find(row => row.kind === kind)?.number ?? 0;
	return {events: numberOf('event'), decisions: numberOf('decision'), labels: numberOf('label'), orphans: numberOf('orphan')};
}

/** The dictionary stored in a log file. */
export function dictionaryOf(database: DatabaseSync): CategoryDictionary {
	const dictionary = new CategoryDictionary();
	dictionary.load(
		database.prepare('SELECT feature, code, value FROM categories ORDER BY feature, code').all() as unknown as CategoryEntry[],
	);
	return dictionary;
}
