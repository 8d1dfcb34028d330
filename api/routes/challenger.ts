/**
 * /v1/models/:m/challenger: how a challenger stands on outcomes, and a person's word on it.
 *
 * @module
 */
import {Router, type Request} from 'express';
import type {ChallengerView, ChannelMove} from '../../core/domain/index.ts';
import {anyObject, modelPath, responses, type RoutePaths} from '../openapi.ts';

/** What these routes ask for. */
export interface ChallengerDesk {
	challenger(model: string): Promise<ChallengerView>;
	/** @throws PerennialError - PRECONDITION_FAILED while nothing is proposed; GATE_REFUSED for a version that no gate accepted. */
	promoteChallenger(model: string, by: string): Promise<ChannelMove>;
}

/** Routes under /v1/models. */
export function challengerRoutes(desk: ChallengerDesk, actorOf: (request: Request) => string): Router {
	const router = Router();

	// GET /:model/challenger -> 200 ChallengerView; 404 MODEL_NOT_FOUND.
	router.get('/:model/challenger', async (request, response) => {
		response.set('Cache-Control', 'no-store').json(await desk.challenger(request.params.model));
	});

	// POST /:model/challenger/promote -> 200 ChannelMove of the champion; 412 PRECONDITION_FAILED, GATE_REFUSED.
	router.post('/:model/challenger/promote', async (request, response) => {
		response.json(await desk.promoteChallenger(request.params.model, actorOf(request)));
	});

	return router;
}

/** These routes in the contract. */
export const challengerPaths: RoutePaths = {
	'/v1/models/{model}/challenger': {
		get: {
			summary: 'How the challenger stands on outcomes',
			requestParams: {path: modelPath},
			responses: responses(200, 'State, versions, labels, gain in log loss and its limits.', anyObject),
		},
	},
	'/v1/models/{model}/challenger/promote': {
		post: {
			summary: 'Approve a challenger that is proved better: the champion moves to it',
			requestParams: {path: modelPath},
			responses: responses(200, 'The move of the champion.', anyObject),
		},
	},
};
