/**
 * Which versions may let their bytes go.
 *
 * A retired version keeps its number, manifest, signature, training report and bill of materials for ever; what it loses are student, teacher, golden
 * rows and reference. It can answer no more, and no channel can be moved to it.
 *
 * @module
 */
import {
	formatTime,
	PerennialError,
	type ChannelMove,
	type Logger,
	type Manifest,
	type Millis,
	type ObjectStore,
} from '../core/domain/index.ts';
import {createText} from './immutable-objects.ts';
import type {ModelKeys} from './layout.ts';

/** What is kept. A version that any one of these speaks for stays whole. */
export interface RetentionRules {
	/** The newest versions of each model. */
	readonly newest: number;
	/** Versions that were published within this time. */
	readonly ageMs: Millis;
	/**
	 * Versions that any channel pointed at within this time, be it for a moment: decisions that they made can be made again, bit for bit. Infinity: all
	 * that were ever live.
	 */
	readonly historyMs: Millis;
}

/** What is known of one model. */
export interface RetentionFacts {
	/** Ascending. */
	readonly manifests: readonly Manifest[];
	/** Of each channel, oldest first. */
	readonly histories: readonly (readonly ChannelMove[])[];
	/** Time of the clock that channels move by. */
	readonly now: Millis;
	/** Wall time, by which versions are stamped. */
	readonly wallNow: Millis;
}

/**
 * Versions that nothing speaks for, ascending. A version from which one that stays was distilled stays too.
 *
 * @example
 * versionsToRetire({manifests: [], histories: [], now: 0, wallNow: 0}, {newest: 1, ageMs: 0, historyMs: 0}); //=> []
 */
export function versionsToRetire(
	{manifests, histories, now, wallNow}: RetentionFacts,
	{newest, ageMs, historyMs}: RetentionRules,
): number[] {
	const kept = new Set<number>();
	for (const [index, {version, createdAt}] of manifests.entries()) {
		if (index >= manifests.length - newest || wallNow - Date.parse(createdAt) < ageMs) {
			kept.add(version);
		}
	}

	for (const moves of histories) {
		for (const [index, {version}] of moves.entries()) {
			const until = moves[index + 1]?.at;
			if (until === undefined || Date.parse(until) > now - historyMs) {
				kept.add(version);
			}
		}
	}

	for (const {version, parent} of manifests.toReversed()) {
		if (parent !== undefined && kept.has(version)) {
			kept.add(parent);
		}
	}

	return manifests.map(({version}) => version).filter(version => !kept.has(version));
}

/** Refuse to move a channel to a retired version. @throws PerennialError - VERSION_NOT_FOUND. */
export async function refuseRetired(
	store: ObjectStore,
	keys: ModelKeys,
	{model, version}: Pick<Manifest, 'model' | 'version'>,
): Promise<void> {
	if (await store.head(keys.retired(version))) {
		const message = `The bytes of version ${version} of ${model} were let go under the rules of retention; choose another version, or train again.`;
		throw new PerennialError('VERSION_NOT_FOUND', message, {details: {model, version}});
	}
}

/**
 * Mark a version as retired, unless a channel is moved to it meanwhile. Whoever moves a channel looks for the mark before and after, and takes it back.
 *
 * @param isLive - Whether a channel points at it now.
 * @returns True if it is retired.
 */
export async function retireVersion(
	{
		store,
		keys,
		logger,
		wallNow,
	}: {readonly store: ObjectStore; readonly keys: ModelKeys; readonly logger: Logger; readonly wallNow: Millis},
	{model, version}: Pick<Manifest, 'model' | 'version'>,
	isLive: () => Promise<boolean>,
): Promise<boolean> {
	const key = keys.retired(version);
	await createText(store, key, `${JSON.stringify({model, version, at: formatTime(wallNow)})}\n`);
	if (await isLive()) {
		await store.delete(key);
		return false;
	}

	logger.info('A version was retired.', {model, version});
	return true;
}
