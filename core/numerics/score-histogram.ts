/**
 * Scores and labels of a stream without end, in a fixed block: ranking and calibration to four digits and more.
 *
 * @module
 */

/** Logits beyond this are counted at it: probabilities within 2e-9 of 0 or 1. */
const LOGIT_MAX = 20;

/**
 * Counts of positives and negatives by score, in bins of equal width on the logit scale, where rare positives keep their resolution.
 *
 * Rows of one bin count as ties: with 65,536 bins scores closer than 0.0006 in the logit, with 4,096 closer than 0.01.
 *
 * @remarks
 * Shape: one probability and one truth a row.
 * Cost: one logarithm a row; 24 bytes a bin; each measure goes once over the bins.
 * Source: the measures are those of areaUnderRoc, averagePrecision, recallAtBudget and expectedCalibrationError.
 * @example
 * const histogram = new ScoreHistogram();
 * for (const [p, y] of [[0.1, 0], [0.4, 0], [0.35, 1], [0.8, 1]]) histogram.update(p, y === 1);
 * histogram.areaUnderRoc(); //=> 0.75
 */
export class ScoreHistogram {
	readonly #positives: Float64Array;
	readonly #negatives: Float64Array;
	/** Sums of the probabilities themselves. */
	readonly #sums: Float64Array;
	#positiveCount = 0;
	#negativeCount = 0;

	constructor({binCount = 65_536}: {readonly binCount?: number} = {}) {
		this.#positives = new Float64Array(binCount);
		this.#negatives = new Float64Array(binCount);
		this.#sums = new Float64Array(binCount);
	}

	/** Rows counted. */
	get count(): number {
		return this.#positiveCount + this.#negativeCount;
	}

	/** Add a row. A probability that is NaN counts as 0.5. */
	update(probability: number, isPositive: boolean): void {
		const p = Number.isNaN(probability) ? 0.5 : probability;
		const logit = Math.min(LOGIT_MAX, Math.max(-LOGIT_MAX, Math.log(p / (1 - p))));
		const bin = Math.round((logit / (2 * LOGIT_MAX) + 0.5) * (this.#sums.length - 1));
		this.#sums[bin]! += p;
		if (isPositive) {
			this.#positives[bin]!++;
			this.#positiveCount++;
		} else {
			this.#negatives[bin]!++;
			this.#negativeCount++;
		}
	}

	/** Area under the ROC curve; NaN while there is only one class. */
	areaUnderRoc(): number {
		let [below, pairs] = [0, 0];
		for (let bin = 0; bin < this.#sums.length; bin++) {
			const negatives = this.#negatives[bin]!;
			pairs += this.#positives[bin]! * (below + negatives / 2);
			below += negatives;
		}

		return pairs / (this.#positiveCount * this.#negativeCount);
	}

	/** Average precision; NaN without a positive. */
	averagePrecision(): number {
		let [positives, rows, sum] = [0, 0, 0];
		for (let bin = this.#sums.length - 1; bin >= 0; bin--) {
			const found = this.#positives[bin]!;
			positives += found;
			rows += found + this.#negatives[bin]!;
			sum += found === 0 ? 0 : (found * positives) / rows;
		}

		return sum / this.#positiveCount;
	}

	/** Share of the positives among the highest `budget` share of the rows; NaN without a positive. */
	recallAtBudget(budget: number): number {
		let left = budget * this.count;
		let caught = 0;
		for (let bin = this.#sums.length - 1; bin >= 0 && left > 0; bin--) {
			const rows = this.#positives[bin]! + this.#negatives[bin]!;
			if (rows > 0) {
				caught += this.#positives[bin]! * Math.min(1, left / rows);
				left -= rows;
			}
		}

		return caught / this.#positiveCount;
	}

	/** Mean distance between prediction and outcome over `binCount` bins of equal count; a bin of this block that lies on an edge is divided. */
	expectedCalibrationError(binCount = 15): number {
		const size = this.count / binCount;
		let [error, difference, room] = [0, 0, size];
		for (let bin = 0; bin < this.#sums.length; bin++) {
			const rows = this.#positives[bin]! + this.#negatives[bin]!;
			const mean = rows === 0 ? 0 : (this.#sums[bin]! - this.#positives[bin]!) / rows;
			for (let left = rows; left > 0;) {
				const taken = Math.min(left, room);
				difference += mean * taken;
				left -= taken;
				room -= taken;
				if (room <= 0) {
					error += Math.abs(difference);
					[difference, room] = [0, size];
				}
			}
		}

		return (error + Math.abs(difference)) / this.count;
	}
}
