/** The Open Inference Protocol over gRPC, asked by a client of grpc-js: both forms of tensors, the records and rights of REST, refusals by status. */
import path from 'node:path';
import {Client, credentials, loadPackageDefinition, Metadata, type ServiceClientConstructor, type ServiceError} from '@grpc/grpc-js';
import {loadSync} from '@grpc/proto-loader';
import test from 'ava';
import {PerennialClient} from '../app/replay/client.ts';
import {RELEASE} from '../app/wire.ts';
import {createRng, drawInteger} from '../core/numerics/index.ts';
import {runSystem, SMALL_SPEC, type RunningSystem} from './running-system.ts';

const NOW = Date.UTC(2026, 0, 5);
const TIME = '2026-01-05T00:00:00Z';
const PROTO = path.join(import.meta.dirname, '../api/inference-protocol/grpc/inference.proto');
const STATUS = {invalid: 3, notFound: 5, denied: 7, exhausted: 8, unavailable: 14, unauthenticated: 16};
const amount = {name: 'amount', datatype: 'FP64', shape: [2], contents: {fp64_contents: [12, -5]}};
const city = {name: 'city', datatype: 'BYTES', shape: [2, 1], contents: {bytes_contents: [Buffer.from('Oslo'), Buffer.from('Lima')]}};
const isNew = {name: 'isNew', datatype: 'BOOL', shape: [2], contents: {bool_contents: [true, false]}};
const idInput = {name: 'event.id', datatype: 'BYTES', shape: [2], contents: {bytes_contents: [Buffer.from('g1'), Buffer.from('g2')]}};

interface Output {
	readonly name: string;
	readonly datatype: string;
	readonly shape: readonly number[];
	readonly contents: {readonly fp64_contents: number[]; readonly bytes_contents: Buffer[]; readonly int64_contents: number[]} | null;
}

interface InferAnswer {
	readonly model_name: string;
	readonly model_version: string;
	readonly id: string;
	readonly outputs: readonly Output[];
	readonly raw_output_contents: readonly Buffer[];
}

type Ask = <Answer>(method: string, message: object, key?: string) => Promise<Answer>;

function clientOf(port: number): {readonly ask: Ask; close(): void} {
	const definition = loadSync(PROTO, {keepCase: true, longs: Number, defaults: true, arrays: true});
	const {GRPCInferenceService: Service} = loadPackageDefinition(definition)['inference'] as unknown as {
		readonly GRPCInferenceService: ServiceClientConstructor;
	};
	const client = new Service(`127.0.0.1:${port}`, credentials.createInsecure());
	return {
		async ask<Answer>(method: string, message: object, key?: string): Promise<Answer> {
			const metadata = new Metadata();
			if (key !== undefined) {
				metadata.set('authorization', `Bearer ${key}`);
			}

			return new Promise((resolve, reject) => {
				const call = (client[method] as unknown as (...asked: unknown[]) => void).bind(client);
				call(message, metadata, (error: ServiceError | null, answer: Answer) => {
					if (error) {
						reject(error);
					} else {
						resolve(answer);
					}
				});
			});
		},
		close() {
			client.close();
		},
	};
}

async function teach(client: PerennialClient): Promise<void> {
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
}

async function withFace<Result>(
	settings: Parameters<typeof runSystem>[0],
	use: (running: RunningSystem, ask: Ask) => Promise<Result>,
): Promise<Result> {
	const running = await runSystem({grpcPort: 0, ...settings});
	const client = clientOf(running.system.grpcPort!);
	try {
		return await use(running, client.ask);
	} finally {
		client.close();
		await running.remove();
	}
}

test('server and models say what they are, and when they are ready', async t =>
	withFace({}, async ({client}, ask) => {
		t.deepEqual(await ask('ServerLive', {}), {live: true});
		t.deepEqual(await ask('ServerReady', {}), {ready: true});
		t.deepEqual(await ask('ServerMetadata', {}), {name: 'perennial', version: RELEASE, extensions: []});
		await client.advance(NOW);
		await client.createModel(SMALL_SPEC);
		t.deepEqual(await ask('ModelReady', {name: 'small'}), {ready: false});
		await t.throwsAsync(ask('ModelInfer', {model_name: 'small', inputs: [amount]}), {
			code: STATUS.unavailable as never,
			message: /MODEL_NOT_READY: small has learnt nothing yet/v,
		});
		await teach(client);
		t.deepEqual(await ask('ModelReady', {name: 'small'}), {ready: true});
		t.like(await ask('ModelMetadata', {name: 'small'}), {
			name: 'small',
			platform: 'perennial',
			inputs: [
				{name: 'amount', datatype: 'FP64', shape: [-1]},
				{name: 'city', datatype: 'BYTES', shape: [-1]},
				{name: 'isNew', datatype: 'BOOL', shape: [-1]},
			],
		});
	}));

