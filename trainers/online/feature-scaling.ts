/**
 * Scaling of numeric columns by published parameters: what learners and scorers in other threads have in common.
 *
 * @module
 */
import {KNOTS_MAX, scoreInPlace} from './quantile-knots.ts';

/** How a column is brought to scale: as it is, by signed log1p, by its rank; `plain` is `standard` without clipping. */
export const TRANSFORMS = ['standard', 'log', 'quantile', 'plain'] as const;

/** One of {@link TRANSFORMS}. */
export type Transform = (typeof TRANSFORMS)[number];

// Bounds that the hot path reads are local: an exported constant is read from a cell, and what is compared with it may be allocated.
const [STANDARD, LOG, QUANTILE, PLAIN] = [0, 1, 2, 3];
const CLIP = 4;
const MAGNITUDE_MAX = 1e100;

/** Scaled values are clipped to +/- `clip`; values beyond `magnitude` count as that, so that squares of differences stay finite. */
export const SCALING_BOUNDS = {clip: CLIP, magnitude: MAGNITUDE_MAX} as const;

/** Numbers that scaling `columnCount` columns needs: transform, mean, inverse deviation, knots. */
export function transformParameterCount(columnCount: number): number {
	return columnCount * (4 + 2 * KNOTS_MAX);
}

/**
 * Scale the numeric columns of a row with the parameters of {@link FeatureTransforms}: mean 0 and deviation 1 about, clipped to +/- 4.
 * Constant columns give 0; of missing and infinite values the flag is raised instead.
 *
 * Cost: a few nanoseconds a column; a logarithm or a search of five steps for the columns that want one.
 *
 * @param places - Positions of the columns in `row`.
 * @param values - Receives one number a column: the scaled value, or 1 for a raised flag.
 * @param at - Receives one number a column: its position, or the number of columns more for a raised flag.
 */
export function scaleColumns(parameters: Float64Array, places: Int32Array, row: Float64Array, values: Float64Array, at: Int32Array): void {
	const count = places.length;
	let oddCount = 0;
	// Nothing is called in this loop: where one is, the compiler looks up and checks every array again for each column.
	for (let column = 0; column < count; column++) {
		const value = row[places[column]!]!;
		const scaled = (value - parameters[count + column]!) * parameters[2 * count + column]!;
		values[column] = scaled > CLIP ? CLIP : scaled < -CLIP ? -CLIP : scaled;
		at[column] = column;
		if (parameters[column] !== STANDARD || !(value <= MAGNITUDE_MAX && value >= -MAGNITUDE_MAX)) {
			oddCount++;
		}
	}

	if (oddCount > 0) {
		scaleOddColumns(parameters, places, row, values, at);
	}
}

/**
 * The rest of {@link scaleColumns}: the columns that are not simply standardised, those with another transform, missing and absurd values.
 *
 * @returns The number of raised flags.
 */
export function scaleOddColumns(
	parameters: Float64Array,
	places: Int32Array,
	row: Float64Array,
	values: Float64Array,
	at: Int32Array,
): number {
	const count = places.length;
	let flags = 0;
	for (let column = 0; column < count; column++) {
		const value = row[places[column]!]!;
		const kind = parameters[column]!;
		if (kind === STANDARD && value <= MAGNITUDE_MAX && value >= -MAGNITUDE_MAX) {
			continue;
		}

		if (value - value !== 0) {
			values[column] = 1;
			at[column] = count + column;
			flags++;
			continue;
		}

		// Bounds and logarithm are written out: fractions that functions take or return may be allocated.
		let shaped = value > MAGNITUDE_MAX ? MAGNITUDE_MAX : value < -MAGNITUDE_MAX ? -MAGNITUDE_MAX : value;
		if (kind === LOG) {
			shaped = shaped < 0 ? -Math.log1p(-shaped) : Math.log1p(shaped);
		} else if (kind === QUANTILE) {
			values[column] = shaped;
			rankInPlace(parameters, count, column, values, column);
			shaped = values[column]!;
		}

		const scaled = (shaped - parameters[count + column]!) * parameters[2 * count + column]!;
		values[column] = kind === PLAIN ? scaled : scaled > CLIP ? CLIP : scaled < -CLIP ? -CLIP : scaled;
	}

	return flags;
}

/** Turn the value at `values[place]` into the score of its rank in a column. In place, as fractions that functions take or return may be allocated. */
export function rankInPlace(parameters: Float64Array, columnCount: number, column: number, values: Float64Array, place: number): void {
	const knotsAt = (columnCount * 4 + column * KNOTS_MAX) | 0;
	scoreInPlace(parameters, knotsAt, (knotsAt + columnCount * KNOTS_MAX) | 0, parameters[3 * columnCount + column]!, values, place);
}

/**
 * What each transform makes of the columns of a row before it is standardised, into `shaped`: as they are, then signed log1p, then ranks, one number a
 * column each; NaN for all three where the value is missing or infinite.
 */
export function shapeColumns(parameters: Float64Array, places: Int32Array, row: Float64Array, shaped: Float64Array): void {
	const count = places.length;
	for (let column = 0; column < count; column++) {
		const given = row[places[column]!]!;
		if (given - given === 0) {
			const value = given > MAGNITUDE_MAX ? MAGNITUDE_MAX : given < -MAGNITUDE_MAX ? -MAGNITUDE_MAX : given;
			shaped[column] = value;
			shaped[LOG * count + column] = value < 0 ? -Math.log1p(-value) : Math.log1p(value);
			shaped[QUANTILE * count + column] = value;
			rankInPlace(parameters, count, column, shaped, QUANTILE * count + column);
		} else {
			shaped[column] = Number.NaN;
			shaped[LOG * count + column] = Number.NaN;
			shaped[QUANTILE * count + column] = Number.NaN;
		}
	}
}
