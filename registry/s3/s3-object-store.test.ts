import {once} from 'node:events';
import {createServer, request, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {inspect} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {digestOf, EventClock, MemoryLogger, PerennialError} from '../../core/domain/index.ts';
import {startLocalS3Server, startS3rver, withBucket} from '../../tests/s3-server.ts';
import {blobKey} from '../layout.ts';
import {Registry} from '../registry.ts';
import {S3ObjectStore, type S3ObjectStoreOptions} from './s3-object-store.ts';

// One after the other: the tests count requests, and a large body that is hashed beside them would make theirs time out.
const logger = new MemoryLogger();
const server = await startLocalS3Server();
/** What a proxy does with the nth request (from 1) instead of passing it on; undefined passes it on. */
type Fault = (count: number, incoming: IncomingMessage, answer: ServerResponse, pass: () => Promise<void>) => Promise<void> | undefined;

test.after.always(() => server.stop());

interface Proxy {
	readonly endpoint: string;
	readonly requests: string[];
}

/** Stands before the real server and spoils some answers. */
async function startProxy(t: ExecutionContext, fault: Fault): Promise<Proxy> {
	const requests: string[] = [];
	const proxy = createServer((incoming, answer) => {
		requests.push(incoming.method!);
		const pass = (): Promise<void> => passOn(incoming, answer);
		void (fault(requests.length, incoming, answer, pass) ?? pass());
	});
	proxy.listen(0, '127.0.0.1');
	await once(proxy, 'listening');
	t.teardown(() => {
		proxy.closeAllConnections();
		proxy.close();
	});
	return {endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, requests};
}

async function passOn(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
	const {reply, body} = await forward(incoming);
	answer.writeHead(reply.statusCode!, reply.headers);
	answer.end(body);
}

async function forward(incoming: IncomingMessage): Promise<{reply: IncomingMessage; body: Buffer}> {
	// A connection of its own: one kept from an earlier request may be closed by the server at this very moment.
	const url = new URL(incoming.url!, server.endpoint);
	const outgoing = request(url, {method: incoming.method!, headers: incoming.headers, agent: false});
	incoming.pipe(outgoing);
	const [reply] = (await once(outgoing, 'response')) as [IncomingMessage];
	return {reply, body: Buffer.concat((await reply.toArray()) as Buffer[])};
}

function refuse(answer: ServerResponse, status: number, code: string): void {
	answer.writeHead(status, {'content-type': 'application/xml'});
	answer.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>said the server</Message></Error>`);
}

function optionsFor(endpoint: string): S3ObjectStoreOptions {
	return {...server, endpoint, logger, requireConditionalWrites: false, rng: () => 0.1, attemptsMax: 3, timeoutMs: 60_000};
}

const onMoto = server.name === 'moto' ? test.serial : test.serial.skip;
let folders = 0;
const freshKey = (): string => `faults/${folders++}`;

test.serial('errors that may heal are tried again', async t => {
	const {endpoint, requests} = await startProxy(t, async (count, incoming, answer, pass) => {
		if (count % 3 === 1) {
			refuse(answer, 500, 'InternalError');
		} else if (count % 3 === 2) {
			incoming.socket.destroy();
		} else {
			await pass();
		}
	});
	const store = await S3ObjectStore.open(optionsFor(endpoint));
	const key = freshKey();
	await store.put(key, Buffer.from('content'));
	t.is(Buffer.from((await store.get(key))!).toString(), 'content');
	t.deepEqual(requests, ['PUT', 'PUT', 'PUT', 'GET', 'GET', 'GET']);
});

test.serial('tries are bounded, and the failure names bucket, endpoint and cure', async t => {
	const {endpoint, requests} = await startProxy(t, async (_count, _incoming, answer) => {
		refuse(answer, 503, 'SlowDown');
	});
	const store = await S3ObjectStore.open(optionsFor(endpoint));
	const error = await t.throwsAsync(store.get(freshKey()), {instanceOf: PerennialError, code: 'OBJECT_STORE_UNAVAILABLE'});
	t.is(requests.length, 3);
	t.true(error.message.includes(endpoint) && error.message.includes(server.bucket));
	t.regex(error.message, /SlowDown, HTTP 503, after 3 attempts\): check that the endpoint/v);
});

onMoto(
	'whoever created an object and never heard of it is told so, and nobody else is (needs moto: s3rver ignores If-None-Match)',
	async t => {
		const {endpoint, requests} = await startProxy(t, (_count, incoming) => {
			if (incoming.method !== 'PUT' || requests.filter(method => method === 'PUT').length % 2 === 0) {
				return undefined;
			}

			// Every other write reaches the server, and its answer gets lost.
			return forward(incoming).then(() => {
				incoming.socket.destroy();
			});
		});
		const lossy = await S3ObjectStore.open(optionsFor(endpoint));
		const key = freshKey();
		await t.notThrowsAsync(lossy.put(key, Buffer.from('mine'), {ifAbsent: true}));
		await t.throwsAsync(lossy.put(key, Buffer.from('mine'), {ifAbsent: true}), {instanceOf: PerennialError, code: 'OBJECT_EXISTS'});
		t.deepEqual(requests, ['PUT', 'PUT', 'HEAD', 'PUT', 'PUT', 'HEAD']);
	},
);

test.serial('a body that stalls or ends early is no answer', async t => {
	let bodies = 0;
	const {endpoint} = await startProxy(t, async (_count, incoming, answer, pass) => {
		if (incoming.method !== 'GET' || ++bodies > 3) {
			await pass();
			return;
		}

		answer.writeHead(200, {'content-length': '7'});
		answer.write('con');
		if (bodies === 2) {
			setImmediate(() => incoming.socket.destroy());
		}
	});
	const key = freshKey();
	await (await S3ObjectStore.open(optionsFor(endpoint))).put(key, Buffer.from('content'));
	const impatient = await S3ObjectStore.open({...optionsFor(endpoint), timeoutMs: 1500, attemptsMax: 8});
	t.is(Buffer.from((await impatient.get(key))!).toString(), 'content');
	t.true(bodies >= 4);
});

test.serial('wrong bytes under the right ETag and length are read once more, then refused', async t => {
	let spoiled = 0;
	let spoilMax = 1;
	const {endpoint} = await startProxy(t, async (_count, incoming, answer, pass) => {
		if (incoming.method !== 'GET' || spoiled >= spoilMax) {
			await pass();
			return;
		}

		spoiled++;
		const {reply, body} = await forward(incoming);
		body[2]! ^= 1;
		answer.writeHead(reply.statusCode!, reply.headers);
		answer.end(body);
	});
	const store = await S3ObjectStore.open(optionsFor(endpoint));
	const registry = new Registry({store, clock: new EventClock(), logger});
	const digest = digestOf('content under its own digest');
	await store.put(blobKey(digest), Buffer.from('content under its own digest'));
	t.is(Buffer.from(await registry.getBlob(digest)).toString(), 'content under its own digest');
	t.is(spoiled, 1);
	spoilMax = 100;
	await t.throwsAsync(registry.getBlob(digest), {instanceOf: PerennialError, code: 'ARTIFACT_DIGEST_MISMATCH'});
	t.is(spoiled, 3);
});

test.serial('a clock that is wrong for good is named as the cause', async t => {
	const {endpoint, requests} = await startProxy(t, async (_count, _incoming, answer) => {
		refuse(answer, 403, 'RequestTimeTooSkewed');
	});
	const store = await S3ObjectStore.open(optionsFor(endpoint));
	const error = await t.throwsAsync(store.get(freshKey()), {instanceOf: PerennialError, code: 'OBJECT_STORE_UNAVAILABLE'});
	t.is(requests.length, 3);
	t.regex(error.message, /RequestTimeTooSkewed, HTTP 403, after 3 attempts\): set the clock of this machine/v);
});

test.serial('a server that neither reads nor answers is given up, and its connection closed', async t => {
	const unread: IncomingMessage[] = [];
	const {endpoint} = await startProxy(t, async (_count, incoming) => {
		unread.push(incoming);
	});
	// Longer than a busy machine needs to sign and send the head of the request; two tries, should it not be enough once.
	const store = await S3ObjectStore.open({...optionsFor(endpoint), timeoutMs: 5000, attemptsMax: 2, partBytes: 64 << 20});
	const error = await t.throwsAsync(store.put(freshKey(), new Uint8Array(20 * 2 ** 20)), {
		instanceOf: PerennialError,
		code: 'OBJECT_STORE_UNAVAILABLE',
	});
	t.regex(error.message, /TimeoutError/v);
	t.true(unread.length > 0);
	await t.throwsAsync(unread[0]!.toArray(), {code: 'ECONNRESET'});
});

test.serial('wrong credentials are not tried again, and no secret is told', async t => {
	const {endpoint, requests} = await startProxy(t, async (_count, _incoming, answer) => {
		refuse(answer, 403, 'SignatureDoesNotMatch');
	});
	const credentials = {accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'very-secret-key'};
	const store = await S3ObjectStore.open({...optionsFor(endpoint.replace('http://', 'http://user:password@')), credentials});
	const error = await t.throwsAsync(store.list('models/'), {instanceOf: PerennialError, code: 'OBJECT_STORE_UNAVAILABLE'});
	t.is(requests.length, 1);
	t.regex(error.message, /check the access key, the secret key and the bucket policy/v);
	t.notRegex(inspect([error, store.description], {depth: 20, showHidden: true}), /very-secret-key|AKIDEXAMPLE|password|Authorization/v);
});

test.serial('a server that is not there, and a bucket that is not there', async t => {
	const {endpoint} = await startProxy(t, () => undefined);
	const missing = await S3ObjectStore.open({...optionsFor(endpoint), bucket: 'no-such-bucket-at-all'});
	for (const access of [() => missing.put('a', new Uint8Array(1)), () => missing.get('a'), () => missing.list('')]) {
		const error = await t.throwsAsync(access(), {instanceOf: PerennialError, code: 'OBJECT_STORE_UNAVAILABLE'});
		t.regex(error.message, /no-such-bucket-at-all.*create the bucket/v);
	}

	const closed = createServer().listen(0, '127.0.0.1');
	await once(closed, 'listening');
	const {port} = closed.address() as AddressInfo;
	closed.close();
	const opened = S3ObjectStore.open({...optionsFor(`http://127.0.0.1:${port}`), requireConditionalWrites: true});
	const error = await t.throwsAsync(opened, {instanceOf: PerennialError, code: 'OBJECT_STORE_UNAVAILABLE'});
	t.regex(error.message, /ECONNREFUSED, after 3 attempts/v);
});

