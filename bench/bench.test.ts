import {spawnSync} from 'node:child_process';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {median, row} from './bench.ts';
import {BENCHES} from './index.ts';
import {jsonLine, tableOf, thisMachine} from './report.ts';

test('a bar is a comparison with a number; NaN holds none', t => {
	const holds = (value: number, bar: string): boolean => row('a.b', value, 'ratio', bar).ok;
	t.deepEqual(
		['>= 1', '<= 1', '== 1', '> 1', '< 1'].map(bar => [0.5, 1, 1.5, Number.NaN].map(value => holds(value, bar))),
		[
			[false, true, true, false],
			[true, true, false, false],
			[false, true, false, false],
			[false, false, true, false],
			[true, false, false, false],
		],
	);
	t.throws(() => row('a.b', 1, 'ratio', 'large'), {instanceOf: TypeError});
});

test('the closing line is one line of JSON, ok only if every bar holds', t => {
	const rows = [row('a.b', 0.123456789, 'ratio', '>= 0.1'), row('a.long', 12_345.6, 'count', '<= 3'), row('c', 1, 'bytes')];
	const line = jsonLine('some', rows, thisMachine());
	t.notRegex(line, /\n/v);
	const parsed = JSON.parse(line) as {bench: string; ok: boolean; rows: unknown[]; machine: {cores: number}};
	t.like(parsed, {bench: 'some', ok: false});
	t.deepEqual(parsed.rows, rows);
	t.true(parsed.machine.cores > 0);
	const table = tableOf(rows);
	t.is(table.length, 4);
	t.regex(table[1]!, /holds$/v);
	t.regex(table[2]!, /MISSED$/v);
});

test('the median lies in the middle', t => {
	fc.assert(
		fc.property(fc.array(fc.integer(), {minLength: 1, maxLength: 30}), values => {
			const middle = median(values);
			const below = values.filter(value => value <= middle).length;
			const above = values.filter(value => value >= middle).length;
			return below * 2 >= values.length && above * 2 >= values.length;
		}),
		{seed: 1},
	);
	t.is(median([4, 1, 3, 2]), 2.5);
});

test('benchmarks have names of their own', t => {
	t.is(new Set(BENCHES.map(({name}) => name)).size, BENCHES.length);
});

test('what a benchmark does not know is refused with the list, before anything is run', t => {
	const refuse = (...words: string[]): string => {
		const {status, stderr} = spawnSync(process.execPath, [path.join(import.meta.dirname, 'main.ts'), ...words], {encoding: 'utf8'});
		t.is(status, 2);
		return stderr;
	};
	t.regex(refuse('--name', 'lo'), /no benchmark "lo"[\s\S]* loop /v);
	t.regex(refuse('--name', 'loop', '--sets', 'uci'), /loop takes no SETS/v);
	t.regex(refuse('--name', 'teacher', '--sets', 'mars'), /SETS knows no "mars"; there are lending_club/v);
	t.regex(refuse('--name', 'int8', '--sets', 'mars'), /SETS knows no "mars"/v);
	t.regex(refuse('--name', 'int8', '--seeds', '0'), /SEEDS is a whole number/v);
});
