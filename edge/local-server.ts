/**
 * The agent's HTTP face on its own machine: predictions and health.
 *
 * @module
 */
import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {z} from 'zod';
import {ERROR_CODES, faultsOf, messageOf, PerennialError, summaryOf, systemCodeOf, type Logger} from '../core/domain/index.ts';
import type {EdgeAgent} from './agent.ts';
import type {EdgeAnswer} from './live-model.ts';

/** Options of {@link startLocalServer}. */
export interface LocalServerOptions {
	readonly agent: Pick<EdgeAgent, 'predict' | 'status'>;
	/** 0: one that is free. */
	readonly port: number;
	/** Longest body of a request; more is refused with BODY_TOO_LARGE and not read. */
	readonly bodyBytesMax?: number;
	readonly logger: Logger;
}

/** A running server. */
export interface LocalServer {
	readonly url: string;
	/** Take no more requests and answer those begun. */
	close(): Promise<void>;
}

/** Rows in one request, at most. */
const INSTANCES_MAX = 10_000;

/** Fields that the central API takes beside the features may be there, so that one body serves both; they mean nothing here. */
const instanceSchema = z.object({features: z.record(z.string(), z.unknown())});
const batchSchema = z.object({instances: z.array(instanceSchema).min(1).max(INSTANCES_MAX)});

/** Path -> the one method it takes, and what answers it. */
type Routes = Readonly<
	Record<
		string,
		{readonly method: string; readonly handle: (request: IncomingMessage) => Promise<{readonly status: number; readonly body: object}>}
	>
>;

/**
 * Listen on 127.0.0.1.
 *
 * `POST /predict {features}` -> `{version, probability, logit}`, or for several classes `{version, probabilities, logits}` in the order of the
 * manifest; `{instances: [{features}, ...]}` -> `{version, predictions: [...]}`, all or none. `GET /health` -> the agent's status; 503 before it
 * can answer. Errors are problem+json.
 *
 * @throws PerennialError - PORT_TAKEN.
 */
export async function startLocalServer({agent, port, bodyBytesMax = 2 ** 20, logger}: LocalServerOptions): Promise<LocalServer> {
	const routes: Routes = {
		'/predict': {
			method: 'POST',
			handle: async request => ({status: 200, body: await predict(agent, await readJson(request, bodyBytesMax))}),
		},
		'/health': {method: 'GET', handle: async () => healthOf(agent)},
	};
	const server = createServer((request, response) => {
		void answer(routes, request, response, logger);
	});
	server.listen(port, '127.0.0.1');
	await listening(server, port);
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		async close() {
			server.close();
			server.closeIdleConnections();
			await once(server, 'close');
		},
	};
}

async function listening(server: Server, port: number): Promise<void> {
	try {
		await once(server, 'listening');
	} catch (error) {
		throw systemCodeOf(error) === 'EADDRINUSE' || systemCodeOf(error) === 'EACCES'
			? new PerennialError(
					'PORT_TAKEN',
					`Port ${port} of 127.0.0.1 cannot be had (${systemCodeOf(error)}); choose another with --port, or 0 for any.`,
					{cause: error},
				)
			: error;
	}
}

async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse, logger: Logger): Promise<void> {
	try {
		const path = (request.url ?? '').split('?', 1)[0]!;
		const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
		if (!route) {
			throw new PerennialError('ROUTE_NOT_FOUND', `There is no ${path} here; there are ${Object.keys(routes).join(' and ')}.`);
		}

		if (request.method !== route.method) {
			response.setHeader('Allow', route.method);
			throw new PerennialError('METHOD_NOT_ALLOWED', `${path} takes ${route.method}.`);
		}

		const {status, body} = await route.handle(request);
		send(response, status, 'application/json', body);
	} catch (error) {
		sendProblem(response, error, logger);
	} finally {
		// What is left of a refused body is read and thrown away, so that the client gets to read the refusal.
		request.resume();
	}
}

async function predict(agent: Pick<EdgeAgent, 'predict'>, document: unknown): Promise<object> {
	if (typeof document === 'object' && document !== null && 'instances' in document) {
		const {instances} = check(batchSchema, document);
		const scored = await agent.predict(instances.map(({features}) => features));
		return {version: scored.version, predictions: instances.map((_, row) => rowOf(scored, row))};
	}

	const scored = await agent.predict([check(instanceSchema, document).features]);
	return {version: scored.version, ...rowOf(scored, 0)};
}

function rowOf({outputCount, logits, probabilities}: EdgeAnswer, row: number): object {
	return outputCount === 1
		? {probability: probabilities[row], logit: logits[row]}
		: {
				probabilities: [...probabilities.subarray(row * outputCount, (row + 1) * outputCount)],
				logits: [...logits.subarray(row * outputCount, (row + 1) * outputCount)],
			};
}

function healthOf(agent: Pick<EdgeAgent, 'status'>): {status: number; body: object} {
	const status = agent.status();
	return {status: status.version === undefined ? 503 : 200, body: status};
}

function check<Schema extends z.ZodType>(schema: Schema, document: unknown): z.output<Schema> {
	const result = schema.safeParse(document);
	if (!result.success) {
		const faults = faultsOf(result.error, 'EVENT_INVALID');
		throw new PerennialError('EVENT_INVALID', summaryOf(faults), {faults});
	}

	return result.data;
}

async function readJson(request: IncomingMessage, bytesMax: number): Promise<unknown> {
	const text = await readText(request, bytesMax);
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new PerennialError('BODY_MALFORMED', `The body is no JSON: ${messageOf(error)}.`, {cause: error});
	}
}

async function readText(request: IncomingMessage, bytesMax: number): Promise<string> {
	const chunks: Buffer[] = [];
	let size = 0;
	try {
		// Leaving the request's own iterator early would destroy the connection before the refusal is sent.
		for await (const chunk of request.iterator({destroyOnReturn: false}) as AsyncIterable<Buffer>) {
			size += chunk.length;
			if (size > bytesMax) {
				throw new PerennialError('BODY_TOO_LARGE', `The body is larger than ${bytesMax} bytes; send it in parts.`, {
					details: {bytesMax},
				});
			}

			chunks.push(chunk);
		}
	} catch (error) {
		throw error instanceof PerennialError
			? error
			: new PerennialError('BODY_MALFORMED', `The body broke off: ${messageOf(error)}.`, {cause: error});
	}

	return Buffer.concat(chunks).toString();
}

function sendProblem(response: ServerResponse, error: unknown, logger: Logger): void {
	const instance = `urn:request:${randomUUID()}`;
	const known =
		error instanceof PerennialError
			? error
			: new PerennialError('INTERNAL', 'Something failed that should not; the log has it under the instance below.', {cause: error});
	if (known.status >= 500) {
		logger.error('A request failed.', {instance, error: messageOf(error)});
	}

	const {code, status, message, faults} = known;
	send(response, status, 'application/problem+json', {
		type: `/errors#${code}`,
		title: ERROR_CODES[code].title,
		status,
		code,
		detail: message,
		instance,
		...(faults.length > 0 && {errors: faults}),
	});
}

function send(response: ServerResponse, status: number, mediaType: string, body: object): void {
	const bytes = Buffer.from(JSON.stringify(body));
	response.writeHead(status, {'Content-Type': mediaType, 'Content-Length': bytes.length});
	response.end(bytes);
}
