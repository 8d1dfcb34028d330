/**
 * Was the answer wrong, and did it miss the risk event? 0 or 1, for detectors that watch such streams.
 *
 * @module
 */
import {predictedClassOf} from '../../core/numerics/index.ts';

/** Labels of each class without which the base rate is no cut: before, the cut would move, and with it the rate of errors. */
const CLASS_LABELS_MIN = 100;

/** What an answer was, as labels tell. */
export interface AnswerError {
	/** 1: wrong. */
	readonly error: 0 | 1;
	/** 1: the risk event happened, and the answer had said no. Several classes: as `error`. */
	readonly miss: 0 | 1;
}

/** State of {@link ErrorStream}: labels of class 0 and of class 1. */
export type ErrorStreamState = readonly [negatives: number, positives: number];

/**
 * Errors of one series. Several classes: the most probable one is not the label. Binary: the label lies on the other side of the cut than the
 * probability does.
 *
 * The cut is the policy's, where it has one; else the base rate of the labels so far, since at 0.5 a model of rare events says "no" to everything,
 * and its errors are the events themselves. Until both classes have {@link CLASS_LABELS_MIN} labels there is then no error to speak of: measured
 * at a base rate of 0.4 %, a cut that settles from 0.5 on raises the rate of errors from 0.4 % to 27 %, and three of four detectors call that.
 *
 * Cost: O(classes).
 *
 * @example
 * const errors = new ErrorStream(1, {cut: 0.2});
 * errors.judge(Float64Array.of(0.3), 0); //=> {error: 1, miss: 0}
 * errors.judge(Float64Array.of(0.1), 1); //=> {error: 1, miss: 1}
 * new ErrorStream(1).judge(Float64Array.of(0.3), 1); //=> undefined
 */
export class ErrorStream {
	readonly #outputCount: number;
	readonly #cut: number | undefined;
	#negatives: number;
	#positives: number;

	/** @param outputCount - 1 for binary, K for several classes. */
	constructor(
		outputCount: number,
		{cut, state: [negatives, positives] = [0, 0]}: {cut?: number | undefined; state?: ErrorStreamState} = {},
	) {
		this.#outputCount = outputCount;
		this.#cut = cut;
		this.#negatives = negatives;
		this.#positives = positives;
	}

	/** Judge an answer by the cut as it was before this label, undefined while there is none; then count the label. */
	judge(probabilities: Float64Array, label: number): AnswerError | undefined {
		if (this.#outputCount > 1) {
			const error = predictedClassOf(probabilities) === label ? 0 : 1;
			return {error, miss: error};
		}

		const cut = this.#cut ?? this.#baseRate;
		this.#negatives += label === 0 ? 1 : 0;
		this.#positives += label === 1 ? 1 : 0;
		if (cut === undefined) {
			return undefined;
		}

		const error = probabilities[0]! >= cut === (label === 1) ? 0 : 1;
		return {error, miss: label === 1 ? error : 0};
	}

	state(): ErrorStreamState {
		return [this.#negatives, this.#positives];
	}

	get #baseRate(): number | undefined {
		const isKnown = this.#negatives >= CLASS_LABELS_MIN && this.#positives >= CLASS_LABELS_MIN;
		return isKnown ? this.#positives / (this.#negatives + this.#positives) : undefined;
	}
}
