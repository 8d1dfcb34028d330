/**
 * What may be a key: checked by every object store in the same way, so that a key that one takes fits all.
 *
 * @module
 */
import {PerennialError} from '../core/domain/index.ts';

/** Longest key, in characters: what S3 takes less room for a prefix. */
export const KEY_LENGTH_MAX = 900;

/** Longest name between two `/`: what file systems take less room for a suffix. */
export const NAME_LENGTH_MAX = 200;

const NAME = /^[A-Za-z0-9._=\-]+$/v;

function isName(text: string): boolean {
	return text.length <= NAME_LENGTH_MAX && NAME.test(text) && text !== '.' && text !== '..';
}

/**
 * Refuse what is no key: `/`-separated names of letters, digits and `._-=`, none of them empty, `.` or `..`.
 *
 * @returns The key.
 * @throws PerennialError - PARAMETER_INVALID.
 * @example
 * checkObjectKey('blobs/sha256/ab12'); //=> 'blobs/sha256/ab12'
 */
export function checkObjectKey(key: string): string {
	if (key.length > KEY_LENGTH_MAX || !key.split('/').every(name => isName(name))) {
		throw refusal('key', key);
	}

	return key;
}

/**
 * Refuse what cannot begin a key. A prefix may be empty, end with `/`, or end within a name.
 *
 * @returns The prefix.
 * @throws PerennialError - PARAMETER_INVALID.
 * @example
 * checkKeyPrefix('models/default/'); //=> 'models/default/'
 */
export function checkKeyPrefix(prefix: string): string {
	const names = prefix.split('/');
	const last = names.pop() ?? '';
	if (prefix.length > KEY_LENGTH_MAX || !names.every(name => isName(name)) || (last !== '' && !NAME.test(last))) {
		throw refusal('prefix', prefix);
	}

	return prefix;
}

function refusal(what: string, text: string): PerennialError {
	const shown = text.length > 100 ? `${text.slice(0, 100)}...` : text;
	const cure = `use names of letters, digits and ._-= with / between them, at most ${KEY_LENGTH_MAX} characters`;
	return new PerennialError('PARAMETER_INVALID', `${JSON.stringify(shown)} is no object ${what}; ${cure}.`);
}
