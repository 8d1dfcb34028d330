/** The REST face of a whole system: what it answers, and what it says when things go wrong. */
import {request} from 'node:http';
import {Validator} from '@seriousme/openapi-schema-validator';
import test from 'ava';
import fc from 'fast-check';
import {runSystem, SMALL_SPEC, type RunningSystem} from './running-system.ts';

const NOW = Date.UTC(2026, 0, 5);
const TIME = '2026-01-05T00:00:00Z';

let running: RunningSystem;

interface Answer {
	readonly status: number;
	readonly headers: Headers;
	readonly body: Record<string, unknown> & {errors?: {path: string; code: string; message: string}[]};
}

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
	const raw = typeof body === 'string' || body instanceof Uint8Array;
	const response = await fetch(`${running.url}${path}`, {
		method,
		headers: {...(body !== undefined && !('content-type' in headers) && {'content-type': 'application/json'}), ...headers},
		...(body !== undefined && {body: raw ? (body as string) : JSON.stringify(body)}),
	});
	const text = await response.text();
	const isJson =
		(response.headers.get('content-type') ?? '').split(';', 1)[0]!.endsWith('json') &&
		!response.headers.get('content-type')!.includes('ndjson');
	return {status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : {text}) as Answer['body']};
}

const predict = async (body: unknown, headers?: Record<string, string>): Promise<Answer> =>
	call('POST', '/v1/models/small/predict', body, headers);
const features = {amount: 12, city: 'Oslo', isNew: true};

test.before(async () => {
	running = await runSystem({bodyBytesMax: 1 << 20});
	const {client} = running;
	await client.advance(NOW);
	await client.createModel(SMALL_SPEC);
	await client.events('small', [
		{id: 'first', time: TIME, features},
		{id: 'second', time: TIME, features: {...features, amount: -5}},
	]);
	await client.labels('small', [
		{id: 'first', value: 1, observedAt: TIME},
		{id: 'second', value: 0, observedAt: TIME},
	]);
	await client.advance(NOW);
});

test.after.always(async () => {
	await running.remove();
});

test.serial('the contract is valid OpenAPI 3.1 and names every route that is served', async t => {
	const {body} = await call('GET', '/openapi.json');
	const result = await new Validator().validate(body);
	t.true(result.valid, JSON.stringify(result.errors));
	const paths = Object.keys(body['paths'] as object);
	for (const path of [
		'/v1/models',
		'/v1/models/{model}/events',
		'/v1/models/{model}/predict',
		'/v1/models/{model}/labels',
		'/v1/jobs',
		'/v1/edges/{edge}/report',
		'/v1/stream',
		'/metrics',
	]) {
		t.true(paths.includes(path), path);
	}
});

test.serial('health: live, and ready', async t => {
	t.is((await call('GET', '/health/live')).status, 200);
	t.deepEqual((await call('GET', '/health/ready')).body, {status: 'ready', missing: []});
});

test.serial('every answer carries a request id; a sane one is kept, an insane one is not', async t => {
	t.is((await call('GET', '/v1/models', undefined, {'x-request-id': 'abc-123'})).headers.get('x-request-id'), 'abc-123');
	t.regex((await predict({features}, {'x-request-id': 'a b<script>'})).headers.get('x-request-id') ?? '', /^[\da-f\-]{36}$/v);
});

test.serial('an answer names tier, version, outcome and a decision that is found again', async t => {
	const {status, body} = await predict({id: 'asked', entity: 'c1', time: TIME, features});
	t.is(status, 200);
	t.like(body, {id: 'asked', tier: 'online', version: 0, channel: 'champion'});
	t.true(['approve', 'refer'].includes(body['outcome'] as string));
	const decision = await call('GET', `/v1/decisions/${body['decisionId'] as string}`);
	t.like(decision.body, {
		model: 'small',
		tier: 'online',
		event: {id: 'asked', entity: 'c1', time: '2026-01-05T00:00:00.000Z'},
		features: {amount: 12, city: 'Oslo', isNew: true},
	});
	t.is<unknown, unknown>((decision.body['scores'] as {online: Record<string, number>}).online['1'], body['probability']);
});

