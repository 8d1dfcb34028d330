/**
 * From logits to probabilities, many at once.
 *
 * @module
 */
import {softmaxInPlace} from '../../core/numerics/index.ts';
import {toLogits} from './mixture/logits.ts';

// Local, because an exported constant is read from a cell: the margin is that of logits.ts.
const LOGIT_MAX = Math.log((1 - 1e-6) / 1e-6);
const STEPS = 64;
/** ln 2 / 64 in two parts: products with the first one are exact. */
const LN2_HEAD = 0.010830424726009369;
const LN2_TAIL = -2.9760223436840126e-11;
/** 2^(-k / 64), and 2^-n: exact but for the last bit. */
const FRACTIONS = Float64Array.from({length: STEPS}, (_, step) => 2 ** (-step / STEPS));
const POWERS = Float64Array.from({length: 1024}, (_, power) => 2 ** -power);

/**
 * Logits to probabilities: `count` numbers from `at` on, in place, groups of `outputCount`. `logits`, where given, receives what {@link toLogits} makes of
 * the probabilities, at the same places.
 *
 * Written out: fractions that are passed on may be allocated, and calls of `Math.exp` wait for each other. e^-x is 2^(-k / 64) e^r, whose second factor is
 * a series as r is below 0.006; right but for the last bits.
 *
 * @example
 * const [p, z] = [Float64Array.of(0, -2, 800), new Float64Array(3)];
 * toProbabilities(p, 0, 3, 1, z);
 * [...p].map(value => value.toFixed(4)); //=> ['0.5000', '0.1192', '1.0000']
 * [...z].map(value => value.toFixed(4)); //=> ['0.0000', '-2.0000', '13.8155']
 */
export function toProbabilities(into: Float64Array, at: number, count: number, outputCount: number, logits?: Float64Array): void {
	if (outputCount > 1) {
		for (let place = at; place < at + count; place += outputCount) {
			softmaxInPlace(into, place, outputCount);
		}

		if (logits) {
			toLogits(into, at, count / outputCount, outputCount, logits, at);
		}

		return;
	}

	for (let place = at; place < at + count; place++) {
		const logit = into[place]!;
		const far = logit < 0 ? -logit : logit;
		const x = far > 700 ? 700 : far;
		const step = (x * 92.332_482_616_893_66 + 0.5) | 0;
		const r = step * LN2_HEAD - x + step * LN2_TAIL;
		const series = 1 + r * (1 + r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120)))));
		const e = FRACTIONS[step & (STEPS - 1)]! * POWERS[step >> 6]! * series;
		into[place] = (logit < 0 ? e : 1) / (1 + e);
		if (logits) {
			logits[place] = logit > LOGIT_MAX ? LOGIT_MAX : logit >= -LOGIT_MAX ? logit : logit < 0 ? -LOGIT_MAX : 0;
		}
	}
}
