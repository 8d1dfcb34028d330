/**
 * Decisions of two models on the same rows: where they part.
 *
 * @module
 */
import type {ModelSpec} from '../../core/domain/index.ts';
import {quantileSorted} from '../../core/numerics/index.ts';

/** Share of rows declined where a policy names no cut-off: the riskiest fifth. */
export const SHARE_DECLINED = 0.2;

/** One way to decide, and on how many rows two models decide differently. */
export interface Disagreement {
	/** In words, for a sentence. */
	readonly rule: string;
	readonly flips: number;
}

/**
 * Flips under each cut-off of the policy; without one, at the 80th percentile of the first model's score, to which both are held. A multiclass
 * decision is the class with the highest score.
 *
 * @param first - Probabilities, or anything that orders rows as they do if the policy has no cut-off; row-major, `outputCount` a row.
 */
export function disagreements(
	first: Float32Array,
	second: Float32Array,
	outputCount: number,
	policy: Pick<ModelSpec['policy'], 'cutoffs'>,
): Disagreement[] {
	if (outputCount > 1) {
		return [{rule: 'the highest class', flips: countFlips(classesOf(first, outputCount), classesOf(second, outputCount))}];
	}

	if (policy.cutoffs.length === 0) {
		const cut = riskiestCut(first);
		return [{rule: 'the 80th percentile of the score', flips: flipsAt(first, second, cut, cut)}];
	}

	return policy.cutoffs.map(({at}) => ({rule: `the cut-off ${at}`, flips: flipsAt(first, second, at, at)}));
}

/** Rows on which both decide the same when each declines its own riskiest fifth; for multiclass, rows with the same highest class. */
export function agreementOf(first: Float32Array, second: Float32Array, outputCount: number): number {
	if (outputCount === 1) {
		return 1 - flipsAt(first, second, riskiestCut(first), riskiestCut(second)) / first.length;
	}

	return 1 - countFlips(classesOf(first, outputCount), classesOf(second, outputCount)) / (first.length / outputCount);
}

function riskiestCut(scores: Float32Array): number {
	return quantileSorted(scores.toSorted(), 1 - SHARE_DECLINED);
}

function flipsAt(first: Float32Array, second: Float32Array, firstCut: number, secondCut: number): number {
	return countFlips(
		first.map(score => (score >= firstCut ? 1 : 0)),
		second.map(score => (score >= secondCut ? 1 : 0)),
	);
}

function countFlips(first: ArrayLike<number>, second: ArrayLike<number>): number {
	let flips = 0;
	for (let row = 0; row < first.length; row++) {
		flips += first[row] === second[row] ? 0 : 1;
	}

	return flips;
}

function classesOf(scores: Float32Array, outputCount: number): Int32Array {
	return Int32Array.from({length: scores.length / outputCount}, (_, row) => {
		const ofRow = scores.subarray(row * outputCount, (row + 1) * outputCount);
		return ofRow.indexOf(ofRow.reduce((highest, score) => Math.max(highest, score), -Infinity));
	});
}
