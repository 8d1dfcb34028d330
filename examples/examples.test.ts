import {existsSync} from 'node:fs';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {parse} from 'yaml';
import {CategoryDictionary, featureSchemaOf, parseSpec, RowEncoder, type Fault, type ModelSpec} from '../core/domain/index.ts';
import {openCsv} from '../streams/sources/csv.ts';
import {readDatedRows} from '../streams/sources/dated-rows.ts';
import {simulate} from '../streams/simulator/simulate.ts';

const SHARED_DATA = path.join(import.meta.dirname, '../../shared/data');
const ROWS_MAX = 2000;
const EXAMPLES: Record<string, string> = {
	'flights/model.yaml': 'flights_houston_2011.csv.gz',
	'sba-loans/model.yaml': 'sba_loans_part.csv.gz',
	'elec2/model.yaml': 'elec2.csv.gz',
	'lending-club/model.yaml': 'lending_club_2007_2011.csv.gz',
};

const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-examples-'));
const simulated = simulate({outDirectory: directory, seed: 1, scale: 0.1, weeks: 10});
test.after.always(async () => {
	await simulated;
	await rm(directory, {recursive: true});
});

async function specOf(example: string): Promise<ModelSpec> {
	return parseSpec(parse(await readFile(path.join(import.meta.dirname, example), 'utf8')));
}

/** Columns that the spec says nothing about: each must be a feature, time, label, delay, entity or excluded. */
async function unexplained(spec: ModelSpec, file: string): Promise<string[]> {
	const {header, close} = await openCsv(file);
	close();
	const {time, label, entity} = spec;
	const delay = 'field' in label.delay ? [label.delay.field] : [];
	const named = new Set([
		...spec.features.map(({name}) => name),
		...Object.keys(spec.exclude),
		label.field,
		...delay,
		...(entity ? [entity.field] : []),
		...('parts' in time ? Object.values(time.parts) : [time.field]),
	]);
	return header.filter(name => !named.has(name));
}

async function readThrough(spec: ModelSpec, file: string, rowsMax: number): Promise<{rows: number; labels: number; faults: Fault[]}> {
	const encoder = new RowEncoder(featureSchemaOf(spec, 1), new CategoryDictionary());
	const faults: Fault[] = [];
	let [rows, labels] = [0, 0];
	for await (const row of readDatedRows(file, spec)) {
		encoder.encode(row.features, faults);
		labels += row.label ? 1 : 0;
		if (++rows === rowsMax) {
			break;
		}
	}

	return {rows, labels, faults};
}

for (const [example, data] of Object.entries(EXAMPLES)) {
	const file = path.join(SHARED_DATA, data);
	test(`${example} is a valid spec`, async t => {
		t.regex((await specOf(example)).name, /^[a-z0-9\-]+$/v);
	});

	const testWithData = existsSync(file) ? test : test.skip;
	const reason = existsSync(file) ? '' : ' (skipped: the file is not here)';
	testWithData(`${example} reads the first rows of ${data} and explains each of its columns${reason}`, async t => {
		const spec = await specOf(example);
		const {rows, labels, faults} = await readThrough(spec, file, ROWS_MAX);
		t.deepEqual(faults, []);
		t.is(rows, ROWS_MAX);
		t.true(labels > 0.9 * ROWS_MAX, String(labels));
		t.deepEqual(await unexplained(spec, file), []);
	});
}

for (const data of ['applications', 'transactions'].map(name => `${name}.csv.gz`)) {
	const example = `consumer-lender/${data.replace('.csv.gz', '.yaml')}`;
	test(`${example} reads all that the simulator writes and explains each of its columns`, async t => {
		const {files} = await simulated;
		const spec = await specOf(example);
		const file = path.join(directory, data);
		const {rows, labels, faults} = await readThrough(spec, file, Number.POSITIVE_INFINITY);
		t.deepEqual(faults, []);
		t.is(rows, files.find(({name}) => name === data)!.rows);
		t.true(labels > 0.9 * rows);
		t.deepEqual(await unexplained(spec, file), []);
	});
}