test('typed and raw tensors are answered alike, as over REST, and every answer is on record', async t =>
	withFace({}, async ({client, url}, ask) => {
		await client.advance(NOW);
		await client.createModel(SMALL_SPEC);
		await teach(client);
		const inputs = [amount, city, isNew];
		const typed = await ask<InferAnswer>('ModelInfer', {model_name: 'small', id: 'r7', inputs: [...inputs, idInput]});
		t.like(typed, {model_name: 'small', id: 'r7', raw_output_contents: []});
		const outputOf = (name: string): NonNullable<Output['contents']> => typed.outputs.find(output => output.name === name)!.contents!;
		const probabilities = outputOf('probability').fp64_contents;
		t.is(probabilities.length, 2);
		const record = await client.decision(outputOf('decisionId').bytes_contents[0]!.toString());
		t.is(record.scores['online']!['1'], probabilities[0]);

		const bytes = (text: string): Buffer => Buffer.concat([Buffer.from(Uint32Array.of(text.length).buffer), Buffer.from(text)]);
		const raw = await ask<InferAnswer>('ModelInfer', {
			model_name: 'small',
			inputs: inputs.map(({name, datatype, shape}) => ({name, datatype, shape})),
			raw_input_contents: [
				Buffer.from(Float64Array.of(12, -5).buffer),
				Buffer.concat([bytes('Oslo'), bytes('Lima')]),
				Buffer.from([1, 0]),
			],
			outputs: [{name: 'probability'}, {name: 'version'}],
		});
		t.deepEqual(
			raw.outputs.map(({name, shape}) => [name, shape]),
			[
				['probability', [2]],
				['version', [2]],
			],
		);
		const given = raw.raw_output_contents[0]!;
		t.deepEqual([given.readDoubleLE(0), given.readDoubleLE(8)], probabilities);

		const rest = await fetch(`${url}/v2/models/small/infer`, {
			method: 'POST',
			headers: {'Content-Type': 'application/json'},
			body: JSON.stringify({
				inputs: [
					{name: 'amount', datatype: 'FP64', shape: [2], data: [12, -5]},
					{name: 'city', datatype: 'BYTES', shape: [2], data: ['Oslo', 'Lima']},
					{name: 'isNew', datatype: 'BOOL', shape: [2], data: [true, false]},
				],
				outputs: [{name: 'probability'}],
			}),
		});
		t.deepEqual(((await rest.json()) as {outputs: {data: number[]}[]}).outputs[0]!.data, probabilities);
		t.regex(
			await client.metrics(),
			/perennial_http_requests_total\{route="\/inference\.GRPCInferenceService\/ModelInfer",method="POST",status="200"\} 2\n/v,
		);
	}));

