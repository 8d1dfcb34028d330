/** MLflow's registry protocol on a whole system: requests as its client sends them, answers as its client reads them. */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {dataPathsOf} from '../app/config.ts';
import {MemoryLogger, SystemClock} from '../core/domain/index.ts';
import {FileObjectStore, Registry} from '../registry/index.ts';
import {linearBlobs} from './linear-runtime.ts';
import {manifestDraft} from './manifest-draft.ts';
import {runSystem, SMALL_SPEC} from './running-system.ts';

const running = await runSystem({authentication: 'keys'});
const admin = readFileSync(path.join(running.config.dataDirectory, 'api-key'), 'utf8').trim();

test.after.always(async () => running.remove());

type Body = Record<string, unknown>;
type Parameters = Readonly<Record<string, unknown>>;
interface Answer {
	readonly status: number;
	readonly body: Body;
}

/** As MLflow's client calls: GET with a query whose lists are repeated, everything else with a JSON body. */
async function call(method: string, route: string, parameters: Parameters = {}, key = admin): Promise<Answer> {
	const query = new URLSearchParams(
		Object.entries(parameters).flatMap(([name, value]) =>
			(Array.isArray(value) ? value : [value]).map((item: unknown): [string, string] => [name, String(item)]),
		),
	);
	const response = await fetch(`${running.url}/api/2.0/mlflow/${route}${method === 'GET' ? `?${query.toString()}` : ''}`, {
		method,
		headers: {authorization: `Bearer ${key}`, 'user-agent': 'mlflow-python-client/3.1.0'},
		...(method !== 'GET' && {
			body: JSON.stringify(parameters),
			headers: {authorization: `Bearer ${key}`, 'content-type': 'application/json'},
		}),
	});
	return {status: response.status, body: (await response.json()) as Body};
}

async function ok(method: string, route: string, parameters: Parameters = {}): Promise<Body> {
	const {status, body} = await call(method, route, parameters);
	if (status !== 200) {
		throw new Error(`${method} ${route}: ${status} ${JSON.stringify(body)}`);
	}

	return body;
}

const error = (status: number, error_code: string): object => ({status, body: {error_code}});
const versionNumbers = ({model_versions = []}: Body): string[] => (model_versions as Body[]).map(({version}) => version as string);
const names = ({registered_models = []}: Body): string[] => (registered_models as Body[]).map(({name}) => name as string);

test('a registered model: made, read, described, renamed, deleted, in the words of the protocol', async t => {
	const before = Date.now();
	const {registered_model: made} = await ok('POST', 'registered-models/create', {
		name: 'Churn (pilot)',
		description: 'made by a client',
		tags: [
			{key: 'team', value: 'risk'},
			{key: 'a', value: ''},
		],
	});
	const {creation_timestamp: created} = made as {creation_timestamp: number};
	t.true(created >= before && created <= Date.now());
	t.deepEqual(made as Body, {
		name: 'Churn (pilot)',
		creation_timestamp: created,
		last_updated_timestamp: created,
		description: 'made by a client',
		tags: [
			{key: 'a', value: ''},
			{key: 'team', value: 'risk'},
		],
	});
	t.deepEqual((await ok('GET', 'registered-models/get', {name: 'Churn (pilot)'}))['registered_model'], made);
	t.like(await call('POST', 'registered-models/create', {name: 'Churn (pilot)'}), error(400, 'RESOURCE_ALREADY_EXISTS'));
	t.like(await ok('PATCH', 'registered-models/update', {name: 'Churn (pilot)', description: 'new'}), {
		registered_model: {description: 'new'},
	});
	await ok('POST', 'model-versions/create', {name: 'Churn (pilot)', source: 's3://b/1', tags: [{key: 'k', value: 'v'}]});
	await ok('POST', 'registered-models/alias', {name: 'Churn (pilot)', alias: 'best', version: '1'});
	t.like(await ok('POST', 'registered-models/rename', {name: 'Churn (pilot)', new_name: 'churn'}), {registered_model: {name: 'churn'}});
	t.deepEqual(await call('GET', 'registered-models/get', {name: 'Churn (pilot)'}), {
		status: 404,
		body: {error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'Registered Model with name=Churn (pilot) not found.'},
	});
	t.like((await ok('GET', 'registered-models/get', {name: 'churn'}))['registered_model'], {
		aliases: [{alias: 'best', version: '1'}],
		latest_versions: [{name: 'churn', version: '1', tags: [{key: 'k', value: 'v'}], aliases: ['best']}],
	});
	t.deepEqual(await ok('DELETE', 'registered-models/delete', {name: 'churn'}), {});
	t.like(await call('GET', 'registered-models/get', {name: 'churn'}), error(404, 'RESOURCE_DOES_NOT_EXIST'));
	t.like(await call('DELETE', 'registered-models/delete', {name: 'churn'}), error(404, 'RESOURCE_DOES_NOT_EXIST'));
	await ok('POST', 'registered-models/create', {name: 'churn'});
	t.deepEqual(await ok('GET', 'model-versions/search', {filter: "name = 'churn'"}), {}, 'nothing of the deleted one comes back');
	t.deepEqual(await ok('DELETE', 'registered-models/delete', {name: 'churn'}), {});
});

