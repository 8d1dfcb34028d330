/**
 * Quality of rows of which some have a label only by chance: what it is to be expected, and how far chance may take it from there.
 *
 * @module
 */
import {PROBABILITY_MIN} from '../../core/numerics/index.ts';

/** Figures of a vintage, in the order in which they are shown. */
export const VINTAGE_FIGURES = ['positives', 'auc', 'logLoss', 'calibration'] as const;

/** A figure: share of positives; area under the ROC curve; log loss; mean probability minus share of positives. */
export type VintageFigure = (typeof VINTAGE_FIGURES)[number];

/** A value for each figure; NaN where it cannot be said. */
export type FigureValues = Readonly<Record<VintageFigure, number>>;

/** Rows by score, ascending: how many have each label, and how many none yet. */
export interface ScoreGroups {
	readonly scores: Float64Array;
	readonly positives: Float64Array;
	readonly negatives: Float64Array;
	readonly open: Float64Array;
}

/** Chances of a row without a label, by group; the rest never has one. */
export interface OpenChances {
	readonly positive: Float64Array;
	readonly negative: Float64Array;
}

/** Log losses of one row of each group. */
export interface GroupLosses {
	readonly ofPositive: Float64Array;
	readonly ofNegative: Float64Array;
}

interface Totals {
	readonly positives: number;
	readonly negatives: number;
	/** Share of the negatives below each group, and of the positives above it, halves of the group's own included. */
	readonly below: Float64Array;
	readonly above: Float64Array;
	readonly values: FigureValues;
	readonly meanScore: number;
}

/**
 * Figures to be expected, and their variance if rows turn out independently of each other.
 *
 * Shape: groups and chances -> a value and a variance for each figure; NaN where there is one class only. Without open rows the variances are 0.
 * Cost: O(groups). The variance is that of the figure's linear part at each row (delta method).
 * Source: J. Hajek, "Asymptotic Normality of Simple Linear Rank Statistics under Alternatives", Annals of Mathematical Statistics 39, 1968 (projection).
 * @example
 * const none = Float64Array.of(0, 0, 0);
 * const groups = {scores: Float64Array.of(0.1, 0.2, 0.9), positives: Float64Array.of(0, 0, 1), negatives: Float64Array.of(1, 1, 0), open: none};
 * const {values, variances} = vintageFigures(groups, {positive: none, negative: none});
 * [values.auc, values.positives.toFixed(2), variances.auc]; //=> [1, '0.33', 0]
 */
export function vintageFigures(
	groups: ScoreGroups,
	chances: OpenChances,
	losses = lossesOf(groups),
): {readonly values: FigureValues; readonly variances: FigureValues} {
	const totals = totalsOf(groups, chances, losses);
	const sums = {positives: 0, auc: 0, logLoss: 0, calibration: 0};
	for (const [group, open] of groups.open.entries()) {
		if (open > 0) {
			const [p, q] = [chances.positive[group]!, chances.negative[group]!];
			const [up, down] = influences(groups.scores[group]!, totals, losses, group);
			for (const figure of VINTAGE_FIGURES) {
				sums[figure] += open * (p * up[figure] ** 2 + q * down[figure] ** 2 - (p * up[figure] + q * down[figure]) ** 2);
			}
		}
	}

	return {values: totals.values, variances: sums};
}

/** The figures of {@link vintageFigures} without their variances. Cost: a third. */
export function expectedFigures(groups: ScoreGroups, chances: OpenChances, losses = lossesOf(groups)): FigureValues {
	return totalsOf(groups, chances, losses).values;
}

/** Log losses of a positive and of a negative in each group: made once where figures of the same groups are asked for again and again. */
export function lossesOf({scores}: ScoreGroups): GroupLosses {
	return {ofPositive: scores.map(score => lossOf(score, 1)), ofNegative: scores.map(score => lossOf(score, 0))};
}

/** What one more positive, and one more negative, in a group does to each figure. */
function influences(
	score: number,
	{positives, negatives, below, above, values, meanScore}: Totals,
	{ofPositive, ofNegative}: GroupLosses,
	group: number,
): [FigureValues, FigureValues] {
	const total = positives + negatives;
	const fromMean = score - meanScore;
	return [
		{
			positives: (1 - values.positives) / total,
			auc: (below[group]! - values.auc) / positives,
			logLoss: (ofPositive[group]! - values.logLoss) / total,
			calibration: (fromMean - (1 - values.positives)) / total,
		},
		{
			positives: -values.positives / total,
			auc: (above[group]! - values.auc) / negatives,
			logLoss: (ofNegative[group]! - values.logLoss) / total,
			calibration: (fromMean + values.positives) / total,
		},
	];
}

function totalsOf(groups: ScoreGroups, chances: OpenChances, {ofPositive, ofNegative}: GroupLosses): Totals {
	const {scores} = groups;
	const positive = scores.map((_, group) => groups.positives[group]! + groups.open[group]! * chances.positive[group]!);
	const negative = scores.map((_, group) => groups.negatives[group]! + groups.open[group]! * chances.negative[group]!);
	const [positives, negatives] = [sumOf(positive), sumOf(negative)];
	const [below, above] = [new Float64Array(scores.length), new Float64Array(scores.length)];
	let [passedPositives, passedNegatives, pairs, loss, scored] = [0, 0, 0, 0, 0];
	for (const [group, score] of scores.entries()) {
		const [p, q] = [positive[group]!, negative[group]!];
		below[group] = (passedNegatives + q / 2) / negatives;
		above[group] = (positives - passedPositives - p / 2) / positives;
		pairs += p * (passedNegatives + q / 2);
		loss += p * ofPositive[group]! + q * ofNegative[group]!;
		scored += score * (p + q);
		passedPositives += p;
		passedNegatives += q;
	}

	const total = positives + negatives;
	const [share, meanScore] = [positives / total, scored / total];
	const auc = pairs / (positives * negatives);
	return {
		positives,
		negatives,
		below,
		above,
		meanScore,
		values: {positives: share, auc, logLoss: loss / total, calibration: meanScore - share},
	};
}

function sumOf(values: Float64Array): number {
	return values.reduce((sum, value) => sum + value, 0);
}

/** Log loss of one label, as in the windows of quality. */
function lossOf(score: number, label: 0 | 1): number {
	return -Math.log(Math.max(PROBABILITY_MIN, label === 1 ? score : 1 - score));
}
