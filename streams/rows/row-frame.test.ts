/** Row frames: what is sent arrives, as in JSON; what is broken is refused with its row and field; nothing else ever happens. */
import test from 'ava';
import fc from 'fast-check';
import {CategoryDictionary, hasCode, PerennialError, RowEncoder, type Fault, type FeatureSchema} from '../../core/domain/index.ts';
import {encodeRowFrame, type FrameEvent} from './encode-row-frame.ts';
import {FrameEvents, type FrameContents} from './frame-events.ts';
import {FRAME_LAYOUT, FRAME_ROWS_MAX, frameChecksumOf, frameSectionsOf, RowFrame} from './row-frame.ts';

const SCHEMA: FeatureSchema = {
	version: 2,
	columns: [
		{name: 'amount', type: 'numeric'},
		{name: 'isNew', type: 'boolean'},
		{name: 'city', type: 'categorical'},
		{name: 'note', type: 'text'},
	],
};
const NOW = Date.UTC(2026, 0, 5);

function readerOf(dictionary = new CategoryDictionary(), schema = SCHEMA): FrameEvents {
	return new FrameEvents({
		spec: {},
		schema,
		dictionary,
		timeOf: (_path, value) => value ?? NOW,
	});
}

const read = (bytes: Uint8Array): FrameContents => readerOf().read(bytes);

/** The same frame with some bytes changed and, unless said otherwise, a checksum that fits. */
function changed(bytes: Uint8Array, change: (view: DataView) => void, isSealed = true): Uint8Array {
	const copy = new Uint8Array(bytes);
	const view = new DataView(copy.buffer, copy.byteOffset);
	change(view);
	if (isSealed) {
		view.setUint32(FRAME_LAYOUT.checksumAt, frameChecksumOf(copy), true);
	}

	return copy;
}

const EVENTS: readonly FrameEvent[] = [
	{
		id: 'a',
		features: {amount: 1.5, isNew: true, city: 'Oslo', note: 'four'},
		time: NOW - 5,
		source: 'till',
		entity: 'c-1',
		label: 1,
		observedAt: NOW,
	},
	{id: 'b', features: {amount: -0, city: 'Åre'}},
	{id: 'größe-😀', features: {amount: null, isNew: 0, city: '', note: ''}, label: 'yes'},
];
const FRAME = encodeRowFrame(SCHEMA, EVENTS);
const AT = frameSectionsOf({rowCount: 3, columnCount: 4, textCount: 0, textBytes: 0, idBytes: 0, hasLabels: true});

test('what is encoded is read: ids, sources, entities, times, features, labels', t => {
	const dictionary = new CategoryDictionary();
	const {events, refused, labels, infiniteCount} = readerOf(dictionary).read(FRAME);
	t.deepEqual(refused, []);
	t.is(infiniteCount, 0);
	t.deepEqual(
		events.map(({row, ...rest}) => ({...rest, row: [...row]})),
		[
			{id: 'a', source: 'till', entity: 'c-1', time: NOW - 5, schemaVersion: 2, row: [1.5, 1, 1, 4]},
			{id: 'b', source: 'http', time: NOW, schemaVersion: 2, row: [-0, Number.NaN, 2, Number.NaN]},
			{id: 'größe-😀', source: 'http', time: NOW, schemaVersion: 2, row: [Number.NaN, 0, Number.NaN, 0]},
		],
	);
	t.deepEqual(dictionary.valuesOf('city'), ['Oslo', 'Åre']);
	t.deepEqual(labels, [
		{index: 0, label: {id: 'a', source: 'till', value: '1', observedAt: '2026-01-05T00:00:00.000Z'}},
		{index: 2, label: {id: 'größe-😀', source: 'http', value: 'yes'}},
	]);
});

