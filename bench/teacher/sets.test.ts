/** The sets of the teacher benchmark: the cuts and orders are those that the published figures were taken on. */
import {createHash} from 'node:crypto';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {gzipSync} from 'node:zlib';
import test from 'ava';
import type {TrainingFrame} from '../../core/domain/index.ts';
import {createRng, drawInteger} from '../../core/numerics/index.ts';
import {DATA_DIRECTORY} from '../online/streams.ts';
import {readCard} from './card-set.ts';
import {readTeacherSet} from './read-teacher-set.ts';
import {seededOrder} from './seeded-order.ts';
import type {TeacherSetName} from './teacher-set.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-sets-'));
test.after.always(() => {
	rmSync(folder, {recursive: true, force: true});
});

test('the seeded order has the published check values', t => {
	const order = seededOrder(30_000);
	t.deepEqual(order.slice(0, 5), [5880, 26_924, 20_257, 7311, 22_641]);
	t.is(createHash('sha256').update(order.slice(24_000).join(',')).digest('hex').slice(0, 16), 'c77cbc84b399ff75');
	t.deepEqual(seededOrder(1000).slice(0, 5), [572, 670, 293, 264, 766]);
	t.deepEqual(seededOrder(1000, '20261122:0').slice(0, 5), [279, 170, 105, 692, 211]);
});

const percentOf = (labels: Int32Array): number =>
	Number(((100 * labels.reduce((sum, label) => sum + label, 0)) / labels.length).toFixed(1));
const cells = ({columns}: TrainingFrame, row: number): Record<string, unknown> =>
	Object.fromEntries(
		columns.map(column => [column.name, column.kind === 'numeric' ? column.values[row] : column.categories[column.values[row]!]]),
	);

/** Share of label 1 in percent in the rows to learn from, to validate on and to test on, and the number of columns. */
const PUBLISHED: readonly [TeacherSetName, string, readonly number[]][] = [
	['lending_club', 'lending_club_2007_2011', [14.8, 15.2, 16.1, 22]],
	['sba', 'sba_loans_part', [16.2, 27.7, 28.9, 13]],
	['uci', 'uci_credit_card_default', [22.1, 22.1, 22.2, 23]],
	['noaa', 'noaa_weather', [29.8, 32.2, 35.2, 8]],
	['elec2', 'elec2', [42.7, 38.9, 45.1, 6]],
	['flights', 'flights_houston_2011', [22.4, 15.8, 16.2, 6]],
];
for (const [name, file, shares] of PUBLISHED) {
	const isThere = existsSync(path.join(DATA_DIRECTORY, `${file}.csv.gz`));
	(isThere ? test : test.skip)(
		`${name}: rows and shares of label 1 as published${isThere ? '' : ' (../shared/data is absent)'}`,
		async t => {
			const {folds} = await readTeacherSet(name, DATA_DIRECTORY);
			const {frame, trainRows, test: rows} = folds[0]!;
			const {labels, columns} = frame;
			t.is(folds.length, 1);
			t.deepEqual(
				[percentOf(labels.subarray(0, trainRows)), percentOf(labels.subarray(trainRows)), percentOf(rows.labels), columns.length],
				shares,
			);
		},
	);
}

const isGermanThere = existsSync(path.join(DATA_DIRECTORY, 'german_credit.csv.gz'));
(isGermanThere ? test : test.skip)(
	`german: 25 folds that test each row once a repeat${isGermanThere ? '' : ' (../shared/data is absent)'}`,
	async t => {
		const {folds} = await readTeacherSet('german', DATA_DIRECTORY);
		t.is(folds.length, 25);
		for (let repeat = 0; repeat < 5; repeat++) {
			const bad = folds
				.slice(repeat * 5, repeat * 5 + 5)
				.reduce((sum, fold) => sum + fold.test.labels.reduce((one, label) => one + label, 0), 0);
			t.is(bad, 300);
		}

		t.is(new Set(folds.slice(0, 5).map(({test: rows}) => JSON.stringify(cells(rows, 0)))).size, 5);
	},
);

