/**
 * How a numeric column enters a network, decided on the rows that are learnt from.
 *
 * @module
 */
import type {NumericColumn, NumericInput} from '../../../core/domain/index.ts';
import {momentsOf, quantileSorted, sortedFinite} from '../../../core/numerics/index.ts';
import {reasonToDrop} from '../guards/near-dead-column.ts';

/** Share of missing values above which a network is told that a value was missing. */
const MISSING_SHARE_MIN = 0.005;

/** Moments are taken between these quantiles: one wrong reading must not set the scale of a column. */
const TAIL = 0.005;

/** A column is taken to signed logarithms if its skewness is above this and the logarithm at least halves it. */
const SKEWNESS_MIN = 1;

/** A range below this is none: its inverse would leave float32. */
const RANGE_MIN = 1e-30;

/** A numeric input, and why it was put to rest, if it was. */
export interface NumericPlan {
	readonly input: NumericInput;
	/** Set if the input is always 0. */
	readonly dropped?: string;
}

/**
 * Plan one numeric column.
 *
 * A missing value becomes the median. Columns skewed to one side are taken to signed logarithms. Mean and deviation are those of the present
 * values between the 0.5 % and 99.5 % quantiles. A constant column, and one that is nearly so (more than 95 % one value, missing counted as a
 * value, both among rows [0, trainRows) and among the newest), gets `inverseDeviation` 0 and so stands still at 0: what a network makes of a
 * handful of rows breaks when the column comes to life. A rare value that is as frequent among the newest rows as before, within a factor of
 * 2, and has at least 30 rows on either side, is kept: many a risk flag is one. Of a column with one value that is often missing, the flag is kept.
 *
 * Cost: one sort of the learnt values.
 *
 * @param trainRows - The statistics come from rows before this one; the rows from it on are the newest, or the last fifth if there are none.
 * @example
 * const values = Float64Array.of(1, 2, 3, 4, 5, NaN);
 * const {median, missingFlag} = planNumeric({name: 'age', kind: 'numeric', values}, 6).input;
 * [median, missingFlag]; //=> [3, true]
 * planNumeric({name: 'flat', kind: 'numeric', values: new Float64Array(10).fill(7)}, 8).dropped; //=> 'it is constant (7)'
 */
export function planNumeric({name, values}: NumericColumn, trainRows: number): NumericPlan {
	const train = values.subarray(0, trainRows);
	const sorted = sortedFinite(train);
	const missingFlag = train.length - sorted.length > MISSING_SHARE_MIN * train.length;
	const atRest = {
		feature: name,
		median: Math.fround(medianOf(sorted)),
		signedLog: false,
		mean: 0,
		inverseDeviation: 0,
		missingFlag: false,
	};
	const dropped = reasonToDrop({name, kind: 'numeric', values}, trainRows);
	if (dropped !== undefined) {
		return {input: atRest, dropped};
	}

	return {input: isVarying(sorted) ? {...atRest, ...scaleOf(sorted), missingFlag} : {...atRest, missingFlag}};
}

/**
 * sign(x) ln(1 + |x|).
 *
 * @example
 * signedLog(-(Math.E - 1)); //=> -1
 */
export function signedLog(x: number): number {
	return Math.sign(x) * Math.log1p(Math.abs(x));
}

function medianOf(sorted: Float64Array): number {
	return sorted.length === 0 ? 0 : quantileSorted(sorted, 0.5);
}

function isVarying(sorted: Float64Array): boolean {
	return sorted.length > 0 && Math.fround(sorted.at(-1)!) - Math.fround(sorted[0]!) > RANGE_MIN;
}

function scaleOf(sorted: Float64Array): Pick<NumericInput, 'signedLog' | 'mean' | 'inverseDeviation'> {
	const [low, high] = [quantileSorted(sorted, TAIL), quantileSorted(sorted, 1 - TAIL)];
	const inner = sorted.filter(value => value >= low && value <= high);
	const kept = isVarying(inner) ? inner : sorted;
	const plain = momentsOf(kept);
	const logarithmic = momentsOf(kept.map(signedLog));
	const isSkewed = Math.abs(plain.skewness) > SKEWNESS_MIN && Math.abs(logarithmic.skewness) < Math.abs(plain.skewness) / 2;
	const {mean, deviation} = isSkewed ? logarithmic : plain;
	return {signedLog: isSkewed, mean: Math.fround(mean), inverseDeviation: Math.fround(1 / deviation)};
}
