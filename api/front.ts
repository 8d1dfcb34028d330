/**
 * The hot path: predictions are answered here, in front of Express, by a handler that does nothing it need not.
 *
 * @module
 */
import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http';
import {z} from 'zod';
import {faultsOf, hasCode, PerennialError, summaryOf, type Fault, type Logger} from '../core/domain/index.ts';
import {mediaTypeOf, readBody} from './body.ts';
import type {OnAnswered} from './exchange.ts';
import {idempotencyKeyOf} from './idempotency.ts';
import {parseJsonText} from './json-text.ts';
import {anyObject, modelPath, responses, type RoutePaths} from './openapi.ts';
import {PROBLEM_TYPE, problemOfFaults, requestIdOf, toProblem} from './problem.ts';
import {quotaHeadersOf} from './security/index.ts';

/** One thing to answer, checked for form but not against a model. */
export type PredictRequestItem = z.output<typeof itemSchema>;

/** What became of an item: an answer, or faults. */
export type PredictResult = {readonly prediction: Readonly<Record<string, unknown>> | object} | {readonly faults: readonly Fault[]};

/** One thing to answer whose features were read into a row of the model's schema. */
export interface PredictRow {
	readonly id: string | undefined;
	readonly source: string | undefined;
	readonly entity: string | undefined;
	readonly time: number | undefined;
	readonly schemaVersion: number;
	readonly row: Float64Array;
}

/** What the hot path asks for. */
export interface PredictionService {
	/** Resolves when the answers are on disk. */
	predict(
		model: string,
		items: readonly (PredictRequestItem | PredictRow)[],
		channel: string | undefined,
	): Promise<readonly PredictResult[]>;
	/** Lines of an NDJSON body: rows where model and line allow it, else what `readLine` makes of them. */
	readLines<Other>(model: string, body: Uint8Array, readLine: (line: string) => Other): Promise<readonly (PredictRow | Other)[]>;
}

/** Options of {@link createFront}. */
export interface FrontOptions {
	readonly predictions: PredictionService;
	readonly bodyBytesMax: number;
	readonly logger: Logger;
	readonly onAnswered?: OnAnswered;
	/** Called after each request, with its route for metrics and the seconds it took. */
	readonly onRequest: (request: {
		readonly route: string;
		readonly method: string;
		readonly status: number;
		readonly seconds: number;
	}) => void;
}

/** Items in one request, at most. */
const INSTANCES_MAX = 10_000;
/** Names of models need no decoding; anything else is left to the router, which knows how to refuse it. */
const PREDICT = /^\/v1\/models\/(?<model>[a-z0-9\-]+)\/predict(?:\?.*)?$/v;

const itemSchema = z.strictObject({
	id: z.string().optional(),
	source: z.string().optional(),
	entity: z.string().optional(),
	time: z.union([z.string(), z.number()]).optional(),
	features: z.record(z.string(), z.unknown()),
});
const singleSchema = itemSchema.extend({channel: z.string().optional()});
const TEXTS: ReadonlySet<string> = new Set(['id', 'source', 'entity', 'time', 'channel']);
const batchSchema = z.strictObject({instances: z.array(z.unknown()).min(1).max(INSTANCES_MAX), channel: z.string().optional()});

/** A request listener: predictions here, everything else to `rest`. */
export function createFront(rest: RequestListener, options: FrontOptions): RequestListener {
	return (request, response) => {
		const match = PREDICT.exec(request.url ?? '');
		if (!match) {
			rest(request, response);
			return;
		}

		const started = performance.now();
		response.once('close', () => {
			options.onRequest({
				route: '/v1/models/:model/predict',
				method: request.method ?? '',
				status: response.statusCode,
				seconds: (performance.now() - started) / 1000,
			});
		});
		void answer(request, response, match.groups!['model']!, options);
	};
}