const isLendingClubThere = existsSync(path.join(DATA_DIRECTORY, 'lending_club_2007_2011.csv.gz'));
(isLendingClubThere ? test : test.skip)(
	`lending_club: the columns that are worked out${isLendingClubThere ? '' : ' (../shared/data is absent)'}`,
	async t => {
		const {folds} = await readTeacherSet('lending_club', DATA_DIRECTORY);
		t.like(cells(folds[0]!.frame, 0), {
			loan_amnt: 7500,
			emp_length_y: 0,
			cr_hist_m: 44,
			lti: 7500 / 22_000,
			desc_len: 91,
			pub_rec_bankruptcies: Number.NaN,
			home_ownership: 'OWN',
			addr_state: 'MA',
		});
	},
);

interface Transaction {
	readonly time: number;
	readonly customer: number;
	readonly terminal: number;
	readonly amount: number;
	readonly fraud: number;
}

const DAY = 86_400_000;

function drawTransactions(count: number): Transaction[] {
	const rng = createRng(1);
	const [from, days] = [Date.UTC(2018, 3, 1), 100];
	return Array.from({length: count}, () => ({
		time: from + drawInteger(rng, days * 86_400) * 1000,
		customer: drawInteger(rng, 5),
		terminal: drawInteger(rng, 5),
		amount: drawInteger(rng, 10_000) / 100,
		fraud: rng() < 0.1 ? 1 : 0,
	})).toSorted((a, b) => a.time - b.time);
}

test('card: aggregates as the handbook defines them; for learning, frauds and one in ten of the rest', async t => {
	const all = drawTransactions(3000);
	const lines = all.map(({time, customer, terminal, amount, fraud}, id) =>
		[id, new Date(time).toISOString().slice(0, 19).replace('T', ' '), customer, terminal, amount, fraud, 0].join(','),
	);
	const header = 'TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO';
	writeFileSync(path.join(folder, 'card_transactions_simulated_2018.csv.gz'), gzipSync([header, ...lines].join('\n')));
	const {folds, logitShift} = await readCard(folder);
	t.is(logitShift, -Math.log(10));
	const {frame, trainRows, test: rows} = folds[0]!;
	const used = all.map((one, id) => ({...one, id})).filter(({time}) => time >= Date.UTC(2018, 4, 8));
	const [a, b] = [Math.floor(0.6 * used.length), Math.floor(0.8 * used.length)];
	t.is(rows.rowCount, used.length - b);
	const isLearnt = ({id, fraud}: {id: number; fraud: number}): boolean => fraud === 1 || id % 10 === 0;
	t.is(trainRows, used.slice(0, a).filter(isLearnt).length);
	t.is(frame.rowCount - trainRows, used.slice(a, b).filter(isLearnt).length);
	for (let row = 0; row < 100; row++) {
		const {id, time, customer, terminal, amount} = used[b + row]!;
		const sofar = all.slice(0, id + 1);
		for (const days of [1, 7, 30]) {
			const mine = sofar.filter(one => one.customer === customer && one.time > time - days * DAY);
			const late = sofar.filter(one => one.terminal === terminal && one.time > time - (7 + days) * DAY && one.time <= time - 7 * DAY);
			const seen = cells(rows, row);
			t.is(seen[`CUST_NB_TX_${days}`], mine.length);
			t.true(Math.abs(Number(seen[`CUST_AVG_AMT_${days}`]) - mine.reduce((sum, one) => sum + one.amount, 0) / mine.length) < 1e-9);
			t.is(seen[`TERM_NB_TX_${days}`], late.length);
			const risk = late.length === 0 ? 0 : late.reduce((sum, one) => sum + one.fraud, 0) / late.length;
			t.true(Math.abs(Number(seen[`TERM_RISK_${days}`]) - risk) < 1e-9);
		}

		t.is(cells(rows, row)['TX_AMOUNT'], amount);
		t.is(cells(rows, row)['TX_DURING_NIGHT'], new Date(time).getUTCHours() <= 6 ? 1 : 0);
	}
});
