import {createHash} from 'node:crypto';
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {PerennialError} from '../../core/domain/index.ts';
import {forkRng} from '../../core/numerics/index.ts';
import {openCsv} from '../sources/csv.ts';
import {drawApplications} from './applications.ts';
import {drawOutcome} from './outcomes.ts';
import {readScenario} from './scenario.ts';
import {simulate, type SimulateOptions} from './simulate.ts';
import {drawTransactions} from './transactions.ts';
import {driftTruth} from './truth.ts';

const DAY = 86_400_000;
const scenario = await readScenario();
const applications = [...drawApplications(scenario, 1)];
const transactions = [...drawTransactions(scenario, 1)];
const root = await mkdtemp(path.join(os.tmpdir(), 'perennial-simulator-'));

async function run(
	name: string,
	options: Omit<SimulateOptions, 'scenario' | 'outDirectory'>,
): Promise<{directory: string; digests: Record<string, string>}> {
	const directory = path.join(root, name);
	await simulate({outDirectory: directory, ...options});
	const digests: Record<string, string> = {};
	for (const file of (await readdir(directory)).toSorted()) {
		digests[file] = createHash('sha256')
			.update(await readFile(path.join(directory, file)))
			.digest('hex');
	}

	return {directory, digests};
}

async function table(directory: string, file: string): Promise<Record<string, string>[]> {
	const {header, records} = await openCsv(path.join(directory, file));
	const rows: Record<string, string>[] = [];
	for await (const {values} of records) {
		rows.push(Object.fromEntries(header.map((name, index) => [name, values[index]!])));
	}

	return rows;
}

const small = run('small', {seed: 7, scale: 0.05, weeks: 16});
test.after.always(async () => {
	await small;
	await rm(root, {recursive: true});
});

test('the same seed gives the same bytes in every file, another seed gives others in every file', async t => {
	const again = await run('again', {seed: 7, scale: 0.05, weeks: 16});
	const other = await run('other', {seed: 8, scale: 0.05, weeks: 16});
	const {digests} = await small;
	t.deepEqual(Object.keys(digests), [
		'applications.csv.gz',
		'repayments.csv.gz',
		'transactions.csv.gz',
		'truth-applications.csv.gz',
		'truth-transactions.csv.gz',
		'truth.json',
	]);
	t.deepEqual(again.digests, digests);
	for (const [file, digest] of Object.entries(other.digests)) {
		t.not(digest, digests[file], file);
	}
});

test('gzip headers name neither time nor operating system', async t => {
	const bytes = await readFile(path.join((await small).directory, 'applications.csv.gz'));
	t.deepEqual([...bytes.subarray(4, 8)], [0, 0, 0, 0]);
	t.is(bytes[9], 255);
});

test('weeks do not depend on how many follow', t => {
	const short = [...drawApplications({...scenario, weeks: 2, applications: {...scenario.applications, rings: []}}, 1)];
	t.deepEqual(short, applications.slice(0, short.length));
});

test('an application is bad where, and only where, an instalment was missed; each has three', async t => {
	const {directory} = await small;
	const missed = new Map<string, number>();
	const counts = new Map<string, number>();
	for (const row of await table(directory, 'repayments.csv.gz')) {
		const id = row['application_id']!;
		counts.set(id, (counts.get(id) ?? 0) + 1);
		missed.set(id, (missed.get(id) ?? 0) + (row['paid_at'] === '' ? 1 : 0));
	}

	for (const row of await table(directory, 'applications.csv.gz')) {
		const id = row['application_id']!;
		t.is(row['early_default'], counts.has(id) ? String(Number(missed.get(id)! > 0)) : '', id);
		t.is(counts.get(id) ?? 3, 3);
	}
});

test('the truth has the probability of each application, and the weeks and drift points that happened', async t => {
	const {directory} = await small;
	const [rows, truths] = [await table(directory, 'applications.csv.gz'), await table(directory, 'truth-applications.csv.gz')];
	t.deepEqual(
		truths.map(row => row['application_id']),
		rows.map(row => row['application_id']),
	);
	const text = await readFile(path.join(directory, 'truth.json'), 'utf8');
	const truth = JSON.parse(text) as {drift: {id: string; from: number}[]; applicationWeeks: unknown[]; seed: number};
	t.is(truth.seed, 7);
	t.is(truth.applicationWeeks.length, 16);
	t.true(truth.drift.some(({id}) => id === 'bureau-forbearance'));
	t.true(truth.drift.every(({from}) => from < 16));
	t.deepEqual(
		driftTruth(scenario)
			.map(({kind}) => kind)
			.toSorted(),
		[
			'concept-abrupt',
			'concept-gradual',
			'features-only',
			'features-only',
			'fraud-pattern',
			...Array.from({length: 5}, () => 'fraud-ring'),
			'missing-values',
			'new-category',
		],
	);
});

test('application labels are known after 14 to 45 days, bad ones earlier', t => {
	const rng = forkRng(1, 'outcomes');
	const daysOf = (application: (typeof applications)[number]): number => (drawOutcome(rng, application).knownAt - application.time) / DAY;
	const delays = applications.slice(0, 20_000).map(application => ({bad: application.defaulted, days: daysOf(application)}));
	t.true(delays.every(({days}) => days >= 14 && days <= 45));
	const mean = (bad: boolean): number => {
		const days = delays.filter(delay => delay.bad === bad).map(delay => delay.days);
		return days.reduce((sum, value) => sum + value, 0) / days.length;
	};
	t.true(mean(true) + 10 < mean(false), `${mean(true)} ${mean(false)}`);
});

