/**
 * Who or what comes back: the key of the customer, card or account.
 *
 * @module
 */
import type {ColumnProfile} from './column-profile.ts';
import {ENTITY_WORDS, hasWord, speaksOfKey} from './column-words.ts';

const VALUES_MIN = 20;
/** A key that nearly never repeats names the record; one with few values names a group. */
const DISTINCT_SHARE_MAX = 0.95;
const DISTINCT_SHARE_MIN = 0.0005;

/** The column that best names an entity; undefined if none does. Its name must speak of a key, and of who comes back. */
export function guessEntity(columns: readonly ColumnProfile[]): ColumnProfile | undefined {
	return columns
		.filter(column => {
			const isWritten = column.isInteger || (!column.isNumeric && !column.isTime && column.spaced === 0);
			const isShared =
				column.distinct >= VALUES_MIN && column.distinctShare <= DISTINCT_SHARE_MAX && column.distinctShare >= DISTINCT_SHARE_MIN;
			return isWritten && isShared && column.missing === 0 && speaksOfKey(column.name) && hasWord(column.name, ENTITY_WORDS);
		})
		.toSorted((a, b) => rank(a) - rank(b))[0];
}

/** The person before the card. */
function rank({name}: ColumnProfile): number {
	const index = [...ENTITY_WORDS].findIndex(word => hasWord(name, new Set([word])));
	return index === -1 ? Number.POSITIVE_INFINITY : index;
}
