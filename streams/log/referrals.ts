/**
 * Answers that wait for a person, and what the person said: an index over the log with a state of its own, in the log's file.
 *
 * @module
 */
import type {DatabaseSync, StatementSync} from 'node:sqlite';
import {REFER, type Millis, type Offset, type ReferralQuery, type ReferralsWaiting, type Reviewed} from '../../core/domain/index.ts';
import type {ReviewAppend, ReviewOutcome} from './appends.ts';

/** A referral that nobody has reviewed has no action. */
const TABLE = `
	CREATE TABLE referrals (at INTEGER PRIMARY KEY, action TEXT, reason TEXT, reviewer TEXT, reviewed_at REAL) STRICT;
	CREATE INDEX referrals_open ON referrals (at) WHERE action IS NULL;
	INSERT INTO referrals (at) SELECT at FROM log WHERE kind = 2 AND json_extract(detail, '$.outcome') = '${REFER}';
`;
/** Open referrals are counted up to this many. */
const COUNTED_MAX = 100_000;

/**
 * Make the table, once. Cost: the first time, a look at every answer of the log.
 */
export function prepareReferrals(database: DatabaseSync): void {
	if (!database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'referrals'").get()) {
		database.exec(`BEGIN IMMEDIATE; ${TABLE} COMMIT`);
	}
}

/** Opens and closes referrals, within transactions of the log's writer. */
export class ReferralWriter {
	readonly #open: StatementSync;
	readonly #close: StatementSync;
	readonly #find: StatementSync;

	constructor(database: DatabaseSync) {
		this.#open = database.prepare('INSERT INTO referrals (at) VALUES (?)');
		this.#close = database.prepare(
			'UPDATE referrals SET action = ?, reason = ?, reviewer = ?, reviewed_at = ? WHERE at = ? AND action IS NULL',
		);
		this.#find = database.prepare('SELECT 1 FROM referrals WHERE at = ?');
	}

	/** An answer waits for a person. */
	open(decision: Offset): void {
		this.#open.run(decision);
	}

	/** A person has decided; the first who does is the one who did. */
	close({decision, action, reason, by}: ReviewAppend, now: Millis): ReviewOutcome {
		if (this.#close.run(action, reason, by, now, decision).changes === 1) {
			return 'accepted';
		}

		return this.#find.get(decision) ? 'reviewed' : 'unknown';
	}
}

interface ReferralRow {
	readonly action: string | null;
	readonly reason: string;
	readonly reviewer: string;
	readonly reviewed_at: number;
}

/** Reads referrals. */
export class ReferralReader {
	readonly #database: DatabaseSync;
	#find: StatementSync | undefined;

	constructor(database: DatabaseSync) {
		this.#database = database;
	}

	/** What a person said of an answer; undefined while nobody has, and for one that was not referred. */
	reviewOf(decision: Offset): Reviewed | undefined {
		this.#find ??= this.#database.prepare('SELECT action, reason, reviewer, reviewed_at FROM referrals WHERE at = ?');
		const row = this.#find.get(decision) as unknown as ReferralRow | undefined;
		return row && row.action !== null
			? {action: row.action, reason: row.reason, by: row.reviewer, reviewedAt: row.reviewed_at}
			: undefined;
	}

	/** Answers that were referred, newest first. */
	list({state, before = Number.MAX_SAFE_INTEGER, limit}: ReferralQuery): Offset[] {
		const where = {open: 'AND action IS NULL', closed: 'AND action IS NOT NULL', all: ''}[state];
		const rows = this.#database.prepare(`SELECT at FROM referrals WHERE at < ? ${where} ORDER BY at DESC LIMIT ?`).all(before, limit);
		return (rows as unknown as {at: number}[]).map(({at}) => at);
	}

	/** How many wait, {@link COUNTED_MAX} at most, and since when the oldest does. */
	waiting(): ReferralsWaiting {
		const {number} = this.#database
			.prepare('SELECT count(*) AS number FROM (SELECT 1 FROM referrals WHERE action IS NULL LIMIT ?)')
			.get(COUNTED_MAX) as {number: number};
		const oldest = this.#database
			.prepare('SELECT recorded_at FROM log WHERE at >= (SELECT min(at) FROM referrals WHERE action IS NULL) ORDER BY at LIMIT 1')
			.get() as {recorded_at: number} | undefined;
		return {number, ...(oldest && {oldestAt: oldest.recorded_at})};
	}
}
