/**
 * Objects that are created once and never changed: what versions and channel moves are made of.
 *
 * @module
 */
import {hasCode, PerennialError, type ObjectStore} from '../core/domain/index.ts';

/** Objects read at once. */
const READS_MAX = 16;

/** Create an object. @returns False if somebody else created it first. */
export async function createText(store: ObjectStore, key: string, text: string): Promise<boolean> {
	try {
		await store.put(key, Buffer.from(text), {ifAbsent: true});
		return true;
	} catch (error) {
		if (hasCode(error, 'OBJECT_EXISTS')) {
			return false;
		}

		throw error;
	}
}

/** The text of an object that was read. @throws PerennialError - MANIFEST_INVALID if it is no UTF-8. */
export function textOf(store: ObjectStore, key: string, bytes: Uint8Array): string {
	try {
		return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
	} catch (error) {
		throw new PerennialError('MANIFEST_INVALID', `${key} in ${store.description} is no text; restore it from a backup.`, {
			cause: error,
		});
	}
}

/** Read several, in order, with a bound on how many at once. */
export async function inBatches<Item, Result>(items: readonly Item[], read: (item: Item) => Promise<Result>): Promise<Result[]> {
	const results: Result[] = [];
	for (let from = 0; from < items.length; from += READS_MAX) {
		results.push(...(await Promise.all(items.slice(from, from + READS_MAX).map(item => read(item)))));
	}

	return results;
}
