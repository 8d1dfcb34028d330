/** The fast way through NDJSON gives what the slow way gives: events, codes, times and faults, on lines of every kind. */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {CategoryDictionary, parseSpec, parseTime, RowEncoder, type FeatureSchema, type Fault} from '../../core/domain/index.ts';
import {checkCount, fromEventLine, readJsonLines} from '../intake/cloud-events.ts';
import {Intake} from '../intake/intake.ts';
import {SqliteEventLogReader} from '../log/event-log-reader.ts';
import {EventLogWriter} from '../log/event-log-writer.ts';
import {EventLineScanner} from './event-line-scanner.ts';
import {isoTimeOf} from './iso-time.ts';
import {DECLINED, readNumber} from './json-tokens.ts';
import {LineEvents, type CheckedEvent} from './line-events.ts';

const SCHEMA: FeatureSchema = {
	version: 3,
	columns: [
		{name: 'amount', type: 'numeric'},
		{name: 'isNew', type: 'boolean'},
		{name: 'city', type: 'categorical'},
		{name: 'größe', type: 'numeric'},
		{name: 'note', type: 'text'},
	],
};
const NOW = Date.UTC(2026, 0, 5);
const IGNORED = ['customer', 'when'];

/** Both ways over one body, with dictionaries of their own; `fast` counts the lines that were not declined. */
function bothWays(body: string | Uint8Array, entityField = 'customer') {
	const bytes = Buffer.from(body);
	const slow = new CategoryDictionary({valuesMax: 5});
	const quick = new CategoryDictionary({valuesMax: 5});
	let declined = 0;
	const readerOf = (dictionary: CategoryDictionary): ((line: string, index: number) => CheckedEvent) => {
		const encoder = new RowEncoder(SCHEMA, dictionary, {ignored: IGNORED});
		return (line, index) => {
			declined++;
			const item = fromEventLine(line, index);
			if ('faults' in item) {
				return {faults: item.faults};
			}

			const faults: Fault[] = [];
			const row = encoder.encode(item.features, faults, 'data');
			let time = NOW;
			try {
				time = item.time === undefined ? NOW : parseTime(item.time);
			} catch (error) {
				faults.push({path: 'time', code: 'TIME_INVALID', message: String(error)});
			}

			if (faults.length === 0 && row.every(value => Number.isNaN(value))) {
				faults.push({path: 'data', code: 'FIELD_REQUIRED', message: 'nothing'});
			}

			const key = item.features[entityField];
			const entity = item.entity ?? (key === undefined || key === null ? undefined : String(key));
			const {id, source} = item;
			return faults.length > 0 ? {faults} : {id, source, time, schemaVersion: 3, row, ...(entity !== undefined && {entity})};
		};
	};

	const lines = new LineEvents({
		schema: SCHEMA,
		dictionary: quick,
		ignored: IGNORED,
		entityField,
		now: () => NOW,
		timeMax: () => Infinity,
		checkCount,
		readLine: readerOf(quick),
	});
	const found = lines.read(bytes);
	const fast = found.length - declined;
	const readSlowly = readerOf(slow);
	const expected = bytes
		.toString()
		.split('\n')
		.filter(line => line.trim() !== '')
		.map((line, index) => readSlowly(line, index));
	return {found, expected, fast, codes: [quick.pending, slow.pending] as const, count: readJsonLines(bytes).length};
}

const plain = (features: object, rest: object = {}): string =>
	JSON.stringify({id: 'e-1', time: '2026-01-05T00:00:00.123Z', ...rest, features});

test('lines in the common forms are read in the fast way', t => {
	const features = {amount: -12.5e-3, isNew: true, city: 'Oslo', größe: 3, note: 'abc', customer: 'c-1'};
	const lines = [
		plain(features),
		plain({city: 'Lima', amount: 0.1, isNew: 0}),
		plain({amount: null, note: 'x'}, {source: 'till', entity: 'c-2', time: 1_767_571_200}),
		JSON.stringify({
			specversion: '1.0',
			type: 't',
			source: '/pos',
			id: 'x',
			subject: 's',
			datacontenttype: 'application/json',
			data: features,
		}),
		'  { "features" : { "amount" : 1 , "city" : "" } , "id" : "spaced" }\r',
	];
	const {found, expected, fast, codes} = bothWays(lines.join('\n'));
	t.is(fast, lines.length);
	t.deepEqual(found, expected);
	t.deepEqual(codes[0], codes[1]);
});

