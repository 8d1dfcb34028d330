/**
 * Area under the ROC curve of many resamples of the same rows.
 *
 * @module
 */

/**
 * A function that gives the area under the ROC curve of the rows it is given, repeats counted: `areaUnderRoc` of a resample.
 *
 * Cost: sorts once, O(n log n); then O(n) for each call. The function reuses memory of its own and is not for use by two at a time.
 *
 * @param scores - Higher means more likely 1.
 * @param labels - 1 or anything else.
 * @param weights - How much each row counts; absent: all count 1.
 * @example
 * const area = resampledAreaUnderRoc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]);
 * area(Int32Array.of(0, 1, 2, 3)); //=> 0.75
 * area(Int32Array.of(0, 0, 2, 2)); //=> 1
 */
export function resampledAreaUnderRoc(
	scores: ArrayLike<number>,
	labels: ArrayLike<number>,
	weights?: ArrayLike<number>,
): (rows: Int32Array) => number {
	const count = scores.length;
	const order = Uint32Array.from({length: count}, (_, index) => index).sort((a, b) => scores[a]! - scores[b]!);
	/** 1 where a row has the same score as the one before it. */
	const isTie = Uint8Array.from(order, (row, place) => (place > 0 && scores[row] === scores[order[place - 1]!] ? 1 : 0));
	const isPositive = Uint8Array.from(order, row => (labels[row] === 1 ? 1 : 0));
	const times = new Uint32Array(count);
	return rows => {
		times.fill(0);
		for (const row of rows) {
			times[row]!++;
		}

		let [positives, negatives, pairs, tiedPositives, tiedNegatives] = [0, 0, 0, 0, 0];
		for (let place = 0; place < count; place++) {
			if (isTie[place] === 0) {
				pairs += tiedPositives * (negatives - tiedNegatives / 2);
				[tiedPositives, tiedNegatives] = [0, 0];
			}

			const repeats = times[order[place]!]! * (weights?.[order[place]!] ?? 1);
			if (isPositive[place] === 1) {
				positives += repeats;
				tiedPositives += repeats;
			} else {
				negatives += repeats;
				tiedNegatives += repeats;
			}
		}

		pairs += tiedPositives * (negatives - tiedNegatives / 2);
		return positives === 0 || negatives === 0 ? Number.NaN : pairs / (positives * negatives);
	};
}
