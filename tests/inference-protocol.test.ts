/** The Open Inference Protocol on a whole system: the specification's forms, the binary extension, and a refusal with its cure for every wrong tensor. */
import test from 'ava';
import fc from 'fast-check';
import {runSystem, SMALL_SPEC, type RunningSystem} from './running-system.ts';

const NOW = Date.UTC(2026, 0, 5);
const TIME = '2026-01-05T00:00:00Z';
const INFER = '/v2/models/small/infer';
const HEADER_LENGTH = 'inference-header-content-length';
const amount = {name: 'amount', shape: [2], datatype: 'FP64', data: [12, -5]};
const city = {name: 'city', shape: [2, 1], datatype: 'BYTES', data: [['Oslo'], ['Lima']]};
const isNew = {name: 'isNew', shape: [2], datatype: 'BOOL', data: [true, null]};

let running: RunningSystem;

interface Output {
	readonly name: string;
	readonly datatype: string;
	readonly shape: readonly number[];
	readonly data?: readonly unknown[];
	readonly parameters?: {readonly binary_data_size: number};
}

interface Answer {
	readonly status: number;
	readonly headers: Headers;
	readonly bytes: Uint8Array;
	readonly body: {readonly id?: string; readonly error?: string; readonly model_version?: string; readonly outputs: Output[]} & Record<
		string,
		unknown
	>;
}

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
	const raw = body instanceof Uint8Array || typeof body === 'string';
	const response = await fetch(`${running.url}${path}`, {
		method,
		headers: {'content-type': 'application/json', ...headers},
		...(body !== undefined && {body: raw ? (body as string) : JSON.stringify(body)}),
	});
	const bytes = new Uint8Array(await response.arrayBuffer());
	const header = response.headers.get(HEADER_LENGTH);
	const json = Buffer.from(bytes.subarray(0, header === null ? bytes.length : Number(header))).toString();
	return {status: response.status, headers: response.headers, bytes, body: JSON.parse(json) as Answer['body']};
}

/** A JSON part and the bytes behind it. */
function binaryBody(header: object, ...parts: Uint8Array[]): {readonly body: Uint8Array; readonly headers: Record<string, string>} {
	const json = Buffer.from(JSON.stringify(header));
	return {
		body: Buffer.concat([json, ...parts]),
		headers: {[HEADER_LENGTH]: String(json.length), 'content-type': 'application/octet-stream'},
	};
}

test.before(async () => {
	running = await runSystem({bodyBytesMax: 1 << 20});
	const {client} = running;
	await client.advance(NOW);
	await client.createModel(SMALL_SPEC);
});

test.after.always(async () => {
	await running.remove();
});

test.serial('a model that has learnt nothing is not ready, and says why', async t => {
	t.deepEqual((await call('GET', '/v2/models/small/ready')).body as object, {name: 'small', ready: false});
	const {status, body} = await call('POST', INFER, {inputs: [amount]});
	t.is(status, 503);
	t.regex(body.error!, /^MODEL_NOT_READY: small has learnt nothing yet/v);
	const features = {amount: 12, city: 'Oslo', isNew: true};
	await running.client.events('small', [
		{id: 'first', time: TIME, features},
		{id: 'second', time: TIME, features: {...features, amount: -5}},
	]);
	await running.client.labels('small', [
		{id: 'first', value: 1, observedAt: TIME},
		{id: 'second', value: 0, observedAt: TIME},
	]);
	await running.client.advance(NOW);
	t.deepEqual((await call('GET', '/v2/models/small/ready')).body as object, {name: 'small', ready: true});
});

test.serial('server metadata and health have the forms of the specification', async t => {
	const {body} = await call('GET', '/v2');
	t.is(body['name'], 'perennial');
	t.deepEqual(body['extensions'], ['binary_tensor_data', 'model_repository']);
	t.deepEqual((await call('GET', '/v2/health/live')).body as object, {live: true});
	t.like((await call('GET', '/v2/health/ready')).body, {live: true, ready: true});
});

test.serial('model metadata names a tensor a feature, and the outputs', async t => {
	const {body} = await call('GET', '/v2/models/small');
	t.deepEqual(body['inputs'], [
		{name: 'amount', datatype: 'FP64', shape: [-1]},
		{name: 'city', datatype: 'BYTES', shape: [-1]},
		{name: 'isNew', datatype: 'BOOL', shape: [-1]},
	]);
	t.deepEqual(
		body.outputs.map(({name}) => name),
		['probability', 'score', 'outcome', 'decisionId', 'tier', 'version'],
	);
	t.is((await call('GET', '/v2/models/none')).status, 404);
	t.regex(
		(await call('GET', '/v2/models/small/versions/7')).body.error!,
		/^VERSION_NOT_FOUND: No channel of small points at version "7"/v,
	);
});

