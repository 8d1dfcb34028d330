/**
 * What each feature did to a score: the score without it beside the score with it.
 *
 * @module
 */
import {logit} from '../core/numerics/index.ts';

/** One feature's part in a score. */
export interface Contribution {
	/** Place in the row. */
	readonly column: number;
	/** Log-odds that are lost when the feature is missing: positive if it speaks for the risk event. */
	readonly logOdds: number;
}

/**
 * Contributions of the features that a row has, largest first: each is taken out alone, as if it were missing, which every model here can score.
 * What two features say only together is counted to both.
 *
 * @remarks
 * Shape: a row of n features -> at most n contributions.
 * Cost: one call with as many rows as features are there.
 * @param score - Probabilities of the risk event for rows.
 * @example
 * const sum = async rows => rows.map(row => 0.5 + row.reduce((all, value) => all + (Number.isNaN(value) ? 0 : value), 0));
 * (await contributionsOf(Float64Array.of(0.1, NaN, 0.3), sum)).map(({column}) => column); //=> [2, 0]
 */
export async function contributionsOf(
	row: Float64Array,
	score: (rows: readonly Float64Array[]) => Promise<ArrayLike<number>>,
): Promise<Contribution[]> {
	const present = [...row.keys()].filter(column => !Number.isNaN(row[column]!));
	const without = present.map(column => row.with(column, Number.NaN));
	const [whole, ...rest] = Array.from(await score([row, ...without]), probability => logit(probability, 1e-12));
	return present
		.map((column, index) => ({column, logOdds: whole! - rest[index]!}))
		.toSorted((a, b) => b.logOdds - a.logOdds || a.column - b.column);
}