test('a version: made from a source, ready at once, staged, tagged, deleted; its number is never given again', async t => {
	const name = 'external';
	await ok('POST', 'registered-models/create', {name});
	const {model_version: made} = await ok('POST', 'model-versions/create', {
		name,
		source: 's3://bucket/model',
		run_id: 'a1',
		description: 'first',
	});
	const {creation_timestamp: created} = made as {creation_timestamp: number};
	t.deepEqual(made as Body, {
		name,
		version: '1',
		creation_timestamp: created,
		last_updated_timestamp: created,
		current_stage: 'None',
		description: 'first',
		source: 's3://bucket/model',
		run_id: 'a1',
		status: 'READY',
		run_link: '',
	});
	t.deepEqual(await ok('GET', 'model-versions/get-download-uri', {name, version: '1'}), {artifact_uri: 's3://bucket/model'});
	await ok('POST', 'model-versions/create', {name, source: `models:/${name}/1`});
	t.deepEqual(await ok('GET', 'model-versions/get-download-uri', {name, version: '2'}), {artifact_uri: 's3://bucket/model'});
	t.like(await ok('PATCH', 'model-versions/update', {name, version: '2', description: 'a copy'}), {
		model_version: {description: 'a copy'},
	});

	await ok('POST', 'model-versions/transition-stage', {name, version: '1', stage: 'production', archive_existing_versions: false});
	const {model_version: staged} = await ok('POST', 'model-versions/transition-stage', {
		name,
		version: '2',
		stage: 'Production',
		archive_existing_versions: true,
	});
	t.like(staged, {version: '2', current_stage: 'Production'});
	t.like(await ok('GET', 'model-versions/get', {name, version: '1'}), {model_version: {current_stage: 'Archived'}});
	t.deepEqual(versionNumbers(await ok('POST', 'registered-models/get-latest-versions', {name, stages: ['Production']})), ['2']);
	t.deepEqual(versionNumbers(await ok('GET', 'registered-models/get-latest-versions', {name, stages: ['Archived', 'None']})), ['1']);
	t.deepEqual(versionNumbers(await ok('GET', 'registered-models/get-latest-versions', {name})), ['2', '1'], 'in the order of the stages');
	t.like(
		await call('POST', 'model-versions/transition-stage', {name, version: '1', stage: 'Live'}),
		error(400, 'INVALID_PARAMETER_VALUE'),
	);
	t.like(
		await call('POST', 'model-versions/transition-stage', {name, version: '1', stage: 'None', archive_existing_versions: true}),
		error(400, 'INVALID_PARAMETER_VALUE'),
	);

	t.deepEqual(await ok('POST', 'model-versions/set-tag', {name, version: '2', key: 'validated', value: 'yes'}), {});
	t.deepEqual(await ok('POST', 'model-versions/set-tag', {name, version: '2', key: 'validated', value: 'no'}), {});
	t.like(await ok('GET', 'model-versions/get', {name, version: '2'}), {model_version: {tags: [{key: 'validated', value: 'no'}]}});
	t.deepEqual(await ok('DELETE', 'model-versions/delete-tag', {name, version: '2', key: 'validated'}), {});
	t.is(((await ok('GET', 'model-versions/get', {name, version: '2'}))['model_version'] as Body)['tags'], undefined);
	t.like(await call('POST', 'model-versions/set-tag', {name, version: '9', key: 'k', value: 'v'}), error(404, 'RESOURCE_DOES_NOT_EXIST'));

	await ok('POST', 'registered-models/alias', {name, alias: 'best', version: '2'});
	t.deepEqual(await ok('DELETE', 'model-versions/delete', {name, version: '2'}), {});
	t.like(await call('GET', 'registered-models/alias', {name, alias: 'best'}), error(400, 'INVALID_PARAMETER_VALUE'));
	t.like(await ok('POST', 'model-versions/create', {name, source: 'x'}), {model_version: {version: '3'}});
});

