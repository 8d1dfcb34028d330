/** A file that nobody has seen before goes from infer-spec through backtest to the report, without a line of the spec being edited. */
import {execFile} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {parse} from 'yaml';
import {parseSpec, type ModelSpecInput} from '../core/domain/index.ts';
import {createRng, sigmoid, type Rng} from '../core/numerics/index.ts';

const run = promisify(execFile);
const MAIN = path.join(import.meta.dirname, '../app/main.ts');
const START = Date.UTC(2024, 2, 1);
const HOUR = 3_600_000;
const ROWS = 3000;

interface OwnFile {
	readonly label: string;
	/** How outcomes and times are written. */
	readonly outcome: (bad: boolean) => string;
	readonly time: (millis: number) => string;
}

interface BacktestLine {
	readonly policies: Readonly<Record<string, {readonly skill: number | null}>>;
	readonly best: string;
}

/** An order every two hours; large ones of the web are fraud more often. `chargeback_amount` is there only when it was. */
function csvOf({label, outcome, time}: OwnFile): string {
	const rng = createRng(11);
	const lines = [`order_placed,buyer_id,"shop, city",basket_value,channel,loyalty,chargeback_amount,${label}`];
	for (let index = 0; index < ROWS; index++) {
		lines.push(rowOf(rng, index, {outcome, time}).join(','));
	}

	return `${lines.join('\r\n')}\r\n`;
}

function rowOf(rng: Rng, index: number, {outcome, time}: Pick<OwnFile, 'outcome' | 'time'>): string[] {
	const [value, isWeb] = [200 * rng() ** 2, rng() < 0.5];
	const bad = rng() < sigmoid(value / 30 + (isWeb ? 1 : -1) - 4);
	return [
		time(START + index * 2 * HOUR),
		`B-${Math.floor(rng() * 400)}`,
		rng() < 0.5 ? '"Oslo, centre"' : '"Lima ""sur"""',
		rng() < 0.05 ? '' : value.toFixed(2),
		isWeb ? 'web' : 'shop',
		rng() < 0.1 ? '' : rng() < 0.5 ? 'yes' : 'no',
		bad ? value.toFixed(2) : '0',
		outcome(bad),
	];
}

async function throughReport(t: ExecutionContext, own: OwnFile): Promise<void> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-own-csv-'));
	const [data, spec, out] = [path.join(folder, 'orders.csv'), path.join(folder, 'orders.yaml'), path.join(folder, 'report')];
	try {
		writeFileSync(data, csvOf(own));
		await run(process.execPath, [MAIN, 'infer-spec', '--data', data, '--label', own.label, '--out', spec]);
		const yaml = readFileSync(spec, 'utf8');
		const written = parse(yaml) as ModelSpecInput;
		const {time, entity, exclude, features} = parseSpec(written);
		t.true(time !== undefined && 'field' in time && time.field === 'order_placed');
		t.is(entity?.field, 'buyer_id');
		t.regex(exclude['chargeback_amount'] ?? '', /leak|after|known/iv);
		t.deepEqual(
			features.map(({name, type}) => [name, type]),
			[
				['shop, city', 'categorical'],
				['basket_value', 'numeric'],
				['channel', 'categorical'],
				['loyalty', 'boolean'],
			],
		);
		t.true(
			(written.features ?? []).every(({level}) => level !== undefined),
			'each field has its level',
		);
		const words = ['--spec', spec, '--data', data, '--out', out, '--policies', 'never,weekly'];
		const {stdout} = await run(process.execPath, [MAIN, 'backtest', ...words]);
		const {policies, best} = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as BacktestLine;
		t.deepEqual(Object.keys(policies), ['never', 'weekly']);
		t.true(best in policies);
		t.true(policies['never']!.skill! > 0.3 && policies['never']!.skill! < 0.95, `a Gini of ${policies['never']!.skill}`);
		t.regex(readFileSync(path.join(out, 'report.html'), 'utf8'), /<svg/v);
	} finally {
		rmSync(folder, {recursive: true});
	}
}

test('ISO times, outcomes in words', async t =>
	throughReport(t, {
		label: 'order_outcome',
		outcome: bad => (bad ? 'fraud' : 'genuine'),
		time: millis => new Date(millis).toISOString(),
	}));

test('seconds since 1970, outcomes Y and N', async t =>
	throughReport(t, {label: 'is_fraud', outcome: bad => (bad ? 'Y' : 'N'), time: millis => String(millis / 1000)}));
