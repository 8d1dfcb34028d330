/**
 * Measures of a ranking for rare positives: average precision, and recall where only so many alerts can be looked at.
 *
 * @module
 */

/**
 * Average precision: the mean of the precision at each positive, rows of equal score taken together; NaN without a positive.
 *
 * Cost: O(n log n). Source: Manning, Raghavan, Schuetze, "Introduction to Information Retrieval", 2008, section 8.4; the step form of scikit-learn.
 *
 * @param scores - Higher means more likely 1.
 * @param labels - 1 or anything else.
 * @example
 * averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]).toFixed(4); //=> '0.8333'
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
	const order = descending(scores);
	let [positives, sum] = [0, 0];
	for (let first = 0; first < order.length;) {
		let found = 0;
		let end = first;
		for (; end < order.length && scores[order[end]!] === scores[order[first]!]; end++) {
			found += labels[order[end]!] === 1 ? 1 : 0;
		}

		positives += found;
		sum += (found * positives) / end;
		first = end;
	}

	return positives === 0 ? Number.NaN : sum / positives;
}

/**
 * Share of the positives among the highest `budget` share of the rows; ties at the edge count by the share of them that fits. NaN without a positive.
 *
 * Cost: O(n log n).
 *
 * @param budget - In (0, 1]: the share of rows that can be looked at.
 * @example
 * recallAtBudget([0.9, 0.8, 0.2, 0.1], [1, 0, 1, 0], 0.5); //=> 0.5
 * recallAtBudget([0.5, 0.5, 0.5, 0.5], [1, 0, 0, 0], 0.25); //=> 0.25
 */
export function recallAtBudget(scores: ArrayLike<number>, labels: ArrayLike<number>, budget: number): number {
	const order = descending(scores);
	let left = budget * order.length;
	let [positives, caught] = [0, 0];
	for (let first = 0; first < order.length;) {
		let found = 0;
		let end = first;
		for (; end < order.length && scores[order[end]!] === scores[order[first]!]; end++) {
			found += labels[order[end]!] === 1 ? 1 : 0;
		}

		positives += found;
		caught += found * Math.min(1, left / (end - first));
		left = Math.max(0, left - (end - first));
		first = end;
	}

	return positives === 0 ? Number.NaN : caught / positives;
}

function descending(scores: ArrayLike<number>): Uint32Array {
	return Uint32Array.from({length: scores.length}, (_, index) => index).sort((a, b) => scores[b]! - scores[a]!);
}
