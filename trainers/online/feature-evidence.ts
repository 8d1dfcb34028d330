/**
 * How well each transform of a column explains the labels, from running averages by class.
 *
 * @module
 */

/** Where the averages stand in an array of numbers. */
export interface EvidenceLayout {
	/** Share of each class among all rows. */
	readonly shares: number;
	/** Values seen: columns x classes. */
	readonly seen: number;
	/** Mean and mean square of the scaled values: transforms x columns x classes x 2. */
	readonly moments: number;
	readonly columnCount: number;
	readonly classCount: number;
}

/** Least variance of scaled values that counts as one, and the most of the labels' that is taken to be explained, short of all. */
const VARIANCE_MIN = 1e-9;

/**
 * Share of the labels' variance that each transform of a column explains alone, into `into`: the variance between classes over that within and between.
 *
 * Source: C. R. Rao, "Large sample tests of statistical hypotheses", Proc. Camb. Phil. Soc. 44 (1948) 50-57 (score test).
 *
 * @returns The number of rows that this rests on.
 * @example
 * const layout = {shares: 0, seen: 2, moments: 4, columnCount: 1, classCount: 2};
 * const into = new Float64Array(1);
 * explainedShares(Float64Array.of(0.5, 0.5, 100, 100, -1, 1.5, 1, 1.5), layout, 0, into); //=> 200
 * into[0].toFixed(2); //=> '0.67'
 */
export function explainedShares(numbers: Float64Array, layout: EvidenceLayout, column: number, into: Float64Array): number {
	const {shares, moments, columnCount, classCount} = layout;
	const seen = layout.seen + column * classCount;
	let total = 0;
	let inverseShares = 0;
	let inverseSeen = 0;
	for (let label = 0; label < classCount; label++) {
		total += numbers[seen + label]! > 0 ? numbers[shares + label]! : 0;
	}

	for (let label = 0; label < classCount; label++) {
		if (numbers[seen + label]! > 0) {
			inverseShares += total / numbers[shares + label]!;
			inverseSeen += 1 / numbers[seen + label]!;
		}
	}

	for (let candidate = 0; candidate < into.length; candidate++) {
		let mean = 0;
		let second = 0;
		let between = 0;
		for (let label = 0; label < classCount; label++) {
			const share = numbers[seen + label]! > 0 ? numbers[shares + label]! / total : 0;
			const sums = moments + 2 * ((candidate * columnCount + column) * classCount + label);
			mean += share * numbers[sums]!;
			between += share * numbers[sums]! ** 2;
			second += share * numbers[sums + 1]!;
		}

		const variance = second - mean * mean;
		into[candidate] = variance > VARIANCE_MIN ? Math.min(1 - VARIANCE_MIN, Math.max(0, between - mean * mean) / variance) : 0;
	}

	return inverseSeen > 0 ? inverseShares / inverseSeen : 0;
}
