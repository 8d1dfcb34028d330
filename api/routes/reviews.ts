/**
 * What waits for a person: /v1/models/:m/referrals lists it, /v1/decisions/:d/review closes it.
 *
 * @module
 */
import {json, Router, type Request} from 'express';
import {z} from 'zod';
import {REFER, type DecisionView, type ReferralQuery} from '../../core/domain/index.ts';
import {anyObject, modelPath, pageSchema, responses, type RoutePaths} from '../openapi.ts';
import {parseQuery} from '../paging.ts';

/** What a person says. */
export interface ReviewRequest {
	readonly action: string;
	readonly reason: string;
	readonly by: string;
}

/** What these routes ask for. */
export interface ReviewDesk {
	/** Newest first; `next` is the `before` of the page that follows. @throws PerennialError - MODEL_NOT_FOUND, MODEL_RETIRED. */
	referrals(model: string, query: ReferralQuery): Promise<{readonly items: readonly DecisionView[]; readonly next?: number}>;
	/** @throws PerennialError - DECISION_NOT_FOUND; PRECONDITION_FAILED for an answer that was not referred, or was reviewed before. */
	review(decision: string, request: ReviewRequest): Promise<DecisionView>;
}

const listSchema = z.object({
	state: z.enum(['open', 'closed', 'all']).default('open').meta({description: 'open: nobody has reviewed them yet.'}),
	limit: z.coerce.number().int().min(1).max(1000).default(100),
	pageToken: z.coerce.number().int().min(1).optional(),
});
const reviewSchema = z.strictObject({
	action: z
		.string()
		.min(1)
		.max(40)
		.refine(action => action !== REFER, 'is what a person is asked to decide; say what is done instead')
		.meta({description: 'What is done: approve, decline, or a word of the policy.'}),
	reason: z.string().trim().min(1, 'must say why').max(2000).meta({description: 'Why, in words.'}),
});

/** Routes under /v1. */
export function reviewRoutes(desk: ReviewDesk, actorOf: (request: Request) => string): Router {
	const router = Router();

	// GET /models/:model/referrals?state&limit&pageToken -> 200 page of DecisionView, newest first; 404 MODEL_NOT_FOUND.
	router.get('/models/:model/referrals', async (request, response) => {
		const {state, limit, pageToken: before} = parseQuery(listSchema, request.query);
		const {items, next} = await desk.referrals(request.params.model, {state, limit, ...(before !== undefined && {before})});
		response.set('Cache-Control', 'no-store').json({items, ...(next !== undefined && {nextPageToken: String(next)})});
	});

	// POST /decisions/:decision/review {action, reason} -> 200 DecisionView; 404 DECISION_NOT_FOUND; 412 PRECONDITION_FAILED.
	router.post('/decisions/:decision/review', json(), async (request, response) => {
		const said = parseQuery(reviewSchema, request.body);
		response.json(await desk.review(request.params.decision, {...said, by: actorOf(request)}));
	});

	return router;
}

/** These routes in the contract. */
export const reviewPaths: RoutePaths = {
	'/v1/models/{model}/referrals': {
		get: {
			summary: 'Answers that were referred to a person, newest first',
			requestParams: {path: modelPath, query: listSchema},
			responses: responses(200, 'A page of records of answers; a review stands in those that have one.', pageSchema(anyObject)),
		},
	},
	'/v1/decisions/{decision}/review': {
		post: {
			summary: 'Close a referral: what is done, and why',
			requestParams: {path: z.object({decision: z.string()})},
			requestBody: {content: {'application/json': {schema: reviewSchema}}},
			responses: responses(200, 'The record of the answer, with the review.', anyObject),
		},
	},
};
