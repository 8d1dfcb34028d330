/**
 * How good the probabilities of a classifier were, kept up row by row in fixed memory.
 *
 * @module
 */
import {cohenKappa} from './agreement.ts';
import {logLossOf, probabilityOf} from './logistic.ts';
import {ScoreHistogram} from './score-histogram.ts';

/** Measures of the rows so far; NaN where undefined. */
export interface QualityMeasures {
	readonly rows: number;
	readonly accuracy: number;
	readonly kappa: number;
	/** Several classes: the mean of one class against the rest, over the classes that occur. */
	readonly auc: number;
	/** As for `auc`. */
	readonly averagePrecision: number;
	readonly logLoss: number;
	/** Mean squared error of the probability of class 1; several classes: summed over the classes, as Brier wrote it. */
	readonly brier: number;
	/** Over 15 bins of equal count; several classes: of the probability of the predicted class. */
	readonly calibrationError: number;
}

/**
 * The class that probabilities say: above one half for binary, else the first of the highest.
 *
 * @example
 * [predictedClassOf([0.5]), predictedClassOf([0.51]), predictedClassOf([0.2, 0.4, 0.4])]; //=> [0, 1, 1]
 */
export function predictedClassOf(probabilities: ArrayLike<number>): number {
	if (probabilities.length === 1) {
		return probabilities[0]! > 0.5 ? 1 : 0;
	}

	let best = 0;
	for (let output = 1; output < probabilities.length; output++) {
		best = probabilities[output]! > probabilities[best]! ? output : best;
	}

	return best;
}

/**
 * Quality of a stream of probabilities and labels.
 *
 * @remarks
 * Shape: 1 probability a row (binary) or K; a class index.
 * Cost: O(K) a row, with K logarithms; 24 bytes a bin and class, and a confusion matrix. The measures cost one pass over the bins.
 * Source: Gama, Sebastiao, Rodrigues, "On evaluating stream learning algorithms", Machine Learning 90, 2013; the measures as in their functions.
 * @example
 * const tally = new QualityTally({outputCount: 1});
 * tally.update([0.8], 1);
 * tally.update([0.4], 1);
 * tally.measures().accuracy; //=> 0.5
 */
export class QualityTally {
	readonly #outputCount: number;
	readonly #classCount: number;
	readonly #confusion: Float64Array;
	/** One a class, the positive one alone for binary. */
	readonly #histograms: readonly ScoreHistogram[];
	/** Of the probability of the predicted class; for binary the same as the only other. */
	readonly #confidence: ScoreHistogram;
	#rows = 0;
	#losses = 0;
	#squares = 0;

	constructor({outputCount, binCount = 65_536}: {readonly outputCount: number; readonly binCount?: number}) {
		this.#outputCount = outputCount;
		this.#classCount = Math.max(2, outputCount);
		this.#confusion = new Float64Array(this.#classCount ** 2);
		this.#histograms = Array.from({length: outputCount}, () => new ScoreHistogram({binCount}));
		this.#confidence = outputCount === 1 ? this.#histograms[0]! : new ScoreHistogram({binCount});
	}

	/** Rows counted. */
	get rows(): number {
		return this.#rows;
	}

	/** Add a row: what was said, and what happened. */
	update(probabilities: ArrayLike<number>, label: number): void {
		const predicted = predictedClassOf(probabilities);
		this.#rows++;
		this.#confusion[label * this.#classCount + predicted]!++;
		this.#losses += logLossOf(probabilities, label);
		if (this.#outputCount === 1) {
			this.#squares += (1 - probabilityOf(probabilities, label)) ** 2;
			this.#histograms[0]!.update(probabilities[0]!, label === 1);
			return;
		}

		for (let output = 0; output < this.#outputCount; output++) {
			this.#squares += (probabilities[output]! - (output === label ? 1 : 0)) ** 2;
			this.#histograms[output]!.update(probabilities[output]!, output === label);
		}

		this.#confidence.update(probabilities[predicted]!, predicted === label);
	}

	/** Share of the positives (class 1) among the highest `budget` share of the rows; NaN for several classes. */
	recallAtBudget(budget: number): number {
		return this.#outputCount === 1 ? this.#histograms[0]!.recallAtBudget(budget) : Number.NaN;
	}

	measures(): QualityMeasures {
		let right = 0;
		for (let label = 0; label < this.#classCount; label++) {
			right += this.#confusion[label * this.#classCount + label]!;
		}

		return {
			rows: this.#rows,
			accuracy: right / this.#rows,
			kappa: cohenKappa(this.#confusion, this.#classCount),
			auc: meanOfKnown(this.#histograms.map(histogram => histogram.areaUnderRoc())),
			averagePrecision: meanOfKnown(this.#histograms.map(histogram => histogram.averagePrecision())),
			logLoss: this.#losses / this.#rows,
			brier: this.#squares / this.#rows,
			calibrationError: this.#confidence.expectedCalibrationError(),
		};
	}
}

function meanOfKnown(values: readonly number[]): number {
	const known = values.filter(value => !Number.isNaN(value));
	return known.reduce((sum, value) => sum + value, 0) / known.length;
}
