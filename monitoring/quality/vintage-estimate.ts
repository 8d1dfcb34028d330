/**
 * What a vintage will be worth once all its labels are known, from those that are: a figure with an interval.
 *
 * @module
 */
import {normalQuantile} from '../../core/numerics/index.ts';
import {AGE_STEPS, type LabelCounts, type LabelDevelopment} from './label-development.ts';
import {VINTAGE_FIGURES, vintageFigures, type FigureValues, type OpenChances, type VintageFigure} from './vintage-figures.ts';
import type {VintageGroups} from './vintage-groups.ts';

/** Parts of the time until labels are final in which vintages are compared. */
const BLOCKS = 4;
const STEPS_A_BLOCK = AGE_STEPS / BLOCKS;
/** What vintages are taken to differ by while few are known: standard deviations of 0.2, weighed as three vintages. */
const PRIOR_VARIANCE = 0.04;
const PRIOR_VINTAGES = 3;
/** Share of a vintage's rows that may be open at an age which no row has reached. */
const UNSEEN_MAX = 0.1;
/** An interval holds the final figure in so many of 100 cases. */
export const VINTAGE_LEVEL = 0.95;

/** Positives by block of age: those that came, and those that were to be expected were the vintage like all. */
export interface VintageHistory {
	readonly happened: readonly number[];
	readonly expected: readonly number[];
}

/** How much vintages differ from what is to be expected, as variances of the ratio of the two. */
export interface VintageSpread {
	/** Of whole vintages. */
	readonly between: number;
	/** Of the blocks of one vintage about its own level. */
	readonly within: number;
}

/** A figure and the bounds between which it will end. */
export interface FigureInterval {
	readonly estimate: number;
	readonly low: number;
	readonly high: number;
}

/** Sums of a vintage's positives by block. */
export function historyOf(counts: LabelCounts, development: LabelDevelopment): VintageHistory {
	return {happened: blocksOf(counts.positivesByStep()), expected: blocksOf(development.expectedPositives(counts))};
}

/**
 * How much vintages differ, from those that are known, by moments: what two blocks of one vintage share is between vintages, the rest beyond
 * chance within them.
 *
 * Cost: O(vintages).
 *
 * @example
 * const alike = {happened: [10, 10, 10, 10], expected: [10, 10, 10, 10]};
 * spreadOf([]).between; //=> 0.04
 * spreadOf(Array.from({length: 30}, () => alike)).between < 0.01; //=> true
 */
export function spreadOf(histories: readonly VintageHistory[]): VintageSpread {
	let [all, allWeight, shared, sharedWeight, vintages] = [0, 0, 0, 0, 0];
	for (const {happened, expected} of histories) {
		const over = happened.map((count, block) => count - expected[block]!);
		const [sum, total] = [sumOf(over), sumOf(expected)];
		const [squares, weights] = [sumOf(over.map(value => value ** 2)), sumOf(expected.map(value => value ** 2))];
		all += squares - total;
		allWeight += weights;
		shared += sum ** 2 - squares;
		sharedWeight += total ** 2 - weights;
		vintages += total > 0 ? 1 : 0;
	}

	const between = sharedWeight > 0 ? Math.max(0, shared / sharedWeight) : 0;
	const within = allWeight > 0 ? Math.max(0, all / allWeight - between) : 0;
	const mixed = (found: number): number => (vintages * found + PRIOR_VINTAGES * PRIOR_VARIANCE) / (vintages + PRIOR_VINTAGES);
	return {between: mixed(between), within: mixed(within)};
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
	vintage: VintageGroups,
	history: VintageHistory,
	development: LabelDevelopment,
	spread: VintageSpread,
): Readonly<Record<VintageFigure, FigureInterval>> | undefined {
	const {groups, meanPassed} = vintage;
	const open = vintage.outlooks(development);
	if (open.unseen.reduce((sum, chance, group) => sum + chance * groups.open[group]!, 0) > UNSEEN_MAX * vintage.rowCount) {
		return undefined;
	}

	const {mean, deviation} = levelOf(history, meanPassed, spread, development);
	const at = (level: number, unseenShare?: number): FigureValues => vintageFigures(groups, chancesAt(open, level, unseenShare)).values;
	const {values, variances} = vintageFigures(groups, chancesAt(open, mean));
	const moved = [
		[at(mean * Math.exp(deviation)), at(mean * Math.exp(-deviation)), 2],
		// Anywhere between all and none of them positive.
		[at(mean, 1), at(mean, 0), 2 * Math.sqrt(3)],
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

/** The factor on the odds of positives to come: its middle, and its standard deviation as a logarithm. */
function levelOf(
	{happened, expected}: VintageHistory,
	meanPassed: number,
	{between, within}: VintageSpread,
	development: LabelDevelopment,
): {readonly mean: number; readonly deviation: number} {
	const [came, due] = [sumOf(happened), sumOf(expected)];
	const blocksPassed = Math.max(1, meanPassed / STEPS_A_BLOCK);
	const credibility = due === 0 ? 0 : between / (between + 1 / due + within / blocksPassed);
	const mean = due === 0 ? 1 : Math.max(0.1, 1 + credibility * (came / due - 1));
	const rest = between * (1 - credibility) + within / Math.max(1, BLOCKS - blocksPassed);
	const variance = rest + 1 / Math.max(1, development.positivesFrom(Math.floor(meanPassed)));
	return {mean, deviation: Math.sqrt(Math.log(1 + variance / mean ** 2))};
}

/** Chances with the odds of positives at a level; `unseenShare`: positives among rows at ages never seen. */
function chancesAt({positive, negative, unseen}: OpenChances & {readonly unseen: Float64Array}, level: number, unseenShare?: number): OpenChances {
	const [up, down] = [new Float64Array(positive.length), new Float64Array(positive.length)];
	for (const [group, chance] of positive.entries()) {
		const known = chance + negative[group]!;
		const share = unseenShare ?? (known === 0 ? 0.5 : chance / known);
		const p = chance + share * unseen[group]!;
		up[group] = (p * level) / (1 - p + p * level);
		down[group] = p === 1 ? 0 : ((negative[group]! + (1 - share) * unseen[group]!) * (1 - up[group])) / (1 - p);
	}

	return {positive: up, negative: down};
}

function blocksOf(bySteps: Float64Array): number[] {
	return Array.from({length: BLOCKS}, (_, block) => sumOf([...bySteps.subarray(block * STEPS_A_BLOCK, (block + 1) * STEPS_A_BLOCK)]));
}

function sumOf(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0);
}
