/**
 * From a probability to an outcome, by the cut-offs of a spec.
 *
 * @module
 */
import type {ModelSpec} from '../core/domain/index.ts';

/**
 * The outcome for the probability of the risk event; undefined without cut-offs.
 *
 * A probability below the first cut-off has its `below`; otherwise the last cut-off that it reaches gives its `above`.
 *
 * @example
 * const policy = {cutoffs: [{at: 0.2, below: 'approve', above: 'refer'}, {at: 0.6, below: 'refer', above: 'decline'}]};
 * [0.1, 0.2, 0.7].map(p => outcomeOf(p, policy)); //=> ['approve', 'refer', 'decline']
 */
export function outcomeOf(probability: number, {cutoffs}: Pick<ModelSpec['policy'], 'cutoffs'>): string | undefined {
	const sorted = cutoffs.toSorted((a, b) => a.at - b.at);
	return sorted.findLast(({at}) => probability >= at)?.above ?? sorted[0]?.below;
}

/**
 * What the decision on a probability costs, once it is known whether the risk event happened; undefined if the policy names no costs.
 *
 * @param happened - 1 if it did, else 0.
 * @example
 * const cutoffs = [{at: 0.2, below: 'approve', above: 'decline'}];
 * const costs = [{outcome: 'approve', positive: 10, negative: 0}, {outcome: 'decline', positive: 0, negative: 1}];
 * [costOf(0.1, 1, {cutoffs, costs}), costOf(0.3, 0, {cutoffs, costs})]; //=> [10, 1]
 */
export function costOf(
	probability: number,
	happened: number,
	{cutoffs, costs}: Pick<ModelSpec['policy'], 'cutoffs' | 'costs'>,
): number | undefined {
	const outcome = outcomeOf(probability, {cutoffs});
	const found = costs?.find(cost => cost.outcome === outcome);
	return found && (happened === 1 ? found.positive : found.negative);
}
