/**
 * What an event in JSON has on its first level, in both envelopes, by number.
 *
 * @module
 */

/** Names of the fields, in the order of their numbers. */
export const EVENT_FIELDS = [
	'id',
	'source',
	'time',
	'entity',
	'features',
	'specversion',
	'type',
	'subject',
	'data',
	'datacontenttype',
] as const;

/** Number of `id`. */
export const ID = 0;
/** Number of `source`. */
export const SOURCE = 1;
/** Number of `time`. */
export const TIME = 2;
/** Number of `entity`. */
export const ENTITY = 3;
/** Number of `features`. */
export const FEATURES = 4;
/** Number of `specversion`. */
export const SPECVERSION = 5;
/** Number of `type`. */
export const TYPE = 6;
/** Number of `subject`. */
export const SUBJECT = 7;
/** Number of `data`. */
export const DATA = 8;
/** Number of `datacontenttype`. */
export const CONTENT_TYPE = 9;

/** Fields seen, as bits: a CloudEvent has all of the second row, a plain event of the first, and neither has anything of the other's own. */
const PLAIN_MUST = (1 << ID) | (1 << FEATURES);
const PLAIN_NEVER = (1 << SPECVERSION) | (1 << TYPE) | (1 << SUBJECT) | (1 << DATA) | (1 << CONTENT_TYPE);
const CLOUD_MUST = (1 << ID) | (1 << SOURCE) | (1 << SPECVERSION) | (1 << TYPE) | (1 << DATA);
const CLOUD_NEVER = (1 << FEATURES) | (1 << ENTITY);

/** Whether the fields seen, as bits, are those of something to predict: an event that need have no name. */
export function isAsked(seen: number): boolean {
	return (seen & (1 << FEATURES)) !== 0 && (seen & PLAIN_NEVER) === 0;
}

/** Whether the fields seen, as bits, are those of a plain event or of a CloudEvent: `specversion` tells which it must be. */
export function isEnvelope(seen: number): boolean {
	return (seen & (1 << SPECVERSION)) === 0
		? (seen & PLAIN_MUST) === PLAIN_MUST && (seen & PLAIN_NEVER) === 0
		: (seen & CLOUD_MUST) === CLOUD_MUST && (seen & CLOUD_NEVER) === 0;
}
