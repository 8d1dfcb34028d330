/**
 * Random histories of a log, and frames cut from them in the plainest way: what the lake's frames are held against, by its tests and by the benchmark.
 */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {
	featureSchemaOf,
	frameDigestOf,
	outputCountOf,
	parseSpec,
	TIERS,
	type EventRecord,
	type FeatureColumn,
	type FeatureSchema,
	type FrameColumn,
	type LabelRecord,
	type LogRecord,
	type ModelSpec,
	type TrainingFrame,
} from '../core/domain/index.ts';
import {createRng, drawInteger, type Rng} from '../core/numerics/index.ts';
import {MemoryObjectStore} from '../registry/index.ts';
import {Lake, SqliteEventLogReader, type FrameRequest} from '../streams/index.ts';
import {prepareLogTables, toLogRow} from '../streams/log/log-tables.ts';

const DAY = 86_400_000;
const DAYS = 20;
/** The last two differ in their second code unit, and DuckDB orders them the other way round than JavaScript. */
const CITIES = ['Oslo', 'Lima', "L'Aquila", 'oslo', '\uFF5E', '\u{1F600}'];

const specOf = (features: readonly Record<string, string>[], window: string): ModelSpec =>
	parseSpec({name: 'm', task: 'binary', label: {field: 'y', maturity: 'P2D'}, features, offline: {window}});
const FEATURES = [
	[
		{name: 'amount', type: 'numeric'},
		{name: 'city', type: 'categorical'},
		{name: 'isNew', type: 'boolean'},
	],
	// A column less, one more, another order, and one that changed its type.
	[
		{name: 'city', type: 'categorical'},
		{name: 'extra', type: 'numeric'},
		{name: 'amount', type: 'categorical'},
	],
];
/** By version and window. */
const SPECS = new Map(FEATURES.map((features, index) => [index + 1, {all: specOf(features, 'all'), recent: specOf(features, 'P5D')}]));

/** The schemas of every history: the second comes in the middle. */
export const HISTORY_SCHEMAS: ReadonlyMap<number, FeatureSchema> = new Map(
	[...SPECS].map(([version, {all}]) => [version, featureSchemaOf(all, version)]),
);

/** Records of a log in order; offsets may have gaps. */
export function drawHistory(rng: Rng, recordCount: number): LogRecord[] {
	const records: LogRecord[] = [];
	const events: EventRecord[] = [];
	for (let offset = 1; offset <= recordCount; offset++) {
		const at = drawInteger(rng, 3);
		// Whole days and fractions of a millisecond: times that meet, and times that are no integers.
		const time = (offset / recordCount) * DAYS * DAY + (at === 0 ? -DAY : at === 1 ? 0.1 : 0);
		const day = Math.floor((offset / recordCount) * DAYS) * DAY;
		const kind = events.length === 0 ? 0 : drawInteger(rng, 10);
		if (kind < 4) {
			events.push(drawEvent(rng, offset, rng() < 0.5 ? day : time, rng() < offset / recordCount ? 2 : 1));
			records.push(events.at(-1)!);
		} else if (kind < 9) {
			records.push(drawLabel(rng, offset, events[drawInteger(rng, events.length)]!));
		} else {
			records.push(drawDecision(rng, offset, events[drawInteger(rng, events.length)]!));
		}
	}

	return records;
}

function drawEvent(rng: Rng, offset: number, time: number, schemaVersion: number): EventRecord {
	const row = Float64Array.from(HISTORY_SCHEMAS.get(schemaVersion)!.columns, ({type}) =>
		rng() < 0.2 ? Number.NaN : type === 'categorical' ? drawInteger(rng, CITIES.length + 1) : type === 'boolean' ? 1 : rng() / 3,
	);
	const entity = rng() < 0.5 ? {} : {entity: `e"${drawInteger(rng, 3)}`};
	return {
		kind: 'event',
		offset,
		source: `s${drawInteger(rng, 2)}`,
		id: `id-${offset}`,
		time,
		recordedAt: time,
		schemaVersion,
		row,
		...entity,
	};
}

/** At any time after the event, and in any order. */
function drawLabel(rng: Rng, offset: number, event: EventRecord): LabelRecord {
	return {
		kind: 'label',
		offset,
		eventOffset: event.offset,
		recordedAt: 0,
		observedAt: event.time + Math.floor(rng() * 8) * DAY,
		value: drawInteger(rng, 2),
		revision: offset,
		channel: rng() < 0.8 ? 'outcome' : 'investigation',
		withdrawn: rng() < 0.15,
	};
}

function drawDecision(rng: Rng, offset: number, event: EventRecord): LogRecord {
	const scores = Float64Array.from(TIERS, () => (rng() < 0.3 ? Number.NaN : rng()));
	const outcome = rng() < 0.5 ? {} : {outcome: 'refer'};
	const asked = {tier: TIERS[drawInteger(rng, TIERS.length)]!, version: 1, channel: 'champion', reason: 'best', ...outcome};
	return {kind: 'decision', offset, eventOffset: event.offset, recordedAt: 0, time: event.time, ...asked, scores};
}

/** A log file to which records are appended as they are. */
export class HistoryLog {
	readonly file: string;
	readonly #database: DatabaseSync;

