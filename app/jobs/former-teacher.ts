/**
 * The champion's teacher as plain data: what a training that begins warm goes on from.
 *
 * @module
 */
import {decodeTeacher, hasCode, type Manifest, type ModelSpec} from '../../core/domain/index.ts';
import type {Registry} from '../../registry/index.ts';
import type {WarmStartOptions} from '../../trainers/index.ts';

/**
 * What a training goes on from, if its spec asks for it; otherwise undefined.
 *
 * It is the champion and never a newer version that was refused: rows that judge a challenger are newer than what the champion has learnt from, and
 * only the champion. Where there is none, or its weights were not kept or cannot be read, training begins from scratch and its report says why.
 *
 * @throws PerennialError - ARTIFACT_DIGEST_MISMATCH, OBJECT_STORE_UNAVAILABLE: weights that exist and do not come are no reason to begin afresh.
 */
export async function formerTeacherOf(
	registry: Pick<Registry, 'getBlob'>,
	champion: Manifest | undefined,
	{warmStart: policy}: Pick<ModelSpec['offline'], 'warmStart'>,
): Promise<WarmStartOptions | undefined> {
	if (policy === 'never') {
		return undefined;
	}

	const blob = champion?.blobs.find(({role}) => role === 'teacher-weights');
	const learntUntil = champion?.metrics['learntUntil'];
	if (!blob || typeof learntUntil !== 'number') {
		return {
			unavailable: champion
				? `version ${champion.version} was made without the weights of its teacher`
				: 'there is no champion to go on from',
		};
	}

	const bytes = await registry.getBlob(blob.digest);
	try {
		return {policy, former: {model: decodeTeacher(bytes), name: `version ${champion!.version}`, learntUntil}};
	} catch (error) {
		if (!hasCode(error, 'PARAMETER_INVALID')) {
			throw error;
		}

		return {unavailable: error.message};
	}
}
