/**
 * What a vintage will be worth once all its labels are known, from those that are: a figure with an interval.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';
import {normalQuantile} from '../../core/numerics/index.ts';
import {CalendarLevel, type StepHistory} from './calendar-level.ts';
import {AGE_STEPS, logitOf, logitOfBin, type LabelCounts, type LabelDevelopment} from './label-development.ts';
import {
	expectedFigures,
	lossesOf,
	VINTAGE_FIGURES,
	vintageFigures,
	type FigureValues,
	type OpenChances,
	type VintageFigure,
} from './vintage-figures.ts';
import type {VintageGroups} from './vintage-groups.ts';

/** Parts of the time until labels are final in which vintages are compared. */
const BLOCKS = 4;
const STEPS_A_BLOCK = AGE_STEPS / BLOCKS;
/** What vintages are taken to differ by while few are known: standard deviations of 0.3, weighed as three vintages. */
const PRIOR_VARIANCE = 0.09;
const PRIOR_VINTAGES = 3;
/** Positives without which a vintage has no slope of its own. */
const SLOPE_POSITIVES_MIN = 5;
/** A vintage is not taken to have fewer positives to come than a tenth of those expected. */
const FACTOR_MIN = 0.1;
/** Share of a vintage's rows that may be open at an age which no row has reached. */
const UNSEEN_MAX = 0.1;
/** An interval holds the final figure in so many of 100 cases. */
export const VINTAGE_LEVEL = 0.95;

/** What a vintage has shown so far, beside what was to be expected of it were it like all. */
export interface VintageHistory extends StepHistory {
	/** Log-odds of the scores of the positives expected, on average. */
	readonly middle: number;
	/** By how much the log-odds of a positive rise more with those of the score than they do elsewhere, and the inverse of that figure's variance. */
	readonly slope: number;
	readonly slopeWeight: number;
}

/** How much vintages differ from what is to be expected. */
export interface VintageSpread {
	/** Variance of the ratio of positives to those expected: of whole vintages, and of the blocks of one about its own level. */
	readonly between: number;
	readonly within: number;
	/** Variance of the slopes. */
	readonly slope: number;
	/** What all of them went through together. */
	readonly calendar: CalendarLevel;
}

/** A figure and the bounds between which it will end. */
export interface FigureInterval {
	readonly estimate: number;
	readonly low: number;
	readonly high: number;
}

/** Of a vintage whose labels are all known: its figures are what they are. */
const NO_VARIANCES: FigureValues = {positives: 0, auc: 0, logLoss: 0, calibration: 0};

/** What a vintage has shown. */
export function historyOf(
	counts: LabelCounts,
	development: LabelDevelopment,
	{start, span}: Pick<StepHistory, 'start' | 'span'>,
): VintageHistory {
	const {bySteps, byBins} = development.expectedPositives(counts);
	const [expected, happened] = [momentsOf(byBins), momentsOf(counts.positivesByBin())];
	const isKnown = happened.count >= SLOPE_POSITIVES_MIN && expected.variance > 0;
	return {
		start,
		span,
		happened: [...counts.positivesByStep()],
		expected: [...bySteps],
		middle: expected.mean,
		slope: isKnown ? (happened.mean - expected.mean) / expected.variance : 0,
		slopeWeight: isKnown ? happened.count * expected.variance : 0,
	};
}

/**
 * How much vintages differ, from those that are known, by moments: what two blocks of one vintage share is between vintages, the rest beyond
 * chance within them.
 *
 * Cost: O(vintages).
 *
 * @example
 * const tens = Array(24).fill(10);
 * const alike = {start: 0, span: 1, happened: tens, expected: tens, middle: -2, slope: 0, slopeWeight: 20};
 * spreadOf([]).between.toFixed(2); //=> '0.09'
 * spreadOf(Array.from({length: 30}, () => alike)).between < 0.02; //=> true
 */
