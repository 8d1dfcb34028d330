/** The command from outside, on files drawn here: what it prints, what it writes, what it refuses. */
import {execFile} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {createRng} from '../../core/numerics/index.ts';
import type {PrequentialReport} from '../../trainers/index.ts';
import {ticksOf, windowsSvg} from '../plots/windows-svg.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-prequential-'));
test.after.always(() => {
	rmSync(folder, {recursive: true, force: true});
});

interface Ended {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
}

function run(...values: string[]): Promise<Ended> {
	return new Promise(resolve => {
		execFile(
			process.execPath,
			['--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, '../main.ts'), 'prequential', ...values],
			(error, stdout, stderr) => {
				resolve({code: error ? Number(error.code) : 0, stdout, stderr});
			},
		);
	});
}

const SPEC = `
name: drawn
task: binary
time: {field: at}
label: {field: bad, delay: {fixed: PT12H}}
features:
  - {name: amount, type: numeric}
  - {name: city, type: categorical}
`;
const ROWS = 1200;

/** Rows an hour apart; the label follows the city, the sign of the rule turns halfway, and a tenth of the labels is missing. */
function writeFiles(): {spec: string; data: string} {
	const rng = createRng(4);
	const lines = ['at,amount,city,bad'];
	for (let row = 0; row < ROWS; row++) {
		const [city, amount] = [rng() < 0.5 ? 'Oslo' : 'Lima', (rng() * 100).toFixed(2)];
		const isBad = ((city === 'Oslo') === row < ROWS / 2) !== rng() < 0.1;
		const label = row % 10 === 9 ? '' : isBad ? '1' : '0';
		lines.push(`${new Date(Date.UTC(2026, 0, 1, row)).toISOString()},${amount},${city},${label}`);
	}

	const [spec, data] = [path.join(folder, 'model.yaml'), path.join(folder, 'rows.csv')];
	writeFileSync(spec, SPEC);
	writeFileSync(data, `${lines.join('\n')}\n`);
	return {spec, data};
}

const {spec, data} = writeFiles();

test('it prints a table and, last, one line of JSON, and writes a report and a plot', async t => {
	const out = path.join(folder, 'as-the-spec-says');
	const {code, stdout, stderr} = await run('--spec', spec, '--data', data, '--out', out, '--learner', 'logistic-regression');
	t.is(code, 0, stderr);
	const lines = stdout.trimEnd().split('\n');
	t.true(
		lines.some(line => /^accuracy of no change +0\.\d{4} {2}beaten$/v.test(line)),
		stdout,
	);
	const last = JSON.parse(lines.at(-1)!) as Record<string, number | string>;
	t.like(last, {
		model: 'drawn',
		data: 'rows.csv',
		learner: 'logistic-regression',
		delay: 'as the spec says',
		rows: ROWS,
		labels: 1080,
		lost: 0,
	});
	t.true(Number(last['accuracy']) > 0.6 && Number(last['auc']) > 0.6, lines.at(-1));
	const report = JSON.parse(readFileSync(path.join(out, 'report.json'), 'utf8')) as PrequentialReport;
	t.deepEqual(report.overall.accuracy, last['accuracy']);
	t.is(report.rows, ROWS);
	t.is(report.windows.length, ROWS / 50);
	t.is(
		report.arrivals.reduce((sum, {rows}) => sum + rows, 0),
		1080,
	);
	const svg = readFileSync(path.join(out, 'windows.svg'), 'utf8');
	t.true(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"') && svg.trimEnd().endsWith('</svg>'));
	for (const text of ['drawn: logistic-regression', 'no change', 'moving majority', 'Accuracy', 'AUC']) {
		t.true(svg.includes(`>${text}<`), text);
	}

	t.notRegex(svg, /NaN|undefined|Infinity/v);
	t.is(svg.match(/<path /gv)?.length, 4);
});

test('rows, durations and the spec say the same delay alike; windows may be of time; the same run gives the same bytes', async t => {
	const bytes: string[] = [];
	for (const [name, ...flags] of [
		['rows', '--delay', '12'],
		['duration', '--delay', 'PT12H'],
		['spec'],
		['again', '--delay', '12'],
	] as const) {
		const out = path.join(folder, name);
		const {code, stdout, stderr} = await run(
			'--spec',
			spec,
			'--data',
			data,
			'--out',
			out,
			'--window',
			'P7D',
			'--json',
			'--learner',
			'ftrl',
			...flags,
		);
		t.is(code, 0, stderr);
		t.is(stdout.trimEnd().split('\n').length, 1);
		const {windows, overall} = JSON.parse(readFileSync(path.join(out, 'report.json'), 'utf8')) as PrequentialReport;
		t.is(windows.length, 8, '50 days from a Thursday touch eight weeks that begin on Thursdays');
		bytes.push(JSON.stringify([windows, overall]));
	}

	t.is(new Set(bytes).size, 1);
	t.is(readFileSync(path.join(folder, 'rows/report.json'), 'utf8'), readFileSync(path.join(folder, 'again/report.json'), 'utf8'));
	t.is(readFileSync(path.join(folder, 'rows/windows.svg'), 'utf8'), readFileSync(path.join(folder, 'again/windows.svg'), 'utf8'));
});

test('a later label makes a worse learner where the rule changes', async t => {
	const accuracy = async (delay: string): Promise<number> => {
		const {stdout} = await run('--spec', spec, '--data', data, '--out', path.join(folder, `late-${delay}`), '--delay', delay, '--json');
		return (JSON.parse(stdout) as {accuracy: number}).accuracy;
	};

	t.true((await accuracy('0')) > (await accuracy('400')) + 0.02);
});

test('wrong use is refused with exit code 2 and one line', async t => {
	const out = path.join(folder, 'never');
	for (const [pattern, ...flags] of [
		[/no learner "best"; choose one of stack/v, '--learner', 'best'],
		[/--delay must be a number of rows or an ISO 8601 duration, not "soon"/v, '--delay', 'soon'],
		[/--window must be/v, '--window', '1h'],
		[/--budget must be a share/v, '--budget', '2'],
	] as const) {
		const {code, stderr} = await run('--spec', spec, '--data', data, '--out', out, ...flags);
		t.is(code, 2, stderr);
		t.regex(stderr, pattern);
		t.is(stderr.trimEnd().split('\n').length, 1, stderr);
	}
});

test('a plot keeps gaps, escapes text, and stands no window, one, or many', t => {
	const plot = (values: number[]): string =>
		windowsSvg({
			title: 't & "t"',
			subtitle: '',
			places: values.map((_, index) => index),
			placeText: String,
			placeTitle: 'row',
			panels: [{title: 'p', series: [{name: 's', values, colour: 0}]}],
		});
	t.is(plot([0.5, Number.NaN, 0.7]).match(/M\d/gv)?.length, 2);
	t.notRegex(plot([0.5]), /NaN|Infinity/v);
	t.notRegex(plot([]), /NaN|Infinity/v);
	t.true(plot([1]).includes('t &amp; &quot;t&quot;'));
	t.deepEqual(ticksOf(0, 100), [0, 20, 40, 60, 80, 100]);
	t.deepEqual(ticksOf(0.5, 0.5), [0.5]);
});

test('labels are learnt when they are final, and a row that is no event is named', async t => {
	const [late, bad] = [path.join(folder, 'late.yaml'), path.join(folder, 'bad.csv')];
	writeFileSync(late, SPEC.replace('{fixed: PT12H}', '{fixed: PT12H}, maturity: P5D'));
	const lines = readFileSync(data, 'utf8').split('\n');
	lines.splice(5, 0, '2026-01-01T03:30:00.000Z,many,Oslo,1');
	writeFileSync(bad, lines.join('\n'));
	const evaluate = async (model: string, file: string) =>
		run('--spec', model, '--data', file, '--out', path.join(folder, 'x'), '--learner', 'logistic-regression');
	const accuracyOf = ({stdout}: {readonly stdout: string}): number =>
		(JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as {readonly accuracy: number}).accuracy;
	const [soon, mature, refused] = [await evaluate(spec, data), await evaluate(late, data), await evaluate(spec, bad)];
	t.is(soon.code, 0, soon.stderr);
	t.true(accuracyOf(mature) < accuracyOf(soon), 'five days later, the turn of the rule is followed later');
	t.is(refused.code, 1);
	t.regex(refused.stderr, /line 6: amount: is no number/v);
});
