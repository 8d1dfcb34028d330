/**
 * Area under the ROC curve, and other measures of a scored and labelled set.
 *
 * @module
 */
import {PROBABILITY_MIN} from './logistic.ts';
import {sortSpread} from './sort-spread.ts';

/**
 * Area under the ROC curve, ties counted half; NaN if there is only one class.
 *
 * Cost: O(n log n). Source: Mann and Whitney 1947 (the U statistic over n1 n0).
 *
 * @param scores - Higher means more likely 1.
 * @param labels - 1 or anything else.
 * @example
 * areaUnderRoc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]); //=> 0.75
 */
export function areaUnderRoc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
	const positives = sortedScores(scores, labels, true);
	const negatives = sortedScores(scores, labels, false);
	// Pairs, doubled so that ties count a whole number: exact below 2^53.
	let doubledPairs = 0;
	let below = 0;
	let through = 0;
	for (const score of positives) {
		while (below < negatives.length && negatives[below]! < score) {
			below++;
		}

		through = Math.max(through, below);
		while (through < negatives.length && negatives[through] === score) {
			through++;
		}

		doubledPairs += below + through;
	}

	return positives.length === 0 || negatives.length === 0 ? Number.NaN : doubledPairs / 2 / (positives.length * negatives.length);
}

/** Scores of the rows that are positive, or of the others, ascending: numbers alone sort several times faster than indices by a comparison. */
function sortedScores(scores: ArrayLike<number>, labels: ArrayLike<number>, isPositive: boolean): Float64Array {
	const chosen = new Float64Array(scores.length);
	let count = 0;
	for (let row = 0; row < scores.length; row++) {
		if ((labels[row] === 1) === isPositive) {
			chosen[count++] = scores[row]!;
		}
	}

	return sortSpread(chosen.subarray(0, count));
}

/** Mean one-against-rest AUC over the classes that occur; for binary, the AUC itself. Probabilities are row-major, `outputCount` a row. */
export function macroAreaUnderRoc(probabilities: ArrayLike<number>, labels: ArrayLike<number>, outputCount: number): number {
	if (outputCount === 1) {
		return areaUnderRoc(probabilities, labels);
	}

	const areas: number[] = [];
	for (let output = 0; output < outputCount; output++) {
		const scores = Float64Array.from({length: labels.length}, (_, row) => probabilities[row * outputCount + output]!);
		const area = areaUnderRoc(
			scores,
			Uint8Array.from(labels, label => (label === output ? 1 : 0)),
		);
		if (!Number.isNaN(area)) {
			areas.push(area);
		}
	}

	return areas.length === 0 ? Number.NaN : areas.reduce((sum, area) => sum + area, 0) / areas.length;
}

/** Mean log loss; probabilities are row-major, `outputCount` a row. NaN for no rows. */
export function meanLogLoss(probabilities: ArrayLike<number>, labels: ArrayLike<number>, outputCount = 1): number {
	let sum = 0;
	for (let row = 0; row < labels.length; row++) {
		const p =
			outputCount > 1
				? probabilities[row * outputCount + labels[row]!]!
				: labels[row] === 1
					? probabilities[row]!
					: 1 - probabilities[row]!;
		sum -= Math.log(Math.max(PROBABILITY_MIN, p));
	}

	return sum / labels.length;
}

/**
 * Expected calibration error over bins of equal count: the mean distance between what was predicted and what happened.
 *
 * Source: Naeini, Cooper, Hauskrecht, AAAI 2015, with equal-count bins.
 *
 * @example
 * expectedCalibrationError([0, 0, 1, 1], [0, 0, 1, 1], 2); //=> 0
 */
export function expectedCalibrationError(probabilities: ArrayLike<number>, labels: ArrayLike<number>, binCount = 15): number {
	const order = ascending(probabilities);
	let error = 0;
	for (let bin = 0; bin < binCount; bin++) {
		const first = Math.floor((bin * order.length) / binCount);
		const end = Math.floor(((bin + 1) * order.length) / binCount);
		let difference = 0;
		for (let index = first; index < end; index++) {
			difference += probabilities[order[index]!]! - (labels[order[index]!] === 1 ? 1 : 0);
		}

		error += Math.abs(difference);
	}

	return error / order.length;
}

function ascending(scores: ArrayLike<number>): Uint32Array {
	return Uint32Array.from({length: scores.length}, (_, index) => index).sort((a, b) => scores[a]! - scores[b]!);
}
