/**
 * Blends: models whose logits are added with a weight each, then shifted.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {TeacherBlend, TeacherModel} from '../../../core/domain/index.ts';

/** One model of a blend. */
export interface BlendPart {
	readonly model: TeacherModel;
	readonly weight: number;
}

/** Outputs of any model. */
export function outputCountOf(model: TeacherModel): number {
	return ('network' in model ? model.network : model).outputCount;
}

/**
 * A blend of models. A part with weight 0 is left out; a part that is a blend itself is taken apart into its own parts, so that blends do not nest.
 *
 * @param intercepts - One an output; default 0.
 * @throws AssertionError - if no part has a weight, a weight is not finite, or the numbers of outputs differ.
 * @example
 * const trees = {kind: 'boosted-trees', numeric: [], categorical: [], base: Float64Array.of(0), trees: [], outputCount: 1};
 * const inner = blendOf([{model: trees, weight: 2}], [1]);
 * const {parts, weights, intercepts} = blendOf([{model: inner, weight: 0.5}, {model: trees, weight: 0}], [3]);
 * [parts.length, [...weights], [...intercepts]]; //=> [1, [1], [3.5]]
 */
export function blendOf(parts: readonly BlendPart[], intercepts?: ArrayLike<number>): TeacherBlend {
	const kept = parts.filter(({weight}) => weight !== 0);
	assert(kept.length > 0, 'a blend has a part with a weight');
	assert(
		kept.every(({weight}) => Number.isFinite(weight)),
		'the weights of a blend are finite',
	);
	const outputCount = outputCountOf(kept[0]!.model);
	assert(
		kept.every(({model}) => outputCountOf(model) === outputCount),
		'the parts of a blend have the same outputs',
	);
	const shift = new Float64Array(outputCount);
	if (intercepts) {
		assert.equal(intercepts.length, outputCount, 'a blend has one intercept an output');
		shift.set(Float64Array.from(intercepts));
	}

	const flat = kept.flatMap(({model, weight}) => flatten(model, weight, shift));
	return {
		kind: 'blend',
		parts: flat.map(({model}) => model),
		weights: Float64Array.from(flat, ({weight}) => weight),
		intercepts: shift,
		outputCount,
	};
}

/** The parts of a model under a weight; the intercepts of blends in it are added to `shift`. */
function flatten(model: TeacherModel, weight: number, shift: Float64Array): BlendPart[] {
	if (model.kind !== 'blend') {
		return [{model, weight}];
	}

	for (const [output, intercept] of model.intercepts.entries()) {
		shift[output]! += weight * intercept;
	}

	return model.parts.flatMap((part, index) => flatten(part, weight * model.weights[index]!, shift));
}
