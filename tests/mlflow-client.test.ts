/** MLflow's own Python client, as it is, against a whole system: every call of its registry. */
import {execFile, spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {runSystem, SMALL_SPEC} from './running-system.ts';

const PYTHON = process.env['PERENNIAL_TEST_MLFLOW_PYTHON'] ?? 'python3';
const hasClient = spawnSync(PYTHON, ['-c', 'from mlflow import MlflowClient'], {timeout: 60_000}).status === 0;
const WITH_CLIENT = hasClient ? test : test.skip;
const note = hasClient ? '' : ' (skipped: python3 cannot import mlflow, nor can PERENNIAL_TEST_MLFLOW_PYTHON)';

WITH_CLIENT(`MLflow's client makes every call of its registry${note}`, async t => {
	const running = await runSystem({authentication: 'keys'});
	t.teardown(async () => running.remove());
	const key = readFileSync(path.join(running.config.dataDirectory, 'api-key'), 'utf8').trim();
	const made = await fetch(`${running.url}/v1/models`, {
		method: 'POST',
		headers: {authorization: `Bearer ${key}`, 'content-type': 'application/json'},
		body: JSON.stringify(SMALL_SPEC),
	});
	t.is(made.status, 201);
	const tracking = `file://${path.join(running.config.dataDirectory, 'mlflow-tracking')}`;
	const {stdout} = await promisify(execFile)(
		PYTHON,
		[path.join(import.meta.dirname, 'mlflow_client.py'), running.url, tracking, SMALL_SPEC.name],
		{
			env: {...process.env, MLFLOW_TRACKING_TOKEN: key, MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1', MLFLOW_DISABLE_TELEMETRY: 'true'},
			timeout: 120_000,
		},
	);
	const {client, ...said} = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
	t.log(`MLflow ${String(client)}`);
	t.deepEqual(said, {
		create: {team: 'risk'},
		'create again': {error: 'RESOURCE_ALREADY_EXISTS'},
		get: 'made',
		update: 'new words',
		'set tag': null,
		'delete tag': null,
		tags: {k: 'v'},
		version: 'READY',
		'second version': '2',
		'get version': {a: 'b'},
		'update version': 'better',
		'set version tag': null,
		'delete version tag': null,
		'version tags': {x: 'y'},
		'set alias': null,
		'by alias': '1',
		'delete alias': null,
		'no alias': {error: 'INVALID_PARAMETER_VALUE'},
		stage: 'Production',
		latest: ['2', '1'],
		stages: ['None', 'Staging', 'Production', 'Archived'],
		download: 's3://b/1',
		search: ['Churn pilot'],
		'search versions': ['2', '1'],
		pages: ['1', '2'],
		'bad filter': {error: 'INVALID_PARAMETER_VALUE'},
		copy: 'models:/Churn pilot/1',
		register: '1',
		rename: null,
		renamed: ['1', '2'],
		'delete version': null,
		delete: null,
		gone: {error: 'RESOURCE_DOES_NOT_EXIST'},
		'spec model': SMALL_SPEC.name,
		'version of a spec model': {error: 'PERMISSION_DENIED'},
	});
});