test('an alias points at one version, moves, and goes', async t => {
	const name = 'aliased';
	await ok('POST', 'registered-models/create', {name});
	for (const source of ['a', 'b']) {
		await ok('POST', 'model-versions/create', {name, source});
	}

	t.deepEqual(await ok('POST', 'registered-models/alias', {name, alias: 'champion', version: '1'}), {});
	t.like(await ok('GET', 'registered-models/alias', {name, alias: 'champion'}), {model_version: {version: '1', aliases: ['champion']}});
	await ok('POST', 'registered-models/alias', {name, alias: 'champion', version: '2'});
	t.like(await ok('GET', 'registered-models/alias', {name, alias: 'champion'}), {model_version: {version: '2'}});
	t.deepEqual(await ok('DELETE', 'registered-models/alias', {name, alias: 'champion'}), {});
	t.deepEqual(await ok('DELETE', 'registered-models/alias', {name, alias: 'champion'}), {}, 'twice is once');
	t.like(await call('GET', 'registered-models/alias', {name, alias: 'champion'}), error(400, 'INVALID_PARAMETER_VALUE'));
	for (const alias of ['latest', 'v1', 'a b', '']) {
		t.like(await call('POST', 'registered-models/alias', {name, alias, version: '1'}), error(400, 'INVALID_PARAMETER_VALUE'), alias);
	}

	t.like(await call('POST', 'registered-models/alias', {name, alias: 'a', version: '7'}), error(404, 'RESOURCE_DOES_NOT_EXIST'));
});

test('searches filter, sort and turn pages', async t => {
	for (const [name, owner] of [
		['s-Alpha', 'ann'],
		['s-beta', 'bob'],
		['s-gamma', undefined],
	] as const) {
		await ok('POST', 'registered-models/create', {name, ...(owner && {tags: [{key: 'owner', value: owner}]})});
	}

	const found = async (filter: string, more: Parameters = {}): Promise<string[]> =>
		names(await ok('GET', 'registered-models/search', {filter, ...more}));
	t.deepEqual(await found("name LIKE 's-%'"), ['s-Alpha', 's-beta', 's-gamma']);
	t.deepEqual(await found("name LIKE 's-a%'"), [], 'LIKE minds capitals');
	t.deepEqual(await found("name ILIKE 's-a%'"), ['s-Alpha']);
	t.deepEqual(await found("name LIKE 's_[ab]%'"), [], 'brackets are no wildcard');
	t.deepEqual(await found("name LIKE 's-%' AND tags.owner = 'bob'"), ['s-beta']);
	t.deepEqual(await found("name LIKE 's-%' AND tags.`owner` != 'bob'"), ['s-Alpha'], 'only what has the tag');
	await ok('POST', 'registered-models/set-tag', {name: 's-gamma', key: 'mlflow.prompt.is_prompt', value: 'true'});
	t.deepEqual(await found("name LIKE 's-%' AND tag.`mlflow.prompt.is_prompt` != 'true'"), ['s-Alpha', 's-beta'], 'as MLflow 3 asks');
	t.deepEqual(await found("tag.`mlflow.prompt.is_prompt` = 'true'"), ['s-gamma']);
	t.deepEqual(await found("name LIKE 's-%'", {order_by: ['name DESC']}), ['s-gamma', 's-beta', 's-Alpha']);
	const first = await ok('GET', 'registered-models/search', {filter: "name LIKE 's-%'", max_results: 2});
	t.deepEqual(names(first), ['s-Alpha', 's-beta']);
	const token = first['next_page_token'];
	const second = await ok('GET', 'registered-models/search', {filter: "name LIKE 's-%'", max_results: 2, page_token: token});
	t.deepEqual(names(second), ['s-gamma']);
	t.is(second['next_page_token'], undefined);
	t.like(await call('GET', 'registered-models/search', {page_token: token}), error(400, 'INVALID_PARAMETER_VALUE'), 'of another search');
	for (const bad of [{max_results: 0}, {max_results: 1001}, {filter: "size = 'x'"}, {order_by: ['size']}, {page_token: 'x'}]) {
		t.like(await call('GET', 'registered-models/search', bad), error(400, 'INVALID_PARAMETER_VALUE'), JSON.stringify(bad));
	}

	for (const index of [1, 2, 3, 4]) {
		const tags = index === 2 ? [{key: "it's", value: 'a"b'}] : [];
		await ok('POST', 'model-versions/create', {name: 's-beta', source: `s3://x/${index}`, run_id: `run-${index}`, tags});
	}

	const versions = async (filter: string, more: Parameters = {}): Promise<string[]> =>
		versionNumbers(await ok('GET', 'model-versions/search', {filter, ...more}));
	t.deepEqual(await versions("name = 's-beta'", {order_by: ['version_number ASC']}), ['1', '2', '3', '4']);
	t.deepEqual(await versions("run_id IN ('run-1', 'run-3')", {order_by: 'version_number DESC'}), ['3', '1']);
	t.deepEqual(await versions("name = 's-beta' AND version_number > 2", {order_by: ['version_number']}), ['3', '4']);
	t.deepEqual(await versions("name = 's-beta' AND source_path = 's3://x/2'"), ['2']);
	t.deepEqual(await versions('tags.`it\'s` = "a""b"'), ['2']);
});

