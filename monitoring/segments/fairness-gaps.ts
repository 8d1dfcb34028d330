/**
 * How far groups are apart, in what fairness is measured by.
 *
 * @module
 */
import type {FairnessGap, SegmentFigure} from '../../core/domain/index.ts';
import {SUM} from './segment-cell.ts';
import {meanOf, SEGMENT_LEVEL, shareOf} from './segment-figures.ts';

type FigureAt = (cell: Float64Array, level: number) => SegmentFigure | null;

/** Each measure, and whether it needs labels. */
const MEASURES: Readonly<Record<FairnessGap['measure'], {readonly needsLabels: boolean; readonly figureOf: FigureAt}>> = {
	selected: {
		needsLabels: false,
		figureOf: (cell, level) => shareOf(cell[SUM.answers]! - cell[SUM.above]!, cell[SUM.answers]!, level),
	},
	truePositives: {needsLabels: true, figureOf: (cell, level) => shareOf(cell[SUM.abovePositive]!, cell[SUM.positives]!, level)},
	falsePositives: {
		needsLabels: true,
		figureOf: (cell, level) => shareOf(cell[SUM.aboveNegative]!, cell[SUM.labels]! - cell[SUM.positives]!, level),
	},
	calibration: {
		needsLabels: true,
		figureOf: (cell, level) =>
			meanOf(cell[SUM.labelledProbability]! - cell[SUM.positives]!, cell[SUM.squares]!, cell[SUM.labels]!, level),
	},
};

/** True if a gap in this measure cannot be told before labels are final. */
export function needsLabels(measure: FairnessGap['measure']): boolean {
	return MEASURES[measure].needsLabels;
}

/**
 * The largest gap between two groups of one field, by each measure; a measure that fewer than two groups can be told by is left out.
 *
 * `selected` is the share below the lowest cut-off (demographic parity), `truePositives` and `falsePositives` the shares of positive and of negative
 * outcomes at or above it (equal opportunity; with both, equalised odds), `calibration` the mean probability less the share of positives. The
 * interval is that of the difference, by the squares of both reaches (Newcombe's for shares), at a level that pays for having chosen the two
 * among all pairs (Bonferroni).
 *
 * Source: M. Hardt, E. Price, N. Srebro, "Equality of opportunity in supervised learning", NIPS 2016; R. G. Newcombe, "Interval estimation for the
 * difference between independent proportions", Statistics in Medicine 17 (1998), method 10.
 *
 * @param groups - Value of the field -> its cell.
 * @example
 * const cell = (answers, above) => Float64Array.of(answers, 0, above, 0, 0, 0, 0, 0, 0, 0, 0);
 * const [gap] = gapsOf('region', new Map([['north', cell(1000, 100)], ['south', cell(1000, 300)]]));
 * [gap.measure, gap.highest, gap.lowest, Number(gap.value.toFixed(3))]; //=> ['selected', 'north', 'south', 0.2]
 */
export function gapsOf(feature: string, groups: ReadonlyMap<string, Float64Array>): FairnessGap[] {
	return Object.entries(MEASURES).flatMap(([measure, {figureOf}]) => {
		const pairs = Math.max(1, (groups.size * (groups.size - 1)) / 2);
		const level = 1 - (1 - SEGMENT_LEVEL) / pairs;
		const known = [...groups].flatMap(([value, cell]) => {
			const figure = figureOf(cell, level);
			return figure ? [{value, figure}] : [];
		});
		if (known.length < 2) {
			return [];
		}

		const sorted = known.toSorted((a, b) => a.figure.value - b.figure.value);
		const [lowest, highest] = [sorted[0]!, sorted.at(-1)!];
		const value = highest.figure.value - lowest.figure.value;
		const down = Math.hypot(highest.figure.value - highest.figure.low, lowest.figure.high - lowest.figure.value);
		const up = Math.hypot(highest.figure.high - highest.figure.value, lowest.figure.value - lowest.figure.low);
		return [
			{
				feature,
				measure: measure as FairnessGap['measure'],
				value,
				low: Math.max(0, value - down),
				high: value + up,
				highest: highest.value,
				lowest: lowest.value,
			},
		];
	});
}
