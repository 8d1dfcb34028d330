/** The console's pure parts: what stands on the time axis, what keys do, what the sentences say. */
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type {QualityWindow} from '../../core/domain/index.ts';
import {makeConsoleSample, SAMPLE_NOW, type SampleModel} from '../../tests/console-sample.ts';
import {ticksOf} from './client/charts/time-axis.ts';
import {heatRows} from './client/drift/heat-data.ts';
import {fleetSentence} from './client/fleet/fleet-sentence.ts';
import {createFormats} from './client/formats.ts';
import {halfInterval} from './client/model/intervals.ts';
import {modelStateOf} from './client/model/model-state.ts';
import {qualityData, valueRange} from './client/timeline/quality-series.ts';
import {joinTimeline, packRows, type TimelineData} from './client/timeline/timeline-data.ts';
import {actionOfKey} from './client/timeline/timeline-keys.ts';
import {WORDS} from './client/word-table.ts';
import {createSay} from './client/words.ts';

const WEEK = 7 * 86_400_000;
const sample = makeConsoleSample();
const loan = sample.models.get('consumer-loan-default')!;

function timelineOf({quality, drift, alarms, marks, moves}: SampleModel): TimelineData {
	return joinTimeline({quality, drift, alarms, marks, live: moves['champion']!, edge: moves['edge-stable']!})!;
}

test('the timeline has no holes: weeks without data are windows of their own', t => {
	const {windows} = timelineOf(loan);
	t.is(loan.quality.length, 76);
	t.is(windows.length, 78);
	t.true(windows.every((window, index) => index === 0 || window.start === windows[index - 1]!.end));
	t.deepEqual(
		windows.flatMap((window, index) => (window.quality ? [] : [index])),
		[38, 39],
	);
});

test('the line between final and estimate stands at the end of the last final window, and never after an open one', t => {
	const {windows, finalUntil} = timelineOf(loan);
	t.is(finalUntil, windows.findLast(({quality}) => quality?.final)!.end);
	const quality = loan.quality.map((window, index): QualityWindow => ({...window, final: index !== 10}));
	t.is(timelineOf({...loan, quality}).finalUntil, Date.parse(quality[9]!.end));
	t.is(timelineOf({...loan, quality: quality.map(window => ({...window, final: false}))}).finalUntil, undefined);
	t.is(qualityData(timelineOf(loan), 'auc').firstEstimate, 65);
});

test('without a window there is no timeline', t => {
	t.is(joinTimeline({quality: [], drift: [], alarms: loan.alarms, marks: loan.marks, live: [], edge: []}), undefined);
});

test('live versions follow each other without gaps; the newest has no end', t => {
	const {live} = timelineOf(loan);
	t.true(live.every((span, index) => index === live.length - 1 || span.to === live[index + 1]!.from));
	t.is(live.at(-1)!.to, Number.POSITIVE_INFINITY);
});

test('alarms that overlap are put into rows of their own, as long as there are rows', t => {
	const spans = fc.array(fc.record({from: fc.integer({min: 0, max: 100}), length: fc.integer({min: 1, max: 30})}), {maxLength: 30});
	fc.assert(
		fc.property(spans, list => {
			const sorted = list.map(({from, length}) => ({from, to: from + length})).toSorted((a, b) => a.from - b.from);
			const rows = packRows(sorted, 1000, 1);
			for (const [index, span] of sorted.entries()) {
				const beside = sorted.filter((other, at) => at < index && rows[at] === rows[index]);
				t.true(beside.every(other => other.to <= span.from));
			}

			t.true(packRows(sorted, 3, 1).every(row => row < 3));
		}),
		{seed: 1},
	);
});

test('keys move the crosshair within the windows and jump between events in order of time', t => {
	const data = timelineOf(loan);
	const place = {data, at: 0, range: data.whole, opened: undefined};
	t.deepEqual(actionOfKey('ArrowLeft', false, place), {kind: 'move', at: 0});
	t.deepEqual(actionOfKey('ArrowRight', true, place), {kind: 'move', at: 4});
	t.deepEqual(actionOfKey('ArrowLeft', false, {...place, at: undefined}), {kind: 'move', at: data.windows.length - 2});
	t.is(actionOfKey('x', false, place), undefined);
	t.deepEqual(actionOfKey('-', false, place), {kind: 'zoom', range: undefined});
	const visited: string[] = [];
	for (let opened: string | undefined; ;) {
		const action = actionOfKey(']', false, {...place, opened});
		if (action?.kind !== 'open') {
			break;
		}

		visited.push(action.id);
		opened = action.id;
	}

	t.deepEqual(
		visited,
		data.events.map(({id}) => id),
	);
});

test('every value in view lies within the axis, whatever is wide', t => {
	const data = timelineOf(loan);
	for (const measure of ['auc', 'logLoss', 'calibration'] as const) {
		const quality = qualityData(data, measure);
		const [low, high] = valueRange(quality, 'loop', data.whole, measure);
		const values = quality.series.flatMap(one => one.values).filter(value => value !== null);
		t.true(values.length > 300 && values.every(value => value > low && value < high), measure);
	}
});