test.serial('a JSON request in the form of the example is answered as /predict answers, id and outputs as asked for', async t => {
	const {status, body} = await call('POST', INFER, {
		id: '42',
		inputs: [amount, city, isNew],
		outputs: [{name: 'probability'}, {name: 'decisionId'}],
	});
	t.is(status, 200);
	t.is(body.id, '42');
	t.is(body['model_name'], 'small');
	const [probability, decisionId] = body.outputs;
	t.like(probability, {name: 'probability', datatype: 'FP64', shape: [2]});
	const same = await running.client.predict('small', [{id: 'x', time: TIME, features: {amount: 12, city: 'Oslo', isNew: true}}]);
	t.is((same[0] as {probability: number}).probability, probability!.data![0] as number);
	const decision = (await call('GET', `/v1/decisions/${String(decisionId!.data![1])}`)).body;
	t.deepEqual(decision['features'], {amount: -5, city: 'Lima', isNew: null});
});

test.serial('the binary form gives the same answer as the JSON form, both ways', async t => {
	const json = await call('POST', INFER, {inputs: [amount, city]});
	const [oslo, lima] = ['Oslo', 'Lima'].map(text => Buffer.concat([Buffer.from(Uint32Array.of(4).buffer), Buffer.from(text)]));
	const {body, headers} = binaryBody(
		{
			inputs: [
				{name: 'amount', shape: [2], datatype: 'FP32', parameters: {binary_data_size: 8}},
				{name: 'city', shape: [2], datatype: 'BYTES', parameters: {binary_data_size: 16}},
			],
			parameters: {binary_data_output: true},
			outputs: [{name: 'probability'}, {name: 'tier'}, {name: 'version', parameters: {binary_data: false}}],
		},
		new Uint8Array(Float32Array.of(12, -5).buffer),
		oslo!,
		lima!,
	);
	const answer = await call('POST', INFER, body, headers);
	t.is(answer.status, 200);
	t.is(answer.headers.get('content-type'), 'application/octet-stream');
	const binary = answer.bytes.slice(Number(answer.headers.get(HEADER_LENGTH)));
	t.deepEqual([...new Float64Array(binary.slice(0, 16).buffer)], json.body.outputs[0]!.data as number[]);
	t.is(Buffer.from(binary.slice(16)).toString(), '\u0006\0\0\0online\u0006\0\0\0online');
	t.deepEqual(
		answer.body.outputs.map(({parameters}) => parameters?.binary_data_size),
		[16, 20, undefined],
	);
	t.deepEqual(answer.body.outputs[2]!.data, [0, 0]);
});

test.serial('the event of a row can be named, so that its label finds it', async t => {
	const named = {inputs: [{name: 'event.id', shape: [2], datatype: 'BYTES', data: ['row-1', 'row-2']}, amount]};
	const first = await call('POST', INFER, named);
	const again = await call('POST', INFER, named);
	t.deepEqual(again.body.outputs, first.body.outputs);
	t.is((await running.client.labels('small', [{id: 'row-1', value: 1, observedAt: TIME}])).accepted, 1);
});

const REFUSED: Readonly<Record<string, readonly [request: unknown, status: number, error: RegExp]>> = {
	'an unknown input': [
		{inputs: [amount, {...city, name: 'town'}]},
		400,
		/^FIELD_UNKNOWN: Tensor "town" is no input of small; it takes amount, city, isNew/v,
	],
	'an unknown output': [
		{inputs: [amount], outputs: [{name: 'odds'}]},
		400,
		/^FIELD_UNKNOWN: Tensor "odds" is no output of small; it gives probability/v,
	],
	'an input twice': [{inputs: [amount, amount]}, 400, /^FIELD_TYPE: Tensor "amount" is there twice/v],
	'another datatype': [
		{inputs: [{...amount, datatype: 'BYTES', data: ['a', 'b']}]},
		400,
		/Tensor "amount" is BYTES; this numeric feature takes FP64/v,
	],
	'a datatype that is none': [{inputs: [{...amount, datatype: 'FP128'}]}, 400, /^EVENT_INVALID: .*datatype/v],
	'an element of another type': [
		{inputs: [{...amount, data: [1, 'b']}]},
		400,
		/Tensor "amount" has a string at element 1; FP64 takes numbers/v,
	],
	'fewer elements than the shape': [{inputs: [{...amount, data: [1]}]}, 400, /has 1 elements in data, its shape \[2\] says 2/v],
	'another number of rows': [
		{inputs: [amount, {...city, shape: [1], data: ['Oslo']}]},
		400,
		/"city" has the shape \[1\]; each input is one column/v,
	],
	'two columns': [{inputs: [{...amount, shape: [1, 2]}]}, 400, /"amount" has the shape \[1, 2\]; each input is one column/v],
	'no row': [{inputs: [{...amount, shape: [0], data: []}]}, 400, /at least one row/v],
	'more rows than a request takes': [{inputs: [{...amount, shape: [10_001], data: []}]}, 400, /at most 10000 rows, so send it in parts/v],
	'no data': [{inputs: [{...amount, data: undefined}]}, 400, /must have its elements either in data or/v],
	'no inputs': [{inputs: []}, 400, /^EVENT_INVALID: inputs/v],
	'a row with nothing': [{inputs: [{...amount, data: [1, null]}]}, 400, /^EVENT_INVALID: Row 1: features has no feature of this model/v],
	'no JSON': ['{"inputs": [', 400, /^BODY_MALFORMED: The body is no JSON/v],
	'deep JSON': ['['.repeat(100), 400, /^BODY_MALFORMED: The body is nested deeper than 64/v],
};
for (const [what, [request, status, error]] of Object.entries(REFUSED)) {
	test.serial(`refused with name and cure: ${what}`, async t => {
		const answer = await call('POST', INFER, request);
		t.is(answer.status, status);
		t.deepEqual(Object.keys(answer.body), ['error']);
		t.regex(answer.body.error!, error);
	});
}