export function spreadOf(histories: readonly VintageHistory[]): VintageSpread {
	const calendar = new CalendarLevel(histories);
	let [all, allWeight, shared, sharedWeight, vintages, slopes, slopeWeights, sloped] = [0, 0, 0, 0, 0, 0, 0, 0];
	for (const history of histories) {
		const {slope, slopeWeight} = history;
		const [happened, expected] = [blocksOf(history.happened), blocksOf(calendar.adjust(history))];
		const over = happened.map((count, block) => count - expected[block]!);
		const [sum, total] = [sumOf(over), sumOf(expected)];
		const [squares, weights] = [sumOf(over.map(value => value ** 2)), sumOf(expected.map(value => value ** 2))];
		all += squares - total;
		allWeight += weights;
		shared += sum ** 2 - squares;
		sharedWeight += total ** 2 - weights;
		vintages += total > 0 ? 1 : 0;
		slopes += slopeWeight > 0 ? slopeWeight * slope ** 2 - 1 : 0;
		slopeWeights += slopeWeight;
		sloped += slopeWeight > 0 ? 1 : 0;
	}

	const ratio = (sum: number, weight: number): number => (weight > 0 ? Math.max(0, sum / weight) : 0);
	const mixed = (found: number, count: number): number => (count * found + PRIOR_VINTAGES * PRIOR_VARIANCE) / (count + PRIOR_VINTAGES);
	const between = ratio(shared, sharedWeight);
	return {
		between: mixed(between, vintages),
		within: mixed(Math.max(0, ratio(all, allWeight) - between), vintages),
		slope: mixed(ratio(slopes, slopeWeights), sloped),
		calendar,
	};
}

/**
 * Estimates of a vintage's final figures.
 *
 * A row without a label has the chances of rows that were open at its age, by its score. The odds of a positive are then moved by what the vintage
 * itself has shown, as far as vintages differ at all (credibility), and the interval has room for what is left of that difference, for the few
 * positives that the chances rest on, for rows at ages never seen, and for chance.
 *
 * Assumes that labels come as late as they used to, given the score. A product whose labels come later than all before is estimated wrongly until its
 * first vintages are as old as the old product's last labels.
 *
 * Shape: a vintage's rows and history, a development of the same scores -> a figure with an interval for each of VINTAGE_FIGURES; undefined if more
 * than one row in ten may still be open at an age that no row has reached. Cost: O(groups x ages in the vintage).
 * Source: H. Buhlmann, E. Straub, "Glaubwurdigkeit fur Schadensatze", Mitteilungen der Vereinigung schweizerischer Versicherungsmathematiker 70, 1970;
 * T. Mack, "Distribution-free Calculation of the Standard Error of Chain Ladder Reserve Estimates", ASTIN Bulletin 23, 1993 (the errors that count).
 */
export function estimateVintage(
	now: Millis,
	vintage: VintageGroups,
	history: VintageHistory,
	development: LabelDevelopment,
	spread: VintageSpread,
): Readonly<Record<VintageFigure, FigureInterval>> | undefined {
	const {meanPassed} = vintage;
	const groups = vintage.groups();
	if (vintage.openCount === 0) {
		const none = new Float64Array(groups.scores.length);
		return intervals(expectedFigures(groups, {positive: none, negative: none}), NO_VARIANCES, []);
	}

	const open = vintage.outlooks(development);
	const unseen = open.unseen.reduce((sum, chance, group) => sum + chance * groups.open[group]!, 0);
	if (unseen > UNSEEN_MAX * vintage.rowCount) {
		return undefined;
	}

	const {level, levelDeviation, slope, slopeDeviation} = tiltOf(now, history, meanPassed, spread, development);
	const losses = lossesOf(groups);
	const logits = groups.scores.map(score => logitOf(score) - history.middle);
	const at = (tilt: {level?: number; slope?: number; unseenShare?: number}): FigureValues =>
		expectedFigures(groups, chancesAt(open, logits, {level, slope, ...tilt}), losses);
	const {values, variances} = vintageFigures(groups, chancesAt(open, logits, {level, slope}), losses);
	const moved = [
		[at({level: level + levelDeviation}), at({level: level - levelDeviation}), 2],
		[at({slope: slope + slopeDeviation}), at({slope: slope - slopeDeviation}), 2],
		// Anywhere between all and none of them positive.
		...(unseen > 0 ? [[at({unseenShare: 1}), at({unseenShare: 0}), 2 * Math.sqrt(3)] as const] : []),
	] as const;
	return intervals(values, variances, moved);
}

