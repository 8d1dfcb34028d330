/**
 * The tiers that can answer, and the models scored beside them.
 *
 * @module
 */

/**
 * In the order in which their scores stand in a decision record. `frozen` never answers: it is the model that was never updated.
 * `teacher` is the newest one, which the online learner hears of, whether or not a gate let it answer alone.
 */
export const TIERS = ['online', 'student', 'teacher', 'frozen'] as const;

/** One of {@link TIERS}. */
export type Tier = (typeof TIERS)[number];

/** Index of a tier in {@link TIERS}. */
export function tierIndex(tier: Tier): number {
	return TIERS.indexOf(tier);
}

/** Numbers in the scores of a decision: `outputCount` for each tier. */
export function scoresWidth(outputCount: number): number {
	return TIERS.length * outputCount;
}

/** One tier's only probability, or that of its first class; NaN if it could not score. Cheaper than {@link tierScores}, which makes an array. */
export function tierScore(scores: Float64Array, tier: Tier, outputCount: number): number {
	return scores[tierIndex(tier) * outputCount]!;
}

/** One tier's highest probability; NaN if it could not score. */
export function tierPeak(scores: Float64Array, tier: Tier, outputCount: number): number {
	const start = tierIndex(tier) * outputCount;
	let peak = scores[start]!;
	for (let place = start + 1; place < start + outputCount; place++) {
		peak = Math.max(peak, scores[place]!);
	}

	return peak;
}

/** One tier's probabilities within the scores of a decision: one number for binary, K for multiclass; NaN if it could not score. */
export function tierScores(scores: Float64Array, tier: Tier, outputCount: number): Float64Array {
	const start = tierIndex(tier) * outputCount;
	return scores.subarray(start, start + outputCount);
}
