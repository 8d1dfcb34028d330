/** Requests and responses as CloudEvents: in order, again when a sink fails, never more than fit, and none of it felt by whoever asks. */
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {CloudEventSender, type LoggedExchange, type LogResult} from '../app/inference-log/cloud-event-sender.ts';
import {InferenceLog} from '../app/inference-log/inference-log.ts';
import {MemoryLogger, MemoryMetricSink} from '../core/domain/index.ts';
import {openEventSink, type SunkEvent} from './event-sink.ts';
import {runSystem, SMALL_SPEC} from './running-system.ts';

const NOW = Date.UTC(2026, 0, 5);
const features = {amount: 12, city: 'Oslo', isNew: true};
const LOOKS_MAX = 3000;

async function until(isTrue: () => boolean): Promise<void> {
	for (let look = 0; look < LOOKS_MAX && !isTrue(); look++) {
		await sleep(10);
	}
}

function exchangeOf(model: string, id: string): LoggedExchange {
	const body = (text: string) => ({mediaType: 'application/json', bytes: new TextEncoder().encode(text)});
	return {model, tenant: 'acme', id, time: '2026-01-05T00:00:00.000Z', request: body(`"asked ${id}"`), response: body(`"said ${id}"`)};
}

const nameOf = ({headers}: SunkEvent): string => `${String(headers['ce-id'])} ${String(headers['ce-type']).split('.').at(-1)!}`;

test('events of a model arrive in their order, and a sink that fails is asked again; another model does not wait for it', async t => {
	const names: string[] = [];
	const sink = await openEventSink(event => {
		names.push(nameOf(event));
		return nameOf(event) === 'a1 response' && !names.includes('b1 response') ? 503 : 202;
	});
	const settled: [string, LogResult][] = [];
	const sender = new CloudEventSender({url: sink.url, pauseMs: 1, onSettled: ({id}, result) => settled.push([id, result])});
	for (const [model, id] of [
		['a', 'a1'],
		['a', 'a2'],
		['b', 'b1'],
	] as const) {
		sender.send(exchangeOf(model, id));
	}

	await until(() => settled.length === 3);
	t.deepEqual([...new Set(names.filter(name => name.startsWith('a')))], ['a1 request', 'a1 response', 'a2 request', 'a2 response']);
	t.deepEqual(
		names.filter(name => name.startsWith('b')),
		['b1 request', 'b1 response'],
	);
	t.true(
		names.lastIndexOf('a1 response') > names.indexOf('b1 response') && names.lastIndexOf('a1 response') < names.indexOf('a2 request'),
	);
	t.true(settled.every(([, result]) => result === 'delivered'));
	await sink.close();
});

test('what a sink refuses is not sent again, and what it never takes is given up; the next goes on', async t => {
	const sink = await openEventSink(event => (nameOf(event) === 'bad request' ? 400 : nameOf(event) === 'late request' ? 500 : 200));
	const settled: [string, LogResult][] = [];
	const sender = new CloudEventSender({
		url: sink.url,
		pauseMs: 1,
		attemptsMax: 3,
		onSettled: ({id}, result) => settled.push([id, result]),
	});
	for (const id of ['bad', 'late', 'good']) {
		sender.send(exchangeOf('a', id));
	}

	await until(() => settled.length === 3);
	t.deepEqual(settled, [
		['bad', 'refused'],
		['late', 'lost'],
		['good', 'delivered'],
	]);
	t.deepEqual(sink.events.map(nameOf), ['bad request', 'late request', 'late request', 'late request', 'good request', 'good response']);
	await sink.close();
});

test('what does not fit is left out and counted; what fits arrives', async t => {
	let open = (): void => undefined;
	const gate = new Promise<void>(resolve => {
		open = resolve;
	});
	const sink = await openEventSink(async () => {
		await gate;
		return 200;
	});
	const metrics = new MemoryMetricSink();
	const logger = new MemoryLogger();
	const log = new InferenceLog({url: sink.url, share: 1, exchangesMax: 5, tenantOf: async () => 'acme', metrics, logger});
	const body = {mediaType: 'application/json', bytes: Buffer.from('{}')};
	for (let index = 0; index < 12; index++) {
		log.take({model: 'a', id: `x${index}`, request: body, response: body});
	}

	await until(() => log.waiting === 5);
	t.is(log.waiting, 5);
	const counted = (result: string): number | undefined =>
		metrics.values.get(`perennial_inference_log_exchanges_total{model="a",result="${result}"}`);
	await until(() => counted('shed') === 7);
	t.is(counted('shed'), 7);
	t.is(logger.lines.filter(({level}) => level === 'warn').length, 1);
	open();
	await until(() => counted('delivered') === 5);
	t.is(counted('delivered'), 5);
	t.deepEqual(sink.events.map(nameOf), Array.from({length: 5}, (_, index) => [`x${index} request`, `x${index} response`]).flat());
	await log.stop();
	await sink.close();
});

