import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import test from 'ava';
import fc from 'fast-check';
import {hasCode, type LabelRecord} from '../../core/domain/index.ts';
import type {EventAppend, LabelAppend} from './appends.ts';
import {SqliteEventLogReader} from './event-log-reader.ts';
import {EventLogWriter} from './event-log-writer.ts';

function withLog<Result>(
	use: (log: {
		file: string;
		writer: EventLogWriter;
		reader: SqliteEventLogReader;
		clock: {time: number; now(): number};
	}) => Promise<Result>,
): Promise<Result> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-log-'));
	const file = path.join(folder, 'a.db');
	const clock = {
		time: 1000,
		now() {
			return this.time;
		},
	};
	const writer = new EventLogWriter(file, {clock});
	const reader = new SqliteEventLogReader(file);
	return use({file, writer, reader, clock}).finally(() => {
		reader.close();
		writer.close();
		rmSync(folder, {recursive: true});
	});
}

const event = (
	id: string,
	{source = 'test', time = 5, row = [1, Number.NaN, -2.5]}: {source?: string; time?: number; row?: number[]} = {},
): EventAppend => ({id, source, time, schemaVersion: 1, row: Float64Array.from(row)});
const label = (id: string, value: number, more: Partial<LabelAppend> = {}): LabelAppend => ({
	id,
	value,
	observedAt: 10,
	channel: 'outcome',
	withdrawn: false,
	...more,
});
const labelsOf = (reader: SqliteEventLogReader): LabelRecord[] => reader.read(0, 1000).filter(record => record.kind === 'label');

test('what is appended is read back, NaN included', async t =>
	withLog(async ({writer, reader}) => {
		const [outcome] = await writer.appendDecisions([
			{
				event: {...event('e1'), entity: 'c7'},
				tier: 'student',
				version: 3,
				channel: 'champion',
				reason: 'best',
				outcome: 'refer',
				scores: Float64Array.of(0.1, 0.2, Number.NaN, 0.4),
			},
		]);
		t.deepEqual(outcome, {status: 'accepted', offset: 2});
		t.deepEqual(reader.read(0, 10), [
			{
				kind: 'event',
				offset: 1,
				source: 'test',
				id: 'e1',
				entity: 'c7',
				time: 5,
				recordedAt: 1000,
				schemaVersion: 1,
				row: Float64Array.of(1, Number.NaN, -2.5),
			},
			{
				kind: 'decision',
				offset: 2,
				eventOffset: 1,
				time: 5,
				recordedAt: 1000,
				tier: 'student',
				version: 3,
				channel: 'champion',
				reason: 'best',
				outcome: 'refer',
				scores: Float64Array.of(0.1, 0.2, Number.NaN, 0.4),
			},
		]);
		t.deepEqual(reader.counts(), {events: 1, decisions: 1, labels: 0, orphans: 0});
	}));

test('an event is known by source and id: the second is a duplicate, another source is another event', async t =>
	withLog(async ({writer, reader}) => {
		t.deepEqual(await writer.appendEvents([event('a'), event('a'), event('a', {source: 'other'})]), [
			{status: 'accepted', offset: 1},
			{status: 'duplicate', offset: 1},
			{status: 'accepted', offset: 2},
		]);
		t.deepEqual(await writer.appendEvents([event('a')]), [{status: 'duplicate', offset: 1}]);
		t.is(reader.endOffset(), 2);
	}));

test('an event has one answer: the first stands', async t =>
	withLog(async ({writer}) => {
		const answer = {
			event: event('a'),
			tier: 'online',
			version: 0,
			channel: 'champion',
			reason: '',
			scores: new Float64Array(4),
		} as const;
		const [first] = await writer.appendDecisions([answer]);
		t.deepEqual(await writer.appendDecisions([{...answer, version: 9}]), [{status: 'duplicate', offset: first!.offset}]);
	}));

