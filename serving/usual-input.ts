/**
 * What the inputs of a student usually look like: a cheap check of whether a row is like those that it was fitted on.
 *
 * @module
 */
import type {OnnxBatch} from '../core/domain/index.ts';

/** Limits of usual rows, in the order of the student's inputs. */
export interface UsualInput {
	/** Of each numeric feature: all but one row in a thousand at either end lie between. NaN where no row had one. */
	readonly low: readonly number[];
	readonly high: readonly number[];
	/** Features outside of their limits that a row may have, and features missing or of unknown category. */
	readonly outsideMax: number;
	readonly missingMax: number;
}

/** Why a row is not usual. */
export type Unusual = 'unfamiliar' | 'missing';

/** Share of rows beyond a limit at either end. */
const TAIL_SHARE = 0.001;
/** Share of the rows themselves that count as unusual, by each of the two counts, at most. */
const UNUSUAL_SHARE = 0.005;

/**
 * The limits of rows that a student was fitted on. A category outside of its vocabulary counts as missing: the file cannot tell the two apart.
 *
 * Cost: O(rows log rows) a numeric feature.
 */
export function usualInputOf(batch: OnnxBatch): UsualInput {
	const {rowCount, numeric} = batch;
	const width = rowCount === 0 ? 0 : numeric.length / rowCount;
	const limits = Array.from({length: width}, (_, column) => {
		const values = Float32Array.from({length: rowCount}, (__, row) => numeric[row * width + column]!)
			.filter(value => !Number.isNaN(value))
			.sort();
		const tail = Math.floor(values.length * TAIL_SHARE);
		return {low: values[tail] ?? Number.NaN, high: values[values.length - 1 - tail] ?? Number.NaN};
	});
	const [low, high] = [limits.map(limit => limit.low), limits.map(limit => limit.high)];
	const counts = Array.from({length: rowCount}, (_, row) => countsOf({low, high}, batch, row));
	return {
		low,
		high,
		outsideMax: allButFew(counts.map(({outside}) => outside)),
		missingMax: allButFew(counts.map(({missing}) => missing)),
	};
}

/**
 * Why a row of a batch is not usual; undefined if it is.
 *
 * @example
 * const usual = {low: [0, 0], high: [1, 1], outsideMax: 0, missingMax: 1};
 * const batch = {rowCount: 3, numeric: Float32Array.of(0.5, NaN, 2, 0, NaN, NaN), categorical: new BigInt64Array(0)};
 * [0, 1, 2].map(row => unusualOf(usual, batch, row)); //=> [undefined, 'unfamiliar', 'missing']
 */
export function unusualOf(usual: UsualInput, batch: OnnxBatch, row: number): Unusual | undefined {
	const {outside, missing} = countsOf(usual, batch, row);
	return missing > usual.missingMax ? 'missing' : outside > usual.outsideMax ? 'unfamiliar' : undefined;
}

function countsOf(
	{low, high}: Pick<UsualInput, 'low' | 'high'>,
	{rowCount, numeric, categorical}: OnnxBatch,
	row: number,
): {readonly outside: number; readonly missing: number} {
	let [outside, missing] = [0, 0];
	for (let column = 0; column < low.length; column++) {
		const value = numeric[row * low.length + column]!;
		if (Number.isNaN(value)) {
			missing++;
		} else if (!(value >= low[column]! && value <= high[column]!)) {
			outside++;
		}
	}

	const words = categorical.length / rowCount;
	for (let column = 0; column < words; column++) {
		missing += categorical[row * words + column] === 0n ? 1 : 0;
	}

	return {outside, missing};
}

function allButFew(counts: number[]): number {
	return counts.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(counts.length * (1 - UNUSUAL_SHARE)) - 1)] ?? 0;
}
