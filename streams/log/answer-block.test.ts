import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import test from 'ava';
import fc from 'fast-check';
import {hasCode, TimeOrderedIds, type LogRecord} from '../../core/domain/index.ts';
import {BLOCK_ANSWERS_MAX} from './answer-block.ts';
import type {DecisionAppend} from './appends.ts';
import {SqliteEventLogReader} from './event-log-reader.ts';
import {EventLogWriter} from './event-log-writer.ts';
import type {DecisionColumns, EventColumns} from './log-range.ts';

const ids = new TimeOrderedIds({now: () => 1_700_000_000_000});

/** Answers with ids made here, which stand in blocks, or with names of their own, which stand in rows. */
function answersOf(kinds: readonly number[], start: number): DecisionAppend[] {
	const next = ids.series();
	return kinds.map((kind, index) => ({
		event: {
			id: kind === 0 ? `named-${start + index}` : next(),
			isNew: kind !== 0,
			source: kind === 3 ? 'batch' : 'predict',
			time: 1000.5 + index,
			schemaVersion: kind === 2 ? 2 : 1,
			row: Float64Array.from(kind === 2 ? [index, Number.NaN, 3] : [index, Number.NaN]),
			...(index % 3 === 0 && {entity: `c${index}`}),
		},
		tier: index % 2 === 0 ? 'student' : 'online',
		version: 1 + (index % 2),
		channel: 'champion',
		reason: index % 5 === 0 ? 'near a cut-off' : 'it leads',
		scores: Float64Array.of(0.25, index, Number.NaN, 1),
		...(index % 4 !== 0 && {outcome: index % 4 === 1 ? 'refer' : 'approve', policy: 'p1'}),
	}));
}

/** What the log must say of answers, record by record. */
function recordsOf(answers: readonly DecisionAppend[], from: number): LogRecord[] {
	return answers.flatMap(({event: {isNew: _isNew, ...event}, ...answer}, index): LogRecord[] => [
		{kind: 'event', offset: from + 2 * index, recordedAt: 1000, ...event},
		{kind: 'decision', offset: from + 2 * index + 1, eventOffset: from + 2 * index, time: event.time, recordedAt: 1000, ...answer},
	]);
}

async function withLog(use: (log: {file: string; writer: EventLogWriter; reader: SqliteEventLogReader}) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-blocks-'));
	const file = path.join(folder, 'a.db');
	const writer = new EventLogWriter(file, {clock: {now: () => 1000}});
	const reader = new SqliteEventLogReader(file);
	try {
		await use({file, writer, reader});
	} finally {
		reader.close();
		writer.close();
		rmSync(folder, {recursive: true});
	}
}

const rowsIn = (file: string): number => {
	const database = new DatabaseSync(file, {readOnly: true});
	const {number} = database.prepare('SELECT count(*) AS number FROM log').get() as {number: number};
	database.close();
	return number;
};

test('answers to events that nobody has named share rows, and are read as if they did not', async t =>
	withLog(async ({file, writer, reader}) => {
		const answers = answersOf(
			Array.from({length: 2 * BLOCK_ANSWERS_MAX + 1}, () => 1),
			0,
		);
		const outcomes = await writer.appendDecisions(answers);
		t.deepEqual(
			outcomes.map(({offset}) => offset),
			answers.map((_, index) => 2 * index + 2),
		);
		t.is(rowsIn(file), 3);
		t.deepEqual(reader.read(0, 1000), recordsOf(answers, 1));
		t.deepEqual(reader.counts(), {events: answers.length, decisions: answers.length, labels: 0, orphans: 0});
		t.is(reader.endOffset(), 2 * answers.length);
		t.is(reader.referrals.list({state: 'open', limit: 1000}).length, answers.filter(({outcome}) => outcome === 'refer').length);
		t.deepEqual(reader.referrals.waiting().oldestAt, 1000);
	}));

test('any mixture of named and unnamed answers and labels reads the same at any place, by any number, by id, and after it was closed', async t => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.array(fc.integer({min: 0, max: 3}), {minLength: 1, maxLength: 90}), {minLength: 1, maxLength: 4}),
			fc.integer({min: 1, max: 40}),
			async (calls, limit) =>
				withLog(async ({file, writer, reader}) => {
					const expected: LogRecord[] = [];
					for (const kinds of calls) {
						const answers = answersOf(kinds, expected.length);
						expected.push(...recordsOf(answers, expected.length + 1));
						await writer.appendDecisions(answers);
						const {id, source} = answers.at(-1)!.event;
						const label = {id, source, value: 1, observedAt: 2000, channel: 'outcome' as const, withdrawn: false};
						const eventOffset = expected.length - 1;
						const [outcome] = await writer.appendLabels([label]);
						t.deepEqual(outcome, {status: 'accepted', offset: expected.length + 1});
						const {value, observedAt, channel, withdrawn} = label;
						expected.push({
							kind: 'label',
							offset: expected.length + 1,
							eventOffset,
							recordedAt: 1000,
							revision: 0,
							value,
							observedAt,
							channel,
							withdrawn,
						});
					}

					const fresh = new SqliteEventLogReader(file);
					for (const log of [reader, fresh]) {
						const read: LogRecord[] = [];
						for (let next = log.read(0, limit); next.length > 0; next = log.read(read.length, limit)) {
							t.true(next.length === limit || read.length + next.length === expected.length);
							read.push(...next);
						}

						t.deepEqual(read, expected);
						t.is(log.at(expected.length + 1), undefined);
						for (const record of expected) {
							t.deepEqual(log.at(record.offset), record);
							if (record.kind === 'event') {
								t.deepEqual(log.eventsNamed(record.id), [record]);
								t.deepEqual(log.decisionOf(record.offset) as LogRecord, expected[record.offset]);
							}
						}
					}

					fresh.close();
				}),
		),
		{numRuns: 25, seed: 7},
	);
});

