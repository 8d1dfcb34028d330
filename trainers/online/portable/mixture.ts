/**
 * Mixtures of experts as plain data, without the outside model.
 *
 * @module
 */
import type {LearnerShape, PortableExperts, PortableMixture} from '../../../core/domain/index.ts';
import type {ExpertSetDefinition} from '../expert-set.ts';
import type {CalibratedMixture} from '../mixture/calibrated-mixture.ts';
import {MARGIN} from '../mixture/logits.ts';

/**
 * What a mixture has published, as plain data; a copy. It answers as the mixture does where the outside model has said nothing.
 *
 * @returns undefined if one of the sets cannot be described.
 */
export function describeMixture(
	shape: LearnerShape,
	definitions: readonly ExpertSetDefinition[],
	parameters: Float64Array,
	mixture: CalibratedMixture,
): PortableMixture | undefined {
	const sets: PortableExperts[] = [];
	let next = mixture.parameterCount;
	for (const definition of definitions) {
		const length = parameters[next]!;
		const set = definition.describe?.(shape, parameters.subarray(next + 1, next + 1 + length));
		if (!set) {
			return undefined;
		}

		sets.push(set);
		next += 1 + length;
	}

	return {kind: 'mixture', outputCount: shape.outputCount, sets, margin: MARGIN, ...mixture.describeOwn(parameters)};
}
