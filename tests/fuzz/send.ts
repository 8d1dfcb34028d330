/**
 * Sends drawn requests and judges what comes back: never a crash, a failure of the server's own, or a glimpse of its code.
 *
 * @module
 */
import {Agent, request as httpRequest} from 'node:http';
import {connect} from 'node:net';
import type {DrawnRequest} from './draw-request.ts';

/** What is wrong with an answer, and what was asked. */
export interface FuzzFailure {
	readonly why: string;
	readonly asked: string;
	readonly answer: string;
}

/** What became of all. */
export interface FuzzResult {
	readonly sent: number;
	/** Answers by status; raw requests under 0. */
	readonly statuses: Readonly<Record<number, number>>;
	/** The first of them; `failed` counts all. */
	readonly failures: readonly FuzzFailure[];
	readonly failed: number;
}

/** Options of {@link fuzz}. */
export interface FuzzOptions {
	readonly url: string;
	readonly draw: () => DrawnRequest;
	readonly count: number;
	readonly onProgress?: (sent: number) => void;
}

const CONNECTIONS = 16;
const FAILURES_MAX = 20;
/** An answer that takes longer is a failure; a stream is left as soon as it has begun. */
const ANSWER_MS_MAX = 10_000;
const RAW_MS_MAX = 50;
/** Codes of 503 that say what is not there yet, which is an answer. */
const NOT_READY = /MODEL_NOT_READY|"status":"not ready"|OVERLOADED|"missing":|"ready":false/v;
const TRACE = /\n\s+at \S+ \(|node:internal|\.ts:\d+|node_modules/v;

/** Send so many requests, some at a time. */
export async function fuzz({url, draw, count, onProgress}: FuzzOptions): Promise<FuzzResult> {
	const agent = new Agent({keepAlive: true, maxSockets: CONNECTIONS});
	const statuses: Record<number, number> = {};
	const failures: FuzzFailure[] = [];
	let [sent, failed] = [0, 0];
	const judge = (request: DrawnRequest, status: number, body: string): void => {
		statuses[status] = (statuses[status] ?? 0) + 1;
		const why = faultOf(request, status, body);
		if (why !== undefined) {
			failed++;
			if (failures.length < FAILURES_MAX) {
				failures.push({why, asked: shown(request), answer: body.slice(0, 500)});
			}
		}
	};
	await Promise.all(
		Array.from({length: CONNECTIONS}, async () => {
			while (sent < count) {
				sent++;
				onProgress?.(sent);
				const request = draw();
				const {status, body} = await (request.kind === 'raw' ? sendRaw(url, request) : sendHttp(url, request, agent));
				judge(request, status, body);
			}
		}),
	);
	agent.destroy();
	return {sent, statuses, failures, failed};
}

function faultOf({method}: DrawnRequest, status: number, body: string): string | undefined {
	if (status === -1) {
		return 'no answer';
	}

	if (status >= 500 && !(status === 503 && (method === 'HEAD' || NOT_READY.test(body)))) {
		return `status ${status}`;
	}

	return TRACE.test(body) ? 'the answer shows code' : undefined;
}

interface Answer {
	readonly status: number;
	readonly body: string;
}

async function sendHttp(url: string, {method, path, headers, body}: DrawnRequest, agent: Agent): Promise<Answer> {
	return new Promise(resolve => {
		const request = httpRequest(
			url + path,
			{method, headers: {...headers, ...(body && {'content-length': body.length})}, agent},
			response => {
				const chunks: Uint8Array[] = [];
				const done = (): void => {
					resolve({status: response.statusCode ?? -1, body: Buffer.concat(chunks).toString()});
				};
				response.on('data', (chunk: Uint8Array) => {
					chunks.push(chunk);
					if (response.headers['content-type'] === 'text/event-stream') {
						done();
						request.destroy();
					}
				});
				response.on('end', done);
				response.on('error', done);
			},
		);
		request.setTimeout(ANSWER_MS_MAX, () => {
			resolve({status: -1, body: `nothing within ${ANSWER_MS_MAX} ms`});
			request.destroy();
		});
		request.on('error', error => {
			// A refused body may end its connection before the client has sent it all: the server is asked again right away by others, and a dead one answers nobody.
			const {code = ''} = error as NodeJS.ErrnoException;
			resolve({status: ['ECONNRESET', 'EPIPE'].includes(code) ? 0 : -1, body: error.message});
		});
		request.end(body);
	});
}

/** Whatever comes back within a moment, or nothing, is fine; a server that is gone is not. */
async function sendRaw(url: string, {body}: DrawnRequest): Promise<Answer> {
	const {hostname, port} = new URL(url);
	return new Promise(resolve => {
		const socket = connect(Number(port), hostname);
		let received = '';
		const done = (status: number): void => {
			socket.destroy();
			resolve({status, body: received});
		};
		socket.on('connect', () => {
			socket.write(body!);
			setTimeout(done, RAW_MS_MAX, 0);
		});
		socket.on('data', chunk => {
			received += chunk.toString('latin1');
		});
		socket.on('error', error => {
			done((error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? -1 : 0);
		});
	});
}

function shown({method, path, headers, body}: DrawnRequest): string {
	return `${method} ${path} ${JSON.stringify(headers)} ${Buffer.from(body ?? [])
		.toString('latin1')
		.slice(0, 500)}`;
}