test.serial('the same id is answered the same; with other features it is refused', async t => {
	const first = await predict({id: 'twice', features});
	const second = await predict({id: 'twice', features});
	t.deepEqual(second.body, first.body);
	const conflict = await predict({id: 'twice', features: {...features, amount: 13}});
	t.is(conflict.status, 409);
	t.like(conflict.body, {code: 'EVENT_CONFLICT'});
});

test.serial('a label finds its event by the id of the decision', async t => {
	const {body} = await predict({id: 'by-decision', features});
	t.like((await call('POST', '/v1/models/small/labels', {id: body['decisionId'], value: 1})).body, {accepted: 1, waiting: 0});
	const decision = await call('GET', `/v1/decisions/${body['decisionId'] as string}`);
	t.like(decision.body, {labels: {0: {value: '1', channel: 'outcome', revision: 0, withdrawn: false}}});
});

test.serial('wrong types, unknown fields and empty features are refused by name; nothing is stored', async t => {
	const before = (await running.client.model('small')).counts;
	const cases: [Record<string, unknown>, string, string][] = [
		[{features: {amount: 'much'}}, 'FIELD_TYPE', 'features.amount'],
		[{features: {isNew: 'maybe', amount: 1}}, 'FIELD_TYPE', 'features.isNew'],
		[{features: {amount: 1, colour: 'red'}}, 'FIELD_UNKNOWN', 'features.colour'],
		[{features: {}}, 'FIELD_REQUIRED', 'features'],
		[{features: {amount: 1}, time: 'yesterday'}, 'TIME_INVALID', 'time'],
		[{features: {amount: 1}, id: ''}, 'EVENT_INVALID', 'id'],
		[{features: {amount: 1}, extra: 1}, 'EVENT_INVALID', 'extra'],
		[{}, 'EVENT_INVALID', 'features'],
	];
	for (const [body, code, path] of cases) {
		const {status, headers, body: problem} = await predict(body);
		t.is(status, 422, JSON.stringify(body));
		t.regex(headers.get('content-type') ?? '', /^application\/problem\+json/v);
		t.like(problem, {code, status: 422});
		t.is(problem.errors?.[0]?.path, path);
		t.is(problem['type'], `/errors#${code}`);
	}

	t.deepEqual((await running.client.model('small')).counts, before);
});

test.serial('NaN and infinity: the first is no JSON, the second no number', async t => {
	const nan = await predict('{"features": {"amount": NaN}}');
	t.like(nan.body, {code: 'BODY_MALFORMED', status: 400});
	const infinite = await predict('{"features": {"amount": 1e999}}');
	t.like(infinite.body, {code: 'FIELD_TYPE', status: 422});
});

test.serial('an excluded field is dropped, not refused', async t => {
	t.is((await predict({features: {...features, recovered: 12}})).status, 200);
});

test.serial('a batch is answered item by item', async t => {
	const {status, body} = await predict({instances: [{id: 'b1', features}, {id: 'b2', features: {amount: 'x'}}, 7, {features}]});
	t.is(status, 200);
	const [good, bad, none, unnamed] = body['predictions'] as Record<string, unknown>[];
	t.is(good!['id'], 'b1');
	t.like(bad!['error'], {code: 'FIELD_TYPE'});
	t.like(none!['error'], {code: 'EVENT_INVALID'});
	t.truthy(unnamed!['id']);
});

test.serial('NDJSON is answered line by line', async t => {
	const {body} = await predict(`{"features": {"amount": 1}}\nnonsense\n{"features": {"amount": 2}}\n`, {
		'content-type': 'application/x-ndjson',
	});
	const lines = (body['text'] as string)
		.trim()
		.split('\n')
		.map(line => JSON.parse(line) as Record<string, unknown>);
	t.deepEqual(
		lines.map(line => 'error' in line),
		[false, true, false],
	);
});