test('numbers are views of the body, wherever it lies; only one at an odd address is copied', t => {
	const memory = Buffer.from(new ArrayBuffer(FRAME.length + 8));
	for (const shift of [0, 1, 4, 7]) {
		memory.set(FRAME, shift);
		const frame = new RowFrame(memory.subarray(shift, shift + FRAME.length));
		t.is(frame.features.buffer === memory.buffer, shift === 0, `shift ${shift}`);
		t.is(frame.features[0], 1.5);
		t.is(frame.idAt(2), 'größe-😀');
	}
});

test('a broken frame is refused whole, and the message says what is wrong', t => {
	const number = (at: number, value: number) => (view: DataView) => view.setUint32(at, value, true);
	const broken: readonly (readonly [bytes: Uint8Array, message: RegExp])[] = [
		[new Uint8Array(0), /has 0 bytes/v],
		[FRAME.subarray(0, 71), /header alone/v],
		[FRAME.subarray(0, FRAME.length - 1), /its header promises/v],
		[Buffer.concat([FRAME, Buffer.of(0)]), /its header promises/v],
		[changed(FRAME, number(0, 7)), /PRNLROWS/v],
		[changed(FRAME, view => view.setUint16(FRAME_LAYOUT.versionAt, 2, true)), /has version 2/v],
		[changed(FRAME, view => view.setUint16(FRAME_LAYOUT.flagsAt, 3, true)), /flags 3/v],
		[changed(FRAME, view => view.setFloat64(AT.features, 2, true), false), /CRC-32/v],
		[changed(FRAME, number(AT.idEnds + 4, 0)), /id of row 1 ends before/v],
		[changed(FRAME, number(AT.idEnds + 8, 3)), /last id of row ends at byte 3/v],
		[changed(FRAME, number(AT.textEnds, 99)), /text 1 ends before/v],
		[changed(FRAME, number(FRAME_LAYOUT.rowCountAt, 4)), /its header promises/v],
	];
	for (const [bytes, message] of broken) {
		const error = t.throws(() => read(bytes), {instanceOf: PerennialError, message});
		t.is(error?.code, 'BODY_MALFORMED');
	}

	t.throws(() => read(changed(FRAME, number(FRAME_LAYOUT.rowCountAt, FRAME_ROWS_MAX + 1))), {code: 'BODY_TOO_LARGE'});
	t.throws(
		() =>
			encodeRowFrame(
				SCHEMA,
				Array.from({length: FRAME_ROWS_MAX + 1}, () => EVENTS[1]!),
			),
		{code: 'BODY_TOO_LARGE'},
	);
});

test('a frame for another schema is refused, even if it has as many columns', t => {
	const columns = [SCHEMA.columns[1]!, SCHEMA.columns[0]!, ...SCHEMA.columns.slice(2)];
	const error = t.throws(() => read(encodeRowFrame({columns}, EVENTS)), {instanceOf: PerennialError});
	t.is(error?.code, 'EVENT_INVALID');
	t.throws(() => encodeRowFrame(SCHEMA, [{id: 'a', features: {hue: 1}}]), {code: 'FIELD_UNKNOWN'});
	t.throws(() => encodeRowFrame(SCHEMA, [{id: 'a', features: {amount: 'much'}}]), {code: 'FIELD_TYPE'});
});