test('fraud is known after 3 to 20 days, honesty when nobody disputed for 21', t => {
	const days = transactions.map(({knownAt, time, scheme}) => ({fraud: scheme !== undefined, days: (knownAt - time) / DAY}));
	t.true(days.filter(({fraud}) => fraud).every(delay => delay.days >= 3 && delay.days <= 20));
	t.true(days.filter(({fraud}) => !fraud).every(delay => delay.days === 21));
});

test('volumes, season, and customers who come back', t => {
	t.true(applications.length > 50_000 && applications.length < 60_000, String(applications.length));
	t.true(transactions.length > 95_000 && transactions.length < 115_000, String(transactions.length));
	const onDay = (weekday: number): number => applications.filter(({time}) => new Date(time).getUTCDay() === weekday).length;
	t.true(onDay(1) > 1.6 * onDay(0));
	const inHour = (hour: number): number => applications.filter(({time}) => new Date(time).getUTCHours() === hour).length;
	t.true(inHour(3) < 0.1 * inHour(11));
	const customers = new Set(applications.map(({customer}) => customer.id));
	t.true(customers.size < 0.85 * applications.length && customers.size > 0.78 * applications.length);
	t.deepEqual(
		applications.map(({time}) => time),
		applications.map(({time}) => time).toSorted((a, b) => a - b),
	);
});

test('outcomes follow the true probabilities', t => {
	const bins = Array.from({length: 10}, () => ({count: 0, expected: 0, variance: 0, seen: 0}));
	for (const {probability, defaulted} of applications) {
		const bin = bins[Math.floor(probability * 10)]!;
		bin.count++;
		bin.expected += probability;
		bin.variance += probability * (1 - probability);
		bin.seen += Number(defaulted);
	}

	for (const {count, expected, variance, seen} of bins.filter(bin => bin.count > 50)) {
		t.true(Math.abs(seen - expected) < 4 * Math.sqrt(variance), `${count} rows: ${seen} seen, ${expected} expected`);
	}
});

test('each drift point shows in its columns, and not before', t => {
	const shareIn = (from: number, to: number, holds: (application: (typeof applications)[number]) => boolean): number => {
		const part = applications.filter(({week}) => week >= from && week < to);
		return part.filter(application => holds(application)).length / part.length;
	};
	t.true(Math.abs(shareIn(0, 6, ({channel}) => channel === 'partner') - 0.15) < 0.01);
	t.true(shareIn(6, 9, ({channel}) => channel === 'partner') > 0.35);
	t.is(
		shareIn(0, 16, ({purpose}) => purpose === 'heat_pump'),
		0,
	);
	t.true(shareIn(18, 26, ({purpose}) => purpose === 'heat_pump') > 0.08);
	t.is(
		shareIn(0, 22, ({lost}) => lost.has('bureauScore')),
		0,
	);
	t.true(Math.abs(shareIn(22, 26, ({lost}) => lost.has('bureauScore')) - 0.4) < 0.02);
	const testing = (from: number, to: number): number =>
		transactions.filter(({week, scheme}) => week >= from && week < to && scheme === 'cardTesting').length;
	t.true(testing(11, 22) > 2 * testing(0, 11));
	const contactless = (from: number, to: number): number =>
		transactions.filter(
			({week, scheme, entryMode, amount}) => week >= from && week < to && !scheme && entryMode === 'contactless' && amount > 50,
		).length;
	t.is(contactless(0, 18), 0);
	t.true(contactless(18, 26) > 500);
});

test('rings share a device within their days, and nobody else does', t => {
	for (const {id, size, week, days} of scenario.applications.rings) {
		const members = applications.filter(({ring}) => ring === id);
		t.is(members.length, size);
		t.is(new Set(members.map(({device}) => device)).size, 1);
		t.is(members.at(-1)!.deviceApplications, size);
		t.true(members.at(-1)!.time - members[0]!.time <= days * DAY);
		t.is(members[0]!.week, Math.floor(week));
	}

	t.true(applications.every(({ring, deviceApplications}) => ring !== undefined || deviceApplications < 3));
	for (const {id, size} of scenario.transactions.rings) {
		const members = transactions.filter(({ring}) => ring === id);
		t.is(new Set(members.map(({merchant}) => merchant)).size, 1);
		t.is(new Set(members.map(({device}) => device)).size, 2);
		t.true(members.length >= size && members.length <= 2 * size);
		t.true(Math.max(...members.map(({deviceCards7d}) => deviceCards7d ?? 0)) > size / 4);
	}
});

test('wrong use is refused with the cure', async t => {
	const outDirectory = path.join(root, 'refused');
	await t.throwsAsync(simulate({scenario, outDirectory, weeks: 0}), {
		instanceOf: PerennialError,
		code: 'USAGE',
		message: /1 to 520 weeks/v,
	});
	await t.throwsAsync(simulate({scenario, outDirectory, scale: 0}), {code: 'USAGE', message: /scale/v});
	await t.throwsAsync(simulate({scenario, outDirectory, seed: 0.5}), {code: 'USAGE', message: /seed must be a whole number/v});
	await t.throwsAsync(simulate({scenario, outDirectory: path.join(import.meta.filename, 'below')}), {
		code: 'USAGE',
		message: /cannot be made/v,
	});
});