	constructor(file: string) {
		this.file = file;
		this.#database = new DatabaseSync(file);
		prepareLogTables(this.#database, file);
		this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
		const insert = this.#database.prepare('INSERT INTO categories (feature, code, value) VALUES (?, ?, ?)');
		for (const feature of ['city', 'amount']) {
			for (const [index, city] of CITIES.entries()) {
				insert.run(feature, index + 1, city);
			}
		}
	}

	append(records: readonly LogRecord[]): void {
		const insert = this.#database.prepare(`INSERT INTO log VALUES (${Array.from({length: 11}, () => '?').join(', ')})`);
		this.#database.exec('BEGIN');
		for (const record of records) {
			insert.run(...toLogRow(record));
		}

		this.#database.exec('COMMIT');
	}

	close(): void {
		this.#database.close();
	}
}

/** The request for some frame of a history. */
export function drawRequest(rng: Rng, throughMax: number): FrameRequest {
	const version = 1 + drawInteger(rng, 2);
	const spec = SPECS.get(version)![rng() < 0.5 ? 'all' : 'recent'];
	return {
		spec,
		specVersion: 1,
		schema: HISTORY_SCHEMAS.get(version)!,
		schemas: HISTORY_SCHEMAS,
		outputCount: outputCountOf(spec),
		asOf: Math.floor(rng() * (DAYS + 8)) * DAY + (rng() < 0.3 ? 0.1 : 0),
		through: rng() < 0.5 ? throughMax : drawInteger(rng, throughMax + 1),
	};
}

/** The frame of a request by definition, one event after the other. */
export function naiveFrame(
	records: readonly LogRecord[],
	{spec, schema, schemas, asOf, through}: FrameRequest,
): Omit<TrainingFrame, 'definition'> {
	const read = records.filter(({offset}) => offset <= through);
	const rows = read.flatMap(event => {
		const isInWindow =
			event.kind === 'event' && event.time <= asOf - 2 * DAY && (spec.offline.window === 'all' || event.time >= asOf - 5 * DAY);
		const known = read.filter(
			label => label.kind === 'label' && label.eventOffset === event.offset && label.observedAt <= asOf,
		) as LabelRecord[];
		const label = known.findLast(({channel}) => channel === 'outcome') ?? known.at(-1);
		return isInWindow && label && !label.withdrawn ? [{event, label: label.value}] : [];
	});
	rows.sort((a, b) => a.event.time - b.event.time || a.event.offset - b.event.offset);
	return {
		rowCount: rows.length,
		columns: schema.columns.map(column =>
			naiveColumn(
				column,
				rows.map(({event}) => {
					const {columns} = schemas.get(event.schemaVersion)!;
					const index = columns.findIndex(({name, type}) => name === column.name && type === column.type);
					return index === -1 ? Number.NaN : event.row[index]!;
				}),
			),
		),
		labels: Int32Array.from(rows, ({label}) => label),
		times: Float64Array.from(rows, ({event}) => event.time),
		offsets: Float64Array.from(rows, ({event}) => event.offset),
		outputCount: 1,
	};
}

function naiveColumn({name, type}: FeatureColumn, values: readonly number[]): FrameColumn {
	if (type !== 'categorical') {
		return {name, kind: 'numeric', values: Float64Array.from(values)};
	}

	const words = values.map(code => CITIES[code - 1]);
	const categories = [...new Set(words.filter(word => word !== undefined))].toSorted();
	return {
		name,
		kind: 'categorical',
		values: Int32Array.from(words, word => (word === undefined ? -1 : categories.indexOf(word))),
		categories,
	};
}

/** What became of a comparison. */
export interface Comparison {
	readonly compared: number;
	readonly different: number;
	/** Rows of all frames: a comparison of empty frames shows nothing. */
	readonly rows: number;
}

const FRAMES_A_HISTORY = 20;

/**
 * Cut so many frames of random histories, sealed in pieces of random size, compacted and swept in between, and compare all their columns with the
 * naive ones.
 */
export async function compareFrames(frameCount: number, seed: number): Promise<Comparison> {
	const rng = createRng(seed);
	const total = {compared: 0, different: 0, rows: 0};
	while (total.compared < frameCount) {
		const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-histories-'));
		const log = new HistoryLog(path.join(folder, 'log.db'));
		const reader = new SqliteEventLogReader(log.file);
		const lake = new Lake({
			objects: new MemoryObjectStore(),
			cacheDirectory: path.join(folder, 'cache'),
			threads: 1,
			partitionOffsetsMax: 3 + drawInteger(rng, 40),
		});
		try {
			const records = drawHistory(rng, 40 + drawInteger(rng, 300));
			for (let frame = 0, end = 0; frame < FRAMES_A_HISTORY && total.compared < frameCount; frame++) {
				const next = frame === FRAMES_A_HISTORY - 1 ? records.length : Math.min(records.length, end + drawInteger(rng, 40));
				log.append(records.slice(end, next));
				end = next;
				await maintain(rng, lake);
				const request = drawRequest(rng, end);
				const cut = await lake.frame(reader, request);
				const naive = naiveFrame(records.slice(0, end), request);
				total.compared++;
				total.rows += cut.rowCount;
				total.different += frameDigestOf(cut) === frameDigestOf({...naive, definition: cut.definition}) ? 0 : 1;
			}
		} finally {
			reader.close();
			log.close();
			rmSync(folder, {recursive: true});
		}
	}

	return total;
}

async function maintain(rng: Rng, lake: Lake): Promise<void> {
	const name = {tenant: 'default', name: 'm'};
	if (rng() < 0.3) {
		await lake.compact(name, {smallOffsetsMax: 5 + drawInteger(rng, 60), mergeMin: 2, fileRowsMax: 2 + drawInteger(rng, 10)});
	}

	if (rng() < 0.3) {
		await lake.sweep(name, {now: 0, graceMs: 0});
	}
}