test.serial('a body of 100 MB is refused, whatever it claims, and the process lives on', async t => {
	const sent = await sendBytes('/v1/models/small/predict', {'transfer-encoding': 'chunked'}, 100 << 20);
	t.is(sent, 413);
	t.is(await sendBytes('/v1/models/small/events', {'content-length': String(100 << 20)}, 0), 413);
	t.is((await call('GET', '/health/live')).status, 200);
});

/** Send many bytes; gives the status. A server may cut the connection once it has answered. */
async function sendBytes(path: string, headers: Record<string, string>, bytes: number): Promise<number> {
	return new Promise((resolve, reject) => {
		const outgoing = request(
			`${running.url}${path}`,
			{method: 'POST', headers: {'content-type': 'application/json', ...headers}},
			response => {
				resolve(response.statusCode ?? 0);
				response.resume();
				outgoing.destroy();
			},
		);
		outgoing.on('error', reject);
		outgoing.flushHeaders();
		const chunk = Buffer.alloc(1 << 20, 'x');
		for (let rest = bytes; rest > 0; rest -= chunk.length) {
			outgoing.write(chunk);
		}

		if (bytes > 0) {
			outgoing.end();
		}
	});
}

test.serial('events: structured, binary and batch CloudEvents, NDJSON and plain', async t => {
	const event = {specversion: '1.0', id: 'ce-1', source: '/pos', type: 'application', subject: 'c9', time: TIME, data: features};
	const post = async (body: unknown, headers: Record<string, string>): Promise<Answer> =>
		call('POST', '/v1/models/small/events', body, headers);
	t.like((await post(event, {'content-type': 'application/cloudevents+json'})).body, {accepted: 1, duplicate: 0});
	t.like((await post(event, {'content-type': 'application/cloudevents+json; charset=utf-8'})).body, {accepted: 0, duplicate: 1});
	t.like((await post([event, {...event, id: 'ce-2'}], {'content-type': 'application/cloudevents-batch+json'})).body, {
		accepted: 1,
		duplicate: 1,
	});
	t.like(
		(
			await post(features, {
				'content-type': 'application/json',
				'ce-specversion': '1.0',
				'ce-id': 'ce-3',
				'ce-source': '/pos',
				'ce-type': 'application',
			})
		).body,
		{accepted: 1},
	);
	t.like(
		(
			await post(`${JSON.stringify({...event, id: 'ce-4'})}\n${JSON.stringify({id: 'plain-1', features})}\n`, {
				'content-type': 'application/x-ndjson',
			})
		).body,
		{accepted: 2},
	);
});

test.serial('events: a batch reports each bad item with index, code and field; a single bad event is a problem', async t => {
	const batch = [
		{id: 'ok-1', features},
		{id: 'bad-1', features: {amount: 'x', hue: 1}},
		{features},
		{id: 'ok-2', features, time: 'never'},
	];
	const {status, body} = await call('POST', '/v1/models/small/events', batch);
	t.is(status, 202);
	t.like(body, {accepted: 1, duplicate: 0});
	t.deepEqual(
		(body['rejected'] as {index: number; code: string; field: string}[]).map(({index, code, field}) => [index, code, field]),
		[
			[1, 'FIELD_TYPE', 'data.amount'],
			[1, 'FIELD_UNKNOWN', 'data.hue'],
			[2, 'FIELD_REQUIRED', 'id'],
			[3, 'TIME_INVALID', 'time'],
		],
	);
	t.like(await call('POST', '/v1/models/small/events', {id: 'x', features: {amount: 'x'}}), {status: 422, body: {code: 'FIELD_TYPE'}});
	t.like(await call('POST', '/v1/models/small/events', {specversion: '0.3', id: 'x', source: 's', type: 't', data: features}), {
		status: 422,
		body: {code: 'EVENT_INVALID'},
	});
	t.like(await call('POST', '/v1/models/small/events', 'a,b\n1,2\n', {'content-type': 'text/csv'}), {
		status: 415,
		body: {code: 'MEDIA_TYPE_UNSUPPORTED'},
	});
	t.like(await call('POST', '/v1/models/small/events', '{"id": '), {status: 400, body: {code: 'BODY_MALFORMED'}});
});

