/**
 * The Jensen-Shannon divergence of two samples counted in the same bins.
 *
 * @module
 */

/**
 * Jensen-Shannon divergence in nats, from 0 (equal shares) to ln 2 (no bin in common); NaN if a sample is empty.
 *
 * Needs no floor under empty bins, unlike the population stability index. Its square root is a metric.
 *
 * @remarks
 * Shape: counts or shares, bin for bin.
 * Cost: O(bins).
 * Source: J. Lin, "Divergence Measures Based on the Shannon Entropy", IEEE Trans. Information Theory 1991, equation 4.1.
 * @example
 * jensenShannonDivergence([1, 1], [5, 5]); //=> 0
 * jensenShannonDivergence([1, 0], [0, 1]).toFixed(4); //=> '0.6931'
 */
export function jensenShannonDivergence(first: ArrayLike<number>, second: ArrayLike<number>): number {
	let [n, m] = [0, 0];
	for (let bin = 0; bin < first.length; bin++) {
		n += first[bin]!;
		m += second[bin]!;
	}

	let divergence = 0;
	for (let bin = 0; bin < first.length; bin++) {
		const [p, q] = [first[bin]! / n, second[bin]! / m];
		const middle = (p + q) / 2;
		divergence += half(p, middle) + half(q, middle);
	}

	return n === 0 || m === 0 ? Number.NaN : Math.max(0, divergence);
}

function half(share: number, middle: number): number {
	return share === 0 ? 0 : (share / 2) * Math.log(share / middle);
}
