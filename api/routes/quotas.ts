/**
 * /v1/quotas: what tenants have used of what they may ask for.
 *
 * @module
 */
import {Router, type Request} from 'express';
import {z} from 'zod';
import {formatTime, type CatalogueScope} from '../../core/domain/index.ts';
import {responses, timeText, type RoutePaths} from '../openapi.ts';
import {QUOTAS, type QuotaStanding} from '../security/tenant-quotas.ts';

/** What these routes ask for. */
export interface QuotaDesk {
	standings(): readonly QuotaStanding[];
}

/** Routes under /v1. */
export function quotaRoutes(desk: QuotaDesk, scopeOf: (request: Request) => CatalogueScope): Router {
	const router = Router();

	// GET /quotas -> 200 quotas of the key's tenant, or of all.
	router.get('/quotas', (request, response) => {
		const {tenant: own} = scopeOf(request);
		const items = desk.standings().filter(({tenant}) => own === '*' || tenant === own);
		response.set('Cache-Control', 'no-store').json({items: items.map(item => ({...item, resetAt: formatTime(item.resetAt)}))});
	});

	return router;
}

const standing = z.object({tenant: z.string(), quota: z.enum(QUOTAS), limit: z.int(), used: z.int(), resetAt: timeText});

/** These routes in the contract. */
export const quotaPaths: RoutePaths = {
	'/v1/quotas': {
		get: {
			summary: 'What tenants have used of their quotas',
			responses: responses(
				200,
				'Quotas of the tenant of the key, or of all that have asked for anything.',
				z.object({items: z.array(standing)}),
			),
		},
	},
};