onMoto('a list of several pages is whole (needs moto: s3rver answers 500 to the second page)', async t => {
	const {endpoint, requests} = await startProxy(t, (_count, incoming) => {
		if (incoming.method === 'GET') {
			incoming.url += '&max-keys=2';
		}

		return undefined;
	});
	const store = await S3ObjectStore.open({...optionsFor(endpoint), prefix: 'pages/'});
	const keys = ['a', 'b', 'c', 'd', 'e'].map(name => `folder/${name}`);
	await Promise.all(keys.map(key => store.put(key, Buffer.from(key))));
	t.deepEqual(await store.list('folder/'), keys);
	t.is(requests.filter(method => method === 'GET').length, 3);
});

test.serial(
	'a URL gives the object to whoever has it, for as long as it was told to hold; a store that was told nothing gives none',
	async t => {
		const {endpoint, requests} = await startProxy(t, () => undefined);
		const store = await S3ObjectStore.open({...optionsFor(endpoint), prefix: 'shared/', readUrlSeconds: 90});
		const digest = digestOf('content for everybody');
		await store.put(blobKey(digest), Buffer.from('content for everybody'));
		const registry = new Registry({store, clock: new EventClock(), logger});
		const url = (await registry.blobUrl(digest))!;
		const {pathname, searchParams} = new URL(url);
		t.true(pathname.endsWith(`/shared/${blobKey(digest)}`), pathname);
		t.is(searchParams.get('X-Amz-Expires'), '90');
		t.regex(searchParams.get('X-Amz-Signature') ?? '', /^[0-9a-f]{64}$/v);
		const before = requests.length;
		const response = await fetch(url);
		t.is(await response.text(), 'content for everybody');
		t.is(requests.length, before + 1);
		t.is(await registry.blobUrl(digestOf('nothing')), undefined, 'what is not there is asked for here, which says so');
		const silent = new Registry({store: await S3ObjectStore.open(optionsFor(endpoint)), clock: new EventClock(), logger});
		t.is(await silent.blobUrl(digest), undefined);
		store.close();
	},
);

