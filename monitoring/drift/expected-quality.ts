/**
 * Quality without labels: how good a classifier should be on the rows that it scored, if its probabilities may be taken at their word.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {PROBABILITY_MIN} from '../../core/numerics/index.ts';
import type {ScoreOutcomes} from './score-outcomes.ts';

/** Bins of equal width in the logit, from -10 to 10; what lies beyond is counted at the ends. */
const BIN_COUNT = 512;
const LOGIT_MAX = 10;
const SUMS = {rows: 0, right: 1, variance: 2, loss: 3};
const HEAD = 4;

/** What {@link ExpectedQuality} expects; NaN where it cannot be said. */
export interface ExpectedFigures {
	readonly rows: number;
	readonly accuracy: number;
	/** The accuracy of these rows lies within this of the expected one in 95 of 100 cases, if the assumptions hold. */
	readonly accuracyMargin: number;
	/** Binary only. Rows of one bin (0.04 wide in the logit) count as ties. */
	readonly auc: number;
	/** In nats; binary only. */
	readonly logLoss: number;
}

/**
 * Confidence-based performance estimation (CBPE), kept up row by row.
 *
 * Assumes that probabilities are calibrated, and that the relation of inputs and outcome has not changed: it follows a change of inputs, and is
 * blind to a change of concept. {@link calibrationOf} checks the first where outcomes are known; the second only labels can check.
 *
 * @remarks
 * Shape: probabilities in [0, 1], of class 1 or of the predicted class being right -> {@link ExpectedFigures}.
 * Cost: O(1) a row, 8 kB. Mergeable: the sums of shards are those of one, up to the rounding of floating-point addition.
 * Source: Kivimaki, Bialek, Nurminen, Kuberski, "Confidence-based Estimators for Predictive Performance in Model Monitoring", arXiv 2407.08649, 2024.
 * @throws AssertionError - on a score that is no probability: whoever scores sees to that.
 * @example
 * const expected = new ExpectedQuality('positive');
 * for (const score of [0.9, 0.9, 0.2, 0.2]) { expected.add(score); }
 * expected.figures().accuracy.toFixed(2); //=> '0.85'
 */
export class ExpectedQuality {
	readonly #of: ScoreOutcomes['of'];
	/** Sums, then rows by bin, then sums of the probabilities by bin. */
	readonly #state = new Float64Array(HEAD + 2 * BIN_COUNT);

	constructor(of: ScoreOutcomes['of']) {
		this.#of = of;
	}

	add(score: number): void {
		assert(score >= 0 && score <= 1, 'a score is a probability');
		const state = this.#state;
		const p = Math.min(1 - PROBABILITY_MIN, Math.max(PROBABILITY_MIN, score));
		const logit = Math.log(p / (1 - p));
		const place = Math.floor(((logit + LOGIT_MAX) / (2 * LOGIT_MAX)) * BIN_COUNT);
		const bin = HEAD + Math.min(BIN_COUNT - 1, Math.max(0, place));
		state[SUMS.rows]!++;
		state[SUMS.right]! += this.#of === 'positive' ? Math.max(score, 1 - score) : score;
		state[SUMS.variance]! += score * (1 - score);
		state[SUMS.loss]! -= p * Math.log(p) + (1 - p) * Math.log(1 - p);
		state[bin]!++;
		state[bin + BIN_COUNT]! += score;
	}

	/** Add what another has seen. */
	merge(other: ExpectedQuality): void {
		assert(this.#of === other.#of, 'scores of one meaning');
		for (const [index, value] of other.#state.entries()) {
			this.#state[index]! += value;
		}
	}

	figures(): ExpectedFigures {
		const state = this.#state;
		const rows = state[SUMS.rows]!;
		const isBinary = this.#of === 'positive';
		return {
			rows,
			accuracy: state[SUMS.right]! / rows,
			accuracyMargin: (1.96 * Math.sqrt(state[SUMS.variance]!)) / rows,
			auc: isBinary ? this.#areaUnderRoc() : Number.NaN,
			logLoss: isBinary ? state[SUMS.loss]! / rows : Number.NaN,
		};
	}

	clear(): void {
		this.#state.fill(0);
	}

	/** A copy of the whole state. */
	state(): Float64Array {
		return this.#state.slice();
	}

	/** Inverse of {@link ExpectedQuality.state}. @returns False if it is none. */
	load(state: Float64Array): boolean {
		if (state.length !== this.#state.length) {
			return false;
		}

		this.#state.set(state);
		return true;
	}

	/** Each row counts as a positive by its probability, and as a negative by the rest. */
	#areaUnderRoc(): number {
		let [positives, negatives, pairs] = [0, 0, 0];
		for (let bin = HEAD; bin < HEAD + BIN_COUNT; bin++) {
			const positive = this.#state[bin + BIN_COUNT]!;
			const negative = this.#state[bin]! - positive;
			pairs += positive * (negatives + negative / 2);
			positives += positive;
			negatives += negative;
		}

		return pairs / (positives * negatives);
	}
}