test('a system posts what it was asked and what it answered, byte for byte, with the names that KServe gives them', async t => {
	const sink = await openEventSink();
	const running = await runSystem({inferenceLogUrl: sink.url});
	const {client, url} = running;
	try {
		await client.advance(NOW);
		await client.createModel({...SMALL_SPEC, tenant: 'acme'});
		const time = new Date(NOW).toISOString();
		await client.events('small', [
			{id: 'first', time, features},
			{id: 'second', time, features: {...features, amount: -5}},
		]);
		await client.labels('small', [
			{id: 'first', value: 1, observedAt: time},
			{id: 'second', value: 0, observedAt: time},
		]);
		await client.advance(NOW);
		const post = async (path: string, id: string, body: string | Uint8Array<ArrayBuffer>, more: Record<string, string> = {}) => {
			const headers = {'Content-Type': 'application/json', 'X-Request-Id': id, ...more};
			const response = await fetch(`${url}${path}`, {method: 'POST', headers, body});
			return {status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer())};
		};

		const single = JSON.stringify({features});
		const answered = await post('/v1/models/small/predict', 'single', single);
		const json = JSON.stringify({
			inputs: [{name: 'amount', shape: [1], datatype: 'FP64', parameters: {binary_data_size: 8}}],
			parameters: {binary_data_output: true},
		});
		const binary = Buffer.concat([Buffer.from(json), Buffer.from(Float64Array.of(3).buffer)]);
		const inferred = await post('/v2/models/small/infer', 'binary', binary, {
			'Content-Type': 'application/octet-stream',
			'Inference-Header-Content-Length': String(json.length),
		});
		t.is((await post('/v1/models/small/predict', 'bad', '{}')).status, 422);
		await post('/v1/models/small/predict', 'lines', `${single}\n`, {'Content-Type': 'application/x-ndjson'});
		await until(() => sink.events.length === 6);
		t.deepEqual(sink.events.map(nameOf), [
			'single request',
			'single response',
			'binary request',
			'binary response',
			'lines request',
			'lines response',
		]);
		const [asked, said, askedBinary, saidBinary] = sink.events as [SunkEvent, SunkEvent, SunkEvent, SunkEvent];
		t.is(asked.body.toString(), single);
		t.deepEqual(said.body, answered.bytes);
		t.like(said.headers, {
			'ce-specversion': '1.0',
			'ce-type': 'org.kubeflow.serving.inference.response',
			'ce-source': '/v1/models/small',
			'ce-inferenceservicename': 'small',
			'ce-namespace': 'acme',
			'ce-component': 'predictor',
			'content-type': 'application/json',
		});
		t.deepEqual(askedBinary.body, binary);
		t.deepEqual(saidBinary.body, inferred.bytes);
		t.deepEqual(JSON.parse(String(saidBinary.headers['ce-metadata'])), {
			'Inference-Header-Content-Length': [inferred.headers.get('inference-header-content-length')],
		});
		t.regex(await client.metrics(), /perennial_inference_log_exchanges_total\{model="small",result="delivered"\} [23]\n/v);
	} finally {
		await running.remove();
		await sink.close();
	}
});

test('a share of nothing posts nothing', async t => {
	const metrics = new MemoryMetricSink();
	const log = new InferenceLog({
		url: 'http://127.0.0.1:9/',
		share: 0,
		tenantOf: async () => 'acme',
		metrics,
		logger: new MemoryLogger(),
	});
	const body = {mediaType: 'application/json', bytes: Buffer.from('{}')};
	log.take({model: 'a', id: 'x', request: body, response: body});
	await sleep(5);
	t.is(log.waiting, 0);
	await log.stop();
});
