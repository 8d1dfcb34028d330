import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {
	CategoryDictionary,
	featureSchemaOf,
	parseSpec,
	PerennialError,
	RowEncoder,
	type Fault,
	type ModelSpecInput,
} from '../../core/domain/index.ts';
import {readDatedRows, type DatedRowsOptions, type RowFault} from './dated-rows.ts';
import type {ReplayRow} from './row-converter.ts';

const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-rows-'));
test.after.always(() => rm(directory, {recursive: true}));

const SPEC: ModelSpecInput = {
	name: 'loans',
	task: 'binary',
	time: {field: 'at'},
	entity: {field: 'who'},
	label: {field: 'bad', delay: {fixed: 'P7D'}},
	features: [
		{name: 'amount', type: 'numeric'},
		{name: 'city', type: 'categorical'},
		{name: 'isNew', type: 'boolean'},
		{name: 'note', type: 'text'},
	],
	exclude: {secret: 'known later'},
};

let count = 0;
async function rowsOf(lines: readonly string[], spec: ModelSpecInput = SPEC, options: DatedRowsOptions = {}): Promise<ReplayRow[]> {
	const file = path.join(directory, `${count++}.csv`);
	await writeFile(file, `${lines.join('\n')}\n`);
	const rows: ReplayRow[] = [];
	for await (const row of readDatedRows(file, parseSpec(spec), options)) {
		rows.push(row);
	}

	return rows;
}

const HEADER = 'at,who,amount,city,isNew,note,secret,other,bad';

test('turns records into events with labels, without excluded and unknown columns', async t => {
	const records = [
		'2026-01-02,c1,-1.5e2, Oslo ,Y, two words ,s,o,1',
		'2026-01-03T06:00:00+01:00,,,,,,s,o,',
		'2026-01-04,c2,NA,NA,n/a,,,,0.0',
	];
	t.deepEqual(await rowsOf([HEADER, ...records]), [
		{
			line: 2,
			id: 'row-2',
			entity: 'c1',
			time: Date.UTC(2026, 0, 2),
			features: {amount: -150, city: 'Oslo', isNew: true, note: ' two words '},
			label: {value: '1', observedAt: Date.UTC(2026, 0, 9)},
		},
		{line: 3, id: 'row-3', time: Date.UTC(2026, 0, 3, 5), features: {}},
		{
			line: 4,
			id: 'row-4',
			entity: 'c2',
			time: Date.UTC(2026, 0, 4),
			features: {city: 'NA'},
			label: {value: '0', observedAt: Date.UTC(2026, 0, 11)},
		},
	]);
});

test('the encoder takes what the reader gives', async t => {
	const spec = parseSpec(SPEC);
	const encoder = new RowEncoder(featureSchemaOf(spec, 1), new CategoryDictionary());
	const faults: Fault[] = [];
	const rows = await rowsOf([HEADER, '2026-01-02,c1,12,Oslo,0,abc,s,o,1', '2026-01-02,c1,,,,,s,o,1']);
	t.deepEqual(
		rows.map(({features}) => Array.from(encoder.encode(features, faults))),
		[
			[12, 1, 0, 3],
			[Number.NaN, Number.NaN, Number.NaN, Number.NaN],
		],
	);
	t.deepEqual(faults, []);
});

test('every column that the spec needs and the file lacks is named at once', async t => {
	const spec: ModelSpecInput = {
		...SPEC,
		time: {parts: {year: 'Y', month: 'amount', day: 'D', minuteOfDay: 'M'}},
		entity: {field: 'whom'},
		label: {field: 'worse', delay: {field: 'gone', otherwise: {from: 'at', months: 'term'}}},
		features: [{name: 'Amount', type: 'numeric'}],
	};
	const error = await t.throwsAsync<PerennialError>(rowsOf([HEADER], spec), {instanceOf: PerennialError, code: 'SPEC_INVALID'});
	t.deepEqual(
		error?.faults.map(fault => fault.path),
		[
			'features[0].name',
			'time.parts.year',
			'time.parts.day',
			'time.parts.minuteOfDay',
			'entity.field',
			'label.field',
			'label.delay.field',
			'label.delay.otherwise.months',
		],
	);
	t.regex(error?.faults[0]?.message ?? '', /no column "Amount"; it has "amount"$/v);
});