test('an interval needs both classes; several classes have none', t => {
	const window = loan.quality[0]!;
	t.true(halfInterval(window, 'loop', 'auc')! > 0.01 && halfInterval(window, 'loop', 'auc')! < 0.1);
	t.is(halfInterval({...window, positives: 0}, 'loop', 'auc'), null);
	t.is(halfInterval(sample.models.get('income-band')!.quality[0]!, 'loop', 'auc'), null);
	t.is(halfInterval(window, 'loop', 'logLoss'), null);
});

test('the states of the fleet, and the sentence about it', t => {
	const facts = [...sample.models.values()];
	t.deepEqual(Object.fromEntries(facts.map(one => [one.summary.name, modelStateOf(one, SAMPLE_NOW)])), {
		'consumer-loan-default': 'alarm',
		'card-fraud': 'refused',
		'application-fraud': 'ok',
		'merchant-risk': 'waiting',
		'account-takeover': 'ok',
		'income-band': 'ok',
		'collections-contact': 'silent',
	});
	const {headline, rest} = fleetSentence(facts, 1, SAMPLE_NOW, createSay('en'));
	t.is(headline, 'One alarm is open on consumer-loan-default. One candidate was refused. One model hears no events.');
	t.is(rest, '4 of 7 models need nothing from you. merchant-risk waits for a first version. One job is running.');
	const calm = facts.filter(({summary}) => summary.name === 'account-takeover');
	t.deepEqual(fleetSentence(calm, 0, SAMPLE_NOW, createSay('zh')), {headline: '无需处理。', rest: ''});
});

test('an alarm that somebody has seen is open no more, also where the summary does not know yet', t => {
	const {summary, alarms} = loan;
	const seen = alarms.map(alarm => ({...alarm, state: alarm.state === 'open' ? ('acknowledged' as const) : alarm.state}));
	t.is(modelStateOf({summary, alarms: seen}, SAMPLE_NOW), 'ok');
	t.is(modelStateOf({summary}, SAMPLE_NOW), 'alarm');
});

test('the heat map says no data, not zero, and a dot only where an alarm was in force', t => {
	const rows = heatRows(loan.drift, loan.alarms, 'now');
	t.is(rows[0]!.feature, 'employment_length');
	const region = rows.find(({feature}) => feature === 'region')!;
	t.is(region.cells.filter(cell => cell === null).length, 1);
	t.false(region.alarmed.includes(true));
	const term = heatRows([{...loan.drift[0]!, features: {}}, loan.drift[1]!], [], 'name')[0]!;
	t.is(term.cells[0], undefined);
	const moved = rows.find(({feature}) => feature === 'debt_to_income')!;
	t.is(moved.alarmed.filter(Boolean).length, 7);
});

test('ticks are round, in order, and never more than there is room for', t => {
	const range = fc.record({
		from: fc.integer({min: 0, max: 2e12}),
		days: fc.integer({min: 3, max: 4000}),
		room: fc.integer({min: 3, max: 16}),
	});
	fc.assert(
		fc.property(range, ({from, days, room}) => {
			const ticks = ticksOf({from, to: from + days * 86_400_000}, room);
			t.true(ticks.length <= room + 1);
			t.true(ticks.every(({time}) => time >= from && time <= from + days * 86_400_000 && time % 86_400_000 === 0));
			t.true(ticks.every(({time}, index) => index === 0 || time > ticks[index - 1]!.time));
		}),
		{seed: 1},
	);
});

test('both languages have the same places to fill, and ages in the largest fitting unit', t => {
	const places = (text: string): string[] => [...new Set(text.match(/\{\w+\}/gv) ?? [])].map(place => place.toLowerCase()).toSorted();
	for (const [key, [english, chinese]] of Object.entries(WORDS)) {
		t.deepEqual(places(english), places(chinese), key);
	}

	const {age, soon} = createFormats('en', createSay('en'));
	t.deepEqual([0, 90_000, 7_300_000, 1.5 * 86_400_000, 13 * WEEK, 60 * WEEK].map(age), [
		'0 s',
		'90 s',
		'2 h',
		'36 h',
		'13 weeks',
		'13 months',
	]);
	t.is(soon(Date.UTC(2026, 9, 12, 3), SAMPLE_NOW), '12 Oct');
	t.is(soon(Date.UTC(2026, 9, 11, 3), SAMPLE_NOW), 'Sun 03:00');
});

test('no word is kept that nobody says', t => {
	const folder = path.join(import.meta.dirname, 'client');
	const sources = readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter(
		file => /\.tsx?$/v.test(file) && !file.endsWith('word-table.ts'),
	);
	const text = sources.map(file => readFileSync(path.join(folder, file), 'utf8')).join('\n');
	const templates = [...text.matchAll(/`([a-z]+(?:\.[a-z]+)*\.)\$\{[^\}]+\}(\.[a-z]+)?`/gv)].map(
		([, head, tail = '']) => [head!, tail] as const,
	);
	const isSaid = (key: string): boolean =>
		text.includes(`'${key}'`) ||
		text.includes(`"${key}"`) ||
		templates.some(([head, tail]) => key.startsWith(head) && key.endsWith(tail));
	t.deepEqual(
		Object.keys(WORDS).filter(key => !isSaid(key)),
		[],
	);
});