function intervals(
	values: FigureValues,
	variances: FigureValues,
	moved: ReadonlyArray<readonly [FigureValues, FigureValues, number]>,
): Readonly<Record<VintageFigure, FigureInterval>> {
	const deviations = normalQuantile((1 + VINTAGE_LEVEL) / 2);
	return Object.fromEntries(
		VINTAGE_FIGURES.map(figure => {
			const variance = moved.reduce((sum, [up, down, width]) => sum + ((up[figure] - down[figure]) / width) ** 2, variances[figure]);
			const half = deviations * Math.sqrt(variance);
			const estimate = values[figure];
			return [figure, {estimate, low: estimate - half, high: estimate + half}];
		}),
	) as unknown as Record<VintageFigure, FigureInterval>;
}

/** How the log-odds of positives to come are moved, and the standard deviations of that. */
interface Tilt {
	readonly level: number;
	readonly levelDeviation: number;
	readonly slope: number;
	readonly slopeDeviation: number;
}

function tiltOf(now: Millis, history: VintageHistory, meanPassed: number, spread: VintageSpread, development: LabelDevelopment): Tilt {
	const {between, within, calendar} = spread;
	const [came, due] = [sumOf(history.happened), sumOf(calendar.adjust(history))];
	const ahead = calendar.forecast(now, history.span, AGE_STEPS - meanPassed);
	const credibility = due === 0 ? 0 : between / (between + 1 / due + within / Math.max(1, meanPassed / STEPS_A_BLOCK));
	const factor = ahead.factor * (due === 0 ? 1 : Math.max(FACTOR_MIN, 1 + credibility * (came / due - 1)));
	// What moves one block may move all that are to come.
	const variance =
		between * (1 - credibility) + within + ahead.variance + 1 / Math.max(1, development.positivesFrom(Math.floor(meanPassed)));
	const slopeCredibility = (spread.slope * history.slopeWeight) / (spread.slope * history.slopeWeight + 1);
	return {
		level: Math.log(factor),
		levelDeviation: Math.sqrt(Math.log(1 + variance / factor ** 2)),
		slope: slopeCredibility * history.slope,
		slopeDeviation: Math.sqrt(spread.slope * (1 - slopeCredibility)),
	};
}

/** Chances with the log-odds of positives moved; `logits`: those of the scores, from the middle; `unseenShare`: positives among rows at ages never seen. */
function chancesAt(
	{positive, negative, unseen}: OpenChances & {readonly unseen: Float64Array},
	logits: Float64Array,
	{level, slope, unseenShare}: {readonly level: number; readonly slope: number; readonly unseenShare?: number},
): OpenChances {
	const [up, down] = [new Float64Array(positive.length), new Float64Array(positive.length)];
	for (const [group, chance] of positive.entries()) {
		const known = chance + negative[group]!;
		const share = unseenShare ?? (known === 0 ? 0.5 : chance / known);
		const p = chance + share * unseen[group]!;
		const factor = Math.exp(level + slope * logits[group]!);
		up[group] = (p * factor) / (1 - p + p * factor);
		down[group] = p === 1 ? 0 : ((negative[group]! + (1 - share) * unseen[group]!) * (1 - up[group])) / (1 - p);
	}

	return {positive: up, negative: down};
}

function momentsOf(byBins: Float64Array): {readonly count: number; readonly mean: number; readonly variance: number} {
	let [count, sum, squares] = [0, 0, 0];
	for (const [bin, rows] of byBins.entries()) {
		const logit = logitOfBin(bin);
		count += rows;
		sum += rows * logit;
		squares += rows * logit ** 2;
	}

	return count === 0 ? {count, mean: 0, variance: 0} : {count, mean: sum / count, variance: squares / count - (sum / count) ** 2};
}

function blocksOf(bySteps: readonly number[]): number[] {
	return Array.from({length: BLOCKS}, (_, block) => sumOf(bySteps.slice(block * STEPS_A_BLOCK, (block + 1) * STEPS_A_BLOCK)));
}

function sumOf(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0);
}
