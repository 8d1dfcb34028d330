/** The console's data over real HTTP: the stream is resumed, silence is noticed, nothing that changes while it is read is lost. */
import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {ConsoleStore} from './client/data/console-store.ts';
import {LiveStream, type Connection} from './client/data/live-stream.ts';
import {RequestError, Rest} from './client/data/rest.ts';
import {ServerSentEventReader} from './client/data/server-sent-events.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server for one test. */
async function serve(t: ExecutionContext, answer: Answer): Promise<string> {
	const server = createServer(answer).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.close();
		server.closeAllConnections();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function until(holds: () => boolean): Promise<void> {
	for (let tries = 0; !holds(); tries++) {
		if (tries > 400) {
			throw new Error('It did not come to pass.');
		}

		await new Promise(resolve => setTimeout(resolve, 10));
	}
}

const OPTIONS = {fetch: globalThis.fetch, now: () => Date.now(), random: () => 0.5, retryMs: 20, retryMsMax: 50};

function openStream(t: ExecutionContext, url: string, options: {silenceMsMax?: number; now?: () => number} = {}) {
	const messages: string[] = [];
	const connections: Connection[] = [];
	const stream = new LiveStream({
		...OPTIONS,
		...options,
		url,
		onMessage: ({id, type, data}) => messages.push(`${id} ${type} ${data}`),
		onConnection: connection => connections.push(connection),
	});
	stream.start();
	t.teardown(() => {
		stream.stop();
	});
	return {stream, messages, connections};
}

test('a stream cut anywhere into pieces gives the same messages', t => {
	const text = 'id: 1\nevent: a\ndata: {"x":1}\n\n: beat\n\ndata: two\ndata: lines\r\n\r\nevent: empty\n\nid: 3\ndata:no space\n\n';
	const whole = new ServerSentEventReader().push(text);
	t.deepEqual(whole, [
		{id: '1', type: 'a', data: '{"x":1}'},
		{id: '', type: 'message', data: 'two\nlines'},
		{id: '3', type: 'message', data: 'no space'},
	]);
	fc.assert(
		fc.property(fc.array(fc.integer({min: 0, max: text.length})), cuts => {
			const reader = new ServerSentEventReader();
			const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
			const pieces = places.slice(1).map((place, index) => text.slice(places[index], place));
			t.deepEqual(
				pieces.flatMap(piece => reader.push(piece)),
				whole,
			);
		}),
		{seed: 1, numRuns: 300},
	);
});

test('a broken stream is resumed after the last message that had an id', async t => {
	const asked: (string | undefined)[] = [];
	const url = await serve(t, (request, response) => {
		asked.push(request.headers['last-event-id'] as string | undefined);
		response.writeHead(200, {'content-type': 'text/event-stream'});
		response.end(`event: clock\ndata: 0\n\nid: ${asked.length}\nevent: mark\ndata: ${asked.length}\n\n`);
	});
	const {messages} = openStream(t, url);
	await until(() => asked.length >= 3);
	t.deepEqual(asked.slice(0, 3), [undefined, '1', '2']);
	t.deepEqual(messages.slice(0, 4), [' clock 0', '1 mark 1', ' clock 0', '2 mark 2']);
});

test('a stream that falls silent is given up and opened again; heartbeats keep it', async t => {
	const opened: number[] = [];
	const url = await serve(t, (_request, response) => {
		opened.push(Date.now());
		response.writeHead(200, {'content-type': 'text/event-stream'});
		response.write(': open\n\n');
		if (opened.length === 2) {
			const beat = setInterval(() => response.write(': still here\n\n'), 20);
			response.once('close', () => {
				clearInterval(beat);
			});
		}
	});
	const {connections} = openStream(t, url, {silenceMsMax: 1000});
	await until(() => opened.length === 2);
	t.true(opened[1]! - opened[0]! > 990, 'it waited for the silence');
	await new Promise(resolve => setTimeout(resolve, 2200));
	t.is(opened.length, 2);
	t.deepEqual(connections.at(-1)?.state, 'live');
	t.true(connections.some(({state, brokenSince}) => state === 'broken' && brokenSince !== undefined));
});

test('while no server answers, the stream says since when, and waits longer each time', async t => {
	let isUp = false;
	const url = await serve(t, (_request, response) => {
		response.writeHead(isUp ? 200 : 503, {'content-type': 'text/event-stream'});
		if (isUp) {
			response.write(': open\n\n');
		} else {
			response.end();
		}
	});
	const {connections} = openStream(t, url, {now: () => 1000});
	await until(() => connections.length >= 4);
	const broken = connections.slice(0, 4);
	t.deepEqual(
		broken.map(({state}) => state),
		['broken', 'broken', 'broken', 'broken'],
	);
	t.deepEqual(
		broken.map(({retryAt}) => retryAt! - 1000),
		[17.5, 35, 43.75, 43.75],
	);
	t.is(broken[0]!.reason, 'The stream answers 503.');
	t.true(broken.every(({brokenSince}) => brokenSince === 1000));
	isUp = true;
	await until(() => connections.at(-1)?.state === 'live');
	t.is(connections.at(-1)?.brokenSince, undefined);
});

test('a list is read page by page', async t => {
	const asked: string[] = [];
	const url = await serve(t, (request, response) => {
		asked.push(request.url!);
		response.end(JSON.stringify(request.url!.includes('pageToken') ? {items: [3]} : {items: [1, 2], nextPageToken: 'a b'}));
	});
	const rest = new Rest(globalThis.fetch);
	t.deepEqual(await rest.list(`${url}/v1/jobs`), [1, 2, 3]);
	t.deepEqual(asked, ['/v1/jobs?limit=1000', '/v1/jobs?limit=1000&pageToken=a+b']);
});

test('a refusal carries the words of the problem; an answer that is no JSON, and none at all, are named', async t => {
	const url = await serve(t, (request, response) => {
		response.writeHead(request.url === '/problem' ? 404 : 502);
		response.end(request.url === '/problem' ? '{"code": "MODEL_NOT_FOUND", "detail": "No model is called x."}' : '<html>');
	});
	const rest = new Rest(globalThis.fetch);
	const failure = async (path: string): Promise<string> => {
		const {code, status, message} = await t.throwsAsync(rest.request(path), {instanceOf: RequestError});
		return `${status} ${code} ${message}`;
	};
	t.is(await failure(`${url}/problem`), '404 MODEL_NOT_FOUND No model is called x.');
	t.is(await failure(`${url}/gateway`), '502 UNKNOWN The server answers 502.');
	t.is(await failure('http://127.0.0.1:1/v1'), '0 UNREACHABLE The server does not answer.');
});

/** A server with one list of models and a stream, driven by the test. */
async function serveModels(t: ExecutionContext) {
	const state = {names: ['a'], reads: 0, hold: undefined as Promise<void> | undefined, streams: [] as ServerResponse[]};
	const url = await serve(t, (request, response) => {
		if (request.url === '/v1/stream') {
			response.writeHead(200, {'content-type': 'text/event-stream'});
			response.write(': open\n\n');
			state.streams.push(response);
			return;
		}

		state.reads++;
		const body = JSON.stringify({items: state.names.map(name => ({name}))});
		void (state.hold ?? Promise.resolve()).then(() => response.end(body));
	});
	const store = new ConsoleStore({...OPTIONS, origin: url, refreshMs: 30, drawMs: 1});
	t.teardown(() => {
		store.stop();
	});
	const names = (): string => (store.read('models').value ?? []).map(({name}) => name).join(' ');
	const send = (type: string, data: unknown): void => {
		state.streams.at(-1)!.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
	};
	return {state, store, names, send};
}

test('what changes while a list is being read is not lost', async t => {
	const {state, store, names, send} = await serveModels(t);
	const {promise, resolve} = Promise.withResolvers<void>();
	state.hold = promise;
	store.want('models');
	store.start();
	await until(() => state.reads === 1);
	send('model', {name: 'b'});
	// The message has arrived before the list, which was made without it.
	await new Promise(wait => setTimeout(wait, 60));
	resolve();
	await until(() => names() !== '');
	t.is(names(), 'a b');
});

test('a message about another list makes it be read again, once for many', async t => {
	const {state, store, names, send} = await serveModels(t);
	store.want('models');
	store.start();
	await until(() => names() === 'a');
	state.names = ['a', 'b'];
	for (let count = 0; count < 20; count++) {
		send('version', {model: 'a', version: count});
	}

	await until(() => names() === 'a b');
	t.is(state.reads, 2);
});

test('a reset makes everything be read again', async t => {
	const {state, store, names, send} = await serveModels(t);
	store.want('models');
	store.start();
	await until(() => names() === 'a');
	state.names = ['c'];
	send('reset', {});
	await until(() => names() === 'c');
	t.is(state.reads, 2);
});

test('what was read stays when the server goes, and comes back with it', async t => {
	const {state, store, names} = await serveModels(t);
	store.want('models');
	store.start();
	await until(() => names() === 'a');
	state.names = ['d'];
	state.streams.at(-1)!.destroy();
	await until(() => store.connection.state === 'broken');
	t.is(names(), 'a');
	await until(() => store.connection.state === 'live');
	store.want('jobs');
	await until(() => store.read('jobs').value !== undefined);
	t.is(names(), 'a', 'one short break is bridged by Last-Event-ID, without reading anything again');
});
