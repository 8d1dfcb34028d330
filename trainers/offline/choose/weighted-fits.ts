/**
 * Fitted teachers with a weight each: what is chosen before it is one model.
 *
 * @module
 */
import type {TeacherDefinition, TeacherModel, TrainingFrame} from '../../../core/domain/index.ts';
import {blendLogits, type LogitBlend} from './logistic-calibration.ts';

/** A fitted model of one kind, and its share of the logit. */
export interface WeightedModel {
	readonly definition: TeacherDefinition;
	readonly model: TeacherModel;
	readonly weight: number;
}

/**
 * One model of several: their logits with their weights, calibrated if there is a scaling. A single part without a scaling is left as it is.
 *
 * @param scaling - One weight, the slope, and an intercept an output.
 */
export function modelOf(parts: readonly WeightedModel[], outputCount: number, scaling?: LogitBlend): TeacherModel {
	if (parts.length === 1 && !scaling) {
		return parts[0]!.model;
	}

	const slope = scaling?.weights[0] ?? 1;
	return {
		kind: 'blend',
		parts: parts.map(({model}) => model),
		weights: Float64Array.from(parts, ({weight}) => slope * weight),
		intercepts: scaling?.intercepts ?? new Float64Array(outputCount),
		outputCount,
	};
}

/** Logits of rows [from, to) of a frame, row-major: the weighted sum of the parts, before any scaling. */
export async function scoreParts(parts: readonly WeightedModel[], frame: TrainingFrame, from: number, to: number): Promise<Float64Array> {
	const logits: Float64Array[] = [];
	for (const {definition, model} of parts) {
		logits.push(await definition.score(model, frame, from, to));
	}

	return blendLogits(logits, {weights: Float64Array.from(parts, ({weight}) => weight), intercepts: new Float64Array(frame.outputCount)});
}
