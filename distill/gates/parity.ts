/**
 * Gate: does the INT8 file decide as the FP32 file of the same student does?
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {GateReport, ModelSpec, OnnxScores} from '../../core/domain/index.ts';
import {binomialLowerBound} from '../../core/numerics/index.ts';
import {aucLoss} from './auc-loss.ts';
import {disagreements} from './decisions.ts';

/** What {@link judgeParity} looks at. */
export interface ParityOptions {
	/** Class indices of rows that neither file was fitted or calibrated on, out of time. */
	readonly labels: ArrayLike<number>;
	/** Scores of the FP32 file. */
	readonly reference: OnnxScores;
	/** Scores of the INT8 file. */
	readonly quantized: OnnxScores;
	readonly outputCount: number;
	readonly gates: ModelSpec['gates'];
	readonly policy: Pick<ModelSpec['policy'], 'cutoffs'>;
}

/**
 * Judge parity.
 *
 * A bar of 0.1 % is less than one row of 500, so a count alone would refuse or pass by luck. A share of flipped decisions, and an AUC loss, is
 * refused when it is proved to be above its bar: when the one-sided exact lower bound (flips), or the lower end of the paired bootstrap interval
 * (AUC), lies above it at `gates.confidence`. The more rows, the nearer this comes to comparing the figure itself. The logit error needs no such
 * care: a root mean square is sharp at 200 rows. Fewer than `gates.minimumRows` rows are refused. With one class only, AUC is not judged.
 *
 * What to expect of `quantizeNetwork` on 128-64 students of five data sets: a logit error ratio of 0.014 to 0.018, 0.1 to 0.5 % of decisions flipped
 * at the 80th percentile (0.3 to 0.6 % at the median, where rows lie denser), an AUC loss within 0.0002 either way.
 *
 * Distinct logits are reported and not judged: an output of 8 bits would leave 240, but so does a single feature of 8 bits, and what ties cost shows in AUC
 * and decisions.
 *
 * The logit error ratio of several outputs is taken on logits less their row's mean, because a softmax does not see that mean.
 */
export function judgeParity({labels, reference, quantized, outputCount, gates, policy}: ParityOptions): GateReport {
	const rows = labels.length;
	assert.equal(reference.logits.length, rows * outputCount, 'the FP32 file scored every row');
	assert.equal(quantized.logits.length, rows * outputCount, 'the INT8 file scored every row');
	if (rows < gates.minimumRows) {
		const reason = `Only ${rows} out-of-time rows, where ${gates.minimumRows} are needed to judge INT8 against FP32.`;
		return {gate: 'int8-parity', passed: false, reason, measured: {rows}};
	}

	const loss = aucLoss(labels, reference.logits, quantized.logits, outputCount, gates.confidence);
	const scores = outputCount === 1 && policy.cutoffs.length === 0 ? 'logits' : 'probabilities';
	const worst = disagreements(reference[scores], quantized[scores], outputCount, policy).toSorted((a, b) => b.flips - a.flips)[0]!;
	const flipsLow = binomialLowerBound(worst.flips, rows, gates.confidence);
	const error = logitError(reference.logits, quantized.logits, outputCount);
	const [distinct, distinctFp32] = [new Set(quantized.logits).size, new Set(reference.logits).size];
	const hasAuc = !Number.isNaN(loss.estimate);
	const findings = {
		auc: hasAuc
			? `the AUC loss is ${loss.estimate.toFixed(5)} (${loss.low.toFixed(5)} to ${loss.high.toFixed(5)})`
			: 'AUC cannot be judged on one class',
		flips: `${percent(worst.flips / rows)} of decisions flip at ${worst.rule}`,
		error: `the logit error is ${error.ratio.toFixed(4)} of its deviation`,
		distinct: `there are ${distinct} distinct scores where FP32 has ${distinctFp32}`,
	};
	const faults = [
		...(loss.low > gates.aucLossMax ? [`${findings.auc}, above ${gates.aucLossMax}`] : []),
		...(flipsLow > gates.decisionFlipsMax
			? [`${findings.flips}, at least ${percent(flipsLow)}, above ${percent(gates.decisionFlipsMax)}`]
			: []),
		// Written so that an error that is no number is a fault.
		...(error.ratio <= gates.logitErrorRatioMax ? [] : [`${findings.error}, above ${gates.logitErrorRatioMax}`]),
	];
	return {
		gate: 'int8-parity',
		passed: faults.length === 0,
		reason:
			faults.length > 0
				? `INT8 departs from FP32 on ${rows} rows: ${faults.join('; ')}.`
				: `INT8 keeps to FP32 on ${rows} rows: ${Object.values(findings).join('; ')}.`,
		measured: {
			rows,
			aucLoss: orNull(loss.estimate),
			aucLossLow: orNull(loss.low),
			aucLossHigh: orNull(loss.high),
			decisionFlips: worst.flips / rows,
			decisionFlipsLow: flipsLow,
			logitErrorRatio: error.ratio,
			logitErrorMax: error.max,
			distinctScores: distinct,
			distinctScoresFp32: distinctFp32,
		},
	};
}

/** Root mean square error over the standard deviation of the reference, and the largest error; the plain error where the reference does not vary. */
function logitError(reference: Float32Array, quantized: Float32Array, outputCount: number): {ratio: number; max: number} {
	const [before, after] = [centred(reference, outputCount), centred(quantized, outputCount)];
	const mean = before.reduce((sum, value) => sum + value, 0) / before.length;
	let [squares, variance, max] = [0, 0, 0];
	for (const [at, value] of before.entries()) {
		const error = Math.abs(after[at]! - value);
		squares += error ** 2 / before.length;
		variance += (value - mean) ** 2 / before.length;
		max = Math.max(max, error);
	}

	return {ratio: variance > 0 ? Math.sqrt(squares / variance) : Math.sqrt(squares), max};
}

function centred(logits: Float32Array, outputCount: number): Float64Array {
	return Float64Array.from(logits, (value, at) => {
		if (outputCount === 1) {
			return value;
		}

		const first = at - (at % outputCount);
		return value - logits.subarray(first, first + outputCount).reduce((sum, logit) => sum + logit, 0) / outputCount;
	});
}

function percent(share: number): string {
	return `${(share * 100).toFixed(2)} %`;
}

function orNull(value: number): number | null {
	return Number.isNaN(value) ? null : value;
}
