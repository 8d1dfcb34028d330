/**
 * Rows of each class: what guards and reports count labels by.
 *
 * @module
 */

/**
 * Rows of each class, by class index.
 *
 * @example
 * classCountsOf([0, 1, 0], 1); //=> [2, 1]
 */
export function classCountsOf(labels: ArrayLike<number>, outputCount: number): number[] {
	const counts = Array.from({length: Math.max(2, outputCount)}, () => 0);
	for (let row = 0; row < labels.length; row++) {
		counts[labels[row]!]!++;
	}

	return counts;
}
