/**
 * Many tests at once: which of them to believe.
 *
 * @module
 */

/**
 * Adjusted probabilities: a test whose adjusted probability is at most q belongs to a set in which a share of at most q is false alarms, on average.
 *
 * For independent tests or positively dependent ones. In the order given; NaN stays NaN and does not count as a test.
 *
 * @remarks
 * Shape: probabilities of any count.
 * Cost: O(n log n).
 * Source: Y. Benjamini, Y. Hochberg, "Controlling the False Discovery Rate", JRSS B 1995.
 * @example
 * [...benjaminiHochberg([0.01, 0.04, 0.03, 0.5])].map(p => p.toFixed(4)); //=> ['0.0400', '0.0533', '0.0533', '0.5000']
 */
export function benjaminiHochberg(probabilities: ArrayLike<number>): Float64Array {
	const adjusted = Float64Array.from(probabilities);
	const order = [...adjusted.keys()].filter(index => !Number.isNaN(adjusted[index])).toSorted((a, b) => adjusted[b]! - adjusted[a]!);
	let lowest = 1;
	for (const [place, index] of order.entries()) {
		const rank = order.length - place;
		lowest = Math.min(lowest, (adjusted[index]! * order.length) / rank);
		adjusted[index] = lowest;
	}

	return adjusted;
}