test('a model with a spec: its versions and channels are there, its gates hold, its evidence stays', async t => {
	const name = SMALL_SPEC.name;
	const response = await fetch(`${running.url}/v1/models`, {
		method: 'POST',
		headers: {authorization: `Bearer ${admin}`, 'content-type': 'application/json'},
		body: JSON.stringify(SMALL_SPEC),
	});
	t.is(response.status, 201);
	const logger = new MemoryLogger();
	const store = await FileObjectStore.open({directory: dataPathsOf(running.config).objects, logger});
	const worker = new Registry({store, clock: new SystemClock(), logger});
	await worker.publish(manifestDraft('job-1', {model: name}), linearBlobs({weight: 1, bias: 0}));
	await worker.publish(
		manifestDraft('job-2', {model: name, accepted: false, gates: [{gate: 'parity', passed: false, reason: 'Flips.', measured: {}}]}),
		linearBlobs({weight: 2, bias: 0}),
	);

	t.deepEqual(versionNumbers(await ok('GET', 'model-versions/search', {filter: `name = '${name}'`, order_by: ['version_number']})), [
		'1',
		'2',
	]);
	t.like(await ok('GET', 'model-versions/get', {name, version: '1'}), {
		model_version: {source: `/v1/models/${name}/artifacts/1`, run_id: 'job-1', status: 'READY'},
	});
	t.deepEqual(await ok('GET', 'model-versions/get-download-uri', {name, version: '1'}), {
		artifact_uri: `${running.url}/v1/models/${name}/artifacts/1`,
	});
	t.deepEqual(await ok('POST', 'registered-models/alias', {name, alias: 'edge-stable', version: '1'}), {});
	t.like(await ok('GET', 'registered-models/alias', {name, alias: 'edge-stable'}), {
		model_version: {version: '1', aliases: ['edge-stable']},
	});
	t.like(await worker.currentOf(name, 'edge-stable'), {version: 1, sequence: 1}, 'an alias is a channel');
	t.like(await ok('GET', 'registered-models/get', {name}), {registered_model: {aliases: [{alias: 'edge-stable', version: '1'}]}});
	t.like(await call('POST', 'registered-models/alias', {name, alias: 'edge-stable', version: '2'}), error(403, 'PERMISSION_DENIED'));
	await ok('POST', 'model-versions/set-tag', {name, version: '2', key: 'note', value: 'refused'});
	t.deepEqual(versionNumbers(await ok('GET', 'model-versions/search', {filter: "tags.note = 'refused'"})), ['2']);
	for (const [method, route, parameters] of [
		['POST', 'model-versions/create', {source: 's3://x'}],
		['DELETE', 'model-versions/delete', {version: '1'}],
		['DELETE', 'registered-models/alias', {alias: 'edge-stable'}],
		['POST', 'registered-models/rename', {new_name: 'large'}],
		['DELETE', 'registered-models/delete', {}],
	] as const) {
		t.like(await call(method, route, {name, ...parameters}), error(403, 'PERMISSION_DENIED'), route);
	}

	await worker.publish(manifestDraft('job-3', {model: name}), linearBlobs({weight: 3, bias: 0}));
	t.deepEqual(versionNumbers(await ok('GET', 'registered-models/get-latest-versions', {name})), ['3'], 'published by another process');
	t.like(await call('POST', 'registered-models/create', {name}), error(400, 'RESOURCE_ALREADY_EXISTS'));
});

