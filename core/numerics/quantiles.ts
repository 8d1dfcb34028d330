/**
 * Quantiles of samples.
 *
 * @module
 */

/**
 * Quantile of sorted values, linear between neighbours (type 7 of Hyndman and Fan 1996, as in numpy).
 *
 * @example
 * quantileSorted([1, 2, 3, 4], 0.5); //=> 2.5
 */
export function quantileSorted(sorted: ArrayLike<number>, q: number): number {
	if (sorted.length === 0) {
		return Number.NaN;
	}

	const at = q * (sorted.length - 1);
	const low = Math.floor(at);
	const high = Math.min(low + 1, sorted.length - 1);
	return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}

/** The finite values, ascending. */
export function sortedFinite(values: ArrayLike<number>): Float64Array {
	return Float64Array.from(values)
		.filter(value => Number.isFinite(value))
		.sort();
}
