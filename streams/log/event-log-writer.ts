/**
 * Appends to a model's log. Whatever is asked for in one turn of the event loop is one transaction and one fsync; promises resolve after it.
 *
 * @module
 */
import type {DatabaseSync, StatementSync} from 'node:sqlite';
import {
	REFER,
	type CategoryDictionary,
	type Clock,
	type LogCounts,
	type LogRecord,
	type Millis,
	type Offset,
	PerennialError,
} from '../../core/domain/index.ts';
import {openSqlite, rethrowStorage} from '../../store/index.ts';
import type {
	DecisionAppend,
	DecisionOutcome,
	EventAppend,
	EventOutcome,
	LabelAppend,
	LabelOutcome,
	ReviewAppend,
	ReviewOutcome,
} from './appends.ts';
import {countsOf, dictionaryOf} from './event-log-reader.ts';
import {blockLengthOf, toBlockRow} from './answer-block.ts';
import {EventKeys, type EventKey} from './event-keys.ts';
import {LabelJoin} from './label-join.ts';
import {prepareLogTables, toLogRow} from './log-tables.ts';
import {prepareReferrals, ReferralWriter} from './referrals.ts';

/** Options of {@link EventLogWriter}. */
export interface EventLogWriterOptions {
	/** When a record was taken, in the system's time. */
	readonly clock: Pick<Clock, 'now'>;
	/** How long a label waits for its event before it is forgotten (and counted). */
	readonly orphanMsMax?: number;
	/** Called after each commit, with the offset of the newest record and how long it took. */
	readonly onCommit?: (commit: LogCommit) => void;
}

/** One transaction that is on disk. */
export interface LogCommit {
	readonly endOffset: Offset;
	readonly records: number;
	readonly seconds: number;
	readonly orphansExpired: number;
}

/** Items that may wait for the next transaction; above this appends are refused until it is through. */
const PENDING_ITEMS_MAX = 200_000;

interface Pending {
	readonly size: number;
	run(): void;
	settle(error?: unknown): void;
}

/** The one writer of a log file. */
export class EventLogWriter {
	/** Codes of categorical values; encoders of events for this log must use this one. */
	readonly dictionary: CategoryDictionary;
	readonly #file: string;
	readonly #database: DatabaseSync;
	readonly #options: Required<EventLogWriterOptions>;
	readonly #join: LabelJoin;
	readonly #referrals: ReferralWriter;
	readonly #insert: StatementSync;
	readonly #keys: EventKeys;
	readonly #putKey: StatementSync;
	readonly #findDecided: StatementSync;
	readonly #putDecided: StatementSync;
	readonly #putCategory: StatementSync;
	readonly #count: StatementSync;
	#end: Offset;
	#pending: Pending[] = [];
	#pendingItems = 0;
	#added = {event: 0, decision: 0, label: 0};

