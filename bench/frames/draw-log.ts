/**
 * A long log for measuring the lake: events of a year with their labels, late, some corrected, some taken back. Written into the tables at once: how
 * fast the log takes events is the business of the benchmark `log`.
 *
 * @module
 */
import {DatabaseSync} from 'node:sqlite';
import {featureSchemaOf, parseSpec, type LogRecord} from '../../core/domain/index.ts';
import {createRng, drawInteger, type Rng} from '../../core/numerics/index.ts';
import {prepareLogTables, toLogRow} from '../../streams/log/log-tables.ts';

const DAY = 86_400_000;
const START = Date.UTC(2025, 0, 1);
const NUMERIC = 20;
const CITIES = 50;
const CHANNELS = 7;

/** Events of a day. */
export const EVENTS_A_DAY = 27_400;

/** Model of the log: 20 numeric features and 2 categorical ones; frames have 30 days, the newest of those whose labels are mature. */
export const SPEC = parseSpec({
	name: 'bench',
	task: 'binary',
	label: {field: 'bad', maturity: 'P6D'},
	features: [
		...Array.from({length: NUMERIC}, (_, index) => ({name: `n${index}`, type: 'numeric'})),
		{name: 'city', type: 'categorical'},
		{name: 'channel', type: 'categorical'},
	],
	offline: {window: 'P36D'},
});

/** Its schemas. */
export const SCHEMAS = new Map([[1, featureSchemaOf(SPEC, 1)]]);

/** What was drawn of the first days. */
export interface DrawnLog {
	/** Offset of the last record of each day. */
	readonly dayEnds: readonly number[];
	/** Beginning of the first day. */
	readonly start: number;
}

/** Draw a log of so many events. Records stand in the order in which they came: a day's labels behind its events. */
export function drawLog(file: string, eventCount: number): DrawnLog {
	const database = new DatabaseSync(file);
	prepareLogTables(database, file);
	database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN');
	const insert = database.prepare(`INSERT INTO log VALUES (${Array.from({length: 11}, () => '?').join(', ')})`);
	const rng = createRng(1);
	const due = new Map<number, {event: number; value: number; revision: number; withdrawn: boolean}[]>();
	const dayEnds: number[] = [];
	let offset = 0;
	const append = (record: LogRecord): void => {
		insert.run(...toLogRow(record));
	};

	writeCategories(database);
	for (let day = 0, drawn = 0; drawn < eventCount; day++) {
		const today = START + day * DAY;
		for (let index = 0; index < EVENTS_A_DAY && drawn < eventCount; index++, drawn++) {
			offset++;
			append(drawEvent(rng, offset, today + Math.floor((index * DAY) / EVENTS_A_DAY), drawn));
			const delay = 1 + Math.floor(-3 * Math.log(1 - rng()));
			const value = rng() < 0.1 ? 1 : 0;
			plan(due, day + delay, {event: offset, value, revision: 0, withdrawn: false});
			if (rng() < 0.05) {
				plan(due, day + delay + 5, {event: offset, value: 1 - value, revision: 1, withdrawn: rng() < 0.1});
			}
		}

		for (const {event, ...label} of due.get(day) ?? []) {
			offset++;
			append({
				...label,
				kind: 'label',
				offset,
				eventOffset: event,
				observedAt: today + DAY,
				recordedAt: today + DAY,
				channel: 'outcome',
			});
		}

		due.delete(day);
		dayEnds.push(offset);
	}

	database.exec('COMMIT');
	database.close();
	return {dayEnds, start: START};
}

function plan<Item>(due: Map<number, Item[]>, day: number, item: Item): void {
	const list = due.get(day) ?? [];
	list.push(item);
	due.set(day, list);
}

/** Half of the numbers are rounded amounts and counts, half have all their digits; one in fifty is missing. */
function drawEvent(rng: Rng, offset: number, time: number, id: number): LogRecord {
	const row = new Float64Array(NUMERIC + 2);
	for (let index = 0; index < NUMERIC; index++) {
		const draw = rng();
		row[index] = draw < 0.02 ? Number.NaN : index % 2 === 0 ? Math.round(draw * 10_000) / 100 : draw;
	}

	row[NUMERIC] = 1 + drawInteger(rng, CITIES);
	row[NUMERIC + 1] = 1 + drawInteger(rng, CHANNELS);
	const entity = `customer-${drawInteger(rng, 200_000)}`;
	return {kind: 'event', offset, source: 'bench', id: `event-${id}`, entity, time, recordedAt: time, schemaVersion: 1, row};
}

function writeCategories(database: DatabaseSync): void {
	const insert = database.prepare('INSERT INTO categories (feature, code, value) VALUES (?, ?, ?)');
	for (const [feature, count] of [
		['city', CITIES],
		['channel', CHANNELS],
	] as const) {
		for (let code = 1; code <= count; code++) {
			insert.run(feature, code, `${feature}-${code}`);
		}
	}
}
