/**
 * Where things lie in the object store. Versions and moves are numbered in ten digits, so that the order of keys is the order of numbers.
 *
 * ```
 * blobs/sha256/<hex>
 * models/<tenant>/<model>/versions/<version>/manifest.json
 * models/<tenant>/<model>/channels/<channel>/<sequence>.json
 * models/<tenant>/<model>/signatures/<version>/<hex of the manifest>.<key id>.json
 * models/<tenant>/<model>/retired/<version>.json
 * garbage/sha256/<hex>, garbage/marks.json
 * ```
 *
 * @module
 */
import {DIGEST_PATTERN, NAME_PATTERN, PerennialError, type Digest} from '../core/domain/index.ts';

const NUMBER_WIDTH = 10;

/** Begins the keys of everything about models. */
export const MODELS = 'models/';
/** Begins the keys of blobs. */
export const BLOBS = 'blobs/sha256/';
/** Begins the keys of blobs that were set aside. */
export const GARBAGE = 'garbage/sha256/';
/** What the collector of garbage noted in its last run. */
export const MARKS_KEY = 'garbage/marks.json';

/** Key of a blob. @throws PerennialError - PARAMETER_INVALID if `digest` is none. */
export function blobKey(digest: string): string {
	if (!DIGEST_PATTERN.test(digest)) {
		throw new PerennialError(
			'PARAMETER_INVALID',
			`${JSON.stringify(digest)} is no digest; write sha256: and 64 lower-case hex digits.`,
		);
	}

	return `blobs/${digest.replace(':', '/')}`;
}

/** Key of a blob that was set aside. */
export function garbageKey(digest: Digest): string {
	return `${GARBAGE}${digest.slice('sha256:'.length)}`;
}

/** The digest of the blob that has this key below {@link BLOBS} or {@link GARBAGE}, undefined for other keys. */
export function digestOfKey(key: string, prefix: string): Digest | undefined {
	const digest: Digest = `sha256:${key.slice(prefix.length)}`;
	return DIGEST_PATTERN.test(digest) ? digest : undefined;
}

/** The key of the mark that retires the version whose manifest has this key. */
export function retiredKeyOf(manifestKey: string): string {
	return manifestKey.replace(/\/versions\/(?<version>\d{10})\/manifest\.json$/v, '/retired/$<version>.json');
}

/** Keys of one model. @throws PerennialError - PARAMETER_INVALID if a name is none. */
export class ModelKeys {
	readonly #root: string;

	/**
	 * @example
	 * new ModelKeys('default', 'loan-default').manifest(12); //=> 'models/default/loan-default/versions/0000000012/manifest.json'
	 */
	constructor(tenant: string, model: string) {
		this.#root = `models/${checkName('tenant', tenant)}/${checkName('model', model)}`;
	}

	/** Begins the keys of all manifests. */
	get versions(): string {
		return `${this.#root}/versions/`;
	}

	/** Begins the keys of all moves of all channels. */
	get channels(): string {
		return `${this.#root}/channels/`;
	}

	manifest(version: number): string {
		return `${this.versions}${numberText(version)}/manifest.json`;
	}

	/** Begins the keys of all moves of one channel. */
	moves(channel: string): string {
		return `${this.channels}${checkName('channel', channel)}/`;
	}

	move(channel: string, sequence: number): string {
		return `${this.moves(channel)}${numberText(sequence)}.json`;
	}

	/** Begins the keys of all signatures of a manifest. */
	signatures(version: number, manifest: Digest): string {
		return `${this.#root}/signatures/${numberText(version)}/${manifest.slice('sha256:'.length)}.`;
	}

	signature(version: number, manifest: Digest, keyId: string): string {
		return `${this.signatures(version, manifest)}${keyId}.json`;
	}

	/** There if the version has let its bytes go. */
	retired(version: number): string {
		return `${this.retirements}${numberText(version)}.json`;
	}

	/** Begins the keys of all retirements. */
	get retirements(): string {
		return `${this.#root}/retired/`;
	}

	/** The version that this key retires, undefined for other keys. */
	retiredVersionOf(key: string): number | undefined {
		return numberOf(key, this.retirements, '.json');
	}

	/** The version whose manifest has this key, undefined for other keys. */
	versionOf(key: string): number | undefined {
		return numberOf(key, this.versions, '/manifest.json');
	}

	/** The sequence of the move of `channel` that has this key, undefined for other keys. */
	sequenceOf(channel: string, key: string): number | undefined {
		return numberOf(key, this.moves(channel), '.json');
	}

	/** The channel a move's key belongs to. */
	channelOf(key: string): string {
		return key.slice(this.channels.length).split('/', 1)[0]!;
	}
}

function checkName(what: string, name: string): string {
	if (!NAME_PATTERN.test(name)) {
		throw new PerennialError(
			'PARAMETER_INVALID',
			`${JSON.stringify(name.slice(0, 100))} is no name of a ${what}; use 1 to 63 lower-case letters, digits or hyphens.`,
		);
	}

	return name;
}

function numberText(number: number): string {
	return String(number).padStart(NUMBER_WIDTH, '0');
}

function numberOf(key: string, before: string, after: string): number | undefined {
	const text = key.startsWith(before) && key.endsWith(after) ? key.slice(before.length, key.length - after.length) : '';
	return /^\d{10}$/v.test(text) ? Number(text) : undefined;
}
