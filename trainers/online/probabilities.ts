/**
 * From logits to probabilities.
 *
 * @module
 */
import {softmaxInPlace} from '../../core/numerics/index.ts';

/** Logits to probabilities: `outputCount` numbers from `at` on, in place. The sigmoid is written out: a fraction that is passed on may be allocated. */
export function toProbabilities(logits: Float64Array, at: number, outputCount: number): void {
	if (outputCount === 1) {
		const logit = logits[at]!;
		const e = Math.exp(logit < 0 ? logit : -logit);
		logits[at] = (logit < 0 ? e : 1) / (1 + e);
	} else {
		softmaxInPlace(logits, at, outputCount);
	}
}