test('a bad cell refuses its row by name and leaves the dictionary alone; an infinite number is missing and counted', t => {
	const cell = (row: number, column: number, value: number) => (view: DataView) =>
		view.setFloat64(AT.features + 8 * (4 * row + column), value, true);
	const cases: readonly (readonly [change: (view: DataView) => void, path: string])[] = [
		[cell(0, 1, 2), 'data.isNew'],
		[cell(0, 2, 0), 'data.city'],
		[cell(0, 2, 1.5), 'data.city'],
		[cell(0, 2, 99), 'data.city'],
		[cell(0, 2, 2 ** 32 + 1), 'data.city'],
		[cell(0, 3, -1), 'data.note'],
		[view => view.setUint32(AT.sources, 99, true), 'source'],
		[view => view.setUint32(AT.entities, 99, true), 'entity'],
		[view => view.setUint32(AT.labels, 99, true), 'label'],
		[view => view.setFloat64(AT.times, Infinity, true), 'time'],
		[view => view.setFloat64(AT.observedAt, Infinity, true), 'observedAt'],
		[view => view.setUint32(AT.idEnds, 0, true), 'id'],
	];
	for (const [change, path] of cases) {
		const dictionary = new CategoryDictionary();
		const {refused, events, labels} = readerOf(dictionary).read(changed(FRAME, change));
		t.deepEqual(
			refused.map(({index, faults}) => [index, ...faults.map(fault => fault.path)]),
			[[0, path]],
		);
		t.is(events.length, 2);
		t.is(labels.length, 1);
		if (path.startsWith('data.')) {
			t.deepEqual(dictionary.valuesOf('city'), ['Åre'], path);
		}
	}

	const {events, infiniteCount} = read(changed(FRAME, cell(0, 0, -Infinity)));
	t.true(Number.isNaN(events[0]!.row[0]!));
	t.is(infiniteCount, 1);
	const empty = read(encodeRowFrame(SCHEMA, [{id: 'a', features: {}}]));
	t.deepEqual(
		empty.refused[0]?.faults.map(({code}) => code),
		['FIELD_REQUIRED'],
	);
});

const cellValue = {
	amount: fc.option(fc.double({noNaN: true, noDefaultInfinity: true})),
	isNew: fc.constantFrom(true, false, 0, 1, null),
	city: fc.oneof(fc.string({unit: 'binary', maxLength: 4}), fc.constantFrom('Oslo', 'x'.repeat(257), 7, true, null)),
	note: fc.option(fc.string()),
};
const frameEvent: fc.Arbitrary<FrameEvent> = fc.record({
	id: fc.string({unit: 'binary', minLength: 1, maxLength: 6}),
	features: fc.record(cellValue, {requiredKeys: []}),
});

test('a frame gives the rows, codes and faults that RowEncoder gives for the same features', t => {
	fc.assert(
		fc.property(fc.array(frameEvent, {maxLength: 12}), events => {
			const [slow, quick] = [new CategoryDictionary({valuesMax: 4}), new CategoryDictionary({valuesMax: 4})];
			const encoder = new RowEncoder(SCHEMA, slow);
			const expected = events.map(({features}) => {
				const faults: Fault[] = [];
				const row = encoder.encode(features, faults, 'data');
				return faults.length === 0 && row.every(value => Number.isNaN(value))
					? ['data']
					: faults.length > 0
						? faults.map(({path}) => path)
						: [...row];
			});
			const {events: found, refused} = readerOf(quick).read(encodeRowFrame(SCHEMA, events));
			const rows = [...found];
			t.deepEqual(
				events.map(
					(_, index) => refused.find(fault => fault.index === index)?.faults.map(({path}) => path) ?? [...rows.shift()!.row],
				),
				expected,
			);
			t.deepEqual(quick.pending, slow.pending);
		}),
		{seed: 3, numRuns: 500},
	);
});

test('bytes changed anywhere are refused or read, never anything else, with and without a checksum that fits', t => {
	let refusals = 0;
	fc.assert(
		fc.property(
			fc.array(fc.tuple(fc.nat(FRAME.length - 1), fc.nat(255)), {minLength: 1, maxLength: 4}),
			fc.boolean(),
			(bytes, isSealed) => {
				const frame = changed(
					FRAME,
					view => {
						for (const [at, value] of bytes) {
							view.setUint8(at, value);
						}
					},
					isSealed,
				);
				try {
					const {events, refused} = read(frame);
					t.is(events.length + refused.length, 3);
					t.true(events.every(({id, row}) => id !== '' && row.every(value => !(Math.abs(value) === Infinity))));
				} catch (error) {
					refusals++;
					t.true(
						hasCode(error, 'BODY_MALFORMED') || hasCode(error, 'EVENT_INVALID') || hasCode(error, 'BODY_TOO_LARGE'),
						String(error),
					);
				}
			},
		),
		{seed: 5, numRuns: 5000},
	);
	t.true(refusals > 1000);
});
