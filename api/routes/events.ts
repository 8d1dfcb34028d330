/**
 * /v1/models/:m/events and /labels: what happened, and what came of it. Acknowledged when it is on disk.
 *
 * @module
 */
import {Router, type Response} from 'express';
import type {IncomingHttpHeaders} from 'node:http';
import {z} from 'zod';
import type {Fault} from '../../core/domain/index.ts';
import {mediaTypeOf, readBody} from '../body.ts';
import {anyObject, modelPath, responses, type RoutePaths} from '../openapi.ts';
import {PROBLEM_TYPE, problemOfFaults, requestIdOf} from '../problem.ts';

/** What became of a request with events or labels. */
export interface Receipt {
	readonly accepted: number;
	readonly duplicate: number;
	/** Labels kept until their event comes. */
	readonly waiting?: number;
	/** Of a row frame: infinite numbers that were taken as missing, and what became of the labels in it. */
	readonly infinite?: number;
	readonly labels?: {readonly accepted: number; readonly duplicate: number; readonly waiting: number};
	readonly rejected: readonly (Fault & {readonly index: number; readonly field: string})[];
}

/** A request as it came. */
export interface RawRequest {
	readonly mediaType: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: Uint8Array;
}

/** What these routes ask for. Both resolve when everything accepted is on disk. */
export interface EventSink {
	takeEvents(model: string, request: RawRequest): Promise<Receipt>;
	takeLabels(model: string, request: RawRequest): Promise<Receipt>;
}

/** Routes under /v1/models. */
export function eventRoutes(events: EventSink, {bodyBytesMax}: {readonly bodyBytesMax: number}): Router {
	const router = Router();

	// POST /:model/events -> 202 Receipt; 422 if nothing was valid.
	router.post('/:model/events', async (request, response) => {
		const raw = {mediaType: mediaTypeOf(request), headers: request.headers, body: await readBody(request, bodyBytesMax)};
		sendReceipt(response, await events.takeEvents(request.params.model, raw), requestIdOf(request));
	});

	// POST /:model/labels -> 202 Receipt; 422 if nothing was valid.
	router.post('/:model/labels', async (request, response) => {
		const raw = {mediaType: mediaTypeOf(request), headers: request.headers, body: await readBody(request, bodyBytesMax)};
		sendReceipt(response, await events.takeLabels(request.params.model, raw), requestIdOf(request));
	});

	return router;
}

/** A request of which nothing could be taken is a problem; anything else is a receipt. */
function sendReceipt(response: Response, receipt: Receipt, requestId: string): void {
	const {accepted, duplicate, waiting = 0, rejected} = receipt;
	if (rejected.length > 0 && accepted + duplicate + waiting === 0) {
		const problem = problemOfFaults(rejected, requestId);
		response
			.status(problem.status)
			.type(PROBLEM_TYPE)
			.json({...problem, accepted, duplicate, rejected});
	} else {
		response.status(202).json(receipt);
	}
}

const receipt = z
	.object({
		accepted: z.int(),
		duplicate: z.int(),
		waiting: z.int().optional(),
		infinite: z.int().optional().meta({description: 'Infinite numbers of a row frame that were taken as missing.'}),
		labels: z
			.object({accepted: z.int(), duplicate: z.int(), waiting: z.int()})
			.optional()
			.meta({description: 'What became of the labels of a row frame.'}),
		rejected: z.array(z.object({index: z.int(), field: z.string(), path: z.string(), code: z.string(), message: z.string()})),
	})
	.meta({id: 'Receipt'});
const cloudEvent = z
	.looseObject({
		specversion: z.literal('1.0'),
		id: z.string(),
		source: z.string(),
		type: z.string(),
		subject: z.string().optional(),
		time: z.string().optional(),
		data: anyObject,
	})
	.meta({id: 'CloudEvent', description: 'CloudEvents 1.0; `data` holds the features, `subject` the entity.'});
const plainEvent = z
	.object({
		id: z.string(),
		source: z.string().optional(),
		entity: z.string().optional(),
		time: z.string().optional(),
		features: anyObject,
	})
	.meta({id: 'PlainEvent'});
const binaryRows = z.string().meta({format: 'binary', description: 'A binary row frame, as docs/binary-rows.md lays it out.'});
const label = z
	.object({
		id: z.string().meta({description: 'Id of the event or of the decision.'}),
		source: z.string().optional(),
		value: z.union([z.string(), z.number(), z.boolean()]),
		observedAt: z.string().optional(),
		revision: z.int().optional(),
		channel: z.enum(['outcome', 'investigation']).optional(),
		withdrawn: z.boolean().optional(),
	})
	.meta({id: 'Label'});

/** These routes in the contract. */
export const eventPaths: RoutePaths = {
	'/v1/models/{model}/events': {
		post: {
			summary: 'Append events',
			requestParams: {path: modelPath},
			requestBody: {
				content: {
					'application/cloudevents+json': {schema: cloudEvent},
					'application/cloudevents-batch+json': {schema: z.array(cloudEvent)},
					'application/json': {schema: z.union([plainEvent, z.array(plainEvent)])},
					'application/x-ndjson': {schema: z.string()},
					'application/vnd.perennial.rows': {schema: binaryRows},
				},
			},
			responses: responses(202, 'On disk; what became of each item.', receipt),
		},
	},
	'/v1/models/{model}/labels': {
		post: {
			summary: 'Append labels',
			requestParams: {path: modelPath},
			requestBody: {
				content: {'application/json': {schema: z.union([label, z.array(label)])}, 'application/x-ndjson': {schema: z.string()}},
			},
			responses: responses(202, 'On disk; what became of each item.', receipt),
		},
	},
};
