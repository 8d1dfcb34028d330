/**
 * API keys: made once, shown once, kept as a digest.
 *
 * @module
 */
import {hash, randomBytes} from 'node:crypto';

/** Form of a key: its id, and 256 random bits. */
const KEY = /^pnl_(?<id>[0-9a-f]{12})_[\w\-]{43}$/v;

/** A new key, its id and its digest. */
export function createApiKey(): {readonly key: string; readonly id: string; readonly digest: string} {
	const id = randomBytes(6).toString('hex');
	const key = `pnl_${id}_${randomBytes(32).toString('base64url')}`;
	return {key, id, digest: keyDigest(key)};
}

/** SHA-256 in hexadecimal. */
export function keyDigest(key: string): string {
	return hash('sha256', key);
}

/** The id in a key; undefined if it has not the form of one. */
export function keyIdOf(key: string): string | undefined {
	return KEY.exec(key)?.groups!['id'];
}

/** A key out of an Authorization header, and whether a browser may have sent it by itself. */
export interface GivenKey {
	readonly key: string;
	readonly isAmbient: boolean;
}

/**
 * The key of an Authorization header: `Bearer <key>`, or `Basic` with the key as the password, which is what a browser asks a person for.
 *
 * @example
 * fromAuthorization('Bearer abc')?.key; //=> 'abc'
 * fromAuthorization(`Basic ${Buffer.from('me:abc').toString('base64')}`)?.isAmbient; //=> true
 * fromAuthorization('Digest abc'); //=> undefined
 */
export function fromAuthorization(header: string | undefined): GivenKey | undefined {
	const [, scheme, value] = /^(\w+) +(\S+)$/v.exec(header ?? '') ?? [];
	if (scheme?.toLowerCase() === 'bearer') {
		return {key: value!, isAmbient: false};
	}

	if (scheme?.toLowerCase() === 'basic') {
		const pair = Buffer.from(value!, 'base64').toString();
		return {key: pair.slice(pair.indexOf(':') + 1), isAmbient: true};
	}

	return undefined;
}
