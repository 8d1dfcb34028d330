/**
 * From probabilities to what stacking and calibration work on: logits, or, for several classes, centred log-probabilities.
 *
 * @module
 */

/** Probabilities are kept this far from 0 and 1. Written out below: a constant that is loaded would take each probability to the heap. */
export const MARGIN = 1e-6;

/**
 * Logits of `groupCount` groups of `outputCount` probabilities, into `into` from `intoAt` on.
 *
 * Binary: ln(p / (1 - p)). Several classes: ln p less the mean of the group. A number that is no probability counts as one that says nothing.
 *
 * @example
 * const z = new Float64Array(2);
 * toLogits(Float64Array.of(0.5, NaN), 0, 2, 1, z, 0);
 * [...z]; //=> [0, 0]
 */
export function toLogits(
	probabilities: Float64Array,
	at: number,
	groupCount: number,
	outputCount: number,
	into: Float64Array,
	intoAt: number,
): void {
	if (outputCount === 1) {
		for (let group = 0; group < groupCount; group++) {
			let p = probabilities[at + group]!;
			p = Number.isNaN(p) ? 0.5 : Math.min(1 - 1e-6, Math.max(1e-6, p));
			into[intoAt + group] = Math.log(p / (1 - p));
		}

		return;
	}

	for (let group = 0; group < groupCount; group++) {
		const base = group * outputCount;
		let mean = 0;
		for (let output = 0; output < outputCount; output++) {
			let p = probabilities[at + base + output]!;
			p = Number.isNaN(p) ? 1 / outputCount : Math.min(1 - 1e-6, Math.max(1e-6, p));
			const value = Math.log(p);
			into[intoAt + base + output] = value;
			mean += value / outputCount;
		}

		for (let output = 0; output < outputCount; output++) {
			into[intoAt + base + output]! -= mean;
		}
	}
}
