/**
 * Digests: how bytes and documents are named. Written `sha256:<hex>` everywhere.
 *
 * @module
 */
import {createHash} from 'node:crypto';

/** `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}`;

/** What a digest looks like. */
export const DIGEST_PATTERN = /^sha256:[\da-f]{64}$/v;

/**
 * Digest of bytes, or of a text's UTF-8 form.
 *
 * @example
 * digestOf('abc'); //=> 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
 */
export function digestOf(bytes: Uint8Array | string): Digest {
	return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Digest of several pieces as if they were one: for columns that are never joined in memory. */
export function digestOfParts(parts: Iterable<Uint8Array | string>): Digest {
	const hash = createHash('sha256');
	for (const part of parts) {
		hash.update(part);
	}

	return `sha256:${hash.digest('hex')}`;
}

/** The bytes that a typed array looks at, without a copy. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
	return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/**
 * JSON with sorted keys and no white space: equal documents give equal text (numbers as ECMAScript prints them, as in RFC 8785).
 *
 * @example
 * canonicalJson({b: 1, a: [true, null]}); //=> '{"a":[true,null],"b":1}'
 */
export function canonicalJson(value: unknown): string {
	return JSON.stringify(value, (_key, inner: unknown) => {
		if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) {
			return inner;
		}

		const record = inner as Record<string, unknown>;
		return Object.fromEntries(
			Object.keys(record)
				.toSorted()
				.map(key => [key, record[key]]),
		);
	});
}
