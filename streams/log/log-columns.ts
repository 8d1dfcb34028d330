/**
 * Ranges of a log as columns: what sealing reads. SQLite packs thousands of rows into one answer, so that no object is made for a record.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {DatabaseSync, StatementSync} from 'node:sqlite';
import {TIERS, type LabelChannel, type Offset} from '../../core/domain/index.ts';
import {BlockColumns, mergeDecisions, mergeEvents} from './block-columns.ts';
import type {DecisionColumns, EventColumns, LabelColumns, LogColumns, TextColumn} from './log-range.ts';
import {KIND, type DecisionDetail} from './log-tables.ts';

/** Rows of one kind in a range, in order. The inner ORDER BY is the order in which the outer one gathers. */
const ROWS = 'FROM (SELECT * FROM log WHERE at > ? AND at <= ? AND kind = ? ORDER BY at)';

/** Rows turned into columns at a time: 100 kB at 50 features. */
const BLOCK_ROWS = 256;

/** Whole milliseconds, which nearly all times are, print much faster as integers. With it comes how many are not whole: then all are read anew. */
const timesOf = (column: string, name: string): string =>
	`json_group_array(CAST(${column} AS INTEGER)) AS ${name}, sum(${column} <> CAST(${column} AS INTEGER)) AS ${name}Broken`;

/** One answer of SQLite: lists as JSON, which prints every double so that it reads back the same; blobs joined byte by byte. */
type Packed = Readonly<Record<string, string | number | Uint8Array | null>>;

/** {@link LogColumns} of an open log file. */
export class SqliteLogColumns implements LogColumns {
	readonly #versions: StatementSync;
	/** Events of all schemas at once, and of one. */
	readonly #events: StatementSync;
	readonly #eventsOf: StatementSync;
	readonly #times: StatementSync;
	readonly #labels: StatementSync;
	readonly #observed: StatementSync;
	readonly #sources: StatementSync;
	readonly #channels: StatementSync;
	readonly #decisions: StatementSync;
	readonly #blocks: BlockColumns;