test('a name that an MLflow client has taken is not given to a spec', async t => {
	await ok('POST', 'registered-models/create', {name: 'taken'});
	const response = await fetch(`${running.url}/v1/models`, {
		method: 'POST',
		headers: {authorization: `Bearer ${admin}`, 'content-type': 'application/json'},
		body: JSON.stringify({...SMALL_SPEC, name: 'taken'}),
	});
	t.is(response.status, 409);
	t.like(await response.json(), {code: 'MODEL_EXISTS'});
});

test('keys: reading reads, managing changes, and a key for some models knows no others', async t => {
	const keyFor = async (scope: object): Promise<string> => {
		const response = await fetch(`${running.url}/v1/keys`, {
			method: 'POST',
			headers: {authorization: `Bearer ${admin}`, 'content-type': 'application/json'},
			body: JSON.stringify({name: 'test', ...scope}),
		});
		return ((await response.json()) as {key: string}).key;
	};

	await ok('POST', 'registered-models/create', {name: 'k-mine'});
	await ok('POST', 'registered-models/create', {name: 'k-theirs'});
	await ok('POST', 'model-versions/create', {name: 'k-theirs', source: 'x'});
	const reader = await keyFor({actions: ['read']});
	const mine = await keyFor({actions: ['read', 'manage'], models: ['k-mine']});
	const acme = await keyFor({actions: ['read', 'manage'], tenant: 'acme'});
	const search = {filter: "name LIKE 'k-%'"};
	t.like(await call('GET', 'registered-models/search', search, 'wrong'), error(401, 'UNAUTHENTICATED'));
	t.deepEqual(names((await call('GET', 'registered-models/search', search, reader)).body), ['k-mine', 'k-theirs']);
	t.is((await call('POST', 'registered-models/get-latest-versions', {name: 'k-mine'}, reader)).status, 200);
	t.like(
		await call('POST', 'registered-models/set-tag', {name: 'k-mine', key: 'a', value: 'b'}, reader),
		error(403, 'PERMISSION_DENIED'),
	);
	t.is((await call('POST', 'registered-models/set-tag', {name: 'k-mine', key: 'a', value: 'b'}, mine)).status, 200);
	t.deepEqual(names((await call('GET', 'registered-models/search', search, mine)).body), ['k-mine']);
	t.deepEqual((await call('GET', 'model-versions/search', search, mine)).body, {});
	for (const [method, route, parameters] of [
		['GET', 'registered-models/get', {name: 'k-theirs'}],
		['GET', 'model-versions/get', {name: 'k-theirs', version: '1'}],
		['POST', 'registered-models/create', {name: 'k-new'}],
		['POST', 'registered-models/rename', {name: 'k-mine', new_name: 'k-other'}],
		['DELETE', 'model-versions/delete', {name: 'k-theirs', version: '1'}],
	] as const) {
		t.like(await call(method, route, parameters, mine), error(403, 'PERMISSION_DENIED'), route);
	}

	t.is((await call('POST', 'registered-models/create', {name: 'k-acme'}, acme)).status, 200);
	t.deepEqual(names((await call('GET', 'registered-models/search', search, acme)).body), ['k-acme']);
	t.like(await call('GET', 'registered-models/get', {name: 'k-mine'}, acme), error(403, 'PERMISSION_DENIED'));
});

test('what is malformed or unknown is refused in the form of the protocol', async t => {
	for (const [method, route, parameters] of [
		['POST', 'registered-models/create', {}],
		['POST', 'registered-models/create', {name: ''}],
		['POST', 'registered-models/create', {name: 5}],
		['POST', 'registered-models/create', {name: 'a/b'}],
		['POST', 'registered-models/create', {name: 'x', tags: 'no list'}],
		['GET', 'model-versions/get', {name: 'external', version: 'one'}],
		['POST', 'model-versions/create', {name: 'external'}],
	] as const) {
		t.like(await call(method, route, parameters), error(400, 'INVALID_PARAMETER_VALUE'), `${route} ${JSON.stringify(parameters)}`);
	}

	const missing = await call('GET', 'registered-models/get');
	t.is(missing.body['message'], "Missing value for required parameter 'name'.");
	t.like(await call('GET', 'runs/get', {run_id: 'x'}), error(404, 'ENDPOINT_NOT_FOUND'));
	const malformed = await fetch(`${running.url}/ajax-api/2.0/mlflow/registered-models/create`, {
		method: 'POST',
		headers: {authorization: `Bearer ${admin}`, 'content-type': 'application/json'},
		body: '{',
	});
	t.is(malformed.status, 400);
	t.like(await malformed.json(), {error_code: 'INVALID_PARAMETER_VALUE'});
});
