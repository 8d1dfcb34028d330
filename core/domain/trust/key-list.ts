/**
 * Lists of keys that may sign, themselves signed by a root key: how keys are replaced without a visit to every edge.
 *
 * @module
 */
import {z} from 'zod';
import {canonicalJson} from '../digest.ts';
import {PerennialError} from '../errors.ts';
import {openEnvelope, payloadOf, readPublicKeys, signEnvelope, type PublicKeys, type SigningKey} from './dsse.ts';

/** Payload type of key lists. */
export const KEY_LIST_TYPE = 'application/vnd.perennial.key-list+json';

const keyListSchema = z.strictObject({
	keyListVersion: z.literal(1),
	/** Counts from 1; whoever has seen one refuses those before it. */
	version: z.int().min(1),
	/** From then on it is refused; the root signs a new one before. */
	expiresAt: z.iso.datetime(),
	/** Public keys in PEM. */
	keys: z.array(z.string()).min(1).max(32),
});

/** Which keys may sign versions and channel records. */
export type KeyList = z.output<typeof keyListSchema>;

/** Sign a list. @returns The text of the envelope. @throws PerennialError - SIGNATURE_INVALID if a key of the list is none. */
export function signKeyList(list: KeyList, root: SigningKey): string {
	keysOf(list);
	return signEnvelope(KEY_LIST_TYPE, canonicalJson(list), [root]);
}

/** Read a signed list. @throws PerennialError - SIGNATURE_INVALID unless one of the roots has signed it. */
export function openKeyList(bytes: Uint8Array, roots: PublicKeys): KeyList {
	return parseKeyList(openEnvelope(bytes, KEY_LIST_TYPE, roots));
}

/** Read a list whose signature edges check: for the registry that hands it on. @throws PerennialError - SIGNATURE_INVALID if it is none. */
export function openKeyListUnchecked(bytes: Uint8Array): KeyList {
	return parseKeyList(payloadOf(bytes));
}

function parseKeyList(payload: string): KeyList {
	try {
		return keyListSchema.parse(JSON.parse(payload));
	} catch (error) {
		throw new PerennialError('SIGNATURE_INVALID', 'The signed key list cannot be read; sign it again.', {cause: error});
	}
}

/** The keys of a list. @throws PerennialError - SIGNATURE_INVALID. */
export function keysOf({keys}: KeyList): PublicKeys {
	return new Map(keys.flatMap(pem => [...readPublicKeys(pem)]));
}
