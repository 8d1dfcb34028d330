/**
 * Any teacher as what a back-test trains: stopped on the newest rows, then fitted again with them, as in the weekly job.
 *
 * @module
 */
import type {TeacherDefinition, TrainingFrame} from '../../core/domain/index.ts';
import {sigmoid, softmaxInPlace} from '../../core/numerics/index.ts';
import type {FitModel} from './trained-models.ts';

/** Share of the rows, the newest, that decides when to stop. */
const VALIDATION_SHARE = 0.2;

/** Fit by a definition of the offline tier. */
export function fitBy(definition: TeacherDefinition, {seed}: {readonly seed: number}): FitModel {
	return async frame => {
		const trainRows = Math.floor(frame.rowCount * (1 - VALIDATION_SHARE));
		const {bestIteration} = await definition.fit({frame, trainRows, seed});
		const {model} = await definition.fit({frame, trainRows: frame.rowCount, seed, iterations: bestIteration});
		return {
			async score(rows: TrainingFrame) {
				return probabilitiesOf(await definition.score(model, rows), rows.outputCount);
			},
		};
	};
}

function probabilitiesOf(logits: Float64Array, outputCount: number): Float64Array {
	if (outputCount === 1) {
		return logits.map(logit => sigmoid(logit));
	}

	for (let start = 0; start < logits.length; start += outputCount) {
		softmaxInPlace(logits, start, outputCount);
	}

	return logits;
}
