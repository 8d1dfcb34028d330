/**
 * Requests to every route of the contract, and to none: right, nearly right, and random bytes.
 *
 * @module
 */
import {gzipSync} from 'node:zlib';
import {drawAny, drawText, drawValue, pick, type JsonSchema} from './draw-value.ts';

/** The contract, as far as it is read here. */
export interface Contract {
	readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
	readonly components: {readonly schemas: Readonly<Record<string, JsonSchema>>};
}

interface Operation {
	readonly parameters?: readonly {readonly in: string; readonly name: string; readonly schema?: JsonSchema}[];
	readonly requestBody?: {readonly content: Readonly<Record<string, {readonly schema?: JsonSchema}>>};
}

interface Asked {
	readonly path: string;
	readonly method: string;
	readonly operation: Operation;
}

/** One request. */
export interface DrawnRequest {
	/** `raw`: the bytes are the whole request, head and all. */
	readonly kind: 'http' | 'raw';
	readonly method: string;
	readonly path: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: Uint8Array;
}

/** Shares of all requests. */
const RAW_SHARE = 0.02;
const UNKNOWN_SHARE = 0.05;
/** How often a part of a body, or a parameter, is wrong. */
const WRONG_SHARES = [0, 0.02, 0.1, 0.5];

/** Names that exist in the system that is asked, by parameter; others are drawn from texts. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
	model: ['small', 'small', 'small', 'other'],
	version: ['1', '2', '0'],
	channel: ['champion', 'edge-stable', 'canary'],
	role: ['student', 'teacher', 'golden'],
	edge: ['till-4'],
	decision: ['d-small-1', 'd-small-2'],
};
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND'];
const MEDIA_TYPES = [
	'application/json',
	'application/x-ndjson',
	'application/yaml',
	'application/cloudevents+json',
	'application/cloudevents-batch+json',
	'application/octet-stream',
	'application/vnd.perennial.rows',
	'text/plain',
	'nonsense',
];
const MLFLOW = [
	'registered-models/create',
	'registered-models/search',
	'registered-models/get',
	'registered-models/set-tag',
	'registered-models/alias',
	'registered-models/rename',
	'model-versions/create',
	'model-versions/search',
	'model-versions/transition-stage',
	'model-versions/get-download-uri',
];
const MLFLOW_BODY: JsonSchema = {
	type: 'object',
	properties: Object.fromEntries(
		['name', 'new_name', 'version', 'source', 'key', 'value', 'alias', 'stage', 'filter', 'order_by', 'page_token'].map(name => [
			name,
			{type: 'string'},
		]),
	),
};

/** Draws requests for a contract. The same `rng` gives the same requests. */
export function requestDrawer(contract: Contract, rng: () => number): () => DrawnRequest {
	const operations = Object.entries(contract.paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({path, method: method.toUpperCase(), operation})),
	);
	const resolve = (reference: string): JsonSchema => contract.components.schemas[reference.split('/').at(-1)!] ?? {};
	const withBody = (
		request: Omit<DrawnRequest, 'kind' | 'body'>,
		content: Readonly<Record<string, {readonly schema?: JsonSchema}>>,
	): DrawnRequest => {
		const wrongShare = pick(WRONG_SHARES, rng);
		const type = rng() < wrongShare ? pick(MEDIA_TYPES, rng) : pick(Object.keys(content), rng);
		const value = drawValue(content[type]?.schema ?? {}, {rng, resolve, wrongShare});
		const bytes =
			rng() < wrongShare / 4
				? randomBytes(rng)
				: bytesOf(type, value, () => drawValue(content[type]?.schema ?? {}, {rng, resolve, wrongShare}));
		const isPacked = rng() < 0.05;
		return {
			...request,
			kind: 'http',
			headers: {...request.headers, 'content-type': type, ...(isPacked && {'content-encoding': rng() < 0.8 ? 'gzip' : 'br'})},
			body: isPacked ? gzipSync(bytes) : bytes,
		};
	};
	return () => {
		if (rng() < RAW_SHARE) {
			return {kind: 'raw', method: '', path: '', headers: {}, body: rawRequest(rng)};
		}

		const headers = drawHeaders(rng);
		if (rng() < UNKNOWN_SHARE) {
			const path =
				rng() < 0.5 ? `/api/2.0/mlflow/${pick(MLFLOW, rng)}` : `/${Array.from({length: 3}, () => encode(drawText(rng))).join('/')}`;
			const request = {method: pick(METHODS, rng), path, headers};
			return request.method === 'POST' || request.method === 'PATCH'
				? withBody(request, {'application/json': {schema: MLFLOW_BODY}})
				: {...request, kind: 'http'};
		}

		const {path, method, operation} = pick(operations, rng);
		const asked = rng() < 0.02 ? pick(METHODS, rng) : method;
		const request = {method: asked, path: fill({path, method, operation}, rng), headers};
		return operation.requestBody && request.method === method
			? withBody(request, operation.requestBody.content)
			: {...request, kind: 'http'};
	};
}

