/**
 * How a numeric column enters a network, decided on the rows that are learnt from.
 *
 * @module
 */
import type {NumericColumn, NumericInput} from '../../core/domain/index.ts';
import {momentsOf, quantileSorted, sortedFinite} from '../../core/numerics/index.ts';

/** Share of missing values above which a network is told that a value was missing. */
const MISSING_SHARE_MIN = 0.005;

/** Moments are taken between these quantiles: one wrong reading must not set the scale of a column. */
const TAIL = 0.005;

/** A column is taken to signed logarithms if its skewness is above this and the logarithm at least halves it. */
const SKEWNESS_MIN = 1;

/** A column is near-dead if one value fills more than this share of its rows. */
const COMMONEST_SHARE_MAX = 0.95;

/** A rare value counts as steady with this many rows among the learnt and among the newest, and with shares no further apart than this factor. */
const STEADY_ROWS_MIN = 30;
const STEADY_FACTOR_MAX = 2;

/** A range below this is none: its inverse would leave float32. */
const RANGE_MIN = 1e-30;

/** Where the newest rows begin if all are learnt from. */
const NEWEST_FROM = 0.8;

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
	const newest = trainRows < values.length ? values.subarray(trainRows) : values.subarray(Math.floor(trainRows * NEWEST_FROM));
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
	const dropped = constantReason(sorted, missingFlag) ?? nearDeadReason(train, sorted, newest);
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

function constantReason(sorted: Float64Array, isOftenMissing: boolean): string | undefined {
	if (sorted.length === 0) {
		return 'it is always missing';
	}

	return isVarying(sorted) || isOftenMissing ? undefined : `it is constant (${sorted[0]})`;
}

function nearDeadReason(train: Float64Array, sorted: Float64Array, newest: Float64Array): string | undefined {
	const commonest = commonestOf(sorted, train.length - sorted.length);
	const trainShare = shareOf(train, commonest);
	const newestShare = shareOf(newest, commonest);
	if (
		trainShare <= COMMONEST_SHARE_MAX ||
		newestShare <= COMMONEST_SHARE_MAX ||
		isSteady(train.length, trainShare, newest.length, newestShare)
	) {
		return undefined;
	}

	const named = Number.isNaN(commonest) ? 'missing' : String(commonest);
	return `it is near-dead: ${named} in ${percent(trainShare)} of the learnt and ${percent(newestShare)} of the newest rows`;
}

function isSteady(trainRows: number, trainShare: number, newestRows: number, newestShare: number): boolean {
	const [rare, rareNewest] = [1 - trainShare, 1 - newestShare];
	return (
		rare * trainRows >= STEADY_ROWS_MIN &&
		rareNewest * newestRows >= STEADY_ROWS_MIN &&
		rare <= STEADY_FACTOR_MAX * rareNewest &&
		rareNewest <= STEADY_FACTOR_MAX * rare
	);
}

/** The value with the most rows, the smallest of several; NaN if missing has more. */
function commonestOf(sorted: Float64Array, missing: number): number {
	let commonest = Number.NaN;
	let most = missing;
	for (let first = 0; first < sorted.length;) {
		let end = first + 1;
		while (end < sorted.length && sorted[end] === sorted[first]) {
			end++;
		}

		if (end - first > most) {
			most = end - first;
			commonest = sorted[first]!;
		}

		first = end;
	}

	return commonest;
}

function shareOf(values: Float64Array, wanted: number): number {
	let count = 0;
	for (const value of values) {
		count += Object.is(value, wanted) || value === wanted ? 1 : 0;
	}

	return values.length === 0 ? 1 : count / values.length;
}

function percent(share: number): string {
	return `${(100 * share).toFixed(1)} %`;
}
