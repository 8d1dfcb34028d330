/** The walk through the REST face in the README, run as it is printed. */
import {execFile} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {ROOT} from './sources.ts';
import {startSystemProcess} from './system-process.ts';

test('the walk through the REST face works as it is printed', async t => {
	const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
	const [script] = [...readme.matchAll(/^```sh\n(?<script>[\s\S]*?)^```/gmv)].map(({groups}) => groups!['script']!);
	t.truthy(script);
	const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-readme-'));
	const system = await startSystemProcess(directory, {PERENNIAL_CLOCK: 'wall', PERENNIAL_AUTHENTICATION: 'keys'});
	try {
		const {stdout} = await promisify(execFile)('bash', [
			'-euo',
			'pipefail',
			'-c',
			script!
				.replaceAll('http://127.0.0.1:8080', system.url)
				.replaceAll('data/api-key', path.join(directory, 'api-key'))
				.replaceAll('curl -s', "curl -s -w '\\n'"),
		]);
		const [model, events, labels, answer, decision, problem] = stdout
			.trim()
			.split('\n')
			.filter(line => line !== '')
			.map(line => JSON.parse(line) as Record<string, unknown>);
		t.like(model, {name: 'card-fraud', specVersion: 1});
		t.like(events, {accepted: 100, rejected: []});
		t.like(labels, {accepted: 100, waiting: 0, rejected: []});
		t.like(answer, {id: 'payment-101', tier: 'online'});
		t.true((answer!['probability'] as number) > 0.5, JSON.stringify(answer));
		t.like(decision, {decisionId: answer!['decisionId'], tier: 'online', features: {amount: 95, country: 'NO'}});
		t.deepEqual(
			(problem!['errors'] as {path: string}[]).map(fault => fault.path),
			['features.amount', 'features.colour'],
		);
	} finally {
		await system.stop();
		rmSync(directory, {recursive: true, force: true});
	}
});
