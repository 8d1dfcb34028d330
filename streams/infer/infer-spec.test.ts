import {existsSync} from 'node:fs';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {parse} from 'yaml';
import {parseSpec, PerennialError, type ModelSpecInput} from '../../core/domain/index.ts';
import {createRng, drawNormal, sigmoid} from '../../core/numerics/index.ts';
import {openCsv} from '../sources/csv.ts';
import {simulate} from '../simulator/simulate.ts';
import {inferSpec, type InferredSpec, type InferSpecOptions} from './infer-spec.ts';

const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-infer-'));

let count = 0;
async function fileOf(lines: readonly string[]): Promise<string> {
	const file = path.join(directory, `made-${count++}.csv`);
	await writeFile(file, `${lines.join('\n')}\n`);
	return file;
}

type InferOptions = Partial<InferSpecOptions> & {readonly rows?: number};

interface Row {
	readonly index: number;
	readonly bad: boolean;
	readonly rng: () => number;
}

/** Rows of a made-up file: `columns` gives the fields of a row from its index, a label and random numbers. */
async function infer(
	header: string,
	columns: (row: Row) => readonly (string | number)[],
	options: InferOptions = {},
): Promise<InferredSpec> {
	const rng = createRng(3);
	const {rows = 2000, ...rest} = options;
	const lines = Array.from({length: rows}, (_, index) => {
		const bad = rng() < 0.2;
		return columns({index, bad, rng}).join(',');
	});
	return inferSpec(await fileOf([header, ...lines]), {label: 'label', ...rest});
}

const dayOf = (index: number): string => new Date(Date.UTC(2024, 0, 1) + index * 3_600_000).toISOString();
const featureNames = ({spec}: InferredSpec): string[] => spec.features.map(({name}) => name);

/** The spec is complete, its YAML says the same, and the file can be replayed under it. */
function checkComplete(t: Pick<ExecutionContext, 'deepEqual'>, {spec, yaml, reading}: InferredSpec): void {
	t.deepEqual(parse(yaml), JSON.parse(JSON.stringify(spec)));
	t.deepEqual(parseSpec(parse(yaml)), parseSpec(spec));
	t.deepEqual([reading.faults, reading.isReplayable], [0, true]);
}

const simulated = simulate({outDirectory: directory, seed: 1, scale: 0.1, weeks: 16});
test.after.always(async () => {
	await simulated;
	await rm(directory, {recursive: true});
});

for (const [data, label, example] of [
	['applications', 'early_default', 'applications'],
	['transactions', 'fraud', 'transactions'],
] as const) {
	test(`simulated ${data}: finds the spec that was written by hand`, async t => {
		await simulated;
		const inferred = await inferSpec(path.join(directory, `${data}.csv.gz`), {label});
		const written = parse(
			await readFile(path.join(import.meta.dirname, `../../examples/consumer-lender/${example}.yaml`), 'utf8'),
		) as ModelSpecInput;
		checkComplete(t, inferred);
		const {spec} = inferred;
		t.deepEqual(
			featureNames(inferred),
			written.features.map(({name}) => name),
		);
		t.deepEqual(
			spec.features.map(({type}) => type),
			written.features.map(({type}) => type),
		);
		t.deepEqual(spec.entity, written.entity);
		t.like(spec.time, {field: (written.time as {field: string}).field});
		t.deepEqual(spec.label.delay, written.label.delay);
		t.is(spec.label.maturity, written.label.maturity);
		t.deepEqual(
			Object.keys(spec.exclude).filter(name => !Object.hasOwn(written.exclude ?? {}, name)),
			[(spec.label.delay as {field: string}).field],
		);
	});
}

