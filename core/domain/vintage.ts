/**
 * Vintages: windows of quality in a form in which those whose labels are still coming in may stand beside those that are final.
 *
 * @module
 */
import type {MaturingFigure, QualityWindow, Vintage} from './views.ts';

/**
 * The vintage of a window; undefined where the window has none (several classes, or labels that take no time).
 *
 * Figures of a final window are exact; of others they are estimates of the final ones, never the figures of the labels known so far.
 *
 * @example
 * const point = {auc: 0.7, logLoss: 0.3, rows: 8, calibration: 0.1};
 * const vintage = {asOf: '2024-03-01T00:00:00Z', stepSeconds: 3600, labelled: [1], positives: [0.25], level: 0.95, estimate: null};
 * vintageOf({start: '', end: '', decisions: 8, labelled: 8, positives: 2, final: true, series: {loop: point}, vintage}).figures.positives.high; //=> 0.25
 * vintageOf({start: '', end: '', decisions: 8, labelled: 8, positives: 2, final: false, series: {loop: point}, vintage}).figures.positives; //=> null
 */
export function vintageOf({
	start,
	end,
	decisions,
	labelled,
	positives,
	final,
	series: {loop},
	vintage,
}: QualityWindow): Vintage | undefined {
	if (!vintage) {
		return undefined;
	}

	const {asOf, stepSeconds, level, estimate} = vintage;
	return {
		start,
		end,
		decisions,
		labelled,
		final,
		asOf,
		stepSeconds,
		level,
		curve: {labelled: vintage.labelled, positives: vintage.positives},
		figures: final
			? {
					positives: exactly(labelled === 0 ? null : positives / labelled),
					auc: exactly(loop.auc),
					logLoss: exactly(loop.logLoss),
					calibration: exactly(loop.calibration),
				}
			: (estimate ?? {positives: null, auc: null, logLoss: null, calibration: null}),
	};
}

function exactly(value: number | null): MaturingFigure | null {
	return value === null ? null : {estimate: value, low: value, high: value};
}