function fill({path, method, operation: {parameters = []}}: Asked, rng: () => number): string {
	const wrongShare = pick(WRONG_SHARES, rng);
	// The model that nearly everything is asked of must not be retired in the first second.
	const known = method === 'DELETE' ? {...KNOWN, model: ['other']} : KNOWN;
	const valueOf = (name: string): string => (rng() >= wrongShare && known[name] ? pick(known[name], rng) : textFor(method, rng));
	const place = path.replaceAll(/\{(?<name>\w+)\}/gv, (_all, name: string) => encode(valueOf(name)) || 'x');
	const query = parameters
		.filter(parameter => parameter.in === 'query' && rng() < 0.4)
		.map(({name}) => `${name}=${encode(rng() < 0.5 ? pick(['1', '5', '2026-01-01T00:00:00Z', 'parquet'], rng) : drawText(rng))}`);
	return query.length === 0 ? place : `${place}?${query.join('&')}`;
}

/** Any text but the name of that model, where something is deleted. */
function textFor(method: string, rng: () => number): string {
	const text = drawText(rng);
	return method === 'DELETE' && text === 'small' ? 'other' : text;
}

function drawHeaders(rng: () => number): Record<string, string> {
	const drawn: [string, string][] = [
		['if-match', pick(['*', '"1"', 'W/"2"', 'junk', '"0"'], rng)],
		['if-none-match', pick(['*', '"1"'], rng)],
		['accept', pick(['*/*', 'application/json', 'application/openmetrics-text', 'text/event-stream', 'a/b;q=x'], rng)],
		['range', pick(['bytes=0-10', 'bytes=5-1', 'bytes=-0', 'junk'], rng)],
		['idempotency-key', pick(['k1', 'k2', 'k3', 'a b'], rng)],
		['last-event-id', pick(['0', '99999', 'x'], rng)],
		['traceparent', pick(['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'junk'], rng)],
		['inference-header-content-length', pick(['0', '10', '-1', '999999', 'x'], rng)],
		['ce-id', 'e1'],
		['ce-source', 'fuzz'],
		['ce-specversion', pick(['1.0', '0.1'], rng)],
		['ce-type', 'loan.event'],
	];
	return Object.fromEntries(drawn.filter(() => rng() < 0.05));
}

function bytesOf(type: string, value: unknown, another: () => unknown): Uint8Array {
	return Buffer.from(
		type === 'application/x-ndjson'
			? [value, another(), another()].map(line => JSON.stringify(line)).join('\n')
			: JSON.stringify(value),
	);
}

function randomBytes(rng: () => number): Uint8Array {
	return Uint8Array.from({length: Math.floor(rng() * 400)}, () => Math.floor(rng() * 256));
}

const RAW_LENGTHS = [
	'Content-Length: 5\r\n',
	'Content-Length: -1\r\n',
	'Transfer-Encoding: chunked\r\n',
	'Content-Length: 5\r\nContent-Length: 6\r\n',
	'',
];
const RAW_PATHS = ['/v1/models/small/predict', '/', '*', 'http://x/y', '/%'];

/** Bytes that no client library would send. */
function rawRequest(rng: () => number): Uint8Array {
	const line = `${pick(['POST', 'GET', 'FOO', ''], rng)} ${pick(RAW_PATHS, rng)} HTTP/${pick(['1.1', '1.0', '9'], rng)}\r\n`;
	const head = rng() < 0.7 ? `${line}Host: x\r\n${pick(RAW_LENGTHS, rng)}\r\n` : '';
	return Buffer.concat([Buffer.from(head), rng() < 0.5 ? randomBytes(rng) : Buffer.from(JSON.stringify(drawAny(rng)))]);
}

function encode(text: string): string {
	return encodeURIComponent(text.toWellFormed());
}
