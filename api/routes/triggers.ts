/**
 * /v1/models/:model/triggers: an event of another system that may start a training, if the spec has a trigger on its type.
 *
 * @module
 */
import {Router, json} from 'express';
import {z} from 'zod';
import type {Job} from '../../core/domain/index.ts';
import {anyObject, responses, type RoutePaths} from '../openapi.ts';
import {parseQuery} from '../paging.ts';

/** What became of an event. */
export interface TriggerAnswer {
	readonly retrain: boolean;
	/** Why, or why not. */
	readonly reason: string;
	readonly job?: Job;
}

/** What these routes ask for. */
export interface TriggerDesk {
	/** The same event twice starts one job at most. @throws PerennialError - MODEL_NOT_FOUND. */
	fire(model: string, event: {readonly type: string; readonly source: string; readonly id: string}): Promise<TriggerAnswer>;
}

const text = z.string().min(1).max(200);

/** CloudEvents 1.0: what a trigger looks at; attributes of any other name and data are let through and not read. */
const eventSchema = z.looseObject({specversion: z.literal('1.0'), type: text, source: text, id: text});

/** Routes under /v1/models that fire triggers. */
export function triggerRoutes(triggers: TriggerDesk): Router {
	const router = Router();

	// POST /:model/triggers, a CloudEvent -> 202 {retrain, reason, job} if it starts a training, else 200 {retrain, reason}; 404 MODEL_NOT_FOUND.
	router.post('/:model/triggers', json({type: ['application/cloudevents+json', 'application/json']}), async (request, response) => {
		const {type, source, id} = parseQuery(eventSchema, request.body);
		const answer = await triggers.fire(request.params.model, {type, source, id});
		response.status(answer.retrain ? 202 : 200).json(answer);
	});

	return router;
}

/** These routes in the contract. */
export const triggerPaths: RoutePaths = {
	'/v1/models/{model}/triggers': {
		post: {
			summary: 'Post an event that may start a training',
			requestParams: {path: z.object({model: z.string()})},
			requestBody: {content: {'application/cloudevents+json': {schema: eventSchema}}},
			responses: responses(202, 'The job that it started, and why. 200 if it started none, with the reason.', anyObject),
		},
	},
};