test.serial('a server that ignores create-if-absent is refused', async t => {
	const careless = await withBucket(await startS3rver());
	t.teardown(() => careless.stop());
	const error = await t.throwsAsync(S3ObjectStore.open({...careless, logger}), {
		instanceOf: PerennialError,
		code: 'OBJECT_STORE_UNAVAILABLE',
	});
	t.regex(error.message, /ignores If-None-Match/v);
});

const PART = 5 << 20;
const large = (seed: number): Uint8Array =>
	Buffer.alloc(2 * PART + 1000, Buffer.from(`part ${seed} of an object, in no multiple of its size;`));

test.serial('a large object goes in parts, and comes back as it was; a part that fails is sent again alone', async t => {
	let parts = 0;
	const {endpoint, requests} = await startProxy(t, (_count, incoming, answer) => {
		if (!incoming.url!.includes('partNumber=2') || ++parts > 1) {
			return undefined;
		}

		incoming.resume();
		refuse(answer, 500, 'InternalError');
		return Promise.resolve();
	});
	const store = await S3ObjectStore.open({...optionsFor(endpoint), partBytes: PART});
	const key = freshKey();
	const bytes = large(1);
	await store.put(key, bytes);
	t.is(Buffer.compare((await store.get(key))!, bytes), 0);
	t.deepEqual(await store.head(key), {key, sizeBytes: bytes.length});
	t.is(parts, 2);
	t.is(requests.filter(method => method === 'PUT').length, 4, 'three parts, one of them twice');
	store.close();
});