test('an answer is found by its event, whether or not it was among the records read last', async t =>
	withLog(async ({writer, reader}) => {
		const answers = ['e1', 'e2', 'e3'].map((id, index) => ({
			event: event(id),
			tier: 'online' as const,
			version: index,
			channel: 'champion',
			reason: 'best',
			scores: Float64Array.of(index / 10),
		}));
		await writer.appendDecisions(answers);
		const found = (): (number | undefined)[] => [1, 3, 5, 7].map(offset => reader.decisionOf(offset)?.version);
		t.deepEqual(found(), [0, 1, 2, undefined], 'before anything was read');
		t.is(reader.read(0, 3).length, 3);
		t.deepEqual(found(), [0, 1, 2, undefined], 'one was read, two were not');
		reader.read(3, 3);
		t.deepEqual(found(), [0, 1, 2, undefined], 'others were read');
		t.deepEqual(reader.decisionOf(5), reader.at(6));
	}));

test('a label said twice is a duplicate; another value is the next revision; an older revision is refused', async t =>
	withLog(async ({writer, reader}) => {
		await writer.appendEvents([event('a')]);
		const outcomes = await writer.appendLabels([
			label('a', 1),
			label('a', 1),
			label('a', 0),
			label('a', 1, {revision: 1}),
			label('a', 1, {revision: 5}),
			label('a', 1, {revision: 6, withdrawn: true}),
		]);
		t.deepEqual(
			outcomes.map(({status}) => status),
			['accepted', 'duplicate', 'accepted', 'rejected', 'accepted', 'accepted'],
		);
		t.deepEqual(
			labelsOf(reader).map(({value, revision, withdrawn}) => [value, revision, withdrawn]),
			[
				[1, 0, false],
				[0, 1, false],
				[1, 5, false],
				[1, 6, true],
			],
		);
		t.like(outcomes[3], {fault: {path: 'revision', code: 'LABEL_INVALID'}});
	}));

test('labels of the two channels do not touch each other', async t =>
	withLog(async ({writer}) => {
		await writer.appendEvents([event('a')]);
		t.deepEqual(
			(await writer.appendLabels([label('a', 1), label('a', 0, {channel: 'investigation'})])).map(({status}) => status),
			['accepted', 'accepted'],
		);
	}));

test('a label for an unknown event waits until the event comes, and is then joined right behind it', async t =>
	withLog(async ({writer, reader}) => {
		t.deepEqual(await writer.appendLabels([label('late', 1), label('late', 1), label('late', 0, {revision: 1})]), [
			{status: 'waiting'},
			{status: 'waiting'},
			{status: 'waiting'},
		]);
		t.is(reader.endOffset(), 0);
		t.is(reader.counts().orphans, 2);
		await writer.appendEvents([event('other'), event('late')]);
		t.deepEqual(
			labelsOf(reader).map(({eventOffset, value, revision}) => [eventOffset, value, revision]),
			[
				[2, 1, 0],
				[2, 0, 1],
			],
		);
		t.is(reader.counts().orphans, 0);
	}));

test('a label that waited too long is forgotten', async t =>
	withLog(async ({writer, reader, clock}) => {
		await writer.appendLabels([label('never', 1)]);
		clock.time += 91 * 86_400_000;
		await writer.appendEvents([event('x')]);
		t.is(reader.counts().orphans, 0);
	}));

test('a label that matches events of two sources must say which', async t =>
	withLog(async ({writer}) => {
		await writer.appendEvents([event('a'), event('a', {source: 'other'})]);
		const [ambiguous, named] = await writer.appendLabels([label('a', 1), label('a', 1, {source: 'other'})]);
		t.like(ambiguous, {status: 'rejected', fault: {code: 'LABEL_AMBIGUOUS'}});
		t.like(named, {status: 'accepted'});
	}));

test('codes of categories survive a restart, those of a failed write too', async t =>
	withLog(async ({file, writer}) => {
		writer.dictionary.codeOf('city', 'Oslo');
		await writer.appendEvents([event('a')]);
		writer.dictionary.codeOf('city', 'Lima');
		await writer.appendEvents([event('a')]);
		const again = new SqliteEventLogReader(file);
		t.deepEqual(again.dictionary().valuesOf('city'), ['Oslo', 'Lima']);
		again.close();
	}));

