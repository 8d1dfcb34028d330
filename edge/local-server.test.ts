import {once} from 'node:events';
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {MemoryLogger, PerennialError} from '../core/domain/index.ts';
import type {EdgeReport} from './agent.ts';
import {startLocalServer, type LocalServerOptions} from './local-server.ts';

const STATUS: EdgeReport = {
	edge: 'till-4',
	model: 'loan-default',
	channel: 'edge-stable',
	version: 3,
	state: 'serving',
	verified: true,
	bitEqual: true,
	predictions: 7,
};

/** Scores the amount, once an output. */
function agentOf(outputCount: number, over: Partial<LocalServerOptions['agent']> = {}): LocalServerOptions['agent'] {
	return {
		status: () => STATUS,
		async predict(rows) {
			const logits = Float32Array.from(
				rows.flatMap(({amount}) => Array.from({length: outputCount}, (_, output) => Number(amount) + output)),
			);
			return {version: 3, rowCount: rows.length, outputCount, logits, probabilities: logits.map(logit => logit / 10)};
		},
		...over,
	};
}

type Ask = (path: string, body?: string, method?: string) => Promise<{status: number; type: string | null; body: unknown}>;

async function start(t: ExecutionContext, agent: LocalServerOptions['agent']): Promise<Ask> {
	const server = await startLocalServer({agent, port: 0, bodyBytesMax: 1000, logger: new MemoryLogger()});
	t.teardown(() => server.close());
	return async (path, body, method = body === undefined ? 'GET' : 'POST') => {
		const response = await fetch(`${server.url}${path}`, {method, ...(body !== undefined && {body}), headers: {connection: 'close'}});
		return {status: response.status, type: response.headers.get('content-type'), body: await response.json()};
	};
}

test('one row, several rows, several classes', async t => {
	const binary = await start(t, agentOf(1));
	t.deepEqual((await binary('/predict', '{"features": {"amount": 2}}')).body, {version: 3, probability: Math.fround(0.2), logit: 2});
	t.deepEqual(
		(await binary('/predict?x=1', '{"instances": [{"id": "a", "features": {"amount": 2}}, {"features": {"amount": 4}}]}')).body,
		{
			version: 3,
			predictions: [
				{probability: Math.fround(0.2), logit: 2},
				{probability: Math.fround(0.4), logit: 4},
			],
		},
	);
	const multiclass = await start(t, agentOf(3));
	const classes = (logits: readonly number[]): object => ({probabilities: logits.map(logit => Math.fround(logit / 10)), logits});
	t.deepEqual((await multiclass('/predict', '{"instances": [{"features": {"amount": 2}}, {"features": {"amount": 10}}]}')).body, {
		version: 3,
		predictions: [classes([2, 3, 4]), classes([10, 11, 12])],
	});
});

test('what cannot be answered is a problem with its code', async t => {
	const ask = await start(t, agentOf(1));
	for (const [path, body, method, status, code] of [
		['/nowhere', undefined, 'GET', 404, 'ROUTE_NOT_FOUND'],
		['/constructor', undefined, 'GET', 404, 'ROUTE_NOT_FOUND'],
		['/predict', undefined, 'GET', 405, 'METHOD_NOT_ALLOWED'],
		['/health', '{}', 'POST', 405, 'METHOD_NOT_ALLOWED'],
		['/predict', '{"features":', 'POST', 400, 'BODY_MALFORMED'],
		['/predict', '{}', 'POST', 422, 'EVENT_INVALID'],
		['/predict', 'null', 'POST', 422, 'EVENT_INVALID'],
		['/predict', '{"instances": []}', 'POST', 422, 'EVENT_INVALID'],
		['/predict', '{"instances": [{}]}', 'POST', 422, 'EVENT_INVALID'],
		['/predict', JSON.stringify({features: {text: 'x'.repeat(2_000_000)}}), 'POST', 413, 'BODY_TOO_LARGE'],
	] as const) {
		const answer = await ask(path, body, method);
		t.is(answer.status, status, path);
		t.is(answer.type, 'application/problem+json');
		t.like(answer.body, {status, code, type: `/errors#${code}`});
	}
});

test('faults come back with their paths; what should not fail tells nothing', async t => {
	const faulty = await start(
		t,
		agentOf(1, {
			async predict() {
				throw new PerennialError('EVENT_INVALID', 'No.', {
					faults: [{path: 'features.amount', code: 'FIELD_TYPE', message: 'must be a finite number'}],
				});
			},
		}),
	);
	t.like(await faulty('/predict', '{"features": {}}'), {
		status: 422,
		body: {errors: [{path: 'features.amount', code: 'FIELD_TYPE', message: 'must be a finite number'}]},
	});
	const broken = await start(
		t,
		agentOf(1, {
			async predict() {
				throw new TypeError('secret of the inside');
			},
		}),
	);
	const answer = await broken('/predict', '{"features": {}}');
	t.is(answer.status, 500);
	t.false(JSON.stringify(answer.body).includes('secret'));
});

test('health is 200 with the status, 503 before there is a version', async t => {
	t.like(await (await start(t, agentOf(1)))('/health'), {status: 200, body: STATUS});
	const {version: _, ...without} = STATUS;
	t.like(await (await start(t, agentOf(1, {status: () => without})))('/health'), {status: 503, body: without});
});

test('a port that is taken is said to be', async t => {
	const taken = net.createServer().listen(0, '127.0.0.1');
	await once(taken, 'listening');
	t.teardown(() => taken.close());
	const {port} = taken.address() as net.AddressInfo;
	const error = await t.throwsAsync(startLocalServer({agent: agentOf(1), port, logger: new MemoryLogger()}), {
		instanceOf: PerennialError,
		code: 'PORT_TAKEN',
	});
	t.true(error.message.includes(String(port)));
});

test('a client that breaks off in its body takes nothing down', async t => {
	const server = await startLocalServer({agent: agentOf(1), port: 0, logger: new MemoryLogger()});
	t.teardown(() => server.close());
	const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1');
	await once(socket, 'connect');
	socket.write('POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"feat');
	socket.destroy();
	t.is((await fetch(`${server.url}/health`, {headers: {connection: 'close'}})).status, 200);
});

test('closing answers what has begun', async t => {
	const gate = Promise.withResolvers<void>();
	const begun = Promise.withResolvers<void>();
	const plain = agentOf(1);
	const server = await startLocalServer({
		agent: {
			...plain,
			async predict(rows) {
				begun.resolve();
				await gate.promise;
				return plain.predict(rows);
			},
		},
		port: 0,
		logger: new MemoryLogger(),
	});
	const asked = fetch(`${server.url}/predict`, {method: 'POST', body: '{"features": {"amount": 1}}', headers: {connection: 'close'}});
	await begun.promise;
	const closed = server.close();
	gate.resolve();
	t.is((await asked).status, 200);
	await closed;
});
