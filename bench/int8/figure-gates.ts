/**
 * Bars of gates that are run for their figures alone: nothing is refused by them.
 *
 * @module
 */
import type {ModelSpec} from '../../core/domain/index.ts';

/** So wide that every student passes. */
export const FIGURE_GATES = {
	aucLossMax: 1,
	decisionFlipsMax: 1,
	logitErrorRatioMax: 1,
	studentAucLossMax: 0.5,
	challengerMustWin: true,
	confidence: 0.95,
	minimumRows: 20,
} satisfies ModelSpec['gates'];
