/**
 * Lists by page: `?limit&pageToken` in, `{items, nextPageToken?}` out.
 *
 * @module
 */
import {z} from 'zod';
import {faultsOf, PerennialError, summaryOf} from '../core/domain/index.ts';

/** Items on a page, at most. */
const LIMIT_MAX = 1000;

const pageSchema = z.object({
	limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(100),
	pageToken: z
		.string()
		.regex(/^[\w\-]{1,64}$/v)
		.optional(),
});

/** One page of a list. */
export interface Page<Item> {
	readonly items: readonly Item[];
	readonly nextPageToken?: string;
}

/**
 * Cut a page out of a whole list. The token is the key of the last item of the page before, so that items added meanwhile do not shift it.
 *
 * @param query - The request's query.
 * @param keyOf - A key of an item that never changes.
 * @throws PerennialError - PARAMETER_INVALID.
 */
export function pageOf<Item>(all: readonly Item[], query: unknown, keyOf: (item: Item) => string): Page<Item> {
	const {limit, pageToken} = parseQuery(pageSchema, query);
	const after = pageToken === undefined ? -1 : all.findIndex(item => tokenOf(keyOf(item)) === pageToken);
	if (pageToken !== undefined && after === -1) {
		throw new PerennialError('PARAMETER_INVALID', 'pageToken is not one that this list gave out; begin again without it.', {
			faults: [{path: 'pageToken', code: 'PARAMETER_INVALID', message: 'is unknown'}],
		});
	}

	const items = all.slice(after + 1, after + 1 + limit);
	const last = items.at(-1);
	return after + 1 + limit < all.length && last !== undefined ? {items, nextPageToken: tokenOf(keyOf(last))} : {items};
}

/** Parse a query or path. @throws PerennialError - PARAMETER_INVALID with all faults. */
export function parseQuery<Schema extends z.ZodType>(schema: Schema, query: unknown): z.output<Schema> {
	const result = schema.safeParse(query);
	if (result.success) {
		return result.data;
	}

	const faults = faultsOf(result.error, 'PARAMETER_INVALID');
	throw new PerennialError('PARAMETER_INVALID', summaryOf(faults), {faults});
}

function tokenOf(key: string): string {
	return Buffer.from(key).toString('base64url').slice(-64);
}