test('what is wrong is refused with its status and its cure', async t =>
	withFace({quotas: {'*': {rowsPerMonth: 10}}}, async ({client}, ask) => {
		await client.advance(NOW);
		await client.createModel(SMALL_SPEC);
		await teach(client);
		const infer = async (more: object): Promise<unknown> => ask('ModelInfer', {model_name: 'small', inputs: [amount], ...more});
		const refused: readonly (readonly [object, number, RegExp])[] = [
			[{model_name: 'nobody'}, STATUS.notFound, /MODEL_NOT_FOUND/v],
			[{model_version: '77'}, STATUS.notFound, /VERSION_NOT_FOUND/v],
			[{inputs: []}, STATUS.invalid, /EVENT_INVALID: The request has no inputs/v],
			[{inputs: [{...amount, name: 'colour'}]}, STATUS.invalid, /FIELD_UNKNOWN: Tensor "colour"/v],
			[{inputs: [{...amount, datatype: 'FP65'}]}, STATUS.invalid, /FIELD_TYPE: .*FP65/v],
			[{inputs: [{...amount, datatype: 'FP16'}]}, STATUS.invalid, /raw_input_contents alone/v],
			[{inputs: [{...amount, shape: [3]}]}, STATUS.invalid, /has 2 elements in fp64_contents, its shape says 3/v],
			[{inputs: [{...amount, shape: [-1]}]}, STATUS.invalid, /no dimension is negative/v],
			[{inputs: [{...amount, shape: [20_000]}]}, STATUS.invalid, /at most 10000 rows/v],
			[{raw_input_contents: [Buffer.alloc(8), Buffer.alloc(8)]}, STATUS.invalid, /1 inputs and 2 raw_input_contents/v],
			[{raw_input_contents: [Buffer.alloc(9)]}, STATUS.invalid, /has 9 bytes; 2 elements of FP64 are 16/v],
			[{outputs: [{name: 'mood'}]}, STATUS.invalid, /FIELD_UNKNOWN: Tensor "mood" is no output/v],
		];
		for (const [more, code, message] of refused) {
			await t.throwsAsync(infer(more), {code: code as never, message}, JSON.stringify(more));
		}

		for (let call = 0; call < 3; call++) {
			await infer({});
		}

		const error = (await t.throwsAsync(infer({}), {
			code: STATUS.exhausted as never,
			message: /RATE_LIMITED/v,
		})) as unknown as ServiceError;
		t.true(Number(error.metadata.get('retry-after')[0]) > 0);
		t.regex(String(error.metadata.get('ratelimit')[0]), /^"rowsPerMonth";r=0;t=\d+$/v);
	}));

test('whatever bytes come as a message, the call is refused and the next one is answered', async t =>
	withFace({bodyBytesMax: 4096}, async ({system, logger}, ask) => {
		const raw = new Client(`127.0.0.1:${system.grpcPort!}`, credentials.createInsecure());
		const rng = createRng(1);
		const send = async (bytes: Buffer): Promise<number> =>
			new Promise(resolve => {
				const same = (value: Buffer): Buffer => value;
				raw.makeUnaryRequest('/inference.GRPCInferenceService/ModelInfer', same, same, bytes, error => {
					resolve(error?.code ?? 0);
				});
			});
		for (let call = 0; call < 200; call++) {
			t.not(await send(Buffer.from(Array.from({length: drawInteger(rng, 60)}, () => drawInteger(rng, 256)))), 0);
		}

		t.is(await send(Buffer.alloc(5000)), STATUS.exhausted);
		raw.close();
		t.deepEqual(await ask('ServerLive', {}), {live: true});
		t.deepEqual(
			logger.lines.filter(({level}) => level === 'error'),
			[],
		);
	}));

test('the same keys hold as over REST', async t =>
	withFace({authentication: 'keys'}, async ({system, url}, ask) => {
		const owner = system.apiKey!;
		const client = new PerennialClient(url, owner);
		await client.advance(NOW);
		await client.createModel(SMALL_SPEC);
		await teach(client);
		const makeKey = async (scope: object): Promise<string> => {
			const response = await fetch(`${url}/v1/keys`, {
				method: 'POST',
				headers: {'Content-Type': 'application/json', Authorization: `Bearer ${owner}`},
				body: JSON.stringify({name: 'test', ...scope}),
			});
			return ((await response.json()) as {key: string}).key;
		};

		const infer = async (key?: string): Promise<InferAnswer> =>
			ask<InferAnswer>('ModelInfer', {model_name: 'small', inputs: [amount]}, key);
		t.deepEqual(await ask('ServerLive', {}), {live: true});
		await t.throwsAsync(infer(), {code: STATUS.unauthenticated as never});
		await t.throwsAsync(infer('perennial_nobody'), {code: STATUS.unauthenticated as never});
		await t.throwsAsync(ask('ModelReady', {name: 'small'}), {code: STATUS.unauthenticated as never});
		await t.throwsAsync(infer(await makeKey({actions: ['read']})), {code: STATUS.denied as never});
		await t.throwsAsync(infer(await makeKey({actions: ['predict'], models: ['other']})), {code: STATUS.denied as never});
		await t.throwsAsync(infer(await makeKey({actions: ['predict'], tenant: 'other'})), {code: STATUS.denied as never});
		t.is((await infer(await makeKey({actions: ['predict'], models: ['small']}))).outputs.length, 6);
	}));