const number = fc.oneof(
	fc.double({noNaN: true, noDefaultInfinity: true}),
	fc.integer(),
	fc.constantFrom(0, -0, 1, 1e300, 5e-324, 2 ** 53, 2 ** 53 - 1, 0.1, 1e-7, 123456.789012),
);
const scalar = fc.oneof(
	number,
	fc.boolean(),
	fc.constant(null),
	fc.string({maxLength: 6}),
	fc.constantFrom('Oslo', 'Lima', '', 'Åre', 'a"b', 'x'.repeat(257)),
);
const value = fc.oneof({weight: 12, arbitrary: scalar}, {weight: 1, arbitrary: fc.jsonValue({maxDepth: 2})});
const fitting = fc.record(
	{
		amount: fc.option(number),
		isNew: fc.constantFrom(true, false, 0, 1, null),
		city: fc.constantFrom('Oslo', 'Lima', 'Rome', 'Bonn', 'Kiel', 'Ulm', 'Åre', '', null, 7, true),
		größe: number,
		note: fc.string({maxLength: 5}),
		customer: fc.constantFrom('c-1', '', null, 17, 1.5, true),
	},
	{requiredKeys: []},
);
const anyFeatures = fc.dictionary(
	fc.constantFrom('amount', 'isNew', 'city', 'größe', 'note', 'customer', 'when', 'hue', '__proto__'),
	value,
	{maxKeys: 6},
);
const features = fc.oneof({weight: 3, arbitrary: fitting}, {weight: 1, arbitrary: anyFeatures});
const time = fc.oneof(
	fc.constantFrom(
		'2026-01-05T00:00:00Z',
		'2024-02-29T23:59:60.999Z',
		'2026-02-29T00:00:00Z',
		'2026-01-05',
		'2026-01',
		'never',
		'0000-03-01T00:00:00Z',
	),
	fc.constantFrom(
		'2026-01-05t00:00:00z',
		'2026-01-05T00:00:00+08:00',
		'2026-13-05T00:00:00Z',
		1_767_571_200,
		1_767_571_200_123,
		-5.5,
		'17',
	),
	fc.date({noInvalidDate: true}).map(date => date.toISOString()),
);
/** As most programs write it. */
const commonTime = fc.constantFrom('2026-01-05T00:00:00Z', '2024-02-29T23:59:60.999Z', 1_767_571_200, -5.5);
const commonFeatures = fc.record(
	{
		amount: fc.option(number),
		isNew: fc.constantFrom(true, false, 0, 1, null),
		city: fc.constantFrom('Oslo', 'Lima', 'Rome', 'Bonn', 'Kiel', 'Ulm', '', null),
		note: fc.constantFrom('', 'a note'),
		größe: number,
		customer: fc.constantFrom('c-1', '', null, 17),
	},
	{requiredKeys: ['amount']},
);
const commonEvent = fc.oneof(
	fc.record(
		{id: fc.constantFrom('e-1', 'e-2'), time: commonTime, entity: fc.constant('c-9'), features: commonFeatures},
		{requiredKeys: ['id', 'features']},
	),
	fc.record(
		{
			specversion: fc.constant('1.0'),
			type: fc.constant('t'),
			source: fc.constant('/pos'),
			id: fc.constant('x'),
			subject: fc.constant('s'),
			time: commonTime,
			data: commonFeatures,
		},
		{requiredKeys: ['specversion', 'id', 'source', 'type', 'data']},
	),
);
const event = fc.oneof(
	commonEvent,
	commonEvent,
	commonEvent,
	fc.record(
		{id: fc.string({maxLength: 5}), source: fc.constantFrom('till', ''), time, entity: fc.constantFrom('c-9', '', 5), features},
		{requiredKeys: ['features']},
	),
	fc.record({id: fc.constant('e-1'), time, features}, {requiredKeys: ['id', 'features']}),
	fc.record(
		{
			specversion: fc.constantFrom('1.0', '1.0', '0.3'),
			type: fc.constant('t'),
			source: fc.constant('/pos'),
			id: fc.constant('x'),
			subject: fc.constantFrom('s', ''),
			time,
			datacontenttype: fc.constantFrom('application/json', 'application/ld+json', 'text/plain'),
			data: features,
			extension: fc.constant('e'),
		},
		{requiredKeys: ['specversion', 'id', 'source', 'type', 'data']},
	),
);
/** As another program might write it: spaces, another order, a name twice, a piece lost, a byte changed. */
const line = fc.oneof(
	{weight: 6, arbitrary: event.map(item => JSON.stringify(item))},
	{weight: 1, arbitrary: event.map(item => JSON.stringify(item, null, 1).replaceAll('\n', ' '))},
	{weight: 1, arbitrary: event.map(item => JSON.stringify(Object.fromEntries(Object.entries(item).toReversed())))},
	{weight: 1, arbitrary: event.map(item => JSON.stringify(item).replace('{"', '{"id":"first","'))},
	{weight: 1, arbitrary: event.map(item => JSON.stringify(item).replace('"amount":', '"amount":1,"amount":'))},
	{weight: 2, arbitrary: fc.tuple(event, fc.nat(), fc.nat(200)).map(([item, at, length]) => cut(JSON.stringify(item), at, length))},
	{
		weight: 2,
		arbitrary: fc
			.tuple(event, fc.nat(), fc.constantFrom(...' ",:{}[]0123456789-+.eEtfn\\\t\r\u00a0x'.split('')))
			.map(([item, at, by]) => put(JSON.stringify(item), at, by)),
	},
	{
		weight: 1,
		arbitrary: fc.constantFrom(
			'',
			' ',
			'\u00a0',
			'\ufeff',
			'{}',
			'[]',
			'null',
			'{"id":',
			'{"features":{"amount":01},"id":"a"}',
			'{"features":{"amount":1e999},"id":"a"}',
		),
	},
);
const cut = (text: string, at: number, length: number): string =>
	text.slice(0, at % text.length) + text.slice((at % text.length) + (length % 5));