	constructor(file: string, {clock, orphanMsMax = 90 * 86_400_000, onCommit = () => undefined}: EventLogWriterOptions) {
		this.#file = file;
		this.#options = {clock, orphanMsMax, onCommit};
		const database = openSqlite(file);
		prepareLogTables(database, file);
		prepareReferrals(database);
		this.#referrals = new ReferralWriter(database);
		this.#database = database;
		this.#insert = database.prepare(
			'INSERT INTO log (at, kind, ref, time, recorded_at, number, name, source, entity, detail, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
		);
		this.#keys = new EventKeys(database);
		this.#putKey = database.prepare('INSERT INTO keys (id, source, at) VALUES (?, ?, ?)');
		this.#findDecided = database.prepare('SELECT at FROM decided WHERE event = ?');
		this.#putDecided = database.prepare('INSERT INTO decided (event, at) VALUES (?, ?)');
		this.#putCategory = database.prepare('INSERT INTO categories (feature, code, value) VALUES (?, ?, ?)');
		this.#count = database.prepare('UPDATE counts SET number = number + ? WHERE kind = ?');
		this.#join = new LabelJoin(database, label => this.#append({...label, kind: 'label', offset: this.#end + 1}));
		this.#end = (database.prepare('SELECT max(at) AS at FROM log').get() as {at: number | null}).at ?? 0;
		this.dictionary = dictionaryOf(database);
	}

	/** Offset of the newest record. */
	get endOffset(): Offset {
		return this.#end;
	}

	/** What the log holds. */
	counts(): LogCounts {
		return countsOf(this.#database);
	}

	/** Append events, in order. @throws PerennialError - STORAGE_FULL; nothing of the call is then stored. */
	async appendEvents(events: readonly EventAppend[]): Promise<EventOutcome[]> {
		return this.#submit(events.length, now => events.map(event => this.#putEvent(event, now)));
	}

	/** Append answers with their events, in order. @throws PerennialError - STORAGE_FULL; nothing of the call is then stored. */
	async appendDecisions(decisions: readonly DecisionAppend[]): Promise<DecisionOutcome[]> {
		return this.#submit(decisions.length, now => this.#putDecisions(decisions, now));
	}

	/** Append labels, in order. @throws PerennialError - STORAGE_FULL; nothing of the call is then stored. */
	async appendLabels(labels: readonly LabelAppend[]): Promise<LabelOutcome[]> {
		return this.#submit(labels.length, now => labels.map(label => this.#join.join(label, now)));
	}

	/** Write down what a person decided. @throws PerennialError - STORAGE_FULL; it is then not stored. */
	async review(review: ReviewAppend): Promise<ReviewOutcome> {
		return this.#submit(1, now => this.#referrals.close(review, now));
	}

	/** Bound the size of the file, in database pages; appends above it fail as on a full disk. Gives the bound that holds. */
	limitPages(pagesMax: number): number {
		return (this.#database.prepare(`PRAGMA max_page_count = ${Math.trunc(pagesMax)}`).get() as {max_page_count: number}).max_page_count;
	}

	/** Finish what was asked for, and close. */
	close(): void {
		this.#flush();
		this.#database.close();
	}

	#findEvent({isNew = false, id, source}: EventAppend): EventKey | undefined {
		return isNew ? undefined : this.#keys.find(id).find(key => key.source === source);
	}

	#putEvent({isNew = false, ...event}: EventAppend, now: Millis, known = this.#findEvent({...event, isNew})): EventOutcome {
		if (known) {
			return {status: 'duplicate', offset: known.at};
		}

		const offset = this.#append({...event, kind: 'event', offset: this.#end + 1, recordedAt: now});
		this.#putKey.run(event.id, event.source, offset);
		if (!isNew) {
			this.#join.joinOrphans(event.id, event.source, offset, now);
		}

		return {status: 'accepted', offset};
	}

	/** Answers to events that were named here go many into a row. */
	#putDecisions(decisions: readonly DecisionAppend[], now: Millis): DecisionOutcome[] {
		const outcomes: DecisionOutcome[] = [];
		while (outcomes.length < decisions.length) {
			const from = outcomes.length;
			const length = blockLengthOf(decisions, from);
			if (length === 0) {
				outcomes.push(this.#putDecision(decisions[from]!, now));
			} else {
				this.#putBlock(decisions.slice(from, from + length), now, outcomes);
			}
		}

		return outcomes;
	}

	#putBlock(decisions: readonly DecisionAppend[], now: Millis, outcomes: DecisionOutcome[]): void {
		this.#insert.run(...toBlockRow(decisions, this.#end + 1, now));
		for (const {outcome} of decisions) {
			this.#end += 2;
			outcomes.push({status: 'accepted', offset: this.#end});
			if (outcome === REFER) {
				this.#referrals.open(this.#end);
			}
		}

		this.#added.event += decisions.length;
		this.#added.decision += decisions.length;
	}

	#putDecision({event, ...decision}: DecisionAppend, now: Millis): DecisionOutcome {
		const key = this.#findEvent(event);
		const {offset: eventOffset} = this.#putEvent(event, now, key);
		const answer = key && (key.answer ?? (this.#findDecided.get(eventOffset) as {at: number} | undefined)?.at);
		if (answer !== undefined) {
			return {status: 'duplicate', offset: answer};
		}

		const offset = this.#append({...decision, kind: 'decision', offset: this.#end + 1, eventOffset, time: event.time, recordedAt: now});
		this.#putDecided.run(eventOffset, offset);
		if (decision.outcome === REFER) {
			this.#referrals.open(offset);
		}

		return {status: 'accepted', offset};
	}

	#append(record: LogRecord): Offset {
		this.#insert.run(...toLogRow(record));
		this.#end = record.offset;
		this.#added[record.kind]++;
		return record.offset;
	}

	#submit<Result>(size: number, work: (now: Millis) => Result): Promise<Result> {
		if (this.#pendingItems + size > PENDING_ITEMS_MAX) {
			return Promise.reject(
				new PerennialError('STORAGE_FULL', `${this.#pendingItems} items wait to be stored already; send fewer at a time, or wait.`),
			);
		}

		return new Promise((resolve, reject) => {
			let result: Result;
			if (this.#pending.length === 0) {
				setImmediate(() => {
					this.#flush();
				});
			}

			this.#pendingItems += size;
			this.#pending.push({
				size,
				run: () => {
					result = work(this.#options.clock.now());
				},
				settle(error) {
					if (error === undefined) {
						resolve(result);
					} else {
						reject(error instanceof Error ? error : new Error(String(error)));
					}
				},
			});
		});
	}

	/** One transaction for all that is pending. If it fails, every promise of it is rejected and the file is as it was. */
	#flush(): void {
		const batch = this.#pending;
		this.#pending = [];
		this.#pendingItems = 0;
		if (batch.length === 0) {
			return;
		}

		const endBefore = this.#end;
		const started = performance.now();
		let orphansExpired = 0;
		try {
			rethrowStorage(() => {
				orphansExpired = this.#commit(batch);
			}, this.#file);
		} catch (error) {
			this.#end = endBefore;
			for (const {settle} of batch) {
				settle(error);
			}

			return;
		}

		for (const {settle} of batch) {
			settle();
		}

		this.#options.onCommit({
			endOffset: this.#end,
			records: this.#end - endBefore,
			seconds: (performance.now() - started) / 1000,
			orphansExpired,
		});
	}

	#commit(batch: readonly Pending[]): number {
		this.#added = {event: 0, decision: 0, label: 0};
		this.#database.exec('BEGIN IMMEDIATE');
		try {
			for (const {run} of batch) {
				run();
			}

			const orphansExpired = this.#join.expireOrphans(this.#options.clock.now() - this.#options.orphanMsMax);
			const {pending} = this.dictionary;
			for (const {feature, code, value} of pending) {
				this.#putCategory.run(feature, code, value);
			}

			for (const [kind, number] of Object.entries(this.#added)) {
				if (number > 0) {
					this.#count.run(number, kind);
				}
			}

			this.#database.exec('COMMIT');
			this.dictionary.markStored(pending.length);
			return orphansExpired;
		} catch (error) {
			if (this.#database.isTransaction) {
				this.#database.exec('ROLLBACK');
			}

			throw error;
		}
	}
}