test.serial('labels: outside the task, malformed, for an unknown event, twice, corrected', async t => {
	await running.client.events('small', [{id: 'labelled', time: TIME, features}]);
	const label = async (body: unknown): Promise<Answer> => call('POST', '/v1/models/small/labels', body);
	t.like(await label({id: 'labelled', value: 'maybe'}), {status: 422, body: {code: 'LABEL_INVALID'}});
	t.like(await label({id: 'labelled'}), {status: 422, body: {code: 'LABEL_INVALID'}});
	t.like((await label({id: 'unknown-event', value: 1})).body, {accepted: 0, waiting: 1});
	t.like(
		(
			await label([
				{id: 'labelled', value: 1},
				{id: 'labelled', value: true},
				{id: 'labelled', value: 0},
			])
		).body,
		{accepted: 2, duplicate: 1},
	);
	t.like(await label({id: 'labelled', value: 1, revision: 0}), {status: 422, body: {code: 'LABEL_INVALID'}});
});

test.serial('a spec with faults: all of them, each with its path', async t => {
	const {status, body} = await call('POST', '/v1/models', {
		name: 'Bad Name',
		task: 'binary',
		label: {field: 'y', delay: {fixed: '7 days'}},
		colour: 1,
		features: [
			{name: 'a', type: 'number'},
			{name: 'b', type: 'numeric'},
			{name: 'b', type: 'numeric'},
			{name: 'y', type: 'numeric'},
		],
		monitors: {segments: ['b']},
	});
	t.is(status, 422);
	t.deepEqual(body.errors?.map(({path}) => path).toSorted(), [
		'colour',
		'features[0].type',
		'features[2].name',
		'features[3].name',
		'label.delay.fixed',
		'monitors.segments[0]',
		'name',
	]);
	t.like(await call('POST', '/v1/models', {...SMALL_SPEC, name: 'cron', offline: {schedule: 'weekly', timezone: 'Mars/Base'}}), {
		status: 422,
		body: {code: 'SPEC_INVALID'},
	});
	t.like(await call('POST', '/v1/models', {...SMALL_SPEC, name: 'learner', online: {learners: ['magic']}}), {
		status: 422,
		body: {code: 'SPEC_INVALID'},
	});
	t.like(await call('POST', '/v1/models', SMALL_SPEC), {status: 409, body: {code: 'MODEL_EXISTS'}});
});

test.serial('a spec in YAML; a change needs If-Match, makes a version, and a new schema version only when features change', async t => {
	const yaml = 'name: from-yaml\ntask: multiclass\nlabel: {field: kind, classes: [a, b, c]}\nfeatures: [{name: x, type: numeric}]\n';
	const created = await call('POST', '/v1/models', yaml, {'content-type': 'application/yaml'});
	t.is(created.status, 201);
	t.is(created.headers.get('etag'), '"1"');
	const {spec} = created.body as {spec: Record<string, unknown>};
	t.like(await call('PUT', '/v1/models/from-yaml', spec), {status: 428});
	t.like(await call('PUT', '/v1/models/from-yaml', spec, {'if-match': '"7"'}), {status: 412});
	const described = await call('PUT', '/v1/models/from-yaml', {...spec, description: 'new words'}, {'if-match': '"1"'});
	t.like(described.body, {specVersion: 2, schemaVersion: 1});
	const widened = await call(
		'PUT',
		'/v1/models/from-yaml',
		{
			...spec,
			features: [
				{name: 'x', type: 'numeric'},
				{name: 'y', type: 'numeric'},
			],
		},
		{'if-match': '"2"'},
	);
	t.like(widened.body, {specVersion: 3, schemaVersion: 2});
	t.like(await call('PUT', '/v1/models/from-yaml', {...spec, task: 'binary', label: {field: 'kind'}}, {'if-match': '"3"'}), {
		status: 422,
	});
	t.like(await call('POST', '/v1/models/from-yaml/events', {id: 'm1', features: {x: 1, y: 2}}), {status: 202});
	t.like(await call('POST', '/v1/models/from-yaml/labels', {id: 'm1', value: 'd'}), {status: 422});
	t.like(await call('POST', '/v1/models/from-yaml/labels', {id: 'm1', value: 'b'}), {status: 202});
	await running.client.advance(NOW);
	const answer = await call('POST', '/v1/models/from-yaml/predict', {features: {x: 1}});
	t.is(answer.body['class'], 'b');
	t.deepEqual(Object.keys(answer.body['probabilities'] as object), ['a', 'b', 'c']);
	t.like(await call('DELETE', '/v1/models/from-yaml'), {status: 200, body: {state: 'retired'}});
	t.like(await call('POST', '/v1/models/from-yaml/predict', {features: {x: 1}}), {status: 410});
	t.is((await call('GET', '/v1/models/from-yaml/marks')).status, 200);
});