test.serial('refused with name and cure: binary parts that do not add up', async t => {
	const input = (size: number): object => ({
		inputs: [{name: 'amount', shape: [1], datatype: 'FP64', parameters: {binary_data_size: size}}],
	});
	const send = async (size: number, bytes: number, length?: string): Promise<string> => {
		const {body, headers} = binaryBody(input(size), new Uint8Array(bytes));
		return (await call('POST', INFER, body, {...headers, ...(length !== undefined && {[HEADER_LENGTH]: length})})).body.error!;
	};
	t.regex(await send(8, 4), /only 4 bytes are left of the body/v);
	t.regex(await send(4, 4), /"amount" has 4 bytes; 1 elements of FP64 are 8/v);
	t.regex(await send(8, 9), /9 bytes follow the JSON part/v);
	t.regex(await send(8, 8, '100000'), /^BODY_MALFORMED: Inference-Header-Content-Length is "100000"/v);
	t.regex(await send(8, 8, '-1'), /^BODY_MALFORMED/v);
});

test.serial('the repository: index, unload, load', async t => {
	const index = async (body?: object): Promise<object> => (await call('POST', '/v2/repository/index', body)).body;
	t.deepEqual(await index(), [{name: 'small', version: '0', state: 'READY', reason: ''}]);
	t.is((await call('POST', '/v2/repository/models/small/unload', {})).status, 200);
	t.deepEqual(await index({}), [{name: 'small', version: '0', state: 'UNAVAILABLE', reason: 'unloaded'}]);
	t.deepEqual(await index({ready: true}), []);
	t.regex(
		(await call('POST', INFER, {inputs: [amount]})).body.error!,
		/^MODEL_NOT_READY: small was unloaded; POST .*load brings it back/v,
	);
	t.is((await call('GET', '/v2/models/small/ready')).status, 503);
	t.is((await call('POST', '/v2/repository/models/small/load', {})).status, 200);
	t.is((await call('POST', INFER, {inputs: [amount]})).status, 200);
	t.is((await call('POST', '/v2/repository/models/none/load', {})).status, 404);
	t.regex((await call('GET', '/v2/nothing')).body.error!, /^ROUTE_NOT_FOUND/v);
});

test.serial('whatever bytes come, the answer is a refusal in the form of the protocol', async t => {
	const piece = fc.oneof(fc.json({maxDepth: 3}), fc.string());
	const nearly = fc.record(
		{
			id: fc.oneof(fc.string(), fc.integer()),
			inputs: fc.array(
				fc.record(
					{
						name: fc.constantFrom('amount', 'city', 'isNew', '__proto__', 'constructor', 'x'),
						shape: fc.array(fc.integer({min: -1, max: 4}), {maxLength: 3}),
						datatype: fc.constantFrom('FP64', 'BYTES', 'BOOL', 'INT64', 'FP16', 'nothing'),
						parameters: fc.record({binary_data_size: fc.integer({min: -1, max: 20})}, {requiredKeys: []}),
						data: fc.array(fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null))),
					},
					{requiredKeys: ['name']},
				),
				{maxLength: 3},
			),
		},
		{requiredKeys: []},
	);
	await fc.assert(
		fc.asyncProperty(
			fc.oneof(
				piece,
				nearly.map(document => JSON.stringify(document)),
			),
			fc.option(fc.integer({min: 0, max: 200})),
			async (body, length) => {
				const {status, body: answer} = await call('POST', INFER, body, length === null ? {} : {[HEADER_LENGTH]: String(length)});
				t.true(status < 500, JSON.stringify(answer));
				if (status !== 200) {
					t.deepEqual(Object.keys(answer), ['error']);
					t.false(answer.error!.includes('    at '));
				}
			},
		),
		{seed: 1, numRuns: 300},
	);
});
