/** Windows tile time without gaps or overlaps, on the calendar. */
import test from 'ava';
import fc from 'fast-check';
import {hasCode} from '../core/domain/index.ts';
import {inMonths, TumblingWindows} from './tumbling-windows.ts';

const time = fc.integer({min: Date.UTC(1930, 0, 1), max: Date.UTC(2090, 0, 1)});

for (const length of ['P7D', 'P1D', 'PT6H', 'PT7M', 'P1M', 'P3M', 'P1Y', 'P5M']) {
	test(`windows of ${length} tile time`, t => {
		const windows = new TumblingWindows(length);
		fc.assert(
			fc.property(time, at => {
				const start = windows.startOf(at);
				const end = windows.endOf(start);
				t.true(start <= at && at < end);
				t.is(windows.startOf(start), start);
				t.is(windows.startOf(end - 1), start);
				t.is(windows.startOf(end), end);
			}),
			{seed: 1, numRuns: 60},
		);
	});
}

test('weeks begin on Monday, quarters with the calendar', t => {
	t.is(new Date(new TumblingWindows('P7D').startOf(Date.UTC(2024, 1, 29, 13))).getUTCDay(), 1);
	t.is(new TumblingWindows('P3M').startOf(Date.UTC(2024, 1, 29, 13)), Date.UTC(2024, 0, 1));
});

test('lengths that tile no calendar are refused', t => {
	for (const length of ['P0D', 'PT0S', 'P1M1D']) {
		t.true(
			hasCode(
				t.throws(() => new TumblingWindows(length)),
				'PARAMETER_INVALID',
			),
			length,
		);
	}
});

test('months are counted by their mean length', t => {
	t.is(inMonths('P2M'), 2);
	t.true(Math.abs(inMonths('P7D') - 0.23) < 0.001);
});