test.serial('what is not there says so', async t => {
	const cases: [string, string, number, string][] = [
		['GET', '/v1/models/none', 404, 'MODEL_NOT_FOUND'],
		['POST', '/v1/models/none/predict', 404, 'MODEL_NOT_FOUND'],
		['GET', '/v1/nothing', 404, 'ROUTE_NOT_FOUND'],
		['GET', '/v1/models/small/versions/7', 404, 'VERSION_NOT_FOUND'],
		['GET', '/v1/models/small/versions/x', 422, 'PARAMETER_INVALID'],
		['GET', '/v1/models/small/channels/champion', 404, 'CHANNEL_NOT_FOUND'],
		['GET', '/v1/jobs/none', 404, 'JOB_NOT_FOUND'],
		['DELETE', '/v1/jobs/none', 404, 'JOB_NOT_FOUND'],
		['GET', '/v1/decisions/d-small-zzzz', 404, 'DECISION_NOT_FOUND'],
		['GET', '/v1/decisions/nonsense', 404, 'DECISION_NOT_FOUND'],
		['GET', '/v1/models/small/predict', 405, 'METHOD_NOT_ALLOWED'],
		['GET', '/v1/models?limit=0', 422, 'PARAMETER_INVALID'],
		['GET', '/v1/models?pageToken=zz', 422, 'PARAMETER_INVALID'],
		['GET', '/v1/models/%E0%A4%A/predict', 404, 'ROUTE_NOT_FOUND'],
		['GET', '/v1/models/%E0%A4%A', 400, 'BODY_MALFORMED'],
	];
	for (const [method, path, status, code] of cases) {
		const answer = await call(method, path, method === 'POST' ? {features} : undefined);
		t.like(answer, {status, body: {code, status}}, `${method} ${path}: ${JSON.stringify(answer.body)}`);
	}
});

test.serial('the clock of a replay moves forward only', async t => {
	t.like((await call('GET', '/v1/clock')).body, {kind: 'event'});
	t.like(await call('PUT', '/v1/clock', {now: '2020-01-01T00:00:00Z'}), {status: 409, body: {code: 'CLOCK_RUNS_BACKWARDS'}});
	t.like(await call('PUT', '/v1/clock', {now: 'noon'}), {status: 422});
});

test.serial('jobs: asked for, listed, cancelled; an Idempotency-Key makes two requests one', async t => {
	const first = await call('POST', '/v1/jobs', {kind: 'train', model: 'small'}, {'idempotency-key': 'k1'});
	t.is(first.status, 202);
	t.is((await call('POST', '/v1/jobs', {kind: 'train', model: 'small'}, {'idempotency-key': 'k1'})).body['id'], first.body['id']);
	t.like((await call('GET', `/v1/jobs/${first.body['id'] as string}`)).body, {state: 'queued', trigger: 'manual'});
	t.like(await call('DELETE', `/v1/jobs/${first.body['id'] as string}`), {status: 200, body: {state: 'cancelled'}});
	t.like(await call('POST', '/v1/jobs', {kind: 'dance', model: 'small'}), {status: 422});
	t.like(await call('POST', '/v1/jobs', {kind: 'train', model: 'none'}), {status: 404});
});

