/**
 * Are the rows that can judge a model like the rows that it would score? Labels of loans come years later, and the world has moved by then.
 *
 * @module
 */
import {hasCode, joinFrames, takeRows, type TrainingFrame} from '../../core/domain/index.ts';
import {areaUnderRoc, sigmoid} from '../../core/numerics/index.ts';
import {createLogisticRegression} from './linear/logistic-regression.ts';

/** Rows of either side that are looked at, at most, evenly spaced: more say nothing new. */
const ROWS_MAX = 4000;
/** Rows of either side without which nothing can be said. */
const ROWS_MIN = 50;
/** An area below this is no difference worth weighting for: weights cost precision. */
const AREA_MIN = 0.6;
/** A row stands for so many at most. */
const WEIGHT_MAX = 20;
/** scikit-learn's C of the classifier. */
const INVERSE_REGULARIZATION = 0.1;

/** How well some rows stand for others. */
export interface Representation {
	/** How well a classifier tells the two apart, on rows it has not learnt from: 0.5 is not at all, 1 is always. */
	readonly area: number;
	/** One a judging row, of mean 1: how much it stands for rows to be scored. Absent: all alike. */
	readonly weights?: Float64Array;
	/** So many rows drawn from those to be scored would judge as surely. */
	readonly effectiveRows: number;
}

/**
 * Weigh the rows that judge by how like they are to the rows that are to be scored.
 *
 * A logistic regression learns on one half of the rows to tell the two samples apart and is heard on the other (classifier two-sample test). Where
 * it can, a judging row weighs p / (1 - p), at most 20, where p is the probability that it is one of those to be scored. The effective number of
 * rows is Kish's, times the share of the rows to be scored that the judging rows stand for at all: where no judging row is like them the weights
 * are all small, and no stretching makes up for that.
 *
 * Undefined with fewer than 50 rows on either side, and where no column varies: there is nothing to go by.
 *
 * Cost: two logistic regressions on 4,000 rows at most.
 * Source: D. Lopez-Paz, M. Oquab, "Revisiting Classifier Two-Sample Tests", 2017; H. Shimodaira, "Improving Predictive Inference Under Covariate
 * Shift", 2000; L. Kish, "Survey Sampling", 1965.
 *
 * @param judging - Rows with an outcome.
 * @param scored - The newest events, whose outcome is not known.
 */
export async function representationOf(judging: TrainingFrame, scored: TrainingFrame): Promise<Representation | undefined> {
	if (Math.min(judging.rowCount, scored.rowCount) < ROWS_MIN) {
		return undefined;
	}

	const [first, second] = [thinned(judging), thinned(scored)];
	const pooled = pool(first, second);
	const odds = new Float64Array(judging.rowCount);
	const logits = new Float64Array(pooled.rowCount);
	for (const half of [0, 1]) {
		const rows = (parity: number): Int32Array => Int32Array.from(pooled.labels.keys().filter(row => row % 2 === parity));
		const classifier = await classify(takeRows(pooled, rows(half)));
		if (!classifier) {
			return undefined;
		}

		const other = rows(1 - half);
		const said = await classifier(takeRows(pooled, other));
		for (const [index, row] of other.entries()) {
			logits[row] = said[index]!;
		}

		// Every judging row gets the mean of what both halves say of it.
		const scores = await classifier(judging);
		for (const [row, logit] of scores.entries()) {
			odds[row]! += Math.exp(logit) / 2;
		}
	}

	const area = areaUnderRoc(logits.map(sigmoid), pooled.labels);
	return area < AREA_MIN ? {area, effectiveRows: judging.rowCount} : {area, ...weighed(odds, first.rowCount / second.rowCount)};
}

/** Weights of mean 1 of odds, and what they are worth. */
function weighed(odds: Float64Array, ratio: number): Pick<Representation, 'weights' | 'effectiveRows'> {
	const raw = odds.map(value => Math.min(WEIGHT_MAX, value * ratio));
	const sum = raw.reduce((total, weight) => total + weight, 0);
	const squares = raw.reduce((total, weight) => total + weight * weight, 0);
	const covered = Math.min(1, sum / raw.length);
	return {
		weights: raw.map(weight => (sum > 0 ? (weight * raw.length) / sum : 1)),
		effectiveRows: squares > 0 ? Math.floor((covered * sum * sum) / squares) : 0,
	};
}

async function classify(frame: TrainingFrame): Promise<((rows: TrainingFrame) => Promise<Float64Array>) | undefined> {
	const regression = createLogisticRegression();
	try {
		const {model} = await regression.fit({
			frame,
			trainRows: frame.rowCount,
			seed: 1,
			settings: {inverseRegularization: INVERSE_REGULARIZATION},
		});
		return async rows => regression.score(model, {...rows, outputCount: 1});
	} catch (error) {
		if (hasCode(error, 'FRAME_TOO_SMALL')) {
			return undefined;
		}

		throw error;
	}
}

function thinned(frame: TrainingFrame): TrainingFrame {
	const count = Math.min(ROWS_MAX, frame.rowCount);
	return takeRows(
		frame,
		Int32Array.from({length: count}, (_, index) => Math.floor((index * frame.rowCount) / count)),
	);
}

/** Rows of two frames with the same columns, class 0 and class 1. */
function pool(first: TrainingFrame, second: TrainingFrame): TrainingFrame {
	const joined = joinFrames(first, second);
	return {...joined, labels: new Int32Array(joined.rowCount).fill(1, first.rowCount), outputCount: 1};
}
