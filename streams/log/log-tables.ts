/**
 * The tables of a log file and how records stand in them. One SQLite file a model.
 *
 * @module
 */
import type {DatabaseSync} from 'node:sqlite';
import {
	bytesOf,
	PerennialError,
	TIERS,
	type DecisionRecord,
	type EventRecord,
	type LabelChannel,
	type LabelRecord,
	type LogRecord,
} from '../../core/domain/index.ts';

/** Numbers that stand for the kinds of records, and for many answers with their events in one row. */
export const KIND = {event: 1, decision: 2, label: 3, block: 4} as const;

/** Layout of the tables below. A file with a higher number belongs to a later release; one with a lower one becomes this when it is opened. */
const LAYOUT = 2;

/**
 * `log` is the log itself; its rows never change. The others are indexes over it, written in the same transactions: `keys` finds events by
 * their names, `decided` the answer to an event, `label_states` the label that holds; `orphans` are labels whose event has not come. Events and answers of
 * a block (`answer-block.ts`) have no rows of their own in `log`, `keys` and `decided`: the block says where they stand.
 */
const TABLES = `
	CREATE TABLE IF NOT EXISTS log (
		at INTEGER PRIMARY KEY, kind INTEGER NOT NULL, ref INTEGER, time REAL NOT NULL, recorded_at REAL NOT NULL, number INTEGER NOT NULL,
		name TEXT, source TEXT, entity TEXT, detail TEXT, data BLOB
	) STRICT;
	CREATE INDEX IF NOT EXISTS log_labels ON log (ref) WHERE kind = 3;
	CREATE INDEX IF NOT EXISTS log_blocks ON log (name) WHERE kind = 4;
	CREATE TABLE IF NOT EXISTS keys (id TEXT NOT NULL, source TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (id, source)) STRICT, WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS decided (event INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;
	CREATE TABLE IF NOT EXISTS label_states (
		event INTEGER NOT NULL, channel TEXT NOT NULL, value INTEGER NOT NULL, revision INTEGER NOT NULL, observed_at REAL NOT NULL, withdrawn INTEGER NOT NULL,
		PRIMARY KEY (event, channel)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS orphans (
		id TEXT NOT NULL, channel TEXT NOT NULL, revision INTEGER NOT NULL, source TEXT, value INTEGER NOT NULL, observed_at REAL NOT NULL,
		withdrawn INTEGER NOT NULL, recorded_at REAL NOT NULL, PRIMARY KEY (id, channel, revision)
	) STRICT, WITHOUT ROWID;
	CREATE INDEX IF NOT EXISTS orphans_by_age ON orphans (recorded_at);
	CREATE TABLE IF NOT EXISTS categories (feature TEXT NOT NULL, code INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (feature, code)) STRICT, WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS counts (kind TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
	INSERT OR IGNORE INTO counts VALUES ('event', 0), ('decision', 0), ('label', 0), ('orphan', 0);
	PRAGMA user_version = ${LAYOUT};
`;

/**
 * Make the tables of a new file; check those of an old one.
 *
 * @throws PerennialError - CONFIG_INVALID if the file belongs to another release.
 */
export function prepareLogTables(database: DatabaseSync, file: string): void {
	const {user_version: layout} = database.prepare('PRAGMA user_version').get() as {user_version: number};
	if (layout > LAYOUT) {
		throw new PerennialError(
			'CONFIG_INVALID',
			`${file} has log layout ${layout}, this release reads up to ${LAYOUT}; start the release that wrote it.`,
		);
	}

	database.exec(TABLES);
}

/** A row of `log`. */
export interface LogRow {
	readonly at: number;
	readonly kind: number;
	readonly ref: number | null;
	readonly time: number;
	readonly recorded_at: number;
	/** Event and block: schema version. Decision: model version. Label: revision. */
	readonly number: number;
	/** Event: id. Decision: channel that was asked. Label: channel it came by. Block: id of its first event. */
	readonly name: string | null;
	readonly source: string | null;
	readonly entity: string | null;
	/** Decision and block: JSON. Label: class index, and `w` if withdrawn. */
	readonly detail: string | null;
	readonly data: Uint8Array | null;
}

/** What stands in `detail` of a decision. */
export interface DecisionDetail {
	readonly tier: number;
	readonly reason: string;
	readonly outcome?: string;
	readonly policy?: string;
}

/** A row that is no block as the record it stands for. */
export function fromLogRow(row: LogRow): LogRecord {
	switch (row.kind) {
		case KIND.event: {
			return {
				kind: 'event',
				offset: row.at,
				source: row.source!,
				id: row.name!,
				time: row.time,
				recordedAt: row.recorded_at,
				schemaVersion: row.number,
				row: numbersOf(row.data!),
				...(row.entity !== null && {entity: row.entity}),
			};
		}

		case KIND.decision: {
			const {tier, reason, outcome, policy} = JSON.parse(row.detail!) as DecisionDetail;
			return {
				kind: 'decision',
				offset: row.at,
				eventOffset: row.ref!,
				time: row.time,
				recordedAt: row.recorded_at,
				tier: TIERS[tier]!,
				version: row.number,
				channel: row.name!,
				reason,
				scores: numbersOf(row.data!),
				...(outcome !== undefined && {outcome}),
				...(policy !== undefined && {policy}),
			};
		}

		default: {
			return {
				kind: 'label',
				offset: row.at,
				eventOffset: row.ref!,
				observedAt: row.time,
				recordedAt: row.recorded_at,
				revision: row.number,
				channel: row.name as LabelChannel,
				value: Number.parseInt(row.detail!, 10),
				withdrawn: row.detail!.endsWith('w'),
			};
		}
	}
}

/** A record as a row, in the order of the columns. */
export function toLogRow(
	record: LogRecord,
): [number, number, number | null, number, number, number, string | null, string | null, string | null, string | null, Uint8Array | null] {
	switch (record.kind) {
		case 'event': {
			return eventRow(record);
		}

		case 'decision': {
			return decisionRow(record);
		}

		case 'label': {
			return labelRow(record);
		}
	}
}

type Row = ReturnType<typeof toLogRow>;

function eventRow({offset, time, recordedAt, schemaVersion, id, source, entity, row}: EventRecord): Row {
	return [offset, KIND.event, null, time, recordedAt, schemaVersion, id, source, entity ?? null, null, bytesOf(row)];
}

function decisionRow({
	offset,
	eventOffset,
	time,
	recordedAt,
	version,
	channel,
	tier,
	reason,
	outcome,
	policy,
	scores,
}: DecisionRecord): Row {
	const detail: DecisionDetail = {
		tier: TIERS.indexOf(tier),
		reason,
		...(outcome !== undefined && {outcome}),
		...(policy !== undefined && {policy}),
	};
	return [offset, KIND.decision, eventOffset, time, recordedAt, version, channel, null, null, JSON.stringify(detail), bytesOf(scores)];
}

function labelRow({offset, eventOffset, observedAt, recordedAt, revision, channel, value, withdrawn}: LabelRecord): Row {
	return [
		offset,
		KIND.label,
		eventOffset,
		observedAt,
		recordedAt,
		revision,
		channel,
		null,
		null,
		`${value}${withdrawn ? 'w' : ''}`,
		null,
	];
}

/** Numbers out of a blob, which may begin at any byte. */
function numbersOf(bytes: Uint8Array): Float64Array {
	return new Float64Array(bytes.slice().buffer);
}