async function answer(
	request: IncomingMessage,
	response: ServerResponse,
	model: string,
	{predictions, bodyBytesMax, logger, onAnswered}: FrontOptions,
): Promise<void> {
	const requestId = requestIdOf(request);
	response.setHeader('X-Request-Id', requestId);
	try {
		if (request.method !== 'POST') {
			response.setHeader('Allow', 'POST');
			throw new PerennialError('METHOD_NOT_ALLOWED', 'Predictions are asked for with POST.');
		}

		const key = idempotencyKeyOf(request);
		const body = await readBody(request, bodyBytesMax);
		const give = (mediaType: string, answered: string): void => {
			const bytes = send(response, 200, mediaType, answered);
			onAnswered?.({model, id: requestId, request: {mediaType: mediaTypeOf(request), bytes: body}, response: {mediaType, bytes}});
		};

		if (mediaTypeOf(request) === 'application/x-ndjson') {
			const items = await predictions.readLines(model, body, line => checkItem(parseLine(line)));
			const results = await predictEach(predictions, model, {items, channel: undefined, key});
			give('application/x-ndjson', results.map(result => JSON.stringify(toBody(result, requestId))).join('\n') + '\n');
			return;
		}

		const document = parseJsonText(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
		if (typeof document === 'object' && document !== null && 'instances' in document) {
			const {instances, channel} = check(batchSchema, document);
			const results = await predictEach(predictions, model, {items: instances.map(item => checkItem(item)), channel, key});
			give('application/json', JSON.stringify({predictions: results.map(result => toBody(result, requestId))}));
			return;
		}

		const {channel, ...item} = isPlain(document) ? document : check(singleSchema, document);
		const [result] = await predictions.predict(model, [withId(item, key)], channel);
		if ('faults' in result!) {
			const problem = problemOfFaults(result.faults, requestId);
			sendJson(response, problem.status, problem, PROBLEM_TYPE);
		} else {
			give('application/json', JSON.stringify(result!.prediction));
		}
	} catch (error) {
		sendError(request, response, error, requestId, logger);
	}
}

/** An idempotency key makes the id of an item that has none: asked again, it has the answer it had. */
function withId<Item extends PredictRequestItem | PredictRow>(item: Item, id: string | undefined): Item {
	return id === undefined || item.id !== undefined ? item : {...item, id};
}

/** An item, or why it is none. */
type CheckedItem = PredictRequestItem | PredictRow | {readonly faults: readonly Fault[]};

interface ManyItems {
	readonly items: readonly CheckedItem[];
	readonly channel: string | undefined;
	/** Idempotency key of the request. */
	readonly key: string | undefined;
}

/** An item of a batch; a thing that is none gets its faults here. */
function checkItem(item: unknown): PredictRequestItem | {readonly faults: readonly Fault[]} {
	if (isPlain(item) && item.channel === undefined) {
		return item;
	}

	const result = itemSchema.safeParse(item);
	return result.success ? result.data : {faults: faultsOf(result.error, 'EVENT_INVALID')};
}

/** Items that have no faults are asked about together. */
async function predictEach(
	predictions: PredictionService,
	model: string,
	{items, channel, key}: ManyItems,
): Promise<readonly PredictResult[]> {
	const good: (PredictRequestItem | PredictRow)[] = [];
	for (const [index, item] of items.entries()) {
		if (!('faults' in item)) {
			good.push(withId(item, key && `${key}:${index}`));
		}
	}

	const answers = good.length === 0 ? [] : await predictions.predict(model, good, channel);
	let answered = 0;
	return good.length === items.length ? answers : items.map(item => ('faults' in item ? item : answers[answered++]!));
}

function toBody(result: PredictResult, requestId: string): object {
	return 'faults' in result ? {error: problemOfFaults(result.faults, requestId)} : result.prediction;
}

/** A request as nearly all are, seen at a glance: texts and features and nothing else. Any other is left to the schema, which says what is wrong. */
function isPlain(document: unknown): document is z.output<typeof singleSchema> {
	if (typeof document !== 'object' || document === null) {
		return false;
	}

	for (const [name, value] of Object.entries(document)) {
		const isKnown =
			name === 'features'
				? typeof value === 'object' && value !== null && !Array.isArray(value)
				: TEXTS.has(name) && typeof value === 'string';
		if (!isKnown) {
			return false;
		}
	}

	return 'features' in document;
}

/** A line that is no JSON becomes an item that no schema takes. */
function parseLine(line: string): unknown {
	try {
		return parseJsonText(line);
	} catch (error) {
		return hasCode(error, 'BODY_MALFORMED') ? undefined : error;
	}
}

function check<Schema extends z.ZodType>(schema: Schema, document: unknown): z.output<Schema> {
	const result = schema.safeParse(document);
	if (!result.success) {
		const faults = faultsOf(result.error, 'EVENT_INVALID');
		throw new PerennialError('EVENT_INVALID', summaryOf(faults), {faults});
	}

	return result.data;
}

function sendError(request: IncomingMessage, response: ServerResponse, error: unknown, requestId: string, logger: Logger): void {
	const problem = toProblem(error, requestId);
	if (problem.code === 'INTERNAL' || problem.status === 507) {
		logger.error('a prediction failed', {requestId, error});
	}

	if (response.headersSent || response.destroyed) {
		response.destroy();
		return;
	}

	if (hasCode(error, 'BODY_TOO_LARGE')) {
		// What is left of the body is not worth reading.
		response.setHeader('Connection', 'close');
		request.resume();
	}

	for (const [name, value] of Object.entries(quotaHeadersOf(error))) {
		response.setHeader(name, value);
	}

	sendJson(response, problem.status, problem, PROBLEM_TYPE);
}

function sendJson(response: ServerResponse, status: number, body: object, mediaType = 'application/json'): void {
	send(response, status, mediaType, JSON.stringify(body));
}

function send(response: ServerResponse, status: number, mediaType: string, text: string): Uint8Array {
	const body = Buffer.from(text);
	response.writeHead(status, {'Content-Type': mediaType, 'Content-Length': body.length});
	response.end(body);
	return body;
}

const prediction = z
	.object({
		id: z.string(),
		decisionId: z.string(),
		score: z.number().meta({description: 'Log-odds.'}),
		probability: z.number(),
		class: z.string().optional(),
		probabilities: z.record(z.string(), z.number()).optional(),
		outcome: z.string().optional(),
		tier: z.string(),
		version: z.int(),
		channel: z.string(),
	})
	.meta({id: 'Prediction'});

/** The hot path in the contract. */
export const predictPaths: RoutePaths = {
	'/v1/models/{model}/predict': {
		post: {
			summary: 'Score one event or many; an id makes it idempotent',
			requestParams: {path: modelPath},
			requestBody: {
				content: {'application/json': {schema: z.union([singleSchema, batchSchema])}, 'application/x-ndjson': {schema: z.string()}},
			},
			responses: responses(
				200,
				'The answer, or {predictions: [...]} with an answer or an error an item.',
				z.union([prediction, z.object({predictions: z.array(z.union([prediction, z.object({error: anyObject})]))})]),
			),
		},
	},
};
