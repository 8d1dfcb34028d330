/**
 * What is counted of the answers of one segment in one window: sums, and nothing that grows.
 *
 * @module
 */

/** Sums of a cell, by their place. */
export const SUM = {
	answers: 0,
	/** Of the probability that was answered. */
	probability: 1,
	/** Answers at or above the lowest cut-off. */
	above: 2,
	/** Answers whose label is final, and the same of these. */
	labels: 3,
	labelledProbability: 4,
	positives: 5,
	/** Of the squared difference of probability and label. */
	squares: 6,
	loss: 7,
	lossSquares: 8,
	/** Positive answers at or above the lowest cut-off, and negative ones. */
	abovePositive: 9,
	aboveNegative: 10,
} as const;

/** Numbers of a cell. */
export const CELL_SIZE = 11;

/** Probabilities are kept this far off 0 and 1 where their logarithm is taken. */
const PROBABILITY_MIN = 1e-7;

/** Count an answer. */
export function addAnswer(cell: Float64Array, probability: number, isAbove: boolean): void {
	cell[SUM.answers]!++;
	cell[SUM.probability]! += probability;
	cell[SUM.above]! += isAbove ? 1 : 0;
}

/** Count the final label of an answer; the answer itself is counted by {@link addAnswer}. */
export function addLabel(cell: Float64Array, probability: number, isAbove: boolean, isPositive: boolean): void {
	const kept = Math.min(1 - PROBABILITY_MIN, Math.max(PROBABILITY_MIN, probability));
	const loss = -Math.log(isPositive ? kept : 1 - kept);
	const label = isPositive ? 1 : 0;
	cell[SUM.labels]!++;
	cell[SUM.labelledProbability]! += probability;
	cell[SUM.positives]! += label;
	cell[SUM.squares]! += (probability - label) ** 2;
	cell[SUM.loss]! += loss;
	cell[SUM.lossSquares]! += loss * loss;
	cell[SUM.abovePositive]! += isAbove && isPositive ? 1 : 0;
	cell[SUM.aboveNegative]! += isAbove && !isPositive ? 1 : 0;
}