test('reads times from parts, a missing minute as midnight', async t => {
	const time = {parts: {year: 'y', month: 'm', day: 'd', minuteOfDay: 'min'}};
	const spec: ModelSpecInput = {name: 'f', task: 'binary', time, label: {field: 'l'}, features: [{name: 'min', type: 'numeric'}]};
	const rows = await rowsOf(['y,m,d,min,l', '2011,1,31,,0', '2011,1,31,1439,1'], spec);
	t.deepEqual(
		rows.map(({time}) => time),
		[Date.UTC(2011, 0, 31), Date.UTC(2011, 0, 31, 23, 59)],
	);
	await t.throwsAsync(rowsOf(['y,m,d,min,l', '2011,2,29,0,0'], spec), {
		code: 'EVENT_INVALID',
		message: /line 2: time: No such time: year 2011, month 2, day 29/v,
	});
});

test('without times, records are an hour apart', async t => {
	const time = {field: 'row', format: 'row'} as const;
	const spec: ModelSpecInput = {name: 'f', task: 'binary', time, label: {field: 'l'}, features: [{name: 'x', type: 'numeric'}]};
	const rows = await rowsOf(['x,l', '1,0', '2,1', '3,0'], spec);
	t.deepEqual(
		rows.map(({time}) => new Date(time).toISOString()),
		['2000-01-01T00:00:00.000Z', '2000-01-01T01:00:00.000Z', '2000-01-01T02:00:00.000Z'],
	);
	t.deepEqual(rows[2]?.label, {value: '0', observedAt: Date.UTC(2000, 0, 1, 2)});
});

test('a label becomes known at its field, or otherwise', async t => {
	const lines = [
		'at,off,paid,term,x,bad',
		'2020-01-01,2020-06-01,,,1,1',
		'2020-01-01,,2020-01-31,13.0,1,0',
		'2020-01-01,,,13,1,0',
		'2020-01-01,,2020-01-31,,1,0',
		'2020-01-01,2019-01-01,,,1,1',
	];
	const observed = async (delay: NonNullable<ModelSpecInput['label']['delay']>): Promise<(string | undefined)[]> => {
		const spec: ModelSpecInput = {
			name: 'f',
			task: 'binary',
			time: {field: 'at'},
			label: {field: 'bad', delay},
			features: [{name: 'x', type: 'numeric'}],
		};
		return (await rowsOf(lines, spec)).map(({label}) => label && new Date(label.observedAt).toISOString().slice(0, 10));
	};

	t.deepEqual(await observed({field: 'off', otherwise: {from: 'paid', months: 'term'}}), [
		'2020-06-01',
		'2021-02-28',
		undefined,
		undefined,
		'2020-01-01',
	]);
	t.deepEqual(await observed({field: 'off', otherwise: {fixed: 'P1Y'}}), [
		'2020-06-01',
		'2021-01-01',
		'2021-01-01',
		'2021-01-01',
		'2020-01-01',
	]);
	t.deepEqual(await observed({field: 'off'}), ['2020-06-01', undefined, undefined, undefined, '2020-01-01']);
});

test('rows a little out of order are sorted; further out of order is an error with its line', async t => {
	const lines = [HEADER, ...['02', '03', '01', '05', '04'].map(day => `2026-01-${day},,,,,,,,`)];
	t.deepEqual(
		(await rowsOf(lines, SPEC, {reorderMax: 2})).map(({line}) => line),
		[4, 2, 3, 6, 5],
	);
	await t.throwsAsync(rowsOf(lines, SPEC, {reorderMax: 1}), {
		code: 'EVENT_INVALID',
		message: /line 4: .*older than rows more than 1 lines before it; sort the file/v,
	});
});

test('a record that does not fit is an error with line and field, and without its value', async t => {
	const lines = [HEADER, '2026-01-02,,12,,,,,,1', `2026-01-02,,Jane Doe,${'x'.repeat(300)},maybe,,,,2`];
	const error = await t.throwsAsync<PerennialError>(rowsOf(lines), {code: 'EVENT_INVALID', message: /line 3: amount: is no number/v});
	t.deepEqual(
		error?.faults.map(fault => [fault.path, fault.code]),
		[
			['amount', 'FIELD_TYPE'],
			['city', 'FIELD_TYPE'],
			['isNew', 'FIELD_TYPE'],
			['label', 'LABEL_INVALID'],
		],
	);
	t.false(JSON.stringify(error).includes('Jane'));
	await t.throwsAsync(rowsOf([HEADER, ',,12,,,,,,1']), {code: 'EVENT_INVALID', message: /line 2: time: /v});
});

test('with onFault, records that do not fit are reported and left out', async t => {
	const faults: RowFault[] = [];
	const rows = await rowsOf([HEADER, '2026-01-02,,much,,,,,,1', '2026-01-03,,1,,,,,,1'], SPEC, {onFault: fault => faults.push(fault)});
	t.deepEqual(
		rows.map(({id}) => id),
		['row-3'],
	);
	t.deepEqual(
		faults.map(({line}) => line),
		[2],
	);
});
