/**
 * How much would change for those who are scored?
 *
 * @module
 */
import type {GateReport} from '../../../core/domain/index.ts';
import {binOf, decileEdges, psi} from '../../../core/numerics/index.ts';
import type {Rivals} from './rivals.ts';

/**
 * Share of decisions that turn at each cut-off, the mean change of the probability, and the stability index of the scores against the champion's deciles.
 * Always passes: a better model must decide differently somewhere; whoever promotes it should know how much. Binary only.
 *
 * @param cutoffs - Probabilities from which the outcome is another.
 */
export function compareDecisions({challenger, champion}: Rivals, cutoffs: readonly number[]): GateReport {
	const rows = Array.from({length: challenger.length}, (_, row) => row).filter(
		row => Number.isFinite(champion[row]) && Number.isFinite(challenger[row]),
	);
	const shareOf = (holds: (row: number) => boolean): number => rows.filter(row => holds(row)).length / rows.length;
	const turned = cutoffs.map(at => ({at, share: shareOf(row => challenger[row]! >= at !== champion[row]! >= at)}));
	const change = rows.reduce((sum, row) => sum + Math.abs(challenger[row]! - champion[row]!), 0) / rows.length;
	const edges = decileEdges(rows.map(row => champion[row]!));
	const countsOf = (scores: ArrayLike<number>): Float64Array => {
		const counts = new Float64Array(edges.length + 1);
		for (const row of rows) {
			counts[binOf(edges, scores[row]!)]!++;
		}

		return counts;
	};
	const index = psi(countsOf(champion), countsOf(challenger));
	const decisions =
		turned.length === 0
			? 'the policy has no cut-offs'
			: turned.map(({at, share}) => `${(100 * share).toFixed(2)} % of decisions turn at ${at}`).join(', ');
	return {
		gate: 'stability',
		passed: true,
		reason:
			`On ${rows.length} rows ${decisions}; probabilities move by ${change.toFixed(4)} on average, ` +
			`and the stability index of the scores is ${index.toFixed(3)}.`,
		measured: {
			rows: rows.length,
			meanChange: change,
			stabilityIndex: index,
			...Object.fromEntries(turned.map(({at, share}) => [`turned at ${at}`, share])),
		},
	};
}