	constructor(database: DatabaseSync) {
		this.#blocks = new BlockColumns(database);
		this.#versions = database.prepare('SELECT DISTINCT number FROM log WHERE at > ? AND at <= ? AND kind = ? ORDER BY number');
		const events = `
			SELECT min(number) AS firstVersion, max(number) AS lastVersion,
				json_group_array(at) AS offsets, ${timesOf('time', 'times')}, ${timesOf('recorded_at', 'recordedAt')},
				json_group_array(name) AS ids, min(source) AS firstText, max(source) AS lastText, json_group_array(entity) AS entities,
				CAST(group_concat(data, '') AS BLOB) AS data, sum(length(data)) AS bytes
			${ROWS}`;
		this.#events = database.prepare(events);
		this.#eventsOf = database.prepare(`${events} WHERE number = ?`);
		this.#times = database.prepare(
			`SELECT json_group_array(time) AS times, json_group_array(recorded_at) AS recordedAt ${ROWS} WHERE number = ?`,
		);
		this.#labels = database.prepare(`
			SELECT json_group_array(at) AS offsets, json_group_array(ref) AS events, ${timesOf('time', 'observedAt')},
				json_group_array(number) AS revisions, min(name) AS firstText, max(name) AS lastText, json_group_array(detail) AS details
			${ROWS}`);
		this.#observed = database.prepare(`SELECT json_group_array(time) AS observedAt ${ROWS}`);
		this.#sources = database.prepare(`SELECT json_group_array(source) AS texts ${ROWS} WHERE number = ?`);
		this.#channels = database.prepare(`SELECT json_group_array(name) AS texts ${ROWS}`);
		this.#decisions = database.prepare(`
			SELECT json_group_array(at) AS offsets, json_group_array(ref) AS events, json_group_array(number) AS versions,
				json_group_array(name) AS channels, json_group_array(json(detail)) AS details, json_group_array(length(data)) AS lengths,
				CAST(group_concat(data, '') AS BLOB) AS data, sum(length(data)) AS bytes
			${ROWS}`);
	}

	events(after: Offset, through: Offset): EventColumns[] {
		return mergeEvents(this.#rowEvents(after, through), this.#blocks.events(after, through));
	}

	/** A range that has more than one version, which is rare, is read once more for each. */
	#rowEvents(after: Offset, through: Offset): EventColumns[] {
		const all = this.#events.get(after, through, KIND.event) as unknown as Packed;
		if (all['firstVersion'] === all['lastVersion']) {
			return typeof all['firstVersion'] === 'number' ? [this.#unpack(all, [after, through], all['firstVersion'])] : [];
		}

		const versions = this.#versions.all(after, through, KIND.event) as unknown as {number: number}[];
		return versions.map(({number}) =>
			this.#unpack(this.#eventsOf.get(after, through, KIND.event, number) as unknown as Packed, [after, through], number),
		);
	}

	#unpack(packed: Packed, [after, through]: readonly [Offset, Offset], schemaVersion: number): EventColumns {
		const times =
			packed['timesBroken'] === 0 && packed['recordedAtBroken'] === 0
				? packed
				: (this.#times.get(after, through, KIND.event, schemaVersion) as unknown as Packed);
		const offsets = numbersOf(packed, 'offsets');
		return {
			schemaVersion,
			offsets,
			times: numbersOf(times, 'times'),
			recordedAt: numbersOf(times, 'recordedAt'),
			ids: listOf<string>(packed, 'ids'),
			sources: textsOf(packed, () => this.#sources.get(after, through, KIND.event, schemaVersion)),
			entities: listOf<string | null>(packed, 'entities'),
			features: columnsOf(doublesOf(packed), offsets.length),
		};
	}

	labels(after: Offset, through: Offset): LabelColumns {
		const packed = this.#labels.get(after, through, KIND.label) as unknown as Packed;
		// Of no labels there is no sum.
		const times =
			(packed['observedAtBroken'] ?? 0) === 0 ? packed : (this.#observed.get(after, through, KIND.label) as unknown as Packed);
		const details = listOf<string>(packed, 'details');
		return {
			offsets: numbersOf(packed, 'offsets'),
			events: numbersOf(packed, 'events'),
			values: Float64Array.from(details, detail => Number.parseInt(detail, 10)),
			revisions: numbersOf(packed, 'revisions'),
			observedAt: numbersOf(times, 'observedAt'),
			channels: textsOf(packed, () => this.#channels.get(after, through, KIND.label)) as TextColumn<LabelChannel>,
			withdrawn: Float64Array.from(details, detail => (detail.endsWith('w') ? 1 : 0)),
		};
	}

	decisions(after: Offset, through: Offset): DecisionColumns {
		return mergeDecisions(this.#rowDecisions(after, through), this.#blocks.decisions(after, through));
	}

	#rowDecisions(after: Offset, through: Offset): DecisionColumns {
		const packed = this.#decisions.get(after, through, KIND.decision) as unknown as Packed;
		const details = listOf<DecisionDetail>(packed, 'details');
		const scores = doublesOf(packed);
		let at = 0;
		return {
			offsets: numbersOf(packed, 'offsets'),
			events: numbersOf(packed, 'events'),
			versions: numbersOf(packed, 'versions'),
			tiers: details.map(({tier}) => TIERS[tier]!),
			channels: listOf<string>(packed, 'channels'),
			outcomes: details.map(({outcome}) => outcome ?? null),
			scores: listOf<number>(packed, 'lengths').map(bytes => {
				const from = at;
				at += bytes / Float64Array.BYTES_PER_ELEMENT;
				return scores.subarray(from, at);
			}),
		};
	}
}

function listOf<Item>(packed: Packed, name: string): Item[] {
	return JSON.parse(packed[name] as string) as Item[];
}

/** One text where the first is the last: nearly every range has one source and one channel. */
function textsOf({firstText, lastText}: Packed, read: () => unknown): TextColumn {
	return typeof firstText === 'string' && firstText === lastText ? firstText : listOf<string>(read() as Packed, 'texts');
}

function numbersOf(packed: Packed, name: string): Float64Array {
	return Float64Array.from(listOf<number>(packed, name));
}

/** The joined blobs. SQLite joins them as if they were texts: the sum of their lengths tells that not one byte was lost on the way. */
function doublesOf({data, bytes}: Packed): Float64Array {
	const joined = data instanceof Uint8Array ? data : new Uint8Array(0);
	assert.equal(joined.length, bytes ?? 0, 'SQLite joins blobs byte by byte');
	const aligned = joined.byteOffset % Float64Array.BYTES_PER_ELEMENT === 0 ? joined : joined.slice();
	return new Float64Array(aligned.buffer, aligned.byteOffset, aligned.length / Float64Array.BYTES_PER_ELEMENT);
}

/** Rows one after the other as columns. Block by block, so that a block's rows are still in the processor's cache for each of its columns. */
function columnsOf(values: Float64Array, rowCount: number): Float64Array[] {
	const width = rowCount === 0 ? 0 : values.length / rowCount;
	assert(Number.isInteger(width), 'rows of one schema have one length');
	const columns = Array.from({length: width}, () => new Float64Array(rowCount));
	for (let start = 0; start < rowCount; start += BLOCK_ROWS) {
		const end = Math.min(start + BLOCK_ROWS, rowCount);
		for (const [index, column] of columns.entries()) {
			for (let row = start; row < end; row++) {
				column[row] = values[row * width + index]!;
			}
		}
	}

	return columns;
}