/** What the data's README calls leaks or advises against, what the baselines use, and what is known to go wrong. */
const SHARED: Record<string, {leaks: readonly string[]; good: readonly string[]; missed?: readonly string[]; linesMax?: number}> = {
	flights_houston_2011: {
		leaks: [
			'DepTime',
			'ArrTime',
			'ActualElapsedTime',
			'AirTime',
			'ArrDelay',
			'DepDelay',
			'TaxiIn',
			'TaxiOut',
			'Cancelled',
			'CancellationCode',
			'Diverted',
			'TailNum',
		],
		good: ['SchedDepMin', 'Distance', 'DayOfWeek', 'UniqueCarrier', 'Origin', 'Dest'],
		linesMax: 25_000,
	},
	sba_loans_part: {
		leaks: ['ChgOffDate', 'ChgOffPrinGr', 'MIS_Status', 'Term'],
		good: [
			'NoEmp',
			'GrAppv',
			'SBA_Appv',
			'State',
			'BankState',
			'NewExist',
			'UrbanRural',
			'RevLineCr',
			'LowDoc',
			'NAICS',
			'FranchiseCode',
		],
	},
	lending_club_2007_2011: {
		leaks: [
			'total_pymnt',
			'total_rec_prncp',
			'total_rec_int',
			'total_rec_late_fee',
			'recoveries',
			'collection_recovery_fee',
			'last_pymnt_d',
			'last_pymnt_amnt',
			'last_credit_pull_d',
			'debt_settlement_flag',
			'debt_settlement_flag_date',
			'settlement_status',
			'settlement_date',
			'settlement_amount',
			'settlement_percentage',
			'settlement_term',
			'loan_status',
		],
		good: [
			'loan_amnt',
			'term',
			'emp_length',
			'annual_inc',
			'dti',
			'delinq_2yrs',
			'inq_last_6mths',
			'mths_since_last_delinq',
			'mths_since_last_record',
			'open_acc',
			'pub_rec',
			'pub_rec_bankruptcies',
			'revol_bal',
			'revol_util',
			'total_acc',
			'desc',
			'home_ownership',
			'verification_status',
			'purpose',
			'addr_state',
		],
		linesMax: 25_000,
	},
	uci_credit_card_default: {
		leaks: ['ID'],
		good: [
			'LIMIT_BAL',
			'AGE',
			'SEX',
			'EDUCATION',
			'MARRIAGE',
			'PAY_0',
			...[2, 3, 4, 5, 6].map(month => `PAY_${month}`),
			...[1, 2, 3, 4, 5, 6].flatMap(month => [`BILL_AMT${month}`, `PAY_AMT${month}`]),
		],
	},
	elec2: {
		leaks: ['date', 'nswprice'],
		good: ['day', 'period', 'nswdemand', 'vicprice', 'vicdemand', 'transfer'],
		// The label compares this price with its own past; alone it says no more than a good feature does.
		missed: ['nswprice'],
	},
};

for (const [name, {leaks, good, missed = [], linesMax = Number.POSITIVE_INFINITY}] of Object.entries(SHARED)) {
	const file = path.join(import.meta.dirname, `../../../shared/data/${name}.csv.gz`);
	const testWithData = existsSync(file) ? test : test.skip;
	testWithData(
		`${name}: leaks are excluded and good features are kept${existsSync(file) ? '' : ' (skipped: the file is not here)'}`,
		async t => {
			const inferred = await inferSpec(Number.isFinite(linesMax) ? await firstLines(file, linesMax) : file, {label: 'label'});
			checkComplete(t, inferred);
			t.deepEqual(
				leaks.filter(leak => !Object.hasOwn(inferred.spec.exclude, leak)),
				missed,
			);
			t.deepEqual(
				good.filter(feature => !featureNames(inferred).includes(feature)),
				[],
			);
		},
	);
}

async function firstLines(file: string, linesMax: number): Promise<string> {
	const {header, records} = await openCsv(file);
	const lines = [header.join(',')];
	for await (const {values} of records) {
		lines.push(values.map(value => `"${value.replaceAll('"', '""')}"`).join(','));
		if (lines.length === linesMax) {
			break;
		}
	}

	return fileOf(lines);
}

