/**
 * The new-product guard: what only the newest rows know of is not learnt before its outcomes can be trusted.
 *
 * @module
 */
import type {CategoricalColumn, NumericColumn, TrainingFrame} from '../../../core/domain/index.ts';

/** Rows that a class must have for a level or a range to count as seen with it. */
const CLASS_ROWS_MIN = 10;

/** Values outside the learnt range are outliers, and no new range, below this share of the newest rows. */
const RANGE_SHARE_MIN = 0.005;

/** Levels named in a reason; the rest is counted. */
const NAMES_MAX = 3;

/** What the guard did to a column. */
export interface NewProduct<Column> {
	readonly column: Column;
	/** What was done and why, as a sentence. */
	readonly reason: string;
}

/**
 * Fold levels that occur in the newest rows alone into "everything else" (a missing code), which is also what a scorer makes of them.
 *
 * The trap: a product that is sold since last month has young loans only, none of which has had the time to fail; learnt as a level of its own
 * it reads as "good". So a level that no row before `trainRows` has is learnt only if its outcomes can be trusted: at least two classes have ten
 * rows of it, and labels are final (`partialLabels` false). On the next training whose older rows hold it, it is a level like any other.
 *
 * Gives undefined if there is nothing to fold. Cost: one pass over the column.
 */
export function foldNewLevels(
	column: CategoricalColumn,
	frame: Pick<TrainingFrame, 'labels'>,
	{trainRows, partialLabels}: {readonly trainRows: number; readonly partialLabels: boolean},
): NewProduct<CategoricalColumn> | undefined {
	const known = new Set(column.values.subarray(0, trainRows));
	const newest = rowsFrom(trainRows, column.values.length).filter(row => column.values[row]! >= 0 && !known.has(column.values[row]!));
	const arrivals = [...Map.groupBy(newest, row => column.values[row]!)];
	const folded = arrivals.filter(([, rows]) => partialLabels || !isSeenWithBoth(rows, frame.labels));
	if (folded.length === 0) {
		return undefined;
	}

	const codes = new Set(folded.map(([code]) => code));
	const names = folded.slice(0, NAMES_MAX).map(([code, rows]) => `${JSON.stringify(column.categories[code])} (${rows.length} rows)`);
	const more = folded.length > NAMES_MAX ? ` and ${folded.length - NAMES_MAX} more` : '';
	return {
		column: {...column, values: column.values.map(code => (codes.has(code) ? -1 : code))},
		reason: `${names.join(', ')}${more} occur in the newest rows alone, ${why(partialLabels)}`,
	};
}

/**
 * Cut values to the range of the older rows, where the newest rows go beyond it and their outcomes cannot be trusted; see {@link foldNewLevels}.
 *
 * Fewer than 0.5 % of the newest rows beyond the range are outliers, and left alone. Gives undefined if there is nothing to cut.
 * Cost: one pass over the column.
 */
export function cutNewRange(
	column: NumericColumn,
	frame: Pick<TrainingFrame, 'labels'>,
	{trainRows, partialLabels}: {readonly trainRows: number; readonly partialLabels: boolean},
): NewProduct<NumericColumn> | undefined {
	const {values} = column;
	let lowest = Infinity;
	let highest = -Infinity;
	for (let row = 0; row < trainRows; row++) {
		if (Number.isFinite(values[row])) {
			lowest = Math.min(lowest, values[row]!);
			highest = Math.max(highest, values[row]!);
		}
	}

	const newest = rowsFrom(trainRows, values.length);
	const isNew = (rows: readonly number[]): boolean =>
		rows.length > 0 && rows.length >= RANGE_SHARE_MIN * newest.length && (partialLabels || !isSeenWithBoth(rows, frame.labels));
	const [below, above] = [newest.filter(row => values[row]! < lowest), newest.filter(row => values[row]! > highest)];
	const [from, to] = [isNew(below) ? lowest : -Infinity, isNew(above) ? highest : Infinity];
	if (from === -Infinity && to === Infinity) {
		return undefined;
	}

	const count = (from === -Infinity ? 0 : below.length) + (to === Infinity ? 0 : above.length);
	return {
		column: {...column, values: values.map(value => (value < from ? from : value > to ? to : value))},
		reason: `values outside ${lowest} to ${highest} (${count} rows) occur in the newest rows alone, ${why(partialLabels)}`,
	};
}

function rowsFrom(from: number, to: number): number[] {
	return Array.from({length: Math.max(0, to - from)}, (_, index) => from + index);
}

function isSeenWithBoth(rows: readonly number[], labels: Int32Array): boolean {
	const counts = Map.groupBy(rows, row => labels[row]!).values();
	return [...counts].filter(({length}) => length >= CLASS_ROWS_MIN).length >= 2;
}

function why(partialLabels: boolean): string {
	return partialLabels ? 'whose labels may not be final (label.maturity is zero)' : `and no two classes have ${CLASS_ROWS_MIN} of them`;
}