test('as columns, blocks and rows are one sequence, wherever a range begins and ends', async t =>
	withLog(async ({writer, reader}) => {
		const kinds = Array.from({length: 150}, (_, index) => (index % 50 === 20 ? 0 : index > 100 ? 2 : 1));
		const answers = answersOf(kinds, 0);
		await writer.appendDecisions(answers);
		const all = recordsOf(answers, 1);
		for (const [after, through] of [
			[0, 300],
			[1, 299],
			[40, 41],
			[41, 42],
			[7, 130],
			[299, 300],
			[300, 300],
		] as const) {
			const within = all.filter(({offset}) => offset > after && offset <= through);
			t.deepEqual(
				eventsOf(reader.columns().events(after, through)),
				within.filter(({kind}) => kind === 'event'),
				`${after} to ${through}`,
			);
			t.deepEqual(
				answersIn(reader.columns().decisions(after, through)),
				within
					.filter(record => record.kind === 'decision')
					.map(({offset, eventOffset, version, tier, channel, outcome, scores}) => ({
						offset,
						eventOffset,
						version,
						tier,
						channel,
						outcome: outcome ?? null,
						scores,
					})),
			);
		}
	}));

function eventsOf(columns: readonly EventColumns[]): unknown[] {
	return columns
		.flatMap(({schemaVersion, offsets, times, recordedAt, ids: names, sources, entities, features}) =>
			[...offsets].map((offset, index) => ({
				kind: 'event',
				offset,
				source: typeof sources === 'string' ? sources : sources[index],
				id: names[index],
				time: times[index],
				recordedAt: recordedAt[index],
				schemaVersion,
				row: Float64Array.from(features, column => column[index]!),
				...(entities[index] !== null && {entity: entities[index]}),
			})),
		)
		.toSorted((a, b) => a.offset - b.offset);
}

function answersIn({offsets, events, versions, tiers, channels, outcomes, scores}: DecisionColumns): unknown[] {
	return [...offsets].map((offset, index) => ({
		offset,
		eventOffset: events[index],
		version: versions[index],
		tier: tiers[index],
		channel: channels[index],
		outcome: outcomes[index],
		scores: scores[index],
	}));
}

test('an event of a block that comes again under its id is the one that is known, and so is its answer', async t =>
	withLog(async ({writer}) => {
		const answers = answersOf([1, 1, 1], 0);
		await writer.appendDecisions(answers);
		const {isNew: _isNew, ...event} = answers[1]!.event;
		t.deepEqual(await writer.appendEvents([event]), [{status: 'duplicate', offset: 3}]);
		t.deepEqual(await writer.appendDecisions([{...answers[1]!, event}]), [{status: 'duplicate', offset: 4}]);
		t.deepEqual(await writer.appendEvents([{...event, source: 'other'}]), [{status: 'accepted', offset: 7}]);
		t.is(
			(await writer.appendLabels([{id: event.id, value: 1, observedAt: 5, channel: 'outcome', withdrawn: false}]))[0]!.status,
			'rejected',
		);
	}));

test('a file of the layout before this one is taken as it is; one of a later layout is refused', async t => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-blocks-'));
	const file = path.join(folder, 'a.db');
	const open = (): EventLogWriter => new EventLogWriter(file, {clock: {now: () => 1000}});
	const named = answersOf([0, 0], 0);
	const first = open();
	await first.appendDecisions(named);
	first.close();
	const database = new DatabaseSync(file);
	database.exec('DROP INDEX log_blocks; PRAGMA user_version = 1');
	const second = open();
	const made = answersOf([1, 1], 4);
	await second.appendDecisions(made);
	second.close();
	const reader = new SqliteEventLogReader(file);
	t.deepEqual(reader.read(0, 100), [...recordsOf(named, 1), ...recordsOf(made, 5)]);
	reader.close();
	database.exec('PRAGMA user_version = 3');
	database.close();
	const error = t.throws(open);
	t.true(hasCode(error, 'CONFIG_INVALID') && error.message.includes('log layout 3'));
	rmSync(folder, {recursive: true});
});