test.serial('where a part cannot be stored, nothing is visible, and what was sent is given up', async t => {
	const {endpoint, requests} = await startProxy(t, (_count, incoming, answer) => {
		if (!incoming.url!.includes('partNumber=3')) {
			return undefined;
		}

		incoming.resume();
		refuse(answer, 500, 'InternalError');
		return Promise.resolve();
	});
	const store = await S3ObjectStore.open({...optionsFor(endpoint), partBytes: PART});
	const key = freshKey();
	const error = await t.throwsAsync(store.put(key, large(2)));
	t.is((error as PerennialError).code, 'OBJECT_STORE_UNAVAILABLE');
	t.is(await store.get(key), undefined);
	t.is(requests.filter(method => method === 'DELETE').length, 1);
	store.close();
});

test.serial('an answer to the last call that got lost is no failure', async t => {
	let completions = 0;
	const {endpoint} = await startProxy(t, (_count, incoming, answer) => {
		if (incoming.method !== 'POST' || !/uploadId=/v.test(incoming.url!) || ++completions > 1) {
			return undefined;
		}

		return forward(incoming).then(() => {
			answer.destroy();
		});
	});
	const store = await S3ObjectStore.open({...optionsFor(endpoint), partBytes: PART});
	const key = freshKey();
	const bytes = large(3);
	await store.put(key, bytes);
	t.true(completions >= 2, 'it was asked again');
	t.is(Buffer.compare((await store.get(key))!, bytes), 0);
	store.close();
});