test('a full disk stores nothing of the request, says so, and harms no later one', async t =>
	withLog(async ({file, writer, reader}) => {
		await writer.appendEvents([event('before')]);
		const limiter = new DatabaseSync(file);
		const {page_count: pages} = limiter.prepare('PRAGMA page_count').get() as {page_count: number};
		limiter.close();
		t.is(writer.limitPages(pages + 2), pages + 2);
		const many = Array.from({length: 2000}, (_, index) => event(`big-${index}`));
		const error = await t.throwsAsync(writer.appendEvents(many));
		t.true(hasCode(error, 'STORAGE_FULL'), error.message);
		t.is(reader.counts().events, 1);
		writer.limitPages(1_000_000);
		t.deepEqual((await writer.appendEvents(many)).at(-1), {status: 'accepted', offset: 2001});
	}));

test('property: whatever arrives in whatever order and batches, each event is stored once and the last valid label holds', async t => {
	const action = fc.oneof(
		fc.record({kind: fc.constant('event' as const), id: fc.integer({min: 0, max: 5})}),
		fc.record({kind: fc.constant('label' as const), id: fc.integer({min: 0, max: 5}), value: fc.integer({min: 0, max: 1})}),
	);
	await fc.assert(
		fc.asyncProperty(fc.array(fc.array(action, {maxLength: 6}), {maxLength: 6}), async batches =>
			withLog(async ({writer, reader}) => {
				const seen = new Set<number>();
				const wanted = new Map<number, number>();
				for (const batch of batches) {
					for (const step of batch) {
						if (step.kind === 'event') {
							seen.add(step.id);
						} else {
							wanted.set(step.id, step.value);
						}
					}

					await Promise.all(
						batch.map(async step =>
							step.kind === 'event'
								? writer.appendEvents([event(`${step.id}`)])
								: writer.appendLabels([label(`${step.id}`, step.value)]),
						),
					);
				}

				const records = reader.read(0, 1000);
				const held = Object.fromEntries(
					records.flatMap(record => (record.kind === 'label' ? [[reader.eventAt(record.eventOffset)!.id, record.value]] : [])),
				);
				t.deepEqual(
					records.map(({offset}) => offset),
					records.map((_, index) => index + 1),
				);
				t.deepEqual(records.filter(({kind}) => kind === 'event').length, seen.size);
				t.deepEqual(held, Object.fromEntries([...wanted].filter(([id]) => seen.has(id))));
			}),
		),
		{seed: 3, numRuns: 60},
	);
});

test('referrals of a log from before they were listed are found when it is opened', async t => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-log-'));
	const file = path.join(folder, 'a.db');
	try {
		const before = new EventLogWriter(file, {clock: {now: () => 7}});
		const decision = {tier: 'student', version: 1, channel: 'champion', reason: 'r', scores: Float64Array.of(1)} as const;
		await before.appendDecisions([
			{event: event('a'), ...decision, outcome: 'refer'},
			{event: event('b'), ...decision, outcome: 'approve'},
			{event: event('c'), ...decision},
			{event: event('d'), ...decision, outcome: 'refer'},
		]);
		before.close();
		const database = new DatabaseSync(file);
		database.exec('DROP TABLE referrals');
		database.close();

		const writer = new EventLogWriter(file, {clock: {now: () => 9}});
		const reader = new SqliteEventLogReader(file);
		t.deepEqual(reader.referrals.list({state: 'open', limit: 10}), [8, 2]);
		t.is(await writer.review({decision: 2, action: 'approve', reason: 'why', by: 'k'}), 'accepted');
		t.is(await writer.review({decision: 2, action: 'decline', reason: 'why', by: 'k'}), 'reviewed');
		t.is(await writer.review({decision: 4, action: 'decline', reason: 'why', by: 'k'}), 'unknown');
		t.deepEqual(reader.referrals.reviewOf(2), {action: 'approve', reason: 'why', by: 'k', reviewedAt: 9});
		t.deepEqual(reader.referrals.waiting(), {number: 1, oldestAt: 7});
		reader.close();
		writer.close();
	} finally {
		rmSync(folder, {recursive: true});
	}
});
