/**
 * Quantiles of the standard normal distribution.
 *
 * @module
 */

const CENTRAL = 0.425;

/**
 * The z below which a standard normal number lies with probability p; relative error about 1e-15. Infinite at 0 and 1, NaN outside them.
 *
 * Source: M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37 (1988), PPND16.
 *
 * @example
 * normalQuantile(0.5); //=> 0
 * normalQuantile(0.975).toFixed(12); //=> '1.959963984540'
 * normalQuantile(1e-10).toFixed(9); //=> '-6.361340902'
 */
export function normalQuantile(p: number): number {
	const q = p - 0.5;
	if (Math.abs(q) <= CENTRAL) {
		const r = CENTRAL * CENTRAL - q * q;
		return (q * polynomial(CENTRAL_ABOVE, r)) / polynomial(CENTRAL_BELOW, r);
	}

	const tail = q < 0 ? p : 1 - p;
	if (!(tail > 0)) {
		return tail === 0 ? Math.sign(q) * Infinity : Number.NaN;
	}

	const r = Math.sqrt(-Math.log(tail));
	const z =
		r <= 5
			? polynomial(MIDDLE_ABOVE, r - 1.6) / polynomial(MIDDLE_BELOW, r - 1.6)
			: polynomial(FAR_ABOVE, r - 5) / polynomial(FAR_BELOW, r - 5);
	return Math.sign(q) * z;
}

/** Coefficients from the highest power down. */
const CENTRAL_ABOVE = [
	2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513, 133.14166789178438,
	3.3871328727963665,
];
const CENTRAL_BELOW = [
	5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579, 42.31333070160091,
	1,
];
const MIDDLE_ABOVE = [
	0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045, 5.769497221460691,
	4.630337846156546, 1.4234371107496835,
];
const MIDDLE_BELOW = [
	1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851, 1.6763848301838038,
	2.053191626637759, 1,
];
const FAR_ABOVE = [
	2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487, 1.7848265399172913,
	5.463784911164114, 6.657904643501103,
];
const FAR_BELOW = [
	2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615, 0.1369298809227358,
	0.599832206555888, 1,
];

function polynomial(coefficients: readonly number[], x: number): number {
	return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
