/**
 * Accuracy beyond chance, beyond the label before and beyond the majority: what accuracy alone hides on streams.
 *
 * @module
 */

/**
 * How far an accuracy lies above a reference's, as a share of what was left to gain: 1 is perfect, 0 is the reference, below 0 is worse.
 *
 * Against the no-change classifier this is kappa-temporal, against the majority class kappa-M. A perfect reference leaves nothing to gain: NaN
 * unless the accuracy is perfect too, then 0.
 *
 * Source: Zliobaite, Bifet, Read, Pfahringer, Holmes, "Evaluation methods and decision theory for classification of streaming data with temporal
 * dependence", Machine Learning 98, 2015 (temporal); Bifet, De Francisci Morales, Read, Holmes, Pfahringer, KDD 2015 (kappa-M).
 *
 * @example
 * kappaAgainst(0.93, 0.86).toFixed(2); //=> '0.50'
 */
export function kappaAgainst(accuracy: number, reference: number): number {
	return reference === 1 ? (accuracy === 1 ? 0 : Number.NaN) : (accuracy - reference) / (1 - reference);
}

/**
 * Cohen's kappa of a confusion matrix: agreement beyond what two independent draws with the same margins would show. NaN for no rows, 0 where
 * prediction and truth are both always the same class.
 *
 * Source: J. Cohen, "A coefficient of agreement for nominal scales", 1960.
 *
 * @param confusion - Counts, `classCount` predictions a true class.
 * @example
 * cohenKappa([20, 5, 10, 15], 2).toFixed(1); //=> '0.4'
 */
export function cohenKappa(confusion: ArrayLike<number>, classCount: number): number {
	let [total, agreed, chance] = [0, 0, 0];
	for (let truth = 0; truth < classCount; truth++) {
		let [trueCount, predictedCount] = [0, 0];
		for (let other = 0; other < classCount; other++) {
			trueCount += confusion[truth * classCount + other]!;
			predictedCount += confusion[other * classCount + truth]!;
		}

		total += trueCount;
		agreed += confusion[truth * classCount + truth]!;
		chance += trueCount * predictedCount;
	}

	const expected = chance / total / total;
	return expected === 1 ? 0 : (agreed / total - expected) / (1 - expected);
}