test('sorts leaks, keys, people, times and clocks from features, each with its reason', async t => {
	const header = 'label,created,x,email,counter,closed_on,amount_recovered,outcome_code,colour,empty,one,birth_date,us_date';
	const inferred = await infer(header, ({index, bad, rng}) => [
		Number(bad),
		dayOf(index),
		(drawNormal(rng) + (bad ? 1 : 0)).toFixed(4),
		`p${Math.floor(rng() * 500)}@example.org`,
		index + Math.floor(rng() * 2),
		dayOf(index + 3624).slice(0, 10),
		bad && rng() < 0.3 ? 120 : 0,
		bad ? 'X' : 'Y',
		['red', 'green', 'blue'][Math.floor(rng() * 3)]!,
		'',
		'same',
		`19${50 + Math.floor(rng() * 40)}-01-01`,
		`12/${10 + Math.floor(rng() * 18)}/2023`,
	]);
	checkComplete(t, inferred);
	t.deepEqual(featureNames(inferred), ['x', 'colour']);
	t.like(inferred.spec, {time: {field: 'created'}, label: {delay: {field: 'closed_on'}}});
	const reasons: Record<string, RegExp> = {
		email: /^identifies a person$/v,
		counter: /clock or counter/v,
		closed_on: /delay of the label/v,
		amount_recovered: /occur nearly always with the risk event/v,
		outcome_code: /alone it decides/v,
		empty: /^empty/v,
		one: /same value/v,
		birth_date: /a time, which comes never again/v,
		us_date: /form that cannot be read/v,
	};
	t.deepEqual(Object.keys(inferred.spec.exclude).toSorted(), Object.keys(reasons).toSorted());
	for (const [name, reason] of Object.entries(reasons)) {
		t.regex(inferred.spec.exclude[name]!, reason);
	}

	t.regex(inferred.yaml, /email: identifies a person {2}# level 4/v);
	t.true(inferred.notes.some(({column}) => column === 'outcome_code'));
	t.false(inferred.yaml.includes('@example.org'), 'no value of the file is in the spec');
});

test('a term that was cut short by the outcome is a leak, a U-shaped feature is none', async t => {
	const inferred = await infer(
		'label,months,age',
		({bad, rng}) => {
			const full = [24, 36, 48, 60][Math.floor(rng() * 4)]!;
			const age = bad && rng() < 0.8 ? (rng() < 0.5 ? 20 : 60) + Math.floor(rng() * 10) : 20 + Math.floor(rng() * 50);
			return [Number(bad), bad && rng() < 0.9 ? Math.floor(full * rng()) : full, age];
		},
		{rows: 6000},
	);
	t.regex(inferred.spec.exclude['months'] ?? '', /single values say far more/v);
	t.deepEqual(featureNames(inferred), ['age']);
});

test('a column known only with the outcome, or telling whether there is one, is a leak', async t => {
	const inferred = await infer('label,returned_days,status,x', ({index, bad, rng}) =>
		index % 10 === 0 ? ['', '', 'open', rng()] : [Number(bad), Math.floor(rng() * 30), 'done', rng()],
	);
	t.regex(inferred.spec.exclude['returned_days'] ?? '', /mostly missing where there is no label/v);
	t.regex(inferred.spec.exclude['status'] ?? '', /one value wherever there is a label/v);
	t.deepEqual(featureNames(inferred), ['x']);
	t.is(inferred.reading.labels, 1800);
});

test('reads the label by its words, or takes the rarer value and says so', async t => {
	const words = await infer('label,x', ({bad, rng}) => [bad ? 'P I F' : 'CHGOFF', rng()]);
	t.like(words.spec.label, {positive: 'CHGOFF', negative: 'P I F'});
	const rare = await infer('label,x', ({bad, rng}) => [bad ? 'A' : 'B', rng()]);
	t.like(rare.spec.label, {positive: 'A', negative: 'B'});
	t.regex(rare.notes[0]!.message, /rarer value: check this/v);
	const floats = await infer('label,x', ({index, bad, rng}) => [index % 7 === 0 ? '' : bad ? '1.0' : '0.0', rng()]);
	t.like(floats.spec.label, {positive: 1});
	checkComplete(t, floats);
	const classes = await infer('label,x', ({index, rng}) => [`c${index % 3}`, rng()]);
	t.is(classes.spec.task, 'multiclass');
	t.deepEqual(classes.spec.label.classes, ['c0', 'c1', 'c2']);
	checkComplete(t, classes);
});

test('the event time is the ordered one; a file out of order is said to be so', async t => {
	const later = (index: number): string => new Date(Date.UTC(2024, 0, 2) + ((index * 7919) % 3000) * 3_600_000).toISOString();
	const ordered = await infer('updated,created,label,x', ({index, bad, rng}) => [later(index), dayOf(index), Number(bad), rng()]);
	t.like(ordered.spec.time, {field: 'created'});
	const disordered = await infer('created,label,x', ({index, bad, rng}) => [later(index), Number(bad), rng()], {rows: 12_000});
	t.like(disordered.spec.time, {field: 'created'});
	t.regex(disordered.notes.find(({column}) => column === 'created')!.message, /NOT in its order/v);
	t.false(disordered.reading.isReplayable);
	t.regex(disordered.notes.at(-1)!.message, /sort the file/v);
	const byPlace = await infer('created,label,x', ({index, bad, rng}) => [later(index), Number(bad), rng()], {time: 'row'});
	t.deepEqual(byPlace.spec.time, {field: 'row', format: 'row'});
	const epoch = await infer('event_ts,label,x', ({index, bad, rng}) => [1_700_000_000 + index, Number(bad), rng()]);
	t.deepEqual(epoch.spec.time, {field: 'event_ts'});
	t.true(epoch.reading.isReplayable);
});

/** A record that the sample, drawn with a fixed seed from 30,000, does not hold. */
const RARE = 1003;

test('a column that is named like a time and holds none is said to be so', async t => {
	const scaled = await infer('date,label,x', ({index, bad, rng}) => [index / 2000, Number(bad), rng()]);
	t.like(scaled.spec, {time: {field: 'row'}});
	t.regex(scaled.yaml, /date is named like one but holds numbers from 0 to 0\.9995: rows count as times/v);
	const words = await infer('date,label,x', ({index, bad, rng}) => [index % 2 === 0 ? 'early' : 'late', Number(bad), rng()]);
	t.regex(words.yaml, /date is named like one but holds texts that are none/v);
	const nameless = await infer('size,label,x', ({index, bad, rng}) => [index / 2000, Number(bad), rng()]);
	t.false(nameless.yaml.includes('is named like one'));
});

test('calendar parts make a time, unless they name days that do not exist', async t => {
	const partsOf = (index: number): number[] => [2023, 1 + (Math.floor(index / 200) % 12), 1 + (Math.floor(index / 10) % 20)];
	const real = await infer('year,month,day,label,x', ({index, bad, rng}) => [...partsOf(index), Number(bad), rng()]);
	t.deepEqual(real.spec.time, {parts: {year: 'year', month: 'month', day: 'day'}});
	t.deepEqual(featureNames(real), ['x']);
	checkComplete(t, real);
	const impossible = await infer('year,month,day,label,x', ({index, bad, rng}) => [
		2023,
		2,
		1 + Math.floor(index / 70),
		Number(bad),
		rng(),
	]);
	t.deepEqual(impossible.spec.time, {field: 'row', format: 'row'});
	const rareDay = (index: number): number[] => [2023, index < RARE ? 1 : 2, index === RARE ? 30 : 1];
	const rare = await infer('year,month,day,label,x', ({index, bad, rng}) => [...rareDay(index), Number(bad), rng()], {rows: 30_000});
	t.deepEqual(rare.reading.notes, [
		{column: 'time', message: `line ${RARE + 2}: No such time: year 2023, month 2, day 30, minute of the day 0.`},
	]);
	t.is(rare.reading.faults, 1);
});

test('a time that only risk events have: the others count as known when nearly all of those were', async t => {
	const inferred = await infer('created,customer_id,card_id,stolen_reported_on,label,x', ({index, bad, rng}) => [
		dayOf(index),
		`c${index % 300}`,
		`k${index % 500}`,
		bad ? dayOf(index + 24 + Math.floor(rng() * 240)) : '',
		Number(bad),
		rng(),
	]);
	checkComplete(t, inferred);
	t.deepEqual(inferred.spec.label.delay, {field: 'stolen_reported_on', otherwise: {fixed: 'P11D'}});
	t.is(inferred.spec.label.maturity, 'P11D');
	t.deepEqual(inferred.spec.entity, {field: 'customer_id'});
	t.is(inferred.reading.labels, 2000);
});

test('flags and phones: what identifies by name needs values that can', async t => {
	const inferred = await infer('label,has_phone,phone,zip,note,gender', ({bad, rng}) => [
		Number(bad),
		rng() < 0.5 ? 'Y' : 'N',
		`0${Math.floor(rng() * 1e9)}`,
		String(Math.floor(rng() * 90)).padStart(5, '0'),
		`"${'word '.repeat(Math.ceil(rng() * 9))}${rng()}"`,
		rng() < 0.5 ? 'm' : 'f',
	]);
	t.deepEqual(inferred.spec.features, [
		{name: 'has_phone', type: 'boolean', level: 2},
		{name: 'zip', type: 'categorical', level: 3},
		{name: 'note', type: 'text', level: 4},
		{name: 'gender', type: 'categorical', level: 3},
	]);
	t.regex(inferred.spec.exclude['phone']!, /identifies a person/v);
});

test('the same file gives the same YAML, and the name comes from the file', async t => {
	const file = await fileOf([
		'label,x,y',
		...Array.from({length: 300}, (_, index) => `${sigmoid(index) > 0.5 ? index % 2 : 0},${index % 17},${index % 5}`),
	]);
	const [first, second] = [await inferSpec(file, {label: 'label'}), await inferSpec(file, {label: 'label', name: 'other'})];
	t.is(first.spec.name, path.basename(file, '.csv'));
	t.is(second.yaml, first.yaml.replace(`name: ${first.spec.name}`, 'name: other'));
});

test('progress is told', async t => {
	const messages: string[] = [];
	await infer('label,x', ({bad, rng}) => [Number(bad), rng()], {rows: 20_000, onProgress: message => messages.push(message)});
	t.is(messages.length, 3);
	t.regex(messages[1]!, /20000 records/v);
});

test('what cannot be a label, a time or a model is refused with the cure', async t => {
	const plain = ({bad, rng}: Row): (string | number)[] => [Number(bad), rng(), 'same'];
	const refused = (options: Partial<InferSpecOptions>, message: RegExp): Promise<unknown> =>
		t.throwsAsync(infer('label,x,same', plain, options), {instanceOf: PerennialError, code: 'USAGE', message});
	await refused({label: 'lable'}, /has no column "lable"; its columns are label, x, same/v);
	await refused({label: 'same'}, /one value only.*another column/v);
	await refused({label: 'x'}, /more than 100 different values/v);
	await refused({time: 'when'}, /when cannot be the event time.*no such column/v);
	await refused({time: 'x'}, /x cannot be the event time.*no times that can be read/v);
	await t.throwsAsync(
		infer('label,id', ({index, bad}) => [Number(bad), index]),
		{code: 'USAGE', message: /No column of .* is left as a feature/v},
	);
	await t.throwsAsync(inferSpec(await fileOf(['label,x']), {label: 'label'}), {code: 'EVENT_INVALID', message: /no records/v});
	await t.throwsAsync(inferSpec(path.join(directory, 'none.csv'), {label: 'label'}), {code: 'USAGE', message: /cannot be read/v});
});
