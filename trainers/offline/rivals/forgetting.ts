/**
 * Has the challenger forgotten the world as it was?
 *
 * @module
 */
import type {GateReport} from '../../../core/domain/index.ts';
import {differenceText, everyRow, lossDifference, type Rivals} from './rivals.ts';

/**
 * Log loss of both on the oldest rows that the challenger could have learnt from. The champion learnt from them or from those around them, and so may the
 * challenger have: what is found is what a training on recent rows alone, or a few trees less, cost on an old regime that may come back.
 *
 * Refuses if `riseMax` is given and the log loss rises by more than that, beyond doubt; else it only reports.
 */
export function compareOnOldest(rivals: Rivals, riseMax?: number): GateReport | undefined {
	const difference = lossDifference(rivals, everyRow(rivals));
	if (!difference) {
		return undefined;
	}

	const {rows, estimate, low, high} = difference;
	const isForgotten = low > (riseMax ?? 0);
	const verdict = isForgotten ? 'has forgotten' : high < 0 ? 'knows them better' : 'knows them as well, as far as these rows can tell';
	return {
		gate: 'forgetting',
		passed: riseMax === undefined || !isForgotten,
		reason: `On the ${rows} oldest rows the challenger ${verdict}: log loss against the champion's ${differenceText(difference)}.`,
		measured: {rows, difference: estimate, differenceLow: low, differenceHigh: high},
	};
}
