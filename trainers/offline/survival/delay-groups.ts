/**
 * The column that decides how long a label takes, such as the term of a loan: rows are grouped by its values, and each group has rates of its own.
 *
 * @module
 */
import type {FrameColumn, TrainingFrame} from '../../../core/domain/index.ts';
import {chiSquareTail} from '../../../core/numerics/index.ts';
import {pieceLength, type Waits} from './age-pieces.ts';

/** Distinct values of a column, at most. */
const GROUPS_MAX = 8;
/** A difference in delays that chance alone would make more often than this is none. */
const PROBABILITY_MAX = 1e-6;
/** Turns of the proportional fit: it converges by a factor a turn. */
const PROPORTION_TURNS = 20;
/** Labels that a cell of the test must be expected to have. */
const EXPECTED_MIN = 5;

/** Rows in groups. */
export interface DelayGroups {
	/** The column; undefined if none changes the delay. */
	readonly feature: string | undefined;
	readonly count: number;
	/** Group of each row. */
	readonly groups: Int32Array;
}

/**
 * Group rows by the column, categorical or with few values, on which the shape of the delays differs most; one group if on none it does for sure.
 *
 * Compares, class by class, how many labels came in each piece of age with how many would have if each value of the column only had more or fewer labels
 * than the others, at all ages alike (chi-square). A column that makes labels more likely and not later does not pass.
 *
 * Cost: O(rows x columns).
 */
export function delayGroupsOf(frame: TrainingFrame, waits: Waits, classCount: number): DelayGroups {
	let best: DelayGroups = {feature: undefined, count: 1, groups: new Int32Array(frame.rowCount)};
	let bestRatio = 0;
	for (const column of frame.columns) {
		const grouped = groupsOf(column);
		if (grouped) {
			const {statistic, freedom} = shapeTest(grouped, waits, classCount);
			const isSure = freedom > 0 && chiSquareTail(statistic, freedom) < PROBABILITY_MAX / frame.columns.length;
			if (isSure && statistic / freedom > bestRatio) {
				bestRatio = statistic / freedom;
				best = {feature: column.name, ...grouped};
			}
		}
	}

	return best;
}

/** Groups by the values of a column, missing ones together in the first; undefined with one value or too many. */
function groupsOf({kind, values}: FrameColumn): Pick<DelayGroups, 'count' | 'groups'> | undefined {
	const found = new Set<number>();
	for (const value of values) {
		if (kind === 'categorical' ? value >= 0 : Number.isFinite(value)) {
			found.add(value);
			if (found.size > GROUPS_MAX) {
				return undefined;
			}
		}
	}

	const places = new Map([...found].toSorted((a, b) => a - b).map((value, index) => [value, index]));
	return found.size < 2 ? undefined : {count: found.size, groups: Int32Array.from(values, value => places.get(value) ?? 0)};
}

/** How far the numbers of labels by group and piece are from those of one common shape. */
function shapeTest(
	{count, groups}: Pick<DelayGroups, 'count' | 'groups'>,
	waits: Waits,
	classCount: number,
): {readonly statistic: number; readonly freedom: number} {
	const pieces = waits.edges.length;
	const waited = waitedBy(groups, count, waits);
	let [statistic, freedom] = [0, 0];
	for (let label = 0; label < classCount; label++) {
		const came = new Float64Array(count * pieces);
		for (const [row, group] of groups.entries()) {
			if (waits.ending[row] === label) {
				came[group * pieces + waits.piece[row]!]!++;
			}
		}

		const expected = oneShape(came, waited, count, pieces);
		for (let group = 0; group < count; group++) {
			const cells = Array.from({length: pieces}, (_, piece) => group * pieces + piece).filter(at => expected[at]! >= EXPECTED_MIN);
			statistic += cells.reduce((sum, at) => sum + (came[at]! - expected[at]!) ** 2 / expected[at]!, 0);
			freedom += Math.max(0, cells.length - 1);
		}
	}

	return {statistic, freedom};
}

/** Labels expected in each group and piece if the groups' rates are in proportion: as many in each group, and in each piece, as came. */
function oneShape(came: Float64Array, waited: Float64Array, count: number, pieces: number): Float64Array {
	const expected = waited.slice();
	for (let turn = 0; turn < PROPORTION_TURNS; turn++) {
		for (let piece = 0; piece < pieces; piece++) {
			const factor = ratio(sumAt(came, piece, pieces), sumAt(expected, piece, pieces));
			for (let at = piece; at < expected.length; at += pieces) {
				expected[at]! *= factor;
			}
		}

		for (let start = 0; start < count * pieces; start += pieces) {
			const factor = ratio(sumOf(came.subarray(start, start + pieces)), sumOf(expected.subarray(start, start + pieces)));
			for (let at = start; at < start + pieces; at++) {
				expected[at]! *= factor;
			}
		}
	}

	return expected;
}

/** Time that each group waited in each piece. */
function waitedBy(groups: Int32Array, count: number, waits: Waits): Float64Array {
	const pieces = waits.edges.length;
	const sums = new Float64Array(count * pieces);
	for (const [row, group] of groups.entries()) {
		for (let piece = 0; piece < waits.piece[row]!; piece++) {
			sums[group * pieces + piece]! += pieceLength(waits, piece);
		}

		sums[group * pieces + waits.piece[row]!]! += waits.waited[row]!;
	}

	return sums;
}

function sumAt(cells: Float64Array, piece: number, pieces: number): number {
	let sum = 0;
	for (let at = piece; at < cells.length; at += pieces) {
		sum += cells[at]!;
	}

	return sum;
}

function sumOf(values: Float64Array): number {
	return values.reduce((sum, value) => sum + value, 0);
}

function ratio(above: number, below: number): number {
	return below > 0 ? above / below : 0;
}
