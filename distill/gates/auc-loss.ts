/**
 * What one model has less area under the ROC curve than another, with an interval.
 *
 * @module
 */
import {pairedBootstrap, resampledAreaUnderRoc, type Interval} from '../../core/numerics/index.ts';

/** Resamples of the bootstrap: enough for the ends of a 95 % interval, and 60,000 rows take half a second. */
const RESAMPLES = 200;

/**
 * AUC of `reference` minus AUC of `candidate` on the same rows, with a paired bootstrap interval; macro over classes for several outputs. All NaN
 * if the rows hold one class only.
 *
 * @param labels - Class indices.
 */
export function aucLoss(
	labels: ArrayLike<number>,
	reference: Float32Array,
	candidate: Float32Array,
	outputCount: number,
	confidence: number,
): Interval {
	const [before, after] = [areaOf(reference, labels, outputCount), areaOf(candidate, labels, outputCount)];
	return pairedBootstrap(labels.length, rows => before(rows) - after(rows), {confidence, resamples: RESAMPLES, seed: 1});
}

function areaOf(scores: Float32Array, labels: ArrayLike<number>, outputCount: number): (rows: Int32Array) => number {
	if (outputCount === 1) {
		return resampledAreaUnderRoc(scores, labels);
	}

	const areas = Array.from({length: outputCount}, (_, output) =>
		resampledAreaUnderRoc(
			scores.filter((_score, at) => at % outputCount === output),
			Uint8Array.from(labels, label => (label === output ? 1 : 0)),
		),
	);
	return rows => {
		const defined = areas.map(area => area(rows)).filter(area => !Number.isNaN(area));
		return defined.length === 0 ? Number.NaN : defined.reduce((sum, area) => sum + area, 0) / defined.length;
	};
}
