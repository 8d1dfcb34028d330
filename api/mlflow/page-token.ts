/**
 * Page tokens of searches: where to go on, and of which search.
 *
 * @module
 */
import {digestOf} from '../../core/domain/index.ts';
import {invalid} from './messages.ts';

/** What makes a search the same search. */
export interface SearchIdentity {
	readonly filter: string;
	readonly clauses: readonly string[];
}

/** Token for the page that begins at an offset. */
export function pageTokenOf(offset: number, search: SearchIdentity): string {
	return Buffer.from(`${offset}.${markOf(search)}`).toString('base64url');
}

/** Offset of a token; 0 without one. @throws PerennialError - PARAMETER_INVALID if it is not one of this search. */
export function readPageToken(token: string | undefined, search: SearchIdentity): number {
	if (token === undefined || token === '') {
		return 0;
	}

	const {offset, mark} = /^(?<offset>\d{1,12})\.(?<mark>\w+)$/v.exec(Buffer.from(token, 'base64url').toString())?.groups ?? {};
	if (offset === undefined || mark !== markOf(search)) {
		throw invalid('Invalid page token: it is none that this search, with this filter and order_by, gave out.');
	}

	return Number(offset);
}

function markOf({filter, clauses}: SearchIdentity): string {
	return digestOf(JSON.stringify([filter, clauses])).slice(-16);
}
