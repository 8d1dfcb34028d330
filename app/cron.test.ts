import test from 'ava';
import fc from 'fast-check';
import {createTask} from 'node-cron';
import {hasCode} from '../core/domain/index.ts';
import {createCron} from './cron.ts';

const at = (text: string): number => Date.parse(text);
const iso = (time: number | undefined): string | undefined => (time === undefined ? undefined : new Date(time).toISOString());

test('fires after the given time, never at it', t => {
	const cron = createCron('30 4 * * *', 'UTC');
	t.is(iso(cron.next(at('2026-01-01T04:29:59.999Z'))), '2026-01-01T04:30:00.000Z');
	t.is(iso(cron.next(at('2026-01-01T04:30:00Z'))), '2026-01-02T04:30:00.000Z');
});

test('daylight saving: the hour left out has no tick, the hour that comes twice has two', t => {
	const cron = createCron('30 2 * * *', 'Europe/Berlin');
	t.is(iso(cron.next(at('2026-03-28T12:00:00Z'))), '2026-03-30T00:30:00.000Z');
	const first = cron.next(at('2026-10-24T12:00:00Z'))!;
	t.deepEqual([iso(first), iso(cron.next(first))], ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']);
});

test('zones that lie no whole hour from UTC', t => {
	t.is(iso(createCron('15 9 * * 1', 'Asia/Kathmandu').next(at('2026-11-20T00:00:00Z'))), '2026-11-23T03:30:00.000Z');
});

test('a rare date is found', t => {
	t.is(iso(createCron('0 0 29 2 *', 'UTC').next(at('2026-01-01T00:00:00Z'))), '2028-02-29T00:00:00.000Z');
});

test('refuses what is no expression or no zone, and says which', t => {
	for (const [expression, zone, path] of [
		['every monday', 'UTC', 'schedule'],
		['0 3 * * 1', 'Mars/Olympus', 'timezone'],
		['0 0 3 * * 1', 'UTC', 'schedule'],
		['0 0 30 2 *', 'UTC', 'schedule'],
	] as const) {
		const error = t.throws(() => createCron(expression, zone));
		t.true(hasCode(error, 'SPEC_INVALID'));
		t.like(error, {faults: [{path}]});
	}
});

test('property: it finds the first minute that node-cron itself matches', t => {
	const minute = fc.integer({min: 0, max: 59});
	const hour = fc.integer({min: 0, max: 23});
	const day = fc.integer({min: 0, max: 6});
	fc.assert(
		fc.property(minute, hour, day, fc.integer({min: 0, max: 400 * 24 * 60}), (m, h, d, start) => {
			const expression = `${m} ${h} * * ${d}`;
			const time = Date.UTC(2026, 0, 1) + start * 60_000;
			const task = createTask(expression, () => undefined, {timezone: 'America/New_York'});
			let expected = time + 60_000;
			while (!task.match(new Date(expected))) {
				expected += 60_000;
			}

			t.is(createCron(expression, 'America/New_York').next(time), expected);
		}),
		{seed: 1, numRuns: 15},
	);
});
