/**
 * The near-dead-column guard: a column that says nothing while it is learnt from, and may come to life later, never reaches a teacher.
 *
 * @module
 */
import type {FrameColumn} from '../../../core/domain/index.ts';

/** A column is near-dead if one value fills more than this share of its rows. */
const COMMONEST_SHARE_MAX = 0.95;

/** A rare value counts as steady with this many rows among the learnt and among the newest, and with shares no further apart than this factor. */
const STEADY_ROWS_MIN = 30;
const STEADY_FACTOR_MAX = 2;

/** Share of missing values above which that a value is missing may say something. */
const MISSING_SHARE_MIN = 0.005;

/** A range below this is none: its inverse would leave float32. */
const RANGE_MIN = 1e-30;

/** Where the newest rows begin if all are learnt from. */
const NEWEST_FROM = 0.8;

/**
 * Why a column must not be learnt from, or undefined if it may.
 *
 * A column is dropped that is always missing, that has one value in all learnt rows, or that is near-dead: one value (missing counts as a value)
 * in more than 95 % of the learnt rows and of the newest rows. What a model makes of the few other rows breaks when the column fills up, and
 * validation cannot see it: two such columns took a network from an AUC of 0.625 to 0.52 on small business loans. A rare value that is as
 * frequent among the newest rows as before, within a factor of 2, and has at least 30 rows on either side, is steady and stays: many a risk flag
 * is one. So does a column with one value that is missing in more than 0.5 % of the learnt rows: its absence may speak.
 *
 * Cost: two passes over the column, no copy.
 * Source: R. Boyer, J. Moore, "MJRTY: A Fast Majority Vote Algorithm", 1991, finds the commonest value.
 *
 * @param trainRows - Rows before this one are learnt from, the rest are the newest; if there are none, the last fifth is.
 * @example
 * const values = Float64Array.from({length: 1000}, (_, row) => row % 100 === 0 && row < 800 ? 5 : 0);
 * reasonToDrop({name: 'jobs', kind: 'numeric', values}, 800); //=> 'it is near-dead: 0 in 99.0 % of the learnt and 100.0 % of the newest rows'
 * reasonToDrop({name: 'flat', kind: 'numeric', values: new Float64Array(10).fill(7)}, 8); //=> 'it is constant (7)'
 */
export function reasonToDrop(column: FrameColumn, trainRows: number): string | undefined {
	const {values} = column;
	const newestFrom = trainRows < values.length ? trainRows : Math.floor(trainRows * NEWEST_FROM);
	const keyOf = keysOf(column);
	const learnt = surveyOf(keyOf, 0, trainRows);
	if (learnt.present === 0) {
		return 'it is always missing';
	}

	if (!learnt.varies && learnt.missing <= MISSING_SHARE_MIN * trainRows) {
		return `it is constant (${textOf(column, learnt.commonest)})`;
	}

	const newest = {rows: values.length - newestFrom, share: shareOf(keyOf, newestFrom, values.length, learnt.commonest)};
	const train = {rows: trainRows, share: shareOf(keyOf, 0, trainRows, learnt.commonest)};
	if (train.share <= COMMONEST_SHARE_MAX || newest.share <= COMMONEST_SHARE_MAX || isSteady(train, newest)) {
		return undefined;
	}

	const named = Number.isNaN(learnt.commonest) ? 'missing' : textOf(column, learnt.commonest);
	return `it is near-dead: ${named} in ${percent(train.share)} of the learnt and ${percent(newest.share)} of the newest rows`;
}

/** The value of a row as a number, NaN where missing. */
type KeyOf = (row: number) => number;

function keysOf(column: FrameColumn): KeyOf {
	const {values} = column;
	return column.kind === 'numeric'
		? row => (Number.isFinite(values[row]) ? values[row]! : Number.NaN)
		: row => (values[row]! < 0 ? Number.NaN : values[row]!);
}

interface Survey {
	readonly present: number;
	readonly missing: number;
	readonly varies: boolean;
	/** The value of more than half of the rows, if there is one; else any. NaN is missing. */
	readonly commonest: number;
}

function surveyOf(keyOf: KeyOf, from: number, to: number): Survey {
	let missing = 0;
	let lowest = Infinity;
	let highest = -Infinity;
	let commonest = Number.NaN;
	let votes = 0;
	for (let row = from; row < to; row++) {
		const key = keyOf(row);
		if (Number.isNaN(key)) {
			missing++;
		} else {
			lowest = Math.min(lowest, key);
			highest = Math.max(highest, key);
		}

		if (votes === 0) {
			commonest = key;
			votes = 1;
		} else {
			votes += Object.is(key, commonest) || key === commonest ? 1 : -1;
		}
	}

	const present = to - from - missing;
	return {present, missing, varies: present > 0 && Math.fround(highest) - Math.fround(lowest) > RANGE_MIN, commonest};
}

function shareOf(keyOf: KeyOf, from: number, to: number, wanted: number): number {
	let count = 0;
	for (let row = from; row < to; row++) {
		const key = keyOf(row);
		count += Object.is(key, wanted) || key === wanted ? 1 : 0;
	}

	return to === from ? 1 : count / (to - from);
}

/** Rows of a part, and the share of the commonest value among them. */
interface Part {
	readonly rows: number;
	readonly share: number;
}

function isSteady(train: Part, newest: Part): boolean {
	const [rare, rareNewest] = [1 - train.share, 1 - newest.share];
	return (
		rare * train.rows >= STEADY_ROWS_MIN &&
		rareNewest * newest.rows >= STEADY_ROWS_MIN &&
		rare <= STEADY_FACTOR_MAX * rareNewest &&
		rareNewest <= STEADY_FACTOR_MAX * rare
	);
}

function textOf(column: FrameColumn, key: number): string {
	return column.kind === 'numeric' ? String(key) : JSON.stringify(column.categories[key]);
}

function percent(share: number): string {
	return `${(100 * share).toFixed(1)} %`;
}