const put = (text: string, at: number, by: string): string =>
	text.slice(0, at % text.length) + by + text.slice((at % text.length) + (at % 2));

test('whatever lines come, the fast way and the slow way agree on events, codes and faults', t => {
	let read = 0;
	let fast = 0;
	fc.assert(
		fc.property(fc.array(line, {maxLength: 8}), fc.constantFrom('customer', 'city', 'amount'), (lines, entityField) => {
			const both = bothWays(lines.join('\n'), entityField);
			t.deepEqual(both.found, both.expected);
			t.deepEqual(both.codes[0], both.codes[1]);
			t.is(both.found.length, both.count);
			read += both.found.length;
			fast += both.fast;
		}),
		{seed: 7, numRuns: 3000},
	);
	t.true(fast > 0.2 * read && fast < 0.9 * read, `${fast} of ${read} lines went the fast way; the test needs many of both kinds`);
});

test('a category, an id and an entity as long as may be are taken, one letter more is a fault', t => {
	for (const [length, faults] of [
		[256, 0],
		[257, 3],
	] as const) {
		const word = 'x'.repeat(length);
		const both = bothWays([plain({city: word}), plain({amount: 1}, {id: word}), plain({amount: 1}, {entity: word})].join('\n'));
		t.deepEqual(both.found, both.expected);
		t.is(both.found.filter(item => 'faults' in item).length, faults);
		t.is(both.fast, 3 - faults);
	}
});

test('a name that JSON writes with escapes, or that every object inherits, is left to JSON.parse', t => {
	for (const name of ['a"b', 'back\\slash', 'line\nfeed', '__proto__', 'toString', '\ud800']) {
		const scanner = new EventLineScanner({
			columns: [
				{name: 'amount', type: 'numeric'},
				{name, type: 'numeric'},
			],
		});
		const body = Buffer.from(`{"id":"a","features":{"amount":1,"${name}":2}}`);
		scanner.open(body);
		t.false(scanner.scan(0, body.length), name);
	}
});

const digitText = fc.string({unit: fc.constantFrom(...'0123456789'.split('')), minLength: 1, maxLength: 25});
const numeral = fc
	.tuple(
		fc.constantFrom('', '-'),
		digitText,
		fc.option(digitText),
		fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e-', 'E+'), fc.nat(400))),
	)
	.map(([sign, whole, part, power]) => `${sign}${whole}${part === null ? '' : `.${part}`}${power === null ? '' : power.join('')}`);

