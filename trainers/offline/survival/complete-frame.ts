/**
 * A frame that also learns from labels that are not final: what is not known enters by its probability, or those that are known stand for it.
 *
 * @module
 */
import {addDuration, addMonths, PerennialError, takeRows, type ModelSpec, type TrainingFrame} from '../../../core/domain/index.ts';
import type {PartlyLabelled} from './age-pieces.ts';
import {knownWeightsOf} from './known-weights.ts';
import {outlookOf} from './open-rows.ts';

/** A class of an open row that is less likely than this is left out. */
const PROBABILITY_MIN = 1e-6;

/** A frame with weights, and how it was made. */
export interface CompletedFrame {
	readonly frame: TrainingFrame;
	/** In words, for the record. */
	readonly notes: readonly string[];
}

/**
 * Make a frame of rows whose labels are known or not.
 *
 * `survive`: a row whose label is known enters once; an open one once for each class, weighted by its probability at its age, see
 * {@link outlookOf}. `ipw`: rows whose label is known, weighted by the inverse probability that it is, see {@link knownWeightsOf}.
 *
 * Rows of one event follow each other. Cost: that of the two functions, and a copy of the rows.
 */
export async function completeFrame(partly: PartlyLabelled, unfinal: 'survive' | 'ipw'): Promise<CompletedFrame> {
	return unfinal === 'survive' ? surviveFrame(partly) : weighKnown(partly);
}

/**
 * When each row closes with the negative outcome, as the spec says; Infinity where the feature is missing, undefined where nothing closes.
 *
 * @throws PerennialError - SPEC_INVALID if the frame lacks the feature with the months.
 */
export function closingTimesOf(frame: TrainingFrame, closes: ModelSpec['label']['closes']): Float64Array | undefined {
	if (!closes) {
		return undefined;
	}

	if ('fixed' in closes) {
		return frame.times.map(time => addDuration(time, closes.fixed));
	}

	const column = frame.columns.find(({name}) => name === closes.months);
	if (column?.kind !== 'numeric') {
		throw new PerennialError(
			'SPEC_INVALID',
			`label.closes.months names ${closes.months}, which is no numeric feature of the frame; name one that is.`,
		);
	}

	return frame.times.map((time, row) => {
		const months = column.values[row]!;
		return Number.isFinite(months) ? addMonths(time, Math.round(months)) : Infinity;
	});
}

async function surviveFrame(partly: PartlyLabelled): Promise<CompletedFrame> {
	const {frame, knownAt, asOf} = partly;
	const classCount = Math.max(2, frame.outputCount);
	const {probabilities, notes} = await outlookOf(partly);
	const [rows, labels, weights]: [number[], number[], number[]] = [[], [], []];
	for (let row = 0; row < frame.rowCount; row++) {
		if (knownAt[row]! <= asOf) {
			rows.push(row);
			labels.push(frame.labels[row]!);
			weights.push(1);
			continue;
		}

		for (let label = 0; label < classCount; label++) {
			const probability = probabilities[row * classCount + label]!;
			if (probability >= PROBABILITY_MIN) {
				rows.push(row);
				labels.push(label);
				weights.push(probability);
			}
		}
	}

	const taken = takeRows(frame, Int32Array.from(rows));
	return {frame: {...taken, labels: Int32Array.from(labels), weights: Float64Array.from(weights)}, notes};
}

function weighKnown(partly: PartlyLabelled): CompletedFrame {
	const weights = knownWeightsOf(partly);
	const rows = Int32Array.from(weights.keys().filter(row => weights[row]! > 0));
	const open = weights.length - rows.length;
	return {
		frame: takeRows({...partly.frame, weights}, rows),
		notes: [`${rows.length} known rows stand for themselves and ${open} open ones`],
	};
}
