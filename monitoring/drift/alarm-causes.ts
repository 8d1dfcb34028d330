/**
 * Which inputs explain an alarm best, and which fields of the source they come from.
 *
 * @module
 */
import type {AlarmCause} from '../../core/domain/index.ts';
import type {Reference} from './reference.ts';

/** Fields that are named, and features of each; what is left out explains least. */
const FIELDS_MAX = 5;
const FEATURES_MAX = 10;
/** What a model leans on a feature at least: what was measured as nothing may be a feature that another stands in for. */
const IMPORTANCE_MIN = 0.001;

/** How far a feature has moved beyond chance: 1 is as far as an alarm of its own takes. */
export interface FeatureMove {
	readonly name: string;
	readonly size: number;
}

/**
 * Rank what has moved by how far it has, times how much the model leans on it; features of one field count together.
 *
 * Both factors are squares, of a shift and of what a shift does to the log-odds, so that the product is what the feature contributes to the spread of the
 * score, as far as features say different things. It explains an alarm, and proves no cause.
 *
 * Shape: moves, importances by feature (absent: all alike), the field of each feature (absent: its own name) -> causes, best first; none if nothing moved.
 * Cost: O(features log features).
 * Source: L. Budhathoki, D. Janzing, P. Bloebaum, H. Ng, "Why Did the Distribution Change?", AISTATS 2021 (attribution to mechanisms); here with the
 * permutation importance of A. Fisher, C. Rudin, F. Dominici, 2019, in place of their causal graph.
 *
 * @example
 * const moves = [{name: 'age', size: 2}, {name: 'amount', size: 1}];
 * const importances = new Map([['age', 0.1], ['amount', 0.9]]);
 * alarmCauses(moves, {features: ['age', 'amount'], importances}).map(({field, share}) => [field, share.toFixed(2)]); //=> [['amount', '0.82'], ['age', '0.18']]
 */
export function alarmCauses(
	moves: readonly FeatureMove[],
	{
		features,
		importances,
		sources = new Map(),
	}: {
		/** All that are watched. */
		readonly features: readonly string[];
		readonly importances?: ReadonlyMap<string, number> | undefined;
		readonly sources?: ReadonlyMap<string, string> | undefined;
	},
): AlarmCause[] {
	const fieldOf = (feature: string): string => sources.get(feature) ?? feature;
	const weighed = moves
		.filter(({size}) => size > 0)
		.map(({name, size}) => ({name, weight: size * Math.max(IMPORTANCE_MIN, importances ? (importances.get(name) ?? 0) : 1)}))
		.toSorted((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1));
	const total = weighed.reduce((sum, {weight}) => sum + weight, 0);
	const causes = [...Map.groupBy(weighed, ({name}) => fieldOf(name))].map(([field, own]): AlarmCause => ({
		field,
		share: own.reduce((sum, {weight}) => sum + weight, 0) / total,
		features: own.slice(0, FEATURES_MAX).map(({name}) => name),
		moved: own.length,
		of: features.filter(feature => fieldOf(feature) === field).length,
	}));
	return causes.toSorted((a, b) => b.share - a.share || (a.field < b.field ? -1 : 1)).slice(0, FIELDS_MAX);
}

/** How much a version leans on each feature, if its reference says so. */
export function importancesOf({features}: Reference): ReadonlyMap<string, number> | undefined {
	const known = features.flatMap(({name, importance}) => (importance === undefined ? [] : [[name, importance] as const]));
	return known.length === 0 ? undefined : new Map(known);
}
