/** The streams of the benchmark: what is read, what is drawn, and history that never looks ahead. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {gzipSync} from 'node:zlib';
import test from 'ava';
import {createRng, drawInteger} from '../../core/numerics/index.ts';
import {FRAUD_DELAY_DAYS} from './card-transactions.ts';
import {FRAUD_FEATURES, readFraudEvents} from './fraud-features.ts';
import {drawSea, readStream, SEA_CHANGES} from './streams.ts';

const DAY = 86_400_000;
const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-streams-'));
test.after.always(() => {
	rmSync(folder, {recursive: true, force: true});
});

test('a file is all its columns but the last; an absent one is said to be absent', t => {
	writeFileSync(path.join(folder, 'small.csv.gz'), gzipSync('a,b,label\n1,,1\n-2e3,4.5,0\n'));
	const stream = readStream('small', folder);
	t.deepEqual(
		stream?.schema.columns.map(({name}) => name),
		['a', 'b'],
	);
	t.deepEqual(stream?.events, [
		{row: Float64Array.of(1, Number.NaN), label: 1},
		{row: Float64Array.of(-2000, 4.5), label: 0},
	]);
	t.is(readStream('missing', folder), undefined);
});

test('the drawn stream follows the concept of each stretch but for a tenth of its labels', t => {
	const {events} = drawSea(3);
	t.is(events.length, 50_000);
	t.deepEqual(drawSea(3).events[49_999], events[49_999]);
	for (const [index, threshold] of [8, 9, 7, 9.5].entries()) {
		const stretch = events.slice([0, ...SEA_CHANGES][index], SEA_CHANGES[index]);
		const wrong = stretch.filter(({row, label}) => (row[0]! + row[1]! <= threshold ? 1 : 0) !== label).length;
		t.true(Math.abs(wrong / stretch.length - 0.1) < 0.01, `${wrong} of ${stretch.length}`);
	}
});

interface Transaction {
	readonly time: number;
	readonly customer: number;
	readonly terminal: number;
	readonly amount: number;
	readonly fraud: number;
}

function drawTransactions(count: number): Transaction[] {
	const rng = createRng(7);
	return Array.from({length: count}, (_, index) => ({
		time: Date.UTC(2018, 3, 1) + index * 1_800_000,
		customer: drawInteger(rng, 6),
		terminal: drawInteger(rng, 4),
		amount: Math.round(rng() * 10_000) / 100,
		fraud: rng() < 0.2 ? 1 : 0,
	}));
}

test('the history of a transaction is that of its customer until then, and of its terminal until labels are known', t => {
	const all = drawTransactions(2400);
	const lines = all.map(
		({time, customer, terminal, amount, fraud}, index) =>
			`${index},${new Date(time).toISOString().slice(0, 19).replace('T', ' ')},${customer},${terminal},${amount},${fraud},0`,
	);
	const file = path.join(folder, 'cards.csv.gz');
	writeFileSync(
		file,
		gzipSync(`TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO\n${lines.join('\n')}\n`),
	);
	const events = readFraudEvents(file, {days: 45, oneIn: 2});
	const kept = all.filter(({time, customer}) => time < all[0]!.time + 45 * DAY && customer % 2 === 0);
	t.deepEqual(
		events.map(({time, label}) => [time, label]),
		kept.map(({time, fraud}) => [time, fraud]),
	);
	for (let index = 0; index < kept.length; index += 37) {
		const {time, customer, terminal, amount} = kept[index]!;
		const sumsOf = (matches: (other: Transaction) => boolean, until: number, value: (other: Transaction) => number): number[] =>
			[1, 7, 30].flatMap(days => {
				const history = all.filter(
					other => matches(other) && other.time < time && other.time <= until && other.time > until - days * DAY,
				);
				const sum = history.reduce((total, other) => total + value(other), 0);
				return [history.length, history.length === 0 ? 0 : sum / history.length];
			});
		const expected = [
			amount,
			new Date(time).getUTCHours(),
			[0, 6].includes(new Date(time).getUTCDay()) ? 1 : 0,
			...sumsOf(
				other => other.customer === customer,
				time,
				other => other.amount,
			),
			...sumsOf(
				other => other.terminal === terminal,
				time - FRAUD_DELAY_DAYS * DAY,
				other => other.fraud,
			),
		];
		const {row} = events[index]!;
		t.is(row.length, FRAUD_FEATURES.length);
		t.true(
			expected.every((value, column) => Math.abs(value - row[column]!) < 1e-9),
			`row ${index}: ${row.join(' ')} against ${expected.join(' ')}`,
		);
	}
});
