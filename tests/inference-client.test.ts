/** The Open Inference Protocol asked by the clients of its working group, as they are, over REST and gRPC. */
import {execFile, spawnSync} from 'node:child_process';
import path from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {runSystem, SMALL_SPEC} from './running-system.ts';

const PYTHON = process.env['PERENNIAL_TEST_INFERENCE_PYTHON'] ?? 'python3';
const IMPORTS = 'import open_inference.openapi.client, open_inference.grpc.service';
const hasClient = spawnSync(PYTHON, ['-c', IMPORTS], {timeout: 60_000}).status === 0;
const WITH_CLIENT = hasClient ? test : test.skip;
const note = hasClient ? '' : ' (skipped: python3 cannot import open_inference, nor can PERENNIAL_TEST_INFERENCE_PYTHON)';

const NOW = Date.UTC(2026, 0, 5);
const TIME = '2026-01-05T00:00:00Z';

WITH_CLIENT(`the clients of the Open Inference Protocol are answered over REST and gRPC${note}`, async t => {
	const running = await runSystem({grpcPort: 0});
	t.teardown(async () => running.remove());
	const {client} = running;
	await client.advance(NOW);
	await client.createModel(SMALL_SPEC);
	const features = {amount: 12, city: 'Oslo', isNew: true};
	await client.events('small', [
		{id: 'first', time: TIME, features},
		{id: 'second', time: TIME, features: {...features, amount: -5}},
	]);
	await client.labels('small', [
		{id: 'first', value: 1, observedAt: TIME},
		{id: 'second', value: 0, observedAt: TIME},
	]);
	await client.advance(NOW);
	const {stdout} = await promisify(execFile)(
		PYTHON,
		[path.join(import.meta.dirname, 'inference_client.py'), running.url, String(running.system.grpcPort), 'small'],
		{timeout: 60_000},
	);
	const said = JSON.parse(stdout) as Record<string, unknown>;
	const inferred = said['infer'] as Record<string, number[]>;
	t.like(said, {
		live: null,
		ready: null,
		server: 'perennial',
		'model ready': null,
		'no model': {error: 'NotFoundError', status: 404},
		metadata: ['amount', 'city', 'isNew'],
		'bad infer': {error: 'BadRequestError', status: 400},
		'grpc live': true,
		'grpc ready': true,
		'grpc server': 'perennial',
		'grpc model ready': true,
		'grpc metadata': ['amount', 'city', 'isNew'],
		'grpc no model': {error: 'NOT_FOUND'},
	});
	t.deepEqual(said['grpc infer'], {probability: inferred['probability'], score: inferred['score']});
});