test.serial('an edge report is kept and shown', async t => {
	const report = {model: 'small', channel: 'edge-stable', state: 'starting', verified: false, bitEqual: false, predictions: 0};
	t.like(await call('POST', '/v1/edges/pi-1/report', report), {status: 200, body: {edge: 'pi-1'}});
	t.like(await call('POST', '/v1/edges/pi-1/report', {...report, model: 'none'}), {status: 404});
	t.like(await call('POST', '/v1/edges/pi-1/report', {...report, state: 'sleeping'}), {status: 422});
	t.true((await running.client.edges()).some(({edge}) => edge === 'pi-1'));
});

test.serial('the live stream begins with the clock, carries what changes, and can be resumed', async t => {
	const response = await fetch(`${running.url}/v1/stream`);
	const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
	let text = '';
	await call('POST', '/v1/edges/pi-2/report', {
		model: 'small',
		channel: 'edge-stable',
		state: 'starting',
		verified: false,
		bitEqual: false,
		predictions: 3,
	});
	while (!text.includes('pi-2')) {
		text += (await reader.read()).value ?? '';
	}

	await reader.cancel();
	t.regex(text, /event: clock\ndata: \{"kind":"event"/v);
	const id = Number(/id: (?<id>\d+)\nevent: edge/v.exec(text)?.groups!['id']);
	const resumed = await fetch(`${running.url}/v1/stream`, {headers: {'last-event-id': String(id - 1)}});
	const again = resumed.body!.pipeThrough(new TextDecoderStream()).getReader();
	let second = '';
	while (!second.includes('pi-2')) {
		second += (await again.read()).value ?? '';
	}

	await again.cancel();
	t.true(second.includes(`id: ${id}\n`));
	const forgotten = await fetch(`${running.url}/v1/stream`, {headers: {'last-event-id': '99999'}});
	const third = forgotten.body!.pipeThrough(new TextDecoderStream()).getReader();
	let reset = '';
	while (!reset.includes('event: reset')) {
		reset += (await third.read()).value ?? '';
	}

	await third.cancel();
	t.pass();
});

test.serial('metrics move, and carry no id of an event or a person', async t => {
	const text = await running.client.metrics();
	t.regex(text, /^perennial_decisions_total\{.*model="small".*\} \d+$/mv);
	t.regex(text, /^perennial_events_total\{model="small",result="accepted"\} \d+$/mv);
	t.regex(text, /^perennial_http_requests_total\{.*route="\/v1\/models\/:model\/predict".*\} \d+$/mv);
	t.notRegex(text, /by-decision|"c1"|ce-1/v);
});

test.serial('property: no body whatsoever crashes it, leaks a stack or gives a 5xx', async t => {
	const value = fc.jsonValue({maxDepth: 2});
	const route = fc.constantFrom(
		'/v1/models/small/predict',
		'/v1/models/small/events',
		'/v1/models/small/labels',
		'/v1/models',
		'/v1/jobs',
		'/v1/edges/x/report',
		'/v1/models/small/channels/champion',
	);
	const body = fc.oneof(
		value.map(document => JSON.stringify(document)),
		fc
			.record({id: fc.string(), features: fc.dictionary(fc.constantFrom('amount', 'city', 'isNew', '__proto__', 'x'), value)})
			.map(document => JSON.stringify(document)),
		fc.array(fc.record({id: value, value, observedAt: value})).map(document => JSON.stringify(document)),
		fc.string({unit: 'binary'}),
	);
	const type = fc.constantFrom(
		'application/json',
		'application/cloudevents+json',
		'application/cloudevents-batch+json',
		'application/x-ndjson',
		'application/yaml',
		'text/plain',
	);
	await fc.assert(
		fc.asyncProperty(route, body, type, async (path, text, mediaType) => {
			const answer = await call(path.endsWith('champion') ? 'PUT' : 'POST', path, text, {'content-type': mediaType});
			t.true(answer.status < 500, `${path} ${mediaType} ${text}: ${JSON.stringify(answer.body)}`);
			t.notRegex(JSON.stringify(answer.body), /node_modules|\.ts:\d/v);
		}),
		{seed: 4, numRuns: 400},
	);
	t.is((await call('GET', '/health/ready')).status, 200);
});
