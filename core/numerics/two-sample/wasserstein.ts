/**
 * The Wasserstein distance: how far the values of one sample must be moved to become those of the other.
 *
 * @module
 */
import {sortedFinite} from '../quantiles.ts';

/**
 * First Wasserstein distance of two samples, in units of the values: the area between their distribution functions. NaN if a sample is empty.
 *
 * Values that are not finite are left out. It is a size and no test; for a probability, take Kolmogorov-Smirnov beside it.
 *
 * @remarks
 * Shape: two samples of any lengths.
 * Cost: O(n log n).
 * Source: L. Vaserstein 1969; A. Ramdas, N. Garcia Trillos, M. Cuturi, "On Wasserstein Two-Sample Testing", Entropy 2017, equation 5.
 * @example
 * wassersteinDistance([0, 1, 3], [5, 6, 8]); //=> 5
 */
export function wassersteinDistance(first: ArrayLike<number>, second: ArrayLike<number>): number {
	const [a, b] = [sortedFinite(first), sortedFinite(second)];
	const [n, m] = [a.length, b.length];
	if (n === 0 || m === 0) {
		return Number.NaN;
	}

	let area = 0;
	let previous = Math.min(a[0]!, b[0]!);
	for (let i = 0, j = 0; i < n || j < m;) {
		const isFirst = j >= m || (i < n && a[i]! <= b[j]!);
		const value = isFirst ? a[i]! : b[j]!;
		const difference = Math.abs(i / n - j / m);
		if (difference > 0) {
			area += difference * value - difference * previous;
		}

		previous = value;
		i += isFirst ? 1 : 0;
		j += isFirst ? 0 : 1;
	}

	return area;
}
