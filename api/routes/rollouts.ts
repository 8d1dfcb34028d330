/**
 * /v1/models/:m/rollout: how far a version has come on its way through the rings of edges.
 *
 * @module
 */
import {Router} from 'express';
import {z} from 'zod';
import {modelPath, responses, timeText, type RoutePaths} from '../openapi.ts';

/** Where a roll-out stands. */
export type RolloutView = z.output<typeof rolloutSchema>;

/** What these routes ask for. */
export interface RolloutDesk {
	/** @throws PerennialError - MODEL_NOT_FOUND; OBJECT_NOT_FOUND if the spec has no roll-out. */
	rollout(model: string): Promise<RolloutView>;
}

const rolloutSchema = z.object({
	rings: z
		.array(
			z.object({
				channel: z.string(),
				version: z.int().optional(),
				since: timeText.optional(),
				answering: z.int().meta({description: 'Edges that said, since the move, that they answer with this version.'}),
				refusing: z.int().meta({description: 'Edges that said that they refuse it.'}),
			}),
		)
		.meta({description: 'In their order.'}),
	step: z.object({
		kind: z.enum(['done', 'wait', 'advance', 'back']).meta({description: 'What comes next.'}),
		version: z.int().optional(),
		reason: z.string().optional(),
	}),
});

/** Routes under /v1/models. */
export function rolloutRoutes(desk: RolloutDesk): Router {
	const router = Router();

	// GET /:model/rollout -> 200 RolloutView; 404 OBJECT_NOT_FOUND where the spec has none.
	router.get('/:model/rollout', async (request, response) => {
		response.json(await desk.rollout(request.params.model));
	});

	return router;
}

/** These routes in the contract. */
export const rolloutPaths: RoutePaths = {
	'/v1/models/{model}/rollout': {
		get: {
			summary: 'How far a version has come through the rings of edges',
			requestParams: {path: modelPath},
			responses: responses(200, 'Each ring, and the next step with its reason.', rolloutSchema),
		},
	},
};
