/**
 * Knots of a distribution: a piecewise linear map from values to logit scores of their ranks, made from a bounded sample.
 *
 * @module
 */

/** Most knots of one map; ties leave fewer. */
export const KNOTS_MAX = 32;
/** Logit scores have this deviation before they are brought to one. */
const LOGISTIC_DEVIATION = Math.PI / Math.sqrt(3);

/**
 * Place knots at evenly spaced ranks of a sample. A value that occurs often gets one knot, at its middle rank.
 *
 * @param sorted - Ascending finite values; only the first `size` are read.
 * @param knots - Receives strictly ascending values from `at` on, at most {@link KNOTS_MAX}.
 * @param scores - Receives their scores from `at` on.
 * @returns The number of knots placed.
 * @example
 * const [knots, scores] = [new Float64Array(32), new Float64Array(32)];
 * placeKnots(Float64Array.of(0, 0, 0, 10), 4, knots, scores, 0); //=> 2
 * [...knots.subarray(0, 2)]; //=> [0, 10]
 * scores[0] < 0 && scores[1] > 0; //=> true
 */
export function placeKnots(sorted: Float64Array, size: number, knots: Float64Array, scores: Float64Array, at: number): number {
	let count = 0;
	for (let step = 0; step < KNOTS_MAX; step++) {
		const position = Math.round((step * (size - 1)) / (KNOTS_MAX - 1));
		const value = sorted[position]!;
		if (count > 0 && knots[at + count - 1] === value) {
			continue;
		}

		let [first, last] = [position, position];
		while (first > 0 && sorted[first - 1] === value) {
			first--;
		}

		while (last + 1 < size && sorted[last + 1] === value) {
			last++;
		}

		const rank = (first + last + 1) / (2 * size);
		knots[at + count] = value;
		scores[at + count] = Math.log(rank / (1 - rank)) / LOGISTIC_DEVIATION;
		count++;
	}

	return count;
}

/**
 * Turn the value at `values[place]` into its score by the `count` knots from `knotsAt` on: linear between knots, level beyond them, 0 where there are
 * none. In place, because a fraction that a function takes or returns may be allocated.
 */
export function scoreInPlace(
	knots: Float64Array,
	knotsAt: number,
	scoresAt: number,
	count: number,
	values: Float64Array,
	place: number,
): void {
	const value = values[place]!;
	// The count comes out of an array of fractions: an index that is reckoned with it must be an integer to the compiler, too.
	const last = (count | 0) - 1;
	if (last < 0) {
		values[place] = 0;
	} else if (value <= knots[knotsAt]!) {
		values[place] = knots[scoresAt]!;
	} else if (value >= knots[knotsAt + last]!) {
		values[place] = knots[scoresAt + last]!;
	} else {
		let low = knotsAt | 0;
		let high = (knotsAt + last) | 0;
		while (high - low > 1) {
			const middle = (low + high) >> 1;
			if (knots[middle]! <= value) {
				low = middle;
			} else {
				high = middle;
			}
		}

		const left = knots[low]!;
		const scores = (scoresAt - knotsAt) | 0;
		const score = knots[low + scores]!;
		values[place] = score + ((value - left) / (knots[high]! - left)) * (knots[high + scores]! - score);
	}
}

/** As {@link scoreInPlace} for each of some ascending values, by `count` knots and scores from `at` on: one walk along values and knots, and no search. */
export function scoreSortedInPlace(knots: Float64Array, scores: Float64Array, at: number, count: number, values: Float64Array): void {
	const last = at + (count | 0) - 1;
	let low = at;
	for (let place = 0; place < values.length; place++) {
		const value = values[place]!;
		if (last < at) {
			values[place] = 0;
		} else if (value <= knots[at]!) {
			values[place] = scores[at]!;
		} else if (value >= knots[last]!) {
			values[place] = scores[last]!;
		} else {
			while (knots[low + 1]! <= value) {
				low++;
			}

			const left = knots[low]!;
			const score = scores[low]!;
			values[place] = score + ((value - left) / (knots[low + 1]! - left)) * (scores[low + 1]! - score);
		}
	}
}
