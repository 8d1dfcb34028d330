/**
 * /v1/decide: an event in, an action with its reasons out.
 *
 * @module
 */
import {json, Router, type Request} from 'express';
import {z} from 'zod';
import {faultsOf, PerennialError, summaryOf, type CatalogueScope} from '../../core/domain/index.ts';
import {responses, type RoutePaths} from '../openapi.ts';

/** What is asked. */
export type DecideRequest = z.output<typeof requestSchema>;

/** What was decided, and by what. */
export type DecideAnswer = z.output<typeof answerSchema>;

/** What this route asks for. Resolves when the answer is on disk. */
export interface DecisionDesk {
	/**
	 * @throws PerennialError - FORBIDDEN for a model that the key is not for, MODEL_NOT_FOUND, MODEL_NOT_READY, EVENT_INVALID, PARAMETER_INVALID for a model
	 * without cut-offs.
	 */
	decide(request: DecideRequest, scope: CatalogueScope): Promise<DecideAnswer>;
}

/** Options of {@link decideRoutes}. */
export interface DecideRoutesOptions {
	readonly bodyBytesMax: number;
	/** Which models the key of a request is for. */
	readonly scopeOf: (request: Request) => CatalogueScope;
}

const requestSchema = z.strictObject({
	model: z.string(),
	event: z.strictObject({
		id: z.string().optional().meta({description: 'Makes the decision idempotent, and is what a label refers to.'}),
		source: z.string().optional(),
		entity: z.string().optional(),
		time: z.union([z.string(), z.number()]).optional(),
		features: z.record(z.string(), z.unknown()),
	}),
	channel: z.string().optional(),
});

const answerSchema = z
	.object({
		id: z.string(),
		decisionId: z.string(),
		action: z.string().meta({description: 'Outcome of the policy; `refer` if a person has to decide.'}),
		reasons: z
			.array(z.object({code: z.string(), feature: z.string(), text: z.string().optional(), logOdds: z.number()}))
			.readonly()
			.meta({description: 'What raised the risk most, largest first; none for the action of the lowest scores.'}),
		reason: z.string().meta({description: 'Why this tier answered.'}),
		policy: z.string().optional().meta({description: 'Version of the policy that gave the action.'}),
		score: z.number(),
		probability: z.number(),
		tier: z.enum(['online', 'student', 'teacher', 'frozen']),
		version: z.int(),
		channel: z.string(),
	})
	.meta({id: 'Decision'});

/** The route. */
export function decideRoutes(desk: DecisionDesk, {bodyBytesMax, scopeOf}: DecideRoutesOptions): Router {
	const router = Router();

	// POST / -> 200 DecideAnswer; 403 FORBIDDEN; 404 MODEL_NOT_FOUND; 422 EVENT_INVALID, PARAMETER_INVALID; 503 MODEL_NOT_READY.
	router.post('/', json({limit: bodyBytesMax}), async (request, response) => {
		const result = requestSchema.safeParse(request.body);
		if (!result.success) {
			const faults = faultsOf(result.error, 'EVENT_INVALID');
			throw new PerennialError('EVENT_INVALID', summaryOf(faults), {faults});
		}

		response.json(await desk.decide(result.data, scopeOf(request)));
	});

	return router;
}

/** This route in the contract. */
export const decidePaths: RoutePaths = {
	'/v1/decide': {
		post: {
			summary: 'Decide on one event by the policy of a model; an id makes it idempotent',
			requestBody: {content: {'application/json': {schema: requestSchema}}},
			responses: responses(200, 'The action, its reasons, and what gave them.', answerSchema),
		},
	},
};
