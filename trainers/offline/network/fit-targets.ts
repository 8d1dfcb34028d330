/**
 * Targets of a fit: hard labels, a teacher's probabilities, or a mixture, as one number an output.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {FitTarget, TrainingFrame} from '../../../core/domain/index.ts';

/** A base rate nearer to 0 than this counts as this, so that a first bias is never huge. */
const RATE_MIN = 1e-3;

/**
 * Rows x outputs. Cross-entropy is linear in its target, so that `softWeight` CE(soft) + (1 - `softWeight`) CE(hard) is the cross-entropy of
 * the mixed target: one loss serves all.
 *
 * @example
 * const frame = {rowCount: 2, outputCount: 1, labels: Int32Array.of(1, 0)};
 * const soft = Float32Array.of(0.5, 0.5);
 * [...targetsOf(frame, {soft, softWeight: 0.5})]; //=> [0.75, 0.25]
 * [...targetsOf(frame, {soft, softWeight: 0.5, unlabelled: Uint8Array.of(0, 1)})]; //=> [0.75, 0.5]
 */
export function targetsOf(
	frame: Pick<TrainingFrame, 'rowCount' | 'outputCount' | 'labels'>,
	{soft, softWeight, unlabelled}: FitTarget,
): Float32Array {
	const {rowCount, outputCount, labels} = frame;
	const weight = soft ? (softWeight ?? 1) : 0;
	assert(weight >= 0 && weight <= 1, 'softWeight lies in [0, 1]');
	assert(!soft || soft.length === rowCount * outputCount, 'soft targets have one number for each row and output');
	assert(!unlabelled || (soft && unlabelled.length === rowCount), 'rows without a label have soft targets');
	const targets = new Float32Array(rowCount * outputCount);
	for (let index = 0; index < targets.length; index++) {
		const row = Math.floor(index / outputCount);
		const own = unlabelled?.[row] === 1 ? 1 : weight;
		const hard = labels[row] === (outputCount === 1 ? 1 : index % outputCount) ? 1 : 0;
		targets[index] = own === 0 ? hard : own * soft![index]! + (1 - own) * hard;
	}

	return targets;
}

/** Logits under which a network without inputs gives the mean target of the first rows, by their weights. */
export function priorLogits(targets: Float32Array, rowCount: number, outputCount: number, weights?: ArrayLike<number>): Float32Array {
	const sums = new Float64Array(outputCount);
	let total = 0;
	for (let index = 0; index < rowCount * outputCount; index++) {
		const weight = weights?.[Math.floor(index / outputCount)] ?? 1;
		sums[index % outputCount]! += weight * targets[index]!;
		total += weight / outputCount;
	}

	return Float32Array.from(sums, sum => {
		const rate = Math.min(1 - RATE_MIN, Math.max(RATE_MIN, sum / total));
		return outputCount === 1 ? Math.log(rate / (1 - rate)) : Math.log(rate);
	});
}

/** Sum of the cross-entropies of some rows, each times its weight: logits and targets are rows x outputs. */
export function crossEntropySum(
	logits: ArrayLike<number>,
	targets: ArrayLike<number>,
	outputCount: number,
	weights?: ArrayLike<number>,
): number {
	let sum = 0;
	for (let start = 0; start < logits.length; start += outputCount) {
		const weight = weights?.[start / outputCount] ?? 1;
		if (outputCount === 1) {
			const z = logits[start]!;
			sum += weight * (Math.max(z, 0) - z * targets[start]! + Math.log1p(Math.exp(-Math.abs(z))));
			continue;
		}

		let highest = -Infinity;
		for (let index = start; index < start + outputCount; index++) {
			highest = Math.max(highest, logits[index]!);
		}

		let total = 0;
		for (let index = start; index < start + outputCount; index++) {
			total += Math.exp(logits[index]! - highest);
		}

		for (let index = start; index < start + outputCount; index++) {
			sum -= weight * targets[index]! * (logits[index]! - highest - Math.log(total));
		}
	}

	return sum;
}
