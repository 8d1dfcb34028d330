/** The program from outside: help, exit codes, and the one line that says what is wrong and what to do. */
import {execFile} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {createServer, type AddressInfo} from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {CONFIG_KEYS, readConfig} from '../app/config.ts';
import {COMMANDS} from '../app/commands/index.ts';
import {readRegistryTrust} from '../app/registry-trust.ts';
import {hasCode, openKeyList, readPublicKeys} from '../core/domain/index.ts';
import {ROOT} from './sources.ts';
import {StartFailure, startSystemProcess} from './system-process.ts';

interface Ended {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-cli-'));
test.after.always(() => {
	rmSync(folder, {recursive: true, force: true});
});

function run(...values: string[]): Promise<Ended> {
	return new Promise(resolve => {
		const environment = {...process.env, PERENNIAL_DATA_DIRECTORY: path.join(folder, 'data'), PERENNIAL_PORT: '0'};
		execFile(
			process.execPath,
			['--disable-warning=ExperimentalWarning', 'app/main.ts', ...values],
			{cwd: ROOT, env: environment},
			(error, stdout, stderr) => {
				resolve({code: error ? Number(error.code) : 0, stdout, stderr});
			},
		);
	});
}

const oneLine = (text: string): boolean => text.trimEnd().split('\n').length === 1;

test('without a command, or with help, it lists all commands', async t => {
	for (const values of [[], ['help'], ['--help']]) {
		const {code, stdout} = await run(...values);
		t.is(code, 0);
		for (const {name} of COMMANDS) {
			t.true(stdout.includes(`  ${name} `), name);
		}
	}
});

test('every command has --help', async t => {
	for (const {name, flags} of COMMANDS) {
		const {code, stdout} = await run(name, '--help');
		t.is(code, 0);
		for (const flag of Object.keys(flags)) {
			t.true(stdout.includes(`--${flag}`), `${name} --${flag}`);
		}
	}
});

test('wrong use: exit 2 and a line that says so', async t => {
	for (const [values, words] of [
		[['dance'], 'There is no command "dance"'],
		[['simulate'], '--out is missing'],
		[['up', '--speed', '9'], '--speed'],
		[['replay', '--spec', 'none.yaml', '--data', 'none.csv'], 'none.yaml'],
		[['demo', '--data', 'none.csv', '--spec', 'examples/flights/model.yaml', '--once'], 'none.csv'],
		[['demo', '--data', 'none.csv', '--once'], 'needs a spec: give SPEC='],
		[['demo', '--spec', 'examples/flights/model.yaml', '--once'], 'give both SPEC= and DATA='],
		[['up', '--port', 'high'], '--port must be a whole number'],
	] as const) {
		const {code, stderr} = await run(...values);
		t.is(code, 2, `${values.join(' ')}: ${stderr}`);
		t.true(stderr.includes(words), stderr);
		t.notRegex(stderr, /\.ts:\d/v, 'no stack trace');
	}
});

test('a spec with faults: exit 2, and every fault with its path', async t => {
	const spec = path.join(folder, 'bad.yaml');
	writeFileSync(
		spec,
		'name: x\ntask: binary\nlabel: {field: y}\nfeatures: [{name: y, type: numeric}, {name: z, type: colour}]\nhue: 1\n',
	);
	const {code, stderr} = await run('replay', '--spec', spec, '--data', 'examples/consumer-lender/README.md');
	t.is(code, 2);
	for (const where of ['features[0].name', 'features[1].type', 'hue']) {
		t.true(stderr.includes(where), stderr);
	}
});

test('replay: a file goes through an embedded system, a row a day, and the last line says what became of it', async t => {
	const days = Array.from({length: 30}, (_, day) => `2026-01-${String(day + 1).padStart(2, '0')},${day % 7},${day % 2}`);
	const [data, spec] = [path.join(folder, 'days.csv'), path.join(folder, 'days.yaml')];
	writeFileSync(data, ['day,x,y', ...days, ''].join('\n'));
	writeFileSync(
		spec,
		'name: days\ntask: binary\ntime: {field: day}\nlabel: {field: y, delay: {fixed: P1D}}\nfeatures: [{name: x, type: numeric}]\n',
	);
	const {code, stdout, stderr} = await run('replay', '--spec', spec, '--data', data);
	t.is(code, 0, stderr);
	t.regex(stdout, /^Replayed 30 events and 30 labels from 2026-01-01T00:00:00.000Z to /v);
});

test('a port that is taken, and a data directory that is held: one line, exit 2', async t => {
	const server = createServer();
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	const {port} = server.address() as AddressInfo;
	const taken = await t.throwsAsync(startSystemProcess(path.join(folder, 'taken'), {PERENNIAL_PORT: String(port)}), {
		instanceOf: StartFailure,
	});
	t.is(taken.code, 2);
	t.true(oneLine(taken.output) && taken.output.includes(`Port ${port}`) && taken.output.includes('PORT='), taken.output);
	server.close();

	const first = await startSystemProcess(path.join(folder, 'held'));
	const held = await t.throwsAsync(startSystemProcess(path.join(folder, 'held')), {instanceOf: StartFailure});
	t.is(held.code, 2);
	t.regex(held.output, /is in use by process \d+; stop that one, or choose another directory/v);
	t.true(oneLine(held.output), held.output);
	t.is(await first.stop(), 0);
});

test('a demo that is typed wrong, or started while another runs, leaves the data of the other alone', async t => {
	const directory = path.join(folder, 'data', 'demo');
	const running = await startSystemProcess(directory, {PERENNIAL_CLOCK: 'event'});
	const files = readdirSync(directory, {recursive: true}).length;
	for (const [values, words] of [
		[['demo', '--data', 'none.csv', '--once'], 'needs a spec'],
		[['demo', '--once', '--data', 'examples/flights/model.yaml', '--spec', 'examples/flights/model.yaml'], 'is in use by process'],
	] as const) {
		const {code, stderr} = await run(...values);
		t.is(code, 2, stderr);
		t.true(stderr.includes(words), stderr);
		t.true(readdirSync(directory, {recursive: true}).length >= files);
	}

	t.is(await running.stop(), 0);
});

test('simulate writes its files and says so, as text and as JSON', async t => {
	const out = path.join(folder, 'simulated');
	const {code, stdout} = await run('simulate', '--out', out, '--weeks', '6', '--json');
	t.is(code, 0);
	const document = JSON.parse(stdout) as {files: {name: string; rows: number}[]};
	t.true(document.files.some(({name, rows}) => name === 'applications.csv.gz' && rows > 1000));
});

test('configuration: defaults < file < environment < flags; all faults at once, each under its own name', t => {
	const file = path.join(folder, 'perennial.yaml');
	writeFileSync(file, 'port: 1000\nhost: 0.0.0.0\nlogLevel: warn\n');
	const config = readConfig({file, environment: {PERENNIAL_PORT: '2000', PERENNIAL_LOG_LEVEL: 'error'}, flags: {port: 3000}});
	t.like(config, {port: 3000, logLevel: 'error', host: '0.0.0.0', clock: 'wall'});
	writeFileSync(file, 'port: high\ncolour: red\nobjectStore: s3\n');
	const error = t.throws(() => readConfig({file, environment: {PERENNIAL_CLOCK: 'sun'}, flags: {logLevel: 'loud'}}));
	t.true(hasCode(error, 'CONFIG_INVALID'));
	for (const name of [`port in ${file}`, `colour in ${file}`, 'PERENNIAL_CLOCK', '--logLevel']) {
		t.true(error?.message.includes(name), `${name}: ${error?.message}`);
	}
});

test('quotas may come from the environment as text; one that is none is refused under its name', t => {
	const read = (text: string) => readConfig({environment: {PERENNIAL_QUOTAS: text}}).quotas;
	t.deepEqual(read('{"acme": {"rowsPerDay": 5}, "*": {"requestsPerMonth": 7}}'), {acme: {rowsPerDay: 5}, '*': {requestsPerMonth: 7}});
	t.deepEqual(read('acme: {rowsPerDay: 5}'), {acme: {rowsPerDay: 5}});
	for (const text of ['acme: {rowsPerYear: 5}', 'acme: {rowsPerDay: 0}', '"A b": {}', 'many', '{[']) {
		t.throws(() => read(text), {code: 'CONFIG_INVALID', message: /PERENNIAL_QUOTAS/v}, text);
	}
});

test('docs/configuration.md lists every key with its environment variable and default', t => {
	const document = readFileSync(path.join(ROOT, 'docs/configuration.md'), 'utf8');
	for (const {key, environment, fallback} of CONFIG_KEYS) {
		t.true(document.includes(`| \`${key}\` | \`${environment}\` | ${fallback === undefined ? '' : `\`${String(fallback)}\``} |`), key);
	}
});

test('make help lists every target of the user interface', t => {
	const makefile = readFileSync(path.join(ROOT, 'Makefile'), 'utf8');
	for (const target of [
		'setup',
		'demo',
		'simulate',
		'up',
		'worker',
		'infer-spec',
		'replay',
		'train',
		'distill',
		'promote',
		'edge',
		'test',
		'bench',
		'clean',
	]) {
		t.regex(makefile, new RegExp(`^${target}:.*## \\S`, 'mv'));
	}
});

test('keys: pairs that nobody overwrites, and a list signed by a root that the configuration takes', async t => {
	const at = (name: string): string => path.join(folder, name);
	for (const [name, type] of [
		['root', 'ed25519'],
		['one', 'p256'],
		['other', 'ed25519'],
	] as const) {
		t.is((await run('keys', '--make', at(name), '--type', type)).code, 0);
	}

	t.is(statSync(at('root.pem')).mode & 0o777, 0o600);
	t.like(await run('keys', '--make', at('root')), {code: 2});
	t.like(await run('keys', '--root', at('root.pem')), {code: 2});
	t.like(await run('keys', '--root', at('root.pub.pem'), '--keys', at('one.pub.pem'), '--version', '1', '--out', at('x')), {code: 2});
	const listed = await run(
		'keys',
		'--root',
		at('root.pem'),
		'--keys',
		at('one.pub.pem'),
		'--version',
		'3',
		'--out',
		at('keys.json'),
		'--json',
	);
	t.is(listed.code, 0, listed.stderr);
	const roots = readPublicKeys(readFileSync(at('root.pub.pem'), 'utf8'));
	t.is(openKeyList(readFileSync(at('keys.json')), roots).version, 3);
	const trust = readRegistryTrust(readConfig({flags: {signingKeyFile: at('one.pem'), keyListFile: at('keys.json')}, environment: {}}));
	t.is(trust!.keyList!.version, 3);
	t.true(trust!.keys.has(trust!.signer.keyId));
	for (const flags of [
		{signingKeyFile: at('other.pem'), keyListFile: at('keys.json')},
		{signingKeyFile: at('one.pub.pem')},
		{signingKeyFile: at('none.pem')},
		{signingKeyFile: at('one.pem'), keyListFile: at('one.pem')},
	]) {
		t.throws(() => readRegistryTrust(readConfig({flags, environment: {}})), {code: 'CONFIG_INVALID'});
	}

	t.is(readRegistryTrust(readConfig({environment: {}})), undefined);
	t.like(await run('sign', '--model', 'm', '--version', '1'), {code: 2});
	t.like(await run('retain'), {code: 2});
});
