/**
 * An order of rows that every language gives alike: by the digest of the row number.
 *
 * @module
 */
import {createHash} from 'node:crypto';

/** What stands before the row number in what is digested. */
export const ORDER_PREFIX = '20261122';

/**
 * The numbers [0, count) in ascending order of the hexadecimal sha256 of `prefix:number`.
 *
 * Cost: a digest a row.
 *
 * @example
 * seededOrder(30_000).slice(0, 5); //=> [5880, 26924, 20257, 7311, 22641]
 */
export function seededOrder(count: number, prefix: string = ORDER_PREFIX): number[] {
	return Array.from({length: count}, (_, row) => ({row, digest: createHash('sha256').update(`${prefix}:${row}`).digest('hex')}))
		.toSorted((a, b) => (a.digest < b.digest ? -1 : 1))
		.map(({row}) => row);
}
