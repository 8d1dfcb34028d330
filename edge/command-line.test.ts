import test from 'ava';
import {digestOf, PerennialError} from '../core/domain/index.ts';
import {HELP, parseCommandLine} from './command-line.ts';

test('flags, and what they are without', t => {
	t.deepEqual(parseCommandLine(['--model', 'loan-default'], 'till-4'), {
		url: 'http://127.0.0.1:8080',
		model: 'loan-default',
		channel: 'edge-stable',
		directory: 'data/edge',
		name: 'till-4',
		port: 8090,
		pollSeconds: 15,
		graceMs: 604_800_000,
		isToldOfMoves: true,
		isVerbose: false,
	});
	const digest = digestOf('schema');
	const all = [
		'--model=m',
		'--url=https://h/p',
		'--channel=c',
		'--dir=/d',
		'--name=n',
		'--port=0',
		'--poll-seconds=0.5',
		`--schema-digest=${digest}`,
		'--trust=/keys/root.pub.pem',
		'--grace=PT36H',
		'--poll-only',
		'--verbose',
	];
	t.deepEqual(parseCommandLine(all, ''), {
		url: 'https://h/p',
		model: 'm',
		channel: 'c',
		directory: '/d',
		name: 'n',
		port: 0,
		pollSeconds: 0.5,
		schemaDigest: digest,
		trustFile: '/keys/root.pub.pem',
		isToldOfMoves: false,
		graceMs: 129_600_000,
		isVerbose: true,
	});
	t.is(parseCommandLine(['--help'], ''), undefined);
});

for (const [name, parameters] of Object.entries({
	'no model': [],
	'a model that is no name': ['--model', 'A B'],
	'an unknown flag': ['--model', 'm', '--colour', 'red'],
	'a flag without its value': ['--model'],
	'a positional': ['--model', 'm', 'x'],
	'a port above 65535': ['--model', 'm', '--port', '70000'],
	'no time between polls': ['--model', 'm', '--poll-seconds', '0'],
	'a time that is no number': ['--model', 'm', '--poll-seconds', 'often'],
	'a URL that is none': ['--model', 'm', '--url', 'localhost'],
	'a URL of a file': ['--model', 'm', '--url', 'file:///etc'],
	'a digest that is none': ['--model', 'm', '--schema-digest', 'sha256:12'],
	'a grace of months': ['--model', 'm', '--grace', 'P1M'],
	'a name with a slash': ['--model', 'm', '--name', 'a/b'],
})) {
	test(`wrong use: ${name}`, t => {
		t.throws(() => parseCommandLine(parameters, 'host'), {instanceOf: PerennialError, code: 'USAGE'});
	});
}

test('help names every flag', t => {
	for (const flag of [
		'model',
		'channel',
		'url',
		'dir',
		'name',
		'port',
		'poll-seconds',
		'schema-digest',
		'trust',
		'grace',
		'verbose',
		'help',
	]) {
		t.true(HELP.includes(`--${flag} `), flag);
	}
});
