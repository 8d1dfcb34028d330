/**
 * Bins of a numeric column: what a tree sees of a number is which of at most 255 bins it lies in.
 *
 * @module
 */

/** Bins of present values, at most: with the bin of missing values a code is one byte. */
export const VALUE_BINS_MAX = 255;

/** Learnt rows that a bin holds at least; a last bin may hold fewer. */
const BIN_ROWS_MIN = 3;

/**
 * Upper edges of the bins of sorted values, the last bin's left out: bin b holds the values that are at most `edges[b]` and above `edges[b - 1]`.
 *
 * Few distinct values get a bin each. Of many, zero has one, for it often means "none"; so do values with more rows than a bin should hold; the
 * others share the rest of the bins in equal counts. An edge lies halfway between two neighbours, as a 32-bit float: 32-bit values compare alike everywhere.
 *
 * Cost: O(values). Source: Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", 2017, and its reference implementation.
 *
 * @param sorted - Finite, ascending.
 * @param binsMax - Three at least.
 * @example
 * [...numericEdges(Float32Array.of(1, 1, 1, 2, 2, 2, 4, 4, 4))]; //=> [1.5, 3]
 * [...numericEdges(Float32Array.from({length: 13}, (_, value) => value), 3)]; //=> [0.5, 6.5]
 * numericEdges(new Float32Array(9)).length; //=> 0
 */
export function numericEdges(sorted: Float32Array, binsMax: number = VALUE_BINS_MAX): Float32Array {
	const {values, counts} = distinctOf(sorted);
	const lasts = values.length <= binsMax ? lastOfSmallBins(counts) : lastOfParts(values, counts, binsMax);
	return Float32Array.from(lasts, last => edgeBetween(values[last]!, values[last + 1]!));
}

/**
 * Bin of a value: the first whose edge is at least the value. Cost: O(log bins).
 *
 * @example
 * [1, 1.5, 2, 9].map(value => binOf(value, Float32Array.of(1.5, 3))); //=> [0, 0, 1, 2]
 */
export function binOf(value: number, edges: Float32Array): number {
	let low = 0;
	let high = edges.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (value <= edges[middle]!) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}

	return low;
}

function distinctOf(sorted: Float32Array): {values: number[]; counts: number[]} {
	const values: number[] = [];
	const counts: number[] = [];
	for (const value of sorted) {
		if (value === values.at(-1)) {
			counts[counts.length - 1]!++;
		} else {
			values.push(value);
			counts.push(1);
		}
	}

	return {values, counts};
}

/** Places of the last distinct value of each bin but the last, where each distinct value may have its own. */
function lastOfSmallBins(counts: readonly number[]): number[] {
	const lasts: number[] = [];
	let rows = 0;
	for (let place = 0; place + 1 < counts.length; place++) {
		rows += counts[place]!;
		if (rows >= BIN_ROWS_MIN) {
			lasts.push(place);
			rows = 0;
		}
	}

	return lasts;
}

/** The same, where there are more distinct values than bins: zero has a bin, negative and positive values share the others by their rows. */
function lastOfParts(values: readonly number[], counts: readonly number[], binsMax: number): number[] {
	const zeroFrom = values.filter(value => value < 0).length;
	const zeroTo = values[zeroFrom] === 0 ? zeroFrom + 1 : zeroFrom;
	const [negative, positive] = [counts.slice(0, zeroFrom), counts.slice(zeroTo)];
	const [negativeRows, positiveRows] = [sumOf(negative), sumOf(positive)];
	const share = Math.round(((binsMax - 1) * negativeRows) / (negativeRows + positiveRows));
	const negativeBins = negativeRows === 0 ? 0 : Math.min(binsMax - 2, Math.max(1, share));
	const lasts = [
		...lastOfEqualBins(negative, negativeRows, negativeBins),
		...(zeroFrom > 0 ? [zeroFrom - 1] : []),
		...(zeroTo > zeroFrom ? [zeroFrom] : []),
		...lastOfEqualBins(positive, positiveRows, binsMax - 1 - negativeBins).map(last => zeroTo + last),
	];
	return lasts.filter(last => last + 1 < values.length);
}

function sumOf(counts: readonly number[]): number {
	return counts.reduce((sum, count) => sum + count, 0);
}

/** Places of the last distinct value of each bin but the last: bins of equal counts, save that large values have their own. */
function lastOfEqualBins(counts: readonly number[], total: number, binsMax: number): number[] {
	const binCount = Math.max(1, Math.min(binsMax, Math.floor(total / BIN_ROWS_MIN)));
	const isLarge = counts.map(count => count >= total / binCount);
	const large = counts.filter((_, place) => isLarge[place]);
	let binsLeft = binCount - large.length;
	let rowsLeft = total - sumOf(large);
	let wanted = rowsLeft / binsLeft;
	const lasts: number[] = [];
	let rows = 0;
	for (let place = 0; place + 1 < counts.length && lasts.length < binCount - 1; place++) {
		rows += counts[place]!;
		rowsLeft -= isLarge[place] ? 0 : counts[place]!;
		if (isLarge[place] || rows >= wanted || (isLarge[place + 1] && rows >= Math.max(1, wanted / 2))) {
			lasts.push(place);
			rows = 0;
			if (!isLarge[place]) {
				binsLeft--;
				wanted = rowsLeft / binsLeft;
			}
		}
	}

	return lasts;
}

/** A 32-bit float that is at least `low` and below `high`. */
function edgeBetween(low: number, high: number): number {
	const middle = Math.fround(low / 2 + high / 2);
	return middle >= low && middle < high ? middle : low;
}