test('numbers are those of JSON.parse, bit by bit, and nothing else is one', t => {
	const into = new Float64Array(1);
	const check = (text: string): void => {
		const bytes = Buffer.from(`${text},`);
		const behind = readNumber(bytes, 0, into);
		let expected: unknown;
		try {
			expected = JSON.parse(text);
		} catch (error) {
			t.true(error instanceof SyntaxError);
		}

		if (typeof expected === 'number' && Number.isFinite(expected)) {
			t.is(behind, text.length, text);
			t.true(Object.is(into[0], expected), text);
		} else {
			t.not(behind, text.length, text);
		}
	};

	for (const text of [
		'-',
		'-0',
		'00',
		'01',
		'1.',
		'.5',
		'1e',
		'1e+',
		'1e5',
		'1E-7',
		'+1',
		'0.1e1',
		'1e400',
		'-0.0',
		'9007199254740993',
		'0.30000000000000004',
	]) {
		check(text);
	}

	fc.assert(fc.property(numeral, check), {seed: 8, numRuns: 20_000});
	t.is(readNumber(Buffer.from('x'), 0, into), DECLINED);
});

test('times in the one form are those of parseTime, others are declined', t => {
	const check = (text: string): void => {
		const bytes = Buffer.from(text);
		const found = isoTimeOf(bytes, 0, bytes.length);
		let expected = Number.NaN;
		try {
			expected = parseTime(text);
		} catch (error) {
			t.true(error instanceof Error);
		}

		t.true(Number.isNaN(found) || found === expected, `${text}: ${found}, not ${expected}`);
		if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/v.test(text)) {
			t.is(found, expected, text);
		}
	};

	const digits = (low: number, high: number, width: number): fc.Arbitrary<string> =>
		fc.integer({min: low, max: high}).map(part => String(part).padStart(width, '0'));
	const parts = fc.tuple(
		digits(0, 9999, 4),
		digits(0, 13, 2),
		digits(0, 32, 2),
		digits(0, 24, 2),
		digits(0, 60, 2),
		digits(0, 61, 2),
		digits(0, 999, 3),
		fc.boolean(),
	);
	fc.assert(
		fc.property(parts, ([year, month, day, hour, minute, second, millis, short]) => {
			check(`${year}-${month}-${day}T${hour}:${minute}:${second}${short ? '' : `.${millis}`}Z`);
		}),
		{seed: 9, numRuns: 20_000},
	);
	for (const text of ['2026-01-05T00:00:0xZ', '2026-01-05T00:00:00.1xZ', '2026-01-05T00:00:00', '2026/01/05T00:00:00Z', '']) {
		check(text);
	}
});

test('through the intake: events on disk, a time ahead of the clock refused, a second event of a name not stored', async t => {
	const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-lines-'));
	const file = path.join(directory, 'log.sqlite');
	const clock = {kind: 'wall' as const, now: () => NOW};
	const writer = new EventLogWriter(file, {clock});
	const reader = new SqliteEventLogReader(file);
	try {
		const spec = parseSpec({
			name: 'small',
			task: 'binary',
			features: [
				{name: 'amount', type: 'numeric'},
				{name: 'city', type: 'categorical'},
			],
			label: {field: 'bad'},
		});
		const schema: FeatureSchema = {version: 1, columns: spec.features.map(({name, type}) => ({name, type}))};
		const intake = new Intake({spec, schema, writer, reader, clock});
		const take = async (lines: readonly object[]) =>
			intake.takeRequest({
				mediaType: 'application/x-ndjson',
				headers: {},
				body: Buffer.from(lines.map(item => JSON.stringify(item)).join('\n')),
			});
		const receipt = await take([
			{id: 'a', time: '2026-01-05T00:00:00Z', features: {amount: 1, city: 'Llanfairpwllgwyngyll'}},
			{id: 'b', time: '2027-01-05T00:00:00Z', features: {amount: 1, city: 'Llanfairpwllgwyngyll'}},
			{id: 'a', features: {amount: 1, city: 'Oslo'}},
			{id: 'c', features: {amount: 1, city: 'Oslo'}},
		]);
		t.like(receipt, {accepted: 2, duplicate: 1});
		t.deepEqual(
			receipt.rejected.map(({index, code}) => [index, code]),
			[[1, 'TIME_INVALID']],
		);
		t.deepEqual(writer.dictionary.valuesOf('city'), ['Llanfairpwllgwyngyll', 'Oslo']);
	} finally {
		reader.close();
		writer.close();
		rmSync(directory, {recursive: true, force: true});
	}
});
